// What ConvergenceLab computes: four chains over the posterior of the eight schools, with a fault if
// one is wanted, what each diagnostic makes of them, and the exact posterior as a judge.

import { MAX_SIZE, schools } from "./plane.js";
import { chains } from "./samplers/chains.js";
import * as diagnostics from "./samplers/diagnostics.js";
import { metropolis } from "./samplers/metropolis.js";
import { quantileOf, sorted } from "./samplers/ranks.js";
import { normalCdf } from "./special.js";
import * as words from "./words.js";

export const QUANTITIES = ["mu", "tau"];
export const FAULTS = ["none", "stuck", "apart", "drift", "narrow", "heavy", "ridges"];
export const [MIN_DRAWS, MAX_DRAWS, MAX_WARMUP] = [10, 1000, 500];
export const PROBABILITIES = [0.05, 0.5, 0.95];
// A draw is every fifth step of a chain.
export const THIN = 5;
export const [MAX_RHAT, MIN_ESS] = [1.01, 400];
const PRIORS = {
  mu_prior: { family: "normal", mean: 0, sd: 5 },
  tau_prior: { family: "half-cauchy", scale: 5 },
};
// Of steps, and of distances of starts: about the posterior's sds of mu and log tau.
const UNIT = [5, 1];
const MIDDLE = [5, 1];
const SIDES = [[1, 1], [-1, -1], [1, -1], [-1, 1]];
const STEP = 1.5; // units that suit the studies as published
const MAD = 1.4826; // of a normal distribution: its sd over the median distance from the middle
const LAGS = 40;
const BAND = 3.42; // sds that hold all of 80 normal bars in 95% of cases

export const check = (state, { effect }) => ({
  group_sizes: words.sizes(
    "group_sizes", state.group_sizes, new Array(effect.length).fill(MAX_SIZE),
  ),
  quantity: words.oneOf("quantity", state.quantity, QUANTITIES),
  draws: words.whole("draws", state.draws, MIN_DRAWS, MAX_DRAWS),
  warmup: words.whole("warmup", state.warmup, 0, MAX_WARMUP),
  step: words.number("step", state.step, "positive", "Raise it.", 0.01, 20),
  start: words.number(
    "start", state.start, "non-negative", "Give a distance, zero or more.", 0, 10,
  ),
  apart: words.flag("apart", state.apart),
  fault: words.oneOf("fault", state.fault, FAULTS),
  amount: words.number(
    "amount", state.amount, "non-negative", "Give a number from 0 to 1.", 0, 1,
  ),
  seed: words.seed("seed", state.seed),
});

// A run that goes on as far as it is asked for; its draws do not depend on how far that is.
function runOf({ target }, { step, start, apart, seed }) {
  const starts = SIDES.map((side) =>
    Float64Array.from(MIDDLE, (m, i) => m + start * UNIT[i] * (apart ? side[i] : 1)),
  );
  const scale = Float64Array.from(UNIT, (unit) => STEP * step * unit);
  return chains({
    kernel: metropolis(target, { scale }), starts, seed,
    most: THIN * (MAX_DRAWS + MAX_WARMUP), stats: ["accept"],
  });
}

// To nine decimals, so that no rank depends on how a machine rounds.
const rounded = (x) => Math.round(x * 1e9) / 1e9;
const kept = (chain, { draws, warmup }) =>
  Float64Array.from({ length: draws }, (_, t) => rounded(chain[THIN * (warmup + t + 1) - 1]));

// Each fault changes draws in place: {rows: the chains, a: its size, middle, spread: of all draws}.
const FAULTY = {
  none() {},
  stuck({ rows: [x], a }) {
    const from = x.length - Math.floor(a * x.length + 0.5);
    x.fill(x[Math.min(from, x.length - 1)], from);
  },
  apart({ rows: [x], a, spread }) {
    x.forEach((v, t) => (x[t] = v + 2 * a * spread));
  },
  drift({ rows, a, spread }) {
    for (const x of rows) {
      x.forEach((v, t) => (x[t] = v + 2 * a * spread * (t / (x.length - 1) - 0.5)));
    }
  },
  narrow({ rows: [x], a, middle }) {
    x.forEach((v, t) => (x[t] = middle + (1 - a) * (v - middle)));
  },
  heavy({ rows, a, middle, spread }) {
    rows.forEach((x, c) => {
      x.forEach((v, t) => (x[t] = toCauchy((v - middle) / spread) + (c === 0 ? 2 * a : 0)));
    });
  },
  ridges({ rows: [x], a, middle, spread }) {
    x.forEach((v, t) => {
      const z = Math.abs(v - middle) / spread;
      const moved = (1 - a) * z + a * (0.6745 + 0.18 * (z - 0.6745));
      x[t] = middle + spread * Math.sign(v - middle) * moved;
    });
  },
};

// The draw of a Cauchy distribution with the rank that z has in a normal one, not beyond 6 sds.
export function toCauchy(z) {
  const far = Math.min(Math.abs(z), 6);
  return Math.sign(z) / Math.tan(Math.PI * normalCdf(-far));
}

