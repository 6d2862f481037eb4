"""The book's figures, all in one visual language.

A group's own mean is a hollow circle, its partially pooled estimate a filled one, the
complete-pooling mean a dashed line and the truth, where it is known, a small cross. An arrow runs
from the own mean to the pooled estimate. Intervals are 50% thick and 90% thin. Every function
returns a Matplotlib figure in the light colours; `use_book_style` makes notebooks show them as
SVG that follows the reader's theme.
"""

import re
from collections.abc import Hashable, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from hbmlib import checks, pooling, style
from hbmlib.pooling import Estimate, GroupSummaries

__all__ = [
    "estimates_by_size",
    "group_means",
    "group_ranges",
    "means_by_size",
    "model_graph",
    "normal_updating",
    "pooling_arrows",
    "shrinkage_curves",
    "tau_posterior",
    "theta_against_means",
    "three_estimates",
    "to_svg",
    "use_book_style",
]

COLOUR = style.colours("light")
WIDTH = 5.4  # inches: text of 11 points is 14.7 px at full size and 10.2 px at 360 px
PROBABILITIES = (0.05, 0.25, 0.75, 0.95)
THIN, THICK = 1.1, 3.6
DASHED = (0, (5, 3))
CROWDED = 30  # with more groups than this, rows carry no names

for _file in style.FONT_FILES:
    font_manager.fontManager.addfont(_file)

STYLE = {
    "axes.edgecolor": COLOUR["muted"],
    "axes.facecolor": "none",
    "axes.labelcolor": COLOUR["ink"],
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(
        color=[COLOUR[role] for role in ("partial", "own", "within", "between", "truth")]
    ),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 3.2),
    "font.family": ["Source Sans 3", "DejaVu Sans"],
    "font.size": 11,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "mathtext.fontset": "cm",
    "savefig.facecolor": "none",
    "svg.fonttype": "path",
    "svg.hashsalt": "borrowing-strength",
    "text.color": COLOUR["ink"],
    "xtick.color": COLOUR["muted"],
    "xtick.labelcolor": COLOUR["ink"],
    "xtick.labelsize": 10.5,
    "ytick.color": COLOUR["muted"],
    "ytick.labelcolor": COLOUR["ink"],
    "ytick.labelsize": 10.5,
}


