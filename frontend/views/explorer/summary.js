// The state in words: for the live region, and for whoever reads no figure.

import { isReal } from "../../engine/explorer.js";
import { format } from "../scale.js";

const NAMES = { own: "own means", complete: "complete pooling", partial: "partial pooling" };

// Where the smallest and the largest item stand.
function bounds(items) {
  return items.reduce(
    ([low, high], item, i) => [item < items[low] ? i : low, item > items[high] ? i : high],
    [0, 0],
  );
}

export function summary(state, data, result) {
  const { groups, shrinkage, tau, sigma, complete, rmse } = result;
  const J = groups.n.length;
  const total = groups.n.reduce((sum, n) => sum + n, 0);
  const unit = isReal(state) ? "student" : "observation";
  const sentences = [
    `${J} ${J === 1 ? "group" : "groups"}, ${total} ${unit}${total === 1 ? "" : "s"}.`,
    `Complete pooling gives every group ${format(complete)}.`,
  ];
  const spread = (name, [low, , middle, , high]) =>
    `${name} is about ${format(middle)} (90% interval ${format(low)} to ${format(high)})`;
  sentences.push(
    sigma
      ? `${spread("The between-group sd τ", tau)}; ${spread("the within-group sd σ", sigma)}.`
      : `${spread("The between-group sd τ", tau)}; σ is known to be ${state.sigma}.`,
  );
  const [low, high] = bounds(Array.from(shrinkage));
  const weight = (j) => `${format(shrinkage[j])} in ${name(data, j)} (n = ${groups.n[j]})`;
  sentences.push(
    low === high
      ? `The weight λ on a group's own mean is ${J === 1 ? weight(0) : `${format(shrinkage[0])} in every group`}.`
      : `The weight λ on a group's own mean runs from ${weight(low)} to ${weight(high)}.`,
  );
  const defined = (key) => Number.isFinite(rmse[key]);
  const errors = Object.keys(rmse).map(
    (key) => `${NAMES[key]} ${defined(key) ? format(rmse[key]) : "not defined"}`,
  );
  const sorted = Object.keys(rmse).filter(defined).sort((a, b) => rmse[a] - rmse[b]);
  const clear = rmse[sorted[1]] - rmse[sorted[0]] > 1e-3 * rmse[sorted[1]];
  const against = isReal(state) ? "the means of the unused students" : "the true means";
  sentences.push(
    `Root mean squared error from ${against}: ${errors.join(", ")}.` +
      (clear ? ` Nearest this time: ${NAMES[sorted[0]]}.` : ""),
  );
  if (result.noise !== null) sentences.push(yardstick(result.noise));
  return sentences.join(" ");
}

export const name = (data, j) => `group ${data.labels[j]}`;

export const yardstick = (noise) =>
  `The means of the unused students are themselves uncertain, by about ${format(noise)} each; ` +
  "no estimate can be expected to come nearer than that.";

export function repeated({ count, ...errors }) {
  const parts = Object.entries(errors).map(
    ([key, { mean, error }]) => `${NAMES[key]} ${format(mean)} ± ${format(2 * error, 3)}`,
  );
  return `Mean error over ${count} repetitions, ± two standard errors: ${parts.join(", ")}.`;
}
