import assert from "node:assert/strict";
import { test } from "node:test";

import { grandMean, rmse, summarise, withinSd } from "../engine/pooling.js";

const rows = [[4, 6, 100], [9, 100], [100]];

test("summaries use the first n of each row", () => {
  const groups = summarise(rows, [2, 1, 0]);
  assert.deepEqual([...groups.n], [2, 1, 0]);
  assert.deepEqual([...groups.mean], [5, 9, NaN]);
  assert.deepEqual([...groups.ss], [2, 0, 0]);
  assert.equal(grandMean(groups), 19 / 3);
  assert.equal(withinSd(groups), Math.sqrt(2));
});

test("errors leave empty groups out", () => {
  assert.equal(rmse([1, 5, 99], [1, 2, 0], [3, 1, 0]), Math.sqrt(9 / 2));
});
