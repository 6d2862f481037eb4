"""Checks of priors, blocks and of the existence of a posterior, shared by the models."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.priors import Flat, Normal, Prior
from hbmlib.propriety import excess


def mean_prior(name: str, prior: Any) -> Normal | Flat:
    """Return the prior of a mean, or refuse it."""
    if not isinstance(prior, Normal | Flat):
        raise ValueError(f"`{name}` must be Normal or Flat; got {prior!r}. Use Normal(0, 100).")
    return prior


def scale_prior(name: str, prior: Any) -> Prior:
    """Return the prior of a scale, or refuse it."""
    if not isinstance(prior, Prior) or isinstance(prior, Normal):
        raise ValueError(
            f"`{name}` must be a prior of a scale; got {prior!r}. Use HalfNormal(25)."
        )
    return prior


def flag(name: str, value: Any) -> bool:
    """Return True or False, or refuse anything else."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"`{name}` must be True or False; got {value!r}. Choose one.")
    return bool(value)


class Scale(NamedTuple):
    """A scale, called after the argument that gives its prior."""

    name: str
    prior: Prior


def refuse_improper(scales: Sequence[Scale], counts: dict[frozenset[str], int]) -> float:
    """Refuse priors under which the posterior has no finite mass; return its slowest tail.

    For each set of scales, `counts` holds the power at which the likelihood falls where all of
    them grow. The rules are those of `hbmlib.propriety`; moments of the scales exist up to the
    least excess.
    """
    slowest = np.inf
    for size in range(1, len(scales) + 1):
        for grown in combinations(scales, size):
            power = counts[frozenset(scale.name for scale in grown)]
            beyond = excess(power, *(scale.prior for scale in grown))
            if beyond <= 0:
                to_blame = [s for s in grown if isinstance(s.prior, Flat)] or grown
                arguments = dict.fromkeys(f"`{s.name.partition('_')[0]}_prior`" for s in to_blame)
                raise ValueError(
                    f"{' or '.join(arguments)} must be proper "
                    "with so few data; got priors under which the posterior is improper. "
                    "Use HalfNormal, or a Normal prior for a flat mean."
                )
            slowest = min(slowest, beyond)
    return slowest


def sites(block: Any, first: int, groups: int, dim: int) -> NDArray[np.int64]:
    """Return the group of each row of a block of group coordinates, (sites,).

    The groups' coordinates stand behind the first ones, one parameter after the other. Rows are
    independent given all else if each belongs to one group of its own.
    """
    block = checks.whole("block", block, shape=("sites", "width"))
    group = (block - first) % groups
    if block.min() < first or block.max() >= dim:
        raise ValueError(
            f"`block` must hold coordinates of groups, {first} to {dim - 1}; got "
            f"{sorted(set(block.ravel().tolist()))}. Give each other coordinate its own block."
        )
    if (group != group[:, :1]).any() or len(np.unique(group[:, 0])) < len(group):
        raise ValueError(
            "`block` must hold a row for each group, which are independent given the rest; got "
            "a row with several groups, or a group in several rows. Put each into one row."
        )
    return group[:, 0]


def inside(prior: Prior, rng: np.random.Generator, scale: NDArray[np.float64]) -> NDArray[Any]:
    """Replace starting values of a scale outside its prior's support by draws from the prior."""
    out = ~np.isfinite(prior.log_density(scale))
    return np.where(out, prior.draw(rng, scale.shape), scale) if out.any() else scale
