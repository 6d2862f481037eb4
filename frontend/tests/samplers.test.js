// The page's samplers against the library's, fed the same random numbers.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { generator } from "../engine/random.js";
import { eightSchools } from "../engine/samplers/eight_schools.js";
import { gibbs } from "../engine/samplers/gibbs.js";
import { hmc } from "../engine/samplers/hmc.js";
import { summariseLines } from "../engine/samplers/individuals.js";
import { metropolis } from "../engine/samplers/metropolis.js";
import { normalMeansTarget } from "../engine/samplers/normal_means.js";
import { nuts } from "../engine/samplers/nuts.js";
import { population } from "../engine/samplers/population.js";
import { source } from "../engine/samplers/source.js";
import { funnel, gaussian } from "../engine/samplers/toys.js";
import { varyingRegression } from "../engine/samplers/varying_regression.js";
import { guessed, moments, pooled, sized, tuned, tunerOf, windows } from "../engine/samplers/warmup.js";

const folder = new URL("../../tests/fixtures/samplers/", import.meta.url);
const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, folder)));
const PARITY = 1e-10;
const FEEDBACK = 1e-6; // each step's rounding changes the next step's size
const KERNELS = { metropolis, hmc, nuts, gibbs };
const TARGETS = {
  eightSchools,
  normalMeansTarget,
  population,
  gaussian,
  funnel,
  varyingRegression: ({ rows, ...options }) =>
    varyingRegression({ lines: summariseLines(...rows), ...options }),
};

function near(here, there, where, tolerance = PARITY) {
  const difference = Math.abs(here - there) / Math.max(Math.abs(there), 1);
  assert.ok(difference <= tolerance || here === there, `${where}: ${here} against ${there}`);
}
function nearAll(here, there, where, tolerance) {
  assert.equal(here.length, there.length, where);
  there.forEach((x, i) => near(here[i], x, `${where}[${i}]`, tolerance));
}

const targets = load("targets");
const made = (name) => TARGETS[targets[name].make](targets[name].options);

for (const [name, there] of Object.entries(targets)) {
  test(`target ${name} has the library's density, gradient and names`, () => {
    const target = made(name);
    assert.deepEqual(target.names, there.names);
    assert.equal(target.dim, there.q[0].length);
    there.q.forEach((q, k) => {
      const grad = new Float64Array(target.dim);
      near(target.logpAndGrad(q, grad), there.logp[k], "logp");
      near(target.logp(q), there.logp[k], "logp alone");
      nearAll(grad, there.grad[k], "grad");
      nearAll(target.constrain(q), there.values[k], "values");
    });
    [1, 2].forEach((seed, k) => {
      nearAll(target.initial(source(generator(seed))), there.q[k], "initial");
    });
  });
}

const chains = readdirSync(folder)
  .map((file) => file.replace(".json", ""))
  .filter((name) => /^(metropolis|gibbs|hmc|nuts)-/.test(name));

for (const name of chains) {
  test(`${name} visits the library's states`, () => {
    const there = load(name);
    const kernel = KERNELS[there.kernel](made(there.target), there.options);
    const stream = source(generator(...there.seed));
    let state = kernel.init(there.start);
    const sums = Object.fromEntries(Object.keys(there.sums).map((key) => [key, 0]));
    for (let step = 1; step <= there.every * there.states.length; step++) {
      const next = kernel.step(stream, state);
      state = next.state;
      for (const key of Object.keys(sums)) sums[key] += Number(next.info[key]);
      if (step % there.every === 0) {
        const kept = there.states[step / there.every - 1];
        nearAll(state.q, kept, `step ${step}`);
        if (there.resume) state = kernel.init(kept);
      }
    }
    for (const [key, sum] of Object.entries(there.sums)) near(sums[key], sum, key);
  });
}

test("scales are guessed from the starts as the library guesses them", () => {
  const { starts, mass } = load("warm-ups").guessed;
  const kernel = nuts(made("schools-apart"));
  nearAll(guessed(kernel, starts.map(kernel.init)).inverseMass, mass, "mass");
  nearAll(guessed(kernel, [kernel.init(starts[0])]).inverseMass, kernel.inverseMass, "one chain");
});

test("a warm-up leads to the library's kernels", () => {
  const there = load("warm-ups");
  for (const [length, plan] of Object.entries(there.windows)) {
    const here = windows(Number(length));
    assert.deepEqual(here.map((window) => [window.length, window.first, window.scales]), plan);
  }
  for (const [name, { start, size, mass, end }] of Object.entries(there.chains)) {
    const { kernel: kind, target, options } = load(name);
    let kernel = KERNELS[kind](made(target), options);
    const stream = source(generator(11));
    let state = kernel.init(start);
    for (const { length, first, scales } of windows(40)) {
      const tuner = tunerOf(kernel);
      const seen = moments(kernel.target.dim);
      for (let i = 0; i < length; i++) {
        const next = sized(kernel, tuner.sizes).step(stream, state);
        state = next.state;
        tuner.update(pooled(kernel, [next.info], first));
        seen.add(state.q);
      }
      kernel = tuned(kernel, tuner, scales ? seen : null);
    }
    nearAll(kernel.scale ?? [kernel.stepSize], size, `${name} size`, FEEDBACK);
    if (mass) nearAll(kernel.inverseMass, mass, `${name} mass`, FEEDBACK);
    nearAll(state.q, end, `${name} end`, FEEDBACK);
  }
});
