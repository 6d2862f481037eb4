"""Figures of shrinking many means, and of averaging over an unknown spread."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.plots._marks import (
    COLOUR,
    DASHED,
    THIN,
    WIDTH,
    complete_style,
    in_book_style,
    name_level,
    new_figure,
    own_style,
    partial_style,
    spread,
    truth_style,
    write,
)
from hbmlib.pooling import GroupSummaries, check_groups


@in_book_style
def too_long(J: int, distance2: float, sigma: float = 1.0) -> Figure:
    """Draw why observations of many means lie too far out, and how far to pull them in.

    Noise in J dimensions is nearly at right angles to the means and nearly of length
    ``sigma * sqrt(J)``, so that the point shrunk towards, the means and the observations are the
    corners of a right-angled triangle, drawn to scale.

    Parameters
    ----------
    J : int
        The number of means.
    distance2 : float
        The squared distance of the means from the point, positive.
    sigma : float, optional
        The sd of one observation.

    Returns
    -------
    matplotlib.figure.Figure
        The triangle, with the place on its long side that is nearest to the means.

    Raises
    ------
    ValueError
        If `J` is not a positive whole number, or another number is not positive.

    References
    ----------
    A. C. Brandwein and W. E. Strawderman (1990), Stein estimation: the spherically symmetric
    distributions case. *Statistical Science* 5(3), 356-369.

    Examples
    --------
    >>> figure = too_long(J=18, distance2=10.0)
    >>> len(figure.axes)
    1
    """
    J = int(checks.whole("J", J, minimum=1, shape=()))
    far = np.sqrt(float(checks.positive("distance2", distance2, shape=())))
    noise = float(checks.positive("sigma", sigma, shape=())) * np.sqrt(J)
    weight = far**2 / (far**2 + noise**2)
    theta, y = np.array([far, 0.0]), np.array([far, noise])
    best = weight * y
    figure, ax = new_figure(3.6)
    ax.plot([0, far], [0, 0], color=COLOUR["truth"], lw=THIN)
    ax.plot([far, far], [0, noise], color=COLOUR["within"], lw=THIN)
    ax.plot([0, far], [0, noise], color=COLOUR["own"], lw=THIN)
    ax.plot(*np.transpose([theta, best]), color=COLOUR["muted"], lw=THIN, ls=(0, (1, 2)))
    arrow = {"arrowstyle": "-|>", "color": COLOUR["muted"], "lw": 1.6, "shrinkA": 5, "shrinkB": 5}
    ax.annotate("", best, y, arrowprops=arrow)
    ax.plot(*theta, **truth_style())
    ax.plot(*y, **own_style())
    ax.plot(*best, **partial_style())
    ax.plot(0, 0, ls="none", marker="s", ms=5, color=COLOUR["complete"])
    write(ax, 0, 0, "point", "complete", ha="center", va="top", dy=-6)
    write(ax, *theta, r"means $\theta$", "truth", ha="center", va="top", dy=-6)
    write(ax, *y, "observations $y$", "own", ha="center", va="bottom", dy=6)
    write(ax, *best, "best on the line", "partial", ha="right", va="bottom", dx=-8, dy=2)
    write(ax, far, noise / 2, "noise", "within", ha="left", va="center", dx=5)
    side = max(far, noise)
    ax.set(xlim=(-0.35 * side, far + 0.3 * side), ylim=(-0.12 * side, noise + 0.14 * side))
    ax.set_aspect("equal")
    ax.axis("off")
    return figure


@in_book_style
def given_tau(
    groups: GroupSummaries,
    posterior: Any,
    *,
    largest: float | None = None,
    marks: ArrayLike = (),
    unit: str = "Mean",
) -> Figure:
    r"""Draw each group's estimate as the between-group sd runs from 0, above its posterior.

    Parameters
    ----------
    groups : GroupSummaries
        The data, for the labels.
    posterior : ExactPosterior
        Anything with ``given_tau(tau)``, ``tau.pdf(x)``, ``tau.mean`` and ``tau.quantile(p)``.
    largest : float, optional
        The largest tau shown; by default its 99% quantile.
    marks : array_like, optional
        Values of tau marked by a vertical line through both panels.
    unit : str, optional
        What the groups' means measure, for the axis.

    Returns
    -------
    matplotlib.figure.Figure
        Above, one line for each group, ``E(theta_j | tau, y)``, and a dashed one for mu. Below,
        the marginal posterior density of tau, which says how much each place counts.

    Raises
    ------
    ValueError
        If `largest` is not positive or a mark is negative.

    References
    ----------
    D. B. Rubin (1981), Estimation in parallel randomized experiments. *Journal of Educational
    Statistics* 6(4), 377-401.

    Examples
    --------
    >>> from hbmlib import exact, pooling
    >>> groups = pooling.from_means([28, 8, -3, 7], labels="ABCD")
    >>> figure = given_tau(groups, exact.normal_means(groups, sigma=[15, 10, 16, 11]))
    >>> len(figure.axes)
    2
    """
    check_groups(groups)
    if largest is None:
        largest = posterior.tau.quantile(0.99)
    largest = float(checks.positive("largest", largest, shape=()))
    marks = checks.non_negative("marks", marks) if np.size(marks) else np.array([])
    tau = np.linspace(0, largest, 121)
    given = [posterior.given_tau(t) for t in tau]
    theta = np.array([g.theta.mean for g in given])
    figure = Figure(figsize=(WIDTH, 5.2))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.2, 1])
    above.plot(tau, theta, color=COLOUR["partial"], lw=1.4)
    above.plot(tau, [g.mu.mean for g in given], **complete_style())
    low, high = above.get_ylim()
    names = [*map(str, groups.labels), r"$\mu$"]
    ends = np.r_[theta[-1], given[-1].mu.mean]
    roles = ["partial"] * groups.n_groups + ["complete"]
    heights = _apart(ends, 0.066 * (high - low))
    for y, name, role in zip(heights, names, roles, strict=True):
        name_level(above, y, name, role)
    above.set(ylabel=f"{unit}, given $\\tau$", ylim=(low, high))
    density = posterior.tau.pdf(tau)
    below.plot(tau, density, color=COLOUR["between"])
    below.fill_between(tau, density, color=COLOUR["between"], alpha=0.14, lw=0)
    below.set(
        xlabel=r"Between-group sd $\tau$",
        ylabel=r"$p(\tau \mid y)$",
        xlim=(0, largest),
        ylim=(0, 1.08 * density.max()),
        yticks=[],
    )
    for ax in (above, below):
        for mark in marks:
            ax.axvline(mark, color=COLOUR["muted"], lw=THIN)
    return figure


@in_book_style
def quadrature(
    nodes: ArrayLike, density: ArrayLike, *, curve: tuple[ArrayLike, ArrayLike], unit: str = ""
) -> Figure:
    """Draw an integral as a sum: one bar for each node, under the curve it stands for.

    Parameters
    ----------
    nodes : array_like, shape (nodes,)
        Equally spaced points, two or more, ascending.
    density : array_like, shape (nodes,)
        The height at each.
    curve : (x, y)
        The curve, finely.
    unit : str, optional
        What the horizontal axis is.

    Returns
    -------
    matplotlib.figure.Figure
        Bars as wide as the step, a dot on each, and the curve.

    Raises
    ------
    ValueError
        If the nodes are not equally spaced, or the lengths differ.

    Examples
    --------
    >>> figure = quadrature([0.5, 1.5, 2.5], [3, 2, 1], curve=([0, 3], [3.5, 0.5]))
    >>> len(figure.axes[0].patches)
    3
    """
    nodes = checks.finite("nodes", nodes, shape=("nodes",))
    density = checks.non_negative("density", density, shape=(nodes.size,))
    x, y = checks.finite("curve", curve[0]), checks.finite("curve", curve[1])
    steps = np.diff(nodes)
    if steps.size == 0 or steps.min() <= 0 or not np.allclose(steps, steps[0]):
        raise ValueError(
            f"`nodes` must be two or more equally spaced ascending points; got {nodes}. "
            "Make them with np.linspace."
        )
    figure, ax = new_figure(3.0)
    ax.bar(nodes, density, steps[0], color=COLOUR["rule"], edgecolor=COLOUR["muted"], lw=0.8)
    ax.plot(x, y, color=COLOUR["between"])
    ax.plot(nodes, density, ls="none", marker="o", ms=4, color=COLOUR["between"])
    ax.set(xlim=(x[0], x[-1]), ylim=(0, 1.08 * max(density.max(), y.max())), yticks=[])
    ax.set_xlabel(unit)
    ax.spines["left"].set_visible(False)
    return figure


@in_book_style
def risk_curves(
    x: ArrayLike,
    lines: Mapping[str, tuple[str, ArrayLike]],
    *,
    points: Sequence[tuple[str, ArrayLike, ArrayLike, ArrayLike]] = (),
    xlabel: str = "",
    ylabel: str = "Risk per mean",
) -> Figure:
    """Draw risks that start apart and meet far out, each named where it starts.

    Parameters
    ----------
    x : array_like, shape (points,)
        The horizontal positions, ascending from 0.
    lines : dict of str to (role, y)
        The curves by name; `y` has the length of `x`. The role ``"complete"`` is dashed.
    points : sequence of (role, x, y, error), optional
        Simulated risks with standard errors, drawn with two of them either side.
    xlabel, ylabel : str, optional
        The axes' names.

    Returns
    -------
    matplotlib.figure.Figure
        The curves, with names on their left.

    Raises
    ------
    ValueError
        If `x` does not ascend from 0, a role is unknown or a length is wrong.

    Examples
    --------
    >>> lines = {"plain": ("own", [1, 1, 1]), "cut": ("partial", [0, 1, 1])}
    >>> figure = risk_curves([0, 1, 2], lines)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['plain', 'cut']
    """
    x = checks.finite("x", x, shape=("points",))
    if x[0] != 0 or x.size < 2 or np.diff(x).min() <= 0:
        raise ValueError(
            f"`x` must ascend from 0; got {x}. Make it with np.linspace(0, largest, 101)."
        )
    figure, ax = new_figure(3.6)
    starts = []
    for role, values in lines.values():
        checks.one_of("role", role, tuple(COLOUR))
        y = checks.finite("y", values, shape=(x.size,))
        ax.plot(x, y, color=COLOUR[role], ls=DASHED if role == "complete" else "-")
        starts.append(y[0])
    for role, at, value, error in points:
        checks.one_of("role", role, tuple(COLOUR))
        at, value = checks.finite("points", at), checks.finite("points", value)
        error = checks.non_negative("error", error, shape=value.shape)
        ax.errorbar(at, value, 2 * error, fmt="o", ms=4.5, lw=THIN, color=COLOUR[role])
    ax.set(xlim=(-0.36 * x[-1], 1.02 * x[-1]), xlabel=xlabel, ylabel=ylabel)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= x[-1]])
    low, high = ax.get_ylim()
    for name, (role, _), y in zip(
        lines, lines.values(), _apart(np.array(starts), 0.075 * (high - low)), strict=True
    ):
        write(ax, 0, y, name, role, ha="right", va="center", dx=-8)
    return figure


def _apart(values: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Spread labels upwards and downwards alike, so that on average they stay where they were."""
    down = -spread(-values[::-1], gap)[::-1]  # reversed, so that ties keep one order
    return (spread(values, gap) + down) / 2
