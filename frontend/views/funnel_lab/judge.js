// The exact density of log tau, and what the draws of both maps make of it.

import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { area, line } from "../kit/marks.js";
import { histogram } from "../kit/marginal.js";

const BINS = 32;
const POINTS = 121;

export function makeJudge() {
  const chart = makeChart({ height: 220, xTitle: "log τ", yTitle: "density", yAxis: false });
  const exact = svg("path", { class: "hbm-fill hbm-muted" });
  const edge = svg("path", { class: "hbm-line hbm-between" });
  const outlines = {
    centred: svg("path", { class: "hbm-line hbm-own" }),
    non_centred: svg("path", { class: "hbm-line hbm-partial", "stroke-dasharray": "6 3" }),
  };
  chart.plot.append(exact, edge, ...Object.values(outlines));
  let known = null;

  function paint({ result, live }, width) {
    const [low, high] = result.window;
    if (known?.result !== result) {
      const xs = Float64Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
      known = { result, xs, ys: xs.map(result.logDensity) };
    }
    const { xs, ys } = known;
    const edges = Float64Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
    const top = 1.4 * ys.reduce((most, d) => Math.max(most, d), Number.MIN_VALUE);
    const { x, y, bottom } = chart.frame({ x: [low, high], y: [0, top], width });
    write(exact, "d", area(xs, ys, x, y, bottom));
    write(edge, "d", line(xs, ys, x, y));
    for (const [name, node] of Object.entries(outlines)) {
      const run = live.runs[name];
      const heights = run.draws ? histogram(run.values(0), edges) : [];
      const corners = Array.from(heights, (h, k) => [[edges[k], h], [edges[k + 1], h]]).flat();
      write(node, "d", line(corners.map(([u]) => u), corners.map(([, h]) => h), x, y));
    }
    chart.describe(
      `Exact density of log τ, with histograms of ${live.found.centred.count} draws on each map.`,
    );
  }

  return { node: chart.node, paint };
}
