// Priors of scales, from the plain form {family, ...} of `hbmlib.priors`: log density, bounds,
// the power at which the tail falls, whether there is density at 0, and a typical scale.

import { logGamma } from "./special.js";

const positive = { lower: 0, upper: Infinity, proper: true, reachesZero: true, tail: Infinity };

const families = {
  flat: () => ({ ...positive, proper: false, tail: 0, scale: Infinity, logDensity: () => 0 }),

  "half-normal": ({ scale }) => {
    const constant = 0.5 * Math.log(2 / Math.PI) - Math.log(scale);
    const logDensity = (x) => constant - 0.5 * (x / scale) ** 2;
    return { ...positive, scale, logDensity };
  },

  "half-cauchy": ({ scale }) => {
    const constant = Math.log(2 / Math.PI) - Math.log(scale);
    const logDensity = (x) => constant - 2 * Math.log(Math.hypot(1, x / scale));
    return { ...positive, tail: 2, scale, logDensity };
  },

  uniform: ({ lower, upper }) => {
    const height = -Math.log(upper - lower);
    const logDensity = (x) => (x >= lower && x <= upper ? height : -Infinity);
    return { ...positive, lower, upper, reachesZero: !(lower > 0), scale: upper, logDensity };
  },

  "gamma-precision": ({ shape, rate }) => {
    const constant = Math.log(2) + shape * Math.log(rate) - logGamma(shape);
    const logDensity = (x) =>
      x > 0
        ? constant - (2 * shape + 1) * Math.log(x) - rate / Math.max(x, 1e-150) ** 2
        : -Infinity;
    const tail = 2 * shape + 1;
    const scale = Math.sqrt(rate / shape);
    return { ...positive, tail, reachesZero: false, scale, logDensity, shape, rate };
  },
};

export function scalePrior(prior) {
  return { family: prior.family, shape: 0, rate: 0, ...families[prior.family](prior) };
}
