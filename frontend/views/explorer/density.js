// The posterior density of tau, with its prior, its intervals and, when simulated, its truth.

import { show, svg, write } from "../dom.js";
import { format, linear, tickLabels, ticks } from "../scale.js";

const HEIGHT = 168;
const BASE = 122;

export function makeDensity() {
  const area = svg("path", { class: "hbm-between hbm-area" });
  const line = svg("path", { class: "hbm-between hbm-curve" });
  const bars = svg("g", { class: "hbm-drawn" });
  const wide = svg("path", { class: "hbm-between hbm-90" });
  const narrow = svg("path", { class: "hbm-between hbm-50" });
  const middle = svg("circle", { class: "hbm-between hbm-filled", r: 4, cy: BASE + 8 });
  const truth = svg("path", { class: "hbm-truth" });
  const axis = svg("g", { class: "hbm-axis" });
  const node = svg(
    "svg",
    { class: "hbm-density", role: "img", height: HEIGHT },
    area, bars, line, axis, wide, narrow, middle, truth,
  );
  let upper = null;

  // The axis ends where little of the posterior is left, and keeps still during a drag.
  function end(tau, truthValue) {
    const wanted = Math.max(tau[4] * 1.35, (truthValue ?? 0) * 1.15, Number.MIN_VALUE);
    if (!upper || wanted > upper || wanted < 0.55 * upper) upper = wanted * 1.15;
    return upper;
  }

  function paint({ state, result, overlay }, width) {
    const { tau, fit } = result;
    const truthValue = state.preset === "hsb" ? null : state.tau;
    const x = linear([0, end(tau, truthValue)], [10, width - 10]);
    const [grid, density] = fit.tauMarginal();
    const inside = Array.from(grid.keys()).filter((k) => grid[k] <= upper);
    const peak = inside.reduce((top, k) => Math.max(top, density[k]), 0);
    const y = linear([0, peak], [BASE, 10]);
    const points = inside.map((k) => `${x(grid[k]).toFixed(1)} ${y(density[k]).toFixed(1)}`);
    const curve = points.length ? `M${points.join("L")}` : "";
    write(node, "width", width);
    write(node, "viewBox", `0 0 ${width} ${HEIGHT}`);
    write(line, "d", curve);
    const last = inside.length ? x(grid[inside.at(-1)]).toFixed(1) : 0;
    const first = inside.length ? x(grid[inside[0]]).toFixed(1) : 0;
    write(area, "d", curve && `${curve}L${last} ${BASE}L${first} ${BASE}Z`);
    const clamp = (v) => Math.min(x(v), width - 10).toFixed(1);
    write(wide, "d", `M${clamp(tau[0])} ${BASE + 8}H${clamp(tau[4])}`);
    write(narrow, "d", `M${clamp(tau[1])} ${BASE + 8}H${clamp(tau[3])}`);
    write(middle, "cx", clamp(tau[2]));
    show(truth, truthValue !== null);
    if (truthValue !== null) {
      write(truth, "d", `M${Number(clamp(truthValue)) - 4} ${BASE + 4}l8 8m0 -8l-8 8`);
    }
    paintDraws(overlay, x, y);
    paintAxis(x, width);
    write(
      node,
      "aria-label",
      `Posterior density of the between-group sd τ: median ${format(tau[2])}, ` +
        `90% interval ${format(tau[0])} to ${format(tau[4])}` +
        (truthValue === null ? "." : `; the truth is ${format(truthValue)}.`),
    );
  }

  function paintDraws(overlay, x, y) {
    show(bars, overlay);
    if (!overlay) return;
    const { edges, heights } = overlay.tau;
    bars.replaceChildren(
      ...heights.map((height, k) => {
        const top = Math.max(y(height), 0);
        return svg("rect", {
          x: x(edges[k]).toFixed(1),
          y: top.toFixed(1),
          width: Math.max(x(edges[k + 1]) - x(edges[k]), 0).toFixed(1),
          height: Math.max(BASE - top, 0).toFixed(1),
        });
      }).filter((_, k) => edges[k + 1] <= upper),
    );
  }

  let drawn = "";
  function paintAxis(x, width) {
    const key = `${upper},${width}`;
    if (key === drawn) return;
    drawn = key;
    const values = ticks([0, upper], width / 60);
    const labels = tickLabels(values);
    axis.replaceChildren(
      svg("path", { d: `M10 ${BASE}H${width - 10}` }),
      ...values.map((v, k) =>
        svg("text", { x: x(v).toFixed(1), y: BASE + 28 }, labels[k]),
      ),
      svg("text", { x: width / 2, y: HEIGHT - 4 }, "between-group sd τ"),
    );
  }

  return { node, paint };
}
