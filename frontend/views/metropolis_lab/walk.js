// The posterior of (mu, log tau) with the first chain's last steps: where it was, what it proposed,
// and what became of that; behind them the draws of all chains.

import { svg, write } from "../dom.js";
import { arrow, DASHES, line, points } from "../kit/marks.js";
import { makePlane, same } from "../kit/plane.js";

const MOST_DOTS = 400; // of each chain
const STARTS = 4;

export function makeWalk() {
  const plane = makePlane();
  const mark = (name, attributes = {}) => {
    const path = svg("path", { class: name, ...attributes });
    plane.plot.append(path);
    return path;
  };
  const draws = mark("hbm-dots hbm-muted hbm-small");
  const starts = Array.from({ length: STARTS }, (_, c) => [
    mark(`hbm-rings-outside hbm-chain-${c}`), mark("hbm-rings-inside"),
  ]);
  const way = mark("hbm-trace hbm-chain-0", { "stroke-dasharray": DASHES[0] || undefined });
  const refused = mark("hbm-line hbm-refuse");
  const accepted = mark("hbm-line hbm-accept hbm-filled");
  const move = mark("hbm-now");
  const here = [mark("hbm-rings-outside hbm-ink"), mark("hbm-rings-inside")];

  function paint({ result, live }, last, [mu, tau], width) {
    const { place } = plane.paint(result.plane, width);
    const at = (node, places, shape) =>
      write(node, "d", points(places.map((p) => p[0]), places.map((p) => p[1]), same, same, shape));
    const recent = [];
    mu.forEach((chain, c) => {
      for (let i = Math.max(chain.length - MOST_DOTS, 0); i < chain.length; i++) {
        recent.push(place([chain[i], Math.log(tau[c][i])]));
      }
    });
    at(draws, recent);
    starts.forEach((pair, c) => pair.forEach((node) => at(node, [place(result.starts[c])])));
    const moves = last.flatMap(({ moves: made }) => made);
    const track = moves.filter(({ moved }) => moved).map(({ proposal }) => place(proposal));
    if (moves.length) track.unshift(place(moves[0].from));
    write(way, "d", line(track.map((p) => p[0]), track.map((p) => p[1]), same, same));
    at(accepted, moves.filter(({ moved }) => moved).map((m) => place(m.proposal)), "diamond");
    at(refused, moves.filter(({ moved }) => !moved).map((m) => place(m.proposal)), "cross");
    const now = live.decisions;
    write(move, "d", now.map((m) => arrow(...place(m.from), ...place(m.proposal))).join(""));
    here.forEach((node) => at(node, [place(live.position)]));
    plane.describe(
      `Contours of the posterior of μ and log τ, with ${recent.length} draws and the last ` +
        `${moves.length} decisions of the first chain.`,
    );
  }

  return { node: plane.node, paint };
}
