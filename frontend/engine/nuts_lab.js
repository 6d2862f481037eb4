// What NutsLab computes beside its tree: how far a path goes forwards before it turns back.

import * as plane from "./plane.js";
import { leapfrog, MAX_ENERGY_ERROR } from "./samplers/leapfrog.js";
import { nuts } from "./samplers/nuts.js";
import { point, turns } from "./samplers/tree.js";
import * as words from "./words.js";

// A path of 2^7 points can still be drawn.
export const MAX_DEPTH = 7;

export const check = (state, given) => ({
  ...plane.checkPlane(state, given),
  max_depth: words.whole("max_depth", state.max_depth, 1, MAX_DEPTH),
  seed: words.seed("seed", state.seed),
});

export const kernelOf = ({ target }, state) =>
  nuts(target, {
    stepSize: state.step_size,
    inverseMass: plane.inverseOf(state),
    maxDepth: state.max_depth,
  });

// Steps forwards alone, from the first point, until the path turns back on itself: null if it does
// not within the longest path, or diverges.
export function forwards({ target }, state, q, p) {
  const inverseMass = plane.inverseOf(state);
  const grad = new Float64Array(2);
  const logp = target.logpAndGrad(q, grad);
  const first = point({ q, p, logp, grad }, inverseMass);
  const start = { position: Array.from(q), log_density: logp, gradient: Array.from(grad) };
  const end = (turn, diverging) => ({ ...start, forwards: { turn, diverging } });
  let at = first;
  let sum = p;
  for (let k = 1; k < 2 ** state.max_depth; k++) {
    at = point(leapfrog(target, at.q, at.p, at.grad, state.step_size, inverseMass), inverseMass);
    const error = at.energy - first.energy;
    if (!(error > -Infinity && error < MAX_ENERGY_ERROR)) return end(null, true);
    sum = sum.map((x, i) => x + at.p[i]);
    if (turns(sum, first, at)) return end(k, false);
  }
  return end(null, false);
}

export const startOf = (shown, state) => ({
  q: shown.start, p: plane.momentumOf(plane.PUSH, state),
});

export function compute(state, given, cache) {
  const shown = plane.planeFor(state, given, cache);
  const { q, p } = startOf(shown, state);
  return { plane: shown, first: { q, p }, stated: forwards(shown, state, q, p) };
}

export const values = ({ live, result }) => ({
  exact: result.plane.exact, ...(live?.stated ?? result.stated),
});

export function slots({ live, result }) {
  const { q, p } = live?.first ?? result?.first ?? { q: [0, 0], p: [0, 0] };
  return { position: Array.from(q), momentum: Array.from(p) };
}

// The points of a path in order of time, and the subtrees that its doublings made: `all` are what
// `path.double()` told, one after the other.
export function familyOf(path, all) {
  const places = new Map([[path.first.q, 0]]);
  const leaves = [{ ...path.first, at: 0, error: 0, doubling: 0, kept: true, diverged: false }];
  let [low, high] = [0, 0];
  const joins = [];
  for (const told of all) {
    const kept = told.outcome === "joined" || told.outcome === "turned";
    told.points.forEach((one, i) => {
      const at = told.direction > 0 ? (high += 1) : (low -= 1);
      const diverged = told.outcome === "diverged" && i === told.points.length - 1;
      places.set(one.q, at);
      leaves.push({ ...one, at, doubling: told.depth, kept, diverged });
    });
    for (const join of told.joins) {
      const ends = [places.get(join.start.q), places.get(join.end.q)];
      joins.push({ ...join, doubling: told.depth, low: Math.min(...ends), high: Math.max(...ends) });
    }
  }
  const kept = leaves.filter((leaf) => leaf.kept);
  // The weights exp(-error), scaled so that those that can be drawn add up to one.
  const most = Math.max(...kept.map((leaf) => -leaf.error));
  const total = kept.reduce((sum, leaf) => sum + Math.exp(-leaf.error - most), 0);
  for (const leaf of leaves) leaf.weight = leaf.kept ? Math.exp(-leaf.error - most) / total : 0;
  leaves.sort((a, b) => a.at - b.at);
  return { leaves, joins, low, high };
}
