// Ranks of draws among all chains' draws, and the normal scores made of them.

import { normalQuantile } from "../special.js";

export function sorted(chains) {
  const all = new Float64Array(chains.reduce((sum, chain) => sum + chain.length, 0));
  let at = 0;
  for (const chain of chains) {
    all.set(chain, at);
    at += chain.length;
  }
  return all.sort();
}

// How many of the ordered numbers are below x, or not above it.
function countBelow(ordered, x, alsoEqual, from = 0) {
  let [low, high] = [from, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordered[middle] < x || (alsoEqual && ordered[middle] === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The rank from 1 among the ordered numbers; ties share the mean of their ranks.
export function rankIn(ordered, x) {
  const first = countBelow(ordered, x, false);
  const next = first + 1;
  const single = next === ordered.length || ordered[next] !== x;
  const last = single ? next : countBelow(ordered, x, true, first);
  return 0.5 * (first + 1 + last);
}

// The distances of ordered numbers from one in their middle, in order: the two sides are merged.
export function distances(ordered, middle) {
  let right = ordered.findIndex((x) => x >= middle);
  let left = right - 1;
  return ordered.map(() => {
    const [below, above] = [middle - ordered[left], ordered[right] - middle];
    if (left >= 0 && !(above <= below)) {
      left -= 1;
      return below;
    }
    right += 1;
    return above;
  });
}

// Replaces each draw by the normal quantile of its rank among all (Blom's offset, 3/8).
export function normalScores(chains, ordered = sorted(chains)) {
  const size = ordered.length + 0.25;
  return chains.map((chain) =>
    Float64Array.from(chain, (x) => fastQuantile((rankIn(ordered, x) - 0.375) / size)),
  );
}

// Interpolates linearly between the ordered numbers on either side of a probability.
export function quantileOf(ordered, probability) {
  const position = (ordered.length - 1) * probability;
  const low = Math.floor(position);
  const high = Math.min(low + 1, ordered.length - 1);
  const part = position - low;
  const gap = ordered[high] - ordered[low];
  if (gap === 0) return ordered[low];
  return part < 0.5 ? ordered[low] + gap * part : ordered[high] - gap * (1 - part);
}

function horner(coefficients, x) {
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i];
  return sum;
}

// Rational approximations to the normal quantile with an error of about 1e-16: Wichura (1988),
// algorithm AS 241, Applied Statistics 37. Coefficients from the highest power down.
const MIDDLE = [
  [
    2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
    13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608,
  ],
  [
    5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
    5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1,
  ],
];
const TAIL = [
  [
    7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
    1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
    1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
    0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187,
    1,
  ],
];

function fastQuantile(p) {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(MIDDLE[0], r)) / horner(MIDDLE[1], r);
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p))) - 1.6;
  if (r > 3.4) return normalQuantile(p);
  const z = horner(TAIL[0], r) / horner(TAIL[1], r);
  return q < 0 ? -z : z;
}