class Distribution(Protocol):
    """What can be drawn with its own quantiles, such as a marginal of an exact posterior."""

    mean: ArrayLike

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the quantiles at `p`."""


def use_book_style() -> None:
    """Draw this session's Matplotlib figures in the book's style.

    In a notebook, figures are shown from then on as SVG that follows light and dark. Call it
    after any import of ``matplotlib.pyplot``, which would set the notebook back to PNG.

    Examples
    --------
    >>> use_book_style()
    >>> mpl.rcParams["svg.hashsalt"]
    'borrowing-strength'
    """
    mpl.rcParams.update(STYLE)
    try:
        shell = get_ipython()  # type: ignore[name-defined]
    except NameError:
        return
    formatters = shell.display_formatter.formatters
    for mime in ("image/png", "image/jpeg", "application/pdf"):
        formatters[mime].pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, to_svg)


@mpl.rc_context(STYLE)
def to_svg(figure: Figure) -> str:
    """Draw a figure as SVG that follows the reader's theme.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure in the book's light colours.

    Returns
    -------
    str
        The SVG document. A figure made and drawn afresh gives the same text.

    Examples
    --------
    >>> "prefers-color-scheme" in to_svg(shrinkage_curves())
    True
    """
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<!--.*?-->", "", file.getvalue(), flags=re.DOTALL)
    return style.theme_aware(re.sub(r"\s+", " ", svg).replace("> <", "><"))


@mpl.rc_context(STYLE)
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
    figure, ax = _figure(3.6)
    position = np.arange(J)
    _intervals(ax, position, quantiles, "within", vertical=True, scale=0.45 if crowded else 1)
    ax.plot(
        position,
        groups.mean[order],
        **_own(size=3.2 if crowded else 6.5, edge=0.9 if crowded else 1.5),
    )
    mean = pooling.grand_mean(groups)
    ax.axhline(mean, **_complete())
    ax.set(xlim=(-1 - 0.01 * J, J + 0.01 * J), ylabel=unit)
    if crowded:
        ax.set(xticks=[], xlabel=f"{J} {group_name.lower()}s in the order of their means")
    else:
        ax.set_xticks(position, [str(groups.labels[j]) for j in order])
        ax.set_xlabel(f"{group_name}, in the order of the means")
    _name_level(ax, mean, "mean\nof all", "complete")
    return figure


@mpl.rc_context(STYLE)
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
    _intervals(ax, row, _quantiles(none), "own", scale=0.45 if crowded else 1)
    ax.plot(none.mean, row, **(_own(size=3, edge=0.9) if crowded else _own()))
    _complete_line(ax, float(pooling.complete(groups, sigma).mean), len(row))
    return figure


@mpl.rc_context(STYLE)
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
    pooled = _centres("partial", partial, groups)
    figure, ax, row = _rows(groups, pooled, unit, group_name)
    _arrows(ax, groups.mean, pooled, row)
    ax.plot(groups.mean, row, **_own())
    ax.plot(pooled, row, **_partial())
    _name_top_row(ax, groups.mean, pooled, row)
    _finish_rows(ax, groups, complete, truth, row)
    return figure


@mpl.rc_context(STYLE)
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
    sigma = checks.positive("sigma", sigma, shape=[(), (groups.n_groups,)])
    pooled = _centres("partial", partial, groups)
    if complete is None:
        complete = pooling.complete(groups, sigma)
    own = Estimate(groups.mean, sigma / np.sqrt(np.maximum(groups.n, 1)))
    figure, ax, row = _rows(groups, pooled, unit, group_name, height=0.42)
    _intervals(ax, row + 0.18, _quantiles(own), "own")
    ax.plot(groups.mean, row + 0.18, **_own(size=5.5))
    _intervals(ax, row - 0.18, _quantiles(partial), "partial")
    ax.plot(pooled, row - 0.18, **_partial(size=5.5))
    _name_top_row(ax, groups.mean, pooled, row)
    _finish_rows(ax, groups, complete, truth, row)
    return figure


@mpl.rc_context(STYLE)
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
    pooled = _centres("partial", partial, groups)
    figure, ax = _figure(3.6)
    _arrows(ax, groups.mean, pooled, groups.n, vertical=True)
    small = groups.n_groups > CROWDED
    ax.plot(groups.n, groups.mean, **_own(size=4.5 if small else 6.5))
    ax.plot(groups.n, pooled, **_partial(size=4 if small else 6))
    if truth is not None:
        truth = checks.finite("truth", truth, shape=(groups.n_groups,))
        ax.plot(groups.n, truth, **_truth())
    ax.set(xlabel="Group size $n_j$", ylabel=unit)
    ax.margins(x=0.09, y=0.12)
    if complete is not None:
        centre = _centre(complete)
        ax.axhline(centre, **_complete())
        _name_level(ax, centre, "complete\npooling", "complete")
    moved = np.where(groups.n > 0, np.abs(groups.mean - pooled), -1)
    j = int(np.argmax(moved))
    if groups.n[j] > 0:
        up = groups.mean[j] >= pooled[j]
        x = groups.n[j]
        ends = [(groups.mean[j], "own mean", "own", up)]
        ends += [(pooled[j], "partially pooled", "partial", not up)]
        for y, text, role, above in ends:
            _label(ax, x, y, text, role, ha="left", va="bottom" if above else "top", dx=7)
    if truth is not None:
        j = int(np.argmax(groups.n))
        _label(ax, groups.n[j], truth[j], "truth", "truth", ha="left", va="center", dx=8)
    return figure


@mpl.rc_context(STYLE)
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
    sizes = groups.n[groups.n > 0]
    n = np.linspace(max(sizes.min() * 0.8, 0.5), sizes.max() * 1.06, 400)
    figure, ax = _figure(3.6)
    levels = [mu]
    for p, width in ((0.75, 2.2), (0.95, THIN)):
        half = ndtri(p) * sigma / np.sqrt(n)
        ax.plot(n, mu - half, n, mu + half, color=COLOUR["within"], lw=width)
        levels.append(mu + half[-1])
    ax.axhline(mu, **_complete())
    small = groups.n_groups > CROWDED
    ax.plot(groups.n, groups.mean, **_own(size=4.2 if small else 6.5, edge=1.1 if small else 1.5))
    ax.set(xlabel="Group size $n_j$", ylabel=unit, xlim=(n[0] - 0.02 * np.ptp(n), n[-1]))
    names = ("mean of all", "50% by chance", "90% by chance")
    roles = ("complete", "within", "within")
    heights = _spread(np.array(levels), 0.065 * np.ptp(ax.get_ylim()))
    for y, text, role in zip(heights, names, roles, strict=True):
        _name_level(ax, y, text, role)
    return figure


@mpl.rc_context(STYLE)
def shrinkage_curves(ratios: Sequence[float] = (1, 2, 4, 8), n_max: int = 40) -> Figure:
    """Draw the shrinkage weight against group size for several ratios of the sds.

    Parameters
    ----------
    ratios : sequence of float, optional
        Values of ``sigma / tau``, one curve each.
    n_max : int, optional
        The largest group size, 1 or more.

    Returns
    -------
    matplotlib.figure.Figure
        One labelled curve for each ratio, from ``n = 0`` to `n_max`.

    Raises
    ------
    ValueError
        If a ratio is not positive or `n_max` is not a positive whole number.

    Examples
    --------
    >>> len(shrinkage_curves([1, 3]).axes[0].lines)
    2
    """
    ratios = checks.positive("ratios", ratios, shape=("curves",))
    n = np.arange(int(checks.whole("n_max", n_max, minimum=1, shape=())) + 1)
    figure, ax = _figure(3.2)
    weights = pooling.shrinkage_weight(n, 1.0, ratios[:, None])
    for weight in weights:
        ax.plot(n, weight, color=COLOUR["partial"])
    for ratio, y in zip(ratios, _spread(weights[:, -1], 0.07), strict=True):
        _name_level(ax, y, rf"$\sigma/\tau = {ratio:g}$", "partial")
    ax.set(
        xlabel="Group size $n$",
        ylabel=r"Shrinkage weight $\lambda$",
        xlim=(0, n[-1]),
        ylim=(0, 1.02),
    )
    return figure


@mpl.rc_context(STYLE)
def theta_against_means(
    groups: GroupSummaries,
    partial: Estimate | Distribution,
    complete: float | Estimate | None = None,
    *,
    unit: str = "mean",
) -> Figure:
    """Draw the pooled estimate of each group against its own mean.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero are left out, having no own mean.
    partial : Estimate or Distribution
        The pooled estimates, shape (J,).
    complete : float or Estimate, optional
        The complete-pooling mean, a dashed line.
    unit : str, optional
        What the observations measure, for the axes.

    Returns
    -------
    matplotlib.figure.Figure
        Filled circles with 50% and 90% intervals between the line of no pooling, where the
        estimate is the own mean, and that of complete pooling.

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
    pooled = _centres("partial", partial, groups)
    pooling.grand_mean(groups)
    figure, ax = _figure(4.0)
    own = groups.mean
    crowded = groups.n_groups > CROWDED
    ends = np.array([np.nanmin(own), np.nanmax(own)])
    pad = 0.06 * np.ptp(ends) or 1.0
    ends += np.array([-pad, pad])
    ax.plot(ends, ends, color=COLOUR["own"], lw=1.2)
    scale = 0.45 if crowded else 0.8
    _intervals(ax, own, _quantiles(partial), "partial", vertical=True, scale=scale)
    ax.plot(own, pooled, **_partial(size=3.2 if crowded else 6))
    ax.set(xlim=ends, xlabel=f"Own mean, {unit}", ylabel=f"Partially pooled, {unit}")
    _label(ax, ends[1], ends[1], "no pooling", "own", ha="right", va="bottom", dx=-14)
    if complete is not None:
        centre = _centre(complete)
        ax.axhline(centre, **_complete())
        _name_level(ax, centre, "complete\npooling", "complete")
    return figure


