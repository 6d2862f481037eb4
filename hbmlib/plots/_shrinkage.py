"""What shrinkage does to groups of different sizes."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, pooling
from hbmlib.draws import Draws
from hbmlib.plots._alt import between, count, described
from hbmlib.plots._draws import chosen
from hbmlib.plots._labels import name_points
from hbmlib.plots._marks import (
    COLOUR,
    CROWDED,
    PROBABILITIES,
    WIDTH,
    Distribution,
    centre_of,
    centres_of,
    complete_style,
    draw_intervals,
    in_book_style,
    name_level,
    new_figure,
    partial_style,
    quantiles_of,
    spread,
    write,
)
from hbmlib.pooling import Estimate, GroupSummaries

Floats = NDArray[np.float64]

SIZE_STYLES = (("between", "v", 0.9), ("partial", "o", 1.0), ("truth", "s", 1.15))
LABELLED = 12  # groups, at most, whose points are named


@in_book_style
def theta_against_means(
    groups: GroupSummaries,
    partial: Estimate | Distribution | Draws,
    complete: float | Estimate | None = None,
    *,
    unit: str = "mean",
) -> Figure:
    """Draw the pooled estimate of each group against its own mean, by group size.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero are left out, having no own mean.
    partial : Estimate, Distribution or Draws
        The pooled estimates, shape (J,); of draws, those of theta.
    complete : float or Estimate, optional
        The complete-pooling mean, a dashed line.
    unit : str, optional
        What the observations measure, for the axes.

    Returns
    -------
    matplotlib.figure.Figure
        Marks with 50% and 90% intervals between the line of no pooling, where the estimate is
        the own mean, and that of complete pooling. Thirds of the groups by size differ in shape
        and colour, and the marks grow with size.

    Raises
    ------
    ValueError
        If `partial` does not have one finite number for each group.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9])
    >>> figure = theta_against_means(groups, pooling.partial(groups, 6, 1, 3), unit="points")
    >>> figure.axes[0].get_xlabel()
    'Own mean, points'
    """
    pooled = centres_of("partial", partial, groups)
    pooling.grand_mean(groups)
    figure, ax = new_figure(4.0)
    own = groups.mean
    crowded = groups.n_groups > CROWDED
    ends = np.array([np.nanmin(own), np.nanmax(own)])
    pad = 0.06 * np.ptp(ends) or 1.0
    ends += np.array([-pad, pad])
    ax.plot(ends, ends, color=COLOUR["own"], lw=1.2)
    quantiles = quantiles_of(partial)
    classes = _size_classes(groups.n)
    for at, (role, marker, scale) in zip(classes, _styles(len(classes)), strict=True):
        width = 0.45 if crowded else 0.8
        draw_intervals(ax, own[at], quantiles[:, at], role, vertical=True, scale=width)
        style = partial_style(size=(3.6 if crowded else 6) * scale)
        ax.plot(own[at], pooled[at], **style | {"marker": marker, "color": COLOUR[role]})
    if len(classes) > 1:
        _name_classes(ax, [groups.n[at] for at in classes])
    ax.set(xlim=ends, xlabel=f"Own mean, {unit}", ylabel=f"Partially pooled, {unit}")
    levels = {"no\npooling": ("own", ends[1])}
    if complete is not None:
        centre = centre_of(complete)
        ax.axhline(centre, **complete_style())
        levels["complete\npooling"] = ("complete", centre)
    heights = np.array([y for _, y in levels.values()])
    heights = spread(heights, 0.16 * np.ptp(ax.get_ylim()))
    for (text, (role, _)), y in zip(levels.items(), heights, strict=True):
        name_level(ax, y, text, role)
    moved = np.abs(own - pooled)
    j = int(np.nanargmax(moved))
    return described(
        figure,
        f"Partially pooled estimates against own means for {count(groups.n_groups, 'group')} of "
        f"size {between(groups.n)}.",
        f"Own means are {between(own)}, estimates {between(pooled)}.",
        f"Group {groups.labels[j]}, of size {groups.n[j]}, moves most, by {moved[j]:.3g}.",
    )


def _size_classes(n: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split the groups that have observations into thirds by size; equal sizes stay together."""
    sizes = n[n > 0]
    third = np.searchsorted(np.unique(np.quantile(sizes, [1 / 3, 2 / 3])), n)
    classes = [np.flatnonzero((third == k) & (n > 0)) for k in range(3)]
    return [at for at in classes if at.size]


def _styles(classes: int) -> tuple[tuple[str, str, float], ...]:
    return {1: SIZE_STYLES[1:2], 2: SIZE_STYLES[::2], 3: SIZE_STYLES}[classes]


def _name_classes(ax: Axes, sizes: list[NDArray[np.int64]]) -> None:
    """Name the sizes that each shape stands for, above the axes."""
    glyphs = {"v": "▼", "o": "●", "s": "■"}
    for k, (n, (role, marker, _)) in enumerate(zip(sizes, _styles(len(sizes)), strict=True)):
        low, high = n.min(), n.max()
        words = f"{glyphs[marker]} n = {low}" + (f" to {high}" if high > low else "")
        write(ax, k / 3, 1, words, role, ha="left", va="bottom", dy=3, xycoords="axes fraction")


