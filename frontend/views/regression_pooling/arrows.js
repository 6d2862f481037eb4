// Arrows from estimated lines to the true ones, intercept across and slope up.

import { CENTRE, outside } from "../../engine/regression_pooling.js";
import { svg, write } from "../dom.js";
import { makeChart } from "../kit/chart.js";
import { arrow, points } from "../kit/marks.js";

// Estimates are rings (one line each) or dots; `called` names them aloud.
export function makeArrows({ role, rings, called, height = 340 }) {
  const chart = makeChart({ height, xTitle: "intercept α", yTitle: "slope β" });
  const arrows = svg("path", { class: "hbm-arrow" });
  const crosses = svg("path", { class: "hbm-truth hbm-fine" });
  const marks = rings
    ? [`hbm-rings-outside hbm-${role}`, "hbm-rings-inside"]
    : [`hbm-dots hbm-large hbm-${role}`];
  const paths = marks.map((name) => svg("path", { class: name }));
  chart.plot.append(arrows, crosses, ...paths);

  function paint({ truth, estimate, half, rmse }, width) {
    const [x0, y0] = CENTRE;
    const { x, y } = chart.frame({
      x: [x0 - half, x0 + half], y: [y0 - half, y0 + half], width,
    });
    const { alpha, beta } = estimate;
    const moves = Array.from(alpha, (a, j) =>
      arrow(x(a), y(beta[j]), x(truth.alpha[j]), y(truth.beta[j]), 4),
    );
    write(arrows, "d", moves.join(""));
    write(crosses, "d", points(truth.alpha, truth.beta, x, y, "cross"));
    const d = points(alpha, beta, x, y);
    for (const path of paths) write(path, "d", d);
    const beyond = outside(estimate, half);
    chart.describe(
      `Arrows from the estimates of ${called} to the true lines: ${alpha.length}. Root mean ` +
        `squared error ${rmse[0].toFixed(2)} for intercepts, ${rmse[1].toFixed(2)} for slopes` +
        `${beyond ? `; ${beyond} of the estimates lie outside the frame` : ""}.`,
    );
  }

  return { node: chart.node, paint };
}
