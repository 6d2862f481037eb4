// The controls: each reads the state, writes a change, and is redrawn from the state.

import { FAMILIES, LOCATION_FAMILIES, SCALE_FAMILIES, MAX_SEED } from "../../engine/checks.js";
import { html, uniqueId } from "../dom.js";

export const QUIET = { "data-lm-suppress-shortcuts": "true" };

const PRESETS = {
  hsb: "Ten real schools",
  lesson: "The lesson's 8 schools",
  scholz: "Scholz's 20 schools",
  simulated: "Simulated groups",
};
const FAMILY_NAMES = {
  normal: "normal",
  flat: "flat",
  "half-normal": "half-normal",
  "half-cauchy": "half-Cauchy",
  uniform: "uniform",
  "gamma-precision": "gamma on 1/sd²",
};
const RANGES = {
  mu: { label: "Population mean μ", min: -20, max: 20, step: 0.5 },
  sigma: { label: "Within-group sd σ", min: 0.1, max: 12, step: 0.1 },
  tau: { label: "Between-group sd τ", min: 0, max: 10, step: 0.1 },
  n_groups: { label: "Groups J", min: 1, max: 40, step: 1 },
};

export function button(text, onClick, signal) {
  const node = html("button", { type: "button", class: "hbm-button", ...QUIET }, text);
  node.addEventListener("click", onClick, { signal });
  return node;
}

export function numberInput(attributes, onChange, signal) {
  const input = html("input", { type: "number", step: "any", ...QUIET, ...attributes });
  const commit = () => onChange(input.value.trim() === "" ? NaN : Number(input.value));
  input.addEventListener("change", commit, { signal });
  return input;
}

// Writes a value into an input unless the reader is busy typing in it.
export function fillIn(input, value) {
  const text = String(value);
  if (input.value !== text && !input.matches(":focus:user-invalid")) input.value = text;
}

function field(label, control, ...more) {
  const id = uniqueId();
  control.id = id;
  return html("div", { class: "hbm-field" }, html("label", { for: id }, label), control, ...more);
}

function selection(options, onChange, signal, attributes = {}) {
  const node = html("select", { ...QUIET, ...attributes });
  for (const [value, text] of options) node.append(html("option", { value }, text));
  node.addEventListener("change", () => onChange(node.value), { signal });
  return node;
}

function range(key, { change, signal }) {
  const { label, ...bounds } = RANGES[key];
  const slider = html("input", { type: "range", ...bounds, ...QUIET, "aria-label": `${label}, slider` });
  slider.addEventListener("input", () => change({ [key]: Number(slider.value) }), { signal });
  const number = numberInput({ class: "hbm-number" }, (value) => change({ [key]: value }), signal);
  const node = field(label, number, slider);
  node.classList.add("hbm-range");
  const update = (state, { real }) => {
    if (key === "n_groups") slider.max = state.preset === "hsb" ? real.labels.length : bounds.max;
    fillIn(slider, state[key]);
    fillIn(number, state[key]);
    const drawn = key === "mu" || key === "tau" || key === "sigma";
    node.hidden = drawn && state.preset === "hsb" && !(key === "sigma" && state.sigma_known);
  };
  return { node, update };
}

function prior(key, label, families, { change, signal }) {
  const family = selection(
    families.map((name) => [name, FAMILY_NAMES[name]]),
    (name) => change({ [key]: { family: name, ...FAMILIES[name] } }),
    signal,
  );
  const parameters = html("span", { class: "hbm-parameters" });
  const node = field(label, family, parameters);
  let shown = "";
  let current = null;
  const update = (state) => {
    current = state[key];
    family.value = current.family;
    const names = Object.keys(FAMILIES[current.family]);
    if (shown !== current.family) {
      shown = current.family;
      parameters.replaceChildren(
        ...names.map((name) => {
          const input = numberInput(
            { class: "hbm-number", "aria-label": `${label}: ${name}` },
            (value) => change({ [key]: { ...current, [name]: value } }),
            signal,
          );
          return html("label", { class: "hbm-parameter" }, name, input);
        }),
      );
    }
    names.forEach((name, i) => fillIn(parameters.children[i].querySelector("input"), current[name]));
    if (key === "sigma_prior") node.hidden = state.sigma_known;
  };
  return { node, update };
}

function known({ change, signal }) {
  const box = html("input", { type: "checkbox", ...QUIET });
  box.addEventListener("change", () => change({ sigma_known: box.checked }), { signal });
  const node = html("label", { class: "hbm-check" }, box, "σ is known");
  return { node, update: (state) => (box.checked = state.sigma_known) };
}

function seed({ change, signal, present }) {
  const number = numberInput({ class: "hbm-number", min: 0, max: MAX_SEED, step: 1 },
    (value) => change({ seed: value }), signal);
  const again = button("New data", () => change({ seed: (present().seed + 1) % (MAX_SEED + 1) }), signal);
  const node = field("Seed", number, again);
  return { node, update: (state) => fillIn(number, state.seed) };
}

const makers = {
  preset: (context) => {
    const names = Object.keys(PRESETS).map((name) => [name, PRESETS[name]]);
    const select = selection(names, context.choosePreset, context.signal);
    return { node: field("Data", select), update: (state) => (select.value = state.preset) };
  },
  n_groups: (context) => range("n_groups", context),
  mu: (context) => range("mu", context),
  tau: (context) => range("tau", context),
  sigma: (context) => range("sigma", context),
  sigma_known: known,
  seed,
};

const priors = [
  ["mu_prior", "Prior on μ", LOCATION_FAMILIES],
  ["tau_prior", "Prior on τ", SCALE_FAMILIES],
  ["sigma_prior", "Prior on σ", SCALE_FAMILIES],
];

// `wanted` names the controls to show; `context` holds change, choosePreset, present and signal.
export function makeControls(wanted, context) {
  const made = Object.keys(makers)
    .filter((name) => wanted.includes(name))
    .map((name) => makers[name](context));
  const node = html("div", { class: "hbm-controls" }, ...made.map((control) => control.node));
  if (wanted.includes("priors")) {
    const parts = priors.map(([key, label, families]) => prior(key, label, families, context));
    made.push(...parts);
    const panel = html(
      "details",
      { class: "hbm-details" },
      html("summary", QUIET, "Priors"),
      html("div", { class: "hbm-controls" }, ...parts.map((part) => part.node)),
    );
    node.append(panel);
  }
  return {
    node,
    update: (state, given) => made.forEach((control) => control.update(state, given)),
  };
}
