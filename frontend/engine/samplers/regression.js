// The exact posterior of a regression whose lines vary, by the trapezoidal rule over its three
// scales: the numbers of `hbmlib.collapsed.varying_regression`, soon enough for every frame.

import { axis } from "../exact/axis.js";
import { scalePrior } from "../priors.js";
import { flood } from "./flood.js";
import { countsOf, noiseOf } from "./individuals.js";
import { linesGiven } from "./lines_given.js";

const pair = (prior) => (Array.isArray(prior) ? prior : [prior, prior]);
const LIGHT = 1e-11; // a weight below this adds nothing to an individual's line

// Returns {alpha, beta: {mean, sd} of arrays; muAlpha, muBeta, tauAlpha, tauBeta, sigma: {mean,
// sd}; error}. Without `spreads` the lines have no sd, in about half of the time. Throws a
// RangeError where there is no sound posterior.
export function hierarchicalLines(
  lines,
  {
    muPrior = { family: "normal", mean: 0, sd: 3 },
    tauPrior = { family: "uniform", lower: 0, upper: 10 },
    sigmaPrior = { family: "uniform", lower: 0, upper: 10 },
    spreads = true,
  } = {},
) {
  const { freedom } = countsOf(lines);
  const priors = [...pair(tauPrior), sigmaPrior].map(scalePrior);
  if (freedom > 0 && lines.rss.every((v) => v === 0) && priors[2].reachesZero) {
    throw new RangeError(
      "`lines` must not fit perfectly; got a residual sum of squares of 0, with which the " +
        "posterior is improper. Use a `sigma_prior` that excludes 0, such as GammaPrecision.",
    );
  }
  const model = linesGiven(lines, pair(muPrior));
  const axes = axesOf(lines, model, priors);
  const part = (k, u) => {
    const value = axes[k].value(u);
    return { value, log: priors[k].logDensity(value) + axes[k].logJacobian(u) };
  };
  const joint = Object.assign(model.evaluate, { given: model.given });
  const nodes = flood(axes, part, joint, startOf(lines, model, axes));

  const [alpha, beta] = (spreads ? coefficients : means)(model, nodes);
  const [tauAlpha, tauBeta, sigma] = axes.map((along, k) => moments(nodes, along, k));
  const { line } = model;
  const [muA, muB, varA, , varB] = nodes.given;
  const muAlpha = mixture(nodes.weight, line.alpha, muA, varA);
  const muBeta = mixture(nodes.weight, line.beta, muB, varB);
  return { alpha, beta, muAlpha, muBeta, tauAlpha, tauBeta, sigma, error: nodes.error };
}

// Axes for tau_alpha, tau_beta and sigma, with the errors of coefficients as units.
function axesOf(lines, { square }, priors) {
  const noise = noiseOf(lines);
  const units = [lines.n, square].map((v) => noise / Math.sqrt(Math.max(...v)));
  const within = countsOf(lines).freedom > 0 ? "log" : "stretched";
  return priors.map((prior, k) => {
    const kind = !prior.reachesZero ? "log" : k < 2 ? "even" : within;
    const unit = Math.min(k < 2 ? units[k] : noise, 1e300);
    const nearest = prior.family === "gamma-precision" ? unit : Math.min(unit, prior.scale);
    return axis(kind, nearest, prior.lower, prior.upper);
  });
}

// Where to begin: the sds of the least-squares coefficients, and the noise, inside the bounds.
function startOf(lines, { alpha, beta }, axes) {
  const rms = (v) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0) / v.length);
  const guesses = [rms(alpha), rms(beta), noiseOf(lines)];
  return axes.map((along, k) => {
    const { lower, upper, unit } = along;
    const bounded = Number.isFinite(upper);
    const least = bounded ? lower + 0.01 * (upper - lower) : 0.1 * unit;
    const most = bounded ? lower + 0.9 * (upper - lower) : Infinity;
    return along.inverse(Math.min(Math.max(guesses[k], least), most));
  });
}

function mixture(weight, centre, means, variances) {
  let [first, second] = [0, 0];
  for (let n = 0; n < weight.length; n++) {
    first += weight[n] * means[n];
    second += weight[n] * (means[n] ** 2 + variances[n]);
  }
  return { mean: centre + first, sd: Math.sqrt(second - first * first) };
}

// Means and sds of all intercepts, then of all slopes.
function coefficients({ J, line, addLines }, { values, weight, given }) {
  const [first, second] = [new Float64Array(2 * J), new Float64Array(2 * J)];
  const at = [...values, ...given];
  for (let n = 0; n < weight.length; n++) {
    if (weight[n] > LIGHT) addLines(...at.map((column) => column[n]), weight[n], first, second);
  }
  return [line.alpha, line.beta].map((centre, k) => {
    const mean = first.subarray(k * J, (k + 1) * J);
    const sd = mean.map((m, j) => Math.sqrt(second[k * J + j] - m * m));
    return { mean: mean.map((m) => centre + m), sd };
  });
}

// The means alone.
function means({ J, line, addMeans }, { values: [tauA, tauB, sigma], weight, given: [muA, muB] }) {
  const first = new Float64Array(2 * J);
  for (let n = 0; n < weight.length; n++) {
    if (weight[n] > LIGHT) addMeans(tauA[n], tauB[n], sigma[n], muA[n], muB[n], weight[n], first);
  }
  return [line.alpha, line.beta].map((centre, k) => ({
    mean: first.subarray(k * J, (k + 1) * J).map((m) => centre + m),
  }));
}

// Mean and sd of a scale. On an even axis the scale has a kink at 0, where the trapezoidal rule
// errs by h^2 f'(0) / 12 - h^4 f'''(0) / 720, f being the scale times its density (Euler and
// Maclaurin's formula).
function moments({ index, values, weight, steps }, along, k) {
  let [mean, second, ...near] = [0, 0, 0, 0, 0];
  for (let n = 0; n < weight.length; n++) {
    const value = values[k][n];
    mean += weight[n] * value;
    second += weight[n] * value * value;
    const i = index[k][n];
    if (i < 3) near[i] += weight[n];
  }
  if (along.even) {
    const h = steps[k];
    const [p0, p1, p2] = [(2 * near[0]) / h, near[1] / h, near[2] / h];
    const bend = (-p2 / 12 + (4 * p1) / 3 - (5 * p0) / 4) * (2 / h ** 2);
    const rise = Math.exp(along.logJacobian(0));
    const twist = (6 * (along.value(0.1) - 0.1 * rise)) / 1e-3;
    mean += (h ** 2 / 12) * rise * p0 - (h ** 4 / 720) * (twist * p0 + 3 * rise * bend);
  }
  return { mean, sd: Math.sqrt(second - mean * mean) };
}
