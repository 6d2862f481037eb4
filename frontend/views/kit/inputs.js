// Native inputs, each with its label, room for a finger, and peace from JupyterLab's shortcuts.

import { html, uniqueId } from "../dom.js";

export const QUIET = { "data-lm-suppress-shortcuts": "true" };

// What each input held when it was last written or taken: anything else is being typed.
const settled = new WeakMap();

export function button(text, onClick, signal) {
  const node = html("button", { type: "button", class: "hbm-button", ...QUIET }, text);
  node.addEventListener("click", onClick, { signal });
  return node;
}

export function numberInput(attributes, onChange, signal) {
  const input = html("input", {
    type: "number", step: "any", class: "hbm-number", ...QUIET, ...attributes,
  });
  const commit = () => {
    settled.set(input, input.value);
    onChange(input.value.trim() === "" ? NaN : Number(input.value));
  };
  input.addEventListener("change", commit, { signal });
  // In JupyterLab the key Enter does not make an input say that it changed.
  input.addEventListener("keydown", (event) => event.key === "Enter" && commit(), { signal });
  return input;
}

export function rangeInput(attributes, onInput, signal) {
  const input = html("input", { type: "range", ...QUIET, ...attributes });
  const commit = () => {
    settled.set(input, input.value);
    onInput(Number(input.value));
  };
  input.addEventListener("input", commit, { signal });
  return input;
}

export function selection(options, onChange, signal, attributes = {}) {
  const node = html("select", { ...QUIET, ...attributes });
  for (const [value, text] of options) node.append(html("option", { value }, text));
  node.addEventListener("change", () => onChange(node.value), { signal });
  return node;
}

// Writes a value into an input unless the reader is busy typing in it.
export function fillIn(input, value) {
  const text = String(value);
  const typing = input.matches(":focus") && settled.has(input) && settled.get(input) !== input.value;
  if (typing) return;
  if (input.value !== text) input.value = text;
  settled.set(input, input.value);
}

// A control with its label before it.
export function labelled(label, control, ...more) {
  const id = uniqueId();
  control.id = id;
  return html("div", { class: "hbm-field" }, html("label", { for: id }, label), control, ...more);
}

// Something to open; `onOpen` is called when it is.
export function fold(title, { open = false, onOpen, signal } = {}, ...content) {
  const node = html("details", { class: "hbm-details" }, html("summary", QUIET, title), ...content);
  node.open = open;
  if (onOpen) node.addEventListener("toggle", () => node.open && onOpen(), { signal });
  return node;
}
