// Two targets with known answers: the twins of `hbmlib.targets.Gaussian` and `Funnel`.

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
const same = (q) => Float64Array.from(q);

// The lower triangle L with L L' = matrix, and the inverse of the matrix.
function factorise(matrix) {
  const dim = matrix.length;
  const L = matrix.map(() => new Float64Array(dim));
  for (let i = 0; i < dim; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= L[i][k] * L[j][k];
      L[i][j] = i === j ? Math.sqrt(sum) : sum / L[j][j];
    }
  }
  if (!L.every((row, i) => row[i] > 0)) {
    throw new RangeError(
      "`cov` must be symmetric and positive definite; got a matrix that is not. " +
        "Give variances on its diagonal and correlations inside (-1, 1).",
    );
  }
  const inverse = matrix.map(() => new Float64Array(dim));
  for (let c = 0; c < dim; c++) {
    const x = new Float64Array(dim);
    for (let i = 0; i < dim; i++) {
      let sum = i === c ? 1 : 0;
      for (let k = 0; k < i; k++) sum -= L[i][k] * x[k];
      x[i] = sum / L[i][i];
    }
    for (let i = dim - 1; i >= 0; i--) {
      for (let k = i + 1; k < dim; k++) x[i] -= L[k][i] * x[k];
      x[i] /= L[i][i];
      inverse[i][c] = x[i];
    }
  }
  return { L, inverse };
}

export function gaussian({ mean, cov }) {
  const dim = mean.length;
  const { L, inverse } = factorise(cov);
  let constant = -dim * HALF_LOG_2PI;
  for (let i = 0; i < dim; i++) constant -= Math.log(L[i][i]);

  function logpAndGrad(q, grad) {
    let square = 0;
    for (let i = 0; i < dim; i++) {
      let pull = 0; // the gradient is -Σ⁻¹(q - m)
      for (let k = 0; k < dim; k++) pull -= inverse[i][k] * (q[k] - mean[k]);
      square += (q[i] - mean[i]) * pull;
      if (grad) grad[i] = pull;
    }
    return 0.5 * square + constant;
  }

  // The part that depends on the coordinates of one row, given all else.
  function logpTerm(q, row) {
    let term = 0;
    for (const i of row) {
      let pull = 0;
      for (let k = 0; k < dim; k++) pull += inverse[i][k] * (q[k] - mean[k]);
      term -= (q[i] - mean[i]) * pull;
      for (const k of row) term += 0.5 * (q[i] - mean[i]) * inverse[i][k] * (q[k] - mean[k]);
    }
    return term;
  }

  function initial({ normal }) {
    const z = Float64Array.from({ length: dim }, normal);
    return z.map((_, i) => L[i].reduce((sum, x, k) => sum + 2 * x * z[k], mean[i]));
  }

  const names = Array.from(mean, (_, i) => `x[${i}]`);
  const logp = (q) => logpAndGrad(q, null);
  return { dim, names, logp, logpAndGrad, logpTerm, constrain: same, initial };
}

// Neal's funnel: v ~ N(0, scale), and every x has the sd exp(v / 2).
export function funnel({ dim, scale = 3 }) {
  const n = dim - 1;
  const constant = -dim * HALF_LOG_2PI - Math.log(scale);

  function logpAndGrad(q, grad) {
    const v = q[0];
    const precision = Math.exp(-v);
    let square = 0;
    for (let i = 1; i < dim; i++) {
      square += q[i] * q[i];
      if (grad) grad[i] = -precision * q[i];
    }
    const half = 0.5 * precision * square;
    if (grad) grad[0] = -v / scale ** 2 - 0.5 * n + half;
    return -0.5 * (v / scale) ** 2 - 0.5 * n * v - half + constant;
  }

  return {
    dim,
    names: ["v", ...Array.from({ length: n }, (_, i) => `x[${i + 1}]`)],
    logp: (q) => logpAndGrad(q, null),
    logpAndGrad,
    logpTerm: (q, row) =>
      -0.5 * Math.exp(-q[0]) * row.reduce((sum, i) => sum + q[i] * q[i], 0),
    constrain: same,
    initial: ({ uniform }) => Float64Array.from({ length: dim }, () => uniform(-2, 2)),
  };
}
