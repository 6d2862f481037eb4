"""Draws of two quantities against one another."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.draws import Draws
from hbmlib.plots._alt import count, described, joined
from hbmlib.plots._draws import (
    MANY,
    Names,
    bare,
    chosen,
    density,
    divergent,
    divergent_style,
    how_many,
    symbol,
)
from hbmlib.plots._marks import COLOUR, WIDTH, in_book_style

Floats = NDArray[np.float64]


@in_book_style
def pairs(draws: Draws, names: Names = None, *, log: str | Sequence[str] = ()) -> Figure:
    """Draw each quantity against each other one, and its density on the diagonal.

    Triangles mark the draws that diverged.

    Parameters
    ----------
    draws : Draws
        The draws.
    names : str or sequence of str, optional
        The quantities, two to five; by default those that are single numbers.
    log : str or sequence of str, optional
        Those of them shown on a logarithmic axis; all their draws must be above zero.

    Returns
    -------
    matplotlib.figure.Figure
        The lower half of a matrix of panels.

    Raises
    ------
    ValueError
        If a name is unknown, a draw is not finite, there are too few or too many quantities, or
        one on a logarithmic axis is not positive.

    References
    ----------
    J. Gabry, D. Simpson, A. Vehtari, M. Betancourt and A. Gelman (2019), Visualization in
    Bayesian workflow. *Journal of the Royal Statistical Society A* 182(2), 389-402.

    Examples
    --------
    >>> values = np.random.default_rng(1).gamma(2, size=(4, 100, 2))
    >>> figure = pairs(Draws(values, ["mu", "tau"]), log="tau")
    >>> len(figure.axes)
    3
    """
    quantities = chosen(draws, names, 5, "pairs")
    k = len(quantities)
    if k < 2:
        raise ValueError("`names` must be two quantities or more; got 1. Add another.")
    drawn = [q.name for q in quantities]
    logged = [checks.one_of("log", n, drawn) for n in ([log] if isinstance(log, str) else log)]
    for q in quantities:
        if q.name in logged:
            checks.positive(f"draws[{q.name!r}]", q.x)
    bad = divergent(draws).ravel()
    figure = Figure(figsize=(WIDTH, 1.0 + 4.2 * (0.7 if k == 2 else 1)))
    grid = figure.add_gridspec(k, k)
    columns: list[Axes] = []
    for row in range(k):
        for column in range(row + 1):
            x, y = (quantities[i].x.ravel() for i in (column, row))
            shared = columns[column] if row > column else None
            ax = figure.add_subplot(grid[row, column], sharex=shared)
            if row == column:
                columns.append(ax)
                _diagonal(ax, x, drawn[row] in logged)
            else:
                scatter(ax, x, y, bad)
                if drawn[row] in logged:
                    ax.set_yscale("log")
                _ticks(ax.yaxis, drawn[row] in logged)
                ax.tick_params(labelleft=column == 0)
                ax.set_ylabel(symbol(drawn[row]) if column == 0 else "")
            _ticks(ax.xaxis, drawn[column] in logged)
            ax.tick_params(labelbottom=row == k - 1)
            ax.set_xlabel(symbol(drawn[column]) if row == k - 1 else "")
    if bad.any():
        key = columns[0].annotate(
            "▲ diverged",
            (1, 1),
            (4, 0),
            xycoords="axes fraction",
            va="top",
            textcoords="offset points",
            color=COLOUR["between"],
        )
        key.set_in_layout(False)  # it stands where no panel is
    links = _correlations([np.log(q.x) if q.name in logged else q.x for q in quantities], drawn)
    return described(
        figure,
        f"Scatter plots of {joined(drawn)} in pairs: {how_many(draws)}.",
        f"Correlations{' on the axes shown' if logged else ''}: {joined(links)}." if links else "",
    )


def _correlations(values: list[Floats], names: list[str]) -> list[str]:
    """Say how quantities that vary go together."""
    moving = [(x.ravel(), name) for x, name in zip(values, names, strict=True) if np.ptp(x) > 0]
    return [
        f"{first} and {second} {np.corrcoef(x, y)[0, 1]:.2f}"
        for (x, first), (y, second) in combinations(moving, 2)
    ]


def scatter(ax: Axes, x: Floats, y: Floats, bad: NDArray[np.bool_]) -> None:
    """Draw draws as small dots, an image where they are many, and divergent ones as triangles."""
    many = x.size > MANY
    dots = {"ls": "none", "marker": "o", "mew": 0, "color": COLOUR["partial"]}
    size, alpha = (2.2, 0.35) if many else (3.2, 0.6)
    ax.plot(x[~bad], y[~bad], ms=size, alpha=alpha, rasterized=many, **dots)
    if bad.any():
        ax.plot(x[bad], y[bad], **divergent_style())


def _diagonal(ax: Axes, x: Floats, logged: bool) -> None:
    """Draw the density of one quantity, per unit of the axis."""
    curve = density(np.log(x) if logged else x)
    if curve is None:
        ax.plot([x[0], x[0]], [0, 1], color=COLOUR["partial"])
    else:
        ax.plot(np.exp(curve[0]) if logged else curve[0], curve[1], color=COLOUR["partial"])
        ax.set_ylim(bottom=0)
    if logged:
        ax.set_xscale("log")
    bare(ax)


def _ticks(axis, logged: bool) -> None:
    if not logged:
        axis.set_major_locator(MaxNLocator(3))
        return
    low, high = axis.get_view_interval()
    wide = high / low > 200
    axis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 3), numticks=4 if wide else 6))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


@in_book_style
def funnel(
    fits: Draws | Mapping[str, Draws], name: str, scale: str = "tau", *, unit: str = ""
) -> Figure:
    """Draw a between-group sd on its logarithmic axis against one group's mean.

    Parameters
    ----------
    fits : Draws or dict of str to Draws
        One fit, or two or three by name, such as centred and non-centred, on the same axes.
    name : str
        The group's mean, such as ``theta[A]``.
    scale : str, optional
        The sd, on the vertical axis.
    unit : str, optional
        What is measured, for the horizontal axis.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each fit; triangles mark the draws that diverged.

    Raises
    ------
    ValueError
        If a name is unknown, a draw is not finite, the sd is not positive, or there are more
        than three fits.

    References
    ----------
    R. M. Neal (2003), Slice sampling. *Annals of Statistics* 31(3), 705-767, section 8.

    Examples
    --------
    >>> values = np.random.default_rng(1).gamma(2, size=(4, 100, 2))
    >>> figure = funnel(Draws(values, ["tau", "theta[A]"]), "theta[A]")
    >>> figure.axes[0].get_yscale()
    'log'
    """
    fits = dict(fits) if isinstance(fits, Mapping) else {"": fits}
    if not 1 <= len(fits) <= 3:
        raise ValueError(f"`fits` must be one to three fits; got {len(fits)}. Choose some.")
    if name == scale:
        raise ValueError(f"`name` must differ from `scale`; got {name!r} twice. Name a group.")
    figure = Figure(figsize=(WIDTH, 3.4))
    axes = figure.subplots(1, len(fits), sharex=True, sharey=True, squeeze=False)[0]
    said = []
    for (label, draws), ax in zip(fits.items(), axes, strict=True):
        x, y = (chosen(draws, n, 1, "funnel")[0].x for n in (name, scale))
        checks.positive(f"draws[{scale!r}]", y)
        bad = divergent(draws)
        scatter(ax, x.ravel(), y.ravel(), bad.ravel())
        ax.set_yscale("log")
        ax.set_xlabel(symbol(name) + (f", {unit}" if unit else ""))
        words = f"▲ {count(int(bad.sum()), 'divergence')}" if bad.any() else "no divergence"
        ax.set_title(f"{label}\n{words}" if label else words, loc="left")
        said.append(
            f"{f'{label}: ' if label else ''}{count(int(bad.sum()), 'divergence')}, "
            f"smallest {scale} {y.min():.2g}"
        )
    axes[0].set_ylabel(symbol(scale))
    _ticks(axes[0].yaxis, True)
    axes[0].xaxis.set_major_locator(MaxNLocator(4))
    return described(figure, f"{scale} on a logarithmic axis against {name}. {'. '.join(said)}.")
