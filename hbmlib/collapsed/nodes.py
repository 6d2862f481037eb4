"""The surface on a product of three lattices, and what leaving out points would change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.collapsed.algebra import Given
from hbmlib.collapsed.scales import Surface
from hbmlib.quadrature.lattice import Lattice

__all__: list[str] = []

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Nodes:
    """The surface on a product of three lattices: arrays have shape (n_alpha, n_beta, n_sigma)."""

    lattices: tuple[Lattice, Lattice, Lattice]
    scales: tuple[Floats, Floats, Floats]  # along each axis
    weight: Floats  # sums to 1
    given: Given
    log_total: float

    @classmethod
    def evaluate(cls, surface: Surface, lattices: tuple[Lattice, ...]) -> "Nodes":
        """Compute the surface at every point of the product."""
        log_density, given = surface.log_density([lattice.points for lattice in lattices])
        peak = log_density.max()
        a, b, s = (lattice.weights for lattice in lattices)
        weight = np.exp(log_density - peak) * a[:, None, None] * b[:, None] * s
        total = weight.sum()
        scales = [
            axis.value(lattice.points)
            for axis, lattice in zip(surface.axes, lattices, strict=True)
        ]
        log_total = float(peak + np.log(total))
        return cls(tuple(lattices), tuple(scales), weight / total, given, log_total)

    def grid(self) -> list[Floats]:
        """Give the three scales at every node."""
        return np.meshgrid(*self.scales, indexing="ij")

    def errors(self) -> list[float]:
        """Compare all nodes with every other one, along each axis.

        The integrals are those of the density, of the squares of the scales, and of the second
        moments of the two means, each relative to itself.
        """
        given = self.given
        seconds = [given.var_alpha + given.mu_alpha**2, given.var_beta + given.mu_beta**2]
        terms = [np.ones_like(self.weight), *(scale**2 for scale in self.grid()), *seconds]
        errors = []
        for every_other in _halves():
            ratios = [
                2
                * (self.weight[every_other] * term[every_other]).sum()
                / (self.weight * term).sum()
                for term in terms
            ]
            errors.append(float(np.abs(np.array(ratios) - 1).max()))
        return errors


def _halves() -> list[tuple[slice, ...]]:
    every, half = slice(None), slice(None, None, 2)
    return [tuple(half if i == k else every for i in range(3)) for k in range(3)]
