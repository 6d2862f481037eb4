// Checks of a PoolingExplorer's state, in the words of `hbmlib.checks`.

import { CAPACITY } from "./simulate.js";

export const MAX_GROUPS = 100;
export const MAX_SEED = 2 ** 32 - 1;

const ADVICE = {
  mu: "Give one number.",
  tau: "Give a standard deviation, zero or more.",
  sigma: "Give a standard deviation above zero.",
};

// The families of priors with their parameters, in order, each with a default.
export const FAMILIES = {
  normal: { mean: 0, sd: 100 },
  flat: {},
  "half-normal": { scale: 25 },
  "half-cauchy": { scale: 5 },
  uniform: { lower: 0, upper: 50 },
  "gamma-precision": { shape: 1, rate: 1 },
};
export const LOCATION_FAMILIES = ["normal", "flat"];
export const SCALE_FAMILIES = ["half-normal", "half-cauchy", "uniform", "flat", "gamma-precision"];

function show(value) {
  if (typeof value === "string") return `'${value}'`;
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return JSON.stringify(value) ?? String(value);
}

function refuse(name, expected, value, advice, where = "") {
  throw new RangeError(`\`${name}\` must be ${expected}; got ${show(value)}${where}. ${advice}`);
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

function number(name, value, quality, allowed, advice) {
  if (!isNumber(value) || !allowed(value)) refuse(name, `a ${quality} number`, value, advice);
  return value;
}

function whole(name, value, low, high) {
  const advice = `Choose one from ${low} to ${high}.`;
  if (!Number.isInteger(value) || value < 0) {
    refuse(name, "a non-negative whole number", value, advice);
  }
  if (value >= low && value <= high) return value;
  return refuse(name, `a whole number from ${low} to ${high}`, value, "Choose another.");
}

const checkers = {
  preset: (value, { presets }) => {
    if (Object.hasOwn(presets, value)) return value;
    const names = Object.keys(presets).map(show).join(", ");
    return refuse("preset", `one of ${names}`, value, "Choose one of them.");
  },
  mu: (value) => number("mu", value, "finite", () => true, ADVICE.mu),
  tau: (value) => number("tau", value, "non-negative", (x) => x >= 0, ADVICE.tau),
  sigma: (value) => number("sigma", value, "positive", (x) => x > 0, ADVICE.sigma),
  seed: (value) => whole("seed", value, 0, MAX_SEED),
  n_groups: (value, { real, preset }) =>
    whole("n_groups", value, 1, preset === "hsb" ? real.labels.length : MAX_GROUPS),
  group_sizes: (value, { real, preset }) => {
    const each = "non-negative whole numbers, shape (J,)";
    const advice = "Give one for each group.";
    if (!Array.isArray(value) || value.length === 0) refuse("group_sizes", each, value, advice);
    value.forEach((n, j) => {
      if (!Number.isInteger(n) || n < 0) refuse("group_sizes", each, n, advice, ` at index ${j}`);
    });
    value.forEach((n, j) => {
      const most = preset === "hsb" ? (real.used[j]?.length ?? 0) : CAPACITY;
      if (n <= most) return;
      const less = "Use no more than there are.";
      refuse("group_sizes", `whole numbers from 0 to ${most}`, n, less, ` at index ${j}`);
    });
    if (value.some((n) => n > 0)) return value;
    const none = "sizes with at least one observation; got none. Raise one.";
    throw new RangeError(`\`group_sizes\` must be ${none}`);
  },
  sigma_known: (value) => {
    if (typeof value === "boolean") return value;
    return refuse("sigma_known", "true or false", value, "Choose one of them.");
  },
  mu_prior: (value) => prior("mu_prior", value, LOCATION_FAMILIES),
  tau_prior: (value) => prior("tau_prior", value, SCALE_FAMILIES),
  sigma_prior: (value) => prior("sigma_prior", value, SCALE_FAMILIES),
};

function prior(name, value, families) {
  if (!families.includes(value?.family)) {
    const names = families.map(show).join(", ");
    refuse(name, `of a family among ${names}`, value?.family ?? value, "Choose one of them.");
  }
  const clean = { family: value.family };
  for (const key of Object.keys(FAMILIES[value.family])) {
    const free = key === "mean";
    const quality = free ? "finite" : key === "lower" ? "non-negative" : "positive";
    const allowed = (x) => free || x > 0 || (key === "lower" && x === 0);
    clean[key] = number(key, value[key], quality, allowed, "Give a number of the prior's family.");
  }
  if (clean.upper <= clean.lower) {
    refuse("upper", `above \`lower\`, ${clean.lower}`, clean.upper, "Raise it.");
  }
  return clean;
}

export const KEYS = Object.keys(checkers);

export const checkGroups = (state, { real }) => checkers.n_groups(state.n_groups, { real, ...state });

// Returns the state when every part of it is sound; throws the first fault otherwise.
export function checkState(state, { presets, real }) {
  const context = { presets, real, preset: state.preset };
  const clean = Object.fromEntries(KEYS.map((key) => [key, checkers[key](state[key], context)]));
  if (clean.group_sizes.length !== clean.n_groups) {
    refuse("group_sizes", `of length ${clean.n_groups}`, clean.group_sizes.length, "Match J.");
  }
  return clean;
}

// Fits the sizes to another number of groups: new groups get the median of the present sizes.
export function resize(sizes, groups, most) {
  const sorted = [...sizes].sort((a, b) => a - b);
  const middle = Math.max(sorted[Math.floor(sorted.length / 2)], 1);
  return Array.from({ length: groups }, (_, j) => Math.min(sizes[j] ?? middle, most[j]));
}
