// What is drawn, in words.

import { verdict } from "../kit/running.js";
import { format } from "../scale.js";

export const NAMES = {
  theta: "the levels θ",
  mu: "the mean μ",
  tau: "the sd between schools τ",
  sigma: "the sd within schools σ",
  tau_auxiliary: "the auxiliary value of τ",
  sigma_auxiliary: "the auxiliary value of σ",
};

function kind({ conditional: { family, mean, sd, shape, rate }, name }) {
  if (name === "theta") return "from one normal distribution for each school";
  if (family === "normal") return `from a normal distribution, mean ${format(mean)}, sd ${format(sd)}`;
  if (shape !== undefined) {
    return `through a precision, gamma with shape ${format(shape, 1)} and rate ${format(rate, 1)}`;
  }
  return "from a distribution without a common name";
}

export function drawWords({ live: { run, last, at, of }, state: { scan } }) {
  if (!last) {
    const [first] = run.kernel.order;
    return scan === "random"
      ? "Nothing is drawn yet. In which order, chance will say; this is the density of the levels θ."
      : `Nothing is drawn yet. First will be ${NAMES[first]}.`;
  }
  const value = typeof last.value === "number" ? ` It is now ${format(last.value)}.` : "";
  return `Sweep ${run.draws}, draw ${at} of ${of}: ${NAMES[last.name]}, ${kind(last)}.${value}`;
}

export function summary(shown) {
  const { live, state, result: { exact, kept } } = shown;
  const sizes = state.group_sizes;
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const size = least === most ? `${most}` : `${least} to ${most}`;
  const words = [
    `Schools: ${sizes.length}; students in each: ${size}. On average ` +
      `schools keep ${format(1 - kept)} of their distance from μ, so a sweep should leave ` +
      `about ${format(kept)} of a deviation of μ.`,
  ];
  if (live?.run.draws) {
    words.push(drawWords(shown), verdict(live.run.draws, live.found));
    if (live.lagOne) {
      words.push(
        `Neighbouring draws have the correlation ${format(live.lagOne[0])} for μ and ` +
          `${format(live.lagOne[1])} for τ.`,
      );
    }
  }
  const reach = [["mu", "μ"], ["tau", "τ"], ["sigma", "σ"]].map(([name, label]) => {
    const [low, middle, high] = exact[name];
    return `${format(middle, 1)} for ${label} (${format(low, 1)} to ${format(high, 1)})`;
  });
  words.push(
    `The exact posterior has the medians (and 90% intervals) ${reach[0]}, ${reach[1]} and ${reach[2]}.`,
  );
  return words.join(" ");
}