@in_book_style
def shrinkage_by_size(
    groups: GroupSummaries, posterior: Any, *, sigma: ArrayLike | None = None, unit: str = ""
) -> Figure:
    r"""Draw how far each estimate moves, and the share of the way that it goes, by group size.

    The share is 1 - lambda, the weight that the population mean has in the estimate. It has a
    posterior of its own, since the sds are not known.

    Parameters
    ----------
    groups : GroupSummaries
        The data; a group of size zero has a share of 1 and no movement.
    posterior : ExactPosterior or Draws
        The posterior: an exact one, or draws of theta, tau and, unless it is given, sigma.
    sigma : array_like, shape () or (J,), optional
        The sd of an observation within its group, where it is known and `posterior` are draws.
    unit : str, optional
        The unit of the means, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        Above, the distance between own mean and posterior mean; below, the posterior mean of
        1 - lambda with its 50% and 90% interval. Both against group size.

    Raises
    ------
    ValueError
        If a quantity is missing, or does not fit the groups.

    Examples
    --------
    >>> groups = pooling.from_means([4, 7], n=[4, 9], labels=["A", "B"])
    >>> values = np.random.default_rng(1).gamma(4, size=(2, 50, 3))
    >>> draws = Draws(values, ["tau", "theta[A]", "theta[B]"])
    >>> figure = shrinkage_by_size(groups, draws, sigma=3)
    >>> figure.axes[1].get_ylabel()
    'Share $1 - \\lambda_j$'
    """
    theta = posterior if isinstance(posterior, Draws) else getattr(posterior, "theta", posterior)
    pooled = centres_of("posterior", theta, groups)
    share, quantiles = _share(groups, posterior, sigma)
    moved = np.abs(groups.mean - pooled)
    figure = Figure(figsize=(WIDTH, 5.2))
    upper, lower = figure.subplots(2, 1, sharex=True)
    small = groups.n_groups > CROWDED
    dot = partial_style(size=3.6 if small else 6)
    upper.plot(groups.n, moved, **dot)
    upper.set(ylabel="Distance moved" + (f", {unit}" if unit else ""))
    upper.set_ylim(0, 1.2 * (np.nanmax(moved, initial=0) or 1.0))
    draw_intervals(lower, groups.n, quantiles, "partial", vertical=True, scale=0.5 if small else 1)
    lower.plot(groups.n, share, **dot)
    lower.set(xlabel="Group size $n_j$", ylabel=r"Share $1 - \lambda_j$")
    lower.set_ylim(0, min(1.03, 1.2 * max(quantiles.max(), 0.05)))
    lower.margins(x=0.08)
    if groups.n_groups <= LABELLED:
        at = np.flatnonzero(groups.n > 0)
        low, high = np.array([upper.get_xlim(), upper.get_ylim()]).T
        spots = (np.column_stack([groups.n, moved])[at] - low) / (high - low)
        name_points(upper, spots, [str(groups.labels[j]) for j in at], "partial")
    words = ""
    if groups.n_total:
        j = int(np.nanargmax(moved))
        words = f"Group {groups.labels[j]}, of size {groups.n[j]}, moves most, by {moved[j]:.3g}."
    first, last = int(np.argmin(groups.n)), int(np.argmax(groups.n))
    return described(
        figure,
        f"Distance moved, and its share of the way to the population mean, for "
        f"{count(groups.n_groups, 'group')} of size {between(groups.n)}.",
        words,
        f"The share is {share[first]:.2f} for the smallest group and {share[last]:.2f} for the "
        "largest.",
    )


def _share(
    groups: GroupSummaries, posterior: Any, sigma: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Give mean and quantiles of 1 - lambda: (J,) and (4, J)."""
    p = np.array(PROBABILITIES)
    if not isinstance(posterior, Draws):
        weight = getattr(posterior, "shrinkage", None)
        if not hasattr(weight, "quantile"):
            raise ValueError(
                "`posterior` must be Draws or an exact posterior; got "
                f"{type(posterior).__name__}. Pass what `sample` or `normal_means` returns."
            )
        return 1 - np.asarray(weight.mean), 1 - np.asarray(weight.quantile(p))[::-1]
    tau = chosen(posterior, "tau", 1, "shrinkage_by_size")[0].x.reshape(-1, 1)
    if sigma is None:
        sigma = chosen(posterior, "sigma", 1, "shrinkage_by_size")[0].x.reshape(-1, 1)
    else:
        sigma = checks.positive("sigma", sigma, shape=[(), (groups.n_groups,)])
    share = 1 - pooling.shrinkage_weight(groups.n, tau, sigma)
    return share.mean(axis=0), np.quantile(share, p, axis=0)
