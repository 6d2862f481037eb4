// The trapezoidal rule on the surface, with steps shortened until the error is small enough, as in
// `hbmlib/exact/_quadrature.py`.

import { support } from "./surface.js";
import { roughness } from "./theta.js";

const START = 18;
const MAX_NODES = 1e6;
const MAX_POINTS = 4096; // along one axis
const PRUNED = 1e-9;

// Points step * index; an even lattice carries half the weight at 0. The outer ones are even.
function cover([from, to], step, even) {
  let low = 2 * Math.floor(from / step / 2);
  const high = 2 * Math.ceil(to / step / 2);
  if (even) low = Math.max(low, 0);
  const points = Float64Array.from({ length: high - low + 1 }, (_, i) => step * (low + i));
  const weights = new Float64Array(points.length).fill(step);
  if (even && low === 0) weights[0] *= 0.5;
  return { step, low, points, weights, even: even && low === 0 };
}

// The surface on a product of two lattices; arrays run over sigma, then tau.
function evaluate({ data, tails, density, tauAxis, sigmaAxis }, tauLattice, sigmaLattice) {
  const columns = tauLattice.points.length;
  const rows = sigmaLattice.points.length;
  const tau = tauLattice.points.map(tauAxis.value);
  const sigma = sigmaAxis ? sigmaLattice.points.map(sigmaAxis.value) : new Float64Array([1]);
  const { tauPrior, sigmaPrior } = tails;
  const tauPart = tauLattice.points.map(
    (u, k) => tauPrior.logDensity(tau[k]) + tauAxis.logJacobian(u),
  );
  const weight = new Float64Array(rows * columns);
  const mean = new Float64Array(rows * columns);
  const precision = new Float64Array(rows * columns);
  let peak = -Infinity;
  for (let i = 0, at = 0; i < rows; i++) {
    const variance = sigma[i] * sigma[i];
    const sigmaPart = sigmaAxis
      ? sigmaPrior.logDensity(sigma[i]) + sigmaAxis.logJacobian(sigmaLattice.points[i])
      : 0;
    for (let k = 0; k < columns; k++, at++) {
      const value = density.logLikelihood(tau[k] * tau[k], variance) + tauPart[k] + sigmaPart;
      weight[at] = value;
      mean[at] = density.mu.mean;
      precision[at] = density.mu.precision;
      if (value > peak) peak = value;
    }
  }
  let total = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++, at++) {
      const below = weight[at] - peak;
      weight[at] =
        below > -700 ? Math.exp(below) * sigmaLattice.weights[i] * tauLattice.weights[k] : 0;
      total += weight[at];
    }
  }
  for (let at = 0; at < weight.length; at++) weight[at] /= total;
  const logTotal = data.constant + peak + Math.log(total);
  return { tauLattice, sigmaLattice, rows, columns, tau, sigma, weight, mean, precision, logTotal };
}

// Every other point of each lattice, with the nodes' own scales.
function coarsen(nodes) {
  const { rows, columns, weight, mean, precision, tau, sigma } = nodes;
  const down = rows > 1 ? 2 : 1;
  const size = Math.ceil(rows / down) * Math.ceil(columns / 2);
  const [w, m, p, t, s] = Array.from({ length: 5 }, () => new Float64Array(size));
  let total = 0;
  let at = 0;
  for (let i = 0; i < rows; i += down) {
    for (let k = 0; k < columns; k += 2, at++) {
      const from = i * columns + k;
      w[at] = weight[from];
      m[at] = mean[from];
      p[at] = precision[from];
      t[at] = tau[k];
      s[at] = sigma[i];
      total += w[at];
    }
  }
  for (let k = 0; k < size; k++) w[k] /= total;
  const shape = { rows: Math.ceil(rows / down), columns: Math.ceil(columns / 2) };
  return { ...shape, weight: w, mean: m, precision: p, tau: t, sigma: s };
}

// Refines until leaving out every other point, along either axis, changes nothing.
export function integrate(surface, rtol) {
  const { tauAxis, sigmaAxis } = surface;
  const [tauRange, sigmaRange] = support(surface);
  const wide = tauAxis.even && tauRange[0] <= 0 ? 2 * tauRange[1] : tauRange[1] - tauRange[0];
  let tauStep = wide / START / 2;
  let sigmaStep = (sigmaRange[1] - sigmaRange[0]) / START / 2;
  for (;;) {
    const tauLattice = cover(tauRange, tauStep, tauAxis.even);
    const one = Float64Array.of(1);
    const known = { step: 1, low: 0, points: new Float64Array(1), weights: one, even: false };
    const sigmaLattice = sigmaAxis ? cover(sigmaRange, sigmaStep, false) : known;
    const nodes = evaluate(surface, tauLattice, sigmaLattice);
    const coarse = coarsen(nodes);
    const [alongTau, alongSigma] = errors(surface, nodes, roughness(surface.data, coarse));
    const error = Math.max(alongTau, alongSigma);
    const { rows, columns } = nodes;
    const full = 2 * rows * columns > MAX_NODES || 2 * Math.max(rows, columns) > MAX_POINTS;
    if (full || !(error > rtol)) return { nodes, coarse, error };
    tauStep *= shorter(alongTau, rtol);
    sigmaStep *= shorter(alongSigma, rtol);
  }
}

