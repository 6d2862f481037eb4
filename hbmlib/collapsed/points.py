"""Nodes in a row, and the individuals' coefficients that they give."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.collapsed.algebra import Collapsed, Given
from hbmlib.collapsed.nodes import Nodes
from hbmlib.quadrature.lattice import prune

__all__: list[str] = []

Floats = NDArray[np.float64]

CHUNK = 50_000  # numbers in one temporary array


class Points(NamedTuple):
    """Nodes of more than negligible weight, in a row: arrays of shape (K,)."""

    weight: Floats  # sums to 1
    scales: list[Floats]
    given: Given

    @classmethod
    def every(cls, nodes: Nodes, step: int) -> "Points":
        """Take every so many nodes along each axis."""
        cut = (slice(None, None, step),) * 3
        weight = nodes.weight[cut].ravel()
        kept = prune(weight / weight.sum())
        scales = [scale[cut].ravel()[kept] for scale in nodes.grid()]
        given = Given(*(x[cut].ravel()[kept] for x in nodes.given))
        return cls(weight[kept] / weight[kept].sum(), scales, given)

    def part(self, rows: slice) -> "Points":
        """Take a stretch of the row."""
        given = Given(*(x[rows] for x in self.given))
        return Points(self.weight[rows], [x[rows] for x in self.scales], given)

    def coefficients(self, data: Collapsed) -> tuple[Floats, Floats, Floats, Floats]:
        """Give means and variances of alpha, then of beta, mu integrated out: (K, J) each."""
        at = data.lines(*self.scales)
        mu_a, mu_b, var_a, cov, var_b = (x[:, None] for x in self.given[1:])
        found = []
        for shift, by_a, by_b, variance in (
            (at.shift_a, at.a_a, at.a_b, at.V_aa),
            (at.shift_b, at.b_a, at.b_b, at.V_bb),
        ):
            found.append(shift + by_a * mu_a + by_b * mu_b)
            spread = by_a**2 * var_a + 2 * by_a * by_b * cov + by_b**2 * var_b
            found.append(variance + spread)
        return tuple(found)

    def moments(self, data: Collapsed) -> tuple[Floats, Floats]:
        """Give the means and sds of all coefficients, (2, J) each."""
        J, size = len(data.n), len(self.weight)
        step = max(1, CHUNK // J)
        best = int(np.argmax(self.weight))
        near = self.part(slice(best, best + 1)).coefficients(data)
        near = np.concatenate(near[::2])  # (2, J), close to the means
        first, second = np.zeros((2, J)), np.zeros((2, J))
        for i in range(0, size, step):
            some = self.part(slice(i, i + step))
            coefficients = some.coefficients(data)
            for k in range(2):
                off, variance = coefficients[2 * k] - near[k], coefficients[2 * k + 1]
                first[k] += some.weight @ off
                second[k] += some.weight @ (variance + off**2)
        return near + first, np.sqrt(second - first**2)
