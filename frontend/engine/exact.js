// The exact posterior of the normal hierarchical model, by quadrature over the scales: the twin of
// `hbmlib.exact`, with the same nodes and the same numbers. Arrays in, numbers out.

import { keep, reduce } from "./exact/collapsed.js";
import { mixtures, scaleMarginal } from "./exact/marginals.js";
import { tails as tailsOf } from "./exact/propriety.js";
import { integrate, prune } from "./exact/quadrature.js";
import { surface as surfaceOf } from "./exact/surface.js";
import { scalePrior } from "./priors.js";

const RTOL = 1e-8;
const GRID = 201;

const DEFAULTS = {
  sigma: null,
  muPrior: { family: "normal", mean: 0, sd: 100 },
  tauPrior: { family: "half-normal", scale: 25 },
  sigmaPrior: { family: "half-normal", scale: 50 },
};

// Integrates over the scales; gives {error: words} when the posterior is improper.
function prepare(groups, options) {
  const { sigma, muPrior, tauPrior, sigmaPrior, rtol = RTOL } = { ...DEFAULTS, ...options };
  if (!groups.n.some((n) => n > 0)) {
    return {
      error:
        "`groups` must have at least one observation; got none. " +
        "Draw from the priors instead: they are the posterior.",
    };
  }
  const known = sigma != null;
  const sds = typeof sigma === "number" ? new Float64Array(groups.n.length).fill(sigma) : sigma;
  const data = reduce(groups, known ? sds : null, muPrior);
  const tails = tailsOf(data, scalePrior(tauPrior), known ? null : scalePrior(sigmaPrior));
  const error = tails.fault();
  if (error) return { error };
  const surface = surfaceOf(data, tails);
  const proper =
    !tails.flatMu && tails.tauPrior.proper && (known || tails.sigmaPrior.proper);
  return { data, tails, surface, proper, ...integrate(surface, rtol) };
}

// Posterior means of the shrinkage weights and of theta, over the coarse nodes.
function groupMeans(data, { weight, mean, tau, sigma }) {
  const J = data.information.length;
  const theta = new Float64Array(J);
  const shrinkage = new Float64Array(J);
  for (let j = 0; j < J; j++) {
    const information = data.information[j];
    const own = data.ownMean[j];
    let [sum, share] = [0, 0];
    for (let k = 0; k < weight.length; k++) {
      const kept = keep(tau[k] * tau[k], sigma[k] * sigma[k], information);
      sum += weight[k] * ((1 - kept) * own + kept * mean[k]);
      share += weight[k] * (1 - kept);
    }
    theta[j] = data.centre + sum;
    shrinkage[j] = share;
  }
  return { theta, shrinkage };
}

function weightedMean(weight, values) {
  let sum = 0;
  for (let k = 0; k < weight.length; k++) sum += weight[k] * values[k];
  return sum;
}

// The means alone, for many data sets: {mu, theta, shrinkage, error}.
export function posteriorMeans(groups, options) {
  const fit = prepare(groups, options);
  if (!fit.nodes) return fit;
  const { data, coarse, error } = fit;
  const mu = data.centre + weightedMean(coarse.weight, coarse.mean);
  return { mu, ...groupMeans(data, coarse), error };
}

// Adds sd and quantiles of mixtures over the nodes, from their components' means and sds.
function mixture(name, { data, tails, coarse }, kept, weights, J, component) {
  const { weight } = coarse;
  const means = new Float64Array(J * kept.length);
  const sds = new Float64Array(J * kept.length);
  const mean = new Float64Array(J);
  const sd = new Float64Array(J);
  const m = new Float64Array(weight.length);
  const v = new Float64Array(weight.length);
  for (let j = 0; j < J; j++) {
    component(j, m, v);
    const average = weightedMean(weight, m);
    let variance = 0;
    for (let k = 0; k < weight.length; k++) {
      const d = m[k] - average;
      variance += weight[k] * (v[k] + d * d);
    }
    mean[j] = tails.exists(name, 1) ? data.centre + average : NaN;
    sd[j] = tails.exists(name, 2) ? Math.sqrt(variance) : NaN;
    for (let k = 0, row = j * kept.length; k < kept.length; k++) {
      means[row + k] = m[kept[k]];
      sds[row + k] = Math.sqrt(v[kept[k]]);
    }
  }
  return { mean, sd, ...mixtures(data.centre, weights, means, sds) };
}

