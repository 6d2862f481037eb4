// The state in words.

import { fewest, NAMES } from "../../engine/james_stein_explorer.js";
import { format } from "../scale.js";
import { LOOKS } from "./risks.js";

const listed = (numbers) =>
  NAMES.filter((name) => numbers[name] !== null)
    .map((name) => `${LOOKS[name].label} ${format(numbers[name])}`).join(", ");

export function nearer({ estimates, theta }) {
  const off = (name, j) => Math.abs(estimates[name][j] - theta[j]);
  return theta.filter((_, j) => off("positive_part", j) < off("own", j)).length;
}

export function caution(state) {
  const words = [];
  if (state.n_groups < 3) {
    words.push(
      `With ${state.n_groups} ${state.n_groups === 1 ? "group" : "groups"} no rule is everywhere ` +
        "better than the own means: James and Stein's asks for 3 or more.",
    );
  } else if (state.n_groups < fewest(state)) {
    words.push(
      "To shrink towards the mean of the groups James and Stein's rule asks for 4 or more; " +
        "towards a fixed point 3 are enough.",
    );
  }
  if (state.unequal) {
    words.push(
      "Sizes differ. The promise of a smaller total error is then for errors counted in units of " +
        "each group's own variance, as here; for plain squared errors it can fail. The rule gives " +
        "all groups one weight, though large groups need less shrinking; Bayes gives each its own.",
    );
  }
  return words.join(" ");
}

export function summary({ state, result }) {
  const { n_groups: J, spread } = state;
  const words = [
    `${J} group${J === 1 ? "" : "s"}, true means with a spread of ${format(spread)}.`,
    `Risk per group, where the own means have 1: ${listed(result.risk)}.`,
    `In this data set: ${listed(result.loss)}.`,
  ];
  if (result.shrinks) {
    words.push(
      `The rule leaves a weight of ${format(result.kept)} on the own means` +
        `${result.kept < 0 ? ", which the positive part replaces by 0" : ""}; the positive part ` +
        `brings ${nearer(result)} of ${J} groups nearer to the truth.`,
    );
  }
  return `${words.join(" ")} ${caution(state)}`.trim();
}
