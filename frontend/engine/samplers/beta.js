// The quantile of a beta distribution.

import { gaussLegendre, logGamma } from "../special.js";

const legendre = gaussLegendre(16);
const PANELS = 24;
const REACH = 30; // sds from the mean

// By integrating the density in panels about its mean, for a and b above 1, and Newton's steps
// from within.
export function betaQuantile(p, a, b) {
  const constant = logGamma(a + b) - logGamma(a) - logGamma(b);
  const pdf = (x) =>
    x > 0 && x < 1 ? Math.exp(constant + (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x)) : 0;
  const area = (from, to) => {
    let sum = 0;
    legendre.nodes.forEach((t, i) => {
      sum += legendre.weights[i] * pdf(from + (to - from) * t);
    });
    return sum * (to - from);
  };
  const mean = a / (a + b);
  const sd = Math.sqrt((mean * (1 - mean)) / (a + b + 1));
  const low = Math.max(mean - REACH * sd, 0);
  const width = (Math.min(mean + REACH * sd, 1) - low) / PANELS;
  let [panel, known] = [0, 0];
  for (; panel < PANELS - 1; panel++) {
    const next = known + area(low + panel * width, low + (panel + 1) * width);
    if (next > p) break;
    known = next;
  }
  const from = low + panel * width;
  let [left, right, x] = [from, from + width, from + 0.5 * width];
  for (let i = 0; i < 60; i++) {
    const excess = known + area(from, x) - p;
    if (excess < 0) left = x;
    else right = x;
    const before = x;
    x -= excess / pdf(x);
    if (!(x > left && x < right)) x = 0.5 * (left + right);
    if (Math.abs(x - before) < 1e-15) break;
  }
  return x;
}
