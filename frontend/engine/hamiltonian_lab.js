// What HamiltonianLab computes: one path of Hamiltonian Monte Carlo, its error in energy, and
// whether its end would be accepted.

import * as plane from "./plane.js";
import { hmc } from "./samplers/hmc.js";
import { kineticEnergy, leapfrog, MAX_ENERGY_ERROR, orbit } from "./samplers/leapfrog.js";
import * as words from "./words.js";

export const MAX_STEPS = 200;

export const check = (state, given) => ({
  ...plane.checkPlane(state, given),
  n_steps: words.whole("n_steps", state.n_steps, 1, MAX_STEPS),
  jitter: words.flag("jitter", state.jitter),
  seed: words.seed("seed", state.seed),
});

// The path of `steps` steps from q with momentum p: its points, as far as they go, and what the
// kernel makes of its end.
export function pathOf({ target }, state, q, p, steps) {
  const inverseMass = plane.inverseOf(state);
  const grad = new Float64Array(2);
  const logp = target.logpAndGrad(q, grad);
  const points = orbit(target, q, p, { stepSize: state.step_size, nSteps: steps, inverseMass });
  const end = leapfrog(target, q, p, grad, state.step_size, inverseMass, steps);
  const before = kineticEnergy(p, inverseMass) - logp;
  const error = kineticEnergy(end.p, inverseMass) - end.logp - before;
  const diverging = !(Number.isFinite(error) && error < MAX_ENERGY_ERROR);
  const accept = diverging ? 0 : Math.exp(Math.min(0, -error));
  return { q, p, steps, logp, grad, points, end: end.q, error, diverging, accept };
}

export function compute(state, given, cache) {
  const shown = plane.planeFor(state, given, cache);
  const p = plane.momentumOf(plane.PUSH, state);
  return { plane: shown, path: pathOf(shown, state, shown.start, p, state.n_steps) };
}

export const kernelOf = ({ target }, state) =>
  hmc(target, {
    stepSize: state.step_size,
    nSteps: state.n_steps,
    inverseMass: plane.inverseOf(state),
    jitter: state.jitter ? 0.5 : 0,
  });

export const presentPath = ({ live, result }) => live?.path ?? result.path;

export function values(shown) {
  const path = presentPath(shown);
  return {
    exact: shown.result.plane.exact,
    position: Array.from(path.q),
    log_density: path.logp,
    gradient: Array.from(path.grad),
    path: {
      steps: path.steps,
      end: path.diverging ? null : Array.from(path.end),
      energy_error: path.diverging ? null : path.error,
      accept: path.accept,
      diverging: path.diverging,
    },
  };
}

export function slots(shown) {
  if (!shown.result) return { position: [0, 0], momentum: [0, 0], steps: shown.state.n_steps };
  const { q, p, steps } = presentPath(shown);
  return { position: Array.from(q), momentum: Array.from(p), steps };
}
