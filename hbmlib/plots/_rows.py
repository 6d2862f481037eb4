"""Figures with one row, or one column, for each group."""

from collections.abc import Hashable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, pooling
from hbmlib.plots._alt import between, count, described
from hbmlib.plots._marks import (
    CROWDED,
    PROBABILITIES,
    Distribution,
    centre_of,
    centres_of,
    complete_style,
    draw_arrows,
    draw_intervals,
    in_book_style,
    name_level,
    new_figure,
    own_style,
    partial_style,
    quantiles_of,
    truth_style,
    write,
)
from hbmlib.pooling import Estimate, GroupSummaries


@in_book_style
def group_ranges(
    y: ArrayLike,
    group: Sequence[Hashable],
    *,
    unit: str = "Observation",
    group_name: str = "School",
) -> Figure:
    """Draw the spread of the observations in each group, in the order of the group means.

    It is a box plot in the book's language: a thick line holds the middle 50% of a group's
    observations, a thin one the middle 90%, and the hollow circle is the mean. The dashed line
    is the mean of all observations.

    Parameters
    ----------
    y : array_like, shape (N,)
        The observations.
    group : sequence of hashable, length N
        The group of each observation.
    unit : str, optional
        What the observations measure, for the axis.
    group_name : str, optional
        What a group is, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One vertical line for each group.

    Raises
    ------
    ValueError
        As `pooling.summarise`.

    References
    ----------
    J. W. Tukey (1977), *Exploratory Data Analysis*, chapter 2. Addison-Wesley.

    Examples
    --------
    >>> figure = group_ranges([3, 5, 6, 8], ["A", "A", "B", "B"], unit="Points")
    >>> figure.axes[0].get_ylabel()
    'Points'
    """
    groups = pooling.summarise(y, group)
    y = np.asarray(y, dtype=float)
    members = {label: [] for label in groups.labels}
    for value, label in zip(y, checks.labels("group", group), strict=True):
        members[label].append(value)
    order = np.argsort(groups.mean, kind="stable")
    quantiles = np.array([np.quantile(members[groups.labels[j]], PROBABILITIES) for j in order]).T
    J = groups.n_groups
    crowded = J > CROWDED
    figure, ax = new_figure(3.6)
    position = np.arange(J)
    draw_intervals(ax, position, quantiles, "within", vertical=True, scale=0.45 if crowded else 1)
    ax.plot(
        position,
        groups.mean[order],
        **own_style(size=3.2 if crowded else 6.5, edge=0.9 if crowded else 1.5),
    )
    mean = pooling.grand_mean(groups)
    ax.axhline(mean, **complete_style())
    ax.set(xlim=(-1 - 0.01 * J, J + 0.01 * J), ylabel=unit)
    if crowded:
        ax.set(xticks=[], xlabel=f"{J} {group_name.lower()}s in the order of their means")
    else:
        ax.set_xticks(position, [str(groups.labels[j]) for j in order])
        ax.set_xlabel(f"{group_name}, in the order of the means")
    name_level(ax, mean, "mean\nof all", "complete")
    return described(
        figure,
        f"Spread of {count(y.size, 'observation')} in {count(J, group_name.lower())} in the order "
        f"of their means, which are {between(groups.mean)}; the mean of all is {mean:.3g}.",
    )


@in_book_style
def group_means(
    groups: GroupSummaries, sigma: ArrayLike, *, unit: str = "Mean", group_name: str = "School"
) -> Figure:
    """Draw each group's own mean with its 50% and 90% interval: no pooling.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one observation in each group.
    sigma : array_like, shape () or (J,)
        The sd of an observation within its group.
    unit : str, optional
        What the observations measure, for the axis.
    group_name : str, optional
        What a group is, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each group, the highest mean on top.

    Raises
    ------
    ValueError
        As `pooling.none`.

    Examples
    --------
    >>> figure = group_means(pooling.from_means([4, 7], n=[4, 9]), sigma=3.0)
    >>> len(figure.axes)
    1
    """
    none = pooling.none(groups, sigma)
    figure, ax, row = _rows(groups, none.mean, unit, group_name)
    crowded = len(row) > CROWDED
    draw_intervals(ax, row, quantiles_of(none), "own", scale=0.45 if crowded else 1)
    ax.plot(none.mean, row, **(own_style(size=3, edge=0.9) if crowded else own_style()))
    _complete_line(ax, float(pooling.complete(groups, sigma).mean), len(row))
    return described(
        figure,
        f"Own means of {count(len(row), group_name.lower())} with 50% and 90% intervals, "
        f"{between(none.mean)}.",
    )


