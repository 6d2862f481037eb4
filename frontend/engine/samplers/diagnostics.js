// Convergence and precision of chains, an array of Float64Arrays of equal length: the twin of
// `hbmlib.diagnostics`, after Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
// "Rank-normalization, folding, and localization", Bayesian Analysis 16. A quantity without an
// answer gets NaN: fewer than four draws, a NaN among them or, for R-hat, a single chain.

import { betaQuantile } from "./beta.js";
import { effectiveSize, meanOf, split, varianceOf } from "./effective_size.js";
import { autocovariance } from "./fft.js";
import { distances, normalScores, quantileOf, rankIn, sorted } from "./ranks.js";

const FEWEST_DRAWS = 4;
const TAILS = [0.05, 0.95];
const ONE_SD = [0.1586553, 0.8413447]; // normal probabilities one sd below and above the mean

const sound = (chains, fewest = 1) =>
  chains.length >= fewest &&
  chains[0].length >= FEWEST_DRAWS &&
  chains.every((chain) => !chain.some(Number.isNaN));

const pooled = (chains) => {
  const all = new Float64Array(chains.length * chains[0].length);
  chains.forEach((chain, c) => all.set(chain, c * chain.length));
  return all;
};

// Gelman and Rubin's R-hat: the sd of all chains together over the sd within one.
function classicRhat(chains) {
  const n = chains[0].length;
  const between = n * varianceOf(chains.map(meanOf));
  return Math.sqrt((between / meanOf(chains.map(varianceOf)) + n - 1) / n);
}

function foldedRhat(halves, ordered) {
  const n = ordered.length;
  const middle = 0.5 * (ordered[(n - 1) >> 1] + ordered[n >> 1]);
  const folded = halves.map((chain) => chain.map((x) => Math.abs(x - middle)));
  return classicRhat(normalScores(folded, distances(ordered, middle)));
}

// The larger of two R-hats: of the ranks, and of the ranks of the distances from the median.
function rankRhat(halves, ordered, scores) {
  const tail = foldedRhat(halves, ordered);
  const bulk = classicRhat(scores);
  return tail > bulk ? tail : bulk;
}

function quantileSize(chains, ordered, probability) {
  const quantile = quantileOf(ordered, probability);
  return effectiveSize(split(chains.map((chain) => chain.map((x) => (x <= quantile ? 1 : 0)))));
}

function tailSize(chains, ordered, [lower, upper]) {
  const [low, high] = [lower, upper].map((p) => quantileSize(chains, ordered, p));
  return high < low ? high : low;
}

// Rank-normalised split R-hat, the larger of location and spread; below 1.01 is the usual demand.
export function rhat(chains) {
  if (!sound(chains, 2)) return NaN;
  const halves = split(chains);
  const ordered = sorted(halves);
  return rankRhat(halves, ordered, normalScores(halves, ordered));
}

// Effective sample sizes: of the bulk, of the worse of two tails, of the mean, of a quantile.
export const essBulk = (chains) =>
  sound(chains) ? effectiveSize(normalScores(split(chains))) : NaN;
export const essTail = (chains, probabilities = TAILS) =>
  sound(chains) ? tailSize(chains, sorted(chains), probabilities) : NaN;
export const essMean = (chains) => (sound(chains) ? effectiveSize(split(chains)) : NaN);
export const essQuantile = (chains, probability) =>
  sound(chains) ? quantileSize(chains, sorted(chains), probability) : NaN;

// Monte Carlo standard errors: of the mean, of the sd, of a quantile.
export const mcseMean = (chains) =>
  sound(chains) ? Math.sqrt(varianceOf(pooled(chains)) / essMean(chains)) : NaN;

export function mcseSd(chains) {
  if (!sound(chains)) return NaN;
  const mean = meanOf(pooled(chains));
  const squares = chains.map((chain) => chain.map((x) => (x - mean) ** 2));
  const variance = meanOf(pooled(squares));
  const fourth = meanOf(pooled(squares).map((s) => s * s));
  return Math.sqrt((fourth - variance ** 2) / essMean(squares) / variance / 4);
}

// Half the distance between the order statistics that enclose the quantile as one sd each way
// encloses a mean.
export function mcseQuantile(chains, probability) {
  if (!sound(chains)) return NaN;
  const ordered = sorted(chains);
  const n = ordered.length;
  const size = quantileSize(chains, ordered, probability);
  const [low, high] = ONE_SD.map((p) =>
    betaQuantile(p, size * probability + 1, size * (1 - probability) + 1),
  );
  const below = Math.floor(Math.max(low * n - 1, 0));
  const above = Math.ceil(Math.min(high * n - 1, n - 1));
  return (ordered[above] - ordered[below]) / 2;
}

// What a table of a run shows, with the work shared; `mean` and `sd` as they are, `parts` the
// R-hats that led to it: of 1992, of split chains, of their ranks, of folded ranks.
export function summary(chains) {
  const all = pooled(chains);
  const [mean, sd] = [meanOf(all), Math.sqrt(varianceOf(all))];
  if (!sound(chains)) {
    const parts = { classic: NaN, split: NaN, ranked: NaN, folded: NaN };
    return { mean, sd, rhat: NaN, parts, essBulk: NaN, essTail: NaN, mcseMean: NaN };
  }
  const halves = split(chains);
  const half = sorted(halves);
  const ordered = half.length === all.length ? half : all.slice().sort();
  const scores = normalScores(halves, half);
  const [ranked, folded] = [classicRhat(scores), foldedRhat(halves, half)];
  return {
    mean,
    sd,
    rhat: chains.length < 2 ? NaN : folded > ranked ? folded : ranked,
    parts: { classic: classicRhat(chains), split: classicRhat(halves), ranked, folded },
    essBulk: effectiveSize(scores),
    essTail: tailSize(chains, ordered, TAILS),
    mcseMean: sd / Math.sqrt(effectiveSize(halves)),
  };
}

// The autocorrelation of each chain at lags 0 to `maxLag`.
export const autocorrelation = (chains, maxLag = Infinity) =>
  chains.map((chain) => {
    const covariance = autocovariance([chain]);
    const kept = Math.min(maxLag, chain.length - 1) + 1;
    return covariance.slice(0, kept).map((c) => c / covariance[0]);
  });

// The energy-based fraction of missing information of each chain (Betancourt 2016).
export const ebfmi = (energies) =>
  energies.map((energy) => {
    let moves = 0;
    for (let i = 1; i < energy.length; i++) moves += (energy[i] - energy[i - 1]) ** 2;
    return moves / (energy.length - 1) / varianceOf(energy);
  });

// How many of each chain's draws fall into each of equal bins of rank among all draws: level when
// the chains agree.
export function rankHistogram(chains, bins = 20) {
  const ordered = sorted(chains);
  return chains.map((chain) => {
    const counts = new Int32Array(bins);
    for (const x of chain) {
      const share = (rankIn(ordered, x) - 0.5) / ordered.length;
      counts[Math.floor(share * bins)] += 1;
    }
    return counts;
  });
}
