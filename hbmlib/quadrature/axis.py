"""Coordinates in which the trapezoidal rule converges exponentially.

A scale ``s > 0`` is written in one of three ways.

- even: ``s = c * sinh(x)``. A density that is an even function of s, as a normal likelihood and
  most priors are, stays even and smooth in x, so that the sum over the whole lattice has no edge
  at 0.
- log: ``s = c * exp(x)``, for densities that vanish at 0.
- stretched: ``s = c * exp(x - exp(-x))``, which reaches tiny scales in few steps, for densities
  that do not vanish at 0 while something happens on every scale near it.

A bounded scale has x run into its bounds a and b through
``x = a + (softplus(2 * (t - a)) - softplus(2 * (t - b))) / 2``, which is t itself well inside and
approaches a bound like ``exp(-2 * abs(t))``. Rules of this kind are described by L. N. Trefethen
and J. A. C. Weideman (2014), The exponentially convergent trapezoidal rule, *SIAM Review* 56(3),
385-458.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LOG2 = np.log(2)


@dataclass(frozen=True)
class Axis:
    """The map from a coordinate u to a scale.

    Parameters
    ----------
    kind : {"even", "log", "stretched"}
        The map.
    unit : float
        The scale c.
    lower, upper : float
        The scale's own bounds.
    """

    kind: Literal["even", "log", "stretched"]
    unit: float
    lower: float = 0.0
    upper: float = np.inf

    @property
    def even(self) -> bool:
        """Whether densities are even in u."""
        return self.kind == "even"

    @property
    def bounds(self) -> tuple[float, float]:
        """The bounds of x; an even axis is mirrored at 0."""
        b = self._x(self.upper)
        return (-b, b) if self.even else (self._x(self.lower), b)

    def value(self, u: Floats) -> Floats:
        """Give the scale at u."""
        x = self._clipped(self._stretched(u))
        scale = self.unit * (np.sinh(x) if self.even else np.exp(x))
        return np.clip(scale, self.lower, self.upper)

    def log_jacobian(self, u: Floats) -> Floats:
        """Give the log of the scale's derivative in u."""
        t = self._stretched(u)
        x = self._clipped(t)
        a, b = self.bounds
        log_jacobian = np.log(self.unit) + (_log_cosh(x) if self.even else x)
        if self.kind == "stretched":
            log_jacobian += np.log1p(np.exp(-u))
        if np.isfinite(b):
            log_jacobian -= _log_cosh(t - b)
            if np.isfinite(a):
                log_jacobian += _log_sinh(b - a) - LOG2 - _log_cosh(t - a)
            else:
                log_jacobian -= t - b + LOG2
        return log_jacobian

    def inverse(self, scale: Floats) -> Floats:
        """Give u where the scale is reached; infinite at and beyond a bound."""
        x = self._x(np.clip(scale, self.lower, self.upper))
        a, b = self.bounds
        t = x
        with np.errstate(divide="ignore", invalid="ignore"):
            if np.isfinite(b):
                t = t - 0.5 * np.log(-np.expm1(-2 * (b - x)))
                if np.isfinite(a):
                    t = t + 0.5 * np.log(-np.expm1(-2 * (x - a)))
        return _unstretched(t) if self.kind == "stretched" else t

    def _x(self, scale: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            ratio = np.divide(scale, self.unit)
            return np.arcsinh(ratio) if self.even else np.log(ratio)

    def _stretched(self, u: Floats) -> Floats:
        return u - np.exp(-u) if self.kind == "stretched" else u

    def _clipped(self, t: Floats) -> Floats:
        a, b = self.bounds
        if np.isinf(b):
            return t
        if np.isinf(a):
            return t - 0.5 * np.logaddexp(0, 2 * (t - b))
        return a + 0.5 * (np.logaddexp(0, 2 * (t - a)) - np.logaddexp(0, 2 * (t - b)))


def _unstretched(t: Floats) -> Floats:
    """Solve ``u - exp(-u) = t`` by Newton steps, which rise to the root from its left."""
    finite = np.where(np.isfinite(t), t, 0.0)
    u = np.where(finite > 0, finite, -np.log1p(np.maximum(-finite, 0)))
    for _ in range(8):
        e = np.exp(-u)
        u = u - (u - e - finite) / (1 + e)
    return np.where(np.isfinite(t), u, t)


def _log_cosh(x: Floats) -> Floats:
    return np.abs(x) + np.log1p(np.exp(-2 * np.abs(x))) - LOG2


def _log_sinh(x: Floats) -> Floats:
    return np.abs(x) + np.log(-np.expm1(-2 * np.abs(x))) - LOG2
