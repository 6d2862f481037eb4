// A mixture of normals and its quantiles, as in `mixture_quantiles` of `hbmlib/exact/_marginals.py`.

import { normalCdf, normalPdf, normalQuantile } from "../special.js";

// The normal cdf and density by Taylor's series about the nearest of a table's points, faster than
// exp: within 1e-12 and 1e-9. For each point, 5 coefficients of the cdf and 3 of the density, which
// shares the first.
const FINE = 64;
const LIMIT = 8.5;
const table = new Float64Array(8 * (2 * LIMIT * FINE + 1));
for (let i = 0; i < table.length; i += 8) {
  const c = i / 8 / FINE - LIMIT;
  const density = normalPdf(c);
  const [h1, h2, h3] = [c, c * c - 1, c * (c * c - 3)];
  table.set([normalCdf(c), density, (-density * h1) / 2, (density * h2) / 6, (-density * h3) / 24], i);
  table.set([-density * h1, (density * h2) / 2, (-density * h3) / 6], i + 5);
}

// The cdf at x and its first three derivatives. `precisions` are one over the sds.
function expand(weights, means, precisions, x, out) {
  let total = 0;
  let first = 0;
  let second = 0;
  let third = 0;
  for (let k = 0; k < weights.length; k++) {
    const w = weights[k];
    const narrow = precisions[k];
    const z = (x - means[k]) * narrow;
    if (z >= LIMIT) {
      total += w;
    } else if (z > -LIMIT) {
      const place = (z + LIMIT) * FINE;
      const nearest = (place + 0.5) | 0;
      const d = (place - nearest) * (1 / FINE);
      const i = 8 * nearest;
      const density = table[i + 1];
      total +=
        w *
        (table[i] + d * (density + d * (table[i + 2] + d * (table[i + 3] + d * table[i + 4]))));
      const scaled =
        w * narrow * (density + d * (table[i + 5] + d * (table[i + 6] + d * table[i + 7])));
      const turn = narrow * z;
      first += scaled;
      second -= scaled * turn;
      third += scaled * (turn * turn - narrow * narrow);
    }
  }
  out[0] = total;
  out[1] = first;
  out[2] = second;
  out[3] = third;
}

// The Cornish-Fisher approximation of quantiles, as a function of their normal counterparts.
function cornishFisher(weights, means, precisions) {
  const K = weights.length;
  let mean = 0;
  for (let k = 0; k < K; k++) mean += weights[k] * means[k];
  let [two, three, four] = [0, 0, 0];
  for (let k = 0; k < K; k++) {
    const w = weights[k];
    const d = means[k] - mean;
    const s = 1 / (precisions[k] * precisions[k]);
    const dd = d * d;
    two += w * (s + dd);
    three += w * d * (dd + 3 * s);
    four += w * (dd * dd + 6 * dd * s + 3 * s * s);
  }
  const sd = Math.sqrt(two);
  const skewness = three / (two * sd);
  const kurtosis = four / (two * two) - 3;
  return (z) =>
    mean +
    sd *
      (z +
        ((z * z - 1) * skewness) / 6 +
        (z * (z * z - 3) * kurtosis) / 24 -
        (z * (2 * z * z - 5) * skewness * skewness) / 36);
}

// The quantiles of the single normals bracket the mixture's.
function bracket(means, precisions, normal) {
  let [low, high] = [Infinity, -Infinity];
  for (let k = 0; k < means.length; k++) {
    const single = means[k] + normal / precisions[k];
    if (single < low) low = single;
    if (single > high) high = single;
  }
  return [low, high];
}

const out = new Float64Array(4);

// Householder's steps of order four from x; one that leaves the bracket becomes a bisection.
function solve(weights, means, precisions, p, normal, x) {
  let [low, high] = [-Infinity, Infinity];
  for (let i = 0; i < 200; i++) {
    expand(weights, means, precisions, x, out);
    const excess = out[0] - p;
    const newton = excess / out[1];
    const curve = out[2] / out[1];
    const twist = out[3] / out[1];
    let step =
      (-newton * (6 - 3 * newton * curve)) / (6 - 6 * newton * curve + newton * newton * twist);
    const small = Math.abs(step * curve) < 1e-2 && Math.abs(step * step * twist) < 1e-4;
    if (i === 0) {
      if (small) return x + step;
      [low, high] = bracket(means, precisions, normal);
      if (!(low < high)) return low;
      if (!(x >= low && x <= high)) {
        x = 0.5 * (low + high);
        continue;
      }
    }
    if (excess < 0) low = x;
    else high = x;
    const inside = x + step >= low && x + step <= high;
    if (!inside) step = 0.5 * (low + high) - x;
    x += step;
    if (inside && small) break;
    if (Math.abs(step) <= 1e-15 * Math.max(Math.abs(low), Math.abs(high))) break;
  }
  return x;
}

// A function of components, and of where to put the results, that gives their quantiles.
export function quantilesOf(weights, probs) {
  const normals = Array.from(probs, normalQuantile);
  return (means, precisions, put) => {
    const near = cornishFisher(weights, means, precisions);
    normals.forEach((normal, i) => {
      const infinite = !Number.isFinite(normal);
      put(i, infinite ? normal : solve(weights, means, precisions, probs[i], normal, near(normal)));
    });
  };
}