@mpl.rc_context(STYLE)
def normal_updating(prior: Estimate, likelihood: Estimate, *, unit: str = "Group mean") -> Figure:
    """Draw how a normal prior and a normal likelihood make a normal posterior.

    Parameters
    ----------
    prior : Estimate
        Mean and sd of the prior, each of shape ().
    likelihood : Estimate
        The own mean and its standard error, each of shape ().
    unit : str, optional
        What is estimated, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        Three labelled densities; below them the arrow from own mean to posterior mean.

    Raises
    ------
    ValueError
        If a mean is not finite or an sd is not positive.

    Examples
    --------
    >>> figure = normal_updating(pooling.Estimate(5, 2), pooling.Estimate(9, 1))
    >>> len(figure.axes[0].texts) >= 3
    True
    """
    mean = [float(checks.finite("mean", e.mean, shape=())) for e in (prior, likelihood)]
    sd = [float(checks.positive("sd", e.sd, shape=())) for e in (prior, likelihood)]
    own = pooling.from_means([mean[1]])
    posterior = pooling.partial(own, mean[0], sd[0], sd[1])
    mean.append(float(posterior.mean[0]))
    sd.append(float(posterior.sd[0]))
    lower = min(m - 3.2 * s for m, s in zip(mean, sd, strict=True))
    upper = max(m + 3.2 * s for m, s in zip(mean, sd, strict=True))
    x = np.linspace(lower, upper, 600)
    figure, ax = _figure(3.0)
    roles = ("between", "own", "partial")
    for m, s, role in zip(mean, sd, roles, strict=True):
        density = np.exp(-0.5 * ((x - m) / s) ** 2) / (s * np.sqrt(2 * np.pi))
        ax.plot(x, density, color=COLOUR[role])
    ax.fill_between(x, density, color=COLOUR["partial"], alpha=0.14, lw=0)
    top = density.max()
    left = mean[0] <= mean[1]
    for i, text in enumerate(("prior", "likelihood")):
        on_left = left == (i == 0)
        at = mean[i] + (-1 if on_left else 1) * 0.9 * sd[i]
        height = np.exp(-0.5 * 0.9**2) / (sd[i] * np.sqrt(2 * np.pi))
        side = {"ha": "right", "dx": -6} if on_left else {"ha": "left", "dx": 6}
        _label(ax, at, height, text, roles[i], va="bottom", **side)
    _label(ax, mean[2], top, "posterior", "partial", ha="center", va="bottom", dy=3)
    below = np.array([-0.07 * top])
    _arrows(ax, np.array(mean[1:2]), np.array(mean[2:]), below, span=upper - lower)
    ax.plot(mean[1], below, **_own())
    ax.plot(mean[2], below, **_partial())
    ax.set(xlim=(lower, upper), ylim=(-0.14 * top, 1.16 * top), yticks=[], xlabel=unit)
    ax.spines["left"].set_visible(False)
    return figure


