// Marginals of scales, by sinc interpolation on a lattice, as in `hbmlib/exact/_marginals.py`.

import { gaussLegendre } from "../special.js";

const legendre = gaussLegendre(8);

// Integrals of sinc from 0 to m, for whole m: Si(pi m) / pi.
const steps = [0];
const fine = gaussLegendre(12);
function sincIntegral(m) {
  const size = Math.abs(m);
  while (steps.length <= size) {
    const from = steps.length - 1;
    let sum = 0;
    fine.nodes.forEach((t, i) => {
      const x = Math.PI * (from + t);
      sum += fine.weights[i] * (x === 0 ? 1 : Math.sin(x) / x);
    });
    steps.push(steps[from] + sum);
  }
  return m < 0 ? -steps[size] : steps[size];
}

// A density known by weights on a lattice, mirrored at 0 when the lattice is even.
export function sincDensity({ step, low, points, even }, weights) {
  const size = points.length;
  const first = even ? 1 - size : low;
  const all = even ? new Float64Array(2 * size - 1) : weights;
  if (even) {
    for (let k = 0; k < size; k++) {
      all[size - 1 + k] += weights[k];
      all[size - 1 - k] += weights[k];
    }
  }

  // At x, in steps: sin(pi (x - k)) is sin(pi (x - nearest)) up to its sign.
  function pdf(x) {
    const nearest = Math.round(x);
    const offset = x - nearest;
    let sum = 0;
    let sign = (nearest - first) % 2 === 0 ? 1 : -1;
    const base = x - first;
    const at = nearest - first;
    const wave = Math.sin(Math.PI * offset) / Math.PI;
    for (let k = 0; k < all.length; k++, sign = -sign) {
      if (k !== at) sum += (sign * all[k]) / (base - k);
    }
    let density = wave * sum;
    if (at >= 0 && at < all.length) {
      density += all[at] * (offset === 0 ? 1 : wave / offset);
    }
    return Math.max(density, 0);
  }

  const cdfAt = (index) => {
    let sum = even ? -1 : 0;
    for (let k = 0; k < all.length; k++) sum += all[k] * (0.5 + sincIntegral(index - first - k));
    return sum;
  };
  const start = even ? 0 : low;
  const table = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const bounded = Math.min(Math.max(k === 0 ? 0 : cdfAt(start + k), 0), 1);
    table[k] = k === size - 1 ? 1 : Math.max(bounded, k > 0 ? table[k - 1] : 0);
  }

  function area(from, to) {
    let sum = 0;
    for (let i = 0; i < legendre.nodes.length; i++) {
      sum += legendre.weights[i] * pdf(from + (to - from) * legendre.nodes[i]);
    }
    return sum * (to - from);
  }

  return {
    // The density of u, 0 outside the lattice.
    pdf: (u) => {
      const x = u / step;
      return x < start || x > start + size - 1 ? 0 : pdf(x) / step;
    },
    quantile(p) {
      let cell = 0;
      while (cell < size - 2 && table[cell + 1] <= p) cell++;
      const from = start + cell;
      const known = cell === 0 ? 0 : cdfAt(from);
      let [left, right, x] = [from, from + 1, from + 0.5];
      for (let i = 0; i < 60; i++) {
        const excess = known + area(from, x) - p;
        if (excess < 0) left = x;
        else right = x;
        let next = x - excess / pdf(x);
        if (!(next > left && next < right)) next = 0.5 * (left + right);
        const moved = Math.abs(next - x);
        x = next;
        if (moved < 1e-13 * (1 + Math.abs(x))) break;
      }
      return x * step;
    },
    // The integral of a bounded function of u.
    expect(f) {
      let sum = 0;
      for (let k = 0; k < size - 1; k++) {
        for (let i = 0; i < legendre.nodes.length; i++) {
          const x = start + k + legendre.nodes[i];
          sum += legendre.weights[i] * pdf(x) * f(x * step);
        }
      }
      return sum;
    },
  };
}

const NEAR = 1e-4; // part of a scale's support that counts as near an end

// `nearEnd` gives the density where u runs to infinity: there the density of u is too small to be
// divided by the Jacobian.
export function scaleMarginal(axis, lattice, scales, weights, nearEnd) {
  const density = sincDensity(lattice, weights);
  let plain = 0;
  for (let k = 0; k < scales.length; k++) plain += weights[k] * scales[k];
  let mean = plain;
  if (lattice.even) {
    // tau has a kink at 0; sqrt(c^2 + tau^2) has none and takes the tail, the rest is small.
    mean = -density.expect((u) => {
      const tau = axis.value(u);
      return Math.hypot(axis.unit, tau) - tau;
    });
    for (let k = 0; k < scales.length; k++) mean += weights[k] * Math.hypot(axis.unit, scales[k]);
  }
  let variance = 2 * mean * (plain - mean);
  for (let k = 0; k < scales.length; k++) variance += weights[k] * (scales[k] - mean) ** 2;
  return {
    mean,
    sd: Math.sqrt(variance),
    quantile: (probs) => Float64Array.from(probs, (p) => axis.value(density.quantile(p))),
    pdf(scale) {
      if (scale < axis.lower || scale > axis.upper) return 0;
      const extent = axis.upper - axis.lower;
      const nearLower = !axis.even && scale - axis.lower < NEAR * Math.min(axis.unit, extent);
      if (nearLower || (extent < Infinity && scale >= axis.upper - NEAR * extent)) {
        return nearEnd(scale);
      }
      const u = axis.inverse(scale);
      const height = density.pdf(u);
      return height > 0 ? height * Math.exp(-axis.logJacobian(u)) : 0;
    },
  };
}
