// The autocorrelation of mu and tau, with what the shrinkage weights foretell for mu.

import { svg, write } from "../dom.js";
import { autocorrelation } from "../../engine/samplers/diagnostics.js";
import { makeChart } from "../kit/chart.js";
import { makeKey, symbols } from "../kit/panels.js";
import { across, line, points } from "../kit/marks.js";

const LAGS = 25;
const FEWEST = 50;
const GROWTH = 1.05;

export function makeForgetting() {
  const chart = makeChart({
    height: 200, xTitle: "lag in sweeps", yTitle: "autocorrelation",
  });
  const zero = svg("path", { class: "hbm-muted hbm-90" });
  const theory = svg("path", { class: "hbm-line hbm-between", "stroke-dasharray": "5 4" });
  const ofMu = svg("path", { class: "hbm-dots hbm-partial" });
  const ofTau = svg("path", { class: "hbm-line hbm-within" });
  chart.plot.append(zero, theory, ofMu, ofTau);
  let known = null;

  // Over all chains; taken anew when the draws have grown by a twentieth.
  function update(draws) {
    const count = draws[0][0].length;
    if (count < FEWEST) return null;
    if (!known || count < known.count || count > known.count * GROWTH) {
      const [mu, tau] = draws.map((chains) => meanOf(autocorrelation(chains, LAGS)));
      known = { count, mu, tau };
    }
    return known;
  }

  function paint({ result: { kept }, live }, [mu, tau], width) {
    const found = update([mu, tau]);
    live.lagOne = found && [found.mu[1], found.tau[1]];
    const { x, y, left, right } = chart.frame({ x: [0, LAGS], y: [-0.25, 1.05], width });
    const lags = Array.from({ length: LAGS + 1 }, (_, k) => k);
    write(zero, "d", across(left, right, y(0)));
    write(theory, "d", line(lags, lags.map((k) => kept ** k), x, y));
    write(ofMu, "d", found ? points(lags, found.mu, x, y) : "");
    write(ofTau, "d", found ? points(lags, found.tau, x, y, "cross") : "");
    chart.describe(
      found
        ? `Autocorrelation of μ, ${found.mu[1].toFixed(2)} at lag 1, and of τ, ` +
          `${found.tau[1].toFixed(2)}; foretold for μ ${kept.toFixed(2)}.`
        : `Autocorrelation foretold for μ: ${kept.toFixed(2)} at lag 1.`,
    );
  }

  const key = makeKey([
    [[symbols.dot("partial")], "μ"],
    [[symbols.saltire("within")], "τ"],
    [[symbols.line("between", "5 4")], "foretold for μ: (1 − mean of λ) to the power of the lag"],
  ]);
  return { nodes: [key, chart.node], paint, forget: () => (known = null) };
}

const meanOf = (rows) =>
  Array.from(rows[0], (_, k) => rows.reduce((sum, row) => sum + row[k], 0) / rows.length);
