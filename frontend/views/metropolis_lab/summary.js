// The state and the run in words.

import { format } from "../scale.js";
import { verdict } from "../kit/running.js";

const SCHEMES = { together: "μ and log τ at once", blocks: "first μ, then log τ" };

function decision({ decisions }) {
  return decisions.map(({ accept, moved }, i) =>
    `The last proposal${decisions.length > 1 ? ` of ${i ? "log τ" : "μ"}` : ""} had the ` +
      `probability ${format(accept)} and was ${moved ? "accepted" : "refused"}.`,
  );
}

export function summary({ state, live, result: { plane } }) {
  const [low, middle, high] = plane.exact.tau;
  const words = [
    `Four chains start at μ = ${format(state.start_mu)}, τ = ${format(state.start_tau)} and ` +
      `${state.apart ? "three mirror images of it" : "the same place"}. They propose ` +
      `${SCHEMES[state.scheme]}, with an sd of ${format(state.step_mu)} in μ and ` +
      `${format(state.step_tau)} in log τ.`,
  ];
  if (live?.run.draws) {
    const { run, rates, found } = live;
    words.push(...decision(live));
    words.push(
      state.scheme === "blocks"
        ? `Of all proposals ${format(rates[0])} are accepted for μ and ${format(rates[1])} for log τ.`
        : `Of all proposals ${format(rates[0])} are accepted.`,
      verdict(run.draws, found),
    );
    if (run.draws >= 8) {
      words.push(
        `R-hat is ${format(found[0].rhat, 3)} for μ and ${format(found[1].rhat, 3)} for τ, the ` +
          `bulk ESS ${format(found[0].essBulk, 0)} and ${format(found[1].essBulk, 0)}.`,
      );
    }
  }
  words.push(
    `The exact posterior has the median ${format(plane.exact.mu[1], 1)} for μ, and ` +
      `${format(middle, 1)} for τ (90% interval ${format(low, 1)} to ${format(high, 1)}).`,
  );
  return words.join(" ");
}
