// The tree that NutsLab draws: every point once, in order of time, with weights that add up.

import assert from "node:assert/strict";
import { test } from "node:test";

import { familyOf, kernelOf } from "../engine/nuts_lab.js";
import { planeFor } from "../engine/plane.js";
import { generator } from "../engine/random.js";
import { source } from "../engine/samplers/source.js";

const state = { mass_1: 1, mass_2: 1, max_depth: 7 };
const paths = (target, stepSize, count) => {
  const plane = planeFor({ target }, null, {});
  const kernel = kernelOf(plane, { ...state, step_size: stepSize });
  const own = source(generator(3, 1));
  let at = kernel.init(plane.start);
  return Array.from({ length: count }, () => {
    const path = kernel.path(own, at);
    const all = [];
    while (!path.done) all.push(path.double());
    at = kernel.finish(path).state;
    return { path, all, family: familyOf(path, all) };
  });
};

test("every ending comes up, and each is told as it was", () => {
  const seen = new Set();
  for (const { path, all, family } of [
    ...paths("correlated", 0.25, 200), ...paths("funnel", 0.4, 300), ...paths("normal", 0.02, 3),
  ]) {
    const { leaves, joins, low, high } = family;
    const { outcome } = all.at(-1);
    seen.add(outcome);
    assert.deepEqual(leaves.map(({ at }) => at), leaves.map((_, i) => low + i));
    assert.equal(high - low + 1, leaves.length);
    const kept = leaves.filter((leaf) => leaf.kept);
    assert.equal(kept.length, path.tree.size);
    assert.ok(kept.some((leaf) => leaf.q === path.tree.drawn.q));
    assert.ok(Math.abs(kept.reduce((sum, leaf) => sum + leaf.weight, 0) - 1) < 1e-12);
    for (const join of joins) assert.equal(join.high - join.low + 1, join.size);
    assert.equal(joins.filter((join) => join.turned).length, outcome.startsWith("turned") ? 1 : 0);
    assert.equal(leaves.filter((leaf) => leaf.diverged).length, outcome === "diverged" ? 1 : 0);
    // The points of a path in order of time are each one step from the next.
    for (let i = 1; i < kept.length; i++) {
      assert.ok(Math.hypot(...kept[i].q.map((x, k) => x - kept[i - 1].q[k])) > 0);
    }
  }
  assert.deepEqual([...seen].sort(), ["diverged", "joined", "turned", "turned inside"]);
});
