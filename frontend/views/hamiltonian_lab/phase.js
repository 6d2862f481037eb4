// The target with one path over it: where it starts, which way it is pushed, and how it ends.

import { svg, write } from "../dom.js";
import { arrow, line, points } from "../kit/marks.js";
import { makePlane, same } from "../kit/plane.js";

const PUSH_LENGTH = 38;

export function makePhase() {
  const plane = makePlane();
  const mark = (name, place = plane.plot) => {
    const path = svg("path", { class: name });
    place.append(path);
    return path;
  };
  const draws = mark("hbm-dots hbm-muted hbm-small");
  const lost = mark("hbm-line hbm-refuse");
  const way = mark("hbm-line hbm-partial");
  const steps = mark("hbm-dots hbm-partial");
  const push = mark("hbm-now");
  const outside = mark("hbm-rings-outside hbm-ink");
  const inside = mark("hbm-rings-inside");
  const arrived = mark("hbm-line hbm-accept hbm-filled");
  const refused = mark("hbm-line hbm-refuse");
  const diverged = mark("hbm-line hbm-refuse");

  function paint({ result, state }, path, chain, width) {
    const { place, left, right, top, bottom } = plane.paint(result.plane, width);
    const at = (node, places, shape) =>
      write(node, "d", points(places.map((p) => p[0]), places.map((p) => p[1]), same, same, shape));
    const places = path.points.map(({ q }) => place(q));
    at(draws, chain.draws.map(place));
    at(lost, chain.diverged.map(place), "triangle");
    write(way, "d", line(places.map((p) => p[0]), places.map((p) => p[1]), same, same));
    at(steps, places);
    const [from, [x, y]] = [places[0], places.at(-1)];
    // An end outside the window is marked at its edge.
    const to = [Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom)];
    at(outside, [from]);
    at(inside, [from]);
    write(push, "d", pushArrow(from, path, state, place));
    const ended = path.diverging ? diverged : chain.verdict === "stayed" ? refused : arrived;
    for (const [node, shape] of [[arrived, "diamond"], [refused, "cross"], [diverged, "triangle"]]) {
      at(node, node === ended ? [to] : [], shape);
    }
    plane.describe(
      `A path of ${path.points.length - 1} steps over ${result.plane.names.join(" and ")}, ` +
        `after ${chain.count} draws.`,
    );
  }

  // The velocity, in the units of the picture.
  function pushArrow([x, y], { q, p }, { mass_1, mass_2 }, place) {
    const [ahead, up] = place([q[0] + (1e-3 * p[0]) / mass_1, q[1] + (1e-3 * p[1]) / mass_2]);
    const length = Math.hypot(ahead - x, up - y);
    if (!(length > 0)) return "";
    const scale = PUSH_LENGTH / length;
    return arrow(x, y, x + (ahead - x) * scale, y + (up - y) * scale);
  }

  return { node: plane.node, paint };
}
