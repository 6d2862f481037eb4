// Individuals with a line each: Bølstad's simulation, as in `hbmlib.simulate`, and the sufficient
// statistics of the lines, as in `hbmlib.models.lines`.

import { generator, standardNormal } from "../random.js";

// Intercepts about 2 and slopes about -2, each with sd 1; x standard normal.
export function bolstadIndividuals(seed, individuals = 75, observations = 5, sigma = 2) {
  const [m, n] = [individuals, observations];
  const z = standardNormal(generator(seed), 2 * m + 2 * m * n);
  const alpha = z.slice(0, m).map((a) => 2 + a);
  const beta = z.slice(m, 2 * m).map((b) => -2 + b);
  const rows = (from) =>
    Array.from({ length: m }, (_, i) => z.slice(from + i * n, from + (i + 1) * n));
  const x = rows(2 * m);
  const noise = rows(2 * m + m * n);
  const y = x.map((row, i) => row.map((v, k) => alpha[i] + beta[i] * v + sigma * noise[i][k]));
  return { x, y, alpha, beta, sigma };
}

// Reduces rows of x and y, one for each individual, to {n, xMean, yMean, xx, slope, rss}. Where x
// does not vary xx is 0, the slope is left at 0, and only the other lines can tell it.
export function summariseLines(x, y) {
  const J = x.length;
  const [n, xMean, yMean, xx, slope, rss] = Array.from({ length: 6 }, () => new Float64Array(J));
  const mean = (row) => row.reduce((sum, v) => sum + v, 0) / row.length;
  for (let j = 0; j < J; j++) {
    n[j] = x[j].length;
    xMean[j] = mean(x[j]);
    yMean[j] = mean(y[j]);
    const varies = x[j].some((v) => v !== x[j][0]);
    let xy = 0;
    for (let i = 0; i < n[j] && varies; i++) {
      const dx = x[j][i] - xMean[j];
      xx[j] += dx * dx;
      xy += dx * (y[j][i] - yMean[j]);
    }
    slope[j] = varies ? xy / xx[j] : 0;
    if (n[j] <= (varies ? 2 : 1)) continue; // as many coefficients as observations: an exact fit
    for (let i = 0; i < n[j]; i++) {
      rss[j] += (y[j][i] - yMean[j] - slope[j] * (x[j][i] - xMean[j])) ** 2;
    }
  }
  return { n, xMean, yMean, xx, slope, rss };
}

// Observations in all, and those less the coefficients that they determine.
export function countsOf({ n, xx }) {
  const total = n.reduce((sum, m) => sum + m, 0);
  return { total, freedom: total - n.length - xx.filter((v) => v > 0).length };
}

// A rough sd about the lines, positive whatever the data.
export function noiseOf(lines) {
  const { freedom } = countsOf(lines);
  const rss = lines.rss.reduce((sum, v) => sum + v, 0);
  if (freedom > 0 && rss > 0) return Math.sqrt(rss / freedom);
  const mean = lines.yMean.reduce((sum, v) => sum + v, 0) / lines.n.length;
  const squares = lines.yMean.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return Math.sqrt(squares / lines.n.length) || 1;
}

// One least-squares line to all observations; flat where x does not vary.
export function commonLine({ n, xMean, yMean, xx, slope }) {
  let [total, x, y] = [0, 0, 0];
  n.forEach((m, j) => {
    total += m;
    x += m * xMean[j];
    y += m * yMean[j];
  });
  [x, y] = [x / total, y / total];
  let [square, product] = [0, 0];
  n.forEach((m, j) => {
    square += xx[j] + m * (xMean[j] - x) ** 2;
    product += xx[j] * slope[j] + m * (xMean[j] - x) * (yMean[j] - y);
  });
  const beta = square > 0 ? product / square : 0;
  return { alpha: y - beta * x, beta };
}

// A least-squares line for each individual: no pooling. Where x does not vary there is none.
export function unpooledLines({ xMean, yMean, xx, slope }) {
  const beta = slope.map((b, j) => (xx[j] > 0 ? b : NaN));
  return { alpha: beta.map((b, j) => yMean[j] - b * xMean[j]), beta };
}
