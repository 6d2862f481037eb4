"""The contours of a density in two dimensions, and the plane for what moves over them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.plots._alt import described
from hbmlib.plots._draws import symbol
from hbmlib.plots._marks import COLOUR, in_book_style, new_figure

Floats = NDArray[np.float64]
Limits = tuple[tuple[float, float], tuple[float, float]]
Density = Callable[[Floats], ArrayLike]

MASS = (0.99, 0.9, 0.5)  # of the density shown, that each contour holds
CELLS = 160  # of the grid along each axis


@in_book_style
def contours(
    target: Density | Any,
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    names: tuple[str, str] = ("", ""),
) -> Figure:
    """Draw the contours of a density in two dimensions.

    Parameters
    ----------
    target : callable or object with a method logp
        The log density, up to a constant: points of shape (..., 2) -> (...).
    x, y : tuple of float
        The range of each coordinate, low and high.
    names : tuple of str, optional
        The coordinates; a parameter's name becomes its symbol.

    Returns
    -------
    matplotlib.figure.Figure
        Three contours that hold 50%, 90% and 99% of the mass in the ranges.

    Raises
    ------
    ValueError
        If a range is not two rising numbers, or the target gives other shapes or no density.

    References
    ----------
    R. J. Hyndman (1996), Computing and graphing highest density regions. *The American
    Statistician* 50(2), 120-126.

    Examples
    --------
    >>> figure = contours(lambda q: -0.5 * (q**2).sum(axis=-1), (-3, 3), (-3, 3))
    >>> [float(end) for end in figure.axes[0].get_xlim()]
    [-3.0, 3.0]
    """
    limits = (_range("x", x), _range("y", y))
    figure, ax = new_figure(4.4)
    shapes = draw_contours(ax, target, limits)
    held = {level: f"{mass:.0%}" for level, mass in zip(shapes.levels, MASS, strict=False)}
    ax.clabel(shapes, fmt=held, fontsize=9)
    name_axes(ax, names, limits)
    return described(figure, where(names, limits), "Contours hold 50%, 90% and 99% of the mass.")


def draw_contours(ax: Axes, target: Density | Any, limits: Limits) -> Any:
    """Draw the contours that hold 99%, 90% and 50% of the mass within the limits."""
    logp = getattr(target, "logp", target)
    if not callable(logp):
        raise ValueError(
            f"`target` must be a log density or have one as `logp`; got {type(target).__name__}. "
            "Give a function of points of shape (..., 2)."
        )
    x, y = (np.linspace(*limit, CELLS) for limit in limits)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    with np.errstate(all="ignore"):
        values = np.asarray(logp(grid), dtype=float)
    if values.shape != grid.shape[:2]:
        raise ValueError(
            f"`target` must give shape {grid.shape[:2]} for points of shape {grid.shape}; got "
            f"{values.shape}. Work on the last axis only."
        )
    values = np.where(np.isnan(values), -np.inf, values)
    if not np.isfinite(values.max()):
        raise ValueError(
            f"`target` must have a finite log density within the limits; got {values.max()} at "
            "most. Move the limits."
        )
    p = np.exp(values - values.max())
    ordered = np.sort(p.ravel())[::-1]
    held = np.cumsum(ordered) / ordered.sum()
    levels = [ordered[np.searchsorted(held, mass)] for mass in MASS]
    lowest = np.log(np.finfo(float).tiny)
    heights = np.maximum(values - values.max(), lowest)
    unique = sorted({float(np.log(max(level, np.finfo(float).tiny))) for level in levels})
    return ax.contour(
        x,
        y,
        heights,
        levels=unique,
        colors=COLOUR["muted"],
        linestyles="solid",
        linewidths=[0.7, 0.9, 1.1][-len(unique) :],
        zorder=1,
    )


def plane(
    points: list[Floats],
    target: Density | Any,
    names: tuple[str, str],
    limits: Limits | None,
    ax: Axes | None = None,
) -> tuple[Figure, Axes]:
    """Make the axes of a path, over contours if there is a target."""
    figure = None
    if ax is None:
        figure, ax = new_figure(4.4)
    if limits is None:
        every = np.vstack(points)
        low, high = every.min(axis=0), every.max(axis=0)
        room = np.where(high > low, 0.12 * (high - low), 1.0)
        limits = tuple(zip(low - room, high + room, strict=True))
    limits = (_range("limits[0]", limits[0]), _range("limits[1]", limits[1]))
    if target is not None:
        draw_contours(ax, target, limits)
    name_axes(ax, names, limits)
    return figure or ax.figure, ax


def name_axes(ax: Axes, names: tuple[str, str], limits: Limits) -> None:
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.set(
        xlabel=symbol(names[0]) if names[0] else "", ylabel=symbol(names[1]) if names[1] else ""
    )


def _range(name: str, limits: Any) -> tuple[float, float]:
    low, high = checks.finite(name, limits, shape=(2,))
    if not low < high:
        raise ValueError(
            f"`{name}` must be two rising numbers; got {low:g} and {high:g}. Swap or mend them."
        )
    return float(low), float(high)


def where(names: tuple[str, str], limits: Limits) -> str:
    """Say what the axes are."""
    ranges = zip(names, ("x", "y"), limits, strict=True)
    words = [f"{name or axis} from {low:.3g} to {high:.3g}" for name, axis, (low, high) in ranges]
    return f"Axes: {words[0]}, {words[1]}."
