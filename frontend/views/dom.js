// Making elements, and writing to them only what has changed.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export const html = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// What was last written to each element: reading it back from the page would be slower.
const written = new WeakMap();

export function write(node, name, value) {
  let last = written.get(node);
  if (!last) written.set(node, (last = {}));
  const text = String(value);
  if (last[name] === text) return;
  last[name] = text;
  node.setAttribute(name, text);
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const show = (node, visible) => write(node, "visibility", visible ? "visible" : "hidden");

// Each widget comes in a bundle of its own, and several share a page: they count together.
const COUNT = Symbol.for("hbm.ids");
export const uniqueId = () => `hbm-${(globalThis[COUNT] = (globalThis[COUNT] ?? 0) + 1)}`;
