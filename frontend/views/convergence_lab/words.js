// What diagnostics and faults are called, and the state in words.

import { format } from "../scale.js";

export const QUANTITIES = { mu: "μ", tau: "τ" };

export const ALARMS = {
  classic: "R-hat of 1992",
  split: "R-hat, split",
  ranked: "R-hat, ranked",
  folded: "R-hat, folded",
  bulk: "bulk ESS",
  tail: "tail ESS",
  ranks: "rank plot",
};

export const FAULTS = {
  none: "none",
  stuck: "chain 1 stands still at the end",
  apart: "chain 1 lies higher",
  drift: "all chains rise",
  narrow: "chain 1 is narrower",
  heavy: "heavy tails, chain 1 higher",
  ridges: "chain 1 visits two ridges",
};

export const number = (value, digits = 2) =>
  Number.isFinite(value)
    ? Math.abs(value) >= 1e5 ? value.toExponential(1).replace("e+", "e").replaceAll("-", "−") : format(value, digits)
    : "none";

// What the fault does, with its size.
export function faultWords({ fault, amount }) {
  const twice = format(2 * amount, 1);
  return {
    none: "none",
    stuck: `chain 1 stands still in its last ${Math.round(100 * amount)}%`,
    apart: `chain 1 lies ${twice} sds higher than the others`,
    drift: `all chains rise by ${twice} sds in the course of the run`,
    narrow: `chain 1 has ${format(1 - amount)} of the width of the others`,
    heavy: `the quantity has the tails of a Cauchy distribution, and chain 1 lies ${twice} higher`,
    ridges: `chain 1 visits two ridges instead of the whole, by ${Math.round(100 * amount)}%`,
  }[fault];
}

export function verdict({ rings }) {
  const ringing = Object.keys(ALARMS).filter((name) => rings[name]);
  if (!ringing.length) return "No alarm rings.";
  return `Alarms that ring: ${ringing.map((name) => ALARMS[name]).join(", ")}.`;
}

// How far the median of the draws is from the exact one, as part of the posterior's sd.
export function missed({ exact, found }) {
  const sd = (exact[2] - exact[0]) / 3.29;
  return Math.abs(found.quantiles[1] - exact[1]) / sd;
}

export function summary({ state, result }) {
  const { found, exact, accept } = result;
  const sizes = state.group_sizes;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const size = least === most ? `${most}` : `${least} to ${most}`;
  const lag = found.correlation[1];
  return [
    `Studies: ${sizes.length}; size of each: ${size} (100: as published). Four chains of ` +
      `${state.draws} draws of ${QUANTITIES[state.quantity]} after ${state.warmup} that are ` +
      `dropped; ${Math.round(100 * accept)}% of the proposals are accepted` +
      `${Number.isFinite(lag) ? `, and neighbouring draws have the correlation ${format(lag)}` : ""}.`,
    `Fault: ${faultWords(state)}. ${verdict(found)}`,
    `R-hat ${number(found.rhat.ranked, 3)} (ranked), ${number(found.rhat.folded, 3)} (folded); ESS ` +
      `${number(found.ess.bulk, 0)} (bulk), ${number(found.ess.tail, 0)} (tail).`,
    `The median of the draws is ${number(found.quantiles[1])} (MCSE ` +
      `${number(found.mcseQuantiles[1])}), that of the exact posterior ${number(exact[1])}: off by ` +
      `${format(missed(result))} posterior sds.`,
  ].join(" ");
}
