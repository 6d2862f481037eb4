"""Gibbs sampling: draw each block of parameters in turn, given all the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, targets

__all__ = ["Gibbs"]

Floats = NDArray[np.float64]
Blocks = Mapping[str, Floats]  # each with a leading chain axis


class State(NamedTuple):
    """Where the chains are."""

    q: Floats  # (chain, number of names): the named values themselves
    blocks: Blocks  # the same by parameter, with whatever else the conditionals need


class Info(NamedTuple):
    """What happened in a step, for each chain."""

    diverging: NDArray[np.bool_]  # a conditional gave a number that is not finite


@dataclass(frozen=True, eq=False)
class Gibbs:
    """Gibbs sampler, all chains in lock-step.

    Parameters
    ----------
    model : Target
        A target that offers `conditionals`, a mapping of a name to a function (rng, blocks) that
        draws this block given all others, and `gibbs_state(values)`, which makes the blocks
        from named values.
    scan : {"systematic", "random"}, optional
        Whether a step draws every block once, in the order of `conditionals`, or draws as many
        blocks, each picked at random. The pick is the same for all chains.

    Raises
    ------
    ValueError
        If the model has no conditionals, or `scan` is unknown.

    References
    ----------
    Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images", IEEE Transactions on Pattern Analysis and Machine Intelligence 6.

    Examples
    --------
    A model of two standard normal values with correlation 0.6:

    >>> class Pair(targets.Gaussian):
    ...     conditionals = {
    ...         "a": lambda rng, x: 0.6 * x["b"] + 0.8 * rng.standard_normal(x["b"].shape),
    ...         "b": lambda rng, x: 0.6 * x["a"] + 0.8 * rng.standard_normal(x["a"].shape)}
    ...     names = property(lambda self: ("a", "b"))
    ...     def gibbs_state(self, values):
    ...         return {"a": values[:, 0], "b": values[:, 1]}
    >>> kernel = Gibbs(Pair([0, 0], [[1, 0.6], [0.6, 1]]))
    >>> state, info = kernel.step(np.random.default_rng(1), kernel.init(np.zeros((8, 2))))
    >>> state.q.shape
    (8, 2)
    """

    model: Any
    scan: str = "systematic"

    def __post_init__(self) -> None:
        checks.one_of("scan", self.scan, ("systematic", "random"))
        if not getattr(self.model, "conditionals", None):
            raise ValueError(
                f"`model` must offer `conditionals`; got {type(self.model).__name__}, which has "
                "none. Metropolis works without, and HMC and NUTS if it has gradients."
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values."""
        return self.model.names

    def init(self, q: ArrayLike) -> State:
        """Start one chain from each row of `q`, shape (chain, dim), on the unbounded scale."""
        q, _ = targets.start(self.model, np.atleast_2d(q), grad=False)
        return self.state(self.model.gibbs_state(self.model.constrain(q)))

    def step(self, rng: np.random.Generator, state: State) -> tuple[State, Info]:
        """Draw each block from its distribution given all others."""
        blocks, conditionals = dict(state.blocks), self.model.conditionals
        diverging = np.zeros(len(state.q), dtype=bool)
        order = list(conditionals)
        if self.scan == "random":
            order = rng.choice(order, size=len(order))
        for name in order:
            new = conditionals[name](rng, blocks)  # x_k ~ π(x_k | all other x)
            odd = ~np.isfinite(new)
            if odd.any():
                chains = odd.reshape(len(odd), -1).any(axis=1)
                new[chains] = blocks[name][chains]
                diverging |= chains
            blocks[name] = new
        return self.state(blocks), Info(diverging)

    def state(self, blocks: Blocks) -> State:
        """Put the named values of all blocks into one array, in the order of `names`."""
        parameters = dict.fromkeys(name.partition("[")[0] for name in self.names)
        columns = [blocks[name].reshape(len(blocks[name]), -1) for name in parameters]
        return State(np.concatenate(columns, axis=1), blocks)

    def constrain(self, q: Floats) -> Floats:
        """Return recorded values as they are."""
        return q