// The density of a scale (0 tau, 1 sigma) at one value, by the sum over the other's lattice.
export function densityOfScale({ data, tails, density, tauAxis, sigmaAxis }, nodes, which, scale) {
  const { tau, sigma, tauLattice, sigmaLattice } = nodes;
  const { tauPrior, sigmaPrior } = tails;
  const [prior, otherPrior] = which === 0 ? [tauPrior, sigmaPrior] : [sigmaPrior, tauPrior];
  const [axis, others, { points, weights }] =
    which === 0 ? [sigmaAxis, sigma, sigmaLattice] : [tauAxis, tau, tauLattice];
  const constant = prior.logDensity(scale) - (nodes.logTotal - data.constant);
  let sum = 0;
  for (let k = 0; k < others.length; k++) {
    const [t, s] = which === 0 ? [scale, others[k]] : [others[k], scale];
    let value = constant + density.logLikelihood(t * t, s * s);
    if (axis) value += otherPrior.logDensity(others[k]) + axis.logJacobian(points[k]);
    sum += weights[k] * Math.exp(value);
  }
  return sum;
}

// By how much to shorten a step: the error falls like exp(-c / step), or faster.
function shorter(error, rtol) {
  if (error <= rtol) return 1;
  const factor = (0.95 * Math.log(Math.min(error, 1))) / Math.log(rtol);
  return Math.max(Math.floor(16 * factor), 8) / 16;
}

// By how much every other point, along tau and along sigma, misses the sums of the weights and of
// the moments that exist. On an even axis tau itself has a kink at 0; its square converges fast.
function errors({ tails, tauAxis, sigmaAxis }, nodes, rough) {
  const { tau, sigma, weight, mean, precision } = nodes;
  const { down, across } = margins(nodes, weight);
  const found = [rough, misses(down, 0)];
  const power = tails.power("tau");
  if (power > (tauAxis.even ? 1 : 0)) found.push(misses(down, power, tau));
  if (sigmaAxis) found.push(misses(across, tails.power("sigma"), sigma).reverse());
  if (tails.power("mu") === 2) {
    const squares = weight.map((w, at) => w * (1 / precision[at] + mean[at] * mean[at]));
    found.push(misses(margins(nodes, squares).down, 0));
  }
  const worst = (along) => Math.max(...found.map((miss) => miss[along]));
  return [worst(0), sigmaAxis ? worst(1) : 0];
}

// Sums down the columns over even and over odd rows, and across the rows likewise.
function margins({ rows, columns }, values) {
  const [down, across] = [columns, rows].map((n) => [new Float64Array(n), new Float64Array(n)]);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let k = 0; k < columns; k++, at++) {
      down[i & 1][k] += values[at];
      across[k & 1][i] += values[at];
    }
  }
  return { down, across };
}

// Weighed by a power of the scale: what is missed along the margin's own axis, and along the other.
function misses([even, odd], power, scale) {
  let [full, here, there] = [0, 0, 0];
  for (let k = 0; k < even.length; k++) {
    const factor = power === 0 ? 1 : scale[k] ** power;
    const both = factor * (even[k] + odd[k]);
    full += both;
    there += factor * even[k];
    if (k % 2 === 0) here += both;
  }
  return full > 0 ? [here, there].map((half) => Math.abs((2 * half) / full - 1)) : [0, 0];
}

// The nodes that mixtures keep: the lightest, up to a total weight of PRUNED, are left out.
export function prune({ weight, mean, precision, tau, sigma }) {
  const sorted = weight.slice().sort();
  let [left, count] = [0, 0];
  while (left + sorted[count] <= PRUNED) left += sorted[count++];
  const lightest = sorted[count];
  const kept = [];
  for (let k = 0; k < weight.length; k++) if (weight[k] >= lightest) kept.push(k);
  const [w, m, p, t, s] = [weight, mean, precision, tau, sigma].map((all) =>
    Float64Array.from(kept, (k) => all[k]),
  );
  let total = 0;
  for (let k = 0; k < w.length; k++) total += w[k];
  return { weight: w.map((x) => x / total), mean: m, precision: p, tau: t, sigma: s };
}
