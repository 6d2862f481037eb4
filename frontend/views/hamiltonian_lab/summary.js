// The path and the chain in words.

import { presentPath } from "../../engine/hamiltonian_lab.js";
import { format } from "../scale.js";

export const NAMES = {
  schools: "posterior of μ and log τ of the eight schools",
  normal: "normal target",
  correlated: "correlated normal target",
  funnel: "funnel",
};

const times = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

// How the path ended; `verdict` says what the chain did, when it did something.
export function ending(path, verdict) {
  if (path.diverging) {
    const after = path.points.at(-1).diverging ? ` after ${times(path.points.length - 1, "step")}` : "";
    return `It diverged${after}: the energy went astray by more than 1000, and its end is refused.`;
  }
  const chance = `its end errs by ${format(path.error)} in energy and is accepted with probability ` +
    `${format(path.accept)}`;
  const outcome = { moved: "; it was accepted", stayed: "; it was refused" }[verdict] ?? "";
  return `${chance[0].toUpperCase()}${chance.slice(1)}${outcome}.`;
}

export function exactly({ exact, names }) {
  if (exact.mu) {
    const [low, middle, high] = exact.tau;
    return `The exact posterior has the median ${format(exact.mu[1], 1)} for μ, and ` +
      `${format(middle, 1)} for τ (90% interval ${format(low, 1)} to ${format(high, 1)}).`;
  }
  const parts = names.map((name, i) => `sd ${format(exact.sd[i])} for ${name}`);
  return `Both means of the target are 0, with ${parts.join(" and ")}.`;
}

export function chainWords({ count, accept, divergences }) {
  if (!count) return "No draw was made yet.";
  return `${times(count, "path")} so far: mean acceptance ${format(accept / count)}, ` +
    `${times(divergences, "divergence")}.`;
}

export function summary(shown) {
  const { state, result, live } = shown;
  const path = presentPath(shown);
  const words = [
    `On the ${NAMES[state.target]}, a path of ${times(path.steps, "step")} of size ` +
      `${state.step_size} starts at ${result.plane.names[0]} = ${format(path.q[0])}, ` +
      `${result.plane.names[1]} = ${format(path.q[1])}.`,
    ending(path, live?.chain.verdict),
  ];
  if (live?.chain.count) words.push(chainWords(live.chain));
  words.push(exactly(result.plane));
  return words.join(" ");
}
