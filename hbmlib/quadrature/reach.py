"""The axis that suits a scale's prior, and the scales at which the prior and the data fall off."""

import numpy as np

from hbmlib.priors import GammaPrecision, HalfCauchy, HalfNormal, Prior, Uniform
from hbmlib.propriety import reaches_zero
from hbmlib.quadrature.axis import Axis

__all__ = ["axis_for", "energy_floor", "prior_scale"]


def prior_scale(prior: Prior) -> float:
    """Give the scale beyond which a prior falls; infinite when flat."""
    if isinstance(prior, HalfNormal | HalfCauchy):
        return prior.scale
    if isinstance(prior, Uniform):
        return prior.upper
    return np.sqrt(prior.rate / prior.shape) if isinstance(prior, GammaPrecision) else np.inf


def axis_for(prior: Prior, unit: float, kind: str = "even") -> Axis:
    """Map a scale; `unit` should not exceed the distance to the nearest singularity."""
    lower, upper = (prior.lower, prior.upper) if isinstance(prior, Uniform) else (0.0, np.inf)
    if not isinstance(prior, GammaPrecision):
        unit = min(unit, prior_scale(prior))
    return Axis(kind if reaches_zero(prior) else "log", float(unit), lower, upper)


def energy_floor(prior: Prior, ss: float, size: int, drop: float) -> float:
    """Give a scale below which ``exp(-energy / scale**2)`` outweighs all else; 0 if there is none.

    Elsewhere the density changes at most like the power `size` (and twice the Gamma's shape). A
    density below exp(-drop) of its peak counts as nothing.
    """
    gamma = isinstance(prior, GammaPrecision)
    energy = 0.5 * ss + (prior.rate if gamma else 0.0)
    return np.sqrt(energy / (4 * (drop + size + (2 * prior.shape if gamma else 0))))
