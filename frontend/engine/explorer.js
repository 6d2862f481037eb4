// What PoolingExplorer computes: from its state to the data, the fit and every number it shows.

import { normalMeans } from "./exact.js";
import { grandMean, rmse, summarise, withinSd } from "./pooling.js";
import { CAPACITY, reorder, schools } from "./simulate.js";

export const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95];
export const isReal = (state) => state.preset === "hsb";

// The observations that a state can use, with what the estimates are held against: the true
// means, or the means of students who are never used.
export function drawData(state, real) {
  const J = state.n_groups;
  if (isReal(state)) {
    return {
      labels: real.labels.slice(0, J),
      rows: reorder(real.used.slice(0, J), state.seed),
      target: realTarget(real).mean.slice(0, J),
    };
  }
  const { theta, rows } = schools({ ...state, groups: J });
  return { labels: Array.from(rows, (_, j) => String(j + 1)), rows, target: theta };
}

function realTarget(real) {
  return summarise(real.held_out, real.held_out.map((row) => row.length));
}

// The root mean squared standard error of the yardstick itself.
export function yardstickNoise(state, real) {
  if (!isReal(state)) return null;
  const held = realTarget(real);
  const sigma = withinSd(held);
  const n = held.n.slice(0, state.n_groups);
  return sigma * Math.sqrt(n.reduce((sum, m) => sum + 1 / m, 0) / n.length);
}

// How many observations each group can use.
export function limits(state, real) {
  return Array.from({ length: state.n_groups }, (_, j) =>
    isReal(state) ? real.used[j].length : CAPACITY,
  );
}

export function posterior(state, groups) {
  return normalMeans(groups, {
    sigma: state.sigma_known ? state.sigma : null,
    muPrior: state.mu_prior,
    tauPrior: state.tau_prior,
    sigmaPrior: state.sigma_prior,
  });
}

// Fits the state's model to the data and gathers what the views draw.
export function explore(state, data, noise = null) {
  const groups = summarise(data.rows, state.group_sizes);
  const fit = posterior(state, groups);
  const [mu, tau] = [fit.mu, fit.tau].map((marginal) => marginal.quantile(PROBABILITIES));
  const sigma = state.sigma_known ? null : fit.sigma.quantile(PROBABILITIES);
  const complete = grandMean(groups);
  const partial = fit.theta.mean;
  return {
    groups,
    fit,
    mu,
    tau,
    sigma,
    plugInSigma: sigma ? sigma[2] : state.sigma,
    complete,
    partial,
    theta: fit.theta.quantile(PROBABILITIES),
    shrinkage: fit.shrinkage.mean,
    rmse: errors(groups, partial, complete, data.target),
    noise,
  };
}

function errors({ n, mean }, partial, complete, target) {
  return {
    own: rmse(mean, target, n),
    complete: rmse(new Float64Array(n.length).fill(complete), target, n),
    partial: rmse(partial, target, n),
  };
}

// The three errors on data drawn again with another seed.
export function replicate(state, real, seed) {
  const again = { ...state, seed };
  const data = drawData(again, real);
  const groups = summarise(data.rows, state.group_sizes);
  const { theta } = posterior(again, groups);
  return errors(groups, theta.mean, grandMean(groups), data.target);
}

// Mean and standard error of each of the three errors, as replications come in (Welford's
// updates).
export function tally() {
  const sums = Object.fromEntries(
    ["own", "complete", "partial"].map((name) => [name, { mean: 0, squares: 0 }]),
  );
  let count = 0;
  return {
    add(errors) {
      count += 1;
      for (const [name, sum] of Object.entries(sums)) {
        const before = errors[name] - sum.mean;
        sum.mean += before / count;
        sum.squares += before * (errors[name] - sum.mean);
      }
    },
    result() {
      const entries = Object.entries(sums).map(([name, { mean, squares }]) => [
        name,
        { mean, error: Math.sqrt(squares / Math.max(count - 1, 1) / count) },
      ]);
      return { count, ...Object.fromEntries(entries) };
    },
  };
}

// The numbers that the text summary states: what `data-hbm-values` holds.
export function values(state, result) {
  const finite = (numbers) => Array.from(numbers, (x) => (Number.isFinite(x) ? x : null));
  const interval = (q) => q && [q[0], q[2], q[4]];
  return {
    n: Array.from(result.groups.n),
    own: finite(result.groups.mean),
    complete: result.complete,
    partial: finite(result.partial),
    partial_low: finite(result.theta[0]),
    partial_high: finite(result.theta[4]),
    shrinkage: finite(result.shrinkage),
    mu: interval(result.mu),
    tau: interval(result.tau),
    sigma: interval(result.sigma),
    rmse: result.rmse,
    yardstick_noise: result.noise,
  };
}
