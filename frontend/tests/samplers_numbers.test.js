// Diagnostics, regressions and conditionals of the page against the library's numbers.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as diagnostics from "../engine/samplers/diagnostics.js";
import { autocovariance, covarianceAt, transform } from "../engine/samplers/fft.js";
import {
  bolstadIndividuals,
  commonLine,
  summariseLines,
  unpooledLines,
} from "../engine/samplers/individuals.js";
import { monitor } from "../engine/samplers/monitor.js";
import { hierarchicalLines } from "../engine/samplers/regression.js";

const folder = new URL("../../tests/fixtures/samplers/", import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder)));

function near(here, there, where, tolerance) {
  if (there === null) return assert.ok(Number.isNaN(here), `${where}: ${here} should be NaN`);
  if (there === "inf") return assert.equal(here, Infinity, where);
  const difference = Math.abs(here - there) / Math.max(Math.abs(there), 1);
  return assert.ok(difference <= tolerance, `${where}: ${here} against ${there}`);
}

const list = (x) => (typeof x === "number" ? [x] : Array.from(x));

const CALLS = {
  rhat: (x) => diagnostics.rhat(x),
  essBulk: (x) => diagnostics.essBulk(x),
  essTail: (x) => diagnostics.essTail(x),
  essMean: (x) => diagnostics.essMean(x),
  essQuantile: (x) => diagnostics.essQuantile(x, 0.3),
  mcseMean: (x) => diagnostics.mcseMean(x),
  mcseSd: (x) => diagnostics.mcseSd(x),
  mcseQuantile: (x) => diagnostics.mcseQuantile(x, 0.3),
  mcseEdge: (x) => diagnostics.mcseQuantile(x, 0.98),
};

for (const [name, there] of Object.entries(load("diagnostics"))) {
  test(`diagnostics of ${name} chains`, () => {
    const chains = there.draws.map((row) => Float64Array.from(row, (x) => x ?? NaN));
    for (const [key, value] of Object.entries(there.numbers)) {
      if (name.startsWith("constant") && key === "mcseSd") continue; // zero over zero
      near(CALLS[key](chains), value, key, 1e-10);
    }
    diagnostics.ebfmi(chains).forEach((x, c) => {
      if (!name.startsWith("constant")) near(x, there.ebfmi[c], `ebfmi[${c}]`, 1e-10);
    });
    diagnostics.autocorrelation(chains, 10).forEach((row, c) => {
      if (name.startsWith("constant")) return;
      assert.equal(row.length, there.autocorrelation[c].length);
      row.forEach((x, lag) => near(x, there.autocorrelation[c][lag], `lag ${lag}`, 1e-10));
    });
    const { rhat, essBulk, essTail, mcseMean } = diagnostics.summary(chains);
    for (const [key, x] of Object.entries({ rhat, essBulk, essTail, mcseMean })) {
      near(x, there.numbers[key], `summary ${key}`, 1e-10);
    }
  });
}

test("ranks fill the bins of a histogram evenly, and ties share", () => {
  const chains = [0, 1].map((c) => Float64Array.from({ length: 40 }, (_, i) => 2 * i + c));
  for (const counts of diagnostics.rankHistogram(chains, 8)) {
    assert.deepEqual([...counts], new Array(8).fill(5));
  }
  const tied = [new Float64Array(10), new Float64Array(10).fill(1)];
  const [low, high] = diagnostics.rankHistogram(tied, 4);
  assert.deepEqual([[...low], [...high]], [[0, 10, 0, 0], [0, 0, 0, 10]]);
});

test("a Fourier transform turns a wave into one line", () => {
  const re = Float64Array.from({ length: 16 }, (_, i) => Math.cos((2 * Math.PI * 3 * i) / 16));
  const im = new Float64Array(16);
  transform(re, im);
  re.forEach((x, k) => near(x, k === 3 || k === 13 ? 8 : 0, `line ${k}`, 1e-14));
});

