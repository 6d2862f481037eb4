"""Points of the trapezoidal rule."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Lattice", "Range", "prune"]

Floats = NDArray[np.float64]

#: Weight that mixtures may leave out.
PRUNED = 1e-9


class Range(NamedTuple):
    """An interval of a coordinate."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Lattice:
    """Points ``step * index`` of one coordinate; an even one carries half the weight at 0."""

    step: float
    index: NDArray[np.int64]
    even: bool

    @classmethod
    def cover(cls, span: Range, step: float, even: bool) -> "Lattice":
        """Cover a range by points, the outer ones even: every other can be left out."""
        low = 2 * int(np.floor(span.low / step / 2))
        high = 2 * int(np.ceil(span.high / step / 2))
        return cls(step, np.arange(max(low, 0) if even else low, high + 1), even)

    @property
    def points(self) -> Floats:
        """The coordinates."""
        return self.step * self.index

    @property
    def weights(self) -> Floats:
        """The weight of each point."""
        return self.step * np.where(self.even & (self.index == 0), 0.5, 1.0)


def prune(weight: Floats) -> NDArray[np.bool_]:
    """Mark the nodes to keep: the lightest, up to a total weight of PRUNED, are left out.

    Parameters
    ----------
    weight : ndarray, shape (K,)
        Weights that sum to 1.

    Returns
    -------
    ndarray of bool, shape (K,)
        Whether to keep each node.

    Examples
    --------
    >>> prune(np.array([1e-12, 0.3, 0.7]))
    array([False,  True,  True])
    """
    ordered = np.sort(weight)
    return weight >= ordered[np.searchsorted(np.cumsum(ordered), PRUNED, side="right")]
