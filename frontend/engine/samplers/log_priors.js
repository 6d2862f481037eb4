// Priors as targets need them: of a mean, and of a scale on its logarithmic axis with the
// Jacobian, each with the derivative of its log density.

import { logGamma } from "../special.js";
import { scalePrior } from "../priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

export function meanPrior({ family, mean, sd }) {
  if (family === "flat") return { mean: 0, precision: 0, logDensity: () => 0, slope: () => 0 };
  const precision = sd ** -2;
  const constant = -Math.log(sd) - HALF_LOG_2PI;
  const logDensity = (x) => constant - 0.5 * precision * (x - mean) ** 2;
  return { mean, precision, logDensity, slope: (x) => -precision * (x - mean) };
}

// Each family gives the log density of u, the logarithm of the scale, its slope, and a draw of
// the scale.
const families = {
  flat: () => ({ logDensity: (u) => u, slope: () => 1 }),

  "half-normal": ({ scale }) => {
    const square = (u) => Math.exp(2 * (u - Math.log(scale)));
    const constant = 0.5 * Math.log(2 / Math.PI) - Math.log(scale);
    return {
      logDensity: (u) => u - 0.5 * square(u) + constant,
      slope: (u) => 1 - square(u),
      draw: ({ normal }) => Math.abs(scale * normal()),
    };
  },

  // A hyperbolic secant about the logarithm of the median.
  "half-cauchy": ({ scale }) => ({
    logDensity(u) {
      const v = Math.abs(u - Math.log(scale));
      return Math.log(2 / Math.PI) - v - Math.log1p(Math.exp(-2 * v));
    },
    slope: (u) => -Math.tanh(u - Math.log(scale)),
    draw: ({ random }) => scale * Math.abs(Math.tan(Math.PI * (random() - 0.5))),
  }),

  uniform: ({ lower, upper }) => ({
    logDensity(u) {
      const scale = Math.exp(u);
      return scale >= lower && scale <= upper ? u - Math.log(upper - lower) : -Infinity;
    },
    slope: () => 1,
    draw: ({ uniform }) => uniform(lower, upper),
  }),

  "gamma-precision": ({ shape, rate }) => {
    const constant = Math.log(2) + shape * Math.log(rate) - logGamma(shape);
    return {
      logDensity: (u) => constant - 2 * shape * u - rate * Math.exp(-2 * u),
      slope: (u) => 2 * rate * Math.exp(-2 * u) - 2 * shape,
      draw: ({ gamma }) => 1 / Math.sqrt(gamma(shape) / rate),
    };
  },
};

export function onLogAxis(prior) {
  const { lower, upper } = scalePrior(prior);
  const made = families[prior.family](prior);
  return {
    ...made,
    // A starting value of the scale outside the support gives way to a draw from the prior.
    inside: (source, scale) => (scale >= lower && scale <= upper ? scale : made.draw(source)),
  };
}
