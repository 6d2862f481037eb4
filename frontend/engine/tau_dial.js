// What TauDial computes: eight schools at one value of tau, along all of them, and on average.

import { normalMeans } from "./exact.js";
import { givenTau } from "./exact/given_tau.js";
import { scalePrior } from "./priors.js";
import * as words from "./words.js";

export const MAX_TAU = 1e6;
// The scale on which zero to infinity is drawn: tau / (tau + BEND) runs from 0 to 1.
export const BEND = 10;
// A size of 100 stands for the published study, with its published standard error.
export const PUBLISHED = 100;
export const MAX_SIZE = 400;
const POINTS = 161;
const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95];

export const toDial = (tau) => tau / (tau + BEND);
export const fromDial = (u) => Math.min((BEND * u) / Math.max(1 - u, 1e-300), MAX_TAU);

export const check = (state, { effect }) => ({
  group_sizes: words.sizes(
    "group_sizes", state.group_sizes, new Array(effect.length).fill(MAX_SIZE),
  ),
  tau: words.number(
    "tau", state.tau, "non-negative", "Give a standard deviation, zero or more.", 0, MAX_TAU,
  ),
  mu_prior: words.prior("mu_prior", state.mu_prior, words.LOCATION_FAMILIES),
  tau_prior: words.prior("tau_prior", state.tau_prior, words.SCALE_FAMILIES),
});

const groupsOf = ({ group_sizes: n }, { effect }) => ({
  n,
  mean: effect.slice(0, n.length),
  ss: new Array(n.length).fill(0),
});

// The fit and the paths depend on all of the state but tau itself.
function fitOf(state, given) {
  const groups = groupsOf(state, given);
  const sigma = given.se.slice(0, groups.n.length).map((se) => se * Math.sqrt(PUBLISHED));
  const fit = normalMeans(groups, {
    sigma, muPrior: state.mu_prior, tauPrior: state.tau_prior,
  });
  if (typeof fit.error === "string") throw new RangeError(fit.error);
  const at = givenTau(groups, { sigma, muPrior: state.mu_prior });
  const dial = Float64Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));
  const taus = dial.map(fromDial);
  const prior = scalePrior(state.tau_prior);
  return {
    groups,
    se: groups.n.map((n, j) => sigma[j] / Math.sqrt(n)),
    fit,
    at,
    dial,
    taus,
    paths: Array.from(taus, (tau) => at(tau).theta),
    density: onDial(dial, fit.tau.pdf),
    prior: prior.proper ? onDial(dial, (tau) => Math.exp(prior.logDensity(tau))) : null,
    tau: fit.tau.quantile(PROBABILITIES),
    theta: fit.theta.quantile([0.05, 0.25, 0.75, 0.95]),
  };
}

// A density over tau becomes one over the dial, so that areas stay probabilities. The ends are
// left out: at 0 a density may be infinite, and infinity is not a value of tau.
const onDial = (dial, pdf) =>
  dial.map((u, i) =>
    i === 0 || i === dial.length - 1 ? NaN : (pdf(fromDial(u)) * BEND) / (1 - u) ** 2,
  );

export function compute(state, given, cache) {
  const { tau, ...rest } = state;
  const key = JSON.stringify(rest);
  if (cache.key !== key) {
    cache.all = fitOf(state, given);
    cache.key = key;
  }
  return { ...cache.all, given: cache.all.at(tau) };
}

const finite = (numbers) => Array.from(numbers, (x) => (Number.isFinite(x) ? x : null));

export function values({ state, result }) {
  const { fit, given, tau, theta } = result;
  return {
    tau: state.tau,
    given_tau: {
      mu: [given.mu, given.muSd],
      theta: finite(given.theta),
      theta_sd: finite(given.thetaSd),
      weight: finite(given.weight),
    },
    averaged: {
      tau: [tau[0], tau[2], tau[4]],
      tau_density: fit.tau.pdf(state.tau),
      theta: finite(fit.theta.mean),
      theta_low: finite(theta[0]),
      theta_high: finite(theta[3]),
    },
  };
}
