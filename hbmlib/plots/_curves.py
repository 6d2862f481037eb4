"""Curves of any kind, and histograms."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.plots._alt import count, described, joined
from hbmlib.plots._marks import (
    COLOUR,
    DASHED,
    THIN,
    in_book_style,
    name_level,
    new_figure,
    spread,
    write,
)


@in_book_style
def curves(
    x: ArrayLike,
    lines: Mapping[str, tuple[str, ArrayLike]],
    *,
    points: Sequence[tuple[str, ArrayLike, ArrayLike, ArrayLike]] = (),
    vlines: Mapping[str, float] | None = None,
    xlabel: str = "",
    ylabel: str = "",
    log_x: bool = False,
    log_y: bool = False,
) -> Figure:
    """Draw named curves, each in the colour of its role.

    Parameters
    ----------
    x : array_like, shape (points,)
        The horizontal positions.
    lines : dict of str to (role, y)
        The curves by name; `y` has the length of `x`, with nan where the curve is not drawn. The
        role ``"complete"`` is dashed.
    points : sequence of (role, x, y, error), optional
        Points with standard errors, drawn with two of them either side.
    vlines : dict of str to float, optional
        Named vertical marks.
    xlabel, ylabel : str, optional
        The axes' names.
    log_x, log_y : bool, optional
        Whether the horizontal or the vertical axis is logarithmic.

    Returns
    -------
    matplotlib.figure.Figure
        The curves, named where they end.

    Raises
    ------
    ValueError
        If a role is unknown, a length is wrong, or a number is not positive on a logarithmic axis.

    Examples
    --------
    >>> figure = curves([1, 2, 4], {"no pooling": ("own", [9, 4.5, 2.25])}, log_x=True)
    >>> figure.axes[0].get_xscale()
    'log'
    """
    x = (checks.positive if log_x else checks.finite)("x", x, shape=("points",))
    figure, ax = new_figure(3.2)
    ends = {}
    for name, (role, values) in lines.items():
        checks.one_of("role", role, tuple(COLOUR))
        y = np.array(values, dtype=float)
        checks.same_length(x=x, y=y)
        drawn = ~np.isnan(y)
        (checks.positive if log_y else checks.finite)("y", y[drawn], shape=("points",))
        ax.plot(x, y, color=COLOUR[role], ls=DASHED if role == "complete" else "-")
        last = int(np.flatnonzero(drawn)[-1])
        if last == x.size - 1:
            ends[name] = (role, y[last])
        else:
            write(ax, x[last], y[last], name, role, ha="right", va="center", dx=-8)
    for role, at, value, error in points:
        checks.one_of("role", role, tuple(COLOUR))
        at, value = checks.finite("points", at), checks.finite("points", value)
        error = checks.non_negative("error", error)
        ax.errorbar(at, value, 2 * error, fmt="o", ms=5, lw=THIN, color=COLOUR[role])
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if log_x:
        ax.set_xscale("log")
    if log_y:
        ax.set_yscale("log")
    for axis in [ax.xaxis] * log_x + [ax.yaxis] * log_y:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_locator(NullLocator())
    low, high = ax.get_ylim()
    for name, at in (vlines or {}).items():
        ax.axvline(float(checks.finite("vlines", at, shape=())), color=COLOUR["muted"], lw=THIN)
        write(ax, at, high, name, "muted", ha="center", va="bottom", dy=2)
    ax.set_ylim(low, high)
    # Room between the names is a share of the axis, whatever its scale.
    along = ax.transScale + ax.transLimits
    shares = along.transform(np.reshape([(x[-1], y) for _, y in ends.values()], (-1, 2)))
    shares[:, 1] = spread(shares[:, 1], 0.085)
    heights = along.inverted().transform(shares)[:, 1]
    for (name, (role, _)), y in zip(ends.items(), heights, strict=True):
        name_level(ax, y, name, role)
    said = [
        f"{name} from {y[0]:.3g} to {y[-1]:.3g}"
        for name, (_, values) in lines.items()
        for y in [np.array(values, dtype=float)[~np.isnan(np.array(values, dtype=float))]]
    ]
    return described(
        figure,
        f"Curves against {xlabel or 'x'}, from {x[0]:.3g} to {x[-1]:.3g}: {joined(said)}.",
    )


@in_book_style
def histogram(
    values: ArrayLike,
    *,
    curve: tuple[str, Callable[[NDArray[np.float64]], ArrayLike]] | None = None,
    marks: Mapping[str, float] | None = None,
    unit: str = "",
    log: bool = False,
) -> Figure:
    """Draw a histogram of unit area, with a named density and named marks.

    Parameters
    ----------
    values : array_like, shape (N,)
        The values.
    curve : (name, function), optional
        A density to compare with, on the scale of the axis.
    marks : dict of str to float, optional
        Named vertical marks.
    unit : str, optional
        What the values are, for the axis.
    log : bool, optional
        Whether the axis is logarithmic; the area is then per tenfold step.

    Returns
    -------
    matplotlib.figure.Figure
        The histogram, without a vertical scale.

    Raises
    ------
    ValueError
        If a value is not finite, or not positive on a logarithmic axis.

    Examples
    --------
    >>> figure = histogram([0.1, 0.4, 0.5, 0.7], marks={"half": 0.5})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['half']
    """
    values = (checks.positive if log else checks.finite)("values", values, shape=("N",))
    bins = min(60, max(5, 2 * round(values.size ** (1 / 3))))
    height, edges = np.histogram(np.log10(values) if log else values, bins=bins, density=True)
    edges = 10**edges if log else edges
    figure, ax = new_figure(3.0)
    ax.stairs(height, edges, fill=True, color=COLOUR["rule"])
    ax.stairs(height, edges, color=COLOUR["muted"], lw=THIN)
    if log:
        ax.set_xscale("log")
        ax.xaxis.set_minor_locator(NullLocator())
    top = height.max()
    if curve is not None:
        name, density = curve
        x = (np.geomspace if log else np.linspace)(edges[0], edges[-1], 400)
        y = checks.non_negative("curve", density(x), shape=(400,))
        ax.plot(x, y, color=COLOUR["partial"])
        top = max(top, y.max())
        at = int(np.flatnonzero(y >= 0.7 * y.max())[-1])
        clear = max([x[at], *(marks or {}).values()])  # right of every mark
        write(ax, clear, y[at], name, "partial", ha="left", va="bottom", dx=6)
    for name, at in (marks or {}).items():
        ax.axvline(float(checks.finite("marks", at, shape=())), color=COLOUR["ink"], lw=THIN)
        write(ax, at, 1.08 * top, name, "ink", ha="center", va="bottom", dy=2)
    ax.set(ylim=(0, 1.08 * top), yticks=[], xlabel=unit)
    ax.spines["left"].set_visible(False)
    q = np.quantile(values, (0, 0.5, 1))
    named = [f"{name} at {float(at):.3g}" for name, at in (marks or {}).items()]
    return described(
        figure,
        f"Histogram of {count(values.size, 'value')}, from {q[0]:.3g} to {q[2]:.3g} with median "
        f"{q[1]:.3g}.",
        f"Marked: {joined(named)}." if named else "",
    )
