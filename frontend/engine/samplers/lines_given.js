// Varying lines with everything but the three scales integrated out by algebra (Lindley and Smith
// 1972), as in `hbmlib.collapsed`. All is kept about the common least-squares line.

import { commonLine, countsOf } from "./individuals.js";
import { meanPrior } from "./log_priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

export function linesGiven(lines, muPriors) {
  const { n, xMean: x, xx } = lines;
  const J = n.length;
  const N = countsOf(lines).total;
  const rss = lines.rss.reduce((sum, v) => sum + v, 0);
  const line = commonLine(lines);
  // Where x does not vary, the line through the mean with the common slope stands in.
  const beta = lines.slope.map((b, j) => (xx[j] > 0 ? b - line.beta : 0));
  const level = lines.yMean.map((y, j) => y - line.alpha - line.beta * x[j]);
  const alpha = level.map((y, j) => y - beta[j] * x[j]);
  const cross = n.map((m, j) => m * x[j]);
  const square = n.map((m, j) => m * x[j] ** 2 + xx[j]);
  const pullA = n.map((m, j) => m * level[j]);
  const pullB = n.map((m, j) => m * x[j] * level[j] + xx[j] * beta[j]);
  const priors = muPriors.map(meanPrior);
  const [sA, sB] = priors.map(({ precision }) => precision);
  const atA = sA > 0 ? priors[0].mean - line.alpha : 0;
  const atB = sB > 0 ? priors[1].mean - line.beta : 0;
  let constant = -N * HALF_LOG_2PI;
  for (const s of [sA, sB]) constant += 0.5 * Math.log(s > 0 ? s : 2 * Math.PI);

  // mu_alpha, mu_beta, var_alpha, cov, var_beta at the scales evaluated last.
  const given = new Float64Array(5);
  const dets = new Float64Array(J);
  const inverse = new Float64Array(J); // 1 / D, with D = det(I + A T)

  // The log likelihood at given scales.
  function evaluate(tauA, tauB, sigma) {
    const [ta, tb, w] = [tauA * tauA, tauB * tauB, 1 / (sigma * sigma)];
    let [pAA, pAB, pBB, hA, hB, logs, product] = [0, 0, 0, 0, 0, 0, 1];
    for (let j = 0; j < J; j++) {
      const det = n[j] * xx[j] * w * w;
      const D = 1 + w * (ta * n[j] + tb * square[j]) + ta * tb * det;
      const i = 1 / D;
      dets[j] = det;
      inverse[j] = i;
      pAA += (n[j] * w + tb * det) * i;
      pAB += cross[j] * w * i;
      pBB += (square[j] * w + ta * det) * i;
      hA += (w * pullA[j] + tb * det * alpha[j]) * i;
      hB += (w * pullB[j] + ta * det * beta[j]) * i;
      product *= D;
      if (product > 1e200) {
        logs += Math.log(product);
        product = 1;
      }
    }
    logs += Math.log(product);
    const [kAA, kBB] = [pAA + sA, pBB + sB];
    const K = kAA * kBB - pAB * pAB;
    hA -= pAA * atA + pAB * atB;
    hB -= pAB * atA + pBB * atB;
    const stepA = (kBB * hA - pAB * hB) / K;
    const stepB = (kAA * hB - pAB * hA) / K;
    const [muA, muB] = [atA + stepA, atB + stepB];
    let form = 0;
    for (let j = 0; j < J; j++) {
      const [offA, offB] = [alpha[j] - muA, beta[j] - muB];
      const off = level[j] - muA - muB * x[j];
      const own = w * (n[j] * off * off + xx[j] * offB * offB);
      form += (own + dets[j] * (tb * offA * offA + ta * offB * offB)) * inverse[j];
    }
    given[0] = muA;
    given[1] = muB;
    given[2] = kBB / K;
    given[3] = -pAB / K;
    given[4] = kAA / K;
    const priors = sA * stepA ** 2 + sB * stepB ** 2;
    return constant - 0.5 * (logs + form + rss * w + priors + Math.log(K)) - N * Math.log(sigma);
  }

  // Adds `weight` times the mean, and the second moment, of every intercept and slope, given the
  // scales and the five numbers about mu there.
  function addLines(tauA, tauB, sigma, muA, muB, varA, cov, varB, weight, first, second) {
    const [ta, tb, w] = [tauA * tauA, tauB * tauB, 1 / (sigma * sigma)];
    for (let j = 0; j < J; j++) {
      const det = n[j] * xx[j] * w * w;
      const i = 1 / (1 + w * (ta * n[j] + tb * square[j]) + ta * tb * det);
      const left = (1 + square[j] * w * tb) * i;
      const right = (1 + n[j] * w * ta) * i;
      const across = -cross[j] * w * i;
      const shiftA = ta * (w * pullA[j] + tb * det * alpha[j]) * i;
      const shiftB = tb * (w * pullB[j] + ta * det * beta[j]) * i;
      const [ab, ba] = [across * ta, across * tb];
      const a = shiftA + left * muA + ab * muB;
      const b = shiftB + ba * muA + right * muB;
      first[j] += weight * a;
      first[J + j] += weight * b;
      const spreadA = left * left * varA + 2 * left * ab * cov + ab * ab * varB;
      const spreadB = ba * ba * varA + 2 * ba * right * cov + right * right * varB;
      second[j] += weight * (a * a + ta * left + spreadA);
      second[J + j] += weight * (b * b + tb * right + spreadB);
    }
  }

  // As `addLines`, of the means alone: each is a sum over 1 / D of five terms.
  const both = n.map((m, j) => m * xx[j]);
  const bothA = both.map((d, j) => d * alpha[j]);
  const bothB = both.map((d, j) => d * beta[j]);
  function addMeans(tauA, tauB, sigma, muA, muB, weight, first) {
    const w = 1 / (sigma * sigma);
    const [wa, wb] = [w * tauA * tauA, w * tauB * tauB];
    const ab = wa * wb;
    const [acrossA, acrossB] = [wa * muB, wb * muA];
    for (let j = 0; j < J; j++) {
      const i = weight / (1 + wa * n[j] + wb * square[j] + ab * both[j]);
      const a = wa * pullA[j] + ab * bothA[j] + muA + acrossB * square[j] - acrossA * cross[j];
      const b = wb * pullB[j] + ab * bothB[j] + muB + acrossA * n[j] - acrossB * cross[j];
      first[j] += i * a;
      first[J + j] += i * b;
    }
  }

  return { J, line, alpha, beta, square, given, evaluate, addLines, addMeans };
}