test("covariances one by one are those of the transform", () => {
  const noise = (c) => (_, i) => Math.sin(c * i * i);
  const chains = [1, 2, 3].map((c) => Float64Array.from({ length: 90 }, noise(c)));
  const [all, at] = [autocovariance(chains), covarianceAt(chains)];
  all.forEach((c, lag) => near(at(lag), c, `lag ${lag}`, 1e-14));
});

test("a monitor diagnoses anew only when enough draws have come", () => {
  const noise = (c) => (_, i) => Math.sin(12.9898 * (i + 1) * (c + 1));
  const chains = [0, 1].map((c) => Float64Array.from({ length: 400 }, noise(c)));
  const run = { draws: 100, values: () => chains.map((chain) => chain.subarray(0, run.draws)) };
  const watch = monitor(run, { growth: 0.1 });
  const first = watch(0);
  run.draws = 109;
  assert.equal(watch(0), first);
  run.draws = 111;
  assert.notEqual(watch(0), first);
  assert.deepEqual({ ...watch(0) }, { draws: 111, ...diagnostics.summary(run.values(0)) });
});

for (const [name, there] of Object.entries(load("regressions"))) {
  test(`the regression of ${name} has the library's data and posterior`, () => {
    const data = bolstadIndividuals(...there.arguments);
    near(data.alpha[0], there.truth[0], "alpha", 1e-12);
    near(data.beta[0], there.truth[1], "beta", 1e-12);
    there.y.forEach((y, i) => near(data.y.at(-1)[i], y, "y", 1e-12));
    const lines = summariseLines(data.x, data.y);
    there.unpooled.forEach((b, j) => near(lines.slope[j], b, "slope", 1e-10));
    near(lines.rss.reduce((sum, v) => sum + v, 0), there.rss, "rss", 1e-10);
    const fit = hierarchicalLines(lines);
    for (const [key, { mean, sd }] of Object.entries(there.posterior)) {
      const [m, s] = [list(fit[key].mean), list(fit[key].sd)];
      assert.equal(m.length, list(mean).length);
      list(mean).forEach((expected, j) => {
        near((m[j] - expected) / list(sd)[j], 0, `mean ${key}[${j}]`, 1e-6);
        near(s[j] / list(sd)[j], 1, `sd ${key}[${j}]`, 1e-5);
      });
    }
    assert.ok(fit.error < 1e-5);
    const plain = hierarchicalLines(lines, { spreads: false });
    for (const key of ["alpha", "beta"]) {
      assert.equal(plain[key].sd, undefined);
      fit[key].mean.forEach((m, j) => near(plain[key].mean[j], m, `plain ${key}[${j}]`, 1e-12));
    }
    assert.deepEqual(plain.sigma, fit.sigma);
  });
}

test("simple lines: least squares alone and together; none where x does not vary", () => {
  const lines = summariseLines([[0, 1, 2], [5, 5]], [[1, 3, 5], [2, 4]]);
  assert.deepEqual([...lines.slope, ...lines.rss], [2, 0, 0, 2]);
  assert.deepEqual(Object.values(unpooledLines(lines)).map((v) => [...v]), [[1, NaN], [2, NaN]]);
  const { alpha, beta } = commonLine(lines);
  const residual = (x, y) => y - alpha - beta * x;
  const all = [[0, 1], [1, 3], [2, 5], [5, 2], [5, 4]];
  near(all.reduce((sum, [x, y]) => sum + residual(x, y), 0), 0, "normal equation", 1e-12);
  near(all.reduce((sum, [x, y]) => sum + x * residual(x, y), 0), 0, "normal equation", 1e-12);
});

test("lines that fit perfectly are refused, in the library's words", () => {
  const lines = summariseLines([[0, 1, 2]], [[1, 3, 5]]);
  assert.throws(() => hierarchicalLines(lines), /`lines` must not fit perfectly/);
});
