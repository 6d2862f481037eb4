// What FunnelLab computes: the posterior of eight schools at any sizes on two maps, centred and
// non-centred, the exact marginal that judges both, and a run of NUTS on each.

import { normalMeans } from "./exact.js";
import { givenTau } from "./exact/given_tau.js";
import { chains } from "./samplers/chains.js";
import { ebfmi, essBulk, mcseQuantile, rhat } from "./samplers/diagnostics.js";
import { eightSchools } from "./samplers/eight_schools.js";
import { nuts } from "./samplers/nuts.js";
import * as words from "./words.js";

// A size of 100 stands for the published study, with its published standard error.
export const PUBLISHED = 100;
export const MAX_SIZE = 400;
export const [MIN_TIMES, MAX_TIMES] = [0.1, 1000];
export const WARMUP = 400;
export const DRAWS = 1000; // of each of four chains
export const MAPS = ["centred", "non_centred"];
const MAX_DEPTH = 8;
const COLUMNS = 61;
const FEWEST = 20; // draws before anything is said of them

export const check = (state, { effect }) => ({
  group_sizes: words.sizes(
    "group_sizes", state.group_sizes, new Array(effect.length).fill(MAX_SIZE), 1,
  ),
  times: words.number("times", state.times, "positive", "Raise it.", MIN_TIMES, MAX_TIMES),
  mu_prior: words.prior("mu_prior", state.mu_prior, words.LOCATION_FAMILIES),
  tau_prior: words.prior("tau_prior", state.tau_prior, words.SCALE_FAMILIES),
  target_accept: words.number(
    "target_accept", state.target_accept, "positive", "Raise it.", 0.5, 0.99,
  ),
  seed: words.seed("seed", state.seed),
});

// Given tau, theta_1 and z_1 are normal; the density of log tau gives each its weight.
function planesOf({ fit, at, se, effect, window, theta }) {
  const along = ([low, high]) =>
    Float64Array.from({ length: COLUMNS }, (_, i) => low + ((high - low) * i) / (COLUMNS - 1));
  const ys = along(window);
  const rows = Array.from(ys, (u) => {
    const tau = Math.exp(u);
    const { mu, muSd, theta: mean, thetaSd: sd, weight } = at(tau);
    const total = tau ** 2 + se[0] ** 2;
    return {
      log: Math.max(Math.log(fit.tau.pdf(tau)), -1e3) + u, // no density beyond a prior's bounds
      centred: [mean[0], sd[0]],
      non_centred: [
        (tau * (effect[0] - mu)) / total,
        Math.sqrt(((tau / total) * muSd) ** 2 + 1 - weight[0]),
      ],
    };
  });
  const peak = rows.reduce((most, { log }) => Math.max(most, log), -Infinity);
  const heavy = rows.filter(({ log }) => log > peak - 5).map((row) => row.non_centred);
  const windows = {
    centred: theta,
    non_centred: [
      Math.min(-3, ...heavy.map(([mean, sd]) => mean - 3.5 * sd)),
      Math.max(3, ...heavy.map(([mean, sd]) => mean + 3.5 * sd)),
    ],
  };
  const plane = (name, label) => {
    const xs = along(windows[name]);
    const z = new Float64Array(COLUMNS ** 2);
    rows.forEach((row, i) => xs.forEach((x, k) => {
      const [mean, sd] = row[name];
      z[i * COLUMNS + k] = row.log - Math.log(sd) - 0.5 * ((x - mean) / sd) ** 2;
    }));
    return {
      names: [label, "log τ"], axes: [0, 1], x: windows[name], y: window,
      grid: { xs, ys, z, shares: [0.5, 0.9, 0.99] },
    };
  };
  return { centred: plane("centred", "θ₁"), non_centred: plane("non_centred", "z₁") };
}

// Four starts at the far quantiles of mu and log tau, the same points on both maps.
function startsOf(J, mu, tau) {
  const ways = [[1, 1], [0, 0], [1, 0], [0, 1]];
  return ways.map(([a, b], c) => Float64Array.from([
    mu[a ? 3 : 1], Math.log(tau[b ? 4 : 1]),
    ...Array.from({ length: J }, (_, j) => ((j + c) % 2 ? -0.5 : 1)),
  ]));
}

export function toTheta(q) {
  const tau = Math.exp(q[1]);
  return q.map((x, i) => (i < 2 ? x : q[0] + tau * x));
}

