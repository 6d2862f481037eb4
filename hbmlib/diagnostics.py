"""Convergence and precision: have the chains mixed, and how exact are their averages.

Draws come as an array of shape (chain, draw) for one quantity, or (chain, draw, ...) for many.
Each number of the trailing axes is a quantity of its own; the answer has their shape.

A quantity gets nan where it has no answer: it holds a nan, it has fewer than four draws a chain,
or (for R-hat) there is only one chain. R-hat is nan, too, when no chain ever moved and all stand
at one value. These conventions, and the numbers, are those of ArviZ, whose `ess` however takes
other probabilities for the tails unless it is told.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks

__all__ = [
    "autocorrelation",
    "ebfmi",
    "ess_bulk",
    "ess_mean",
    "ess_quantile",
    "ess_tail",
    "mcse_mean",
    "mcse_quantile",
    "mcse_sd",
    "rhat",
]

Floats = NDArray[np.float64]

FEWEST_DRAWS = 4  # a chain is split in two, and half a chain needs a variance
BLOCK = 2**19  # numbers worked on at a time, which bounds the memory
ONE_SD = (0.1586553, 0.8413447)  # normal probabilities one sd below and above the mean


def rhat(draws: ArrayLike) -> float | Floats:
    """Rank-normalised split R-hat: chains that agree with one another bring it near 1.

    The larger of two values: one for the location (ranks of the draws) and one for the spread
    (ranks of their distances from the median). Below 1.01 is the usual demand.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws on any scale; ranks do not depend on it.

    Returns
    -------
    float or ndarray, shape (...)
        R-hat of each quantity; inf when no chain moves and they stand at different values.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), "Rank-normalization, folding, and
    localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 2000))
    >>> round(rhat(draws), 2)
    1.0
    >>> draws[0] += 1  # one chain sits elsewhere
    >>> round(rhat(draws), 2)
    1.1
    """
    return _each_quantity(_rank_rhat, draws, fewest_chains=2)


def ess_bulk(draws: ArrayLike) -> float | Floats:
    """Effective sample size of the bulk: as many independent draws would serve the middle as well.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws on any scale.

    Returns
    -------
    float or ndarray, shape (...)
        The effective sample size of the normalised ranks; at least 400 is the usual demand. It
        can exceed the number of draws, when draws alternate about the mean.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis.

    References
    ----------
    Vehtari et al. (2021), as for `rhat`. Geyer (1992), "Practical Markov chain Monte Carlo",
    Statistical Science 7, for the rule where to stop adding autocorrelations.

    Examples
    --------
    >>> independent = np.random.default_rng(1).normal(size=(4, 1000))
    >>> sticky = np.repeat(independent[:, :100], 10, axis=1)
    >>> print(round(ess_bulk(independent)), round(ess_bulk(sticky)))
    4039 423
    """
    return _each_quantity(lambda x: _effective_size(_normal_scores(_split(x))), draws)


def ess_tail(draws: ArrayLike, probs: tuple[float, float] = (0.05, 0.95)) -> float | Floats:
    """Effective sample size in the tails: the smaller one of two quantiles.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws on any scale.
    probs : tuple of float, optional
        The probabilities of the two quantiles.

    Returns
    -------
    float or ndarray, shape (...)
        The effective sample size; at least 400 is the usual demand.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis, or `probs` not two
        probabilities.

    References
    ----------
    Vehtari et al. (2021), as for `rhat`.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> round(ess_tail(draws))
    3404
    """
    lower, upper = checks.probability("probs", probs, shape=(2,))

    def smaller(x: Floats) -> Floats:
        low, high = _quantile_size(x, lower), _quantile_size(x, upper)
        return np.where(high < low, high, low)

    return _each_quantity(smaller, draws)


def ess_mean(draws: ArrayLike) -> float | Floats:
    """Effective sample size of the mean.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws, on the scale on which their mean is wanted.

    Returns
    -------
    float or ndarray, shape (...)
        The number of independent draws whose mean would be as exact; nan if a draw is infinite.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis.

    References
    ----------
    Vehtari et al. (2021) and Geyer (1992), as for `ess_bulk`.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> round(ess_mean(draws))
    4040
    """
    return _each_quantity(_mean_size, draws)


def ess_quantile(draws: ArrayLike, prob: float) -> float | Floats:
    """Effective sample size of a quantile.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws on any scale.
    prob : float
        The quantile's probability.

    Returns
    -------
    float or ndarray, shape (...)
        The effective sample size of the indicator "at or below the quantile".

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis, or `prob` is no probability.

    References
    ----------
    Vehtari et al. (2021), as for `rhat`.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> round(ess_quantile(draws, 0.5))
    4082
    """
    prob = float(checks.probability("prob", prob, shape=()))
    return _each_quantity(lambda x: _quantile_size(x, prob), draws)


def mcse_mean(draws: ArrayLike) -> float | Floats:
    """Monte Carlo standard error of the mean.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws, on the scale on which their mean is wanted.

    Returns
    -------
    float or ndarray, shape (...)
        The sd that the mean of such a run would have over repeated runs, on the draws' scale.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis.

    References
    ----------
    Vehtari et al. (2021), as for `rhat`.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> print(f"{mcse_mean(draws):.4f}, near {1 / np.sqrt(4000):.4f}")
    0.0158, near 0.0158
    """

    def error(x: Floats) -> Floats:
        return np.std(_pooled(x), axis=-1, ddof=1) / np.sqrt(_mean_size(x))

    return _each_quantity(error, draws)


def mcse_sd(draws: ArrayLike) -> float | Floats:
    """Monte Carlo standard error of the standard deviation.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws, on the scale on which their sd is wanted.

    Returns
    -------
    float or ndarray, shape (...)
        The sd that the sd of such a run would have over repeated runs. A constant has zero over
        zero, and two values equally often have the root of zero: rounding makes either 0 or nan.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis.

    References
    ----------
    Kenney and Keeping (1951), Mathematics of Statistics, part 2, for the variance of a
    variance; the delta method carries it over to the sd.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> print(f"{mcse_sd(draws):.4f}, near {1 / np.sqrt(8000):.4f}")
    0.0116, near 0.0112
    """

    def error(x: Floats) -> Floats:
        centred = x - _pooled(x).mean(axis=-1)[:, None, None]
        variance = _pooled(centred**2).mean(axis=-1)
        fourth_moment = _pooled(centred**4).mean(axis=-1)
        variance_of_variance = (fourth_moment - variance**2) / _mean_size(centred**2)
        return np.sqrt(variance_of_variance / variance / 4)

    return _each_quantity(error, draws)


def mcse_quantile(draws: ArrayLike, prob: float) -> float | Floats:
    """Monte Carlo standard error of a quantile.

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws, on the scale on which the quantile is wanted.
    prob : float
        The quantile's probability.

    Returns
    -------
    float or ndarray, shape (...)
        Half the distance between the two order statistics that enclose the quantile as one sd
        each way encloses a mean.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis, or `prob` is no probability.

    References
    ----------
    Vehtari et al. (2021), as for `rhat`: the quantile's rank has a beta distribution.

    Examples
    --------
    >>> draws = np.random.default_rng(1).normal(size=(4, 1000))
    >>> print(f"{mcse_quantile(draws, 0.5):.4f}")
    0.0190
    """
    from scipy.special import betaincinv  # slow to import

    prob = float(checks.probability("prob", prob, shape=()))

    def error(x: Floats) -> Floats:
        size = _quantile_size(x, prob)
        ordered = np.sort(_pooled(x), axis=-1)
        n = ordered.shape[-1]
        low, high = (betaincinv(size * prob + 1, size * (1 - prob) + 1, p) for p in ONE_SD)
        below = np.floor(np.maximum(low * n - 1, 0)).astype(int)
        above = np.ceil(np.minimum(high * n - 1, n - 1)).astype(int)
        row = np.arange(len(ordered))
        return (ordered[row, above] - ordered[row, below]) / 2

    return _each_quantity(error, draws)


def autocorrelation(draws: ArrayLike, max_lag: int | None = None) -> Floats:
    """Autocorrelation of each chain at lags 0, 1, 2, ...

    Parameters
    ----------
    draws : array_like, shape (chain, draw, ...)
        Draws on any scale.
    max_lag : int or None, optional
        The largest lag kept; None keeps all, one less than there are draws.

    Returns
    -------
    ndarray, shape (chain, lag, ...)
        Correlations, 1 at lag 0. A chain with a nan or an infinite draw gets nan. A chain that
        never moves is zero over zero: nan, or nearly 1 where rounding leaves a trace of spread.

    Raises
    ------
    ValueError
        If `draws` are not numbers with a chain and a draw axis, or `max_lag` is no whole number.

    References
    ----------
    Geyer (2011), "Introduction to Markov chain Monte Carlo", in the Handbook of Markov Chain
    Monte Carlo, section 1.10.

    Examples
    --------
    >>> autocorrelation([[1, -1, 1, -1]], max_lag=2).round(2)
    array([[ 1.  , -0.75,  0.5 ]])
    """
    x = np.moveaxis(_as_draws(draws), 1, -1)
    kept = x.shape[-1]
    if max_lag is not None:
        kept = 1 + int(checks.whole("max_lag", max_lag, shape=()))
    if x.size == 0:
        return np.moveaxis(x[..., :kept], -1, 1)
    with np.errstate(all="ignore"):
        covariance = _autocovariance(x)[..., :kept]
        return np.moveaxis(covariance / covariance[..., :1], -1, 1)


def ebfmi(energy: ArrayLike) -> Floats:
    """Energy-based fraction of missing information of each chain (E-BFMI).

    It compares how far the energy moves from draw to draw with how far it ranges. A value below
    about 0.3 says that fresh momenta cannot reach the energies of the tails.

    Parameters
    ----------
    energy : array_like, shape (chain, draw)
        The total energy H(q, p) of each draw.

    Returns
    -------
    ndarray, shape (chain,)
        The fraction; near 1 or above is good. It is nan for fewer than two draws or a nan.

    Raises
    ------
    ValueError
        If `energy` is not an array of numbers with a chain and a draw axis.

    References
    ----------
    Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
    Carlo", arXiv:1604.00695.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> ebfmi(rng.normal(size=(2, 1000))).round(1)  # independent energies
    array([2., 2.])
    >>> ebfmi(rng.normal(size=(2, 1000)).cumsum(axis=1)).round(1)  # a random walk
    array([0., 0.])
    """
    x = _as_draws(energy)
    if x.shape[1] < 2:
        return np.full((x.shape[0], *x.shape[2:]), np.nan)
    with np.errstate(all="ignore"):
        return np.mean(np.diff(x, axis=1) ** 2, axis=1) / np.var(x, axis=1, ddof=1)


def _as_draws(draws: ArrayLike) -> Floats:
    try:
        x = np.asarray(draws)
    except ValueError:
        raise ValueError(
            "draws must be an array of shape (chain, draw) or (chain, draw, ...); got a ragged "
            "list. Give every chain the same number of draws."
        ) from None
    if x.dtype.kind not in "biuf":
        raise ValueError(f"draws must be numbers; got {x.dtype}. Convert them first.")
    if x.ndim < 2:
        raise ValueError(
            f"draws must have shape (chain, draw) or (chain, draw, ...); got {x.shape}. "
            "One chain is draws[np.newaxis]."
        )
    return x.astype(np.float64, copy=False)


def _each_quantity(
    statistic: Callable[[Floats], Floats], draws: ArrayLike, fewest_chains: int = 1
) -> float | Floats:
    """Apply a statistic, (quantity, chain, draw) -> (quantity,), to the quantities without nan."""
    x = _as_draws(draws)
    n_chains, n_draws, *trailing = x.shape
    x = np.moveaxis(x.reshape(n_chains, n_draws, math.prod(trailing)), 2, 0)
    result = np.full(len(x), np.nan)
    if n_chains >= fewest_chains and n_chains > 0 and n_draws >= FEWEST_DRAWS:
        valid = np.flatnonzero(~np.isnan(x).any(axis=(1, 2)))
        step = max(1, BLOCK // (n_chains * n_draws))
        with np.errstate(all="ignore"):
            for start in range(0, len(valid), step):
                block = valid[start : start + step]
                result[block] = statistic(np.ascontiguousarray(x[block]))
    return result.reshape(trailing) if trailing else float(result[0])


def _pooled(x: Floats) -> Floats:
    """Join the chains: (quantity, chain, draw) -> (quantity, chain x draw)."""
    return x.reshape(len(x), -1)


def _split(x: Floats) -> Floats:
    """Make two chains of each: its first half and its last. An odd middle draw is dropped."""
    half = x.shape[-1] // 2
    return np.concatenate([x[..., :half], x[..., -half:]], axis=-2)


def _average_ranks(x: Floats) -> Floats:
    """Rank along the last axis from 1; ties share the mean of their ranks, nan stays nan."""
    order = np.argsort(x, axis=-1)
    ordered = np.take_along_axis(x, order, axis=-1)
    position = np.arange(x.shape[-1])
    changes = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*x.shape[:-1], 1), dtype=bool)
    starts, ends = np.concatenate([edge, changes], -1), np.concatenate([changes, edge], -1)
    first = np.maximum.accumulate(np.where(starts, position, 0), axis=-1)
    last = np.where(ends, position, position[-1])
    last = np.minimum.accumulate(last[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty_like(x)
    np.put_along_axis(ranks, order, 1 + (first + last) / 2, axis=-1)
    return np.where(np.isnan(x), np.nan, ranks)


def _normal_scores(x: Floats) -> Floats:
    """Replace each draw by the normal quantile of its rank among all (Blom's offset, 3/8)."""
    from scipy.special import ndtri  # slow to import

    ranks = _average_ranks(_pooled(x))
    return ndtri((ranks - 3 / 8) / (ranks.shape[-1] + 1 / 4)).reshape(x.shape)


def _classic_rhat(x: Floats) -> Floats:
    """Gelman and Rubin's R-hat: the sd of all chains together over the sd within one."""
    n = x.shape[-1]
    between = n * np.var(x.mean(axis=-1), axis=-1, ddof=1)
    within = np.var(x, axis=-1, ddof=1).mean(axis=-1)
    return np.sqrt((between / within + n - 1) / n)


def _rank_rhat(x: Floats) -> Floats:
    halves = _split(x)
    distances = np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True))
    bulk = _classic_rhat(_normal_scores(halves))
    tail = _classic_rhat(_normal_scores(distances))
    return np.where(tail > bulk, tail, bulk)