@mpl.rc_context(STYLE)
def tau_posterior(posterior: Any, prior: Any = None, *, unit: str = "") -> Figure:
    r"""Draw the posterior density of the between-group sd.

    Parameters
    ----------
    posterior : ExactPosterior
        Anything with ``tau_marginal() -> (grid, density)`` and ``tau.quantile(p)``.
    prior : object, optional
        The prior of tau, anything with ``log_density(x)``, drawn as a thin line.
    unit : str, optional
        The unit of tau, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        The density, with its 50% and 90% interval and median below.

    Raises
    ------
    ValueError
        If the grid or the density is not finite.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> grid = np.linspace(0, 5, 100)
    >>> tau = SimpleNamespace(quantile=lambda p: -np.log1p(-np.asarray(p)))
    >>> exponential = SimpleNamespace(tau=tau, tau_marginal=lambda: (grid, np.exp(-grid)))
    >>> tau_posterior(exponential, unit="points").axes[0].get_xlabel()
    'Between-group sd $\\tau$, points'
    """
    grid, density = posterior.tau_marginal()
    grid = checks.finite("grid", grid, shape=("points",))
    density = checks.non_negative("density", density, shape=(grid.size,))
    quantiles = np.asarray(posterior.tau.quantile(np.array(PROBABILITIES)), dtype=float)
    median, limit = (float(q) for q in posterior.tau.quantile(np.array([0.5, 0.99])))
    limit *= 1.2
    shown = grid <= limit
    figure, ax = _figure(3.0)
    colour = COLOUR["between"]
    ax.plot(grid[shown], density[shown], color=colour)
    ax.fill_between(grid[shown], density[shown], color=colour, alpha=0.14, lw=0)
    top = density.max()
    if prior is not None:
        x = np.linspace(limit / 1000, limit, 500)
        ax.plot(x, np.exp(prior.log_density(x)), color=COLOUR["muted"], lw=THIN)
        y = float(np.exp(prior.log_density(np.array([limit * 0.8]))[0]))
        _label(ax, 0.8 * limit, y, "prior", "muted", ha="center", va="bottom", dy=3)
    at = int(np.argmax(density))
    _label(ax, grid[at], density[at], "posterior", "between", ha="left", va="center", dx=34, dy=-4)
    below = np.array([-0.07 * top])
    _intervals(ax, below, quantiles[:, None], "between")
    ax.plot(median, below, ls="none", marker="o", ms=6, color=colour)
    words = r"Between-group sd $\tau$"
    ax.set(
        xlim=(0, limit),
        ylim=(-0.14 * top, 1.1 * top),
        yticks=[],
        xlabel=f"{words}, {unit}" if unit else words,
    )
    ax.spines["left"].set_visible(False)
    return figure


