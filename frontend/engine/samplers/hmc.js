// Hamiltonian Monte Carlo: propose the end of a path, accept it by its error in energy. The twin of
// `hbmlib.kernels.HMC`, for one chain.

import { kineticEnergy, leapfrog, MAX_ENERGY_ERROR, momentum, ones } from "./leapfrog.js";

// The number of steps is drawn anew for each path, from (1 - jitter) to (1 + jitter) times
// `nSteps`: a fixed length could return to where it began.
export function hmc(target, options) {
  const { stepSize, nSteps, inverseMass = ones(target.dim), jitter = 0.5 } = options;

  function step(source, state) {
    const p = momentum(source, inverseMass); // p ~ N(0, M)
    const before = kineticEnergy(p, inverseMass) - state.logp; // H = K(p) - log π(q)
    const spread = Math.floor(jitter * nSteps);
    const length = Math.max(1, nSteps + source.whole(-spread, spread));

    const end = leapfrog(target, state.q, p, state.grad, stepSize, inverseMass, length);
    const after = kineticEnergy(end.p, inverseMass) - end.logp;
    const error = after - before;
    const diverging = !(Number.isFinite(error) && error < MAX_ENERGY_ERROR);
    const accept = diverging ? 0 : Math.exp(Math.min(0, -error)); // min(1, π(q', p') / π(q, p))
    const moved = source.random() < accept;

    const { q, logp, grad } = end;
    const energy = moved ? after : before;
    return {
      state: moved ? { q, logp, grad } : state,
      info: { accept, diverging, energy, nGrad: length, moved, start: { q: state.q, p }, end },
    };
  }

  return {
    kind: "hmc",
    target,
    names: target.names,
    stepSize,
    nSteps,
    inverseMass,
    jitter,
    targetAccept: 0.8,
    init: (q) => start(target, q),
    step,
    constrain: target.constrain,
    withSize: (size) => hmc(target, { ...options, stepSize: size }),
    withMass: (mass) => hmc(target, { ...options, inverseMass: mass }),
  };
}

// Where a chain that follows gradients starts.
export function start(target, q) {
  const grad = new Float64Array(target.dim);
  const logp = target.logpAndGrad(q, grad);
  return { q: Float64Array.from(q), logp, grad };
}
