// The samplers with the page's own random numbers: exact moments are reached, runs do not depend on
// the clock, conditionals are densities, and a tree can be watched without being disturbed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { normalMeans } from "../engine/exact.js";
import { generator } from "../engine/random.js";
import { chains } from "../engine/samplers/chains.js";
import { essMean, mcseMean, rhat, summary } from "../engine/samplers/diagnostics.js";
import { eightSchools, standardErrors } from "../engine/samplers/eight_schools.js";
import { gibbs } from "../engine/samplers/gibbs.js";
import { hmc } from "../engine/samplers/hmc.js";
import { leapfrog, orbit } from "../engine/samplers/leapfrog.js";
import { metropolis } from "../engine/samplers/metropolis.js";
import { normalMeansTarget } from "../engine/samplers/normal_means.js";
import { nuts } from "../engine/samplers/nuts.js";
import { population } from "../engine/samplers/population.js";
import { source } from "../engine/samplers/source.js";
import { funnel, gaussian } from "../engine/samplers/toys.js";

const GROUPS = { n: [3, 9, 1, 12], mean: [4, 7, 9, 5.5], ss: [15, 70, 0, 90] };
const NOISY = { ...GROUPS, ss: [150, 700, 0, 900] };
const MU = { family: "normal", mean: 0, sd: 10 };
const PRIORS = {
  "half-normal": { family: "half-normal", scale: 3 },
  "half-cauchy": { family: "half-cauchy", scale: 3 },
  uniform: { family: "uniform", lower: 0, upper: 6 },
  "gamma-precision": { family: "gamma-precision", shape: 2, rate: 6 },
};
const knowing = (sigma) => ({ effect: GROUPS.mean, se: standardErrors(GROUPS, sigma) });
const known = knowing(3);

// Whether means of a run are those of the exact posterior, by z-scores; 4.5 is passed by chance
// once in 147,000 times.
function agrees(run, truth, where) {
  truth.forEach((expected, i) => {
    const values = run.values(i);
    const size = essMean(values);
    const mean = summary(values).mean;
    assert.ok(size > 300 && rhat(values) < 1.02, `${where}: ${run.names[i]} ess ${size}`);
    const z = (mean - expected) / mcseMean(values);
    assert.ok(Math.abs(z) < 4.5, `${where}: ${run.names[i]} z ${z}`);
  });
}

const made = {
  metropolis: (target) => metropolis(target),
  blocked: (target) => metropolis(target, { blocks: [[0], [1]] }),
  hmc: (target) => hmc(target, { stepSize: 0.3, nSteps: 6 }),
  nuts: (target) => nuts(target),
  gibbs: (target) => gibbs(target),
};
function apart(options) {
  return eightSchools({ ...options, centred: false });
}
const cases = [
  ["metropolis", "half-normal", population],
  ["blocked", "half-cauchy", population],
  ["hmc", "uniform", population],
  ["nuts", "gamma-precision", population],
  ["nuts", "half-normal", apart, 12],
  ["hmc", "half-cauchy", apart, 12],
  ...Object.keys(PRIORS).map((family) => ["gibbs", family, eightSchools]),
];

for (const [kind, family, build, sigma = 3] of cases) {
  test(`${kind} on ${build.name} under ${family} reaches the exact means`, () => {
    const tauPrior = PRIORS[family];
    const exact = normalMeans(GROUPS, { sigma, muPrior: MU, tauPrior });
    const target = build({ ...knowing(sigma), muPrior: MU, tauPrior });
    const run = chains({ kernel: made[kind](target), seed: 4, warmup: 500, most: 5000 });
    while (run.step());
    const truth = [exact.mu.mean, exact.tau.mean, ...exact.theta.mean];
    agrees(run, truth.slice(0, target.dim), kind);
  });
}