MODELS = ("one group", "groups", "groups unfolded")


@mpl.rc_context(STYLE)
def model_graph(model: str = "groups", *, known: Sequence[str] = ()) -> Figure:
    r"""Draw the normal hierarchical model as a graph.

    Unknown quantities are hollow circles, observations shaded ones, and what is given is a small
    dot. An arrow runs from what a distribution is given to what it generates; a plate repeats its
    contents.

    Parameters
    ----------
    model : {"groups", "groups unfolded", "one group"}, optional
        The hierarchical model with plates, the same with its groups written out, or the model
        of one group.
    known : sequence of {"mu", "tau", "sigma", "theta"}, optional
        The parameters that are given.

    Returns
    -------
    matplotlib.figure.Figure
        The graph, without axes.

    Raises
    ------
    ValueError
        If there is no such model, or a name in `known` is not one of its parameters.

    References
    ----------
    W. L. Buntine (1994), Operations for learning with graphical models. *Journal of Artificial
    Intelligence Research* 2, 159-225.

    Examples
    --------
    >>> figure = model_graph("groups", known=["sigma"])
    >>> figure.axes[0].axison
    False
    """
    checks.one_of("model", model, MODELS)
    one = model == "one group"
    parameters = ("theta", "sigma") if one else ("mu", "tau", "theta", "sigma")
    for name in known:
        checks.one_of("known", name, parameters)
    if model == "groups unfolded":
        return _unfolded(set(known))
    figure, ax = _canvas((0.3, 6.7), (0.3, 2.9) if one else (0.2, 4.6))
    if one:
        _plate(ax, (1.5, 0.4), (4.1, 1.6), "$i = 1, \\ldots, n$")
        at = {"theta": (1.9, 2.45), "sigma": (3.5, 2.45), "y": (2.7, 1.13)}
        edges = [("theta", "y"), ("sigma", "y")]
        layers = {2.45: "parameters", 1.13: "observations"}
    else:
        _plate(ax, (0.9, 0.3), (4.1, 3.3), "$j = 1, \\ldots, J$")
        _plate(ax, (1.2, 0.75), (3.8, 1.95), "$i = 1, \\ldots, n_j$")
        at = {"mu": (1.6, 4.1), "tau": (3.2, 4.1), "sigma": (4.8, 4.1)}
        at |= {"theta": (2.4, 2.65), "y": (2.4, 1.48)}
        edges = [("mu", "theta"), ("tau", "theta"), ("theta", "y"), ("sigma", "y")]
        layers = {4.1: "population", 2.65: "groups", 1.48: "observations"}
    index = "" if one else "_j"
    symbols = {"theta": f"$\\theta{index}$", "y": "$y_i$" if one else "$y_{ij}$"}
    symbols |= {"mu": r"$\mu$", "tau": r"$\tau$", "sigma": r"$\sigma$"}
    for name, place in at.items():
        _node(ax, place, symbols[name], name, name in known)
    for start, end in edges:
        _edge(ax, at[start], at[end], start in known)
    for y, text in layers.items():
        ax.text(5.4, y, text, color=COLOUR["muted"], va="center")
    return figure


