// A strip for each chain, one above the other on one scale.

import { quantileOf, sorted } from "../../engine/samplers/ranks.js";
import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { across, line } from "../kit/marks.js";
import { steady } from "../scale.js";

const CHAINS = 4;
const GAP = 0.04; // of a strip

export function makeTraces({ height = 340 } = {}) {
  const chart = makeChart({ height, xTitle: "draw", yTitle: " ", yAxis: false });
  const paths = Array.from({ length: CHAINS }, (_, c) =>
    svg("path", { class: `hbm-trace hbm-chain-${c}` }),
  );
  const middles = svg("path", { class: "hbm-complete" });
  const names = Array.from({ length: CHAINS }, (_, c) =>
    svg("text", { class: "hbm-name hbm-halo", x: 12 }, `chain ${c + 1}`),
  );
  chart.plot.append(...paths, middles);
  chart.over.append(...names);
  let domain = null;

  function paint(rows, exact, name, width) {
    domain = steady(domain, rangeOf(rows, exact));
    const n = rows[0].length;
    const { x, y, left, right } = chart.frame({
      x: [0, n], y: [0, CHAINS], width, titles: ["draw", `${name} in each chain`],
    });
    // The first chain is at the top; what leaves its strip stops at the edge.
    const place = (c) => (value) => {
      const share = (value - domain[0]) / (domain[1] - domain[0]);
      const inside = Math.min(Math.max(share, 0), 1);
      return y(CHAINS - 1 - c + GAP + (1 - 2 * GAP) * inside);
    };
    const index = Float64Array.from({ length: n }, (_, t) => t + 0.5);
    rows.forEach((row, c) => {
      write(paths[c], "d", line(index, row, x, place(c)));
      write(names[c], "y", (y(CHAINS - c) + 14).toFixed(1));
    });
    write(middles, "d", rows.map((_, c) => across(left, right, place(c)(exact[1]))).join(""));
    chart.describe(
      `Traces of ${name} in four chains of ${n} draws, with the exact median as a dashed line.`,
    );
  }

  return { node: chart.node, paint, forget: () => (domain = null) };
}

// All draws, but for those far beyond the rest.
function rangeOf(rows, exact) {
  const ordered = sorted(rows);
  const [low, high] = [0.01, 0.99].map((p) => quantileOf(ordered, p));
  const room = high - low;
  return [
    Math.min(exact[0], Math.max(ordered[0], low - room)),
    Math.max(exact[2], Math.min(ordered[ordered.length - 1], high + room)),
  ];
}
