"""Marginal posteriors with mean, sd, quantile, cdf and pdf.

A scale's density is known on a lattice, on which the trapezoidal rule has converged. The sinc
interpolant through those points then has the same exponential accuracy between them, and its
integral is a sum of sine integrals. Quantities that are normal given the scales are mixtures of
normals over the nodes. See F. Stenger (1993), *Numerical Methods Based on Sinc and Analytic
Functions*, Springer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, sici

from hbmlib import checks
from hbmlib.exact._axis import Axis
from hbmlib.exact._quadrature import Lattice

Floats = NDArray[np.float64]

#: Numbers that a sum over the lattice holds at once.
PART = 2**20
#: Part of a scale's support that counts as near an end.
NEAR = 1e-4

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


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
class SincDensity:
    """A density on a line, or one even in u on a half-line, known by weights on a lattice."""

    lattice: Lattice
    weight: Floats  # sums to 1

    @property
    def even(self) -> bool:
        """Whether the density reaches 0, where it is mirrored."""
        return self.lattice.even and self.lattice.index[0] == 0

    @property
    def range(self) -> tuple[float, float]:
        """The ends of the lattice."""
        points = self.lattice.points
        return float(points[0]), float(points[-1])

    def pdf(self, u: Floats) -> Floats:
        """Give the density of the coordinate itself."""
        low, high = self.range
        inside = (u >= low) & (u <= high)
        densities = self._in_parts(self.densities, u)
        return np.where(inside, np.maximum(densities, 0), 0.0)

    def cdf(self, u: Floats) -> Floats:
        """Give the probability up to u."""
        low, high = self.range
        below = self._in_parts(self.probabilities, np.clip(u, low, high))
        return np.clip(np.where(u <= low, 0.0, np.where(u >= high, 1.0, below)), 0.0, 1.0)

    def _in_parts(self, contributions, u: Floats) -> Floats:
        """Sum the points' contributions at every u, for so many u at a time as memory allows."""
        u = np.asarray(u)
        size = max(PART // self.weight.size, 1)
        flat = u.ravel()
        parts = [flat[i : i + size] for i in range(0, flat.size, size)]
        sums = [contributions(part) @ self.weight for part in parts]
        return np.concatenate(sums).reshape(u.shape) if sums else np.zeros(u.shape)

    def densities(self, u: Floats) -> Floats:
        """Give the density at u that each point's unit weight contributes, points last."""
        x = u[..., np.newaxis] / self.lattice.step
        densities = np.sinc(x - self.lattice.index)
        if self.even:
            densities += np.sinc(x + self.lattice.index)
        return densities / self.lattice.step

    def probabilities(self, u: Floats) -> Floats:
        """Give the probability up to u that each point's unit weight contributes, points last."""
        x = np.pi * u[..., np.newaxis] / self.lattice.step
        index = np.pi * self.lattice.index
        if self.even:
            return (sici(x - index)[0] + sici(x + index)[0]) / np.pi
        return 0.5 + sici(x - index)[0] / np.pi

    def quantile(self, p: Floats) -> Floats:
        """Invert the cdf by safeguarded Newton steps; p has shape (m,)."""
        knots, step = self.lattice.points, self.lattice.step
        table = np.maximum.accumulate(self.cdf(knots))
        cell = np.clip(np.searchsorted(table, p, side="right") - 1, 0, knots.size - 2)
        left, right = knots[cell], knots[cell + 1]
        u = 0.5 * (left + right)
        for _ in range(60):
            excess, slope = self.cdf(u) - p, self.pdf(u)
            left, right = np.where(excess < 0, u, left), np.where(excess < 0, right, u)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = u - excess / slope
            new = np.where((new > left) & (new < right), new, 0.5 * (left + right))
            done = np.abs(new - u) < 1e-13 * (step + np.abs(u))
            u = new
            if done.all():
                break
        return u

    def expect(self, function) -> float:
        """Integrate a bounded function of u: Gauss-Legendre between the points."""
        step = self.lattice.step
        u = self.lattice.points[:-1, np.newaxis] + step * 0.5 * (1 + _NODES)
        return float((self.pdf(u) * function(u) * (0.5 * step * _WEIGHTS)).sum())


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
        return (_normal(self._z(x)) / self.sds) @ self.weights

    def _z(self, x: Floats) -> Floats:
        return ((x - self.centre)[..., np.newaxis] - self.means) / self.sds

    def _quantile(self, p: Floats) -> Floats:
        means, sds = np.atleast_2d(self.means), np.atleast_2d(self.sds)
        return self.centre + mixture_quantiles(p, self.weights, means, sds)


def mixture_moments(weights: Floats, means: Floats, sds: Floats) -> tuple[Floats, Floats]:
    """Give mean and sd of mixtures of normals; the components are the last axis."""
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
    density = weights * _normal(z) / sds
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


def _normal(z: Floats) -> Floats:
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


@dataclass(frozen=True, eq=False)
class WeightMarginal(Marginal):
    """The marginal posterior of every group's shrinkage weight.

    ``lambda_j = r**2 / (r**2 + 1 / information_j)`` rises with ``r = tau / sigma`` alone, so that
    all groups share one distribution: given sigma, that of r is that of tau. An empty group has
    all its probability at 0, where its density is infinite.

    Attributes
    ----------
    mean, sd : ndarray, shape (J,)
        Posterior means and standard deviations.
    missing_moments : mapping of str to str
        Empty: the moments of a number between 0 and 1 exist.
    """

    axis: Axis = field(repr=False)
    information: Floats = field(repr=False)  # (J,)
    sigma: Floats = field(repr=False)  # (n_sigma,)
    rows: Sequence[tuple[float, SincDensity]] = field(repr=False)  # weight, tau given sigma

    def _ratio_cdf(self, r: Floats) -> Floats:
        return sum(
            share * row.cdf(self.axis.inverse(r * sigma))
            for sigma, (share, row) in zip(self.sigma, self.rows, strict=True)
        )

    def _ratio_pdf(self, r: Floats) -> Floats:
        total = np.zeros_like(r)
        for sigma, (share, row) in zip(self.sigma, self.rows, strict=True):
            low, high = row.range
            u = self.axis.inverse(r * sigma)
            inside = (u >= low) & (u <= high)
            u = np.clip(u, low, high)
            density = row.pdf(u) * np.exp(-self.axis.log_jacobian(u))
            total += np.where(inside, share * sigma * density, 0)
        return total

    def _quantile(self, p: Floats) -> Floats:
        r = self._ratio_quantile(p)[:, np.newaxis]
        return np.where(self.information > 0, 1 - 1 / (1 + r**2 * self.information), 0.0)

    def _ratio_quantile(self, p: Floats) -> Floats:
        """Bisect on the logarithm; the result is exact to rounding."""
        unit = self.axis.unit
        low = np.full(p.shape, np.log(1e-30) + np.log(unit / self.sigma.max()))
        high = np.full(p.shape, np.log(1e30) + np.log(unit / self.sigma.min()))
        for _ in range(64):
            middle = 0.5 * (low + high)
            above = self._ratio_cdf(np.exp(middle)) >= p
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        r = np.exp(0.5 * (low + high))
        return np.where(p == 0, 0.0, np.where(p == 1, 1e100, r))

    def _r(self, x: Floats) -> Floats:
        """Invert the weight; 0 below 0 and for empty groups, infinite from 1 on."""
        x = np.clip(x, 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.sqrt(x / ((1 - x) * self.information))
        return np.where(self.information > 0, r, np.inf)

    def _cdf(self, x: Floats) -> Floats:
        r = self._r(x)
        inner = self._ratio_cdf(np.minimum(r, 1e100))
        return np.where(x < 0, 0.0, np.where((x >= 1) | np.isinf(r), 1.0, inner))

    def _pdf(self, x: Floats) -> Floats:
        x = np.broadcast_to(x, np.broadcast_shapes(x.shape, self.information.shape))
        inside = (x > 0) & (x < 1) & (self.information > 0)
        y = np.where(inside, x, 0.5)
        information = np.where(self.information > 0, self.information, 1.0)
        r = np.sqrt(y / ((1 - y) * information))
        density = self._ratio_pdf(r) * r / (2 * y * (1 - y))
        empty = np.where((x == 0) & (self.information == 0), np.inf, 0.0)
        return np.where(inside, density, empty)
