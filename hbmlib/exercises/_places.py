"""Where draws lie in the distribution that they should come from, and how surely they miss it.

The place of a draw x in a distribution with cdf F is u = F(x). If the draws come from that
distribution, u is uniform on (0, 1), on whatever scale x is and whether or not x has moments. Two
numbers are compared with their known means: the level u, with 1/2, and the spread |2u - 1|, with
1/2. Both are bounded and symmetric, so that their averages are close to normal even far out.

Their Monte Carlo errors come from batch means: the chains are cut into B stretches of equal
length, and the averages of the stretches are taken as independent. The average of all, less its
known mean and divided by its error, then has a t distribution with B - 1 degrees of freedom.
Against draws instead of a cdf, places are taken in both sets together and both have errors.

A correct answer fails some comparison by chance with a probability of at most `ALARM`, by
Bonferroni over all of them. That t is an approximation; `ALARM` is a tenth of what is promised.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

__all__ = ["ALARM", "PROMISED", "Score", "echoes", "first_limit", "scores"]

Floats = NDArray[np.float64]

PROMISED = 1e-4  # the most that a correct answer may fail by chance
ALARM = PROMISED / 10

STRETCHES = 32  # fewest batches
STATISTICS = 3  # for each quantity: level, spread, and the agreement of chains
GRID = 512  # points at which a cdf is computed; it is taken as straight between them
PART = 2**15  # numbers for which a cdf is asked at a time
COMPARED = 8  # chains that are compared with one another


class Score(NamedTuple):
    """How far one quantity's draws are from where they should be."""

    name: str
    level: float  # t of the mean place: above 0 when the draws are too high
    spread: float  # t of the mean distance from the middle: above 0 when they are too wide
    limit: float  # no correct answer goes beyond it, but for one in `1 / ALARM`

    @property
    def largest(self) -> float:
        """The larger of the two scores, without its sign."""
        return max(abs(self.level), abs(self.spread))

    @property
    def passes(self) -> bool:
        """Whether both scores are within the limit."""
        return self.largest < self.limit


class Batches(NamedTuple):
    """Averages of stretches of chains."""

    mean: float
    error: float
    freedom: int

    @classmethod
    def of(cls, x: Floats) -> "Batches":
        """Cut chains, shape (chain, draw), into stretches; what does not fit is left out."""
        chains, draws = x.shape
        each = min(-(-STRETCHES // chains), draws)
        length = draws // each
        stretches = x[:, draws - each * length :].reshape(chains * each, length).mean(axis=1)
        error = stretches.std(ddof=1) / np.sqrt(stretches.size)
        return cls(stretches.mean(), error, stretches.size - 1)


def scores(draws: Mapping[str, Floats], reference: Mapping[str, Any]) -> list[Score]:
    """Compare draws with a reference, quantity by quantity.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (chain, draw) or (chain, draw, J)
        The draws to be judged.
    reference : mapping of str to object
        For each name that is to be judged, something with a method `cdf`, or other draws.

    Returns
    -------
    list of Score
        One for each number of each quantity.
    """
    count = sum(draws[name][0, 0].size for name in reference)
    found = []
    for name, truth in reference.items():
        x = draws[name]
        one, other = _places(x, truth)
        for j in np.ndindex(x.shape[2:]):
            label = f"{name}[{j[0]}]" if j else name
            at = (slice(None), slice(None), *j)
            found.append(_score(label, one[at], None if other is None else other[at], count))
    return found


def _score(name: str, one: Floats, other: Floats | None, count: int) -> Score:
    t, freedom = [], []
    for statistic in (lambda u: u - 0.5, lambda u: np.abs(2 * u - 1) - 0.5):
        a = Batches.of(statistic(one))
        b = Batches(0.0, 0.0, a.freedom) if other is None else Batches.of(statistic(other))
        with np.errstate(all="ignore"):
            ratio = (a.mean - b.mean) / np.hypot(a.error, b.error)
        t.append(float(np.nan_to_num(ratio, nan=0.0, posinf=1e9, neginf=-1e9)))
        freedom.append(min(a.freedom, b.freedom))
    return Score(name, *t, limit=_limit(count, min(freedom), sides=2))


def _limit(count: int, freedom: int, sides: int) -> float:
    return float(-stdtrit(freedom, ALARM / (STATISTICS * count) / sides))


def _places(x: Floats, truth: Any) -> tuple[Floats, Floats | None]:
    """Give the places of draws, and those of the reference's draws if it has no cdf."""
    if hasattr(truth, "cdf"):
        rows = x.reshape(x.shape[0] * x.shape[1], -1)
        grid = np.quantile(rows, np.linspace(0, 1, GRID), axis=0)
        heights = cdf(truth, grid.reshape(GRID, *x.shape[2:])).reshape(GRID, -1)
        columns = [np.interp(*three) for three in zip(rows.T, grid.T, heights.T, strict=True)]
        return np.stack(columns, axis=1).reshape(x.shape), None
    ranks = []
    reference = np.asarray(truth, dtype=float)
    for j in np.ndindex(x.shape[2:]):
        pair = x[:, :, *j], reference[:, :, *j]
        pooled = np.sort(np.concatenate([part.ravel() for part in pair]))
        sides = [[pooled.searchsorted(part, side) for side in ("left", "right")] for part in pair]
        ranks.append([(low + high) / (2 * pooled.size) for low, high in sides])
    one, other = zip(*ranks, strict=True)
    return (
        np.stack(one, axis=-1).reshape(x.shape),
        np.stack(other, axis=-1).reshape(reference.shape),
    )


def cdf(truth: Any, x: Floats) -> Floats:
    """Ask for a cdf a part at a time: a mixture holds many numbers for each that is asked."""
    rows = max(1, PART // max(1, x[0].size))
    parts = [truth.cdf(x[i : i + rows]) for i in range(0, len(x), rows)]
    return np.concatenate(parts)


def first_limit(draws: Mapping[str, Floats], reference: Mapping[str, Any]) -> float:
    """Give the smallest place, from either end, that a first draw may have."""
    count = sum(draws[name][:, 0].size for name in reference)
    return ALARM / (2 * count)


def echoes(x: Floats, size: float, count: int = 1) -> float:
    """Say how surely chains move together, as a score over its limit: above 1 they do.

    Independent chains deviate, each from its own mean, in unrelated directions: the product of
    two chains' deviations at one time averages to zero.

    Parameters
    ----------
    x : ndarray, shape (chain, draw)
        The draws of one quantity.
    size : float
        Their effective sample size, which says how many stretches of time are independent.
    count : int, optional
        How many quantities are looked at.

    Returns
    -------
    float
        The score over its limit; 0 if there are too few draws to tell.
    """
    chains, draws = x.shape
    stretches = int(min(STRETCHES, draws, size / (8 * chains)))
    if stretches < 8:
        return 0.0
    order = x.ravel().argsort().argsort().reshape(x.shape)[:COMPARED]
    v = order - order.mean(axis=1, keepdims=True)
    products = v.sum(axis=0) ** 2 - (v**2).sum(axis=0)
    length = draws // stretches
    batch = products[: stretches * length].reshape(stretches, length).mean(axis=1)
    score = batch.mean() / (batch.std(ddof=1) / np.sqrt(stretches))
    return float(score / _limit(count, stretches - 1, sides=1))
