import assert from "node:assert/strict";
import { test } from "node:test";

import { step } from "../views/explorer/figure.js";
import { format, linear, steady, tickLabels, ticks } from "../views/scale.js";

test("keys move a slider within its bounds", () => {
  assert.equal(step("ArrowRight", 3, 10), 4);
  assert.equal(step("ArrowUp", 10, 10), 10);
  assert.equal(step("ArrowLeft", 0, 10), 0);
  assert.equal(step("PageUp", 3, 10), 8);
  assert.equal(step("PageDown", 3, 10), 0);
  assert.equal(step("Home", 3, 10), 0);
  assert.equal(step("End", 3, 10), 10);
  assert.equal(step("Tab", 3, 10), null);
  assert.equal(step("toString", 3, 10), null);
});

test("ticks are round and inside", () => {
  assert.deepEqual(ticks([0, 10], 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks([-0.31, 0.29], 6), [-0.3, -0.2, -0.1, 0, 0.1, 0.2]);
  assert.deepEqual(ticks([3, 3], 5), [3]);
  assert.deepEqual(tickLabels([-0.3, -0.2]), ["−0.3", "−0.2"]);
  assert.deepEqual(tickLabels([0, 5, 10]), ["0", "5", "10"]);
  assert.equal(new Set(tickLabels(ticks([10, 10 + 1e-6], 4))).size, ticks([10, 10 + 1e-6], 4).length);
});

test("an axis keeps still while it serves", () => {
  const start = steady(null, [0, 10]);
  assert.ok(start[0] < 0 && start[1] > 10);
  assert.equal(steady(start, [1, 9]), start);
  assert.notEqual(steady(start, [1, 11]), start);
  assert.notEqual(steady(start, [4, 5]), start);
  const point = steady(null, [3, 3]);
  assert.ok(point[1] > point[0]);
});

test("a scale of no width stays finite", () => {
  assert.ok(Number.isFinite(linear([2, 2], [0, 100])(2)));
});

test("numbers are written as they are read", () => {
  assert.equal(format(-1.234), "−1.23");
  assert.equal(format(0), "0.00");
  assert.equal(format(0.0013), "0.0013");
  assert.equal(format(1.3e-7), "1.3e−7");
  assert.equal(format(NaN), "–");
});
