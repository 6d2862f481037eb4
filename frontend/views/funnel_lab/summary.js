// The runs in words.

import { WARMUP, winner } from "../../engine/funnel_lab.js";
import { format } from "../scale.js";

export const NAMES = { centred: "centred", non_centred: "non-centred" };
const share = (x) => `${format(100 * x, 1)}%`;

function one(name, { divergences, bias, errors, below }) {
  const side = bias > 0 ? "too high" : "too low";
  const size = Number.isFinite(errors) ? ` (${format(Math.abs(errors), 1)} Monte Carlo errors)` : "";
  return `The ${NAMES[name]} run has ${divergences} divergence${divergences === 1 ? "" : "s"}; its ` +
    `median of log τ is ${format(Math.abs(bias))} ${side}${size}, and ${share(below)} of its draws ` +
    "lie below the exact 10% point.";
}

// How far the runs are, and which map is ahead.
export function runWords({ runs, found }) {
  const { warming, warmed, draws } = runs.centred;
  if (warming) {
    return warmed ? `Warming up: step ${warmed} of ${WARMUP}.` : "Nothing is drawn yet.";
  }
  const count = `${4 * draws} draws on each map.`;
  const best = winner(found);
  if (!best) return `${count} Too few to judge.`;
  if (best.by < 1.2) return `${count} For a gradient both maps buy about as much.`;
  return `${count} For a gradient the ${NAMES[best.name]} map buys ${format(best.by, 1)} times as ` +
    "many effective draws of log τ as the other.";
}

export function summary({ state, live, result: { exact, weight } }) {
  const [low, middle, high] = exact.tau;
  const [least, most] = [Math.min(...weight), Math.max(...weight)].map((w) => format(w));
  const reach = least === most ? most : `from ${least} to ${most}`;
  const words = [
    `With all sizes times ${state.times}, the exact posterior of τ has the median ` +
      `${format(middle)} (90% interval ${format(low)} to ${format(high)}). At that median the ` +
      `weights λ of the schools are ${reach}.`,
  ];
  if (live && winner(live.found)) {
    words.push(...Object.keys(NAMES).map((name) => one(name, live.found[name])));
  } else if (live) {
    words.push(runWords(live));
  }
  if (state.tau_prior.family === "uniform") {
    words.push("A path that leaves the bounds of the prior on τ counts as divergent.");
  }
  return words.join(" ");
}
