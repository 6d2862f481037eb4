// The likelihood with the group means and the population mean integrated out, as in
// `hbmlib/exact/_collapsed.py`.

const LOG_TWO_PI = Math.log(2 * Math.PI);

// From this many alike on, a logarithm is faster than a product.
const MANY = 6;

// Groups of equal error variance are a class, empty ones too, and share one entry of the sums;
// its members are sorted by their means. Means are kept about `centre`.
export function reduce({ n, mean, ss }, sigma, muPrior) {
  const groups = n.length;
  const information = new Float64Array(groups);
  const ownMean = new Float64Array(groups);
  let [J, N, squares, constant, top, bottom] = [0, 0, 0, 0, 0, 0];
  for (let j = 0; j < groups; j++) {
    if (!(n[j] > 0)) continue;
    const variance = sigma ? sigma[j] ** 2 : 1;
    information[j] = n[j] / variance;
    J += 1;
    N += n[j];
    squares += ss[j];
    constant -= 0.5 * Math.log(n[j]);
    if (sigma) {
      constant -= 0.5 * ((n[j] - 1) * (LOG_TWO_PI + Math.log(variance)) + ss[j] / variance);
    }
    top += information[j] * mean[j];
    bottom += information[j];
  }
  const centre = top / bottom;
  const distinct = new Map();
  for (let j = 0; j < groups; j++) {
    if (n[j] > 0) ownMean[j] = mean[j] - centre;
    if (!distinct.has(information[j])) distinct.set(information[j], []);
    distinct.get(information[j]).push(j);
  }
  const classes = Array.from(distinct, ([shared, members]) => ({
    information: shared,
    members: members.sort((a, b) => ownMean[a] - ownMean[b]),
  }));
  const seen = classes.filter((c) => c.information > 0);
  seen.sort((a, b) => b.information - a.information);
  const D = seen.length;
  const errors = Float64Array.from(seen, (c) => 1 / c.information);
  const count = Int32Array.from(seen, (c) => c.members.length);
  const average = new Float64Array(D);
  const square = new Float64Array(D); // sum of the squared means that share an error
  for (let d = 0; d < D; d++) {
    for (const j of seen[d].members) {
      average[d] += ownMean[j] / count[d];
      square[d] += ownMean[j] * ownMean[j];
    }
  }
  const flat = muPrior.family === "flat";
  return {
    known: Boolean(sigma),
    information,
    ownMean,
    classes,
    errors,
    count,
    average,
    square,
    J,
    N,
    ss: squares,
    centre,
    priorMean: flat ? 0 : muPrior.mean - centre,
    priorPrecision: flat ? 0 : muPrior.sd ** -2,
    constant,
  };
}

// Returns a function of the squared scales that gives the log likelihood and leaves the posterior
// mean and precision of mu (about the centre) in `mu`.
export function collapsed(data) {
  const { errors, count, average, square, J, N, ss, priorMean, priorPrecision: prior } = data;
  const D = errors.length;
  const largest = errors[D - 1];
  const within = data.known ? 0 : N - J;
  const few = count.filter((c) => c < MANY).reduce((sum, c) => sum + c, 0);
  const mu = { mean: 0, precision: 0 };

  function logLikelihood(tauSquared, variance) {
    const unit = Math.max(tauSquared + variance * largest, 1e-290);
    const scaled = 1 / unit;
    let [product, logs, total, sum, squares] = [1, 0, 0, 0, 0];
    for (let d = 0; d < D; d++) {
      const v = Math.max(tauSquared + variance * errors[d], 1e-290);
      const inverse = 1 / v;
      const c = count[d];
      const weight = c * inverse;
      total += weight;
      sum += weight * average[d];
      squares += inverse * square[d];
      if (c >= MANY) {
        logs += c * Math.log(v);
        continue;
      }
      const ratio = v * scaled;
      for (let i = 0; i < c; i++) {
        product *= ratio;
        if (product < 1e-200) {
          logs += Math.log(product);
          product = 1;
        }
      }
    }
    if (few > 0) logs += few * Math.log(unit) + Math.log(product);
    const mean = sum / total;
    const spread = Math.max(squares - sum * mean, 0);
    const precision = prior + total;
    const distance = priorMean - mean;
    mu.mean = mean + (prior / precision) * distance;
    mu.precision = precision;
    let result =
      -0.5 * (J * LOG_TWO_PI + logs) -
      0.5 * (spread + prior * (total / precision) * distance * distance) +
      0.5 * (prior > 0 ? Math.log(prior / precision) : LOG_TWO_PI - Math.log(precision));
    if (within > 0) {
      result -= 0.5 * (within * (LOG_TWO_PI + Math.log(variance)) + ss / variance);
    }
    return result;
  }

  return { logLikelihood, mu };
}

// What a group keeps of the population mean: 1 - lambda_j.
export function keep(tauSquared, variance, information) {
  const total = tauSquared * information + variance;
  return total > 0 ? variance / total : 1;
}
