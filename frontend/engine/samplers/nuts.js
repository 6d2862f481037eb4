// The No-U-Turn Sampler: follow a path both ways until it turns back, draw one of its points. The
// twin of `hbmlib.kernels.NUTS`, for one chain.

import { start } from "./hmc.js";
import { momentum, ones } from "./leapfrog.js";
import { Path, point } from "./tree.js";

export function nuts(target, options = {}) {
  const { stepSize = 0.1, inverseMass = ones(target.dim), maxDepth = 10 } = options;

  // A path that waits to be doubled, with fresh momenta p ~ N(0, M) unless they are given.
  function path(source, state, p = momentum(source, inverseMass)) {
    const first = point({ ...state, p }, inverseMass);
    return new Path({ target, stepSize, inverseMass, maxDepth }, first, source.random);
  }

  // What a path that is done leads to.
  function finish({ tree, accept, nGrad, diverging, depth }) {
    const { q, logp, grad, energy } = tree.drawn;
    const info = { accept: accept / nGrad, diverging, energy, nGrad, treeDepth: depth };
    return { state: { q, logp, grad }, info };
  }

  function step(source, state) {
    const walk = path(source, state);
    while (!walk.done) walk.double(false);
    return finish(walk);
  }

  return {
    kind: "nuts",
    target,
    names: target.names,
    stepSize,
    inverseMass,
    maxDepth,
    targetAccept: 0.8,
    init: (q) => start(target, q),
    path,
    finish,
    step,
    constrain: target.constrain,
    withSize: (size) => nuts(target, { ...options, stepSize: size }),
    withMass: (mass) => nuts(target, { ...options, inverseMass: mass }),
  };
}
