// A line for each individual, drawn from a population of lines: the twin of
// `hbmlib.models.VaryingRegression` without correlation. Coordinates: mu_alpha, mu_beta, log
// tau_alpha, log tau_beta, log sigma, all alpha, all beta, or the standard normals of both.

import { countsOf, noiseOf } from "./individuals.js";
import { spread } from "./hierarchy.js";
import { meanPrior, onLogAxis } from "./log_priors.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);
const FIRST = 5;
const total = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
const pair = (prior) => (Array.isArray(prior) ? prior : [prior, prior]);

export function varyingRegression({
  lines,
  muPrior = { family: "normal", mean: 0, sd: 3 },
  tauPrior = { family: "uniform", lower: 0, upper: 10 },
  sigmaPrior = { family: "uniform", lower: 0, upper: 10 },
  centred = true,
  labels = Array.from(lines.n, (_, j) => j),
}) {
  const { n, xMean, yMean, xx, slope } = lines;
  const J = n.length;
  const N = countsOf(lines).total;
  const rss = total(lines.rss);
  const onMu = pair(muPrior).map(meanPrior);
  const onTau = pair(tauPrior).map(onLogAxis);
  const onSigma = onLogAxis(sigmaPrior);
  const constant = -(N + 2 * J) * HALF_LOG_2PI;

  function logpAndGrad(q, grad) {
    const mu = [q[0], q[1]];
    const tau = [Math.exp(q[2]), Math.exp(q[3])];
    const precision = Math.exp(-2 * q[4]);
    const [alongMu, alongTau] = [[0, 0], [0, 0]];
    let [square, misfit] = [0, rss * precision];
    for (let j = 0; j < J; j++) {
      const at = [FIRST + j, FIRST + J + j];
      const z = at.map((i, k) => (centred ? (q[i] - mu[k]) / tau[k] : q[i]));
      const line = at.map((i, k) => (centred ? q[i] : mu[k] + tau[k] * z[k]));
      const error = yMean[j] - line[0] - line[1] * xMean[j];
      const steepness = slope[j] - line[1];
      const pull = [n[j] * error * precision, 0]; // d log p(y | α, β, σ) / d(α, β)
      pull[1] = pull[0] * xMean[j] + xx[j] * steepness * precision;
      misfit += pull[0] * error + xx[j] * steepness * steepness * precision;
      square += z[0] * z[0] + z[1] * z[1];
      if (!grad) continue;
      for (let k = 0; k < 2; k++) {
        if (centred) {
          const push = z[k] / tau[k];
          alongMu[k] += push;
          alongTau[k] += z[k] * z[k];
          grad[at[k]] = pull[k] - push;
        } else {
          alongMu[k] += pull[k];
          alongTau[k] += tau[k] * pull[k] * z[k];
          grad[at[k]] = tau[k] * pull[k] - z[k];
        }
      }
    }
    let logp = onSigma.logDensity(q[4]) - N * q[4] - 0.5 * (misfit + square) + constant;
    for (let k = 0; k < 2; k++) {
      logp += onMu[k].logDensity(q[k]) + onTau[k].logDensity(q[2 + k]);
      if (centred) logp -= J * q[2 + k]; // p(α, β | μ, τ) = N(z_a) N(z_b) / (τ_a τ_b)
      if (grad) {
        grad[k] = alongMu[k] + onMu[k].slope(q[k]);
        grad[2 + k] = alongTau[k] + onTau[k].slope(q[2 + k]) - (centred ? J : 0);
      }
    }
    if (grad) grad[4] = misfit - N + onSigma.slope(q[4]);
    return logp;
  }

  // The part that depends on one individual's coordinates, given all else.
  function logpTerm(q, [index]) {
    const j = (index - FIRST) % J;
    const precision = Math.exp(-2 * q[4]);
    const z = [0, 0];
    const line = [0, 0];
    for (let k = 0; k < 2; k++) {
      const tau = Math.exp(q[2 + k]);
      const x = q[FIRST + k * J + j];
      z[k] = centred ? (x - q[k]) / tau : x;
      line[k] = centred ? x : q[k] + tau * x;
    }
    const error = yMean[j] - line[0] - line[1] * xMean[j];
    const misfit = n[j] * error ** 2 + xx[j] * (slope[j] - line[1]) ** 2;
    return -0.5 * (misfit * precision + z[0] ** 2 + z[1] ** 2);
  }

  function constrain(q) {
    const values = Float64Array.from(q);
    for (let i = 2; i < FIRST; i++) values[i] = Math.exp(q[i]);
    for (let i = FIRST; i < values.length && !centred; i++) {
      const k = i < FIRST + J ? 0 : 1;
      values[i] = q[k] + values[2 + k] * q[i];
    }
    return values;
  }

  // Rough lines and their sds; slopes lean a little towards the common one.
  function rough() {
    const lean = (0.2 * total(xx)) / J || 1;
    const common = total(xx.map((v, j) => v * slope[j])) / (total(xx) || 1);
    const beta = slope.map((b, j) => (xx[j] * b + lean * common) / (xx[j] + lean));
    return [
      [yMean.map((y, j) => y - beta[j] * xMean[j]), n.map((m) => noiseOf(lines) / Math.sqrt(m))],
      [beta, xx.map((v) => noiseOf(lines) / Math.sqrt(v + lean))],
    ];
  }

  // A starting point, wider than the posterior.
  function initial(source) {
    const q = Float64Array.from({ length: FIRST + 2 * J }, source.normal);
    rough().forEach(([level, sd], k) => {
      const { mean, sd: between } = spread(level);
      const wide = Math.hypot(between, Math.min(...sd));
      const tau = wide * Math.exp(source.uniform(-2, 1));
      q[k] = mean + ((2 * wide) / Math.sqrt(J)) * q[k];
      q[2 + k] = Math.log(onTau[k].inside(source, tau));
      for (let j = 0; j < J; j++) {
        const i = FIRST + k * J + j;
        q[i] = centred ? level[j] + 2 * sd[j] * q[i] : 2 * q[i];
      }
    });
    q[4] = Math.log(onSigma.inside(source, noiseOf(lines) * Math.exp(source.uniform(-1, 1))));
    return q;
  }

  const own = ["alpha", "beta"].flatMap((name) => labels.map((label) => `${name}[${label}]`));
  return {
    dim: FIRST + 2 * J,
    names: ["mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "sigma", ...own],
    logp: (q) => logpAndGrad(q, null),
    logpAndGrad,
    logpTerm,
    constrain,
    initial,
  };
}
