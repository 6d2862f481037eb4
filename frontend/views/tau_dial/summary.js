// The state in words.

import { format } from "../scale.js";

const points = (value) => format(value, 1);

// From where to where the effects run, and in which schools.
function run(theta, labels) {
  let [low, high] = [0, 0];
  theta.forEach((value, j) => {
    if (value < theta[low]) low = j;
    if (value > theta[high]) high = j;
  });
  if (!(theta[high] - theta[low] > 0.05)) return `are all ${points(theta[low])}`;
  return `run from ${points(theta[low])} in school ${labels[low]} to ` +
    `${points(theta[high])} in school ${labels[high]}`;
}

export function summary({ state, given: { labels }, result: { given, fit, tau } }) {
  const words = [
    `At τ = ${format(state.tau, 1)} the mean effect μ is ${points(given.mu)} with sd ` +
      `${points(given.muSd)}, and the effects ${run(given.theta, labels)}.`,
    `The posterior of τ has its median at ${points(tau[2])} (90% interval ${points(tau[0])} to ` +
      `${points(tau[4])}).`,
  ];
  if (fit.theta.mean.every(Number.isFinite)) {
    words.push(`Averaged over it, the effects ${run(fit.theta.mean, labels)}.`);
  }
  return words.join(" ");
}
