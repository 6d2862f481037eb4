// The page's exact posterior against the library's, and on every edge a reader can reach.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { normalMeans, posteriorMeans } from "../engine/exact.js";
import { erf, gaussLegendre, logGamma, normalCdf, normalQuantile } from "../engine/special.js";

const folder = new URL("../../tests/fixtures/exact/", import.meta.url);
const PARITY = 1e-9;

// Compares numbers, arrays and objects of them; `scale` is what a difference is measured by when
// a number is close to 0.
function same(here, there, scale, where) {
  if (there === null) return assert.ok(Number.isNaN(here), `${where}: ${here} should be NaN`);
  if (typeof there === "number") {
    const difference = Math.abs(here - there) / Math.max(Math.abs(there), scale);
    return assert.ok(difference <= PARITY, `${where}: ${here} against ${there}`);
  }
  const keys = Object.keys(there);
  if (Array.isArray(there)) assert.equal(here.length, there.length, where);
  return keys.forEach((key) => same(here[key], there[key], scale, `${where}.${key}`));
}

for (const file of readdirSync(folder).sort()) {
  const { groups, options, posterior, error } = JSON.parse(readFileSync(new URL(file, folder)));

  test(`${file} gives the library's numbers`, () => {
    const fit = normalMeans(groups, options);
    if (error) {
      assert.deepEqual(fit, { error });
      assert.deepEqual(posteriorMeans(groups, options), { error });
      return;
    }
    const spread = (q) => q[4] - q[0];
    const { grid, density, ...tau } = posterior.tau;
    const { mu, newGroup, sigma } = posterior;
    assert.equal(fit.sigma === null, sigma === undefined);
    for (const [name, there] of Object.entries({ mu, tau, newGroup, ...(sigma && { sigma }) })) {
      same(fit[name], there, spread(there.quantiles), name);
    }
    const curve = fit.tau.curve();
    same(curve.grid, grid, grid.at(-1), "grid");
    same(curve.density, density, Math.max(...density), "density");
    const widths = posterior.theta.quantiles[4].map((q, j) => q - posterior.theta.quantiles[0][j]);
    same(fit.theta, posterior.theta, Math.min(...widths), "theta");
    same(fit.shrinkage, posterior.shrinkage, 1, "shrinkage");
    same(fit.logMarginalLikelihood, posterior.logMarginalLikelihood, 1, "logMarginalLikelihood");
    const means = posteriorMeans(groups, options);
    same(means.theta, posterior.theta.mean, Math.min(...widths), "posteriorMeans");
    same(means.shrinkage, posterior.shrinkage.mean, 1, "posteriorMeans");
  });
}

test("an edge never throws and never gives NaN", () => {
  const scales = [
    { family: "half-normal", scale: 25 },
    { family: "half-normal", scale: 0.01 },
    { family: "half-cauchy", scale: 5 },
    { family: "uniform", lower: 0, upper: 50 },
    { family: "uniform", lower: 2, upper: 2.001 },
    { family: "gamma-precision", shape: 1, rate: 1 },
  ];
  const data = [
    { n: [1], mean: [3], ss: [0] },
    { n: [1, 0], mean: [3, NaN], ss: [0, 0] },
    { n: [2, 0, 0], mean: [3, NaN, NaN], ss: [0.5, 0, 0] },
    { n: [2, 1], mean: [1e5, -1e5], ss: [1e-6, 0] },
    { n: [1, 1, 1], mean: [1, 2, 4], ss: [0, 0, 0] },
    { n: [30, 30, 30], mean: [5, 5, 5], ss: [250, 260, 240] },
  ];
  for (const groups of data) {
    for (const [i, tauPrior] of scales.entries()) {
      for (const sigmaPrior of [scales[i], scales[(i + 1) % scales.length]]) {
        for (const sigma of [null, 1e-4, 3]) {
          const fit = normalMeans(groups, { sigma, tauPrior, sigmaPrior, probs: [0.05, 0.5, 0.95] });
          const words = JSON.stringify({ groups, tauPrior, sigmaPrior, sigma, error: fit.error });
          assert.equal(typeof fit.error, "number", words);
          for (const name of ["mu", "tau", "sigma", "newGroup"]) {
            if (fit[name]) assert.ok(fit[name].quantiles.every(Number.isFinite), `${name} ${words}`);
          }
          assert.ok(fit.theta.quantiles.every((row) => row.every(Number.isFinite)), words);
          assert.ok(fit.theta.mean.every(Number.isFinite), words);
          assert.ok(fit.tau.curve().density.every((d) => d >= 0), words);
        }
      }
    }
  }
});

test("a density reaches its limit at an end of the support", () => {
  const groups = { n: [1, 1, 1, 1], mean: [28, 8, -3, 7], ss: [0, 0, 0, 0] };
  const tauPrior = { family: "uniform", lower: 2, upper: 6 };
  const { tau } = normalMeans(groups, { sigma: [15, 10, 16, 11], tauPrior });
  const { sigma } = normalMeans(groups);
  for (const [{ pdf }, end, inwards] of [[tau, 6, -1e-2], [tau, 2, 1e-2], [sigma, 0, 1e-2]]) {
    const limit = 2 * pdf(end + inwards) - pdf(end + 2 * inwards);
    assert.ok(limit > 1e-3 && Math.abs(pdf(end) / limit - 1) < 1e-3, `${pdf(end)} ${limit}`);
  }
  const equal = normalMeans({ n: [1, 1], mean: [3, 3], ss: [0, 0] });
  assert.equal(equal.tau.pdf(0), Infinity);
  assert.ok(equal.tau.curve().density.every(Number.isFinite));
});

test("no observation at all is refused by name", () => {
  assert.match(normalMeans({ n: [0], mean: [NaN], ss: [0] }).error, /at least one observation/);
});

test("special functions", () => {
  const near = (x, y, tolerance = 2e-15) =>
    assert.ok(Math.abs(x - y) <= tolerance * Math.abs(y), `${x} against ${y}`);
  near(normalCdf(1), 0.8413447460685429);
  near(normalCdf(-8), 6.220960574271785e-16, 1e-14);
  near(normalCdf(-1.959963984540054), 0.025);
  near(erf(0.5), 0.5204998778130465);
  near(erf(1e-8), 1.1283791670955126e-8);
  near(logGamma(0.001), 6.907178885383853);
  near(logGamma(7), Math.log(720));
  for (const p of [1e-300, 1e-9, 0.025, 0.5, 0.7, 0.999]) {
    near(normalCdf(normalQuantile(p)), p, 1e-12);
  }
  assert.deepEqual([0, 1].map(normalQuantile), [-Infinity, Infinity]);
  const { nodes, weights } = gaussLegendre(8);
  near(weights.reduce((sum, w, i) => sum + w * nodes[i] ** 15, 0), 1 / 16);
});
