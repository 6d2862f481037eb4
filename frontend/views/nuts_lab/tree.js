// The tree over the points in order of time: a bracket for each pair of neighbours that was joined,
// higher for larger ones, and below each point its share of the weight.

import { svg, write } from "../dom.js";
import { points, upright } from "../kit/marks.js";
import { same } from "../kit/plane.js";

const LEVEL = 26;
const EDGE = 14;
const BARS = 54;

export function makeTree() {
  const mark = (name, attributes = {}) => svg("path", { class: name, ...attributes });
  const held = mark("hbm-line hbm-accept");
  const turned = mark("hbm-line hbm-refuse", { "stroke-dasharray": "5 4" });
  const stops = mark("hbm-line hbm-refuse");
  const bars = mark("hbm-bar-line hbm-partial");
  const base = mark("hbm-muted");
  const kept = mark("hbm-dots hbm-partial");
  const outside = mark("hbm-rings-outside hbm-refuse");
  const inside = mark("hbm-rings-inside");
  const firstRing = mark("hbm-rings-outside hbm-ink");
  const firstHole = mark("hbm-rings-inside");
  const gone = mark("hbm-line hbm-refuse");
  const drawn = mark("hbm-line hbm-between hbm-filled");
  const before = svg("text", { class: "hbm-start", x: 0 }, "← earlier");
  const after = svg("text", { class: "hbm-end" }, "later →");
  const shares = svg("text", { class: "hbm-middle" }, "share of the weight");
  const node = svg(
    "svg", { class: "hbm-tree", role: "img" },
    held, turned, stops, bars, base, kept, outside, inside, firstRing, firstHole, gone, drawn,
    svg("g", { class: "hbm-heads" }, before, after, shares),
  );

  function paint({ path }, { leaves, joins, low, high }, width) {
    const levels = Math.max(3, ...joins.map(({ size }) => Math.log2(size)));
    const ground = 12 + levels * LEVEL + 8;
    const height = ground + BARS + 34;
    write(node, "width", width);
    write(node, "height", height);
    write(node, "viewBox", `0 0 ${width} ${height}`);
    // Few points stand close together, in the middle.
    const step = Math.min((width - 2 * EDGE) / Math.max(high - low, 1), 36);
    const x = (at) => width / 2 + (at - (low + high) / 2) * step;

    const bracket = ({ low: from, high: to, size }) => {
      const y = ground - 4 - Math.log2(size) * LEVEL;
      return `M${x(from).toFixed(1)} ${y + 7}V${y}H${x(to).toFixed(1)}v7`;
    };
    const bad = joins.filter((join) => join.turned);
    write(held, "d", joins.filter((join) => !join.turned).map(bracket).join(""));
    write(turned, "d", bad.map(bracket).join(""));
    write(stops, "d", points(
      bad.map((join) => x((join.low + join.high) / 2)),
      bad.map(({ size }) => ground - 4 - Math.log2(size) * LEVEL),
      same, same, "cross",
    ));
    const at = (nodes, some, shape) => {
      const d = points(some.map((leaf) => x(leaf.at)), some.map(() => ground), same, same, shape);
      for (const one of [nodes].flat()) write(one, "d", d);
    };
    at(kept, leaves.filter((leaf) => leaf.kept));
    at([outside, inside], leaves.filter((leaf) => !leaf.kept && !leaf.diverged));
    at(gone, leaves.filter((leaf) => leaf.diverged), "triangle");
    at([firstRing, firstHole], leaves.filter((leaf) => leaf.at === 0));
    at(drawn, leaves.filter((leaf) => leaf.q === path.tree.drawn.q), "diamond");
    const most = Math.max(...leaves.map((leaf) => leaf.weight));
    bars.style.strokeWidth = `${Math.min(Math.max(step - 2, 1.5), 12)}px`;
    write(bars, "d", leaves.filter((leaf) => leaf.weight > 0).map((leaf) =>
      upright(x(leaf.at), ground + 10, ground + 10 + (BARS - 14) * (leaf.weight / most)),
    ).join(""));
    write(base, "d", `M0 ${ground + 10}H${width}`);
    for (const text of [before, after, shares]) write(text, "y", height - 8);
    write(after, "x", width);
    write(shares, "x", width / 2);
    write(
      node, "aria-label",
      `The tree of ${leaves.length} points in order of time, with ${joins.length} joins, ` +
        `${bad.length} of which turned back.`,
    );
  }

  return { node, paint };
}
