"""Names beside points, each in the place where least is in the way."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from hbmlib.plots._marks import write

Floats = NDArray[np.float64]

SIZE = (300.0, 185.0)  # of axes, in points: near enough to see what would overlap
PLACES = (
    ("right", "bottom"),
    ("left", "top"),
    ("left", "bottom"),
    ("right", "top"),
    ("center", "bottom"),
    ("center", "top"),
    ("left", "center"),
    ("right", "center"),
)
SHIFT = {"left": 1, "center": 0, "right": -1, "bottom": 1, "top": -1}


def name_points(
    ax: Axes,
    points: Floats,
    names: Sequence[str],
    roles: str | Sequence[str],
    *,
    others: Floats | None = None,
    size: tuple[float, float] = SIZE,
    gap: float = 4,
) -> None:
    """Write beside each point (n, 2), given in fractions of the axes, clear of the others."""
    roles = [roles] * len(names) if isinstance(roles, str) else roles
    at, obstacles = points * size, points if others is None else others
    taken = [np.array([*(p - 4), *(p + 4)]) for p in np.vstack([at, obstacles * size])]
    for point, spot, name, role in zip(at, points, names, roles, strict=True):
        boxes = {place: _box(point, name, place, gap) for place in PLACES}
        clashes = {
            place: sum(_overlap(box, other) for other in taken)
            + 1e3 * (box[:2].min() < 0)
            + (place[1] == "center" or place[0] == "center")  # corners, if all are free
            for place, box in boxes.items()
        }
        ha, va = place = min(clashes, key=clashes.get)
        taken.append(boxes[place])
        dx, dy = gap * SHIFT[ha], (gap / 2 if ha != "center" else gap) * SHIFT.get(va, 0)
        write(ax, *spot, name, role, ha=ha, va=va, dx=dx, dy=dy, xycoords="axes fraction")


def _box(point: Floats, name: str, place: tuple[str, str], gap: float) -> Floats:
    """Estimate the box (left, low, right, high) of a name, in points of type."""
    ha, va = place
    width, height = 6 * len(name), 11
    left = point[0] + {"left": gap, "center": -width / 2, "right": -gap - width}[ha]
    low = point[1] + {"bottom": 2, "center": -height / 2, "top": -2 - height}[va]
    return np.array([left, low, left + width, low + height])


def _overlap(a: Floats, b: Floats) -> float:
    """Area that two boxes (left, low, right, high) share."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    return float(np.prod(np.maximum(sides, 0)))
