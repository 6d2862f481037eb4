// The path of NUTS: a binary tree of leapfrog steps that grows until it turns back. The twin of
// `hbmlib.kernels.tree`; besides, it can be grown one doubling at a time and tell what it did.

import { leapfrog, MAX_ENERGY_ERROR } from "./leapfrog.js";

const plus = (a, b) => a.map((x, i) => x + b[i]);
const dot = (a, b) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

// A point of the path, with its velocity and energy H(q, p) = K(p) - log π(q).
export function point({ q, p, logp, grad }, inverseMass) {
  const v = p.map((x, i) => x * inverseMass[i]);
  return { q, p, logp, grad, v, energy: 0.5 * dot(p, v) - logp };
}

// Whether either end moves against the way from start to end, which is about Σ p.
export const turns = (sum, start, end) => dot(start.v, sum) <= 0 || dot(end.v, sum) <= 0;

// A tree is {start, end, pSum, logWeight, drawn, size}: a stretch of the path, the log of the sum
// of its weights exp(-H) relative to the first point, and the point drawn with these weights.
export class Path {
  constructor({ target, stepSize, inverseMass, maxDepth }, first, random) {
    Object.assign(this, { target, stepSize, inverseMass, maxDepth, first, random });
    this.tree = { start: first, end: first, pSum: first.p, logWeight: 0, drawn: first, size: 1 };
    this.direction = 1;
    this.depth = 0;
    this.nGrad = 0;
    this.accept = 0;
    this.diverging = false;
    this.done = maxDepth <= 0;
    this.told = null; // what the present doubling did, when somebody listens
  }

  // Doubles the path once; returns what happened.
  double(listen = true) {
    this.told = listen ? { points: [], joins: [] } : null;
    if (this.random() < 0.5) {
      // go on from the other end, the other way in time
      const { start, end } = this.tree;
      this.tree = { ...this.tree, start: end, end: start };
      this.direction = -this.direction;
    }
    const from = this.tree;
    const more = this.grow(from.end, this.depth);
    this.depth += 1;
    let turned = false;
    if (more) [this.tree, turned] = this.join(from, more, true);
    this.done = !more || turned || this.depth >= this.maxDepth;
    if (!listen) return null;
    const within = this.diverging ? "diverged" : "turned inside";
    const { depth, direction, told } = this;
    const { drawn } = this.tree;
    const outcome = !more ? within : turned ? "turned" : "joined";
    return { depth, direction, ...told, from, more, outcome, drawn, moved: drawn !== from.drawn };
  }

  // Follows 2^depth points on; null if they turn back or diverge.
  grow(from, depth) {
    if (depth === 0) return this.leaf(from);
    const near = this.grow(from, depth - 1);
    const far = near && this.grow(near.end, depth - 1);
    if (!far) return null;
    const [tree, turned] = this.join(near, far, false);
    return turned ? null : tree;
  }

  leaf(from) {
    const { target, inverseMass } = this;
    const step = this.direction * this.stepSize;
    const next = point(leapfrog(target, from.q, from.p, from.grad, step, inverseMass), inverseMass);
    const error = next.energy - this.first.energy;
    this.nGrad += 1;
    this.told?.points.push({ ...next, error });
    if (!(error > -Infinity && error < MAX_ENERGY_ERROR)) {
      this.diverging = true; // for NaN as well
      return null;
    }
    this.accept += Math.exp(Math.min(0, -error)); // min(1, π(q', p') / π(q, p))
    return { start: next, end: next, pSum: next.p, logWeight: -error, drawn: next, size: 1 };
  }

  // Makes one stretch of two neighbours, and says whether it turns back. The draw moves on to b
  // with its share of the weight or, biased, with b's weight over a's, which leaves the same
  // distribution but moves further.
  join(a, b, biased) {
    const [high, low] = [Math.max(a.logWeight, b.logWeight), Math.min(a.logWeight, b.logWeight)];
    const logWeight = high + Math.log1p(Math.exp(low - high)); // log(exp(a) + exp(b))
    const logShare = b.logWeight - (biased ? a.logWeight : logWeight);
    const probability = Math.exp(Math.min(0, logShare));
    const moved = logShare >= 0 || this.random() < probability;
    const pSum = plus(a.pSum, b.pSum);
    const checks = [turns(pSum, a.start, b.end)];
    if (a.start !== a.end && (this.told || !checks[0])) {
      // with one point each, these checks are the same
      checks.push(turns(plus(a.pSum, b.start.p), a.start, b.start));
      checks.push(turns(plus(a.end.p, b.pSum), a.end, b.end));
    }
    const turned = checks.some(Boolean);
    const size = a.size + b.size;
    const [start, end] = [a.start, b.end];
    this.told?.joins.push({ start, end, size, checks, turned, biased, probability, moved });
    const drawn = moved ? b.drawn : a.drawn;
    return [{ start, end, pSum, logWeight, drawn, size }, turned];
  }
}
