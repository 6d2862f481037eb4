"""Moments and quantiles of mixtures of normals."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

__all__ = ["mixture_moments", "mixture_quantiles", "normal_density"]

Floats = NDArray[np.float64]


def mixture_moments(weights: Floats, means: Floats, sds: Floats) -> tuple[Floats, Floats]:
    """Give mean and sd of mixtures of normals.

    Parameters
    ----------
    weights : ndarray, shape (K,)
        The components' weights, which sum to 1.
    means, sds : ndarray, shape (..., K)
        The components.

    Returns
    -------
    mean, sd : ndarray, shape (...)
        The moments of each mixture.

    Examples
    --------
    >>> mean, sd = mixture_moments(np.array([0.5, 0.5]), np.array([-1, 1]), np.array([1, 1]))
    >>> print(mean, sd.round(3))
    0.0 1.414
    """
    mean = means @ weights
    variance = (sds**2 + (means - mean[..., np.newaxis]) ** 2) @ weights
    return mean, np.sqrt(variance)


def mixture_quantiles(p: Floats, weights: Floats, means: Floats, sds: Floats) -> Floats:
    """Find where mixtures of normals, one for each row, reach the probabilities p.

    The quantiles of the single normals bracket the answer. From the Cornish-Fisher value,
    Householder steps of order four, which use three derivatives of the cdf, leave an error of the
    order of the step's fourth power. A step out of the bracket is replaced by a bisection.

    Parameters
    ----------
    p : ndarray, shape (m,)
        Probabilities.
    weights : ndarray, shape (K,)
        The components' weights, which sum to 1.
    means, sds : ndarray, shape (J, K)
        The components.

    Returns
    -------
    ndarray, shape (m, J)
        The quantiles.

    Examples
    --------
    >>> means, sds = np.array([[-1.0, 1.0]]), np.ones((1, 2))
    >>> mixture_quantiles(np.array([0.5, 0.9]), np.array([0.5, 0.5]), means, sds).round(3) + 0
    array([[0.   ],
           [1.849]])
    """
    cumulants = _cumulants(weights, means, sds)
    found = np.empty((p.size, means.shape[0]))
    for i, q in enumerate(p):
        if q in (0, 1):
            found[i] = -np.inf if q == 0 else np.inf
            continue
        single = means + ndtri(q) * sds
        low, high = single.min(-1), single.max(-1)
        x = _cornish_fisher(ndtri(q), *cumulants)
        x = np.where((x >= low) & (x <= high), x, 0.5 * (low + high))
        active = low < high
        while active.any():
            x[active], low[active], high[active], done = _approach(
                q, x[active], low[active], high[active], weights, means[active], sds[active]
            )
            active[active] = ~done
        found[i] = x
    return found


def _approach(q, x, low, high, weights, means, sds):
    """Take one safeguarded step of the root finding."""
    z = (x[:, np.newaxis] - means) / sds
    density = weights * normal_density(z) / sds
    excess = ndtr(z) @ weights - q
    low, high = np.where(excess < 0, x, low), np.where(excess < 0, high, x)
    first = density.sum(-1)
    second = -(density * z / sds).sum(-1)
    third = (density * (z**2 - 1) / sds**2).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        newton = excess / first
        bend, twist = second / first, third / first
        step = (-newton * (6 - 3 * newton * bend)) / (6 - 6 * newton * bend + newton**2 * twist)
        small = (np.abs(step * bend) < 1e-2) & (np.abs(step**2 * twist) < 1e-4)
    inside = (x + step >= low) & (x + step <= high)
    step = np.where(inside, step, 0.5 * (low + high) - x)
    done = (inside & small) | (np.abs(step) <= 1e-15 * np.maximum(np.abs(low), np.abs(high)))
    return x + step, low, high, done


def _cumulants(weights: Floats, means: Floats, sds: Floats) -> tuple[Floats, ...]:
    """Give mean, sd, skewness and excess kurtosis."""
    mean, sd = mixture_moments(weights, means, sds)
    with np.errstate(over="ignore", invalid="ignore"):
        d, s = (means - mean[:, np.newaxis]) / sd[:, np.newaxis], sds / sd[:, np.newaxis]
        skewness = (d**3 + 3 * d * s**2) @ weights
        kurtosis = (d**4 + 6 * d**2 * s**2 + 3 * s**4) @ weights - 3
    return mean, sd, skewness, kurtosis


def _cornish_fisher(z: float, mean: Floats, sd: Floats, g: Floats, k: Floats) -> Floats:
    """Approximate the quantile whose normal counterpart is z."""
    bend = (z**2 - 1) * g / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * g**2 / 36
    return mean + sd * (z + bend)


def normal_density(z: Floats) -> Floats:
    """Give the density of the standard normal.

    Parameters
    ----------
    z : ndarray
        Values.

    Returns
    -------
    ndarray
        The density at each.

    Examples
    --------
    >>> normal_density(np.array([0.0, 1.0])).round(4)
    array([0.3989, 0.242 ])
    """
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
