// What GibbsLab computes: the exact posterior of real schools at the sizes given, four starts, and a
// Gibbs sampler that tells which conditional it drew from, one after the other.

import { normalMeans } from "./exact.js";
import { summarise } from "./pooling.js";
import { gibbs } from "./samplers/gibbs.js";
import { normalMeansTarget } from "./samplers/normal_means.js";
import { population } from "./samplers/population.js";
import * as words from "./words.js";

export const SCANS = ["systematic", "random"];
export const MAX_DRAWS = 3000;
export const ORDER_SEED = 1;
const PROBABILITIES = [0.01, 0.05, 0.5, 0.95, 0.99];
const COLUMNS = 61;

export const check = (state, { rows }) => ({
  group_sizes: words.sizes("group_sizes", state.group_sizes, rows.map((row) => row.length)),
  mu_prior: words.prior("mu_prior", state.mu_prior, words.LOCATION_FAMILIES),
  tau_prior: words.prior("tau_prior", state.tau_prior, words.SCALE_FAMILIES),
  sigma_prior: words.prior("sigma_prior", state.sigma_prior, words.SCALE_FAMILIES),
  scan: words.oneOf("scan", state.scan, SCANS),
  seed: words.seed("seed", state.seed),
});

// Each start is (mu, log tau, log sigma, theta), with mu and tau at their far quantiles in all four
// ways; schools start at their own means, or at mu without data.
function startsOf({ n, mean }, [mu, tau, sigma]) {
  const ways = [[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1]];
  const end = (quantiles, k) => quantiles[k ? 4 : 0];
  return ways.map(([a, b, c]) => Float64Array.from([
    end(mu, a), Math.log(end(tau, b)), Math.log(end(sigma, c)),
    ...n.map((size, j) => (size > 0 ? mean[j] : end(mu, a))),
  ]));
}

// The posterior of mu and log tau where sigma is at its median, on a grid.
function planeOf(groups, sigma, window, { mu_prior: muPrior, tau_prior: tauPrior }) {
  const seen = groups.n.map((_, j) => j).filter((j) => groups.n[j] > 0);
  const target = population({
    effect: seen.map((j) => groups.mean[j]),
    se: seen.map((j) => sigma / Math.sqrt(groups.n[j])),
    muPrior,
    tauPrior,
  });
  const along = ([low, high]) =>
    Float64Array.from({ length: COLUMNS }, (_, i) => low + ((high - low) * i) / (COLUMNS - 1));
  const [xs, ys] = [along(window.x), along(window.y)];
  const z = new Float64Array(COLUMNS * COLUMNS);
  ys.forEach((u, i) => xs.forEach((mu, k) => {
    z[i * COLUMNS + k] = target.logp(Float64Array.of(mu, u));
  }));
  return {
    ...window, names: ["μ", "log τ"], axes: [0, 1], grid: { xs, ys, z, shares: [0.5, 0.9, 0.99] },
  };
}

// Everything but the scan and the seed is kept in `cache` while it stays.
export function compute(state, given, cache) {
  const { group_sizes, mu_prior: muPrior, tau_prior: tauPrior, sigma_prior: sigmaPrior } = state;
  const key = JSON.stringify([group_sizes, muPrior, tauPrior, sigmaPrior]);
  if (cache.key === key) return cache.result;
  const groups = plainly(summarise(given.rows.slice(0, group_sizes.length), group_sizes));
  const options = { muPrior, tauPrior, sigmaPrior };
  const fit = normalMeans(groups, options);
  if (typeof fit.error === "string") throw new RangeError(fit.error);
  const [mu, tau, sigma] = [fit.mu, fit.tau, fit.sigma].map((m) => m.quantile(PROBABILITIES));
  const model = normalMeansTarget({ groups, ...options });
  const wide = ([low, , , , high]) => [low - 0.25 * (high - low), high + 0.25 * (high - low)];
  const window = { x: wide(mu), y: wide(tau.map(Math.log)) };
  cache.result = {
    groups,
    fit,
    model,
    exact: { mu: middle(mu), tau: middle(tau), sigma: middle(sigma) },
    kept: 1 - average(fit.shrinkage.mean),
    starts: startsOf(groups, [mu, tau, sigma]),
    plane: planeOf(groups, sigma[2], window, state),
  };
  cache.key = key;
  return cache.result;
}

const plainly = ({ n, mean, ss }) => ({ n: Array.from(n), mean: Array.from(mean), ss: Array.from(ss) });
const middle = (quantiles) => Array.from(quantiles.slice(1, 4));
const average = (numbers) => Array.from(numbers).reduce((sum, x) => sum + x, 0) / numbers.length;

// A sampler whose `log` holds what the last steps drew: {name, blocks (before), conditional}.
export function watchedGibbs(model, scan) {
  const log = [];
  const conditionals = Object.fromEntries(
    Object.entries(model.conditionals).map(([name, given]) => [
      name,
      (blocks) => {
        const conditional = given(blocks);
        log.push({ name, blocks, conditional });
        return conditional;
      },
    ]),
  );
  return { kernel: gibbs({ ...model, conditionals }, { scan }), log };
}

// The log of one chain's sweep with what each draw became.
export const drawn = (sweep, end) =>
  sweep.map((draw, k) => {
    const after = sweep[k + 1]?.blocks ?? end;
    return { ...draw, after, value: after[draw.name], old: draw.blocks[draw.name] };
  });

export const valuesOf = ({ mu, tau, sigma, theta }) => [mu, tau, sigma, ...theta];

// The present values of the first chain: the start until something is drawn.
function blocksOf({ live, result: { model, starts } }) {
  if (live?.blocks) return live.blocks;
  const [mu, tau, sigma, ...theta] = model.constrain(starts[0]);
  return { mu, tau, sigma, theta };
}

export function values(shown) {
  const { groups, model, exact, kept } = shown.result;
  const blocks = blocksOf(shown);
  const { mu, tau, sigma, theta } = blocks;
  const q = Float64Array.of(mu, Math.log(tau), Math.log(sigma), ...theta);
  const grad = new Float64Array(q.length);
  const logp = model.logpAndGrad(q, grad);
  const level = model.conditionals.theta(blocks);
  const sum = (f) => Array.from(theta).reduce((total, x, j) => total + f(x, j), 0);
  const within = sum((x, j) => (groups.n[j] ? groups.n[j] * (groups.mean[j] - x) ** 2 : 0));
  return {
    exact,
    kept,
    position: valuesOf(blocks),
    log_density: logp,
    gradient: Array.from(grad),
    given_rest: {
      theta: Array.from(level.mean),
      theta_sd: Array.from(level.sd),
      squares_between: sum((x) => (x - mu) ** 2),
      squares_within: groups.ss.reduce((total, s) => total + s, 0) + within,
    },
  };
}

export function slots(shown) {
  const order_seed = ORDER_SEED;
  if (!shown.result) {
    return { mu: 0, tau: 1, sigma: 1, theta: shown.state.group_sizes.map(() => 0), order_seed };
  }
  const { mu, tau, sigma, theta } = blocksOf(shown);
  return { mu, tau, sigma, theta: Array.from(theta), order_seed };
}