function thetaMarginals(fit, kept, weights) {
  const { data, coarse } = fit;
  const { mean, precision, tau, sigma, weight } = coarse;
  const K = weight.length;
  return mixture("theta", fit, kept, weights, data.information.length, (j, m, v) => {
    for (let k = 0; k < K; k++) {
      const t = tau[k] * tau[k];
      const share = keep(t, sigma[k] * sigma[k], data.information[j]);
      m[k] = (1 - share) * data.ownMean[j] + share * mean[k];
      v[k] = t * share + (share * share) / precision[k];
    }
  });
}

// One quantity out of mixtures that hold a single row.
function single({ mean, sd, quantile, pdf }) {
  const flat = (probs) => Float64Array.from(quantile(probs), (row) => row[0]);
  return { mean: mean[0], sd: sd[0], quantile: flat, pdf };
}

function withMoments(name, tails, marginal) {
  const mean = tails.exists(name, 1) ? marginal.mean : NaN;
  const sd = tails.exists(name, 2) ? marginal.sd : NaN;
  return { ...marginal, mean, sd };
}

// The posterior of {n, mean, ss}. Returns {mu, tau, sigma, theta, shrinkage, newGroup,
// logMarginalLikelihood, error}: marginals have mean, sd (NaN where it does not exist),
// quantile(probs) and pdf(x); with `probs` also quantiles. An improper posterior gives {error: words}.
export function normalMeans(groups, options = {}) {
  const fit = prepare(groups, options);
  if (!fit.nodes) return fit;
  const { data, tails, surface, nodes, coarse, error, proper } = fit;
  const kept = prune(coarse.weight);
  const weights = Float64Array.from(kept, (k) => coarse.weight[k]);
  const total = weights.reduce((sum, w) => sum + w, 0);
  for (let k = 0; k < weights.length; k++) weights[k] /= total;

  const { rows, columns } = nodes;
  const tauWeight = new Float64Array(columns);
  const sigmaWeight = new Float64Array(rows);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++, at++) {
      tauWeight[k] += nodes.weight[at];
      sigmaWeight[i] += nodes.weight[at];
    }
  }
  const { tauAxis, sigmaAxis } = surface;
  const tau = withMoments(
    "tau",
    tails,
    scaleMarginal(tauAxis, nodes.tauLattice, nodes.tau, tauWeight),
  );
  const sigma =
    sigmaAxis &&
    withMoments(
      "sigma",
      tails,
      scaleMarginal(sigmaAxis, nodes.sigmaLattice, nodes.sigma, sigmaWeight),
    );
  const [top] = tau.quantile([0.995]);
  const { lower } = tauAxis;
  tau.grid = Float64Array.from({ length: GRID }, (_, i) => lower + ((top - lower) * i) / (GRID - 1));
  tau.density = tau.grid.map(tau.pdf);

  const one = (name, variance) =>
    single(
      mixture(name, fit, kept, weights, 1, (_, m, v) => {
        for (let k = 0; k < m.length; k++) {
          m[k] = coarse.mean[k];
          v[k] = variance(k);
        }
      }),
    );
  const posterior = {
    mu: one("mu", (k) => 1 / coarse.precision[k]),
    tau,
    sigma,
    theta: thetaMarginals(fit, kept, weights),
    shrinkage: { mean: groupMeans(data, coarse).shrinkage },
    newGroup: one("newGroup", (k) => coarse.tau[k] ** 2 + 1 / coarse.precision[k]),
    logMarginalLikelihood: proper ? nodes.logTotal : NaN,
    error,
  };
  if (options.probs) {
    for (const name of ["mu", "tau", "sigma", "theta", "newGroup"]) {
      const marginal = posterior[name];
      if (marginal) marginal.quantiles = marginal.quantile(options.probs);
    }
  }
  return posterior;
}
