// The controls of the fields that are wanted: short ones in a row, then those that need the whole
// width, then the priors behind a fold.

import { html } from "../dom.js";
import { fold } from "./inputs.js";

export function makeControls(fields, wanted, context) {
  const places = { row: [], wide: [], priors: [] };
  const made = [];
  for (const [key, { place = "row", control }] of Object.entries(fields)) {
    const shown = wanted.includes(key) || (place === "priors" && wanted.includes("priors"));
    if (!control || !shown) continue;
    const one = control({ key, ...context });
    made.push(one);
    places[place].push(one.node);
  }
  const node = html("div", { class: "hbm-controls" }, ...places.row, ...places.wide);
  let priors = null;
  if (places.priors.length) {
    priors = fold("Priors", {}, html("div", { class: "hbm-controls" }, ...places.priors));
    node.append(priors);
  }
  function update(state) {
    made.forEach((control) => control.update(state));
    if (priors) priors.hidden = places.priors.every((one) => one.hidden);
  }
  return { node, update };
}
