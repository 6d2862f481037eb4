// What models of normal group means share: theta_j ~ N(mu, tau), each seen through its own mean
// with precision weight_j times `precision`. Coordinates of groups stand at the end of q: theta_j
// itself (centred), or z_j = (theta_j - mu) / tau.

export function hierarchy({ own, weight, centred, first }) {
  const J = own.length;
  const sums = { square: 0, misfit: 0, mu: 0, tau: 0 };

  // Leaves in `sums` the squares of z, the misfit of the data, and the derivatives in mu and
  // log tau; fills the groups' part of `grad` if there is one.
  function evaluate(q, precision, grad) {
    const mu = q[0];
    const tau = Math.exp(q[1]);
    let [square, misfit, alongMu, alongTau] = [0, 0, 0, 0];
    for (let j = 0; j < J; j++) {
      const x = q[first + j];
      const z = centred ? (x - mu) / tau : x;
      const error = own[j] - (centred ? x : mu + tau * z);
      const pull = precision * weight[j] * error; // d log p(y | theta) / d theta
      square += z * z;
      misfit += pull * error;
      if (!grad) continue;
      if (centred) {
        const push = z / tau;
        alongMu += push;
        grad[first + j] = pull - push;
      } else {
        alongMu += pull;
        alongTau += pull * z;
        grad[first + j] = tau * pull - z;
      }
    }
    sums.square = square;
    sums.misfit = misfit;
    sums.mu = alongMu;
    sums.tau = centred ? square - J : tau * alongTau;
    // p(theta | mu, tau) = N(z) / tau
    return -0.5 * (square + misfit) - (centred ? J * q[1] : 0);
  }

  // The part of the log density that depends on one group, given all else.
  function term(q, index, precision) {
    const mu = q[0];
    const tau = Math.exp(q[1]);
    const x = q[index];
    const z = centred ? (x - mu) / tau : x;
    const error = own[index - first] - (centred ? x : mu + tau * x);
    return -0.5 * (z * z + precision * weight[index - first] * error * error);
  }

  // Exponentiates the scales, which stand between mu and the groups, and makes theta of z.
  function constrain(q) {
    const values = Float64Array.from(q);
    for (let i = 1; i < first; i++) values[i] = Math.exp(q[i]);
    if (!centred) for (let i = first; i < values.length; i++) values[i] = q[0] + values[1] * q[i];
    return values;
  }

  return { evaluate, term, constrain, sums };
}

// Mean and sd, about the mean, of some numbers.
export function spread(numbers) {
  let sum = 0;
  for (const x of numbers) sum += x;
  const mean = sum / numbers.length;
  let squares = 0;
  for (const x of numbers) squares += (x - mean) ** 2;
  return { mean, sd: Math.sqrt(squares / numbers.length) };
}
