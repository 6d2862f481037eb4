"""Random-walk Metropolis: propose a point nearby, accept it by its density."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, targets
from hbmlib.kernels.base import TargetKernel, needs

__all__ = ["Metropolis"]

Floats = NDArray[np.float64]


class State(NamedTuple):
    """Where the chains are."""

    q: Floats  # (chain, dim)
    logp: Floats  # (chain,)


class Info(NamedTuple):
    """What happened in a step, for each chain."""

    accept: Floats  # probability of acceptance, mean over all decisions
    diverging: NDArray[np.bool_]  # the density of a proposal was nan
    accept_each: Floats  # (chain, dim): the probability that each coordinate met


@dataclass(frozen=True, eq=False)
class Metropolis(TargetKernel):
    """Random-walk Metropolis: all coordinates at once, by blocks, or one by one.

    Parameters
    ----------
    target : Target
        The distribution to sample from; it needs no gradient.
    scale : float or array_like, shape (dim,), optional
        Standard deviation of the proposals of each coordinate; warm-up tunes it.
    blocks : sequence of array_like, optional
        Coordinates to update in turn, by default all at once. A block is a row of coordinates,
        decided together, or has shape (sites, width), with a decision for each row: its rows
        must be independent given all else, and the target must offer `logp_terms`.

    Raises
    ------
    ValueError
        If a scale is not positive, a coordinate is not in one block, or `logp_terms` is missing.

    References
    ----------
    Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), "Equation of state calculations
    by fast computing machines", Journal of Chemical Physics 21.

    Examples
    --------
    >>> kernel = Metropolis(targets.Funnel(10), blocks=[[0], np.arange(1, 10)[:, None]])
    >>> state, info = kernel.step(np.random.default_rng(1), kernel.init(np.zeros((8, 10))))
    >>> state.q.shape, info.accept_each.shape
    ((8, 10), (8, 10))
    """

    target: targets.Target
    scale: ArrayLike = 1.0
    blocks: Sequence[ArrayLike] | None = None

    def __post_init__(self) -> None:
        dim = self.target.dim
        scale = checks.positive("scale", self.scale, shape=[(), (dim,)])
        given = [np.arange(dim)] if self.blocks is None else self.blocks
        rows = [checks.whole("block", b, shape=[("width",), ("sites", "width")]) for b in given]
        blocks = tuple(np.atleast_2d(row) for row in rows)
        if sorted(np.concatenate([b.ravel() for b in blocks])) != list(range(dim)):
            raise ValueError(
                f"`blocks` must hold each of 0 to {dim - 1} once; got {given}. Mend the list."
            )
        if max(len(b) for b in blocks) > 1:
            needs(self, "logp_terms", "Give each row a block of its own.")
        self.__dict__.update(scale=np.broadcast_to(scale, dim), blocks=blocks)

    @property
    def target_accept(self) -> Floats:
        """The best rate of acceptance of each coordinate: 0.44 alone, 0.234 among many."""
        best = np.empty(self.target.dim)
        for block in self.blocks:
            best[block] = 0.234 + 0.206 / block.shape[1]
        return best

    def init(self, q: ArrayLike) -> State:
        """Start one chain from each row of `q`, shape (chain, dim)."""
        return State(*targets.start(self.target, q, grad=False))

    def step(self, rng: np.random.Generator, state: State) -> tuple[State, Info]:
        """Propose and decide each block in turn, given the others."""
        q, logp = state
        accept_each, diverging = np.empty(q.shape), np.zeros(logp.shape, dtype=bool)
        for block in self.blocks:  # (sites, width)
            z = rng.standard_normal((*logp.shape, *block.shape))
            proposal = q.copy()
            proposal[..., block] += self.scale[block] * z  # q' ~ N(q, scale²): symmetric
            log_ratio = self.log_ratio(q, logp, proposal, block)  # log π(q') / π(q), each site
            wrong = np.isnan(log_ratio) | (log_ratio == np.inf)
            diverging |= wrong.any(axis=-1)
            accept = np.where(wrong, 0.0, np.exp(np.minimum(0.0, log_ratio)))  # min(1, ratio)
            moved = rng.random(accept.shape) < accept
            accept_each[..., block] = accept[..., None]
            mask = np.zeros(q.shape, dtype=bool)
            mask[..., block] = moved[..., None]
            q = np.where(mask, proposal, q)
            logp = logp + np.where(moved, log_ratio, 0.0).sum(axis=-1)
        return State(q, logp), Info(accept_each.mean(axis=-1), diverging, accept_each)

    def log_ratio(self, q: Floats, logp: Floats, new: Floats, block: NDArray[np.int64]) -> Floats:
        """Return log π(new) - log π(q) for each site of a block: (..., sites)."""
        if len(block) == 1:
            return (self.target.logp(new) - logp)[..., None]
        return self.target.logp_terms(new, block) - self.target.logp_terms(q, block)
