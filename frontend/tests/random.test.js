import assert from "node:assert/strict";
import { test } from "node:test";

import { generator, seedWords, standardNormal } from "../engine/random.js";
import { reorder, schools } from "../engine/simulate.js";

// np.random.SeedSequence(7).generate_state(4) and SeedSequence([7, 1]).generate_state(4)
test("seed words are NumPy's", () => {
  assert.deepEqual([...seedWords([7], 4)], [2083679832, 3939563265, 4185785210, 142198000]);
  assert.deepEqual([...seedWords([7, 1], 4)], [369571992, 1544939151, 3514839603, 1195211032]);
});

test("streams of one seed differ, and a seed repeats itself", () => {
  const take = (random) => Array.from({ length: 700 }, random);
  assert.deepEqual(take(generator(5)), take(generator(5)));
  assert.notDeepEqual(take(generator(5)), take(generator(5, 1)));
  assert.ok(take(generator(5)).every((u) => u >= 0 && u < 1));
});

test("an odd number of normals is the start of the even one", () => {
  const even = standardNormal(generator(3), 8);
  assert.deepEqual([...standardNormal(generator(3), 7)], [...even.subarray(0, 7)]);
});

test("a group keeps its observations when groups are added", () => {
  const scales = { mu: 5, tau: 2, sigma: 3, seed: 11 };
  const few = schools({ ...scales, groups: 3 });
  const many = schools({ ...scales, groups: 9 });
  assert.deepEqual(few.rows, many.rows.slice(0, 3));
  assert.deepEqual([...few.theta], [...many.theta.subarray(0, 3)]);
});

test("a new order keeps every observation", () => {
  const rows = [[5, 4, 3, 2, 1], [7]];
  const [first, second] = reorder(rows, 4);
  assert.deepEqual([...first].sort(), [1, 2, 3, 4, 5]);
  assert.deepEqual([...second], [7]);
});
