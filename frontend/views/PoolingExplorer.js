// PoolingExplorer: the reader changes group sizes and scales, and sees the exact posterior refit.

import { checkGroups, checkState } from "../engine/checks.js";
import {
  drawData, explore, isReal, limits, replicate, tally, values, yardstickNoise,
} from "../engine/explorer.js";
import { resize } from "../engine/words.js";
import { html, say } from "./dom.js";
import { makeDensity } from "./explorer/density.js";
import { makeErrors } from "./explorer/errors.js";
import { fields } from "./explorer/fields.js";
import { makeFigure } from "./explorer/figure.js";
import { makeKey } from "./explorer/key.js";
import { repeated as inWords, summary } from "./explorer/summary.js";
import { makeTable } from "./explorer/table.js";
import { button } from "./kit/inputs.js";
import { widget } from "./kit/widget.js";

const REPETITIONS = 500;
const CHUNK_MS = 12;
const DATA_KEYS = ["preset", "n_groups", "mu", "tau", "sigma", "seed"];

function build({ given, wanted, change, present, note, speak, signal }) {
  let memory = present().group_sizes;
  let repetition = { run: 0, result: null };
  let chunk = 0;
  let shown = null;

  const sizeOf = (j) => present().group_sizes[j];
  const setSize = (j, n) => {
    const sizes = present().group_sizes;
    if (sizes[j] !== n) change({ group_sizes: sizes.map((old, k) => (k === j ? n : old)) });
  };
  const figure = makeFigure({ onSize: setSize, sizeOf, signal });
  const density = makeDensity();
  const errors = makeErrors();
  const key = makeKey();
  const table = makeTable({ onSize: setSize, onOpen: () => shown && table.paint(shown), signal });
  const progress = html("progress", { max: REPETITIONS, value: 0, "aria-label": "Repetitions" });
  progress.hidden = true;
  const repeatButton = button(`Repeat ${REPETITIONS} times`, toggleRepeat, signal);
  const average = html("p", { class: "hbm-summary" });
  signal.addEventListener("abort", stopRepeating);

  const main = html("div", { class: "hbm-main" }, figure.node);
  const panels = [html("div", { class: "hbm-panel" }), html("div", { class: "hbm-panel" })];
  panels[0].append(html("p", { class: "hbm-title" }, "Posterior of τ"), density.node);
  panels[1].append(html("p", { class: "hbm-title" }, "Error (RMSE)"), errors.node);
  if (wanted.includes("repeat")) panels[1].append(repeatButton, progress, average);
  const stage = html("div", { class: "hbm-stage" }, main, html("div", { class: "hbm-side" }, ...panels));

  function complete(state, patch) {
    const next = { ...state, ...patch };
    if ("n_groups" in patch && !("group_sizes" in patch)) {
      checkGroups(next, given);
      next.group_sizes = resize(memory, next.n_groups, limits(next, given.real));
    }
    return next;
  }

  function followed(next, before) {
    memory = next.preset === before.preset
      ? [...next.group_sizes, ...memory.slice(next.group_sizes.length)]
      : next.group_sizes;
    stopRepeating();
    repetition.result = null;
    say(average, "");
  }

  const sideWidth = () => panels[0].clientWidth || 260;

  function paint(next) {
    shown = Object.assign(next, next.result.drawn, {
      repeated: repetition.result,
      title: isReal(next.state) ? "mathematics achievement" : "score",
    });
    const beside = sideWidth();
    figure.paint(shown, main.clientWidth || 640);
    key.update(shown.state, shown.overlay);
    density.paint(shown, beside);
    errors.paint(shown, beside);
    table.paint(shown);
  }

  function toggleRepeat() {
    if (!progress.hidden) return stopRepeating();
    const run = ++repetition.run;
    const state = present();
    const sums = tally();
    let done = 0;
    progress.hidden = false;
    say(repeatButton, "Stop");
    const work = () => {
      if (run !== repetition.run) return;
      const until = performance.now() + CHUNK_MS;
      try {
        do {
          done += 1;
          sums.add(replicate(state, given.real, (state.seed + done) % 2 ** 32));
        } while (done < REPETITIONS && performance.now() < until);
      } catch (error) {
        stopRepeating();
        if (!(error instanceof RangeError)) throw error;
        note(error.message);
        return;
      }
      progress.value = done;
      repetition.result = sums.result();
      if (shown) errors.paint(Object.assign(shown, { repeated: repetition.result }), sideWidth());
      if (done < REPETITIONS) {
        chunk = setTimeout(work);
      } else {
        stopRepeating();
        say(average, inWords(repetition.result));
        speak();
      }
    };
    chunk = setTimeout(work);
  }

  function stopRepeating() {
    repetition.run += 1;
    clearTimeout(chunk);
    progress.hidden = true;
    say(repeatButton, `Repeat ${REPETITIONS} times`);
  }

  return {
    body: [key.node, stage],
    sized: [main, panels[0]],
    table: table.node,
    complete,
    followed,
    paint,
  };
}

function compute(state, given, cache) {
  const wanted = DATA_KEYS.map((name) => state[name]).join();
  if (cache.key !== wanted) {
    cache.data = drawData(state, given.real);
    cache.noise = yardstickNoise(state, given.real);
    cache.key = wanted;
  }
  const result = explore(state, cache.data, cache.noise);
  result.drawn = { data: cache.data, most: limits(state, given.real) };
  return result;
}

export const spec = {
  name: "PoolingExplorer",
  label: "Pooling explorer",
  fields,
  check: checkState,
  compute,
  values: ({ state, result }) => values(state, result),
  slots: ({ state, given }) => ({
    known: state.sigma_known ? state.sigma : null,
    split_seed: given.real.split_seed,
  }),
  variant: (state) => (isReal(state) ? "real" : "simulated"),
  summary: ({ state, result }) => summary(state, result.drawn.data, result),
  build,
};

export default widget(spec);
