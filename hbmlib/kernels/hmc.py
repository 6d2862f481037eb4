"""Hamiltonian Monte Carlo: propose the end of a path, accept it by its error in energy."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, targets
from hbmlib.kernels.base import TargetKernel, checked_mass
from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, kinetic_energy, leapfrog, momentum
from hbmlib.targets import Target

__all__ = ["HMC"]

Floats = NDArray[np.float64]


class State(NamedTuple):
    """Where the chains are, with what is known of the target there."""

    q: Floats  # (chain, dim)
    logp: Floats  # (chain,)
    grad: Floats  # (chain, dim)


class Info(NamedTuple):
    """What happened in a step, for each chain."""

    accept: Floats  # probability of accepting the end of the path
    diverging: NDArray[np.bool_]
    energy: Floats  # H(q, p) of the state that the step ends in
    n_grad: int


@dataclass(frozen=True, eq=False)
class HMC(TargetKernel):
    """Hamiltonian Monte Carlo, with all chains in lock-step.

    Parameters
    ----------
    target : Target
        The distribution to sample from, with gradients.
    step_size : float
        Length ε of a leapfrog step.
    n_steps : int
        Mean number of leapfrog steps of a path.
    inverse_mass : array_like, shape (dim,), optional
        Diagonal of M⁻¹: about the target's variances. Ones by default.
    jitter : float, optional
        The number of steps is drawn anew for each path, from (1 - jitter) to (1 + jitter) times
        `n_steps`, the same for all chains. A fixed length could return to where it began.

    Raises
    ------
    ValueError
        If the target has no gradient, a size is not positive, or `jitter` not from 0 to 1.

    References
    ----------
    Duane, Kennedy, Pendleton and Roweth (1987), "Hybrid Monte Carlo", Physics Letters B 195.
    Neal (2011), "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo, 5.3.2.

    Examples
    --------
    >>> kernel = HMC(targets.Gaussian([0, 3], [[1, 0], [0, 4]]), step_size=0.5, n_steps=5)
    >>> state = kernel.init(np.zeros((8, 2)))  # eight chains
    >>> state, info = kernel.step(np.random.default_rng(1), state)
    >>> state.q.shape, info.accept.shape
    ((8, 2), (8,))
    """

    target: Target
    step_size: float
    n_steps: int
    inverse_mass: ArrayLike | None = None
    jitter: float = 0.5

    target_accept: ClassVar[float] = 0.8

    def __post_init__(self) -> None:
        self.__dict__.update(
            step_size=float(checks.positive("step_size", self.step_size, shape=())),
            n_steps=int(checks.whole("n_steps", self.n_steps, minimum=1, shape=())),
            inverse_mass=checked_mass(self),
            jitter=float(checks.probability("jitter", self.jitter, shape=())),
        )

    def init(self, q: ArrayLike) -> State:
        """Start one chain from each row of `q`, shape (chain, dim)."""
        return State(*targets.start(self.target, q))

    def step(self, rng: np.random.Generator, state: State) -> tuple[State, Info]:
        """Draw fresh momenta, follow a path, and accept or refuse its end."""
        p = momentum(rng, self.inverse_mass, state.q.shape)  # p ~ N(0, M)
        before = kinetic_energy(p, self.inverse_mass) - state.logp  # H = K(p) - log π(q)
        spread = int(self.jitter * self.n_steps)
        n_steps = max(1, self.n_steps + int(rng.integers(-spread, spread, endpoint=True)))

        q, p, logp, grad = leapfrog(
            self.target, state.q, p, state.grad, self.step_size, self.inverse_mass, n_steps
        )
        after = kinetic_energy(p, self.inverse_mass) - logp
        error = after - before
        diverging = ~(np.isfinite(error) & (error < MAX_ENERGY_ERROR))
        log_ratio = np.where(diverging, -np.inf, -error)  # log of π(q', p') / π(q, p)
        accept = np.exp(np.minimum(0.0, log_ratio))  # min(1, ratio)
        moved = rng.random(accept.shape) < accept

        new = (np.where(moved[..., None], q, state.q), np.where(moved, logp, state.logp))
        grad = np.where(moved[..., None], grad, state.grad)
        return State(*new, grad), Info(accept, diverging, np.where(moved, after, before), n_steps)
