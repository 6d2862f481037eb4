// Group summaries and the two simple estimates, as in `hbmlib.pooling`.

// Reduces the first n_j observations of each row to size, mean (NaN when n_j is 0) and sum of
// squares about the mean.
export function summarise(rows, sizes) {
  const J = sizes.length;
  const groups = { n: Int32Array.from(sizes), mean: new Float64Array(J), ss: new Float64Array(J) };
  for (let j = 0; j < J; j++) {
    const n = sizes[j];
    let sum = 0;
    for (let i = 0; i < n; i++) sum += rows[j][i];
    const mean = sum / n;
    let ss = 0;
    for (let i = 0; i < n; i++) ss += (rows[j][i] - mean) ** 2;
    groups.mean[j] = mean;
    groups.ss[j] = n > 1 ? ss : 0;
  }
  return groups;
}

// The mean of all observations: complete pooling under a common sigma.
export function grandMean({ n, mean }) {
  let sum = 0;
  let total = 0;
  for (let j = 0; j < n.length; j++) {
    if (n[j] > 0) sum += n[j] * mean[j];
    total += n[j];
  }
  return sum / total;
}

// The within-group sd pooled over groups; NaN when no group has two observations.
export function withinSd({ n, ss }) {
  let squares = 0;
  let freedom = 0;
  for (let j = 0; j < n.length; j++) {
    squares += ss[j];
    freedom += Math.max(n[j] - 1, 0);
  }
  return Math.sqrt(squares / freedom);
}

// Root mean squared error over the groups that have observations, so that all three estimates
// are judged on the same groups.
export function rmse(estimate, truth, n) {
  let sum = 0;
  let count = 0;
  for (let j = 0; j < n.length; j++) {
    if (n[j] === 0) continue;
    sum += (estimate[j] - truth[j]) ** 2;
    count += 1;
  }
  return Math.sqrt(sum / count);
}
