// A state as the fragment of a link, and back: #PoolingExplorer-1?preset=lesson&tau=2&...

export function toFragment(fields, state, name) {
  const parts = Object.entries(fields).map(([key, { write }]) => `${key}=${write(state[key])}`);
  return `#${name}?${parts.join("&")}`;
}

// Returns null when the fragment is not this widget's, the parts it names otherwise; throws when
// a part cannot be read. Whether the values are sound is for the widget's check to say.
export function fromFragment(fields, fragment, name) {
  const text = fragment.replace(/^#/, "");
  if (text !== name && !text.startsWith(`${name}?`)) return null;
  const parts = {};
  for (const pair of text.slice(name.length + 1).split("&").filter(Boolean)) {
    const [key, value = ""] = pair.split("=", 2).map(decodeURIComponent);
    if (!Object.hasOwn(fields, key)) {
      throw new RangeError(`It names "${key}", which no control has.`);
    }
    parts[key] = fields[key].read(value);
  }
  return parts;
}
