import assert from "node:assert/strict";
import { test } from "node:test";

import { contour, levels } from "../views/kit/contours.js";
import { area, arrow, band, line, points } from "../views/kit/marks.js";
import { fillLines, literal } from "../views/kit/python.js";
import { logarithmic, logLabel, logTicks } from "../views/scale.js";
import { spread } from "../views/tau_dial/paths.js";

const same = (x) => x;
const numbers = (d) => d.match(/-?\d+(\.\d+)?/g).map(Number);

test("a logarithmic axis has round values inside", () => {
  assert.deepEqual(logTicks([1, 100], 8), [1, 2, 5, 10, 20, 50, 100]);
  assert.deepEqual(logTicks([1, 100], 5), [1, 3, 10, 30, 100]);
  assert.deepEqual(logTicks([1, 100], 3), [1, 10, 100]);
  assert.ok(logTicks([1e-8, 1e8], 5).length <= 5);
  const x = logarithmic([1, 100], [0, 10]);
  assert.ok(Math.abs(x(10) - 5) < 1e-12);
  assert.equal(logLabel(1e-5), "1e−5");
  assert.equal(logLabel(0.05), "0.05");
});

test("a contour lies where the function has its level", () => {
  const grid = Array.from({ length: 41 }, (_, i) => -2 + i / 10);
  const z = grid.flatMap((y) => grid.map((x) => x * x + 2 * y * y));
  const places = numbers(contour(grid, grid, z, 1.5, (v) => 1000 * v, (v) => 1000 * v));
  assert.ok(places.length > 100);
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i] / 1000, places[i + 1] / 1000];
    assert.ok(Math.abs(x * x + 2 * y * y - 1.5) < 0.02);
  }
  assert.equal(contour(grid, grid, z, 99, same, same), "");
});

test("a saddle is joined by its middle, without a crossing", () => {
  for (const z of [[1, 0, 0, 1], [0, 1, 1, 0]]) {
    for (const level of [0.3, 0.7]) {
      assert.equal(contour([0, 1], [0, 1], z, level, same, same).match(/M/g).length, 2);
    }
  }
});

test("levels hold their share of the mass", () => {
  const grid = Array.from({ length: 161 }, (_, i) => -4 + i / 20);
  const logDensity = Float64Array.from(
    grid.flatMap((y) => grid.map((x) => 7 - 0.5 * (x * x + y * y))),
  );
  // For a bivariate normal the density at the edge of share p is (1 - p) of the highest.
  const found = levels(logDensity, [0.5, 0.9]);
  assert.ok(Math.abs(found[0] - (7 + Math.log(0.5))) < 0.01);
  assert.ok(Math.abs(found[1] - (7 + Math.log(0.1))) < 0.02);
});

test("marks leave out what is not finite", () => {
  assert.equal(line([0, 1, 2, 3], [0, NaN, 2, 3], same, same), "M0.0 0.0M2.0 2.0L3.0 3.0");
  assert.equal(points([0, 1], [NaN, 1], same, same), "M1.0 1.0h0");
  assert.equal(area([], [], same, same, 0), "");
  assert.equal(band([0, 1], [0, 0], [1, 1], same, same), "M0.0 1.0L1.0 1.0L1.0 0.0L0.0 0.0Z");
  assert.equal(arrow(0, 0, 3, 0), "");
  assert.match(arrow(0, 0, 30, 0), /^M0\.0 0\.0L30\.0 0\.0/);
});

test("labels are moved apart and keep their order", () => {
  const moved = spread([10, 11, 50], 14);
  assert.ok(moved[1] - moved[0] > 13.9);
  assert.equal(moved[2], 50);
  assert.deepEqual(spread([30, 0], 14), [30, 0]);
});

test("Python lines hold the state as Python writes it", () => {
  const prior = { family: "uniform", lower: 0, upper: 2.5 };
  assert.equal(literal(prior), "priors.Uniform(lower=0, upper=2.5)");
  assert.equal(literal([1, null, true]), "[1, None, True]");
  assert.equal(literal("hsb"), '"hsb"');
  assert.equal(fillLines({ a: "x = $x" }, { x: Float64Array.of(1, 2) }, "a"), "x = [1, 2]");
  assert.throws(() => fillLines("$y", {}), /want "y"/);
});