// The middle of all draws and their spread: the median, and the median distance from it as an sd.
function locate(rows) {
  const middle = quantileOf(sorted(rows), 0.5);
  const distances = rows.map((x) => x.map((v) => Math.abs(v - middle)));
  return { middle, spread: MAD * quantileOf(sorted(distances), 0.5) || 1 };
}

// How many draws of each chain are in each bin of rank, and how many there should be. Bars that hang
// together vary more than independent ones, by the root of draws over effective draws.
function ranksOf(rows, essBulk) {
  const n = rows[0].length;
  const total = rows.length * n;
  const bins = n >= 100 ? 20 : Math.max(2, Math.floor(n / 5));
  const p = 1 / bins;
  const exchangeable = Math.sqrt((n * p * (1 - p) * (total - n)) / (total - 1));
  const worth = essBulk > 0 ? Math.max(1, total / essBulk) : 1;
  const counts = diagnostics.rankHistogram(rows, bins).map((row) => Array.from(row));
  const half = BAND * exchangeable * Math.sqrt(worth);
  const outside = counts.flat().filter((count) => Math.abs(count - n * p) > half).length;
  return { bins, counts, expected: n * p, half, outside };
}

// The mean autocorrelation of the chains that move, at each lag; empty if none does.
function correlationOf(rows) {
  const moving = rows.filter((x) => x.some((v) => v !== x[0]));
  if (!moving.length) return [];
  const lags = diagnostics.autocorrelation(moving, LAGS);
  return Array.from(lags[0], (_, k) =>
    lags.reduce((sum, row) => sum + row[k], 0) / lags.length,
  );
}

// The chains, everything that the diagnostics make of them, and which of these ring.
function judge(rows) {
  const { mean, parts: rhat, essBulk, essTail, mcseMean } = diagnostics.summary(rows);
  const ordered = sorted(rows);
  const ranks = ranksOf(rows, essBulk);
  const rings = {
    ...Object.fromEntries(Object.entries(rhat).map(([name, value]) => [name, !(value < MAX_RHAT)])),
    bulk: !(essBulk >= MIN_ESS),
    tail: !(essTail >= MIN_ESS),
    ranks: ranks.outside > 0,
  };
  return {
    rhat,
    ess: { bulk: essBulk, tail: essTail },
    mean,
    mcseMean,
    quantiles: PROBABILITIES.map((p) => quantileOf(ordered, p)),
    mcseQuantiles: PROBABILITIES.map((p) => diagnostics.mcseQuantile(rows, p)),
    correlation: correlationOf(rows),
    ranks,
    rings,
  };
}

// The exact posterior depends on the sizes alone, and the run on neither fault nor length: both are
// kept in `cache` while they stay.
export function compute(state, given, cache) {
  const sizes = JSON.stringify(state.group_sizes);
  if (cache.sizes !== sizes) {
    cache.plane = schools({ ...state, ...PRIORS }, given);
    cache.sizes = sizes;
  }
  const { step, start, apart, seed, draws, warmup, quantity } = state;
  const key = JSON.stringify([sizes, step, start, apart, seed]);
  if (cache.key !== key) {
    cache.run = runOf(cache.plane, state);
    cache.key = key;
  }
  const { run, plane } = cache;
  const steps = THIN * (draws + warmup);
  run.run(Infinity, Math.max(steps - run.draws, 0));

  const rows = run.values(QUANTITIES.indexOf(quantity)).map((chain) => kept(chain, state));
  const where = locate(rows);
  FAULTY[state.fault]({ rows, a: state.amount, ...where });
  for (const x of rows) x.forEach((v, t) => (x[t] = rounded(v)));
  const accepted = run.stats("accept").map((chain) => chain.subarray(THIN * warmup, steps));
  const accept = accepted.flatMap((chain) => Array.from(chain)).reduce((sum, a) => sum + a, 0);
  const toHeavy = (x) => toCauchy((x - where.middle) / where.spread);
  const exact = plane.exact[quantity].map(state.fault === "heavy" ? toHeavy : (x) => x);
  return {
    rows,
    exact,
    exactMean: state.fault === "heavy" ? NaN : plane.fit[quantity].mean,
    accept: accept / (4 * THIN * draws),
    found: judge(rows),
  };
}

const plain = (x) => (Number.isFinite(x) ? x : null);

export function values({ result: { exact, exactMean, accept, found } }) {
  const { rhat, ess, mean, mcseMean, quantiles, mcseQuantiles, correlation, ranks, rings } = found;
  return {
    exact,
    exact_mean: plain(exactMean),
    accept,
    rhat: Object.fromEntries(Object.entries(rhat).map(([name, value]) => [name, plain(value)])),
    ess: { bulk: plain(ess.bulk), tail: plain(ess.tail) },
    mean: [mean, plain(mcseMean)],
    quantiles,
    mcse: mcseQuantiles.map(plain),
    lag_one: plain(correlation[1]),
    ranks: ranks.counts,
    rings,
  };
}
