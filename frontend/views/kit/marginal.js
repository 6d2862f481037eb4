// An exact density with a histogram of draws behind it.

import { svg, write } from "../dom.js";
import { makeChart } from "./chart.js";
import { area, line } from "./marks.js";

const BINS = 48;
const POINTS = 121;

// `paint({density, domain, chains, drawn, width})`: the exact density as a function, the range that
// is shown, arrays of draws of any number of chains, and {edges, heights} of other draws, if any.
export function makeMarginal({ title, role = "between", height = 120 }) {
  const chart = makeChart({ height, yTitle: title, yAxis: false });
  const bars = svg("path", { class: "hbm-fill hbm-partial" });
  const others = svg("path", { class: "hbm-draws" });
  const curve = svg("path", { class: `hbm-line hbm-${role}` });
  chart.plot.append(bars, others, curve);

  function paint({ density, domain: [low, high], chains = [], drawn, width }) {
    const xs = Float64Array.from(
      { length: POINTS }, (_, i) => low + ((high - low) * (i + 0.02)) / (POINTS - 1),
    );
    const exact = xs.map(density);
    const edges = Float64Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
    const heights = histogram(chains, edges);
    const top = 1.15 * exact.reduce((most, d) => Math.max(most, d), Number.MIN_VALUE);
    const { x, y, bottom } = chart.frame({ x: [low, high], y: [0, top], width });
    write(curve, "d", line(xs, exact, x, y));
    write(bars, "d", area(...outline(edges, heights), x, y, bottom));
    write(others, "d", drawn ? line(...outline(drawn.edges, drawn.heights), x, y) : "");
    const count = chains.reduce((sum, chain) => sum + chain.length, 0);
    chart.describe(`Exact density of ${title}${count ? ` and a histogram of ${count} draws` : ""}.`);
  }

  return { node: chart.node, paint };
}

// Densities of the draws between edges that are evenly spaced; draws beyond them count in the total.
export function histogram(chains, edges) {
  const bins = edges.length - 1;
  const width = (edges[bins] - edges[0]) / bins;
  const heights = new Float64Array(bins);
  let count = 0;
  for (const chain of chains) {
    count += chain.length;
    for (const value of chain) {
      const bin = Math.floor((value - edges[0]) / width);
      if (bin >= 0 && bin < bins) heights[bin] += 1;
    }
  }
  return count ? heights.map((h) => h / (count * width)) : heights;
}

// The outline of a histogram as points.
const outline = (edges, heights) => [
  Array.from(heights, (_, k) => [edges[k], edges[k + 1]]).flat(),
  Array.from(heights, (h) => [h, h]).flat(),
];
