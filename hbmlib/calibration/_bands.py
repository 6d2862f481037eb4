"""What the ranks of a right sampler look like: simultaneous bands and p-values by simulation."""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from hbmlib import checks

__all__ = ["Band", "band", "chi_square", "ecdf_depth", "p_values"]

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

SEED = 20220317  # of the null, so that a certificate is always judged alike
PART = 5_000  # null histograms made at a time
BINS, FEWEST = 20, 5  # of chi-square: at most so many, with so many expected in each


class Band(NamedTuple):
    """A simultaneous band for the ECDF of ranks, less that of uniform ranks.

    Attributes
    ----------
    at : ndarray, shape (n_ranks - 1,)
        Fractions of the range of ranks, where the ECDF is compared.
    lower, upper : ndarray, shape (n_ranks - 1,)
        The smallest and largest difference inside the band.
    level : float
        How often a right sampler leaves the band somewhere.
    error : float
        Standard error of `level`, since the null was simulated.
    """

    at: Floats
    lower: Floats
    upper: Floats
    level: float
    error: float


class Null(NamedTuple):
    """Statistics of many histograms of uniform ranks, each sorted."""

    depth: Floats
    chi_square: Floats


def ecdf_depth(counts: Counts) -> Floats:
    """Find how unlikely an ECDF of ranks is at its most unlikely point.

    Parameters
    ----------
    counts : ndarray of int, shape (..., n_ranks)
        How often each rank occurred.

    Returns
    -------
    ndarray, shape (...)
        The least two-sided binomial probability of the ECDF at a single point. It is not yet a
        p-value, for the least of many probabilities is small by chance: see `p_values`.

    References
    ----------
    Säilynoja, Bürkner and Vehtari (2022), "Graphical test for discrete uniformity and its
    applications in goodness-of-fit evaluation and multiple sample comparison", Statistics and
    Computing 32.

    Examples
    --------
    >>> ecdf_depth(np.array([[10, 10, 10, 10], [40, 0, 0, 0]])) < 1e-9
    array([False,  True])
    """
    table = _tails(_total(counts), counts.shape[-1])
    below = np.cumsum(counts, axis=-1)[..., :-1]
    return table[np.arange(counts.shape[-1] - 1), below].min(axis=-1)


