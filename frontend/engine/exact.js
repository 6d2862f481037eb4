// The exact posterior of the normal hierarchical model, by quadrature over the scales: the twin of
// `hbmlib.exact`, with the same nodes and the same numbers. Arrays in, numbers out.

import { reduce } from "./exact/collapsed.js";
import { mixtures, scaleMarginal } from "./exact/marginals.js";
import { tails as tailsOf } from "./exact/propriety.js";
import { densityOfScale, integrate, prune } from "./exact/quadrature.js";
import { surface as surfaceOf } from "./exact/surface.js";
import { scalePrior } from "./priors.js";

const RTOL = 1e-8;
const WORST = 1e-6;
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
  let result;
  try {
    result = integrate(surface, rtol);
  } catch (fault) {
    if (fault instanceof RangeError) return { error: fault.message };
    throw fault;
  }
  if (!(result.error <= WORST)) {
    return {
      error:
        "`normal_means` must reach a relative error of 1e-6; got " +
        `${result.error.toExponential(1)}. Check the units of the data and the priors.`,
    };
  }
  return { data, tails, surface, proper, ...result };
}

// Averages the rows of a J x K array.
function averages(weight, rows, J) {
  const K = weight.length;
  const result = new Float64Array(J);
  for (let j = 0, at = 0; j < J; j++) {
    let sum = 0;
    for (let k = 0; k < K; k++, at++) sum += weight[k] * rows[at];
    result[j] = sum;
  }
  return result;
}

// Whose moments a group shares: an empty one those of a new group.
const spreadLike = (name, { information }, j) =>
  name === "theta" && !(information[j] > 0) ? "newGroup" : name;

// The means alone, for many data sets: {mu, theta, shrinkage, error}.
export function posteriorMeans(groups, options) {
  const fit = prepare(groups, options);
  if (!fit.nodes) return fit;
  const { data, tails, coarse, theta, error } = fit;
  const centre = data.centre;
  const J = data.information.length;
  return {
    mu: tails.exists("mu", 1) ? centre + averages(coarse.weight, coarse.mean, 1)[0] : NaN,
    theta: averages(coarse.weight, theta.means, J).map((mean, j) =>
      tails.exists(spreadLike("theta", data, j), 1) ? centre + mean : NaN,
    ),
    shrinkage: theta.shrinkage,
    error,
  };
}

// J mixtures over the nodes, from their components' means and variances (J x K). Moments are
// summed over all nodes, quantiles over those kept.
function mixture(name, { data, tails, coarse }, { kept, weights }, J, means, variances) {
  const { weight } = coarse;
  const K = weight.length;
  const mean = averages(weight, means, J);
  const sd = new Float64Array(J);
  const keptMeans = new Float64Array(J * kept.length);
  const keptSds = new Float64Array(J * kept.length);
  for (let j = 0, at = 0, to = 0; j < J; j++) {
    for (let i = 0; i < kept.length; i++, to++) {
      keptMeans[to] = means[at + kept[i]];
      keptSds[to] = Math.sqrt(variances[at + kept[i]]);
    }
    let variance = 0;
    for (let k = 0; k < K; k++, at++) {
      const d = means[at] - mean[j];
      variance += weight[k] * (variances[at] + d * d);
    }
    const spread = spreadLike(name, data, j);
    mean[j] = tails.exists(spread, 1) ? data.centre + mean[j] : NaN;
    sd[j] = tails.exists(spread, 2) ? Math.sqrt(variance) : NaN;
  }
  return { mean, sd, ...mixtures(data.centre, weights, keptMeans, keptSds) };
}

function pruned({ weight }) {
  const kept = prune(weight);
  let total = 0;
  for (const k of kept) total += weight[k];
  return { kept, weights: Float64Array.from(kept, (k) => weight[k] / total) };
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
  const { data, tails, surface, nodes, coarse, theta, error, proper } = fit;
  const selection = pruned(coarse);
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
  // Two equal observations have the likelihood 1 / hypot(tau, sigma) near 0.
  const pole =
    sigmaAxis &&
    data.N === 2 &&
    data.J === 2 &&
    data.ownMean.every((m) => m === 0) &&
    tails.tauPrior.reachesZero &&
    tails.sigmaPrior.reachesZero;
  const nearEnd = (which, { unit }) => (scale) =>
    pole && scale === 0
      ? Infinity
      : densityOfScale(surface, nodes, which, Math.max(scale, 1e-20 * unit));
  const tau = withMoments(
    "tau",
    tails,
    scaleMarginal(tauAxis, nodes.tauLattice, nodes.tau, tauWeight, nearEnd(0, tauAxis)),
  );
  const sigma =
    sigmaAxis &&
    withMoments(
      "sigma",
      tails,
      scaleMarginal(
        sigmaAxis,
        nodes.sigmaLattice,
        nodes.sigma,
        sigmaWeight,
        nearEnd(1, sigmaAxis),
      ),
    );
  const [top] = tau.quantile([0.995]);
  const { lower } = tauAxis;
  tau.grid = Float64Array.from({ length: GRID }, (_, i) => lower + ((top - lower) * i) / (GRID - 1));
  tau.density = tau.grid.map(tau.pdf);
  if (tau.density[0] === Infinity) tau.density[0] = tau.density[1]; // so that it can be drawn

  const one = (name, variances) =>
    single(mixture(name, fit, selection, 1, coarse.mean, variances));
  const muVariances = coarse.precision.map((p) => 1 / p);
  const newVariances = muVariances.map((v, k) => v + coarse.tau[k] ** 2);
  const J = data.information.length;
  const posterior = {
    mu: one("mu", muVariances),
    tau,
    sigma,
    theta: mixture("theta", fit, selection, J, theta.means, theta.variances),
    shrinkage: { mean: theta.shrinkage },
    newGroup: one("newGroup", newVariances),
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
