// What JamesSteinExplorer computes: exact risks along the spread of the true means, and one data
// set with the estimates. Errors count in units of the variance of a group's own mean.

import { risks, weight as weightOf } from "./james_stein.js";
import { schools } from "./simulate.js";
import * as words from "./words.js";

export const MAX_GROUPS = 40;
export const MAX_SIZE = 100;
export const POINTS = 121;
export const NAMES = ["own", "james_stein", "positive_part", "bayes"];

export const check = (state) => ({
  n_groups: words.whole("n_groups", state.n_groups, 1, MAX_GROUPS),
  size: words.whole("size", state.size, 1, MAX_SIZE),
  unequal: words.flag("unequal", state.unequal),
  sigma: words.number(
    "sigma", state.sigma, "positive", "Give a standard deviation above zero.", 1e-3, 1e3,
  ),
  spread: words.number(
    "spread", state.spread, "non-negative", "Give a standard deviation, zero or more.", 0, 1e4,
  ),
  towards: words.oneOf("towards", state.towards, ["point", "mean"]),
  offset: words.number("offset", state.offset, "finite", "Give one number.", -1e4, 1e4),
  tau: words.number(
    "tau", state.tau, "non-negative", "Give a standard deviation, zero or more.", 0, 1e4,
  ),
  seed: words.seed("seed", state.seed),
});

// Equal sizes, or a quarter of the size, the size and four times the size in turn.
export const sizesOf = ({ n_groups, size, unequal }) =>
  Array.from({ length: n_groups }, (_, j) =>
    unequal ? [Math.ceil(size / 4), size, 4 * size][j % 3] : size,
  );

// The fewest groups for which James and Stein's rule is everywhere better than the own means.
export const fewest = ({ towards }) => (towards === "mean" ? 4 : 3);

const sum = (numbers) => numbers.reduce((total, x) => total + x, 0);
const average = (numbers, weights) => sum(numbers.map((x, j) => x * weights[j])) / sum(weights);

// True means with an exact spread about zero, and noise; both stay when other things change.
function draw({ n_groups: J, sigma, seed }, sizes) {
  const { theta, rows } = schools({
    groups: J, mu: 0, tau: 1, sigma, seed, capacity: 4 * MAX_SIZE,
  });
  const noise = sizes.map((n, j) => sum(Array.from(rows[j].subarray(0, n))) / n - theta[j]);
  const middle = J > 1 ? sum(Array.from(theta)) / J : 0;
  const centred = Array.from(theta, (t) => t - middle);
  const size = Math.sqrt(sum(centred.map((t) => t * t)) / J);
  return { pattern: centred.map((t) => t / size), noise };
}

export function compute(state, given, cache) {
  const { n_groups: J, sigma, spread, towards, offset, tau } = state;
  const sizes = sizesOf(state);
  const key = [J, state.size, state.unequal, sigma, state.seed].join();
  if (cache.key !== key) Object.assign(cache, draw(state, sizes), { key });
  const { pattern, noise } = cache;
  const se = sizes.map((n) => sigma / Math.sqrt(n));
  const precision = se.map((s) => s ** -2);
  const free = towards === "mean" ? 1 : 0;
  const d = J - free;
  const shrinks = J >= fewest(state);
  const exact = shrinks ? risks(d) : null;
  const bayes = bayesRule(se, tau, free ? null : offset);

  // The risks per group at one spread.
  const riskAt = (at) => {
    const theta = pattern.map((z) => at * z);
    const centre = free ? average(theta, precision) : offset;
    const delta = sum(theta.map((t, j) => ((t - centre) / se[j]) ** 2));
    return {
      own: 1,
      james_stein: exact ? (free + exact.rule(delta)) / J : null,
      positive_part: exact ? (free + exact.positive(delta)) / J : null,
      bayes: bayes.risk(theta) / J,
    };
  };

  const theta = pattern.map((z) => spread * z);
  const own = theta.map((t, j) => t + noise[j]);
  const point = free ? average(own, precision) : offset;
  const kept = shrinks ? weightOf(own, se, point, d) : null;
  const move = (w) => (shrinks ? own.map((y) => point + w * (y - point)) : null);
  const estimates = {
    own,
    james_stein: move(kept),
    positive_part: move(Math.max(kept, 0)),
    bayes: bayes.estimate(own),
  };
  const loss = Object.fromEntries(NAMES.map((name) => [name, lossOf(estimates[name], theta, se)]));
  return { sizes, se, theta, point, kept, estimates, loss, risk: riskAt(spread), riskAt, shrinks };
}

const lossOf = (estimate, theta, se) =>
  estimate && sum(estimate.map((e, j) => ((e - theta[j]) / se[j]) ** 2)) / theta.length;

// The estimate when the means come from N(point, tau), or from N(mu, tau) with a flat mu when
// `point` is null; and its exact risk, summed over the groups.
function bayesRule(se, tau, point) {
  const lambda = se.map((s) => tau ** 2 / (tau ** 2 + s ** 2));
  const precision = se.map((s) => 1 / (tau ** 2 + s ** 2));
  const total = sum(precision);
  const share = precision.map((p) => (point === null ? p / total : 0));
  const middle = (y) => (point === null ? sum(y.map((v, j) => v * share[j])) : point);
  const spreadOfMiddle = sum(share.map((g, j) => g ** 2 * se[j] ** 2));
  return {
    estimate: (y) => {
      const centre = middle(y);
      return y.map((v, j) => lambda[j] * v + (1 - lambda[j]) * centre);
    },
    risk: (theta) => {
      const centre = middle(theta);
      return sum(theta.map((t, j) => {
        const [l, k, variance] = [lambda[j], 1 - lambda[j], se[j] ** 2];
        const noise = l ** 2 * variance + 2 * l * k * share[j] * variance + k ** 2 * spreadOfMiddle;
        return (noise + (k * (centre - t)) ** 2) / variance;
      }));
    },
  };
}

// The plain rule is never better than its positive part.
const CANDIDATES = NAMES.filter((name) => name !== "james_stein");

// The risk curves up to a spread, and which estimator has the smallest risk at each.
export function curves({ riskAt }, upper) {
  const spread = Float64Array.from({ length: POINTS }, (_, i) => (upper * i) / (POINTS - 1));
  const rows = Array.from(spread, riskAt);
  const best = rows.map((risk) => {
    const known = CANDIDATES.filter((name) => risk[name] !== null);
    return known.reduce((a, b) => (risk[b] < risk[a] ? b : a));
  });
  const column = (name) => rows.map((risk) => risk[name] ?? NaN);
  return { spread, best, ...Object.fromEntries(NAMES.map((name) => [name, column(name)])) };
}

export const values = ({ result: { theta, kept, estimates, loss, risk } }) => ({
  theta, weight: kept, estimates, loss, risk,
});
