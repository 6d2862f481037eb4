// Checks of a widget's state, in the words of `hbmlib.checks`: each returns the value, or throws a
// RangeError that says what was expected, what came, and what to do.

export const MAX_SEED = 2 ** 32 - 1;

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

export function show(value) {
  if (typeof value === "string") return `'${value}'`;
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return JSON.stringify(value) ?? String(value);
}

export function refuse(name, expected, value, advice, where = "") {
  throw new RangeError(`\`${name}\` must be ${expected}; got ${show(value)}${where}. ${advice}`);
}

const QUALITIES = { finite: () => true, "non-negative": (x) => x >= 0, positive: (x) => x > 0 };

export function number(name, value, quality, advice, low = -Infinity, high = Infinity) {
  const sound = typeof value === "number" && Number.isFinite(value) && QUALITIES[quality](value);
  if (!sound) refuse(name, `a ${quality} number`, value, advice);
  if (value >= low && value <= high) return value;
  return refuse(name, `a number from ${low} to ${high}`, value, "Choose another.");
}

export function whole(name, value, low, high) {
  const advice = `Choose one from ${low} to ${high}.`;
  if (!Number.isInteger(value) || value < 0) {
    refuse(name, "a non-negative whole number", value, advice);
  }
  if (value >= low && value <= high) return value;
  return refuse(name, `a whole number from ${low} to ${high}`, value, "Choose another.");
}

export const seed = (name, value) => whole(name, value, 0, MAX_SEED);

export function oneOf(name, value, options) {
  if (options.includes(value)) return value;
  return refuse(name, `one of ${options.map(show).join(", ")}`, value, "Choose one of them.");
}

export function flag(name, value) {
  if (typeof value === "boolean") return value;
  return refuse(name, "true or false", value, "Choose one of them.");
}

// `most` holds the most that each group can have; there may be fewer groups.
export function sizes(name, value, most, least = 0) {
  const each = "non-negative whole numbers, shape (J,)";
  const advice = "Give one for each group.";
  if (!Array.isArray(value) || value.length === 0) refuse(name, each, value, advice);
  value.forEach((n, j) => {
    if (!Number.isInteger(n) || n < 0) refuse(name, each, n, advice, ` at index ${j}`);
  });
  whole("n_groups", value.length, 1, most.length);
  value.forEach((n, j) => {
    if (n >= least && n <= most[j]) return;
    const what = n > most[j] ? "Use no more than there are." : "Raise it.";
    refuse(name, `whole numbers from ${least} to ${most[j]}`, n, what, ` at index ${j}`);
  });
  if (value.some((n) => n > 0)) return value;
  throw new RangeError(
    `\`${name}\` must be sizes with at least one observation; got none. Raise one.`,
  );
}

export function prior(name, value, families) {
  if (!families.includes(value?.family)) {
    const names = families.map(show).join(", ");
    refuse(name, `of a family among ${names}`, value?.family ?? value, "Choose one of them.");
  }
  const clean = { family: value.family };
  for (const key of Object.keys(FAMILIES[value.family])) {
    const quality = key === "mean" ? "finite" : key === "lower" ? "non-negative" : "positive";
    clean[key] = number(key, value[key], quality, "Give a number of the prior's family.");
  }
  if (clean.upper <= clean.lower) {
    refuse("upper", `above \`lower\`, ${clean.lower}`, clean.upper, "Raise it.");
  }
  return clean;
}

// Fits sizes to another number of groups: new groups get the median of the present sizes.
export function resize(present, groups, most) {
  const sorted = [...present].sort((a, b) => a - b);
  const middle = Math.max(sorted[Math.floor(sorted.length / 2)], 1);
  return Array.from({ length: groups }, (_, j) => Math.min(present[j] ?? middle, most[j]));
}
