// What MetropolisLab computes: the posterior of (mu, log tau) of the eight schools, four starts, and
// what a decision on a proposal rests on.

import { MAX_SIZE, planeFor } from "./plane.js";
import { metropolis } from "./samplers/metropolis.js";
import * as words from "./words.js";

export const SCHEMES = ["together", "blocks"];
export const MAX_DRAWS = 4000;

export const check = (state, { effect }) => ({
  group_sizes: words.sizes(
    "group_sizes", state.group_sizes, new Array(effect.length).fill(MAX_SIZE),
  ),
  mu_prior: words.prior("mu_prior", state.mu_prior, words.LOCATION_FAMILIES),
  tau_prior: words.prior("tau_prior", state.tau_prior, words.SCALE_FAMILIES),
  scheme: words.oneOf("scheme", state.scheme, SCHEMES),
  step_mu: words.number("step_mu", state.step_mu, "positive", "Raise it.", 0.01, 1000),
  step_tau: words.number("step_tau", state.step_tau, "positive", "Raise it.", 0.001, 100),
  start_mu: words.number("start_mu", state.start_mu, "finite", "Give one number.", -100, 100),
  start_tau: words.number("start_tau", state.start_tau, "positive", "Raise it.", 0.01, 1000),
  apart: words.flag("apart", state.apart),
  seed: words.seed("seed", state.seed),
});

// The first chain's start and, when they are to be apart, its mirror images on the other sides of
// the medians of mu and log tau. None lies beyond the prior of tau.
export function startsOf({ exact }, state) {
  const { lower = 0, upper = Infinity } = state.tau_prior;
  const first = [state.start_mu, Math.log(state.start_tau)];
  if (!(state.start_tau > lower && state.start_tau < upper)) {
    throw new RangeError(
      `\`start_tau\` must be inside its prior, ${lower} to ${upper}; got ${state.start_tau}. ` +
        "Choose another.",
    );
  }
  if (!state.apart) return [first, first, first, first];
  const inside = Number.isFinite(upper) ? 0.01 * (upper - lower) : 0;
  const middle = exact.tau[1];
  const mirrored = Math.min(
    Math.max(middle ** 2 / state.start_tau, lower + inside), upper - inside,
  );
  const [mu, u] = [2 * exact.mu[1] - first[0], Math.log(mirrored)];
  return [first, [mu, u], [first[0], u], [mu, first[1]]];
}

const widened = ([low, high], values) => {
  const [least, most] = [Math.min(low, ...values), Math.max(high, ...values)];
  const room = 0.03 * (most - least);
  return [least < low ? least - room : low, most > high ? most + room : high];
};

export function compute(state, given, cache) {
  const plane = planeFor({ ...state, target: "schools" }, given, cache);
  const starts = startsOf(plane, state);
  const seen = {
    ...plane,
    x: widened(plane.x, starts.map(([mu]) => mu)),
    y: widened(plane.y, starts.map(([, u]) => u)),
  };
  return { plane: seen, starts: starts.map((q) => Float64Array.from(q)) };
}

export const kernelOf = ({ plane }, state) =>
  metropolis(plane.target, {
    scale: Float64Array.of(state.step_mu, state.step_tau),
    blocks: state.scheme === "blocks" ? [[0], [1]] : null,
  });

// The decisions of one step of a chain: from where, what was proposed, and what became of it.
export function decisions(before, { moves }) {
  let q = before;
  return moves.map(({ row, proposal, accept, moved }) => {
    const from = q;
    if (moved) {
      q = from.slice();
      for (const i of row) q[i] = proposal[i];
    }
    return { from, proposal, accept, moved };
  });
}

const positionOf = ({ live, result }) => live?.position ?? result.starts[0];
const decisionOf = ({ live }) => live?.decisions.at(-1) ?? null;

export function values(shown) {
  const { plane } = shown.result;
  const position = positionOf(shown);
  const grad = new Float64Array(2);
  const logp = plane.target.logpAndGrad(position, grad);
  const decision = decisionOf(shown);
  const ratio = decision && plane.target.logp(decision.proposal) - plane.target.logp(decision.from);
  return {
    exact: plane.exact,
    position: Array.from(position),
    log_density: logp,
    gradient: Array.from(grad),
    log_ratio: Number.isFinite(ratio) ? ratio : null,
    accept: decision && Math.exp(Math.min(0, ratio)),
  };
}

export function slots(shown) {
  if (!shown.result) return { position: [0, 0], from: null, proposal: null };
  const decision = decisionOf(shown);
  return {
    position: Array.from(positionOf(shown)),
    from: decision && Array.from(decision.from),
    proposal: decision && Array.from(decision.proposal),
  };
}
