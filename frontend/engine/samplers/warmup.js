// Warm-up: find a kernel's step size and scales while its draws are still thrown away. The twin of
// `hbmlib.warmup`.

import { quantileOf } from "./ranks.js";

// Hoffman and Gelman's constants: weight of the start, of early steps, and of late ones.
const [GAMMA, T0, KAPPA] = [0.05, 10, 0.75];
const [FEWEST, FIRST, BASE] = [20, 75, 25]; // Stan's lengths of windows

// Moves step sizes until a rate of acceptance is met; each coordinate by itself. Hoffman and Gelman
// (2014), section 3.2, whose symbols these are.
export function dualAveraging(sizes, targets) {
  const mu = sizes.map((size) => Math.log(10 * size));
  const [error, averaged] = [new Float64Array(sizes.length), new Float64Array(sizes.length)];
  let t = 0;
  const tuner = { sizes: Float64Array.from(sizes), averaged: Float64Array.from(sizes), update };

  function update(accept) {
    t += 1;
    const weight = 1 / (t + T0);
    const forget = t ** -KAPPA;
    for (let i = 0; i < sizes.length; i++) {
      error[i] = (1 - weight) * error[i] + weight * (targets[i] - accept[i]); // H̄
      const logSize = mu[i] - (Math.sqrt(t) / GAMMA) * error[i]; // log ε = μ - √t/γ H̄
      averaged[i] = forget * logSize + (1 - forget) * averaged[i]; // log ε̄
      tuner.sizes[i] = Math.exp(logSize);
      tuner.averaged[i] = Math.exp(averaged[i]);
    }
  }
  return tuner;
}

// Mean and variance of points that come one by one (Welford's updates).
export function moments(dim) {
  const [mean, squares] = [new Float64Array(dim), new Float64Array(dim)];
  let count = 0;
  const variance = () => squares.map((s) => s / (count - 1));
  return {
    add(q) {
      count += 1;
      for (let i = 0; i < dim; i++) {
        const away = q[i] - mean[i];
        mean[i] += away / count;
        squares[i] += away * (q[i] - mean[i]);
      }
    },
    mean,
    variance,
    // The variance drawn towards an earlier one, as if that came from five points: a mean on the
    // log scale. Where no point moved, the earlier one stays.
    regularised(previous) {
      const part = count / (count + 5);
      return variance().map((v, i) => previous[i] * ((v || previous[i]) / previous[i]) ** part);
    },
  };
}

// Divides a warm-up: reach the target, learn its variances, settle the step size.
export function windows(warmup) {
  if (warmup < FEWEST) return warmup ? [{ length: warmup, first: true, scales: false }] : [];
  const first = Math.min(FIRST, Math.floor(0.15 * warmup));
  const last = Math.floor(0.2 * warmup);
  const middle = [];
  for (let left = warmup - first - last, length = BASE; left > 0; length *= 2) {
    if (left < 3 * length) length = left; // the next would not fit
    middle.push({ length, first: false, scales: true });
    left -= length;
  }
  return [
    { length: first, first: true, scales: false },
    ...middle,
    { length: last, first: false, scales: false },
  ];
}

// The kernel to begin with: variances guessed from the gradients at the starts, (q3 - q1) of the
// coordinates over that of their gradients, and at most the squared spread of the starts. Where
// they do not differ, as in a single chain, the variance stays.
export function guessed(kernel, states) {
  if (!kernel.withMass) return kernel;
  const spread = (what, i) => {
    const ordered = Float64Array.from(states, (state) => state[what][i]).sort();
    return quantileOf(ordered, 0.75) - quantileOf(ordered, 0.25);
  };
  const guess = kernel.inverseMass.map((before, i) => {
    const q = spread("q", i);
    const variance = Math.min(q / spread("grad", i), q ** 2);
    return Number.isFinite(variance) && variance > 0 ? variance : before;
  });
  return kernel.withMass(guess);
}

// Starts a tuner at a kernel's present size; null for one that has nothing to tune.
export function tunerOf(kernel) {
  if (kernel.kind === "gibbs") return null;
  if (kernel.kind === "metropolis") return dualAveraging(kernel.scale, kernel.targetAccept);
  return dualAveraging([kernel.stepSize], [kernel.targetAccept]);
}

// The kernel with a tuner's sizes.
export const sized = (kernel, sizes) =>
  kernel.kind === "metropolis" ? kernel.withSize(sizes.slice()) : kernel.withSize(sizes[0]);

// What a step of all chains tells the tuner. In the first window a step of HMC must suit the worst
// chain: one that comes from afar would never move, and the others would hide it in the mean.
export function pooled(kernel, infos, first) {
  const chains = infos.length;
  if (kernel.kind === "metropolis") {
    const mean = (i) => infos.reduce((sum, info) => sum + info.acceptEach[i], 0) / chains;
    return kernel.scale.map((_, i) => mean(i));
  }
  const rates = infos.map((info) => info.accept);
  return [first ? Math.min(...rates) : rates.reduce((sum, rate) => sum + rate, 0) / chains];
}

// The kernel that a window leads to; `seen` holds the window's moments when they set the scales.
export function tuned(kernel, tuner, seen = null) {
  if (!tuner) return kernel;
  const next = sized(kernel, tuner.averaged);
  if (!seen) return next;
  if (kernel.kind !== "metropolis") return next.withMass(seen.regularised(kernel.inverseMass));
  const scale = seen.regularised(kernel.scale.map((s) => s * s)).map(Math.sqrt);
  for (const block of kernel.blocks) {
    for (const row of block) for (const i of row) scale[i] *= 2.38 / Math.sqrt(row.length);
  }
  return kernel.withSize(scale);
}
