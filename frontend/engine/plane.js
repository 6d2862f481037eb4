// Targets of two coordinates that can be drawn on paper: the posterior of (mu, log tau) of the
// eight schools at any sizes, and three toys with known answers.

import { normalMeans } from "./exact.js";
import { funnel, gaussian } from "./samplers/toys.js";
import { population } from "./samplers/population.js";
import * as words from "./words.js";

export const TARGETS = ["schools", "normal", "correlated", "funnel"];
// A size of 100 stands for the published study, with its published standard error.
export const PUBLISHED = 100;
export const MAX_SIZE = 400;
export const MAX_DRAWS = 3000;
// The momentum before the first step, in sds of each momentum: a push that everybody gets.
export const PUSH = [1, -0.8];
const CORRELATION = 0.95;
const FUNNEL_SCALE = 3;
const COLUMNS = 61;
const SHARES = [0.5, 0.9, 0.99];

// The part of the state that both labs have.
export const checkPlane = (state, { effect }) => ({
  target: words.oneOf("target", state.target, TARGETS),
  group_sizes: words.sizes(
    "group_sizes", state.group_sizes, new Array(effect.length).fill(MAX_SIZE),
  ),
  mu_prior: words.prior("mu_prior", state.mu_prior, words.LOCATION_FAMILIES),
  tau_prior: words.prior("tau_prior", state.tau_prior, words.SCALE_FAMILIES),
  step_size: words.number("step_size", state.step_size, "positive", "Raise it.", 0.001, 10),
  mass_1: words.number("mass_1", state.mass_1, "positive", "Raise it.", 0.001, 1000),
  mass_2: words.number("mass_2", state.mass_2, "positive", "Raise it.", 0.001, 1000),
});

export function schools({ group_sizes: n, mu_prior: muPrior, tau_prior: tauPrior }, given) {
  const effect = given.effect.slice(0, n.length);
  const sigma = n.map((_, j) => given.se[j] * Math.sqrt(PUBLISHED));
  const groups = { n, mean: effect, ss: n.map(() => 0) };
  const fit = normalMeans(groups, { sigma, muPrior, tauPrior });
  if (typeof fit.error === "string") throw new RangeError(fit.error);
  // A school without data says nothing about the population.
  const seen = n.map((_, j) => j).filter((j) => n[j] > 0);
  const target = population({
    effect: seen.map((j) => effect[j]),
    se: seen.map((j) => sigma[j] / Math.sqrt(n[j])),
    muPrior,
    tauPrior,
  });
  // So far out the contour of 99% closes; downwards log tau goes on and on.
  const [mu, tau] = [
    fit.mu.quantile([1e-4, 0.05, 0.5, 0.95, 1 - 1e-4]),
    fit.tau.quantile([0.001, 0.05, 0.5, 0.95, 1 - 1e-4]),
  ];
  return {
    target,
    fit,
    names: ["μ", "log τ"],
    axes: [0, 1],
    exact: { mu: Array.from(mu.slice(1, 4)), tau: Array.from(tau.slice(1, 4)) },
    start: [mu[3], Math.log(tau[3])],
    x: [mu[0], mu[4]],
    y: [Math.log(tau[0]), Math.log(tau[4])],
  };
}

const normal = (correlation, start) => ({
  target: gaussian({ mean: [0, 0], cov: [[1, correlation], [correlation, 1]] }),
  names: ["x₁", "x₂"],
  axes: [0, 1],
  exact: { mean: [0, 0], sd: [1, 1] },
  start,
  x: [-3.6, 3.6],
  y: [-3.6, 3.6],
});

// The neck of the funnel is far thinner than the cells of an even grid: columns crowd around x = 0,
// and the levels come from v and z = x exp(-v/2), which have no neck. There log π(v, x) is
// log p(v) p(z) - v/2.
function neck() {
  const columns = Float64Array.from(
    { length: 2 * COLUMNS + 1 }, (_, i) => (16 * Math.sinh(9 * (i / COLUMNS - 1))) / Math.sinh(9),
  );
  const cells = [];
  for (let v = -15; v <= 15; v += 0.1) {
    for (let z = -5; z <= 5; z += 0.1) {
      const even = -0.5 * ((v / FUNNEL_SCALE) ** 2 + z * z) - Math.log(2 * Math.PI * FUNNEL_SCALE);
      cells.push([even - 0.5 * v, Math.exp(even) * 0.01]);
    }
  }
  cells.sort(([a], [b]) => b - a);
  const held = (share) => {
    let sum = 0;
    return cells.find(([, mass]) => (sum += mass) >= share)[0];
  };
  return { columns, levels: SHARES.map(held) };
}

const toys = {
  normal: () => normal(0, [1.5, 1]),
  correlated: () => normal(CORRELATION, [-1, -1.5]),
  // Drawn upright: the scale v upwards, x across.
  funnel: () => ({
    target: funnel({ dim: 2, scale: FUNNEL_SCALE }),
    names: ["v", "x"],
    axes: [1, 0],
    exact: { mean: [0, 0], sd: [FUNNEL_SCALE, Math.exp(FUNNEL_SCALE ** 2 / 4)] },
    start: [2, 1],
    x: [-16, 16],
    y: [-9, 8],
    ...neck(),
  }),
};

// {target, names, axes (which coordinate runs across, which upwards), exact, start, x, y (the
// window), grid: {xs, ys, z, shares, levels?}}.
function planeOf(state, given) {
  const plane = toys[state.target]?.() ?? schools(state, given);
  const along = ([low, high]) =>
    Float64Array.from({ length: COLUMNS }, (_, i) => low + ((high - low) * i) / (COLUMNS - 1));
  const [xs, ys] = [plane.columns ?? along(plane.x), along(plane.y)];
  const z = new Float64Array(xs.length * ys.length);
  const q = new Float64Array(2);
  const [across, up] = plane.axes;
  ys.forEach((y, i) => xs.forEach((x, k) => {
    [q[across], q[up]] = [x, y];
    z[i * xs.length + k] = plane.target.logp(q);
  }));
  const grid = { xs, ys, z, shares: SHARES, levels: plane.levels };
  return { ...plane, start: Float64Array.from(plane.start), grid };
}

// The plane depends on the target alone: it is kept in `cache` while that stays.
export function planeFor(state, given, cache) {
  const { target, group_sizes, mu_prior, tau_prior } = state;
  const key = target === "schools" ? JSON.stringify([group_sizes, mu_prior, tau_prior]) : target;
  if (cache.key !== key) {
    cache.plane = planeOf(state, given);
    cache.key = key;
  }
  return cache.plane;
}

export const massOf = ({ mass_1, mass_2 }) => Float64Array.of(mass_1, mass_2);
export const inverseOf = (state) => massOf(state).map((m) => 1 / m);
// A momentum of so many sds, p = z sqrt(M), and back.
export const momentumOf = (z, state) => massOf(state).map((m, i) => z[i] * Math.sqrt(m));
export const pushOf = (p, state) => massOf(state).map((m, i) => p[i] / Math.sqrt(m));

export const inPlane = (a, b) =>
  ["target", "group_sizes", "mu_prior", "tau_prior", "seed"].every(
    (name) => JSON.stringify(a[name]) === JSON.stringify(b[name]),
  );
