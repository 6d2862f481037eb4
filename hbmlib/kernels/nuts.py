"""The No-U-Turn Sampler: follow a path both ways until it turns back, draw one of its points."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hbmlib import checks, targets
from hbmlib.kernels.base import TargetKernel, checked_mass
from hbmlib.kernels.hmc import State
from hbmlib.kernels.tree import Path, Tree

__all__ = ["NUTS"]


class Info(NamedTuple):
    """What happened in a step."""

    accept: float  # mean over the path of min(1, π(q', p') / π(q, p))
    diverging: bool
    energy: float  # H(q, p) of the state drawn
    n_grad: int
    tree_depth: int


@dataclass(frozen=True, eq=False)
class NUTS(TargetKernel):
    """No-U-Turn Sampler with multinomial draws, for one chain.

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
    >>> state, info = kernel.step(np.random.default_rng(1), kernel.init([0, 3]))
    >>> info.n_grad, info.diverging
    (15, False)
    """

    target: targets.Target
    step_size: float = 0.1
    inverse_mass: ArrayLike | None = None
    max_depth: int = 10

    lockstep: ClassVar[bool] = False
    target_accept: ClassVar[float] = 0.8

    def __post_init__(self) -> None:
        self.__dict__.update(
            step_size=float(checks.positive("step_size", self.step_size, shape=())),
            inverse_mass=checked_mass(self),
            max_depth=int(checks.whole("max_depth", self.max_depth, minimum=1, shape=())),
        )

    def init(self, q: ArrayLike) -> State:
        """Start the chain from `q`, shape (dim,)."""
        return State(*targets.start(self.target, np.ravel(q)))

    def step(self, rng: np.random.Generator, state: State) -> tuple[State, Info]:
        """Double the path until it turns back, and move to a point drawn from it."""
        path = Path(self, rng, state)
        first = path.first
        tree, depth, turned = Tree(first, first, first.p, 0.0, first), 0, False
        while depth < self.max_depth and not turned:
            if rng.random() < 0.5:  # go on from the other end, the other way in time
                tree = tree._replace(start=tree.end, end=tree.start)
                path.step_size = -path.step_size
            more = path.grow(tree.end, depth)
            depth += 1
            if more is None:
                break
            tree, turned = path.join(tree, more, biased=True)
        q, _, _, logp, grad, energy = tree.drawn
        accept = path.accept / path.n_grad
        return State(q, logp, grad), Info(accept, path.diverging, energy, path.n_grad, depth)
