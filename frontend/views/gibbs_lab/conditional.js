// The density that a draw comes from, with the value before it and the value drawn; of the schools'
// levels there is one density for each school.

import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { line, points } from "../kit/marks.js";
import { NAMES } from "./summary.js";

const POINTS = 121;
const DROP = 9; // a density below exp(-DROP) of its peak is not shown

export function makeConditional() {
  const chart = makeChart({ height: 260, xTitle: " ", yTitle: "density, given all the others" });
  const curves = svg("path", { class: "hbm-line hbm-partial" });
  const outside = svg("path", { class: "hbm-rings-outside hbm-ink" });
  const inside = svg("path", { class: "hbm-rings-inside" });
  const fresh = svg("path", { class: "hbm-line hbm-accept hbm-filled" });
  chart.plot.append(curves, outside, inside, fresh);

  function paint({ name, conditional, old, value }, { given: { labels } }, width) {
    const all = typeof old !== "number";
    const parts = all ? Array.from(old, (_, j) => j) : [0];
    const ranges = parts.map((j) => rangeOf(conditional, j));
    const olds = all ? Array.from(old) : [old];
    const values = value === null ? [] : all ? Array.from(value) : [value];
    const ends = [...ranges.flat(), ...values];
    // A start far from the conditional is drawn at the edge.
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const lines = parts.map((j) => {
      const [from, to] = ranges[j];
      const xs = Float64Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
      return [xs, xs.map((x) => Math.exp(conditional.logDensity(x, j)))];
    });
    const top = Math.max(...lines.map(([, ys]) => ys.reduce((most, y) => Math.max(most, y), 0)));
    const room = 0.04 * (high - low);
    const { x, y } = chart.frame({
      x: [low - room, high + room], y: [0, 1.12 * top], width, titles: [NAMES[name], "density, given all the others"],
    });
    write(curves, "d", lines.map(([xs, ys]) => line(xs, ys, x, y)).join(""));
    const inReach = olds.map((v) => Math.min(Math.max(v, low), high));
    const base = inReach.map(() => 0.03 * top);
    write(outside, "d", points(inReach, base, x, y));
    write(inside, "d", points(inReach, base, x, y));
    const heights = values.map((v, j) => Math.exp(conditional.logDensity(v, j)));
    write(fresh, "d", points(values, heights, x, y, "diamond"));
    chart.describe(
      `Density of ${NAMES[name]} given all others` +
        (all ? `, one for each of ${labels.slice(0, parts.length).length} schools.` : "."),
    );
  }

  return { node: chart.node, paint };
}

// Where a density can be seen.
function rangeOf(conditional, j) {
  if (conditional.family === "normal") {
    const [mean, sd] = [conditional.mean, conditional.sd].map((v) => (v.length ? v[j] : v));
    return [mean - 3.7 * sd, mean + 3.7 * sd];
  }
  const { mode, logDensity } = conditional;
  const floor = logDensity(mode) - DROP;
  const end = (factor) => {
    let at = mode;
    for (let i = 0; i < 400 && logDensity(at * factor) > floor; i++) at *= factor;
    return at;
  };
  return [end(1 / 1.03), end(1.03)];
}
