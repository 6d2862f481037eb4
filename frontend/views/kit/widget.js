// The body of every widget: its state and what refuses it, its controls, summary, link and Python,
// and one refit a frame. What a widget is itself stands in its `spec`:
//
//   name       its class
//   label      what it is called aloud
//   fields     name -> field (see fields.js), in the order of the Python class's STATE
//   check(state, given)            the state, or a RangeError in words
//   compute(state, given, cache)   every number that is drawn; a RangeError in words when there is none
//   values(shown)                  what `data-hbm-values` holds; shown = {state, given, result, ...}
//   slots(shown), variant(state)   what the Python lines ask for beside the state (both optional)
//   summary(shown)                 the state in words
//   build(context)                 the view: {body, paint(shown), sized?, table?, complete?, followed?,
//                                  reset?, running?}; context = {given, wanted, change, present, repaint,
//                                  note, speak, signal}; while running() the summary waits

import { html, say } from "../dom.js";
import { makeControls } from "./controls.js";
import { button, fold, QUIET } from "./inputs.js";
import { fromFragment, toFragment } from "./link.js";
import { fillLines } from "./python.js";

const QUIET_MS = 400;
const NOTICE_MS = 5000;

const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

export const widget = (spec) => ({ render: (context) => mount(spec, context) });

export function pythonOf(spec, shown, lines) {
  const slots = { ...shown.state, ...spec.slots?.(shown) };
  return fillLines(lines, slots, spec.variant?.(shown.state));
}

function mount(spec, { model, el }) {
  const abort = new AbortController();
  const { signal } = abort;
  const { fields } = spec;
  const keys = Object.keys(fields);
  const given = model.get("given");
  const wanted = model.get("controls");
  const anchor = model.get("_anchor");
  const lines = model.get("python_lines");
  const read = () => Object.fromEntries(keys.map((key) => [key, model.get(key)]));
  const check = (state) => spec.check(state, given);

  const first = check(read());
  const cache = {};
  let state = first;
  let shown = null;
  let frame = 0;
  let stale = false;
  let saving = false;
  let writing = false;
  let talk = 0;
  let notice = 0;

  const note = html("p", { class: "hbm-note", role: "alert" });
  const words = html("p", { class: "hbm-summary", role: "status", "aria-live": "polite" });
  const done = html("span", { class: "hbm-done", "aria-live": "polite" });
  const code = html("pre", {
    "data-hbm-python": "", tabindex: 0, role: "group", "aria-label": "Python lines", ...QUIET,
  });
  const context = {
    given, wanted, change, signal, speak,
    present: () => state,
    repaint: () => schedule(false),
    note: (text) => say(note, text),
  };
  const view = spec.build(context);
  const controls = makeControls(fields, wanted, context);

  const actions = html("div", { class: "hbm-actions" });
  const extras = html("div", { class: "hbm-extras" });
  if (wanted.includes("reset")) actions.append(button("Reset", reset, signal));
  if (wanted.includes("link") && anchor) actions.append(button("Copy link", copyLink, signal));
  actions.append(done);
  if (wanted.includes("table") && view.table) extras.append(view.table);
  const copyLines = () => copy(code.textContent, "The Python lines are copied.");
  extras.append(fold("Python", {}, button("Copy Python", copyLines, signal), code));
  const root = html(
    "div",
    { class: "hbm-widget", role: "group", "aria-label": spec.label, "data-hbm-widget": spec.name },
    controls.node,
    note,
    ...view.body,
    words,
    actions,
    extras,
  );
  if (anchor) root.id = anchor;
  el.replaceChildren(root);

  // Changes the state, or says why not and leaves it as it was.
  function change(patch) {
    try {
      adopt(check(view.complete?.(state, patch) ?? { ...state, ...patch }));
      say(note, "");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      say(note, error.message);
      controls.update(state);
      if (shown) view.paint(shown);
    }
  }

  function adopt(next) {
    writing = true;
    for (const key of keys) if (!same(next[key], state[key])) model.set(key, next[key]);
    if (model.get("overlay")) model.set("overlay", null);
    writing = false;
    saving = true;
    follow(next);
  }

  function follow(next) {
    const before = state;
    state = next;
    view.followed?.(next, before);
    schedule(true);
  }

  function reset() {
    adopt(first);
    view.reset?.();
    say(note, "");
  }

  function schedule(refits) {
    stale ||= refits;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (stale) refit();
      paint();
      if (saving) model.save_changes();
      saving = false;
    });
  }

  function refit() {
    stale = false;
    try {
      shown = { state, given, result: spec.compute(state, given, cache) };
      if (root.classList.contains("hbm-stale")) say(note, "");
      root.classList.remove("hbm-stale");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      say(note, error.message);
      root.classList.add("hbm-stale");
      shown = null;
    }
  }

  // A view may measure the page, which is quick only before anything is written to it.
  function paint() {
    if (shown) {
      shown.overlay = model.get("overlay");
      view.paint(shown);
    }
    controls.update(state);
    say(code, pythonOf(spec, shown ?? { state, given }, lines));
    root.setAttribute("data-hbm-values", shown ? JSON.stringify(spec.values(shown)) : "null");
    if (!shown) return;
    clearTimeout(talk);
    if (!words.textContent) speak();
    else if (!view.running?.()) talk = setTimeout(speak, QUIET_MS);
  }

  function speak() {
    if (shown) say(words, spec.summary(shown));
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
      clearTimeout(notice);
      say(done, what);
      notice = setTimeout(() => say(done, ""), NOTICE_MS);
    } catch {
      say(note, `The browser does not let this page copy. Copy it by hand: ${text}`);
    }
  }

  function copyLink() {
    history.replaceState(history.state, "", toFragment(fields, state, anchor));
    copy(location.href, "The link to this state is copied.");
  }

  function followLink() {
    try {
      const parts = fromFragment(fields, location.hash, anchor);
      if (!parts) return;
      const base = Object.entries(parts).map(([key, value]) => fields[key].patch?.(value, given));
      adopt(check(Object.assign({}, state, ...base, parts)));
      say(note, "");
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof URIError)) throw error;
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
    if (keys.every((key) => same(next[key], state[key]))) return schedule(false);
    // Python sends the traits that belong together one by one, each of them sound: while they
    // do not agree, more are to come.
    const agreed = checkedOrNull(next);
    if (agreed) follow(agreed);
  }

  function checkedOrNull(next) {
    try {
      return check(next);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return null;
    }
  }
  model.on("change", onModelChange);

  // Paints again when something that is drawn to size has another width.
  const widths = new Map();
  const measure = (node) => {
    const changed = widths.get(node) !== node.clientWidth;
    widths.set(node, node.clientWidth);
    return changed;
  };
  const sized = view.sized ?? [];
  sized.forEach(measure);
  const observer = new ResizeObserver((entries) => {
    if (entries.map(({ target }) => measure(target)).some(Boolean)) schedule(false);
  });
  sized.forEach((node) => observer.observe(node));

  if (anchor) {
    addEventListener("hashchange", followLink, { signal });
    followLink();
  }
  refit();
  paint();

  return () => {
    abort.abort();
    observer.disconnect();
    cancelAnimationFrame(frame);
    [talk, notice].forEach(clearTimeout);
    model.off("change", onModelChange);
    el.replaceChildren();
  };
}
