// The parts of a widget's state: how each stands in a link, and the control that changes it.
// A field is {read(text), write(value), place?, control?({key, change, present, given, signal})};
// a control is {node, update(state)}.

import { FAMILIES, MAX_SEED } from "../../engine/words.js";
import { html, write as setAttribute } from "../dom.js";
import {
  button, fillIn, fold, labelled, numberInput, rangeInput, selection,
} from "./inputs.js";

const numeral = (text) => (text?.trim() ? Number(text) : NaN);
const inLink = { read: numeral, write: String };

// A range with a number beside it. `hidden(state)` and `most(state, given)` are optional. On a
// `log` slider equal steps are equal factors; or give `scale: {to(value), from(position)}`, which
// maps values to positions from 0 to 1.
export function number({ label, min, max, step, log, scale, most, hidden = () => false }) {
  const bent = scale ?? (log && logarithmic(min, max));
  const control = ({ key, change, given, signal }) => {
    const bounds = bent ? { min: 0, max: 1, step: 0.001 } : { min, max, step };
    const round = (value) => (bent ? Number(value.toPrecision(3)) : value);
    const slider = rangeInput(
      { ...bounds, "aria-label": `${label}, slider` },
      (position) => change({ [key]: round(bent ? bent.from(position) : position) }),
      signal,
    );
    const typed = numberInput({}, (value) => change({ [key]: value }), signal);
    const node = labelled(label, typed, slider);
    node.classList.add("hbm-range");
    const update = (state) => {
      if (most) slider.max = most(state, given);
      const value = state[key];
      if (bent) setAttribute(slider, "aria-valuetext", value);
      const at = bent ? bent.to(value) : value;
      // A position that stands for the value already is kept: from the value, which is rounded, the
      // next step of a key could lead back to where it began.
      const place = Number(slider.value);
      const stands = bent && (Math.abs(place - at) <= 0.0005 || round(bent.from(place)) === value);
      if (!stands) fillIn(slider, at);
      fillIn(typed, value);
      node.hidden = hidden(state);
    };
    return { node, update };
  };
  return { ...inLink, control };
}

function logarithmic(min, max) {
  const span = Math.log(max / min);
  return {
    to: (value) => Math.min(Math.max(Math.log(value / min) / span, 0), 1),
    from: (position) => min * Math.exp(position * span),
  };
}

// One of several: `options` maps values to what the reader sees. `patch(value, given)` may give
// more of the state to change with it.
export function choice({ label, options, patch }) {
  const control = ({ key, change, given, signal }) => {
    const select = selection(
      Object.entries(options),
      (value) => change({ ...patch?.(value, given), [key]: value }),
      signal,
    );
    return { node: labelled(label, select), update: (state) => (select.value = state[key]) };
  };
  return { read: (text) => text, write: String, patch, control };
}

export function flag({ label, hidden = () => false }) {
  const control = ({ key, change, signal }) => {
    const box = html("input", { type: "checkbox", "data-lm-suppress-shortcuts": "true" });
    box.addEventListener("change", () => change({ [key]: box.checked }), { signal });
    const node = html("label", { class: "hbm-check" }, box, label);
    const update = (state) => {
      box.checked = state[key];
      node.hidden = hidden(state);
    };
    return { node, update };
  };
  return { read: (text) => ({ true: true, false: false })[text] ?? text, write: String, control };
}

export function seed({ label = "Seed", again = "New data" } = {}) {
  const control = ({ key, change, present, signal }) => {
    const next = () => change({ [key]: (present()[key] + 1) % (MAX_SEED + 1) });
    const typed = numberInput(
      { min: 0, max: MAX_SEED, step: 1 }, (value) => change({ [key]: value }), signal,
    );
    const node = labelled(label, typed, button(again, next, signal));
    return { node, update: (state) => fillIn(typed, state[key]) };
  };
  return { ...inLink, control };
}

const listed = {
  read: (text) => text.split(",").map(numeral),
  write: (value) => value.join(","),
};

// Group sizes without a control of their own: the figure has the sliders.
export const sizesInFigure = () => listed;

// One slider and one number for each group. `labels(state, given)` names the groups,
// `most(state, given)` says how many observations each can have.
export function sizes({
  labels, most, least = 0, open = true, title = "Group sizes", hidden = () => false,
}) {
  const control = ({ key, change, present, given, signal }) => {
    const list = html("div", { class: "hbm-sizes" });
    const node = fold(title, { open }, list);
    const rows = [];
    const set = (j, n) =>
      change({ [key]: present()[key].map((old, k) => (k === j ? n : old)) });
    const makeRow = (j) => {
      const name = html("span", { class: "hbm-size-name", "aria-hidden": "true" });
      const slider = rangeInput({ min: least, step: 1 }, (n) => set(j, n), signal);
      const typed = numberInput({ min: least, step: 1 }, (n) => set(j, n), signal);
      const row = html("div", { class: "hbm-size" }, name, slider, typed);
      list.append(row);
      return { row, name, slider, typed };
    };
    const update = (state) => {
      node.hidden = hidden(state);
      const sizes = state[key];
      const names = labels(state, given);
      const top = most(state, given);
      while (rows.length < sizes.length) rows.push(makeRow(rows.length));
      while (rows.length > sizes.length) rows.pop().row.remove();
      rows.forEach(({ name, slider, typed }, j) => {
        if (name.textContent !== names[j]) name.textContent = names[j];
        setAttribute(slider, "aria-label", `Observations in group ${names[j]}`);
        setAttribute(typed, "aria-label", `Size of group ${names[j]}`);
        setAttribute(slider, "max", top[j]);
        setAttribute(typed, "max", top[j]);
        fillIn(slider, sizes[j]);
        fillIn(typed, sizes[j]);
      });
    };
    return { node, update };
  };
  return { ...listed, place: "wide", control };
}

const FAMILY_NAMES = {
  normal: "normal",
  flat: "flat",
  "half-normal": "half-normal",
  "half-cauchy": "half-Cauchy",
  uniform: "uniform",
  "gamma-precision": "gamma on 1/sd²",
};

export function prior({ label, families, hidden = () => false }) {
  const write = (value) =>
    [value.family, ...Object.keys(FAMILIES[value.family]).map((name) => value[name])].join(",");
  const read = (text) => {
    const [family, ...parameters] = text.split(",");
    const names = Object.keys(FAMILIES[family] ?? {});
    return { family, ...Object.fromEntries(names.map((name, i) => [name, numeral(parameters[i])])) };
  };
  const control = ({ key, change, signal }) => {
    const family = selection(
      families.map((name) => [name, FAMILY_NAMES[name]]),
      (name) => change({ [key]: { family: name, ...FAMILIES[name] } }),
      signal,
    );
    const parameters = html("span", { class: "hbm-parameters" });
    const node = labelled(label, family, parameters);
    let shown = "";
    let current = null;
    const parameter = (name) => {
      const set = (value) => change({ [key]: { ...current, [name]: value } });
      const input = numberInput({ "aria-label": `${label}: ${name}` }, set, signal);
      return html("label", { class: "hbm-parameter" }, name, input);
    };
    const update = (state) => {
      current = state[key];
      family.value = current.family;
      const names = Object.keys(FAMILIES[current.family]);
      if (shown !== current.family) {
        shown = current.family;
        parameters.replaceChildren(...names.map(parameter));
      }
      names.forEach((name, i) =>
        fillIn(parameters.children[i].querySelector("input"), current[name]),
      );
      node.hidden = hidden(state);
    };
    return { node, update };
  };
  return { read, write, place: "priors", control };
}