@in_book_style
def pooling_arrows(
    groups: GroupSummaries,
    partial: Estimate | Distribution,
    complete: float | Estimate | None = None,
    *,
    truth: ArrayLike | None = None,
    unit: str = "Mean",
    group_name: str = "School",
) -> Figure:
    """Draw an arrow from each group's own mean to its partially pooled estimate.

    Parameters
    ----------
    groups : GroupSummaries
        The data; a group of size zero shows its pooled estimate only.
    partial : Estimate or Distribution
        The pooled estimates, shape (J,).
    complete : float or Estimate, optional
        The mean that the groups are pulled towards, a dashed line.
    truth : array_like, shape (J,), optional
        The true group means, where the data were simulated.
    unit : str, optional
        What the observations measure, for the axis.
    group_name : str, optional
        What a group is, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each group, the highest own mean on top.

    Raises
    ------
    ValueError
        If `partial` or `truth` does not have one finite number for each group.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9])
    >>> figure = pooling_arrows(groups, pooling.partial(groups, mu=6, tau=1, sigma=3), 6.0)
    >>> figure.axes[0].get_xlabel()
    'Mean'
    """
    pooled = centres_of("partial", partial, groups)
    figure, ax, row = _rows(groups, pooled, unit, group_name)
    draw_arrows(ax, groups.mean, pooled, row)
    ax.plot(groups.mean, row, **own_style())
    ax.plot(pooled, row, **partial_style())
    _name_top_row(ax, groups.mean, pooled, row)
    _finish_rows(ax, groups, complete, truth, row)
    return described(figure, *_pooled_words(groups, pooled, complete, truth, group_name))


@in_book_style
def three_estimates(
    groups: GroupSummaries,
    sigma: ArrayLike,
    partial: Estimate | Distribution,
    complete: float | Estimate | None = None,
    *,
    truth: ArrayLike | None = None,
    unit: str = "Mean",
    group_name: str = "School",
) -> Figure:
    """Draw no, partial and complete pooling side by side, with 50% and 90% intervals.

    Parameters
    ----------
    groups : GroupSummaries
        The data; a group of size zero shows its pooled estimate only.
    sigma : array_like, shape () or (J,)
        The sd of an observation within its group, for the intervals of the own means.
    partial : Estimate or Distribution
        The pooled estimates, shape (J,); a distribution gives its own quantiles.
    complete : float or Estimate, optional
        The complete-pooling mean; by default computed from the data.
    truth : array_like, shape (J,), optional
        The true group means, where the data were simulated.
    unit : str, optional
        What the observations measure, for the axis.
    group_name : str, optional
        What a group is, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One row for each group, the highest own mean on top.

    Raises
    ------
    ValueError
        If `sigma` is not positive, or `partial` or `truth` does not fit the groups.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9])
    >>> partial = pooling.partial(groups, mu=6, tau=1, sigma=3)
    >>> figure = three_estimates(groups, 3.0, partial, unit="Points")
    >>> figure.axes[0].get_xlabel()
    'Points'
    """
    pooled = centres_of("partial", partial, groups)
    sigma = checks.positive("sigma", sigma, shape=[(), (groups.n_groups,)])
    if complete is None:
        complete = pooling.complete(groups, sigma)
    own = Estimate(groups.mean, sigma / np.sqrt(np.maximum(groups.n, 1)))
    figure, ax, row = _rows(groups, pooled, unit, group_name, height=0.42)
    draw_intervals(ax, row + 0.18, quantiles_of(own), "own")
    ax.plot(groups.mean, row + 0.18, **own_style(size=5.5))
    draw_intervals(ax, row - 0.18, quantiles_of(partial), "partial")
    ax.plot(pooled, row - 0.18, **partial_style(size=5.5))
    _name_top_row(ax, groups.mean, pooled, row)
    _finish_rows(ax, groups, complete, truth, row)
    return described(
        figure,
        *_pooled_words(groups, pooled, complete, truth, group_name),
        "Both have 50% and 90% intervals.",
    )


