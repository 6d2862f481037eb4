// The posterior density of the scales over two coordinates, and where it is not negligible, as in
// `hbmlib/exact/_surface.py`.

import { axis } from "./axis.js";
import { collapsed } from "./collapsed.js";

const DROP = 24;
const SCAN = 17;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export function surface(data, tails) {
  const { tauPrior, sigmaPrior } = tails;
  const { J, N, errors } = data;
  let spread = 0;
  for (const m of data.ownMean) spread += m * m;
  spread = Math.sqrt(spread / J);
  let far = spread + Math.abs(data.priorMean);
  const density = collapsed(data);
  const range = (along, prior, reach, name, floor) => scan(along, prior, reach, tails, name, floor);

  if (!sigmaPrior) {
    const tauAxis = scaleAxis(tauPrior, tauUnit(data, 1));
    far = Math.max(far, Math.sqrt(errors[errors.length - 1]));
    const tauScan = range(tauAxis, tauPrior, far, 0, floorOf(tauPrior, 0, J));
    return { data, tails, density, tauAxis, sigmaAxis: null, tauScan, sigmaScan: [0, 0] };
  }

  const energy = 0.5 * data.ss + sigmaPrior.rate;
  let within = spread;
  if (energy > 0) {
    within = Math.sqrt((2 * energy) / (N - J + 2 * sigmaPrior.shape));
  } else if (!(spread > 0)) {
    const mu = data.priorPrecision > 0 ? data.priorPrecision ** -0.5 : Infinity;
    within = Math.min(sigmaPrior.scale, tauPrior.scale, mu);
  }
  const corner = N === J && spread === 0;
  const tauAxis = scaleAxis(tauPrior, tauUnit(data, within), corner ? "log" : "even");
  const sigmaAxis = scaleAxis(sigmaPrior, within, N > J || corner ? "log" : "stretched");
  far = Math.max(far, within);
  return {
    data,
    tails,
    density,
    tauAxis,
    sigmaAxis,
    tauScan: range(tauAxis, tauPrior, far, 0, floorOf(tauPrior, 0, J)),
    sigmaScan: range(sigmaAxis, sigmaPrior, far, 1, floorOf(sigmaPrior, data.ss, N)),
  };
}

// The sd of mu at tau = 0: at i times it the sds of mu and new groups branch.
function tauUnit({ priorPrecision, errors, count }, within) {
  let precision = 0;
  errors.forEach((error, d) => {
    precision += count[d] / error;
  });
  return (priorPrecision + precision / within ** 2) ** -0.5;
}

function scaleAxis(prior, unit, kind = "even") {
  const nearest = prior.family === "gamma-precision" ? unit : Math.min(unit, prior.scale);
  return axis(prior.reachesZero ? kind : "log", nearest, prior.lower, prior.upper);
}

function floorOf({ rate, shape }, ss, size) {
  return Math.sqrt((0.5 * ss + rate) / (4 * (DROP + size + 2 * shape)));
}

const finite = (x, other = 0) => (Number.isFinite(x) ? x : other);

// A generous range of the coordinate of the scale `which` (0 tau, 1 sigma).
function scan(along, prior, far, tails, which, floor) {
  const power = tails.power(which === 0 ? "tau" : "sigma");
  const rate = Math.min(tails.rates[which], tails.rates[2]) - power;
  const [a, b] = along.bounds;
  const reach = Math.max(far, finite(prior.scale));
  const high = b < Infinity ? b + 24 : along.inverse(reach) + 3 + DROP / rate;
  if (along.even) return [0, high];
  if (a > -Infinity) return [a - 24, high];
  if (along.kind === "stretched") return [-Math.log(DROP + 6), high];
  if (floor === 0) return [-DROP - 6, high];
  return [along.inverse(Math.min(floor, 0.2 * finite(prior.scale, floor))), high];
}

