"""Exact draws of truncated normals and of scales that have no named conditional."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_ndtr, ndtri_exp

__all__ = ["truncated_normal", "truncated_scale"]

Floats = NDArray[np.float64]

CANDIDATES = 8  # at least half are accepted, so that one round nearly always does
UNIFORM = 1e-8  # a normal whose log changes by less across the interval is uniform there
SMALLEST = 1e-290
ROUNDS = 2  # of draws from the likelihood alone


def truncated_normal(
    rng: np.random.Generator, mean: ArrayLike, sd: ArrayLike, lower: float, upper: float
) -> Floats:
    """Draw from normals restricted to an interval, however far it lies in the tail.

    The normal's distribution function is inverted on the logarithmic scale, after turning the
    longer part of the interval to the left, where the function has its full precision.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    mean, sd : array_like
        Mean and sd before truncation, one for each draw; an infinite sd means uniform.
    lower, upper : float
        The finite ends of the interval.

    Returns
    -------
    ndarray
        One draw for each mean.

    Examples
    --------
    >>> truncated_normal(np.random.default_rng(1), [-500.0, 0.0, 500.0], 1.0, -100, 100).round(2)
    array([-100.  ,    1.65,  100.  ])
    """
    mean, sd = np.broadcast_arrays(mean, sd)
    u = rng.random(mean.shape)
    a, b = (lower - mean) / sd, (upper - mean) / sd
    turned = a + b > 0
    low, high = np.where(turned, -b, a), np.where(turned, -a, b)
    log_high = log_ndtr(high)
    gap = np.minimum(log_ndtr(low) - log_high, 0.0)  # log of Φ(low) / Φ(high)
    z = ndtri_exp(log_high + np.log1p((1 - u) * np.expm1(gap)))
    with np.errstate(invalid="ignore"):
        x = mean + sd * np.where(turned, -z, z)
    flat = (b - a) * np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0) < UNIFORM
    return np.clip(np.where(flat, lower + u * (upper - lower), x), lower, upper)


def truncated_scale(
    rng: np.random.Generator,
    n: int,
    ss: ArrayLike,
    width: float = np.inf,
    lower: float = 0.0,
    upper: float = np.inf,
) -> Floats:
    r"""Draw a scale s with density ∝ s⁻ⁿ exp(-ss / 2s² - s² / 2 width²) on (lower, upper).

    The first two factors are the likelihood of n normal values whose sum of squares is `ss`. The
    third is a half-normal prior; the bounds are a uniform one. Where the likelihood outweighs
    them, a draw from it alone is soon accepted. What is left is drawn as follows, however small
    the chance of that: in log s the log density is concave. It lies below its tangents to the
    left and right of its mode and below its highest value, so that a box with two exponential
    tails covers it, and candidates from there are accepted with the ratio of the two densities.
    Both ways are exact, and so is the choice between them, which a draw does not depend on.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    n : int
        Number of values, at least 1.
    ss : array_like
        Their sums of squares about their mean, one for each draw.
    width : float, optional
        Scale of a half-normal prior.
    lower, upper : float, optional
        Bounds of the scale.

    Returns
    -------
    ndarray
        One draw for each sum of squares.

    References
    ----------
    Devroye (2014), "Random variate generation for the generalized inverse Gaussian
    distribution", Statistics and Computing 24, for the density in s² without bounds.

    Examples
    --------
    >>> truncated_scale(np.random.default_rng(1), 5, [4.0, 4e6], upper=10).round(2)
    array([ 0.96, 10.  ])
    """
    ss = np.asarray(np.maximum(ss, SMALLEST), dtype=np.float64)
    found = np.full(ss.shape, np.nan)
    for _ in range(ROUNDS if n > 1 else 0):
        s = np.sqrt(0.5 * ss / rng.standard_gamma(0.5 * (n - 1), ss.shape))
        good = rng.standard_exponential(ss.shape) > 0.5 * (s / width) ** 2
        found = np.where(np.isnan(found) & good & (s > lower) & (s < upper), s, found)
        if not np.isnan(found).any():
            return found
    left = np.isnan(found)
    found[left] = _by_tangents(rng, n, ss[left], width, lower, upper)
    return found


def _by_tangents(
    rng: np.random.Generator, n: int, ss: Floats, width: float, lower: float, upper: float
) -> Floats:
    k = n - 1  # log s has the density s⁻⁽ⁿ⁻¹⁾ exp(...)
    with np.errstate(divide="ignore"):
        mode = np.sqrt(2 * ss / (k + np.sqrt(k**2 + 4 * ss / width**2)))
    mode = np.clip(mode, lower, upper)
    # With x = 2 log(s / mode), the log density is -drop(x) below its highest value.
    a, b = 0.5 * ss / mode**2, 0.5 * (mode / width) ** 2
    slope = 0.5 * k - a + b  # zero unless a bound cuts the mode off

    def drop(x: Floats) -> Floats:
        return a * (np.expm1(-x) + x) + b * (np.expm1(x) - x) + slope * x

    def steepness(x: Floats) -> Floats:
        return -a * np.expm1(-x) + b * np.expm1(x) + slope

    with np.errstate(divide="ignore"):
        start, end = 2 * np.log(lower / mode), 2 * np.log(upper / mode)
        x = np.minimum(_reach(b, a, slope), end)
        right_tail = np.where(x < end, 1 / steepness(x), 0.0)  # the tangent's exponential
        right = x - drop(x) * right_tail  # where the tangent meets the box
        x = np.maximum(-_reach(a, b, -slope), start)
        left_tail = np.where(x > start, -1 / steepness(x), 0.0)
        left = x + drop(x) * left_tail
    box = right - left
    total = box + right_tail + left_tail

    found = np.full(total.shape, np.nan)
    missing = np.isfinite(total)
    while missing.any():
        place = rng.random((CANDIDATES, *total.shape)) * total
        level, beyond = rng.standard_exponential((2, *place.shape))
        beyond = np.where(place < box, 0.0, beyond)
        after = np.where(
            place < box + right_tail, right + right_tail * beyond, left - left_tail * beyond
        )
        x = np.where(place < box, left + place, after)
        good = (level > drop(x) - beyond) & (start <= x) & (x <= end)
        first = np.take_along_axis(x, good.argmax(axis=0)[np.newaxis], axis=0)[0]
        done = missing & good.any(axis=0)
        found = np.where(done, first, found)
        missing &= ~done
    return np.clip(mode * np.exp(0.5 * found), lower, upper)


def _reach(near: Floats, far: Floats, slope: Floats) -> Floats:
    """Roughly where near·(eˣ - 1 - x) + far·(e⁻ˣ - 1 + x) + slope·x is 1, for x > 0."""
    with np.errstate(divide="ignore"):
        near, far, slope = 1 / near, 1 / far, 1 / np.maximum(slope, 0.0)
    reach = np.minimum(np.log1p(near + np.sqrt(2 * near)), far + np.sqrt(2 * far))
    return np.minimum(reach, slope)
