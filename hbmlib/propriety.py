"""When a posterior of scales is proper: where each of them grows, and near zero.

Where some scales grow alike, like r, the likelihood with all else integrated out falls like a
power of r: one for each value that feels them, less one for each flat mean that they leave free.
Let a prior fall like ``scale**-a``: a is 0 if flat, 2 for the half-Cauchy, ``2 shape + 1`` for
the Gamma on the precision, and infinite for the others. Cut the space of scales into boxes that
double along each axis: the mass of a box is a power of its edge, so the integral converges if,
for each set of scales, those powers together exceed the size of the set. The k-th moments of the
scales exist where they exceed it by more than k.

In the normal hierarchical model with J groups that have observations, N in all, and d = 1 for a
flat population mean, 0 for a normal one, the likelihood's powers are

- J - d where tau grows alone: each ``v_j**-0.5`` gives one, and a flat mean returns one;
- N - d where sigma grows, alone or with tau.

Near zero only the within-group sum of squares matters. When it is 0, the likelihood grows like
``sigma**-(N - J)`` as sigma goes to 0, which no density that is positive at 0 can integrate once
N > J. When all observations are equal, one in each group, it grows like ``r**-(J - 1)`` as both
scales go to 0, which needs J <= 2, unless a prior excludes 0.
"""

import numpy as np

from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, Prior, Uniform

__all__ = ["excess", "infinite_at_zero", "reaches_zero", "tail"]


def tail(prior: Prior) -> float:
    """Give the power at which a scale's prior falls far out.

    Parameters
    ----------
    prior : Prior
        The prior of the scale.

    Returns
    -------
    float
        The power, infinite for tails that are lighter than any.

    Examples
    --------
    >>> tail(HalfCauchy(5)), tail(Uniform(0, 10))
    (2.0, inf)
    """
    if isinstance(prior, Flat):
        return 0.0
    if isinstance(prior, HalfCauchy):
        return 2.0
    return 2 * prior.shape + 1 if isinstance(prior, GammaPrecision) else np.inf


def excess(power: int, *priors: Prior) -> float:
    """Give by how much the powers exceed the size of a set of scales that grow together.

    Parameters
    ----------
    power : int
        The power at which the likelihood falls.
    *priors : Prior
        The priors of the scales in the set.

    Returns
    -------
    float
        The excess. Where it is 0 or less the posterior is improper.

    Examples
    --------
    A flat tau, with a flat population mean, needs three groups:

    >>> [excess(J - 1, Flat()) for J in (2, 3)]
    [0.0, 1.0]
    """
    return power + sum(tail(prior) for prior in priors) - len(priors)


def reaches_zero(prior: Prior) -> bool:
    """Say whether a scale's prior has density at 0.

    Parameters
    ----------
    prior : Prior
        The prior of the scale.

    Returns
    -------
    bool
        Whether it has.

    Examples
    --------
    >>> reaches_zero(Uniform(0, 1)), reaches_zero(Uniform(0.1, 1))
    (True, False)
    """
    return not (isinstance(prior, GammaPrecision) or (isinstance(prior, Uniform) and prior.lower))


def infinite_at_zero(
    n_groups: int, n_total: int, equal: bool, tau_prior: Prior, sigma_prior: Prior
) -> bool:
    """Say whether data that do not vary within groups leave infinite mass at sigma = 0.

    Parameters
    ----------
    n_groups, n_total : int
        Groups that have observations, and observations, of a normal hierarchical model.
    equal : bool
        Whether all groups have the same mean.
    tau_prior, sigma_prior : Prior
        The priors of the scales between and within groups.

    Returns
    -------
    bool
        Whether the posterior is improper for that reason.

    Examples
    --------
    >>> from hbmlib.priors import HalfNormal
    >>> infinite_at_zero(3, 4, False, HalfNormal(1), HalfNormal(1))
    True
    >>> infinite_at_zero(3, 4, False, HalfNormal(1), GammaPrecision(1, 1))
    False
    """
    if not reaches_zero(sigma_prior):
        return False
    return n_total > n_groups or (equal and n_groups > 2 and reaches_zero(tau_prior))