def chi_square(counts: Counts) -> Floats:
    """Compare a histogram of ranks with a flat one.

    Parameters
    ----------
    counts : ndarray of int, shape (..., n_ranks)
        How often each rank occurred.

    Returns
    -------
    ndarray, shape (...)
        Pearson's statistic after neighbouring ranks are pooled into at most 20 bins of equal
        width, with 5 or more expected in each where that is possible.

    Examples
    --------
    >>> chi_square(np.array([10, 10, 10, 10])), chi_square(np.array([40, 0, 0, 0]))
    (np.float64(0.0), np.float64(120.0))
    """
    total, n_ranks = _total(counts), counts.shape[-1]
    most = max(2, min(BINS, total // FEWEST, n_ranks))
    bins = next((b for b in range(most, 1, -1) if n_ranks % b == 0), n_ranks)
    pooled = counts.reshape(*counts.shape[:-1], bins, -1).sum(axis=-1)
    expected = total / bins
    return ((pooled - expected) ** 2 / expected).sum(axis=-1)


def p_values(counts: Counts, size: int = 100_000) -> dict[str, Floats]:
    """Compute how often a right sampler would do worse, by the ECDF and by chi-square.

    Parameters
    ----------
    counts : ndarray of int, shape (quantity, n_ranks)
        How often each rank occurred, for each quantity; all rows have the same sum.
    size : int, optional
        Number of histograms of uniform ranks to compare with.

    Returns
    -------
    dict of str to ndarray
        `ecdf` and `chi_square`, each of shape (quantity,). A p-value is (1 + number of null
        histograms as bad or worse) / (1 + size), so a right sampler's is below any level at most
        that often; its standard error is sqrt(p (1 - p) / size).

    Raises
    ------
    ValueError
        If the counts are not whole numbers, or the rows differ in their sum.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference
    algorithms with simulation-based calibration", arXiv:1804.06788.

    Examples
    --------
    >>> flat, steep = [25, 25, 25, 25], [70, 20, 5, 5]
    >>> p_values([flat, steep], size=2000)["ecdf"].round(3)
    array([1., 0.])
    """
    counts = _checked(counts)
    null = _null(int(counts[0].sum()), counts.shape[1], size)
    lower = np.searchsorted(null.depth, ecdf_depth(counts), side="right")
    rounding = 1e-9
    higher = size - np.searchsorted(null.chi_square, chi_square(counts) - rounding)
    return {"ecdf": (1 + lower) / (1 + size), "chi_square": (1 + higher) / (1 + size)}


def band(simulations: int, n_ranks: int, level: float, size: int = 100_000) -> Band:
    """Draw the simultaneous band whose p-value is `level`.

    Parameters
    ----------
    simulations : int
        Number of simulations.
    n_ranks : int
        Number of possible ranks, one more than the draws compared with.
    level : float
        How often a right sampler may leave the band.
    size : int, optional
        Number of histograms of uniform ranks to simulate.

    Returns
    -------
    Band
        A quantity's ECDF leaves it exactly when its p-value is not above `level`.

    Raises
    ------
    ValueError
        If `size` is too small for `level`.

    Examples
    --------
    >>> edges = band(100, 20, level=0.05, size=2000)
    >>> print(edges.upper.max().round(2), round(edges.error, 3))
    0.13 0.005
    """
    least = int(level * (1 + size) + 1e-9)
    if least < 1:
        raise ValueError(
            f"`size` must be at least {1 / level:.0f} for a level of {level:g}; got {size}. "
            "Simulate more of the null."
        )
    limit = _null(simulations, n_ranks, size).depth[least - 1]
    inside = _tails(simulations, n_ranks) >= limit
    at = np.arange(1, n_ranks) / n_ranks
    lower = inside.argmax(axis=1) / simulations - at
    upper = (simulations - inside[:, ::-1].argmax(axis=1)) / simulations - at
    return Band(at, lower, upper, level, float(np.sqrt(level * (1 - level) / size)))


@cache
def _tails(simulations: int, n_ranks: int) -> Floats:
    """Two-sided probability of each value of the ECDF: (n_ranks - 1, simulations + 1)."""
    k = np.arange(simulations + 1)
    at = np.arange(1, n_ranks)[:, None] / n_ranks
    below = bdtr(k.astype(float), simulations, at)  # P(X <= k)
    above = np.where(k == 0, 1.0, bdtrc(np.maximum(k - 1.0, 0), simulations, at))  # P(X >= k)
    tails = np.minimum(1.0, 2 * np.minimum(below, above))
    return _locked(np.float64(np.float32(tails)))  # so that equal probabilities are equal


@cache
def _null(simulations: int, n_ranks: int, size: int) -> Null:
    rng = np.random.default_rng(SEED)
    uniform = np.full(n_ranks, 1 / n_ranks)
    depth, square = [], []
    for begin in range(0, size, PART):
        counts = rng.multinomial(simulations, uniform, size=min(PART, size - begin))
        depth.append(ecdf_depth(counts))
        square.append(chi_square(counts))
    return Null(*(_locked(np.sort(np.concatenate(x))) for x in (depth, square)))


def _total(counts: Counts) -> int:
    """Return the sum that all histograms have."""
    return int(counts.reshape(-1, counts.shape[-1])[0].sum())


def _checked(counts: Any) -> Counts:
    counts = checks.whole("counts", counts, shape=("quantity", "n_ranks"))
    totals = counts.sum(axis=1)
    if counts.shape[1] < 2 or totals[0] == 0 or (totals != totals[0]).any():
        raise ValueError(
            "`counts` must hold two ranks or more, in rows of the same sum above 0; got "
            f"{counts.shape[1]} ranks and sums {totals[:4]}. Count every simulation once a row."
        )
    return counts


def _locked(array: Floats) -> Floats:
    array.flags.writeable = False
    return array
