"""Intervals of many quantities, for one fit or for several side by side."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.draws import Draws
from hbmlib.plots._alt import count, described, joined
from hbmlib.plots._draws import Names, chosen, symbol
from hbmlib.plots._marks import (
    COLOUR,
    CROWDED,
    PROBABILITIES,
    draw_intervals,
    in_book_style,
    new_figure,
    truth_style,
    write,
)

Floats = NDArray[np.float64]

MOST = 500
FIT_STYLES = (("partial", "o"), ("within", "s"), ("between", "D"), ("ink", "v"), ("complete", "^"))


@in_book_style
def intervals(
    fits: Draws | Mapping[str, Any],
    names: Names = None,
    *,
    truth: ArrayLike | None = None,
    unit: str = "",
) -> Figure:
    """Draw the median with the 50% and 90% interval of each quantity: a forest plot.

    Parameters
    ----------
    fits : Draws or dict of str to (Draws or ExactPosterior)
        One fit, or several by name, five at most, drawn side by side.
    names : str or sequence of str, optional
        The quantities, in order; by default those that are single numbers. A vector stands for
        all its elements.
    truth : array_like, shape (rows,), optional
        The true values in the order of the rows, where the data were simulated.
    unit : str, optional
        What is measured, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each quantity, from the top. More than 30 rows have no names, and lie in the
        order of the medians of the first fit.

    Raises
    ------
    ValueError
        If a fit lacks a quantity or is none, draws are not finite, or `truth` does not fit.

    References
    ----------
    S. Lewis and M. Clarke (2001), Forest plots: trying to see the wood and the trees. *BMJ* 322,
    1479-1480.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> first, second = (Draws(rng.normal(size=(4, 100, 2)), ["mu", "tau"]) for _ in range(2))
    >>> figure = intervals({"first": first, "second": second})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['first', 'second']
    """
    several = isinstance(fits, Mapping)
    fits = dict(fits) if several else {"": fits}
    if not 1 <= len(fits) <= len(FIT_STYLES):
        raise ValueError(
            f"`fits` must be one to {len(FIT_STYLES)} fits; got {len(fits)}. Choose some."
        )
    found = _rows_of(fits, names)
    rows = [r.name for r in found]
    quantiles = {label: _quantiles(fit, label, found) for label, fit in fits.items()}  # (5, rows)
    first = next(iter(quantiles.values()))
    n, k = len(rows), len(fits)
    crowded = n > CROWDED
    order = np.argsort(first[2], kind="stable") if crowded else np.arange(n)[::-1]
    row = np.empty(n)
    row[order] = np.arange(n)
    figure, ax = new_figure(1.0 + (6.0 if crowded else n * (0.12 + 0.21 * k)))
    apart = 0.68 / k if not crowded else 0.8 / k
    for i, (label, q) in enumerate(quantiles.items()):
        role, marker = FIT_STYLES[i]
        at = row + apart * ((k - 1) / 2 - i)
        draw_intervals(ax, at, q[[0, 1, 3, 4]], role, scale=0.45 if crowded else 1)
        size = 2.5 if crowded else 5.5
        ax.plot(q[2], at, ls="none", marker=marker, ms=size, color=COLOUR[role], zorder=5)
        if several:
            top = order[-1 - (i * n // 16 if crowded else 0)]
            write(ax, q[4, top], at[top], label, role, ha="left", va="center", dx=6)
    if truth is not None:
        truth = checks.finite("truth", truth, shape=(n,), advice="Give one for each row.")
        ax.plot(truth, row, **truth_style() | ({"ms": 3, "mew": 1} if crowded else {}))
        write(ax, truth[order[0]], -0.5, "truth", "truth", ha="center", va="top", dy=-1)
    _name_rows(ax, rows, row, crowded, unit, truth is not None)
    widest = int(np.argmax(first[4] - first[0]))
    return described(
        figure,
        f"Medians with 50% and 90% intervals of {count(n, 'quantity', 'quantities')}"
        + (f" in {count(k, 'fit')}: {joined(list(fits))}." if several else "."),
        f"Medians run from {first[2].min():.3g} ({rows[int(np.argmin(first[2]))]}) to "
        f"{first[2].max():.3g} ({rows[int(np.argmax(first[2]))]}).",
        f"The widest 90% interval is that of {rows[widest]}, {first[0, widest]:.3g} to "
        f"{first[4, widest]:.3g}.",
        "Crosses are the true values." if truth is not None else "",
    )


class Row(NamedTuple):
    """A quantity, and where it stands in a vector of them."""

    name: str
    base: str
    index: int | None


def _rows_of(fits: Mapping[str, Any], names: Names) -> list[Row]:
    """List the rows, after the first fit that has draws."""
    for fit in fits.values():
        if isinstance(fit, Draws):
            rows = []
            for name, _ in chosen(fit, names, MOST, "intervals"):
                base, bracket, label = name.partition("[")
                index = fit.labels(base).index(label[:-1]) if bracket else None
                rows.append(Row(name, base, index))
            return rows
    if names is None:
        raise ValueError("`names` must be given where no fit has draws; got none. Give some.")
    rows = []
    for name in [names] if isinstance(names, str) else names:
        size = np.shape(_marginal(next(iter(fits.values())), "", name).mean)
        rows += (
            [Row(f"{name}[{j}]", name, j) for j in range(*size)]
            if size
            else [Row(name, name, None)]
        )
    return rows


def _quantiles(fit: Any, label: str, rows: list[Row]) -> Floats:
    """Give the quantiles of each row, shape (5, rows), the median in the middle."""
    p = np.insert(PROBABILITIES, 2, 0.5)
    if isinstance(fit, Draws):
        draws = chosen(fit, [row.name for row in rows], MOST, "intervals")
        return np.array([np.quantile(q.x, p) for q in draws]).T
    of = {row.base: _marginal(fit, label, row.base).quantile(p) for row in rows}
    columns = [of[r.base] if r.index is None else of[r.base][:, r.index] for r in rows]
    return checks.finite(f"quantiles of {label or 'the fit'}", np.array(columns).T)


def _marginal(fit: Any, label: str, name: str) -> Any:
    marginal = getattr(fit, name, None)
    if not hasattr(marginal, "quantile"):
        raise ValueError(
            f"`fits` must be Draws or have a marginal {name!r}; got {type(fit).__name__}"
            f"{f' as {label!r}' if label else ''}. Pass what `sample` or `normal_means` returns."
        )
    return marginal


def _name_rows(
    ax: Axes, rows: list[str], row: Floats, crowded: bool, unit: str, below: bool
) -> None:
    n = len(rows)
    ax.set(ylim=(-1.6 if below and not crowded else -0.7, n - 0.4), xlabel=unit)
    if crowded:
        ax.set(yticks=[], ylabel=f"{n} quantities in the order of their medians")
    else:
        ax.set_yticks(row, [symbol(name) for name in rows])
        ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
