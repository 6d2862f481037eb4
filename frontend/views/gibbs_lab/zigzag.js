// The path of the first chain in mu and log tau: every draw moves one of them, so every step runs
// along an axis.

import { svg, write } from "../dom.js";
import { line, points } from "../kit/marks.js";
import { makePlane, same } from "../kit/plane.js";

const MOST_DOTS = 300; // of each chain

export function makeZigzag() {
  const plane = makePlane({ height: 340 });
  const mark = (name) => {
    const path = svg("path", { class: name });
    plane.plot.append(path);
    return path;
  };
  const draws = mark("hbm-dots hbm-muted hbm-small");
  const way = mark("hbm-trace hbm-partial");
  const now = mark("hbm-line hbm-partial");
  const outside = mark("hbm-rings-outside hbm-ink");
  const inside = mark("hbm-rings-inside");
  const here = mark("hbm-line hbm-accept hbm-filled");

  function paint({ result, live: { last } }, corners, [mu, tau], width) {
    const { place } = plane.paint(result.plane, width);
    const at = (node, places, shape) =>
      write(node, "d", points(places.map((p) => p[0]), places.map((p) => p[1]), same, same, shape));
    const track = (node, places) =>
      write(node, "d", line(places.map((p) => p[0]), places.map((p) => p[1]), same, same));
    const dots = [];
    mu.forEach((chain, c) => {
      for (let i = Math.max(chain.length - MOST_DOTS, 0); i < chain.length; i++) {
        dots.push(place([chain[i], Math.log(tau[c][i])]));
      }
    });
    at(draws, dots);
    const places = corners.map(place);
    const moved = last?.name === "mu" || last?.name === "tau";
    track(way, places);
    track(now, moved ? places.slice(-2) : []);
    const rings = places.slice(moved ? -2 : -1).slice(0, 1);
    at(outside, rings);
    at(inside, rings);
    at(here, moved ? places.slice(-1) : [], "diamond");
    plane.describe(
      `Contours of μ and log τ with a path of ${corners.length - 1} moves, each along an axis, and ` +
        `${dots.length} draws.`,
    );
  }

  return { node: plane.node, paint };
}