test("Gibbs and NUTS reach the exact means when sigma is unknown", () => {
  const sigmaPrior = { family: "uniform", lower: 0, upper: 40 };
  const options = { muPrior: MU, tauPrior: PRIORS["half-normal"], sigmaPrior };
  const exact = normalMeans(NOISY, options);
  const truth = [exact.mu.mean, exact.tau.mean, exact.sigma.mean, ...exact.theta.mean];
  const kernels = [
    gibbs(normalMeansTarget({ groups: NOISY, ...options }), { scan: "random" }),
    nuts(normalMeansTarget({ groups: NOISY, ...options, centred: false })),
  ];
  for (const kernel of kernels) {
    const run = chains({ kernel, seed: 5, warmup: 400, most: 6000 });
    while (run.step());
    agrees(run, truth, kernel.kind);
  }
});

test("a run depends on its seed, not on the time it gets", () => {
  const kernel = nuts(population({ ...known }));
  const setup = { kernel, seed: 9, warmup: 60, most: 1500, keep: [1] };
  const whole = chains(setup);
  while (whole.step());
  const parts = chains(setup);
  let clock = 0;
  const now = () => (clock += 1);
  while (!parts.done) assert.ok(parts.run(7, Infinity, now) > 0);
  assert.deepEqual(parts.values(0), whole.values(0));
  assert.deepEqual(parts.stats("diverging"), whole.stats("diverging"));
  assert.equal(parts.draws, 1500);
  assert.equal(parts.run(1000), 0);
  assert.notDeepEqual(chains({ ...setup, seed: 8 }).states, chains(setup).states);
  const other = chains({ ...setup, warmup: 0, starts: [[0, 0], [50, 3]], most: 2 });
  assert.deepEqual(other.states.map(({ q }) => [...q]), [[0, 0], [50, 3]]);
});

test("densities of conditionals have mass one and peak at the mode", () => {
  for (const tauPrior of [...Object.values(PRIORS), { family: "flat" }]) {
    const { conditionals } = eightSchools({ ...known, muPrior: MU, tauPrior });
    for (const theta of [[4, 7, 9, 5], [5, 5, 5.01, 5], [-40, 50, 3, 900]]) {
      const blocks = { mu: 5, tau: 2, theta: Float64Array.from(theta), tau_auxiliary: 4 };
      for (const name of Object.keys(conditionals)) {
        const given = conditionals[name](blocks);
        const many = name === "theta";
        const [centre, sd] = many ? [given.mean[1], given.sd[1]] : [given.mean, given.sd];
        const positive = given.family !== "normal";
        let mass = 0;
        for (let i = -10_000; i < 10_000; i++) {
          const v = (i + 0.5) / 5000;
          const [u, weight] = [v ** 5, v ** 4 / 1000]; // finest about the middle
          const x = positive ? given.mode * Math.exp(u) : centre + sd * u;
          mass += Math.exp(given.logDensity(x, 1)) * (positive ? x : sd) * weight;
          if (positive) {
            const top = given.logDensity(given.mode) + 1e-9;
            assert.ok(given.logDensity(x) <= top, `${name} at ${x}`);
          }
        }
        const bounded = tauPrior.family === "uniform" && name === "tau" ? 1e-3 : 1e-6;
        assert.ok(Math.abs(mass - 1) < bounded, `${name} under ${tauPrior.family}: ${mass}`);
      }
    }
  }
});

test("draws of a conditional follow its density", () => {
  for (const tauPrior of Object.values(PRIORS)) {
    const { conditionals } = eightSchools({ ...known, muPrior: MU, tauPrior });
    const given = conditionals.tau({ mu: 5, theta: Float64Array.of(4, 7, 9, 5), tau_auxiliary: 4 });
    const stream = source(generator(2));
    const size = 20_000;
    let below = 0;
    for (let i = 0; i < size; i++) if (given.draw(stream) < given.mode) below += 1;
    let expected = 0;
    for (let i = 0; i < 2000; i++) {
      expected += (Math.exp(given.logDensity((given.mode * (i + 0.5)) / 2000)) * given.mode) / 2000;
    }
    const z = (below / size - expected) / Math.sqrt((expected * (1 - expected)) / size);
    assert.ok(Math.abs(z) < 4.5, `${tauPrior.family}: ${z}`);
  }
});

