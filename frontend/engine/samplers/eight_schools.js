// Group means known with their standard errors: the twin of `hbmlib.models.EightSchools`.

import { blocksOf, meanGiven, scaleGiven, thetaGiven } from "./conditionals.js";
import { hierarchy, spread } from "./hierarchy.js";
import { meanPrior, onLogAxis } from "./log_priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

// The standard errors of group means when the sd within groups is known.
export const standardErrors = ({ n }, sigma) => Float64Array.from(n, (m) => sigma / Math.sqrt(m));

export function eightSchools({
  effect,
  se,
  muPrior = { family: "normal", mean: 0, sd: 5 },
  tauPrior = { family: "half-cauchy", scale: 5 },
  centred = true,
  labels = Array.from(effect, (_, j) => j),
}) {
  const J = effect.length;
  const first = 2;
  const onMu = meanPrior(muPrior);
  const onTau = onLogAxis(tauPrior);
  const weight = Float64Array.from(se, (s) => s ** -2);
  const { evaluate, term, constrain, sums } = hierarchy({ own: effect, weight, centred, first });
  let constant = -2 * J * HALF_LOG_2PI;
  for (const s of se) constant -= Math.log(s);

  function logpAndGrad(q, grad) {
    const groups = evaluate(q, 1, grad);
    if (grad) {
      grad[0] = sums.mu + onMu.slope(q[0]);
      grad[1] = sums.tau + onTau.slope(q[1]);
    }
    return onMu.logDensity(q[0]) + onTau.logDensity(q[1]) + groups + constant;
  }

  // A starting point, wider than the posterior.
  function initial(source) {
    const { mean, sd } = spread(effect);
    const wide = Math.hypot(sd, Math.min(...se));
    const q = new Float64Array(first + J);
    q[0] = mean + ((2 * wide) / Math.sqrt(J)) * source.normal();
    q[1] = Math.log(onTau.inside(source, wide * Math.exp(source.uniform(-3, 1))));
    for (let j = 0; j < J; j++) {
      const z = 2 * source.normal();
      q[first + j] = centred ? effect[j] + se[j] * z : z;
    }
    return q;
  }

  const conditionals = {
    theta: ({ mu, tau }) => thetaGiven(effect, weight, mu, tau),
    mu: ({ theta, tau }) => meanGiven(muPrior, theta, tau),
    ...scaleGiven("tau", tauPrior, J, ({ theta, mu }) =>
      theta.reduce((sum, x) => sum + (x - mu) ** 2, 0),
    ),
  };

  return {
    dim: first + J,
    names: ["mu", "tau", ...labels.map((label) => `theta[${label}]`)],
    logp: (q) => logpAndGrad(q, null),
    logpAndGrad,
    logpTerm: (q, [index]) => term(q, index, 1),
    constrain,
    initial,
    conditionals,
    gibbsState: (values) => blocksOf(values, ["mu", "tau"], conditionals),
  };
}
