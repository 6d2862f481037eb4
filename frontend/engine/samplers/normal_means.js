// Groups of normal observations with a common, unknown sd: the twin of `hbmlib.models.NormalMeans`.

import { grandMean } from "../pooling.js";
import { blocksOf, meanGiven, scaleGiven, thetaGiven } from "./conditionals.js";
import { hierarchy, spread } from "./hierarchy.js";
import { meanPrior, onLogAxis } from "./log_priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

// The target of {n, mean, ss}; groups of size zero are predicted.
export function normalMeansTarget({
  groups,
  muPrior = { family: "normal", mean: 0, sd: 100 },
  tauPrior = { family: "half-normal", scale: 25 },
  sigmaPrior = { family: "half-normal", scale: 50 },
  centred = true,
  labels = Array.from(groups.n, (_, j) => j),
}) {
  const J = groups.n.length;
  const first = 3;
  const [onMu, onTau, onSigma] = [meanPrior(muPrior), onLogAxis(tauPrior), onLogAxis(sigmaPrior)];
  const weight = Float64Array.from(groups.n);
  const own = Float64Array.from(groups.mean, (m, j) => (groups.n[j] > 0 ? m : 0));
  const total = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
  const [N, ss] = [total(weight), total(Float64Array.from(groups.ss))];
  const { evaluate, term, constrain, sums } = hierarchy({ own, weight, centred, first });
  const constant = -(N + J) * HALF_LOG_2PI;

  function logpAndGrad(q, grad) {
    const precision = Math.exp(-2 * q[2]);
    const level = evaluate(q, precision, grad);
    const within = ss * precision;
    if (grad) {
      grad[0] = sums.mu + onMu.slope(q[0]);
      grad[1] = sums.tau + onTau.slope(q[1]);
      grad[2] = within + sums.misfit - N + onSigma.slope(q[2]);
    }
    const priors = onMu.logDensity(q[0]) + onTau.logDensity(q[1]) + onSigma.logDensity(q[2]);
    return priors + level - 0.5 * within - N * q[2] + constant;
  }

  // A starting point, wider than the posterior.
  function initial(source) {
    const seen = [...own.keys()].filter((j) => weight[j] > 0);
    const between = spread(seen.map((j) => own[j])).sd;
    const freedom = N - seen.length;
    const within = freedom && ss ? Math.sqrt(ss / freedom) : between || 1;
    const wide = Math.hypot(between, within / Math.sqrt(Math.max(...weight)));
    const centre = grandMean(groups);
    const q = new Float64Array(first + J);
    q[0] = centre + ((2 * wide) / Math.sqrt(seen.length)) * source.normal();
    q[1] = Math.log(onTau.inside(source, wide * Math.exp(source.uniform(-2, 1))));
    q[2] = Math.log(onSigma.inside(source, within * Math.exp(source.uniform(-1, 1))));
    for (let j = 0; j < J; j++) {
      const z = 2 * source.normal();
      const [level, sd] =
        weight[j] > 0 ? [own[j], within / Math.sqrt(weight[j])] : [centre, wide];
      q[first + j] = centred ? level + sd * z : z;
    }
    return q;
  }

  const conditionals = {
    theta: ({ mu, tau, sigma }) => thetaGiven(own, weight, mu, tau, sigma ** -2),
    mu: ({ theta, tau }) => meanGiven(muPrior, theta, tau),
    ...scaleGiven("tau", tauPrior, J, ({ theta, mu }) =>
      theta.reduce((sum, x) => sum + (x - mu) ** 2, 0),
    ),
    ...scaleGiven("sigma", sigmaPrior, N, ({ theta }) =>
      theta.reduce((sum, x, j) => sum + weight[j] * (own[j] - x) ** 2, ss),
    ),
  };

  return {
    dim: first + J,
    names: ["mu", "tau", "sigma", ...labels.map((label) => `theta[${label}]`)],
    logp: (q) => logpAndGrad(q, null),
    logpAndGrad,
    logpTerm: (q, [index]) => term(q, index, Math.exp(-2 * q[2])),
    constrain,
    initial,
    conditionals,
    gibbsState: (values) => blocksOf(values, ["mu", "tau", "sigma"], conditionals),
  };
}
