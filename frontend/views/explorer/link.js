// A state as the fragment of a link, and back: #PoolingExplorer-1?preset=lesson&tau=2&...

import { FAMILIES, KEYS } from "../../engine/checks.js";

export function toFragment(state, name) {
  const parts = KEYS.map((key) => `${key}=${write(state[key])}`);
  return `#${name}?${parts.join("&")}`;
}

function write(value) {
  if (Array.isArray(value)) return value.join(",");
  if (value?.family) {
    return [value.family, ...Object.keys(FAMILIES[value.family]).map((key) => value[key])].join(",");
  }
  return String(value);
}

// Returns null when the fragment is not this widget's, the parts it names otherwise; throws when
// a part cannot be read. Whether the values are sound is for `checkState` to say.
export function fromFragment(fragment, name) {
  const text = fragment.replace(/^#/, "");
  if (text !== name && !text.startsWith(`${name}?`)) return null;
  const parts = {};
  for (const pair of text.slice(name.length + 1).split("&").filter(Boolean)) {
    const [key, value = ""] = pair.split("=", 2).map(decodeURIComponent);
    if (!KEYS.includes(key)) throw new RangeError(`It names "${key}", which no control has.`);
    parts[key] = read(key, value);
  }
  return parts;
}

function read(key, text) {
  if (key === "preset") return text;
  if (key === "group_sizes") return text.split(",").map(numeral);
  if (key === "sigma_known") return { true: true, false: false }[text] ?? text;
  if (!key.endsWith("_prior")) return numeral(text);
  const [family, ...parameters] = text.split(",");
  const names = Object.keys(FAMILIES[family] ?? {});
  return { family, ...Object.fromEntries(names.map((name, i) => [name, numeral(parameters[i])])) };
}

const numeral = (text) => (text?.trim() ? Number(text) : NaN);
