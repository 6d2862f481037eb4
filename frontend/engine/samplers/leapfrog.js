// Hamiltonian dynamics: a particle of position q and momentum p slides over -log π(q). The twin of
// `hbmlib.kernels.leapfrog`, for one chain.

export const MAX_ENERGY_ERROR = 1000; // a step that loses more than this has left the trajectory

export const ones = (dim) => new Float64Array(dim).fill(1);

// K(p) = p' M^-1 p / 2
export function kineticEnergy(p, inverseMass) {
  let energy = 0;
  for (let i = 0; i < p.length; i++) energy += 0.5 * p[i] * inverseMass[i] * p[i];
  return energy;
}

// p ~ N(0, M)
export const momentum = ({ normal }, inverseMass) =>
  inverseMass.map((m) => normal() / Math.sqrt(m));

// Follows Hamilton's equations for some steps; a negative step size goes back in time. Half steps
// of momentum that meet are taken as one.
export function leapfrog(target, q, p, grad, stepSize, inverseMass, nSteps = 1) {
  [q, p, grad] = [q.slice(), p.slice(), grad.slice()];
  let logp = NaN;
  const dim = q.length;
  for (let i = 0; i < dim; i++) p[i] += 0.5 * stepSize * grad[i]; // p ← p + (ε/2) ∇log π(q)
  for (let k = 1; k <= nSteps; k++) {
    for (let i = 0; i < dim; i++) q[i] += stepSize * inverseMass[i] * p[i]; // q ← q + ε M⁻¹ p
    logp = target.logpAndGrad(q, grad);
    const kick = k < nSteps ? stepSize : 0.5 * stepSize; // the last step of momentum is a half
    for (let i = 0; i < dim; i++) p[i] += kick * grad[i];
  }
  return { q, p, logp, grad };
}

// Every point of a path, the first included, with its energy and its error against the first. The
// path ends where it diverges.
export function orbit(target, q, p, { stepSize, nSteps, inverseMass = ones(q.length) }) {
  const grad = new Float64Array(q.length);
  const logp = target.logpAndGrad(q, grad);
  let at = { q: Float64Array.from(q), p: Float64Array.from(p), logp, grad };
  const start = kineticEnergy(p, inverseMass) - logp;
  const points = [{ ...at, energy: start, error: 0, diverging: false }];
  for (let k = 0; k < nSteps && !points.at(-1).diverging; k++) {
    at = leapfrog(target, at.q, at.p, at.grad, stepSize, inverseMass);
    const energy = kineticEnergy(at.p, inverseMass) - at.logp;
    const error = energy - start;
    const diverging = !(Number.isFinite(error) && error < MAX_ENERGY_ERROR);
    points.push({ ...at, energy, error, diverging });
  }
  return points;
}
