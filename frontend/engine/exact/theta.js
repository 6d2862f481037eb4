// Every theta_j given the scales at each node, and averaged over the nodes. The groups of a class
// keep the same share of mu and have the same variance; their means move with their own means.

import { keep } from "./collapsed.js";
import { quantilesOf } from "./mixture.js";

const NEGLIGIBLE = 1e-12;

// Of a class: the share that is kept of mu, and the variance, at each node.
function share({ tau, sigma, precision }, information, kept, variance) {
  for (let k = 0; k < kept.length; k++) {
    const t = tau[k] * tau[k];
    kept[k] = keep(t, sigma[k] * sigma[k], information);
    variance[k] = kept[k] * (t + kept[k] / precision[k]);
  }
}

// The means of one group about the centre.
function place({ mean }, own, kept, means) {
  for (let k = 0; k < means.length; k++) means[k] = own + kept[k] * (mean[k] - own);
}

const spaces = (count, size) => Array.from({ length: count }, () => new Float64Array(size));

// Posterior means (about the centre) and variances of every theta_j, and the means of their
// shrinkage weights.
export function moments({ classes, ownMean }, nodes) {
  const { weight, mean } = nodes;
  const K = weight.length;
  const [kept, variance] = spaces(2, K);
  const [means, variances, shrinkage] = spaces(3, ownMean.length);
  for (const { information, members } of classes) {
    share(nodes, information, kept, variance);
    let [own, pooled, within] = [0, 0, 0];
    for (let k = 0; k < K; k++) {
      own += weight[k] * (1 - kept[k]);
      pooled += weight[k] * kept[k] * mean[k];
      within += weight[k] * variance[k];
    }
    // Between the nodes a mean moves by p + q times the group's own mean.
    let [pp, pq, qq] = [0, 0, 0];
    for (let k = 0; k < K; k++) {
      const p = kept[k] * mean[k] - pooled;
      const q = 1 - kept[k] - own;
      pp += weight[k] * p * p;
      pq += weight[k] * p * q;
      qq += weight[k] * q * q;
    }
    for (const j of members) {
      const m = ownMean[j];
      means[j] = m * own + pooled;
      variances[j] = within + pp + m * (2 * pq + m * qq);
      shrinkage[j] = own;
    }
  }
  return { means, variances, shrinkage };
}

// One Float64Array of the J quantiles (about the centre) for each probability. `nodes` are those
// that mixtures keep.
export function quantiles({ classes, ownMean }, nodes, probs) {
  const K = nodes.weight.length;
  const [kept, variance, means, precisions] = spaces(4, K);
  const rows = spaces(probs.length, ownMean.length);
  const find = quantilesOf(nodes.weight, probs);
  for (const { information, members } of classes) {
    share(nodes, information, kept, variance);
    for (let k = 0; k < K; k++) precisions[k] = 1 / Math.sqrt(variance[k]);
    for (const j of members) {
      place(nodes, ownMean[j], kept, means);
      find(means, precisions, (i, x) => (rows[i][j] = x));
    }
  }
  return rows;
}

// Pairs of neighbours along one axis of the lattice, where they matter: the second of each pair,
// and the weight of the heavier.
function neighbours({ columns, weight }, stride) {
  const second = [];
  const heavier = [];
  for (let at = stride; at < weight.length; at++) {
    const heavy = Math.max(weight[at], weight[at - stride]);
    if (heavy < NEGLIGIBLE || (stride === 1 && at % columns === 0)) continue;
    second.push(at);
    heavier.push(heavy);
  }
  return { stride, second: Int32Array.from(second), heavier: Float64Array.from(heavier) };
}

// Bounds the ripple that discrete nodes leave in the distributions of mu, theta and new groups:
// see `_roughness` in the library. Ripples and weights below 1e-12 are passed over. From node to
// node a mean moves in step with the group's own mean, so that of each class the ripple is largest
// where that is smallest or largest.
export function roughness({ classes, ownMean }, nodes) {
  const { rows, columns, precision, tau } = nodes;
  const axes = [neighbours(nodes, 1)];
  if (rows > 1) axes.push(neighbours(nodes, columns));
  const worst = [0, 0];
  const check = (means, variances) =>
    axes.forEach((axis, i) => (worst[i] = Math.max(worst[i], ripple(axis, means, variances))));
  const ofMu = precision.map((p) => 1 / p);
  check(nodes.mean, ofMu);
  check(nodes.mean, ofMu.map((v, k) => v + tau[k] * tau[k]));
  const [kept, variance, means] = spaces(3, precision.length);
  for (const { information, members } of classes) {
    share(nodes, information, kept, variance);
    for (const end of new Set([members[0], members.at(-1)])) {
      place(nodes, ownMean[end], kept, means);
      check(means, variance);
    }
  }
  return worst;
}

function ripple({ stride, second, heavier }, means, variances) {
  let sum = 0;
  for (let i = 0; i < second.length; i++) {
    const at = second[i];
    const one = variances[at];
    const other = variances[at - stride];
    const distance = means[at] - means[at - stride];
    const change = 0.5 * distance * distance + Math.abs(one - other);
    const least = Math.PI * Math.PI * Math.max(Math.min(one, other), 1e-300);
    if (change > least / 28) sum += heavier[i] * Math.exp(-least / change);
  }
  return sum;
}
