"""A density known by its weights on a lattice on which the trapezoidal rule has converged.

The sinc interpolant through those points has the same exponential accuracy between them, and its
integral is a sum of sine integrals. See F. Stenger (1993), *Numerical Methods Based on Sinc and
Analytic Functions*, Springer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import sici

from hbmlib.quadrature.lattice import Lattice

__all__ = ["InverseCdf", "SincDensity"]

Floats = NDArray[np.float64]

#: Numbers that a sum over the lattice holds at once.
PART = 2**20
FINENESS = 8

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


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


class InverseCdf:
    """Inverts cdfs that share a lattice, through a table with cubic interpolation between."""

    def __init__(self, density: SincDensity) -> None:
        points = density.lattice.points
        self.u = np.linspace(points[0], points[-1], FINENESS * (points.size - 1) + 1)
        self.probabilities = density.probabilities(self.u).T.copy()
        self.densities = density.densities(self.u).T.copy()

    def __call__(self, p: Floats, weight: Floats) -> Floats:
        """Give u at probabilities p, for weights of shape (K,) or one row for each p."""
        step = self.u[1] - self.u[0]
        cdf, pdf = weight @ self.probabilities, weight @ self.densities * step
        total = cdf[..., -1:]
        if weight.ndim == 1:
            cell = np.searchsorted(cdf, p * total, side="right") - 1
            row = ()
        else:
            cell = (cdf <= p[:, np.newaxis] * total).sum(-1) - 1
            row = (np.arange(p.size),)
            total = total[:, 0]
        cell = np.clip(cell, 0, self.u.size - 2)
        start, end = cdf[(*row, cell)], cdf[(*row, cell + 1)]
        rise, slope, last = end - start, pdf[(*row, cell)], pdf[(*row, cell + 1)]
        target = p * total - start
        square, cube = 3 * rise - 2 * slope - last, slope + last - 2 * rise
        t = np.clip(target / np.maximum(rise, 1e-300), 0, 1)
        for _ in range(4):
            value = t * (slope + t * (square + t * cube)) - target
            steepness = slope + t * (2 * square + 3 * t * cube)
            t = np.clip(t - value / np.maximum(steepness, 1e-300), 0, 1)
        return self.u[cell] + step * t