def _unfolded(known: set[str]) -> Figure:
    figure, ax = _canvas((0.3, 6.7), (-0.95, 4.6))
    at = {"mu": (1.75, 4.1), "tau": (3.25, 4.1), "sigma": (2.35, -0.45)}
    columns = {"1": 0.75, "2": 1.85, "J": 3.95}
    for name, place in at.items():
        _node(ax, place, rf"$\{name}$", name, name in known)
    for label, x in columns.items():
        theta, y = (x, 2.65), (x, 1.05)
        _node(ax, theta, rf"$\theta_{label}$", "theta", "theta" in known)
        _node(ax, y, rf"$y_{{i{label}}}$", "y", False)
        for name in ("mu", "tau"):
            _edge(ax, at[name], theta, name in known)
        _edge(ax, theta, y, "theta" in known)
        _edge(ax, at["sigma"], y, "sigma" in known)
    for y in (2.65, 1.05):
        ax.text(2.9, y, r"$\cdots$", ha="center", va="center", fontsize=14)
    for y, text in {4.1: "population", 2.65: "groups", 1.05: "observations"}.items():
        ax.text(5.4, y, text, color=COLOUR["muted"], va="center")
    return figure


ROLES = {"mu": "complete", "tau": "between", "sigma": "within", "theta": "partial", "y": "ink"}
RADIUS, DOT = 0.36, 0.07


def _canvas(x: tuple[float, float], y: tuple[float, float]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, WIDTH * np.ptp(y) / np.ptp(x)))
    ax = figure.add_subplot()
    ax.set(xlim=x, ylim=y, aspect="equal")
    ax.set_axis_off()
    return figure, ax


def _node(ax: Axes, at: tuple[float, float], symbol: str, name: str, known: bool) -> None:
    colour = COLOUR[ROLES[name]]
    if known:
        ax.add_patch(Circle(at, DOT, color=colour, zorder=3))
        ax.text(at[0], at[1] + 0.13, symbol, ha="center", va="bottom", fontsize=15, color=colour)
        return
    fill = COLOUR["rule"] if name == "y" else COLOUR["surface"]
    ax.add_patch(Circle(at, RADIUS, facecolor=fill, edgecolor=colour, lw=1.6, zorder=3))
    ax.text(*at, symbol, ha="center", va="center", fontsize=15, color=colour, zorder=4)


def _edge(ax: Axes, start: tuple[float, float], end: tuple[float, float], from_dot: bool) -> None:
    a, b = np.array(start), np.array(end)
    step = (b - a) / np.hypot(*(b - a))
    a = a + step * ((DOT if from_dot else RADIUS) + 0.04)
    b = b - step * (RADIUS + 0.04)
    arrow = {"arrowstyle": "-|>", "color": COLOUR["ink"], "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", b, a, arrowprops=arrow)


def _plate(ax: Axes, low: tuple[float, float], high: tuple[float, float], text: str) -> None:
    size = (high[0] - low[0] - 0.2, high[1] - low[1] - 0.2)
    corner = (low[0] + 0.1, low[1] + 0.1)
    box = "round,pad=0.1,rounding_size=0.12"
    ax.add_patch(
        FancyBboxPatch(corner, *size, boxstyle=box, fill=False, ec=COLOUR["muted"], lw=1.1)
    )
    ax.text(high[0] - 0.08, low[1] + 0.08, text, ha="right", va="bottom", color=COLOUR["muted"])


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    ax = figure.add_subplot()
    ax.locator_params(steps=[1, 2, 5, 10])
    return figure, ax


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
    figure, ax = _figure(1.5 + (6.0 if crowded else height * J))
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
        _complete_line(ax, _centre(complete), groups.n_groups)
    if truth is not None:
        truth = checks.finite("truth", truth, shape=(groups.n_groups,))
        ax.plot(truth, row, **_truth())
        lowest = int(np.argmin(row))
        _label(ax, truth[lowest], 0, "truth", "truth", ha="center", va="top", dy=-8)


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
        _label(ax, x[j], row[j] + 0.45, text, role, ha=side, va="bottom", dx=dx)


def _complete_line(ax: Axes, x: float, J: int) -> None:
    ax.plot([x, x], [-1.3, J + 0.4], **_complete())
    _label(ax, x, J + 0.4, "complete pooling", "complete", ha="center", va="bottom", dy=1)


