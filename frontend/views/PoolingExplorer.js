// PoolingExplorer: the reader changes group sizes and scales, and sees the exact posterior refit.

import { checkGroups, checkState, KEYS, resize } from "../engine/checks.js";
import {
  drawData, explore, isReal, limits, replicate, tally, values, yardstickNoise,
} from "../engine/explorer.js";
import { html, say } from "./dom.js";
import { button, makeControls, QUIET } from "./explorer/controls.js";
import { makeDensity } from "./explorer/density.js";
import { makeErrors } from "./explorer/errors.js";
import { makeFigure } from "./explorer/figure.js";
import { makeKey } from "./explorer/key.js";
import { fromFragment, toFragment } from "./explorer/link.js";
import { python } from "./explorer/python.js";
import { repeated as inWords, summary } from "./explorer/summary.js";
import { makeTable } from "./explorer/table.js";

const REPETITIONS = 500;
const CHUNK_MS = 12;
const QUIET_MS = 400;
const NOTICE_MS = 5000;
const DATA_KEYS = ["preset", "n_groups", "mu", "tau", "sigma", "seed"];

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

function render({ model, el }) {
  const abort = new AbortController();
  const { signal } = abort;
  const given = { presets: model.get("presets"), real: model.get("real") };
  const wanted = model.get("controls");
  const anchor = model.get("_anchor");
  const read = () => Object.fromEntries(KEYS.map((key) => [key, model.get(key)]));

  const first = checkState(read(), given);
  let state = first;
  let memory = state.group_sizes;
  let data = null;
  let noise = null;
  let dataKey = "";
  let shown = null;
  let repetition = { run: 0, result: null };
  let frame = 0;
  let saving = false;
  let writing = false;
  let talk = 0;
  let chunk = 0;

  const has = (name) => wanted.includes(name);
  const setSize = (j, n) => {
    if (state.group_sizes[j] === n) return;
    change({ group_sizes: state.group_sizes.map((old, k) => (k === j ? n : old)) });
  };

  const controls = makeControls(wanted, { change, choosePreset, present: () => state, signal });
  const sizeOf = (j) => state.group_sizes[j];
  const figure = makeFigure({ onSize: setSize, sizeOf, signal });
  const density = makeDensity();
  const errors = makeErrors();
  const key = makeKey();
  const table = makeTable({ onSize: setSize, onOpen: () => shown && table.paint(shown), signal });
  const code = html("pre", { "data-hbm-python": "", tabindex: 0, ...QUIET });
  const note = html("p", { class: "hbm-note", role: "alert" });
  const words = html("p", { class: "hbm-summary", role: "status", "aria-live": "polite" });
  const progress = html("progress", { max: REPETITIONS, value: 0, "aria-label": "Repetitions" });
  progress.hidden = true;
  const repeatButton = button(`Repeat ${REPETITIONS} times`, toggleRepeat, signal);
  const average = html("p", { class: "hbm-summary" });

  const main = html("div", { class: "hbm-main" }, figure.node);
  const panels = [html("div", { class: "hbm-panel" }), html("div", { class: "hbm-panel" })];
  panels[0].append(html("p", { class: "hbm-title" }, "Posterior of τ"), density.node);
  panels[1].append(html("p", { class: "hbm-title" }, "Error (RMSE)"), errors.node);
  if (has("repeat")) panels[1].append(repeatButton, progress, average);
  const actions = html("div", { class: "hbm-actions" });
  if (has("reset")) actions.append(button("Reset", reset, signal));
  if (has("link") && anchor) actions.append(button("Copy link", copyLink, signal));
  const extras = html("div", { class: "hbm-extras" });
  if (has("table")) extras.append(table.node);
  extras.append(html(
    "details",
    { class: "hbm-details" },
    html("summary", QUIET, "Python"),
    button("Copy Python", () => copy(code.textContent, "The Python lines are copied."), signal),
    code,
  ));
  const root = html(
    "div",
    { class: "hbm-widget", role: "group", "aria-label": "Pooling explorer", "data-hbm-widget": "PoolingExplorer" },
    controls.node,
    note,
    key.node,
    html("div", { class: "hbm-stage" }, main, html("div", { class: "hbm-side" }, ...panels)),
    words,
    actions,
    extras,
  );
  if (anchor) root.id = anchor;
  el.replaceChildren(root);

  // Changes the state, or says why not and leaves it as it was.
  function change(patch) {
    const next = { ...state, ...patch };
    try {
      if ("n_groups" in patch && !("group_sizes" in patch)) {
        checkGroups(next, given);
        next.group_sizes = resize(memory, next.n_groups, limits(next, given.real));
      }
      adopt(checkState(next, given));
      say(note, "");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      say(note, error.message);
      controls.update(state, given);
      if (shown) table.paint(shown);
    }
  }

  function adopt(next) {
    writing = true;
    for (const name of KEYS) {
      if (!same(next[name], state[name])) model.set(name, next[name]);
    }
    if (model.get("overlay")) model.set("overlay", null);
    writing = false;
    saving = true;
    follow(next);
  }

  function follow(next) {
    const moved = next.preset !== state.preset;
    state = next;
    memory = moved
      ? state.group_sizes
      : [...state.group_sizes, ...memory.slice(state.group_sizes.length)];
    stopRepeating();
    repetition.result = null;
    schedule();
  }

  function choosePreset(preset) {
    change({ ...given.presets[preset], preset });
  }

  function reset() {
    adopt(first);
    say(note, "");
  }

  function schedule() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      refit();
      if (saving) model.save_changes();
      saving = false;
    });
  }

  function refit() {
    const wantedKey = DATA_KEYS.map((name) => state[name]).join();
    if (wantedKey !== dataKey) {
      dataKey = wantedKey;
      data = drawData(state, given.real);
      noise = yardstickNoise(state, given.real);
    }
    try {
      const result = explore(state, data, noise);
      shown = { state, data, result, most: limits(state, given.real) };
      if (root.classList.contains("hbm-stale")) say(note, "");
      root.classList.remove("hbm-stale");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      say(note, error.message);
      root.classList.add("hbm-stale");
      shown = null;
    }
    paint();
  }

  // The figure measures the page, which is quick only before anything is written to it.
  function paint() {
    if (shown) {
      Object.assign(shown, {
        overlay: model.get("overlay"),
        repeated: repetition.result,
        title: isReal(state) ? "mathematics achievement" : "score",
      });
      figure.paint(shown, mainWidth);
    }
    controls.update(state, given);
    say(code, python(state, given.real.split_seed));
    root.setAttribute("data-hbm-values", shown ? JSON.stringify(values(state, shown.result)) : "null");
    if (!shown) return;
    key.update(state, shown.overlay);
    density.paint(shown, sideWidth);
    errors.paint(shown, sideWidth);
    table.paint(shown);
    clearTimeout(talk);
    talk = setTimeout(speak, words.textContent ? QUIET_MS : 0);
  }

  function speak() {
    if (!shown) return;
    say(words, summary(state, shown.data, shown.result));
    say(average, repetition.result ? inWords(repetition.result) : "");
  }

  function toggleRepeat() {
    if (!progress.hidden) return stopRepeating();
    const run = ++repetition.run;
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
        say(note, error.message);
        return;
      }
      progress.value = done;
      repetition.result = sums.result();
      if (shown) errors.paint(Object.assign(shown, { repeated: repetition.result }), sideWidth);
      if (done < REPETITIONS) {
        chunk = setTimeout(work);
      } else {
        stopRepeating();
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

  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      clearTimeout(talk);
      say(words, done);
      talk = setTimeout(speak, NOTICE_MS);
    } catch {
      say(note, `The browser does not let this page copy. Copy it by hand: ${text}`);
    }
  }

  function copyLink() {
    const fragment = toFragment(state, anchor);
    history.replaceState(history.state, "", fragment);
    copy(location.href, "The link to this state is copied.");
  }

  function followLink() {
    try {
      const parts = fromFragment(location.hash, anchor);
      if (!parts) return;
      const base = parts.preset && given.presets[parts.preset];
      adopt(checkState({ ...state, ...base, ...parts }, given));
      say(note, "");
    } catch (error) {
      say(note, `The state in this page's link was ignored. ${error.message}`);
    }
    scrollHere();
  }

  // A page that is still loading may not yet be long enough to scroll.
  function scrollHere() {
    root.scrollIntoView();
    if (document.readyState !== "complete") {
      addEventListener("load", () => root.scrollIntoView(), { once: true, signal });
    }
  }

  function onModelChange() {
    if (writing) return;
    const next = read();
    if (KEYS.every((name) => same(next[name], state[name]))) return schedule();
    // Python sends the traits that belong together one by one, each of them sound: while they
    // do not agree, more are to come.
    const agreed = checkedOrNull(next);
    if (agreed) follow(agreed);
  }

  function checkedOrNull(next) {
    try {
      return checkState(next, given);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return null;
    }
  }
  model.on("change", onModelChange);

  let mainWidth = 0;
  let sideWidth = 0;
  const measure = () => {
    const widths = [main.clientWidth || 640, panels[0].clientWidth || 260];
    const changed = widths[0] !== mainWidth || widths[1] !== sideWidth;
    [mainWidth, sideWidth] = widths;
    return changed;
  };
  const observer = new ResizeObserver(() => measure() && schedule());
  observer.observe(main);
  observer.observe(panels[0]);

  measure();
  if (anchor) {
    addEventListener("hashchange", followLink, { signal });
    followLink();
  }
  refit();

  return () => {
    abort.abort();
    observer.disconnect();
    cancelAnimationFrame(frame);
    clearTimeout(talk);
    stopRepeating();
    model.off("change", onModelChange);
    el.replaceChildren();
  };
}

export default { render };
