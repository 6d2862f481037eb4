// What RegressionPooling computes: simulated individuals with a line each, and what three ways of
// pooling make of them.

import {
  bolstadIndividuals, commonLine, summariseLines, unpooledLines,
} from "./samplers/individuals.js";
import { hierarchicalLines } from "./samplers/regression.js";
import * as words from "./words.js";

export const MAX_INDIVIDUALS = 100;
export const [MIN_OBSERVATIONS, MAX_OBSERVATIONS] = [2, 30];
export const [MIN_SIGMA, MAX_SIGMA] = [0.01, 6];
// Where the population of lines lies: the middle of the figure.
export const CENTRE = [2, -2];
const HALF = 6;
const SHARE = 0.95;

export const check = (state) => ({
  individuals: words.whole("individuals", state.individuals, 1, MAX_INDIVIDUALS),
  observations: words.whole(
    "observations", state.observations, MIN_OBSERVATIONS, MAX_OBSERVATIONS,
  ),
  sigma: words.number("sigma", state.sigma, "positive", "Raise it.", MIN_SIGMA, MAX_SIGMA),
  seed: words.seed("seed", state.seed),
});

const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const rms = (numbers) => Math.sqrt(mean(numbers.map((x) => x * x)));
const off = (estimate, truth) => rms(estimate.map((x, j) => x - truth[j]));
// About the first, so that like numbers have no spread.
const spread = (numbers) => {
  const from = numbers.map((x) => x - numbers[0]);
  const middle = mean(from);
  return rms(from.map((x) => x - middle));
};

// Half the side of the figure about its centre: the source's, or larger by half as often as it
// takes to hold nearly all estimates of one line each.
export function halfOf({ alpha, beta }) {
  const far = Array.from(alpha, (a, j) =>
    Math.max(Math.abs(a - CENTRE[0]), Math.abs(beta[j] - CENTRE[1])),
  );
  const reach = far.sort((a, b) => a - b)[Math.ceil(SHARE * far.length) - 1];
  let half = HALF;
  while (half < reach) half *= 1.5;
  return half;
}

export const outside = ({ alpha, beta }, half) =>
  Array.from(alpha).filter(
    (a, j) => Math.abs(a - CENTRE[0]) > half || Math.abs(beta[j] - CENTRE[1]) > half,
  ).length;

export function compute({ individuals, observations, sigma, seed }) {
  const data = bolstadIndividuals(seed, individuals, observations, sigma);
  const lines = summariseLines(data.x, data.y);
  const fit = hierarchicalLines(lines, { spreads: false });
  const common = commonLine(lines);
  const truth = { alpha: data.alpha, beta: data.beta };
  const estimates = {
    none: unpooledLines(lines),
    complete: {
      alpha: truth.alpha.map(() => common.alpha), beta: truth.beta.map(() => common.beta),
    },
    partial: { alpha: fit.alpha.mean, beta: fit.beta.mean },
  };
  const both = (f) => ["alpha", "beta"].map(f);
  const each = (f) =>
    Object.fromEntries(Object.entries(estimates).map(([name, one]) => [name, f(one)]));
  return {
    truth,
    estimates,
    half: halfOf(estimates.none),
    rmse: each((one) => both((k) => off(one[k], truth[k]))),
    spread: { ...each((one) => both((k) => spread(one[k]))), truth: both((k) => spread(truth[k])) },
    population: {
      mu: [fit.muAlpha.mean, fit.muBeta.mean],
      tau: [fit.tauAlpha, fit.tauBeta].map(({ mean, sd }) => Math.hypot(mean, sd)),
      sigma: fit.sigma.mean,
    },
  };
}

export const values = ({ result: { rmse, spread, population } }) => ({
  rmse,
  spread: { none: spread.none, partial: spread.partial, truth: spread.truth },
  ...population,
});
