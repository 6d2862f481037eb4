// Full conditional distributions of normal models, the twin of `hbmlib.models.conjugate`: each can
// be drawn from and drawn.

import { scalePrior } from "../priors.js";
import { gaussLegendre, logGamma } from "../special.js";
import { truncatedScale } from "./truncated.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
const legendre = gaussLegendre(8);
const PANELS = 16;
const DROP = 40; // density below exp(-DROP) of its peak is not shown

const logNormal = (x, mean, sd) => -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - HALF_LOG_2PI;

// theta_j given mu and the scales, for all groups: mean and sd are arrays.
export function thetaGiven(own, weight, mu, tau, precision = 1) {
  const between = tau ** -2;
  const sd = Float64Array.from(weight, (w) => 1 / Math.sqrt(w * precision + between));
  const mean = sd.map((s, j) => (weight[j] * precision * own[j] + between * mu) * s * s);
  const draw = ({ normal }) => mean.map((m, j) => m + sd[j] * normal());
  const logDensity = (x, j = 0) => logNormal(x, mean[j], sd[j]);
  return { family: "normal", mean, sd, draw, logDensity };
}

// mu given theta and tau.
export function meanGiven(prior, theta, tau) {
  const between = tau ** -2;
  let precision = theta.length * between;
  let total = between * theta.reduce((sum, x) => sum + x, 0);
  if (prior.family === "normal") {
    precision += prior.sd ** -2;
    total += prior.mean * prior.sd ** -2;
  }
  const [mean, sd] = [total / precision, 1 / Math.sqrt(precision)];
  const draw = ({ normal }) => mean + sd * normal();
  return { family: "normal", mean, sd, draw, logDensity: (x) => logNormal(x, mean, sd) };
}

// The conditionals of a scale: itself and, for a half-Cauchy prior, the auxiliary value that makes
// it conjugate. It is the sd of n values; `squares` gives their sum of squares about their mean.
export function scaleGiven(name, prior, n, squares) {
  const own = (blocks) => scale(prior, n, squares(blocks), blocks[`${name}_auxiliary`]);
  if (prior.family !== "half-cauchy") return { [name]: own };
  return { [`${name}_auxiliary`]: (blocks) => auxiliary(prior, blocks[name]), [name]: own };
}

function scale(prior, n, ss, aux) {
  const common = { family: "scale", n, ss };
  if (prior.family === "half-normal" || prior.family === "uniform") {
    const bounds = prior.family === "uniform" ? prior : { width: prior.scale };
    const draw = (source) => truncatedScale(source, n, ss, bounds);
    const { logDensity, ...rest } = scalePrior(prior);
    const kernel = (s) => logDensity(s) - n * Math.log(s) - (0.5 * ss) / s ** 2;
    return { ...common, draw, ...normalised(kernel, n, ss, rest) };
  }
  let [shape, rate] = [0.5 * n, 0.5 * ss];
  if (prior.family === "half-cauchy") [shape, rate] = [shape + 0.5, rate + 1 / aux];
  else if (prior.family === "flat") shape -= 0.5; // flat in the scale, not in its logarithm
  else [shape, rate] = [shape + prior.shape, rate + prior.rate];
  // The precision has a Gamma distribution.
  const constant = Math.log(2) + shape * Math.log(rate) - logGamma(shape);
  return {
    ...common,
    shape,
    rate,
    mode: Math.sqrt(rate / (shape + 0.5)),
    draw: ({ gamma }) => Math.sqrt(rate / gamma(shape)),
    logDensity: (s) =>
      s > 0 ? constant - (2 * shape + 1) * Math.log(s) - rate / s ** 2 : -Infinity,
  };
}

// Inverse-Gamma(1, 1/A^2 + 1/scale^2), given the scale: Wand, Ormerod, Padoan and Frühwirth
// (2011).
function auxiliary(prior, value) {
  const rate = prior.scale ** -2 + value ** -2;
  const logDensity = (a) => (a > 0 ? Math.log(rate) - 2 * Math.log(a) - rate / a : -Infinity);
  const draw = ({ exponential }) => rate / exponential();
  return { family: "auxiliary", rate, mode: rate / 2, draw, logDensity };
}

// Divides a kernel by its integral over log s, taken when it is first asked for.
function normalised(kernel, n, ss, { lower, upper, scale: width }) {
  const squared = width === upper ? 0 : n ** 2 + (4 * ss) / width ** 2;
  const peak = Math.sqrt((2 * ss) / (n + Math.sqrt(squared || n ** 2)));
  const mode = Math.min(Math.max(peak, lower, 1e-150), upper);
  const top = kernel(mode);
  let logTotal = null;

  // Where, on one side of the mode, the kernel has dropped out of sight, in log s.
  const end = (bound) => {
    const above = (x) => kernel(Math.exp(x)) > top - DROP;
    const [start, limit] = [Math.log(mode), Math.log(Math.max(bound, 1e-150))];
    const side = Math.sign(limit - start);
    let [near, far] = [start, start];
    while (far !== limit && above(far)) {
      near = far;
      far = side * Math.min(side * (far + 0.5 * side), side * limit);
    }
    for (let i = 0; i < 40 && !above(far); i++) {
      const middle = 0.5 * (near + far);
      if (above(middle)) near = middle;
      else far = middle;
      if (far - near === 0) break;
    }
    return far;
  };
  const integrate = () => {
    const from = end(lower);
    const width = (end(upper) - from) / PANELS;
    let sum = 0;
    for (let panel = 0; panel < PANELS; panel++) {
      legendre.nodes.forEach((t, i) => {
        const s = Math.exp(from + width * (panel + t));
        sum += legendre.weights[i] * s * Math.exp(kernel(s) - top);
      });
    }
    return top + Math.log(sum * width);
  };
  const logDensity = (s) => {
    if (!(s > 0 && s >= lower && s <= upper)) return -Infinity;
    logTotal ??= integrate();
    return kernel(s) - logTotal;
  };
  return { mode, logDensity };
}

// Splits named values into the blocks of `conditionals`.
export function blocksOf(values, scalars, conditionals) {
  const blocks = Object.fromEntries(scalars.map((name, i) => [name, values[i]]));
  blocks.theta = values.slice(scalars.length);
  for (const name of Object.keys(conditionals)) {
    if (name.endsWith("_auxiliary")) blocks[name] = blocks[name.replace("_auxiliary", "")] ** 2;
  }
  return blocks;
}
