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
  if (state.n_groups < fewest(state)) {
    words.push(
      `With ${state.n_groups} no rule is everywhere better than the own means: James and Stein's ` +
        `asks for ${fewest(state)} or more to shrink towards ` +
        `${state.towards === "mean" ? "their own mean" : "a fixed point"}.`,
    );
  }
  if (state.unequal) {
    words.push(
      "Sizes differ. The promise of a smaller total error then holds only when each group's error " +
        "counts in units of its own variance, as here. The rule gives all groups one weight, " +
        "though large groups need less shrinking; Bayes gives each its own.",
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
