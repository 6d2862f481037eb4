// Checks of a PoolingExplorer's state.

import { CAPACITY } from "./simulate.js";
import * as words from "./words.js";

export const MAX_GROUPS = 100;

const isReal = (preset) => preset === "hsb";
const groups = (value, { real, preset }) =>
  words.whole("n_groups", value, 1, isReal(preset) ? real.labels.length : MAX_GROUPS);
const available = ({ real, preset }) =>
  isReal(preset) ? real.used.map((row) => row.length) : new Array(MAX_GROUPS).fill(CAPACITY);
const location = words.LOCATION_FAMILIES;
const scale = words.SCALE_FAMILIES;

const checkers = {
  preset: (value, { presets }) => words.oneOf("preset", value, Object.keys(presets)),
  n_groups: groups,
  group_sizes: (value, given) => words.sizes("group_sizes", value, available(given)),
  mu: (value) => words.number("mu", value, "finite", "Give one number."),
  tau: (value) =>
    words.number("tau", value, "non-negative", "Give a standard deviation, zero or more."),
  sigma: (value) =>
    words.number("sigma", value, "positive", "Give a standard deviation above zero."),
  seed: (value) => words.seed("seed", value),
  sigma_known: (value) => words.flag("sigma_known", value),
  mu_prior: (value) => words.prior("mu_prior", value, location),
  tau_prior: (value) => words.prior("tau_prior", value, scale),
  sigma_prior: (value) => words.prior("sigma_prior", value, scale),
};

export const checkGroups = (state, { real }) => groups(state.n_groups, { real, ...state });

// Returns the state when every part of it is sound; throws the first fault otherwise.
export function checkState(state, { presets, real }) {
  const context = { presets, real, preset: state.preset };
  const clean = Object.fromEntries(
    Object.keys(checkers).map((key) => [key, checkers[key](state[key], context)]),
  );
  if (clean.group_sizes.length !== clean.n_groups) {
    const got = clean.group_sizes.length;
    words.refuse("group_sizes", `of length ${clean.n_groups}`, got, "Match J.");
  }
  return clean;
}