test("a Gibbs step is its conditionals one after the other", () => {
  const kernel = gibbs(eightSchools({ ...known, muPrior: MU, tauPrior: PRIORS["half-cauchy"] }));
  assert.deepEqual(kernel.order, ["theta", "mu", "tau_auxiliary", "tau"]);
  const start = kernel.init(new Float64Array(6));
  const [one, two] = [source(generator(3)), source(generator(3))];
  const whole = kernel.step(one, start).state;
  let state = start;
  for (const name of kernel.order) {
    const { family, mean } = kernel.conditional(state, name);
    assert.ok(["normal", "scale", "auxiliary"].includes(family));
    if (name === "mu") assert.ok(Number.isFinite(mean));
    state = kernel.draw(two, state, name);
  }
  assert.deepEqual(state, whole);
});

test("a path watched doubling by doubling is the path of a step", () => {
  const kernel = nuts(gaussian({ mean: [0, 1], cov: [[1, 0.9], [0.9, 1]] }), { stepSize: 0.3 });
  const [one, two] = [source(generator(6)), source(generator(6))];
  let state = kernel.init(Float64Array.of(1, 1));
  const outcomes = new Set();
  for (let k = 0; k < 60; k++) {
    const expected = kernel.step(one, state);
    const path = kernel.path(two, state);
    let points = 0;
    while (!path.done) {
      const told = path.double();
      points += told.points.length;
      outcomes.add(told.outcome);
      for (const join of told.joins) {
        assert.equal(join.turned, join.checks.some(Boolean));
        assert.equal(join.checks.length, join.size === 2 ? 1 : 3);
      }
      const last = told.joins.at(-1);
      if (told.outcome === "joined" || told.outcome === "turned") {
        assert.ok(last.biased && last.size === 2 ** told.depth && path.tree.size === last.size);
      }
    }
    const { state: next, info } = kernel.finish(path);
    assert.deepEqual(next, expected.state);
    assert.deepEqual(info, expected.info);
    assert.equal(points, info.nGrad);
    state = next;
  }
  assert.ok(outcomes.has("joined") && outcomes.has("turned") && outcomes.has("turned inside"));
});

test("an orbit comes back when time runs backwards, and stops where it diverges", () => {
  const target = population({ ...known });
  const [q, p] = [Float64Array.of(5, 1), Float64Array.of(0.3, -0.5)];
  const there = orbit(target, q, p, { stepSize: 0.1, nSteps: 40 });
  assert.equal(there.length, 41);
  assert.ok(Math.max(...there.map(({ error }) => Math.abs(error))) < 0.01);
  const end = there.at(-1);
  const back = leapfrog(target, end.q, end.p, end.grad, -0.1, new Float64Array(2).fill(1), 40);
  back.q.forEach((x, i) => assert.ok(Math.abs(x - q[i]) < 1e-10));
  const endOf = (stepSize) => orbit(target, q, p, { stepSize, nSteps: 4 / stepSize }).at(-1);
  const errorOf = (stepSize) => endOf(stepSize).error;
  const errors = [0.2, 0.1].map(errorOf);
  assert.ok(Math.abs(errors[0] / errors[1] - 4) < 1, `of second order: ${errors}`);
  const lost = orbit(funnel({ dim: 2 }), [-9, 1], [0, 1], { stepSize: 1, nSteps: 50 });
  assert.ok(lost.length < 51 && lost.at(-1).diverging && !lost.at(-2).diverging);
});

test("a covariance that is none is refused in words", () => {
  assert.throws(() => gaussian({ mean: [0, 0], cov: [[1, 2], [2, 1]] }), /`cov` must be symmetric/);
});

test("one group with one observation, and a tiny sigma, give finite steps", () => {
  const edges = [
    { effect: [3], se: [1] },
    { effect: [3, 4], se: [1e-4, 1e-4] },
    { effect: [5, 5, 5], se: [1, 2, 3] },
  ];
  for (const data of edges) {
    for (const tauPrior of Object.values(PRIORS)) {
      const target = eightSchools({ ...data, muPrior: MU, tauPrior });
      for (const kernel of [metropolis(target), gibbs(target), nuts(target)]) {
        const run = chains({ kernel, seed: 1, warmup: 60, most: 60 });
        while (run.step());
        for (const i of run.names.keys()) {
          for (const chain of run.values(i)) assert.ok(chain.every(Number.isFinite), kernel.kind);
        }
      }
    }
  }
});
