"""Marginal posteriors with mean, sd, quantile, cdf and pdf.

A scale's density is known on a lattice, see `hbmlib.quadrature.sinc`. Quantities that are normal
given the scales are mixtures of normals over the nodes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from hbmlib import checks
from hbmlib.quadrature.axis import Axis
from hbmlib.quadrature.mixtures import mixture_quantiles, normal_density
from hbmlib.quadrature.sinc import SincDensity

__all__ = ["Marginal", "MixtureMarginal", "ScaleMarginal", "scale_moments"]

Floats = NDArray[np.float64]

#: Part of a scale's support that counts as near an end.
NEAR = 1e-4


@dataclass(frozen=True, eq=False)
class Marginal:
    """One quantity's marginal posterior.

    Attributes
    ----------
    mean, sd : float or ndarray, shape (J,)
        Posterior mean and standard deviation; nan where it does not exist.
    missing_moments : mapping of str to str
        For each moment that does not exist, why.
    """

    mean: Floats
    sd: Floats
    missing_moments: Mapping[str, str] = field(repr=False)

    def quantile(self, p: ArrayLike) -> Floats:
        """Give the values below which the probability is `p`.

        Parameters
        ----------
        p : array_like, shape () or (m,)
            Probabilities.

        Returns
        -------
        ndarray, shape () or (m,), with a last axis (J,) for a quantity of each group
            The quantiles.

        Raises
        ------
        ValueError
            If `p` is not from 0 to 1.
        """
        p = checks.probability("p", p, shape=[(), ("m",)])
        return self._quantile(np.atleast_1d(p)).reshape(p.shape + np.shape(self.mean))[()]

    def cdf(self, x: ArrayLike) -> Floats:
        """Give the probability of a value up to `x`.

        Parameters
        ----------
        x : array_like
            Values; for a quantity of each group their last axis is that of the groups, or they
            are single numbers.

        Returns
        -------
        ndarray
            The probabilities.

        Raises
        ------
        ValueError
            If `x` holds anything but numbers.
        """
        return self._cdf(checks.numbers("x", x))[()]

    def pdf(self, x: ArrayLike) -> Floats:
        """Give the density at `x`.

        Parameters
        ----------
        x : array_like
            Values, as for `cdf`.

        Returns
        -------
        ndarray
            The density.

        Raises
        ------
        ValueError
            If `x` holds anything but numbers.
        """
        return self._pdf(checks.numbers("x", x))[()]


@dataclass(frozen=True, eq=False)
class ScaleMarginal(Marginal):
    """The marginal posterior of a standard deviation.

    Attributes
    ----------
    mean, sd : float
        Posterior mean and standard deviation; nan where it does not exist.
    missing_moments : mapping of str to str
        For each moment that does not exist, why.
    """

    axis: Axis = field(repr=False)
    density: SincDensity = field(repr=False)
    # The density near an end of the support; without it, what the axis gives there.
    near: Callable[[float], float] | None = field(default=None, repr=False)

    def _quantile(self, p: Floats) -> Floats:
        scale = self.axis.value(self.density.quantile(p))
        return np.where(p == 0, self.axis.lower, np.where(p == 1, self.axis.upper, scale))

    def _cdf(self, x: Floats) -> Floats:
        return self.density.cdf(self.axis.inverse(x))

    def _pdf(self, x: Floats) -> Floats:
        u = self.axis.inverse(x)
        low, high = self.density.range
        inside = (u >= low) & (u <= high) & (x >= self.axis.lower)
        u = np.clip(u, low, high)
        found = self.density.pdf(u) * np.exp(-self.axis.log_jacobian(u))
        found = np.atleast_1d(np.where(inside, found, 0.0))
        if self.near is None:
            return found.reshape(x.shape)
        # Where u runs to infinity the density of u is too small to be divided by the Jacobian.
        values, axis = np.atleast_1d(x), self.axis
        near_upper = values >= axis.upper - NEAR * (axis.upper - axis.lower)
        near_lower = values - axis.lower < NEAR * min(axis.unit, axis.upper - axis.lower)
        near = (near_lower & (not axis.even)) | (near_upper & np.isfinite(axis.upper))
        near &= (values >= axis.lower) & (values <= axis.upper)
        found[near] = [self.near(value) for value in values[near]]
        return found.reshape(x.shape)


def scale_moments(axis: Axis, density: SincDensity) -> tuple[Floats, Floats]:
    """Give mean and sd of a scale.

    Parameters
    ----------
    axis : Axis
        The map from the coordinate to the scale.
    density : SincDensity
        The density of the coordinate.

    Returns
    -------
    mean, sd : float
        The scale's moments, as accurate as the lattice's sums.

    Examples
    --------
    The half-normal, on the axis sinh:

    >>> from hbmlib.quadrature.lattice import Lattice, Range
    >>> axis, lattice = Axis("even", 1.0), Lattice.cover(Range(0, 4), 0.1, even=True)
    >>> u = lattice.points
    >>> weight = lattice.weights * np.exp(-0.5 * axis.value(u) ** 2 + axis.log_jacobian(u))
    >>> mean, sd = scale_moments(axis, SincDensity(lattice, weight / weight.sum()))
    >>> print(round(mean, 6), round(np.sqrt(2 / np.pi), 6))
    0.797885 0.797885
    """
    scale = axis.value(density.lattice.points)
    mean = plain = density.weight @ scale
    if density.even:
        # The scale has a kink at 0; sqrt(c**2 + scale**2) has none and takes the tail.
        lifted = np.hypot(axis.unit, scale)
        gap = density.expect(lambda u: np.hypot(axis.unit, t := axis.value(u)) - t)
        mean = density.weight @ lifted - gap
    variance = density.weight @ (scale - mean) ** 2 + 2 * mean * (plain - mean)
    return mean, np.sqrt(variance)


@dataclass(frozen=True, eq=False)
class MixtureMarginal(Marginal):
    """The marginal posterior of what is normal given the scales: a mixture over the nodes.

    Attributes
    ----------
    mean, sd : float or ndarray, shape (J,)
        Posterior mean and standard deviation; nan where it does not exist.
    missing_moments : mapping of str to str
        For each moment that does not exist, why.
    """

    centre: float = field(repr=False)
    weights: Floats = field(repr=False)  # (K,)
    means: Floats = field(repr=False)  # (K,) or (J, K), about the centre
    sds: Floats = field(repr=False)

    def _cdf(self, x: Floats) -> Floats:
        return ndtr(self._z(x)) @ self.weights

    def _pdf(self, x: Floats) -> Floats:
        return (normal_density(self._z(x)) / self.sds) @ self.weights

    def _z(self, x: Floats) -> Floats:
        return ((x - self.centre)[..., np.newaxis] - self.means) / self.sds

    def _quantile(self, p: Floats) -> Floats:
        means, sds = np.atleast_2d(self.means), np.atleast_2d(self.sds)
        return self.centre + mixture_quantiles(p, self.weights, means, sds)
