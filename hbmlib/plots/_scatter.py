"""Figures with one point for each group."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.special import ndtri

from hbmlib import checks, pooling
from hbmlib.plots._alt import between, count, described
from hbmlib.plots._labels import name_points
from hbmlib.plots._marks import (
    COLOUR,
    CROWDED,
    THIN,
    Distribution,
    centre_of,
    centres_of,
    complete_style,
    draw_arrows,
    in_book_style,
    name_level,
    new_figure,
    own_style,
    partial_style,
    spread,
    truth_style,
    write,
)
from hbmlib.pooling import Estimate, GroupSummaries


@in_book_style
def estimates_by_size(
    groups: GroupSummaries,
    partial: Estimate | Distribution,
    complete: float | Estimate | None = None,
    *,
    truth: ArrayLike | None = None,
    unit: str = "Mean",
) -> Figure:
    """Draw own and pooled estimates against group size.

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

    Returns
    -------
    matplotlib.figure.Figure
        Group size from left to right, one arrow for each group.

    Raises
    ------
    ValueError
        If `partial` or `truth` does not have one finite number for each group.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9])
    >>> figure = estimates_by_size(groups, pooling.partial(groups, mu=6, tau=1, sigma=3))
    >>> figure.axes[0].get_xlabel()
    'Group size $n_j$'
    """
    pooled = centres_of("partial", partial, groups)
    figure, ax = new_figure(3.6)
    draw_arrows(ax, groups.mean, pooled, groups.n, vertical=True)
    small = groups.n_groups > CROWDED
    ax.plot(groups.n, groups.mean, **own_style(size=4.5 if small else 6.5))
    ax.plot(groups.n, pooled, **partial_style(size=4 if small else 6))
    if truth is not None:
        truth = checks.finite("truth", truth, shape=(groups.n_groups,))
        ax.plot(groups.n, truth, **truth_style())
    ax.set(xlabel="Group size $n_j$", ylabel=unit)
    ax.margins(x=0.09, y=0.12)
    if complete is not None:
        centre = centre_of(complete)
        ax.axhline(centre, **complete_style())
        name_level(ax, centre, "complete\npooling", "complete")
    moved = np.where(groups.n > 0, np.abs(groups.mean - pooled), -1)
    j = int(np.argmax(moved))
    if groups.n[j] > 0:
        up = groups.mean[j] >= pooled[j]
        x = groups.n[j]
        ends = [(groups.mean[j], "own mean", "own", up)]
        ends += [(pooled[j], "partially pooled", "partial", not up)]
        for y, text, role, above in ends:
            write(ax, x, y, text, role, ha="left", va="bottom" if above else "top", dx=7)
    if truth is not None:
        j = int(np.argmax(groups.n))
        write(ax, groups.n[j], truth[j], "truth", "truth", ha="left", va="center", dx=8)
    return described(
        figure,
        f"Own means and partially pooled estimates of {count(groups.n_groups, 'group')} against "
        f"their size, {between(groups.n)}. Own means are {between(groups.mean)}, estimates "
        f"{between(pooled)}.",
    )


@in_book_style
def means_by_size(
    groups: GroupSummaries, sigma: float, mu: float | None = None, *, unit: str = "Mean"
) -> Figure:
    """Draw own means against group size, with the scatter that chance alone would give.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero are left out.
    sigma : float
        The sd of an observation within its group.
    mu : float, optional
        The mean that all groups would share; by default the mean of all observations.
    unit : str, optional
        What the observations measure, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        One hollow circle for each group and the 50% and 90% limits ``mu ± z sigma / sqrt(n)``.

    Raises
    ------
    ValueError
        If `sigma` is not positive or there is no observation.

    References
    ----------
    D. J. Spiegelhalter (2005), Funnel plots for comparing institutional performance.
    *Statistics in Medicine* 24, 1185-1202.

    Examples
    --------
    >>> figure = means_by_size(pooling.from_means([4, 7, 5], n=[4, 9, 30]), sigma=3.0)
    >>> figure.axes[0].get_ylabel()
    'Mean'
    """
    sigma = float(checks.positive("sigma", sigma, shape=()))
    mu = pooling.grand_mean(groups) if mu is None else float(checks.finite("mu", mu, shape=()))
    sizes = pooling.check_groups(groups).n[groups.n > 0]
    n = np.linspace(max(sizes.min() * 0.8, 0.5), sizes.max() * 1.06, 400)
    figure, ax = new_figure(3.6)
    levels = [mu]
    for p, width in ((0.75, 2.2), (0.95, THIN)):
        half = ndtri(p) * sigma / np.sqrt(n)
        ax.plot(n, mu - half, n, mu + half, color=COLOUR["within"], lw=width)
        levels.append(mu + half[-1])
    ax.axhline(mu, **complete_style())
    small = groups.n_groups > CROWDED
    ax.plot(
        groups.n, groups.mean, **own_style(size=4.2 if small else 6.5, edge=1.1 if small else 1.5)
    )
    ax.set(xlabel="Group size $n_j$", ylabel=unit, xlim=(n[0] - 0.02 * np.ptp(n), n[-1]))
    names = ("mean of all", "50% by chance", "90% by chance")
    roles = ("complete", "within", "within")
    heights = spread(np.array(levels), 0.065 * np.ptp(ax.get_ylim()))
    for y, text, role in zip(heights, names, roles, strict=True):
        name_level(ax, y, text, role)
    beyond = np.abs(groups.mean - mu) > ndtri(0.95) * sigma / np.sqrt(np.maximum(groups.n, 1))
    return described(
        figure,
        f"Own means of {count(int((groups.n > 0).sum()), 'group')} against their size, "
        f"{between(sizes)}, with the scatter that chance alone would give: "
        f"{int((beyond & (groups.n > 0)).sum())} lie outside its 90%.",
    )


@in_book_style
def movement(
    groups: GroupSummaries, partial: Estimate | Distribution, mu: float, *, unit: str = ""
) -> Figure:
    """Draw how far each estimate is moved against how far its own mean lies from `mu`.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one observation in each group.
    partial : Estimate or Distribution
        The pooled estimates, shape (J,).
    mu : float
        The mean that the groups are pulled towards.
    unit : str, optional
        The unit of the means, for the axes.

    Returns
    -------
    matplotlib.figure.Figure
        One point for each group, labelled with its size, and lines from the origin through the
        smallest and the largest group.

    Raises
    ------
    ValueError
        If a group is empty, or `partial` does not have one finite number for each group.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9])
    >>> figure = movement(groups, pooling.partial(groups, 6, 1, 3), mu=6)
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['4', '9']
    """
    own = pooling.none(groups, 1.0).mean
    mu = float(checks.finite("mu", mu, shape=()))
    distance = np.abs(own - mu)
    moved = np.abs(own - centres_of("partial", partial, groups))
    figure, ax = new_figure(3.4)
    limit = 1.15 * distance.max() or 1.0
    extremes = sorted({int(np.argmin(groups.n)), int(np.argmax(groups.n))})
    slopes = [moved[j] / distance[j] if distance[j] > 0 else 0.0 for j in extremes]
    ends = limit * np.array(slopes)
    for end in ends:
        ax.plot([0, limit], [0, end], color=COLOUR["muted"], lw=THIN)
    ax.plot(distance, moved, **partial_style())
    tail = f", {unit}" if unit else ""
    top = 1.15 * max(moved.max(), ends.max()) or 1.0
    ax.set(
        xlabel=rf"Distance of the own mean from $\mu${tail}",
        ylabel=f"Distance moved{tail}",
        xlim=(0, limit),
        ylim=(0, top),
    )
    at = np.column_stack([distance / limit, moved / top])
    name_points(ax, at, [str(n) for n in groups.n], "partial")
    for j, y in zip(extremes, spread(ends, 0.085 * top), strict=True):
        name_level(ax, y, f"$n = {groups.n[j]}$", "muted")
    far = int(np.argmax(moved))
    return described(
        figure,
        f"Distance moved against distance from mu for {count(groups.n_groups, 'group')}. Group "
        f"{groups.labels[far]}, of size {groups.n[far]}, moves most, by {moved[far]:.3g}.",
    )


@in_book_style
def then_and_now(
    then: ArrayLike,
    now: ArrayLike,
    centre: float | None = None,
    *,
    names: tuple[str, str] = ("then", "now"),
    unit: str = "Mean",
) -> Figure:
    """Draw each group's own mean beside what it turned out to be later.

    Parameters
    ----------
    then : array_like, shape (J,)
        The own means, hollow circles on the left.
    now : array_like, shape (J,)
        What they are judged by, crosses on the right.
    centre : float, optional
        The mean of all, a dashed line.
    names : tuple of two str, optional
        What the columns are.
    unit : str, optional
        What is measured, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        Two columns of points, joined group by group.

    Raises
    ------
    ValueError
        If a number is not finite, or the lengths differ.

    Examples
    --------
    >>> figure = then_and_now([9, 1], [6, 4], centre=5, names=("test", "retest"))
    >>> [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    ['test', 'retest']
    """
    then = checks.finite("then", then, shape=("J",))
    now = checks.finite("now", now, shape=(then.size,))
    figure, ax = new_figure(3.6)
    ax.plot([0, 1], [then, now], color=COLOUR["muted"], lw=0.8)
    ax.plot(np.zeros(then.size), then, **own_style())
    ax.plot(np.ones(now.size), now, **truth_style())
    ax.set(xlim=(-0.3, 1.3), ylabel=unit)
    ax.set_xticks([0, 1], names)
    if centre is not None:
        level = centre_of(centre)
        ax.axhline(level, **complete_style())
        name_level(ax, level, "mean\nof all", "complete")
    return described(
        figure,
        f"{count(then.size, 'group')}, {names[0]} {between(then)}, {names[1]} {between(now)}.",
    )
