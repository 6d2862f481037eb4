"""Samplers as calibration wants them: many data sets in, draws for each of them out."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, targets
from hbmlib.calibration._simulation import Problem
from hbmlib.sample import sample

__all__ = ["Chains", "stacked"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chains:
    """A kernel with its warm-up, as `hbmlib.sample.sample` runs it.

    Parameters
    ----------
    kernel : callable
        Makes a kernel of a model: a class such as NUTS, or a function at the top of a module.
    options : mapping, optional
        Keyword arguments of `kernel`.
    warmup, chains : int, optional
        Steps of warm-up, and chains, for each data set.
    draws : int, optional
        Draws of each chain to begin with. Where they are worth too few, they are made again,
        twice as many.
    doublings : int, optional
        How often.
    together : bool, optional
        Whether to fit all data sets at once, as chains of one run whose model holds all the data;
        they then share the tuning. Much faster, for Gibbs, HMC and Metropolis.

    Raises
    ------
    ValueError
        If a count is not a whole number above zero (`warmup` and `doublings` may be zero).

    Notes
    -----
    Data sets fitted together certify the kernel, at a step size and scales that suit all of them
    on the whole: after warm-up these are fixed, and a right kernel leaves every posterior as it
    is at any size. One by one, each data set gets a call of `sample` with a warm-up of its own,
    as readers make it, and the certificate covers that too. NUTS has to be fitted so, since paths
    of unequal length would ask a stacked model for some of its rows.

    Examples
    --------
    >>> from hbmlib.kernels import HMC
    >>> Chains(HMC, {"step_size": 0.1, "n_steps": 10}, warmup=200, together=True).chains
    2
    """

    kernel: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    warmup: int = 300
    chains: int = 2
    draws: int = 300
    doublings: int = 5
    together: bool = False

    def __post_init__(self) -> None:
        for name, minimum in (("warmup", 0), ("chains", 1), ("draws", 4), ("doublings", 0)):
            value = int(checks.whole(name, getattr(self, name), minimum, shape=()))
            object.__setattr__(self, name, value)

    def fit(
        self, problem: Problem, data: Floats, draws: int, seed: np.random.SeedSequence
    ) -> Floats:
        """Draw from the posterior of each data set: (size, chain, draw, quantity)."""
        models = [problem.model(one) for one in data]
        if self.together:
            return self._fit_together(models, draws, seed)
        return np.stack(
            [
                self._sample(model, draws, self.chains, child)
                for model, child in zip(models, seed.spawn(len(models)), strict=True)
            ]
        )

    def _fit_together(
        self, models: Sequence[Any], draws: int, seed: np.random.SeedSequence
    ) -> Floats:
        starts, run = seed.spawn(2)
        rng = np.random.default_rng(starts)
        q = np.concatenate([targets.initial_points(m, rng, self.chains) for m in models])
        model = stacked([model for model in models for _ in range(self.chains)], q)
        values = self._sample(model, draws, len(q), run, q)
        return values.reshape(len(models), self.chains, *values.shape[1:])

    def _sample(
        self,
        model: Any,
        draws: int,
        chains: int,
        seed: np.random.SeedSequence,
        inits: Floats | None = None,
    ) -> Floats:
        return sample(
            self.kernel(model, **self.options),
            draws=draws,
            warmup=self.warmup,
            chains=chains,
            seed=int(seed.generate_state(1)[0]),
            inits=inits,
            progress=False,
        ).values


def stacked(models: Sequence[Any], q: Floats) -> Any:
    """Make one model of many that differ in their data alone.

    Numbers that differ get a leading axis, one row for each chain. Whether the model then works
    is tried, not assumed.

    Parameters
    ----------
    models : sequence of targets
        One for each chain.
    q : ndarray, shape (chain, dim)
        A point for each, at which its density and gradient are compared with the stack's.

    Returns
    -------
    target
        A model whose densities are for exactly so many chains.

    Raises
    ------
    ValueError
        If the models cannot be stacked.

    Examples
    --------
    >>> from hbmlib import models, pooling
    >>> both = [models.NormalMeans(pooling.from_means(x, n=2, ss=1)) for x in ([1, 2], [3, 5])]
    >>> q = np.zeros((2, 5))
    >>> stacked(both, q).logp(q).round(2), both[1].logp(q[1]).round(2)
    (array([-24.62, -53.62]), np.float64(-53.62))
    """
    try:
        model = _stack(list(models))
        with np.errstate(all="ignore"):
            together = model.logp_and_grad(q)
            alone = [one.logp_and_grad(row) for one, row in zip(models, q, strict=True)]
        same = all(
            np.allclose(x, y, rtol=1e-8, atol=1e-8, equal_nan=True)
            for x, y in zip(together, zip(*alone, strict=True), strict=True)
        )
    except (ValueError, IndexError, TypeError):
        same = False
    if not same:
        raise ValueError(
            f"`models` must be of one kind, with data of one shape that can take an axis more; "
            f"got {type(models[0]).__name__}, which cannot. Set together=False."
        )
    return model


def _stack(things: list[Any]) -> Any:
    first = things[0]
    if all(thing is first for thing in things):
        return first
    if isinstance(first, np.ndarray | float | np.floating):
        arrays = np.stack(things)
        return first if (arrays == arrays[0]).all() else arrays
    if is_dataclass(first) and "__dict__" in dir(first):
        new = copy.copy(first)
        for name in vars(first):
            new.__dict__[name] = _stack([vars(thing)[name] for thing in things])
        return new
    if all(thing == first for thing in things):
        return first
    raise ValueError(f"{first!r} differs")