def _mean_size(x: Floats) -> Floats:
    return _effective_size(_split(x))


def _quantile_size(x: Floats, prob: float) -> Floats:
    quantile = np.quantile(x, prob, axis=(1, 2), keepdims=True)
    return _effective_size(_split((x <= quantile).astype(np.float64)))


def _effective_size(x: Floats) -> Floats:
    """Effective sample size of the mean of (quantity, chain, draw)."""
    size = x.shape[1] * x.shape[2]
    time = np.maximum(_geyer_time(_joint_autocorrelation(x)), 1 / np.log10(size))
    constant = np.ptp(x, axis=(1, 2)) < np.finfo(float).resolution
    return np.where(constant, size, size / time)


def _autocovariance(x: Floats) -> Floats:
    """Autocovariance at every lag of the last axis, by a zero-padded Fourier transform."""
    n = x.shape[-1]
    padded = 2 ** (2 * n - 1).bit_length()
    transform = np.fft.rfft(x - x.mean(axis=-1, keepdims=True), n=padded, axis=-1)
    power = transform * transform.conj()
    return np.fft.irfft(power, n=padded, axis=-1)[..., :n] / n


def _joint_autocorrelation(x: Floats) -> Floats:
    """Autocorrelation of (quantity, chain, draw) that counts distance between chains as well."""
    n = x.shape[-1]
    covariance = _autocovariance(x).mean(axis=1)
    within = covariance[:, :1] * n / (n - 1)
    between = np.var(x.mean(axis=-1), axis=-1, ddof=1)[:, None]
    total = within * (n - 1) / n + between
    correlation = 1 - (within - covariance) / total
    correlation[:, 0] = 1
    return correlation


def _geyer_time(correlation: Floats) -> Floats:
    """Integrated autocorrelation time by Geyer's initial monotone sequence.

    Sums of neighbouring pairs, (0, 1), (2, 3), ..., are positive and fall in a reversible
    chain. Pairs are added until one is not positive; each counts at most as much as the one
    before it. The even member of the pair that ends the sum still counts once.
    """
    n_pairs = max(1, (correlation.shape[-1] - 1) // 2)
    even, odd = (correlation[:, start : 2 * n_pairs : 2] for start in (0, 1))
    pairs = even + odd
    ends = ~(pairs > 0)
    ends[:, -1] = True
    end = np.argmax(ends, axis=-1)
    added = np.arange(n_pairs) < end[:, None]
    total = np.where(added, np.minimum.accumulate(pairs, axis=-1), 0).sum(axis=-1)
    row = np.arange(len(pairs))
    last_even, last_pair = even[row, end], pairs[row, end]
    last = np.where((last_even > 0) | (last_pair >= 0), last_even, 0)
    time = -1 + 2 * total + last
    return np.where(np.isnan(correlation[:, 1]), np.nan, time)