// The log density given one coordinate, as a function of the other.
function slices({ tails, density, tauAxis, sigmaAxis }) {
  const { tauPrior, sigmaPrior } = tails;
  const tauPart = (u) => {
    const tau = tauAxis.value(u);
    return [tau * tau, tauPrior.logDensity(tau) + tauAxis.logJacobian(u)];
  };
  const sigmaPart = (w) => {
    if (!sigmaAxis) return [1, 0];
    const sigma = sigmaAxis.value(w);
    return [sigma * sigma, sigmaPrior.logDensity(sigma) + sigmaAxis.logJacobian(w)];
  };
  const at = ([tauSquared, one], [variance, other]) =>
    density.logLikelihood(tauSquared, variance) + one + other;
  return { tauPart, sigmaPart, at };
}

// The ranges of both coordinates outside which density and moments are negligible.
export function support(shape) {
  const { tails, tauAxis, sigmaAxis, tauScan, sigmaScan } = shape;
  const { tauPart, sigmaPart, at } = slices(shape);
  if (!sigmaAxis) {
    const known = sigmaPart(0);
    const tau = crop((u) => at(tauPart(u), known), tauScan, tauAxis, tails.power("tau"));
    return [tau, [0, 0]];
  }
  const overSigma = highest(sigmaPart, sigmaScan, (one, other) => at(one, other));
  const tau = crop((u) => overSigma(tauPart(u)), tauScan, tauAxis, tails.power("tau"));
  const overTau = highest(tauPart, tau, (one, other) => at(other, one));
  const sigma = crop((w) => overTau(sigmaPart(w)), sigmaScan, sigmaAxis, tails.power("sigma"));
  return [tau, sigma];
}

const linspace = (low, high, n) =>
  Array.from({ length: n }, (_, i) => (i === n - 1 ? high : low + ((high - low) / (n - 1)) * i));

// Maximises over one coordinate: a coarse scan, then golden sections.
function highest(part, [low, high], at) {
  const points = linspace(low, high, SCAN);
  const parts = points.map(part);
  return (fixed) => {
    let best = 0;
    let top = -Infinity;
    for (let i = 0; i < SCAN; i++) {
      const value = at(fixed, parts[i]);
      if (value > top) [best, top] = [i, value];
    }
    let from = points[Math.max(best - 1, 0)];
    let to = points[Math.min(best + 1, SCAN - 1)];
    let left = to - GOLDEN * (to - from);
    let right = from + GOLDEN * (to - from);
    let atLeft = at(fixed, part(left));
    let atRight = at(fixed, part(right));
    for (let i = 0; i < 7; i++) {
      top = Math.max(top, atLeft, atRight);
      if (atLeft > atRight) {
        [to, right, atRight] = [right, left, atLeft];
        left = to - GOLDEN * (to - from);
        atLeft = at(fixed, part(left));
      } else {
        [from, left, atLeft] = [left, right, atRight];
        right = from + GOLDEN * (to - from);
        atRight = at(fixed, part(right));
      }
    }
    return top;
  };
}

// Narrows a range to where the profile, also times the scale's power, is within DROP of its peak.
function crop(profile, [low, high], along, power) {
  for (let pass = 0; pass < 12; pass++) {
    const points = linspace(low, high, SCAN);
    const values = points.map(profile);
    const weighted = values.map((value, i) => value + Math.log(along.value(points[i]) ** power));
    const floor = Math.max(...values) - DROP;
    const weightedFloor = Math.max(...weighted) - DROP;
    const kept = (i) => values[i] > floor || weighted[i] > weightedFloor;
    const held = values.map((_, i) => kept(i));
    const first = held.indexOf(true);
    const last = held.lastIndexOf(true);
    if (first < 0) {
      throw new RangeError(
        "`normal_means` must find a density above 0; got none wherever it looked. " +
          "Check the units of the data and the priors.",
      );
    }
    low = points[Math.max(first - 1, 0)];
    high = points[Math.min(last + 1, SCAN - 1)];
    if (last - first >= 8) break;
  }
  return [low, high];
}
