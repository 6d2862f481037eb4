// Autocovariances of all lags by the fast Fourier transform.

const tables = new Map();

// Bit-reversed positions, cosines and sines for a transform of a power of two.
function tableOf(size) {
  if (!tables.has(size)) {
    const order = new Uint32Array(size);
    for (let i = 1; i < size; i++) order[i] = (order[i >> 1] >> 1) | (i & 1 ? size >> 1 : 0);
    const angles = Float64Array.from({ length: size / 2 }, (_, k) => (2 * Math.PI * k) / size);
    tables.set(size, { order, cos: angles.map(Math.cos), sin: angles.map(Math.sin) });
  }
  return tables.get(size);
}

// Transforms re + i im in place (Cooley and Tukey 1965).
export function transform(re, im) {
  const size = re.length;
  const { order, cos, sin } = tableOf(size);
  for (let i = 0; i < size; i++) {
    const j = order[i];
    if (j <= i) continue;
    const [a, b] = [re[i], im[i]];
    re[i] = re[j];
    im[i] = im[j];
    re[j] = a;
    im[j] = b;
  }
  for (let half = 1; half < size; half *= 2) {
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let k = 0, at = 0; k < half; k++, at += stride) {
        const i = start + k;
        const j = i + half;
        const a = re[j] * cos[at] + im[j] * sin[at];
        const b = im[j] * cos[at] - re[j] * sin[at];
        re[j] = re[i] - a;
        im[j] = im[i] - b;
        re[i] += a;
        im[i] += b;
      }
    }
  }
}

const FEW = 40; // lags that are cheaper one by one

// The mean over chains of their autocovariances, each about its chain's mean, as a function of the
// lag: sums for the first lags, a transform when more are asked for.
export function covarianceAt(chains) {
  const n = chains[0].length;
  const off = chains.map((chain) => centred(chain, n));
  const known = [];
  let all = null;
  const sum = (lag) => {
    let total = 0;
    for (const x of off) for (let i = lag; i < n; i++) total += x[i] * x[i - lag];
    return total / n / off.length;
  };
  return (lag) => {
    if (lag < FEW) return (known[lag] ??= sum(lag));
    all ??= autocovariance(chains);
    return all[lag];
  };
}

// All of them, at lags 0 to n - 1. Chains are transformed in pairs, as real and imaginary part of
// one series.
export function autocovariance(chains) {
  const n = chains[0].length;
  let size = 2;
  while (size < 2 * n) size *= 2;
  const power = new Float64Array(size);
  for (let c = 0; c < chains.length; c += 2) {
    const [re, im] = [centred(chains[c], size), centred(chains[c + 1] ?? [], size)];
    transform(re, im);
    for (let k = 0; k < size; k++) {
      const other = (size - k) % size;
      power[k] += 0.5 * (re[k] ** 2 + im[k] ** 2 + re[other] ** 2 + im[other] ** 2);
    }
  }
  transform(power, new Float64Array(size));
  return power.slice(0, n).map((p) => p / size / n / chains.length);
}

function centred(chain, size) {
  const padded = new Float64Array(size);
  let sum = 0;
  for (let i = 0; i < chain.length; i++) sum += chain[i] - chain[0];
  const mean = chain[0] + sum / chain.length;
  for (let i = 0; i < chain.length; i++) padded[i] = chain[i] - mean;
  return padded;
}
