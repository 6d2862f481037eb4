// The generating processes of `hbmlib.simulate`, drawn from the same random numbers.

import { generator, standardNormal } from "./random.js";

// Observations drawn for each group, of which the first n_j are used.
export const CAPACITY = 100;

// Draws J groups. Each has a row of its own: first its mean, then its observations, of which a
// fit uses the first n_j.
export function schools({ groups, mu, tau, sigma, seed, capacity = CAPACITY }) {
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

// Puts each group's observations in a random order.
export function reorder(rows, seed) {
  const random = generator(seed);
  return rows.map((row) => {
    const keys = Array.from(row, random);
    const order = Array.from(row, (_, i) => i).sort((a, b) => keys[a] - keys[b]);
    return Float64Array.from(order, (i) => row[i]);
  });
}
