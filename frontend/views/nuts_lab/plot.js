// The path over the target: what may be drawn, what was thrown away, and the stretch whose ends
// were checked last.

import { svg, write } from "../dom.js";
import { arrow, line, points } from "../kit/marks.js";
import { makePlane, same } from "../kit/plane.js";

const ARROW = 30;

export function makePlot() {
  const plane = makePlane({ height: 400 });
  const mark = (name, attributes = {}) => {
    const path = svg("path", { class: name, ...attributes });
    plane.plot.append(path);
    return path;
  };
  const draws = mark("hbm-dots hbm-muted hbm-small");
  const lost = mark("hbm-line hbm-refuse");
  const way = mark("hbm-90 hbm-muted");
  const outside = mark("hbm-rings-outside hbm-refuse");
  const inside = mark("hbm-rings-inside");
  const kept = mark("hbm-dots hbm-partial");
  const across = mark("hbm-line hbm-ink", { "stroke-dasharray": "2 4" });
  const ends = mark("hbm-now");
  const firstRing = mark("hbm-rings-outside hbm-ink");
  const firstHole = mark("hbm-rings-inside");
  const diverged = mark("hbm-line hbm-refuse");
  const drawn = mark("hbm-line hbm-between hbm-filled");

  function paint({ result }, { path, judged }, { leaves }, chain, width) {
    const { place, left, right, top, bottom } = plane.paint(result.plane, width);
    const at = (nodes, some, shape) => {
      const places = some.map(({ q }) => place(q));
      const d = points(places.map((p) => p[0]), places.map((p) => p[1]), same, same, shape);
      for (const node of [nodes].flat()) write(node, "d", d);
    };
    at(draws, chain.draws.map((q) => ({ q })));
    at(lost, chain.diverged.map((q) => ({ q })), "triangle");
    const all = leaves.map(({ q }) => place(q));
    write(way, "d", line(all.map((p) => p[0]), all.map((p) => p[1]), same, same));
    at(kept, leaves.filter((leaf) => leaf.kept));
    at([outside, inside], leaves.filter((leaf) => !leaf.kept && !leaf.diverged));
    at([firstRing, firstHole], [path.first]);
    at(drawn, [path.tree.drawn], "diamond");
    // A point that diverges is marked at the edge of the window.
    const gone = leaves.filter((leaf) => leaf.diverged).map(({ q }) => place(q));
    const held = gone.map(([x, y]) => [
      Math.min(Math.max(x, left), right), Math.min(Math.max(y, top), bottom),
    ]);
    const [xs, ys] = [held.map((p) => p[0]), held.map((p) => p[1])];
    write(diverged, "d", points(xs, ys, same, same, "triangle"));
    stretch(judged, path, place);
    plane.describe(`A path of ${leaves.length} points, after ${chain.count} draws.`);
  }

  // From one end to the other, and which way each of them moves.
  function stretch(judged, path, place) {
    const [start, end] = judged ? [judged.start, judged.end] : [path.first, path.first];
    // Written in order of time: going back, the start is the later end.
    const [[x1, y1], [x2, y2]] = [place(start.q), place(end.q)];
    write(across, "d", judged ? line([x1, x2], [y1, y2], same, same) : "");
    const both = judged ? [start, end] : [start];
    write(ends, "d", both.map((one) => velocity(one, place)).join(""));
  }

  function velocity({ q, v }, place) {
    const [x, y] = place(q);
    const [ahead, up] = place([q[0] + 1e-3 * v[0], q[1] + 1e-3 * v[1]]);
    const length = Math.hypot(ahead - x, up - y);
    if (!(length > 0)) return "";
    return arrow(x, y, x + ((ahead - x) * ARROW) / length, y + ((up - y) * ARROW) / length);
  }

  return { node: plane.node, paint };
}
