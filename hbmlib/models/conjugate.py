"""What the models share: priors on the log axis, and draws from conditional distributions."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib.models.truncated import truncated_scale
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Prior, Uniform

__all__ = ["draw_auxiliary", "draw_mean", "draw_scale", "on_log_axis"]

Floats = NDArray[np.float64]

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


def on_log_axis(prior: Prior, u: Floats) -> tuple[Floats, Floats, Floats]:
    """Evaluate a scale's prior as a density of the scale's logarithm.

    Parameters
    ----------
    prior : Prior
        The prior of the scale.
    u : ndarray
        Logarithms of the scale.

    Returns
    -------
    tuple of ndarray
        The scale, its log density with the log-Jacobian u, and that density's derivative in u.

    Examples
    --------
    >>> scale, log_density, gradient = on_log_axis(HalfNormal(1), np.log([1.0, 2.0]))
    >>> print(scale, log_density.round(3), gradient)
    [1. 2.] [-0.726 -1.533] [ 0. -3.]
    """
    return np.exp(u), *prior.on_log_axis(u)


def draw_mean(
    rng: np.random.Generator, prior: Normal | Flat, precision: Floats, total: Floats
) -> Floats:
    """Draw a mean given normal observations of it.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    prior : Normal or Flat
        The prior of the mean.
    precision, total : ndarray
        The sum of the observations' precisions, and of precision times observation.

    Returns
    -------
    ndarray
        One draw for each sum.

    Examples
    --------
    >>> precision = np.array([1e8])
    >>> draw_mean(np.random.default_rng(1), Normal(0, 1), precision, 3 * precision).round(2)
    array([3.])
    """
    if isinstance(prior, Normal):
        precision = precision + prior.sd**-2
        total = total + prior.mean * prior.sd**-2
    return total / precision + rng.standard_normal(np.shape(total)) / np.sqrt(precision)


def draw_scale(
    rng: np.random.Generator,
    prior: Prior,
    n: int,
    ss: Floats,
    auxiliary: ArrayLike | None = None,
) -> Floats:
    """Draw a scale given n normal values with that sd.

    A flat prior and one that is Gamma on the precision leave the precision a Gamma; so does a
    half-Cauchy, given its auxiliary value. Under a uniform prior that Gamma is truncated. Under
    a half-normal one the variance has a generalised inverse Gaussian distribution. The last two
    are drawn exactly by `hbmlib.models.truncated.truncated_scale`.

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    prior : Prior
        The prior of the scale.
    n : int
        Number of values.
    ss : ndarray
        Their sums of squares about their mean, one for each draw.
    auxiliary : ndarray, optional
        Needed for a half-Cauchy prior, see `draw_auxiliary`.

    Returns
    -------
    ndarray
        One draw for each sum of squares.

    References
    ----------
    Gelman (2006), "Prior distributions for variance parameters in hierarchical models",
    Bayesian Analysis 1.

    Examples
    --------
    >>> draw_scale(np.random.default_rng(1), Uniform(0, 10), 10_000, np.array([4e4])).round(1)
    array([2.])
    """
    if isinstance(prior, HalfNormal):
        return truncated_scale(rng, n, ss, width=prior.scale)
    if isinstance(prior, Uniform):
        return truncated_scale(rng, n, ss, lower=prior.lower, upper=prior.upper)
    shape, rate = 0.5 * n, 0.5 * ss
    if isinstance(prior, HalfCauchy):
        shape, rate = shape + 0.5, rate + 1 / np.asarray(auxiliary)
    elif isinstance(prior, GammaPrecision):
        shape, rate = shape + prior.shape, rate + prior.rate
    else:
        shape -= 0.5  # flat in the scale, not in its logarithm
    return np.sqrt(rate / rng.standard_gamma(shape, np.shape(rate)))


def draw_auxiliary(rng: np.random.Generator, prior: HalfCauchy, scale: Floats) -> Floats:
    """Draw the auxiliary value a that makes a half-Cauchy scale conjugate.

    With a ~ inverse-Gamma(1/2, 1/A²) and scale² given a ~ inverse-Gamma(1/2, 1/a), the scale is
    half-Cauchy with median A. Given the scale, a is inverse-Gamma(1, 1/A² + 1/scale²).

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of random numbers.
    prior : HalfCauchy
        The prior of the scale.
    scale : ndarray
        The scale.

    Returns
    -------
    ndarray
        One draw for each scale.

    References
    ----------
    Wand, Ormerod, Padoan and Frühwirth (2011), "Mean field variational Bayes for elaborate
    distributions", Bayesian Analysis 6.

    Examples
    --------
    >>> draw_auxiliary(np.random.default_rng(1), HalfCauchy(5), np.ones(3)).shape
    (3,)
    """
    return (prior.scale**-2 + scale**-2.0) / rng.standard_exponential(scale.shape)
