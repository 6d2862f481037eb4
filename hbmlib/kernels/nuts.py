"""The No-U-Turn Sampler: follow a path both ways until it turns back, draw one of its points."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import is_
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, targets
from hbmlib.kernels.base import TargetKernel, checked_mass
from hbmlib.kernels.hmc import State
from hbmlib.kernels.leapfrog import leapfrog, momentum
from hbmlib.kernels.tree import Path, Point

__all__ = ["NUTS"]

Floats = NDArray[np.float64]


class Info(NamedTuple):
    """What happened in a step, for each chain."""

    accept: Floats  # mean over the path of min(1, π(q', p') / π(q, p))
    diverging: NDArray[np.bool_]
    energy: Floats  # H(q, p) of the state drawn
    n_grad: NDArray[np.int64]
    tree_depth: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NUTS(TargetKernel):
    """No-U-Turn Sampler with multinomial draws, chains beside each other.

    Parameters
    ----------
    target : Target
        The distribution to sample from, with gradients.
    step_size : float, optional
        Length ε of a leapfrog step; warm-up tunes it.
    inverse_mass : array_like, shape (dim,), optional
        Diagonal of M⁻¹: about the target's variances. Ones by default.
    max_depth : int, optional
        The path doubles at most so often.

    Raises
    ------
    ValueError
        If the target has no gradient, or a size is not positive.

    References
    ----------
    Hoffman and Gelman (2014), "The No-U-Turn Sampler", Journal of Machine Learning Research 15,
    for the doubling. Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo",
    arXiv:1701.02434, appendix A, for the weights, the biased draw and the turning of Σ p. The
    two checks across neighbouring halves are Stan's, of 2019.

    Examples
    --------
    >>> kernel = NUTS(targets.Gaussian([0, 3], [[1, 0], [0, 4]]), step_size=0.5)
    >>> state = kernel.init([[0, 3], [1, 1], [-1, 2]])  # three chains
    >>> state, info = kernel.step(np.random.default_rng(1), state)
    >>> info.n_grad
    array([15,  7,  3])
    """

    target: targets.Target
    step_size: float = 0.1
    inverse_mass: ArrayLike | None = None
    max_depth: int = 10

    target_accept: ClassVar[float] = 0.8

    def __post_init__(self) -> None:
        self.__dict__.update(
            step_size=float(checks.positive("step_size", self.step_size, shape=())),
            inverse_mass=checked_mass(self),
            max_depth=int(checks.whole("max_depth", self.max_depth, minimum=1, shape=())),
        )

    def init(self, q: ArrayLike) -> State:
        """Start one chain from each row of `q`, shape (chain, dim)."""
        return State(*targets.start(self.target, np.atleast_2d(q)))

    def step(self, rng: np.random.Generator, state: State) -> tuple[State, Info]:
        """Double each chain's path until it turns back, and move to a point drawn from it."""
        p = momentum(rng, self.inverse_mass, state.q.shape)  # p ~ N(0, M)
        firsts = self.points(state.q, p, state.logp, state.grad)
        step = np.full(self.target.dim, self.step_size)
        paths = [Path(first, step, rng.random) for first in firsts]
        self.follow(paths)
        q, _, logp, grad, _, energy = zip(*(path.drawn for path in paths), strict=True)
        counts = ((x.accept / x.n_grad, x.diverging, x.n_grad, x.depth) for x in paths)
        accept, diverging, n_grad, depth = map(np.array, zip(*counts, strict=True))
        state = State(np.array(q), np.array(logp), np.array(grad))
        return state, Info(accept, diverging, np.array(energy), n_grad, depth)

    def follow(self, paths: list[Path]) -> None:
        """Let all paths take their steps together, until none wants another."""
        walks = {path: path.walk(self.max_depth) for path in paths}
        wishes, points = {path: next(walk) for path, walk in walks.items()}, []
        while wishes:
            if len(points) != len(wishes) or not all(map(is_, points, wishes.values())):
                q, p, _, grad, *_ = zip(*wishes.values(), strict=True)  # some go on elsewhere
                q, p, grad = map(np.array, (q, p, grad))
                step = np.array([path.step for path in wishes])
            q, p, logp, grad = leapfrog(self.target, q, p, grad, step, self.inverse_mass)
            points = list(self.points(q, p, logp, grad))
            answers = {path: walks[path].send(x) for path, x in zip(wishes, points, strict=True)}
            wishes = {path: point for path, point in answers.items() if point}

    def points(self, q: Floats, p: Floats, logp: Floats, grad: Floats) -> Iterator[Point]:
        """Make points of the rows of arrays, with H = K(p) - log π(q)."""
        v = self.inverse_mass * p
        energy = 0.5 * np.vecdot(p, v) - logp
        return map(Point, q, p, logp.tolist(), grad, v, energy.tolist())
