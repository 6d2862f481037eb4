// A run of several chains in lock-step that can be stopped and taken up again at any step. What it
// draws depends on the seed alone, not on the time that each call had.

import { generator } from "../random.js";
import { source } from "./source.js";
import { guessed, moments, pooled, sized, tuned, tunerOf, windows } from "./warmup.js";

const FIRST = 1024; // draws that an array holds before it grows

// `starts` holds a point for each chain, or is the number of chains to start from the target's own
// wide starts. `most` is the number of draws of each chain, `keep` the indices of the named values
// to record (all by default), `stats` the names of the numbers of info to record.
export function chains({
  kernel,
  starts = 4,
  seed = 1,
  warmup = 0,
  most = 10_000,
  keep = kernel.names.map((_, i) => i),
  stats = ["accept", "diverging"],
}) {
  const n = typeof starts === "number" ? starts : starts.length;
  const sources = Array.from({ length: n }, (_, c) => source(generator(seed, c + 1)));
  const points = sources.map((own, c) =>
    typeof starts === "number" ? startOf(kernel.target, own) : starts[c],
  );
  const empty = () => sources.map(() => new Float64Array(Math.min(FIRST, most)));
  const recorded = [...keep, ...stats].map(empty);
  const plan = windows(warmup);
  let window = 0; // of the plan
  let inside = 0; // steps made in it
  const states = points.map((q) => kernel.init(q));
  kernel = plan.some(({ scales }) => scales) ? guessed(kernel, states) : kernel;
  let tuner = tunerOf(kernel);
  let seen = moments(kernel.target.dim);

  const run = {
    kernel,
    names: keep.map((i) => kernel.names[i]),
    states,
    infos: [],
    draws: 0,
    warmed: 0,
    get warming() {
      return window < plan.length;
    },
    get done() {
      return !run.warming && run.draws >= most;
    },
    step,
    run: forTime,
    // The draws of the i-th kept value, or of a statistic by name: one array for each chain.
    values: (i) => recorded[i].map((chain) => chain.subarray(0, run.draws)),
    stats: (name) => run.values(keep.length + stats.indexOf(name)),
  };

  // One step of every chain; false when there is nothing left to do.
  function step() {
    if (run.done) return false;
    if (run.warming) warm();
    else record(advance(run.kernel));
    return true;
  }

  function advance(present) {
    const results = run.states.map((state, c) => present.step(sources[c], state));
    run.states = results.map(({ state }) => state);
    run.infos = results.map(({ info }) => info);
    return results;
  }

  function warm() {
    const { length, first, scales } = plan[window];
    advance(tuner ? sized(run.kernel, tuner.sizes) : run.kernel);
    tuner?.update(pooled(run.kernel, run.infos, first));
    for (const { q } of run.states) seen.add(q);
    run.warmed += 1;
    inside += 1;
    if (inside < length) return;
    run.kernel = tuned(run.kernel, tuner, scales ? seen : null);
    [window, inside] = [window + 1, 0];
    [tuner, seen] = [tunerOf(run.kernel), moments(kernel.target.dim)];
  }

  function record(results) {
    const at = run.draws;
    if (at === recorded[0]?.[0].length) {
      for (const quantity of recorded) {
        quantity.forEach((chain, c) => {
          quantity[c] = new Float64Array(Math.min(2 * chain.length, most));
          quantity[c].set(chain);
        });
      }
    }
    results.forEach(({ state, info }, c) => {
      const values = run.kernel.constrain(state.q);
      keep.forEach((i, k) => {
        recorded[k][c][at] = values[i];
      });
      stats.forEach((name, k) => {
        recorded[keep.length + k][c][at] = Number(info[name]);
      });
    });
    run.draws += 1;
  }

  // Steps until the time, in milliseconds, or the number of steps is used up; returns how many.
  function forTime(budget, steps = Infinity, now = () => performance.now()) {
    const end = now() + budget;
    let made = 0;
    while (made < steps && step()) {
      made += 1;
      if (now() >= end) break;
    }
    return made;
  }

  return run;
}

// A wide start where the density is above zero; the last of a hundred tries otherwise.
export function startOf(target, own) {
  let q = target.initial(own);
  for (let tries = 1; tries < 100 && !Number.isFinite(target.logp(q)); tries++) {
    q = target.initial(own);
  }
  return q;
}
