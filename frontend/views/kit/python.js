// The lines of `hbmlib` that reproduce a state's numbers: the text comes from the widget's Python
// class, with $name where the state comes in.

const CLASSES = {
  normal: "Normal",
  flat: "Flat",
  "half-normal": "HalfNormal",
  "half-cauchy": "HalfCauchy",
  uniform: "Uniform",
  "gamma-precision": "GammaPrecision",
};

export function literal(value) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `[${Array.from(value, literal).join(", ")}]`;
  }
  if (value?.family) {
    const { family, ...parameters } = value;
    const parts = Object.entries(parameters).map(([name, number]) => `${name}=${number}`);
    return `priors.${CLASSES[family]}(${parts.join(", ")})`;
  }
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

// `lines` is one text, or one for each variant.
export function fillLines(lines, slots, variant) {
  const text = typeof lines === "string" ? lines : lines[variant];
  return text.replace(/\$(\w+)/g, (_, name) => {
    if (!Object.hasOwn(slots, name)) throw new Error(`The Python lines want "${name}".`);
    return literal(slots[name]);
  });
}
