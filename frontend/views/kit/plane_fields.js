// The controls that all labs on a plane share: the target, and what the posterior comes from.

import { MAX_SIZE } from "../../engine/plane.js";
import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../../engine/words.js";
import * as field from "./fields.js";

const toy = ({ target }) => target !== "schools";

// A mass that suits the target's sd along the first coordinate: that of μ is near 4.5.
export const MASS = 0.05;

export const target = field.choice({
  label: "Target",
  patch: (name) => ({ mass_1: name === "schools" ? MASS : 1 }),
  options: {
    schools: "eight schools: μ and log τ",
    normal: "normal",
    correlated: "correlated normal",
    funnel: "funnel",
  },
});
export const groupSizes = field.sizes({
  title: "Size of each study (100: as published)",
  labels: (_, given) => given.labels,
  most: (state) => state.group_sizes.map(() => MAX_SIZE),
  open: false,
  hidden: toy,
});
export const muPrior = field.prior({
  label: "Prior on μ", families: LOCATION_FAMILIES, hidden: toy,
});
export const tauPrior = field.prior({
  label: "Prior on τ", families: SCALE_FAMILIES, hidden: toy,
});
export const stepSize = field.number({ label: "Step size ε", min: 0.01, max: 4, log: true });
const mass = (which) =>
  field.number({ label: `Mass along the ${which} coordinate`, min: 0.01, max: 100, log: true });
export const mass1 = mass("first");
export const mass2 = mass("second");
