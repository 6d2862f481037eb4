// What the fit says, in words.

import { format } from "../scale.js";

const saving = ({ none, partial }, k) => Math.round(100 * (1 - partial[k] / none[k]));

function compared(rmse) {
  const words = ["intercepts", "slopes"].map((what, k) => {
    const saved = saving(rmse, k);
    return `${saved >= 0 ? "saves" : "adds"} ${Math.abs(saved)}% of the error of ${what}`;
  });
  return `Compared with one line each, partial pooling ${words.join(" and ")}.`;
}

export function summary({ state, result: { rmse, spread, population } }) {
  const { individuals, observations, sigma } = state;
  const pair = ([a, b]) => `${format(a)} (α) and ${format(b)} (β)`;
  return [
    `Individuals: ${individuals}; observations of each: ${observations}; sd about the lines: ` +
      `${format(sigma)}.`,
    `Root mean squared error from the true lines: one line each ${pair(rmse.none)}, one line for ` +
      `all ${pair(rmse.complete)}, partial pooling ${pair(rmse.partial)}.`,
    compared(rmse),
    `The true lines have the sds ${pair(spread.truth)}; estimates of one line each spread by ` +
      `${pair(spread.none)}, those of partial pooling by ${pair(spread.partial)}.`,
    `The fit puts the population's line at intercept ${format(population.mu[0])} and slope ` +
      `${format(population.mu[1])}, τ at ${pair(population.tau)} and σ at ` +
      `${format(population.sigma)}.`,
  ].join(" ");
}
