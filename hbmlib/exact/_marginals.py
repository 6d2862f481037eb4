"""The marginal posterior of the shrinkage weights."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hbmlib.quadrature.axis import Axis
from hbmlib.quadrature.marginals import Marginal
from hbmlib.quadrature.sinc import SincDensity

Floats = NDArray[np.float64]


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