def _pooled_words(
    groups: GroupSummaries,
    pooled: NDArray[np.float64],
    complete: float | Estimate | None,
    truth: ArrayLike | None,
    group_name: str,
) -> list[str]:
    """Say what pooling does to the groups."""
    seen = groups.n > 0
    words = [
        f"Own means and partially pooled estimates of {count(seen.size, group_name.lower())}."
    ]
    if seen.any():
        words.append(f"Own means are {between(groups.mean[seen])}, estimates {between(pooled)}.")
    if complete is not None:
        words.append(f"Complete pooling gives {centre_of(complete):.3g}.")
    return [*words, "Crosses are the true means."] if truth is not None else words


def _rows(
    groups: GroupSummaries,
    fallback: NDArray[np.float64],
    unit: str,
    group_name: str,
    height: float = 0.3,
) -> tuple[Figure, Axes, NDArray[np.float64]]:
    """Make one row for each group, the highest own mean on top, with room above and below."""
    J = groups.n_groups
    crowded = J > CROWDED
    figure, ax = new_figure(1.5 + (6.0 if crowded else height * J))
    value = np.where(groups.n > 0, groups.mean, fallback)
    row = np.empty(J)
    row[np.argsort(value, kind="stable")] = np.arange(J)
    ax.set(ylim=(-1.3, J + 0.4), xlabel=unit)
    ax.margins(x=0.12)
    if crowded:
        ax.set(yticks=[], ylabel=f"{J} {group_name.lower()}s in the order of their means")
    else:
        sized = groups.n.max() > 1
        names = [
            f"{label} ({n})" if sized else str(label)
            for label, n in zip(groups.labels, groups.n, strict=True)
        ]
        ax.set_yticks(row, names)
        ax.set_ylabel(f"{group_name} (size)" if sized else group_name)
        ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    return figure, ax, row


def _finish_rows(
    ax: Axes,
    groups: GroupSummaries,
    complete: float | Estimate | None,
    truth: ArrayLike | None,
    row: NDArray[np.float64],
) -> None:
    if complete is not None:
        _complete_line(ax, centre_of(complete), groups.n_groups)
    if truth is not None:
        truth = checks.finite("truth", truth, shape=(groups.n_groups,))
        ax.plot(truth, row, **truth_style())
        lowest = int(np.argmin(row))
        write(ax, truth[lowest], 0, "truth", "truth", ha="center", va="top", dy=-8)


def _name_top_row(
    ax: Axes, own: NDArray[np.float64], pooled: NDArray[np.float64], row: NDArray[np.float64]
) -> None:
    """Name both estimates of the highest group that has an own mean."""
    j = int(np.argmax(np.where(np.isnan(own), -1, row)))
    if np.isnan(own[j]):
        return
    sides = ("left", "right") if own[j] >= pooled[j] else ("right", "left")
    if own[j] < pooled[j]:
        ax.margins(x=0.25)  # room for the name between the mark and the axis
    names = (("own mean", "own", own), ("partially pooled", "partial", pooled))
    for (text, role, x), side in zip(names, sides, strict=True):
        dx = 3 if side == "left" else -3
        write(ax, x[j], row[j] + 0.45, text, role, ha=side, va="bottom", dx=dx)


def _complete_line(ax: Axes, x: float, J: int) -> None:
    ax.plot([x, x], [-1.3, J + 0.4], **complete_style())
    write(ax, x, J + 0.4, "complete pooling", "complete", ha="center", va="bottom", dy=1)