def _arrows(
    ax: Axes,
    own: NDArray[np.float64],
    pooled: NDArray[np.float64],
    position: NDArray[np.float64],
    *,
    vertical: bool = False,
    span: float | None = None,
) -> None:
    """Draw arrows from own to pooled; where there is no room for a head, none is drawn."""
    values = np.concatenate([own, pooled])
    room = (0.09 if vertical else 0.06) * (span or np.nanmax(values) - np.nanmin(values))
    for start, end, at in zip(own, pooled, position, strict=True):
        if np.isnan(start) or abs(end - start) < room:
            continue
        a, b = ((at, start), (at, end)) if vertical else ((start, at), (end, at))
        arrow = {"arrowstyle": "-|>", "color": COLOUR["muted"], "lw": 1.1}
        ax.annotate("", b, a, arrowprops=arrow | {"shrinkA": 3, "shrinkB": 3}, zorder=2)


def _intervals(
    ax: Axes,
    position: NDArray[np.float64],
    quantiles: NDArray[np.float64],
    role: str,
    *,
    vertical: bool = False,
    scale: float = 1.0,
) -> None:
    """Draw 90% intervals thin and 50% intervals thick; `quantiles` has shape (4, J)."""
    gap = np.full_like(position, np.nan, dtype=float)
    across = np.column_stack([position, position, gap]).ravel()
    low, lower, upper, high = quantiles
    for start, end, width in ((low, high, THIN), (lower, upper, THICK)):
        along = np.column_stack([start, end, gap]).ravel()
        x, y = (across, along) if vertical else (along, across)
        ax.plot(x, y, color=COLOUR[role], lw=width * scale, solid_capstyle="butt", zorder=2)


def _quantiles(estimate: Estimate | Distribution) -> NDArray[np.float64]:
    p = np.array(PROBABILITIES)
    if hasattr(estimate, "quantile"):
        return np.asarray(estimate.quantile(p), dtype=float)
    return np.asarray(estimate.mean) + ndtri(p)[:, None] * np.asarray(estimate.sd)


def _centres(
    name: str, estimate: Estimate | Distribution, groups: GroupSummaries
) -> NDArray[np.float64]:
    return checks.finite(
        name, estimate.mean, (groups.n_groups,), "Pass one estimate for each group."
    )


def _centre(complete: float | Estimate) -> float:
    value = complete.mean if hasattr(complete, "mean") else complete
    return float(checks.finite("complete", value, shape=()))


def _spread(values: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move labels up until each is at least `gap` above the one below it."""
    order = np.argsort(values)
    moved = values.copy()
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


def _name_level(ax: Axes, y: float, text: str, role: str) -> None:
    """Name a horizontal line beyond its right end."""
    ax.annotate(
        text,
        (1, y),
        (5, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        color=COLOUR[role],
        linespacing=1.0,
        annotation_clip=False,
    )


def _label(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    role: str,
    *,
    ha: str,
    va: str,
    dx: float = 0,
    dy: float = 0,
) -> None:
    """Write beside a point, with a halo in the colour of the page."""
    label = ax.annotate(
        text,
        (x, y),
        (dx, dy),
        textcoords="offset points",
        ha=ha,
        va=va,
        color=COLOUR[role],
        zorder=7,
        annotation_clip=False,
    )
    label.set_path_effects([withStroke(linewidth=2.5, foreground=COLOUR["surface"])])


def _own(size: float = 6.5, edge: float = 1.5) -> dict[str, Any]:
    colours = {"mfc": COLOUR["surface"], "mec": COLOUR["own"]}
    return {"ls": "none", "marker": "o", "ms": size, "mew": edge, "zorder": 4, **colours}


def _partial(size: float = 6) -> dict[str, Any]:
    return {"ls": "none", "marker": "o", "ms": size, "color": COLOUR["partial"], "zorder": 5}


def _truth() -> dict[str, Any]:
    return {
        "ls": "none",
        "marker": "x",
        "ms": 6,
        "mew": 1.7,
        "color": COLOUR["truth"],
        "zorder": 6,
    }


def _complete() -> dict[str, Any]:
    return {"color": COLOUR["complete"], "ls": DASHED, "lw": 1.4, "zorder": 1.5}
