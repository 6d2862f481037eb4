// The exact posterior of the normal hierarchical model, by quadrature over the scales: the twin of
// `hbmlib.exact`, with the same nodes and the same numbers. Arrays in, numbers out.

import { reduce } from "./exact/collapsed.js";
import { scaleMarginal } from "./exact/marginals.js";
import { quantilesOf } from "./exact/mixture.js";
import { tails as tailsOf } from "./exact/propriety.js";
import { densityOfScale, integrate, prune } from "./exact/quadrature.js";
import { surface as surfaceOf } from "./exact/surface.js";
import { moments, quantiles } from "./exact/theta.js";
import { scalePrior } from "./priors.js";
import { normalPdf } from "./special.js";

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

// A mean (about the centre) and an sd; NaN where they do not exist.
function existing(name, { data, tails }, mean, variance) {
  return {
    mean: tails.exists(name, 1) ? data.centre + mean : NaN,
    sd: tails.exists(name, 2) ? Math.sqrt(variance) : NaN,
  };
}

// Of all groups; an empty one has the moments of a new one.
function thetaMoments(fit) {
  const { means, variances, shrinkage } = moments(fit.data, fit.coarse);
  const found = Array.from(means, (mean, j) => {
    const name = fit.data.information[j] > 0 ? "theta" : "newGroup";
    return existing(name, fit, mean, variances[j]);
  });
  return {
    mean: Float64Array.from(found, ({ mean }) => mean),
    sd: Float64Array.from(found, ({ sd }) => sd),
    shrinkage,
  };
}

// Of what is normal given the scales, with the means of mu and the variances given.
function mixtureMoments(name, fit, variances) {
  const { weight, mean } = fit.coarse;
  let [average, variance] = [0, 0];
  for (let k = 0; k < weight.length; k++) average += weight[k] * mean[k];
  for (let k = 0; k < weight.length; k++) {
    variance += weight[k] * (variances[k] + (mean[k] - average) ** 2);
  }
  return existing(name, fit, average, variance);
}

// The density of a mixture of normals.
function densityOf({ weight, mean }, variances, centre) {
  const narrow = variances.map((v) => 1 / Math.sqrt(v));
  return (x) => {
    let density = 0;
    for (let k = 0; k < weight.length; k++) {
      density += weight[k] * narrow[k] * normalPdf((x - centre - mean[k]) * narrow[k]);
    }
    return density;
  };
}

const muVariances = ({ precision }) => precision.map((p) => 1 / p);
const newVariances = ({ precision, tau }) => precision.map((p, k) => 1 / p + tau[k] * tau[k]);

// The means alone, for many data sets: {mu, theta, shrinkage, error}.
export function posteriorMeans(groups, options) {
  const fit = prepare(groups, options);
  if (!fit.nodes) return fit;
  const { mean, shrinkage } = thetaMoments(fit);
  const mu = mixtureMoments("mu", fit, muVariances(fit.coarse)).mean;
  return { mu, theta: mean, shrinkage, error: fit.error };
}

// The marginal of a scale, `which` being 0 for tau and 1 for sigma.
function scale(which, { data, tails, surface, nodes }) {
  const name = ["tau", "sigma"][which];
  const axis = [surface.tauAxis, surface.sigmaAxis][which];
  const lattice = [nodes.tauLattice, nodes.sigmaLattice][which];
  const { rows, columns } = nodes;
  const weight = new Float64Array(lattice.points.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++, at++) weight[which === 0 ? k : i] += nodes.weight[at];
  }
  // Two equal observations have the likelihood 1 / hypot(tau, sigma) near 0.
  const pole =
    surface.sigmaAxis &&
    data.N === 2 &&
    data.J === 2 &&
    data.ownMean.every((m) => m === 0) &&
    tails.tauPrior.reachesZero &&
    tails.sigmaPrior.reachesZero;
  const nearEnd = (value) =>
    pole && value === 0
      ? Infinity
      : densityOfScale(surface, nodes, which, Math.max(value, 1e-20 * axis.unit));
  const marginal = scaleMarginal(axis, lattice, nodes[name], weight, nearEnd);
  if (!tails.exists(name, 1)) marginal.mean = NaN;
  if (!tails.exists(name, 2)) marginal.sd = NaN;
  return marginal;
}

// The density of tau for a plot, from the lower end of its support to its 99.5% quantile.
function curve(tau, { lower }) {
  const [top] = tau.quantile([0.995]);
  const grid = Float64Array.from({ length: GRID }, (_, i) => lower + ((top - lower) * i) / (GRID - 1));
  const density = grid.map(tau.pdf);
  if (density[0] === Infinity) density[0] = density[1]; // so that it can be drawn
  return { grid, density };
}

// The posterior of {n, mean, ss}. Returns {mu, tau, sigma, theta, shrinkage, newGroup,
// logMarginalLikelihood, error}: marginals have mean, sd (NaN where it does not exist) and
// pdf(x) and quantile(probs), that of tau curve(); with `probs` also quantiles. An
// improper posterior gives {error: words}.
export function normalMeans(groups, options = {}) {
  const fit = prepare(groups, options);
  if (!fit.nodes) return fit;
  const { data, surface, nodes, coarse, error, proper } = fit;
  const kept = prune(coarse);
  const { centre } = data;
  const single = (name, variances) => ({
    ...mixtureMoments(name, fit, variances(coarse)),
    pdf: densityOf(kept, variances(kept), centre),
    quantile(probs) {
      const found = new Float64Array(probs.length);
      const precisions = variances(kept).map((v) => 1 / Math.sqrt(v));
      quantilesOf(kept.weight, probs)(kept.mean, precisions, (i, x) => (found[i] = centre + x));
      return found;
    },
  });
  const { shrinkage, ...ofTheta } = thetaMoments(fit);
  const tau = scale(0, fit);
  const posterior = {
    mu: single("mu", muVariances),
    tau: { ...tau, curve: () => curve(tau, surface.tauAxis) },
    sigma: surface.sigmaAxis && scale(1, fit),
    theta: {
      ...ofTheta,
      quantile: (probs) =>
        quantiles(data, kept, probs).map((row) => row.map((x) => centre + x)),
    },
    shrinkage: { mean: shrinkage },
    newGroup: single("newGroup", newVariances),
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
