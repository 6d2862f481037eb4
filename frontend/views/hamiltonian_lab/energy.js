// The error of the energy along the path: the end's decides on acceptance.

import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { across, line, points } from "../kit/marks.js";

// Errors beyond this are drawn at the edge: nothing there would be accepted.
const MOST = 6;

export function makeEnergy() {
  const chart = makeChart({
    height: 210, xTitle: "step of the path", yTitle: "error of the energy, H − H₀",
  });
  const zero = svg("path", { class: "hbm-muted hbm-90", "stroke-dasharray": "5 4" });
  const way = svg("path", { class: "hbm-line hbm-partial" });
  const dots = svg("path", { class: "hbm-dots hbm-partial" });
  const end = svg("path", { class: "hbm-line hbm-accept hbm-filled" });
  const off = svg("path", { class: "hbm-line hbm-refuse" });
  chart.plot.append(zero, way, dots, end, off);

  function paint(path, width) {
    const errors = path.points.map(({ error, diverging }) =>
      diverging ? MOST : Math.min(Math.max(error, -MOST), MOST),
    );
    const [low, high] = [Math.min(...errors, -0.02), Math.max(...errors, 0.02)];
    const pad = 0.12 * (high - low);
    const { x, y, left, right } = chart.frame({
      x: [0, path.steps], y: [low - pad, high + pad], width,
    });
    const index = errors.map((_, k) => k);
    write(zero, "d", across(left, right, y(0)));
    write(way, "d", line(index, errors, x, y));
    write(dots, "d", points(index, errors, x, y));
    const last = [[errors.length - 1], [errors.at(-1)], x, y];
    write(end, "d", path.diverging ? "" : points(...last, "diamond"));
    write(off, "d", path.diverging ? points(...last, "triangle") : "");
    chart.describe(`Error of the energy along ${errors.length - 1} steps.`);
  }

  return { node: chart.node, paint };
}
