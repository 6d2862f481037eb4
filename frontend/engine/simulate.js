// The generating processes of `hbmlib.simulate`, drawn from the same random numbers.

import { generator, poisson, standardNormal } from "./random.js";

export const CAPACITY = 100;
export const LESSON_SIZES = [15, 22, 12, 18, 10, 25, 14, 20];

// Draws J groups. Each has a row of its own: first its mean, then its observations, of which a
// fit uses the first n_j. `rows[j]` holds the whole row of observations.
export function population({ groups, mu, tau, sigma, seed, capacity = CAPACITY }) {
  const normals = standardNormal(generator(seed), groups * (1 + capacity));
  const theta = new Float64Array(groups);
  const rows = [];
  for (let j = 0; j < groups; j++) {
    const start = j * (1 + capacity);
    theta[j] = mu + tau * normals[start];
    const row = normals.subarray(start + 1, start + 1 + capacity);
    rows.push(row.map((z) => theta[j] + sigma * z));
  }
  return { theta, rows };
}

export function scholzSizes(seed) {
  return poisson(generator(seed, 1), 25, 20);
}
