// What the path did, in words.

import { exactly, NAMES } from "../hamiltonian_lab/summary.js";
import { format } from "../scale.js";

const times = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const CHECKS = [
  "between its two ends",
  "between its first half and the next point",
  "between the last point of its first half and its second half",
];

const where = ({ checks }) => CHECKS[checks.findIndex(Boolean)];
const chance = ({ probability }) => (probability < 1 ? format(probability) : "1");

// One doubling; `done` says whether the path ends with it.
export function tell(told, done) {
  const { depth, direction, points, joins, outcome } = told;
  const whole = joins.at(-1);
  const head = `Doubling ${depth}, ${direction > 0 ? "on" : "back"} in time: ` +
    `${times(points.length, "point")}.`;
  if (outcome === "diverged") {
    return `${head} The last of them is off by more than 1000 in energy: the path diverged. The ` +
      "new half is thrown away, and the draw is from the points before.";
  }
  if (outcome === "turned inside") {
    return `${head} Inside the new half a subtree of ${whole.size} points turned back ` +
      `(${where(whole)}): the new half is thrown away, and the draw is from the points before.`;
  }
  const moved = `The draw ${whole.moved ? "moved" : "did not move"} into the new half ` +
    `(probability ${chance(whole)}: its weight over that of the old half, at most 1).`;
  if (outcome === "turned") {
    return `${head} The whole path of ${whole.size} points turned back (${where(whole)}), and ends ` +
      `here. ${moved}`;
  }
  const checks = joins.reduce((sum, join) => sum + join.checks.length, 0);
  const last = done ? " It is as deep as it may be, and ends here." : "";
  return `${head} ${times(checks, "check")} for a U-turn, none turned back.${last} ${moved}`;
}

export function chainWords({ count, gradients, divergences }) {
  if (!count) return "No draw was kept yet.";
  return `${times(count, "draw")} so far: ${format(gradients / count, 1)} steps each on average, ` +
    `${times(divergences, "divergence")}.`;
}

export function summary(shown) {
  const { state, result, live } = shown;
  const { forwards } = live?.stated ?? result.stated;
  const alone = forwards.turn
    ? `would turn back after ${times(forwards.turn, "step")}`
    : forwards.diverging ? "would diverge" : "would not turn back in time";
  const words = [
    `On the ${NAMES[state.target]}, with steps of size ${state.step_size}, a path that only went ` +
      `on in time ${alone}.`,
  ];
  if (live?.all.length) words.push(tell(live.all.at(-1), live.path.done));
  if (live?.chain.count) words.push(chainWords(live.chain));
  words.push(exactly(result.plane));
  return words.join(" ");
}
