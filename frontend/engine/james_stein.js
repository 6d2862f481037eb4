// James and Stein's rule and its exact risk: the twin of `hbmlib.james_stein`, in units of the
// observations' own sds.

import { logGamma } from "./special.js";

// The regularised lower incomplete gamma function at `count` orders a, a + 1, ...: a series at the
// highest, then down by P(a, y) = P(a + 1, y) + y^a exp(-y) / Gamma(a + 1), which loses nothing.
export function gammaLower(a, y, count) {
  const orders = new Float64Array(count);
  if (!(y > 0)) return orders;
  const first = (order) => Math.exp(order * Math.log(y) - y - logGamma(order + 1));
  const top = a + count - 1;
  let term = first(top);
  let sum = term;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= y / (top + k);
    sum += term;
  }
  orders[count - 1] = sum;
  for (let i = count - 2; i >= 0; i--) orders[i] = orders[i + 1] + first(a + i);
  return orders;
}

// The mean of (d - 2) / S for a noncentral chi-square S: Kummer's 1F1(1; d/2; -delta/2), as a
// Poisson mixture, and far out by its asymptotic series.
function kummer(d, delta) {
  const x = delta / 2;
  if (x > 600) {
    let term = (d / 2 - 1) / x;
    let sum = term;
    for (let s = 0; s < 40 && Math.abs(term) > 1e-17 * sum; s++) {
      term *= (2 - d / 2 + s) / x;
      sum += term;
    }
    return sum;
  }
  const reach = 12 * Math.sqrt(x) + 40;
  const from = Math.max(Math.floor(x - reach), 0);
  let mass = poisson(from, x);
  let sum = 0;
  for (let k = from; k <= x + reach; k++) {
    sum += (mass * (d - 2)) / (d + 2 * k - 2);
    mass *= x / (k + 1);
  }
  return sum;
}

const poisson = (k, mean) =>
  mean > 0 ? Math.exp(k * Math.log(mean) - mean - logGamma(k + 1)) : Number(k === 0);

// The risks of the rule and of its positive part for d free dimensions, as functions of the scaled
// squared distance from the point.
export function risks(d) {
  const count = Math.floor(20 + 10 * Math.sqrt(d));
  const below = gammaLower(d / 2 - 1, (d - 2) / 2, count + 2);
  const saved = Float64Array.from({ length: count }, (_, k) => {
    const m = d + 2 * k;
    return 2 * d * below[k + 1] - m * below[k + 2] - ((d - 2) ** 2 / (m - 2)) * below[k];
  });
  const rule = (delta) => d - (d - 2) * kummer(d, delta);
  const positive = (delta) => {
    const x = delta / 2;
    let mass = Math.exp(-x);
    let overshoot = 0;
    for (let k = 0; k < count; k++) {
      overshoot += mass * saved[k];
      mass *= x / (k + 1);
    }
    return rule(delta) - (overshoot > 0 ? overshoot : 0);
  };
  return { rule, positive };
}

// The weight that the rule leaves on the observations, about a point.
export function weight(y, se, point, d) {
  let distance2 = 0;
  for (let j = 0; j < y.length; j++) distance2 += ((y[j] - point) / se[j]) ** 2;
  return 1 - (d - 2) / distance2;
}
