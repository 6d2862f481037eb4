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
  const both = n.map((m, j) => m * xx[j]);
  const bothA = both.map((d, j) => d * alpha[j]);
  const bothB = both.map((d, j) => d * beta[j]);
  const form0 = n.map((m, j) => m * level[j] ** 2 + xx[j] * beta[j] ** 2);
  const formA = bothA.map((d, j) => d * alpha[j]);
  const formB = bothB.map((d, j) => d * beta[j]);

  // The log likelihood at given scales. Precision, pull and quadratic form are sums over 1 / D of
  // what does not depend on the scales, D = det(I + A T): so one pass does, about the common line.
  function evaluate(tauA, tauB, sigma) {
    const w = 1 / (sigma * sigma);
    const wa = w * tauA * tauA;
    const wb = w * tauB * tauB;
    const ab = wa * wb;
    let [sN, sCross, sSquare, sBoth, sPullA, sPullB] = [0, 0, 0, 0, 0, 0];
    let [sBothA, sBothB, sForm0, sFormA, sFormB, logs, product] = [0, 0, 0, 0, 0, 0, 1];
    for (let j = 0; j < J; j++) {
      const D = 1 + wa * n[j] + wb * square[j] + ab * both[j];
      const i = 1 / D;
      sN += n[j] * i;
      sCross += cross[j] * i;
      sSquare += square[j] * i;
      sBoth += both[j] * i;
      sPullA += pullA[j] * i;
      sPullB += pullB[j] * i;
      sBothA += bothA[j] * i;
      sBothB += bothB[j] * i;
      sForm0 += form0[j] * i;
      sFormA += formA[j] * i;
      sFormB += formB[j] * i;
      product *= D;
      if (product > 1e200) {
        logs += Math.log(product);
        product = 1;
      }
    }
    logs += Math.log(product);
    const pAA = w * (sN + wb * sBoth);
    const pAB = w * sCross;
    const pBB = w * (sSquare + wa * sBoth);
    const pullToA = w * (sPullA + wb * sBothA);
    const pullToB = w * (sPullB + wa * sBothB);
    const kAA = pAA + sA;
    const kBB = pBB + sB;
    const K = kAA * kBB - pAB * pAB;
    const hA = pullToA - pAA * atA - pAB * atB;
    const hB = pullToB - pAB * atA - pBB * atB;
    const stepA = (kBB * hA - pAB * hB) / K;
    const stepB = (kAA * hB - pAB * hA) / K;
    const muA = atA + stepA;
    const muB = atB + stepB;
    const about = w * (sForm0 + wb * sFormA + wa * sFormB);
    const gainA = muA * (2 * pullToA - pAA * muA - 2 * pAB * muB);
    const gainB = muB * (2 * pullToB - pBB * muB);
    const form = about - gainA - gainB;
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
