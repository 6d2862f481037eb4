"""The trapezoidal rule on the surface, made finer until the error is small enough."""

import numpy as np

from hbmlib.collapsed.algebra import Collapsed
from hbmlib.collapsed.nodes import Nodes
from hbmlib.collapsed.points import Points
from hbmlib.collapsed.scales import Surface
from hbmlib.quadrature.lattice import Lattice, Range

__all__: list[str] = []

START = 24  # steps across an axis to begin with
FINER = 1.4  # times as many, on the axis with the largest error
MAX_NODES = 4_000_000


def integrate(surface: Surface, box: list[Range], rtol: float) -> tuple[Nodes, float]:
    """Make the worst axis finer until leaving out every other point changes nothing."""
    even = [axis.even for axis in surface.axes]
    steps = [
        (2 * side.high if e and side.low <= 0 else side.high - side.low) / START / 2
        for side, e in zip(box, even, strict=True)
    ]
    while True:
        lattices = tuple(
            Lattice.cover(side, step, e and side.low <= 0)
            for side, step, e in zip(box, steps, even, strict=True)
        )
        nodes = Nodes.evaluate(surface, lattices)
        errors = nodes.errors()
        error, full = sum(errors), FINER * nodes.weight.size > MAX_NODES
        if error <= rtol or full:
            error = max(error, _coefficient_error(surface.data, nodes))
        if error <= rtol or full:
            return nodes, error
        steps[int(np.argmax(errors))] /= FINER


def _coefficient_error(data: Collapsed, nodes: Nodes) -> float:
    """Compare the coefficients' means and sds with those from every other node of each axis."""
    mean, sd = Points.every(nodes, 1).moments(data)
    coarse_mean, coarse_sd = Points.every(nodes, 2).moments(data)
    return float(max(np.abs((coarse_mean - mean) / sd).max(), np.abs(coarse_sd / sd - 1).max()))
