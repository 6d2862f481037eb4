"""The axis that suits a scale's prior, and the scales at which the prior and the data fall off."""

import numpy as np

from hbmlib.priors import GammaPrecision, HalfCauchy, HalfNormal, Prior, Uniform
from hbmlib.propriety import reaches_zero
from hbmlib.quadrature.axis import Axis

__all__ = ["axis_for", "energy_floor", "prior_scale"]


def prior_scale(prior: Prior) -> float:
    """Give the scale beyond which a prior falls.

    Parameters
    ----------
    prior : Prior
        The prior of a scale.

    Returns
    -------
    float
        That scale; infinite for a flat prior.

    Examples
    --------
    >>> prior_scale(HalfNormal(3)), prior_scale(Uniform(0, 10))
    (3.0, 10.0)
    """
    if isinstance(prior, HalfNormal | HalfCauchy):
        return prior.scale
    if isinstance(prior, Uniform):
        return prior.upper
    return np.sqrt(prior.rate / prior.shape) if isinstance(prior, GammaPrecision) else np.inf


def axis_for(prior: Prior, unit: float, kind: str = "even") -> Axis:
    """Choose the axis of a scale.

    Parameters
    ----------
    prior : Prior
        The prior of the scale, whose bounds are the axis's.
    unit : float
        The axis's unit, at most the distance to the nearest singularity of the likelihood. The
        prior's own scale bounds it further.
    kind : {"even", "log", "stretched"}, optional
        The map for a prior that reaches 0; otherwise it is "log".

    Returns
    -------
    Axis
        The map from a coordinate to the scale.

    Examples
    --------
    >>> axis_for(Uniform(0, 10), 20.0)
    Axis(kind='even', unit=10.0, lower=0.0, upper=10.0)
    """
    lower, upper = (prior.lower, prior.upper) if isinstance(prior, Uniform) else (0.0, np.inf)
    if not isinstance(prior, GammaPrecision):
        unit = min(unit, prior_scale(prior))
    return Axis(kind if reaches_zero(prior) else "log", float(unit), lower, upper)


def energy_floor(prior: Prior, ss: float, size: int, drop: float) -> float:
    """Give a scale below which ``exp(-energy / scale**2)`` outweighs all else.

    Elsewhere the density changes at most like the power `size`, and twice the Gamma's shape.

    Parameters
    ----------
    prior : Prior
        The prior of the scale; a Gamma on the precision adds its rate to the energy.
    ss : float
        The sum of squares that has the scale as sd; half of it is energy.
    size : int
        The number of values that have the scale as sd.
    drop : float
        A density below exp(-drop) of its peak counts as nothing.

    Returns
    -------
    float
        The scale, 0 if there is no energy.

    Examples
    --------
    >>> print(energy_floor(HalfNormal(1), 0.0, 10, 24), energy_floor(HalfNormal(1), 2.0, 10, 26))
    0.0 0.08333333333333333
    """
    gamma = isinstance(prior, GammaPrecision)
    energy = 0.5 * ss + (prior.rate if gamma else 0.0)
    return np.sqrt(energy / (4 * (drop + size + (2 * prior.shape if gamma else 0))))
