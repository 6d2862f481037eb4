// The effective sample size of the mean of chains, and what it rests on.

import { covarianceAt } from "./fft.js";

// Makes two chains of each: its first half and its last. An odd middle draw is dropped.
export function split(chains) {
  const half = Math.floor(chains[0].length / 2);
  return [
    ...chains.map((chain) => chain.subarray(0, half)),
    ...chains.map((chain) => chain.subarray(chain.length - half)),
  ];
}

// About the first number, so that the mean of a constant is exact.
export function meanOf(x) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] - x[0];
  return x[0] + sum / x.length;
}

// The sample variance.
export function varianceOf(x) {
  const mean = meanOf(x);
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] - mean) ** 2;
  return squares / (x.length - 1);
}

// Integrated autocorrelation time by Geyer's initial monotone sequence: sums of neighbouring pairs
// are added until one is not positive; each counts at most as much as the one before it, and the
// even member of the pair that ends the sum still counts once.
function geyerTime(correlation, n) {
  const pairs = Math.max(1, Math.floor((n - 1) / 2));
  let [total, least, k] = [0, Infinity, 0];
  const pair = () => correlation(2 * k) + correlation(2 * k + 1);
  for (; k < pairs - 1 && pair() > 0; k++) {
    least = Math.min(least, pair());
    total += least;
  }
  const even = correlation(2 * k);
  const last = even > 0 || pair() >= 0 ? even : 0;
  return Number.isNaN(correlation(1)) ? NaN : -1 + 2 * total + last;
}

// Effective sample size of the mean of chains.
export function effectiveSize(chains) {
  const n = chains[0].length;
  const size = n * chains.length;
  let [least, most] = [Infinity, -Infinity];
  for (const chain of chains) {
    for (const x of chain) {
      if (x < least) least = x;
      if (x > most) most = x;
    }
  }
  if (most - least < 1e-15) return size;
  const covariance = covarianceAt(chains);
  const within = (covariance(0) * n) / (n - 1);
  const total = covariance(0) + varianceOf(chains.map(meanOf));
  const correlation = (lag) => (lag === 0 ? 1 : 1 - (within - covariance(lag)) / total);
  return size / Math.max(geyerTime(correlation, n), 1 / Math.log10(size));
}
