// The population of group means alone, (mu, log tau): the eight schools' model with every theta_j
// integrated out, y_j ~ N(mu, sqrt(tau^2 + se_j^2)).

import { spread } from "./hierarchy.js";
import { meanPrior, onLogAxis } from "./log_priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

export function population({
  effect,
  se,
  muPrior = { family: "normal", mean: 0, sd: 5 },
  tauPrior = { family: "half-cauchy", scale: 5 },
}) {
  const J = effect.length;
  const onMu = meanPrior(muPrior);
  const onTau = onLogAxis(tauPrior);
  const errors = Float64Array.from(se, (s) => s * s);

  function logpAndGrad(q, grad) {
    const tauSquared = Math.exp(2 * q[1]);
    let [logp, alongMu, alongTau] = [0, 0, 0];
    for (let j = 0; j < J; j++) {
      const variance = tauSquared + errors[j];
      const r = effect[j] - q[0];
      const pull = r / variance;
      logp -= 0.5 * (Math.log(variance) + r * pull);
      alongMu += pull;
      alongTau += tauSquared * (pull * pull - 1 / variance);
    }
    if (grad) {
      grad[0] = alongMu + onMu.slope(q[0]);
      grad[1] = alongTau + onTau.slope(q[1]);
    }
    return logp - J * HALF_LOG_2PI + onMu.logDensity(q[0]) + onTau.logDensity(q[1]);
  }

  // A starting point, wider than the posterior.
  function initial(source) {
    const { mean, sd } = spread(effect);
    const wide = Math.hypot(sd, Math.min(...se));
    const mu = mean + ((2 * wide) / Math.sqrt(J)) * source.normal();
    const tau = onTau.inside(source, wide * Math.exp(source.uniform(-3, 1)));
    return Float64Array.of(mu, Math.log(tau));
  }

  return {
    dim: 2,
    names: ["mu", "tau"],
    logp: (q) => logpAndGrad(q, null),
    logpAndGrad,
    constrain: ([mu, u]) => Float64Array.of(mu, Math.exp(u)),
    initial,
  };
}
