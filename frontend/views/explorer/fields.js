// The state of a PoolingExplorer, and its controls.

import { LOCATION_FAMILIES, SCALE_FAMILIES } from "../../engine/words.js";
import * as field from "../kit/fields.js";

const real = (state) => state.preset === "hsb";
const MOST_GROUPS = 40;

export const fields = {
  preset: field.choice({
    label: "Data",
    options: {
      hsb: "Ten real schools",
      lesson: "The lesson's 8 schools",
      scholz: "Scholz's 20 schools",
      simulated: "Simulated groups",
    },
    patch: (preset, given) => given.presets[preset],
  }),
  n_groups: field.number({
    label: "Groups J",
    min: 1,
    max: MOST_GROUPS,
    step: 1,
    most: (state, given) => (real(state) ? given.real.labels.length : MOST_GROUPS),
  }),
  group_sizes: field.sizesInFigure(),
  mu: field.number({ label: "Population mean μ", min: -20, max: 20, step: 0.5, hidden: real }),
  tau: field.number({ label: "Between-group sd τ", min: 0, max: 10, step: 0.1, hidden: real }),
  sigma: field.number({
    label: "Within-group sd σ",
    min: 0.1,
    max: 30,
    step: 0.1,
    hidden: (state) => real(state) && !state.sigma_known,
  }),
  seed: field.seed(),
  sigma_known: field.flag({ label: "σ is known" }),
  mu_prior: field.prior({ label: "Prior on μ", families: LOCATION_FAMILIES }),
  tau_prior: field.prior({ label: "Prior on τ", families: SCALE_FAMILIES }),
  sigma_prior: field.prior({
    label: "Prior on σ",
    families: SCALE_FAMILIES,
    hidden: (state) => state.sigma_known,
  }),
};