function fitOf(state, given) {
  const { group_sizes: n, times, mu_prior: muPrior, tau_prior: tauPrior } = state;
  const effect = given.effect.slice(0, n.length);
  const sigma = n.map((_, j) => given.se[j] * Math.sqrt(PUBLISHED / times));
  const groups = { n, mean: effect, ss: n.map(() => 0) };
  const fit = normalMeans(groups, { sigma, muPrior, tauPrior });
  if (typeof fit.error === "string") throw new RangeError(fit.error);
  const se = n.map((size, j) => sigma[j] / Math.sqrt(size));
  const mu = fit.mu.quantile([0.001, 0.05, 0.5, 0.95, 0.999]);
  const tau = fit.tau.quantile([0.001, 0.05, 0.1, 0.5, 0.95, 0.999]);
  const [low, high] = fit.theta.quantile([0.001, 0.999]).map((row) => row[0]);
  const at = givenTau(groups, { sigma, muPrior });
  const [bottom, top] = [Math.log(tau[0]), Math.log(tau[5])];
  const window = [bottom - 0.03 * (top - bottom), top + 0.08 * (top - bottom)];
  const starts = startsOf(n.length, mu, tau);
  const options = { effect, se, muPrior, tauPrior };
  const targets = {
    centred: eightSchools({ ...options, centred: true }),
    non_centred: eightSchools({ ...options, centred: false }),
  };
  const points = { centred: toTheta(starts[0]), non_centred: starts[0] };
  const here = Object.fromEntries(MAPS.map((name) => {
    const grad = new Float64Array(n.length + 2);
    return [name, { logp: targets[name].logpAndGrad(points[name], grad), grad }];
  }));
  return {
    fit, se, effect, targets, starts, here, window,
    weight: at(tau[3]).weight,
    exact: { mu: Array.from(mu.slice(1, 4)), tau: [tau[1], tau[3], tau[4]] },
    tenth: tau[2],
    logDensity: (u) => fit.tau.pdf(Math.exp(u)) * Math.exp(u),
    planes: planesOf({ fit, at, se, effect, window, theta: [low, high] }),
  };
}

// Target rate and seed change the runs, not the posterior.
export function compute(state, given, cache) {
  const { target_accept, seed, ...rest } = state;
  const key = JSON.stringify(rest);
  if (cache.key !== key) {
    cache.result = fitOf(state, given);
    cache.key = key;
  }
  return cache.result;
}

// A kernel that records its coordinates as they are, and is tuned to another rate of acceptance.
const plainly = (kernel, targetAccept) => ({
  ...kernel,
  targetAccept,
  constrain: (q) => q,
  withSize: (size) => plainly(kernel.withSize(size), targetAccept),
  withMass: (mass) => plainly(kernel.withMass(mass), targetAccept),
});

// A run of four chains on each map, from the same four points.
export const runsOf = ({ targets, starts }, { seed, target_accept: accept }) =>
  Object.fromEntries(MAPS.map((name) => [name, chains({
    kernel: plainly(nuts(targets[name], { maxDepth: MAX_DEPTH }), accept),
    starts: name === "centred" ? starts.map(toTheta) : starts,
    seed, warmup: WARMUP, most: DRAWS, keep: [1, 2], stats: ["diverging", "nGrad", "energy"],
  })]));

const total = (rows) => {
  let sum = 0;
  for (const row of rows) for (const x of row) sum += x;
  return sum;
};

// What there is to say of a run: of log tau against its exact marginal, and of its cost.
export function measure(run, { exact, tenth }) {
  const count = 4 * run.draws;
  if (run.draws < FEWEST) return { draws: run.draws, count };
  const logTau = run.values(0);
  const ess = essBulk(logTau);
  const ordered = Float64Array.from(logTau.flatMap((chain) => Array.from(chain))).sort();
  const middle = 0.5 * (ordered[(count >> 1) - 1] + ordered[count >> 1]);
  const edge = Math.log(tenth);
  const gradients = total(run.stats("nGrad"));
  const bias = middle - Math.log(exact.tau[1]);
  return {
    draws: run.draws,
    count,
    divergences: total(run.stats("diverging")),
    perDraw: gradients / count,
    ess,
    worth: (1000 * ess) / gradients,
    rhat: rhat(logTau),
    ebfmi: Math.min(...ebfmi(run.stats("energy"))),
    median: middle,
    bias,
    errors: bias / mcseQuantile(logTau, 0.5),
    below: ordered.filter((u) => u < edge).length / count,
  };
}

// The better map, once there is enough to tell by.
export function winner({ centred, non_centred }) {
  if (!(centred.worth > 0 && non_centred.worth > 0)) return null;
  const ratio = centred.worth / non_centred.worth;
  return { name: ratio > 1 ? "centred" : "non_centred", by: Math.max(ratio, 1 / ratio) };
}

export function values({ result: { exact, weight, starts, here } }) {
  const of = (take) => Object.fromEntries(MAPS.map((name) => [name, take(here[name])]));
  return {
    exact,
    weight: Array.from(weight),
    position: Array.from(starts[0]),
    log_density: of(({ logp }) => logp),
    gradient: of(({ grad }) => Array.from(grad)),
  };
}

export const slots = ({ result, state }) => ({
  position: result ? Array.from(result.starts[0]) : state.group_sizes.map(() => 0),
});
