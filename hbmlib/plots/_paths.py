"""The ways of samplers through two dimensions, over the contours of their target."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.plots._alt import between, count, described
from hbmlib.plots._contours import Density, Floats, Limits, plane, where
from hbmlib.plots._labels import name_points
from hbmlib.plots._marks import COLOUR, DASHED, THIN, WIDTH, in_book_style

SIZE = (330.0, 270.0)  # of the plane, in points
SHAPES = ("o", "s", "D", "v", "p", "^", "h", "8")


@in_book_style
def acceptance_path(
    start: ArrayLike,
    proposals: ArrayLike,
    accepted: ArrayLike,
    *,
    target: Density | Any = None,
    names: tuple[str, str] = ("", ""),
    limits: Limits | None = None,
) -> Figure:
    """Draw the way of a Metropolis chain: where it went, and what it refused.

    Parameters
    ----------
    start : array_like, shape (2,)
        Where the chain starts.
    proposals : array_like, shape (steps, 2)
        The points proposed, in order.
    accepted : array_like of bool, shape (steps,)
        Which of them were accepted.
    target : callable or object with a method logp, optional
        The log density, for contours of 50%, 90% and 99% of the mass shown.
    names : tuple of str, optional
        The coordinates; a parameter's name becomes its symbol.
    limits : pair of tuples of float, optional
        The ranges of the coordinates; by default those of all points, with a margin.

    Returns
    -------
    matplotlib.figure.Figure
        Accepted moves solid, with a filled circle; refused ones dashed, with a hollow one.

    Raises
    ------
    ValueError
        If a point is not finite, or the shapes do not fit.

    References
    ----------
    N. Metropolis, A. W. Rosenbluth, M. N. Rosenbluth, A. H. Teller and E. Teller (1953),
    Equation of state calculations by fast computing machines. *Journal of Chemical Physics*
    21(6), 1087-1092.

    Examples
    --------
    >>> figure = acceptance_path([0, 0], [[1, 0], [3, 3], [1, 1]], [True, False, True])
    >>> figure.axes[0].lines[0].get_xdata().tolist()  # the way that was taken
    [0.0, 1.0, 1.0]
    """
    start = checks.finite("start", start, shape=(2,))
    proposals = checks.finite("proposals", proposals, shape=("steps", 2))
    accepted = _flags("accepted", accepted, len(proposals))
    states = np.empty((len(proposals) + 1, 2))
    states[0] = start
    for t, (proposal, taken) in enumerate(zip(proposals, accepted, strict=True)):
        states[t + 1] = proposal if taken else states[t]
    figure, ax = plane([np.vstack([start, proposals])], target, names, limits)
    way = np.vstack([start, proposals[accepted]])
    ax.plot(*way.T, color=COLOUR["accept"], lw=1.4, zorder=3)
    refused, from_ = proposals[~accepted], states[:-1][~accepted]
    if len(refused):
        gap = np.full(len(refused), np.nan)
        across, along = (np.column_stack([from_[:, i], refused[:, i], gap]) for i in (0, 1))
        ax.plot(across.ravel(), along.ravel(), color=COLOUR["refuse"], lw=0.9, ls=(0, (3, 2)))
        ax.plot(
            *refused.T,
            ls="none",
            marker="o",
            ms=5,
            mew=1.2,
            mfc=COLOUR["surface"],
            mec=COLOUR["refuse"],
            zorder=4,
        )
    if accepted.any():
        ax.plot(
            *proposals[accepted].T, ls="none", marker="o", ms=5, color=COLOUR["accept"], zorder=5
        )
    _mark_start(ax, start)
    _name(ax, [start], ["start"], ["ink"], np.vstack([proposals, states]))
    taken = int(accepted.sum())
    ax.set_title(f"● {taken} accepted   ○ {len(accepted) - taken} refused", loc="left")
    return described(
        figure,
        f"A Metropolis chain of {count(len(accepted), 'step')} from ({start[0]:.3g}, "
        f"{start[1]:.3g}) to ({states[-1, 0]:.3g}, {states[-1, 1]:.3g}): {taken} accepted, "
        f"{len(accepted) - taken} refused.",
        where(names, (ax.get_xlim(), ax.get_ylim())),
    )


@in_book_style
def leapfrog_orbit(
    points: ArrayLike,
    energy: ArrayLike,
    *,
    target: Density | Any = None,
    names: tuple[str, str] = ("", ""),
    limits: Limits | None = None,
) -> Figure:
    """Draw a leapfrog path in the plane, and below it the error of its energy.

    Parameters
    ----------
    points : array_like, shape (steps + 1, 2)
        Two coordinates of the path, the start first: two positions, or position and momentum.
    energy : array_like, shape (steps + 1,)
        The energy H at each point.
    target : callable or object with a method logp, optional
        The log density in the two coordinates, for contours.
    names : tuple of str, optional
        The coordinates; a parameter's name becomes its symbol.
    limits : pair of tuples of float, optional
        The ranges of the coordinates; by default those of all points, with a margin.

    Returns
    -------
    matplotlib.figure.Figure
        The path from its start, an open square, to its end, a filled one, above the energy
        less that of the start at each step.

    Raises
    ------
    ValueError
        If a number is not finite, or the shapes do not fit.

    References
    ----------
    R. M. Neal (2011), MCMC using Hamiltonian dynamics. *Handbook of Markov Chain Monte Carlo*,
    section 5.2.3. CRC Press.

    Examples
    --------
    >>> figure = leapfrog_orbit([[0, 1], [1, 0], [0, -1]], [0.5, 0.6, 0.5])
    >>> figure.axes[1].lines[-1].get_ydata().round(1).tolist()
    [0.0, 0.1, 0.0]
    """
    points = checks.finite("points", points, shape=("steps + 1", 2))
    energy = checks.finite("energy", energy, shape=(len(points),))
    figure = Figure(figsize=(WIDTH, 5.4))
    ax, strip = figure.subplots(2, 1, height_ratios=(3.4, 1))
    plane([points], target, names, limits, ax)
    ax.plot(*points.T, color=COLOUR["accept"], lw=1.3, marker="o", ms=3, zorder=3)
    _mark_start(ax, points[0])
    ax.plot(*points[-1], ls="none", marker="s", ms=6.5, color=COLOUR["accept"], zorder=6)
    ends = 1 if len(points) == 1 else 2
    _name(ax, points[[0, -1][:ends]], ["start", "end"][:ends], ["ink", "accept"][:ends], points)
    error = energy - energy[0]
    strip.axhline(0, color=COLOUR["muted"], lw=0.8)
    strip.plot(np.arange(len(error)), error, color=COLOUR["between"], lw=1.3, marker="o", ms=3)
    strip.set(xlabel="Leapfrog step", ylabel="Energy error")
    strip.xaxis.get_major_locator().set_params(integer=True)
    strip.locator_params(axis="y", nbins=3)
    figure.align_ylabels()
    return described(
        figure,
        f"A path of {count(len(points) - 1, 'leapfrog step')}, from ({points[0, 0]:.3g}, "
        f"{points[0, 1]:.3g}) to ({points[-1, 0]:.3g}, {points[-1, 1]:.3g}).",
        where(names, (ax.get_xlim(), ax.get_ylim())),
        f"The error of the energy is {between(error)} and ends at {error[-1]:.3g}.",
    )


@in_book_style
def tree_path(
    points: ArrayLike,
    times: ArrayLike,
    *,
    drawn: int | None = None,
    turned: bool = False,
    target: Density | Any = None,
    names: tuple[str, str] = ("", ""),
    limits: Limits | None = None,
) -> Figure:
    """Draw the path of a NUTS step and the doublings that it was made by.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        The points in the order in which they were reached, the start first.
    times : array_like of int, shape (n,)
        Where each stands on the path, in steps from the start, which is 0; negative ones lie
        back in time.
    drawn : int, optional
        The index of the point that the step moves to.
    turned : bool, optional
        Whether the last doubling was thrown away, because a part of it turned back or diverged.
    target : callable or object with a method logp, optional
        The log density in the two coordinates, for contours.
    names : tuple of str, optional
        The coordinates; a parameter's name becomes its symbol.
    limits : pair of tuples of float, optional
        The ranges of the coordinates; by default those of all points, with a margin.

    Returns
    -------
    matplotlib.figure.Figure
        One shape for the points of each doubling, and its number beside its middle. What was
        thrown away is hollow and dashed, and the point drawn has a ring.

    Raises
    ------
    ValueError
        If a point is not finite, the times are not those of a path, or there is no point
        `drawn`.

    References
    ----------
    M. D. Hoffman and A. Gelman (2014), The No-U-Turn Sampler. *Journal of Machine Learning
    Research* 15, 1593-1623.

    Examples
    --------
    >>> figure = tree_path([[0, 0], [1, 0], [-1, 0], [-2, 0]], [0, 1, -1, -2], drawn=3)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['start', '1', '2', 'drawn']
    """
    points = checks.finite("points", points, shape=("n", 2))
    times = _path_times(times, len(points))
    doubling = np.zeros(len(points), dtype=int)  # 2^d points end with doubling d
    doubling[1:] = np.floor(np.log2(np.arange(1, len(points)))).astype(int) + 1
    last = int(doubling[-1])
    figure, ax = plane([points], target, names, limits)
    if drawn is not None:
        drawn = int(checks.whole("drawn", drawn, shape=()))
        if drawn >= len(points) or (turned and doubling[drawn] == last > 0):
            raise ValueError(
                f"`drawn` must be a point that was kept; got {drawn} of {len(points)} points. "
                "Give the index of one."
            )
    order = np.argsort(times)
    for a, b in pairwise(order):
        lost = turned and last > 0 and last in (doubling[a], doubling[b])
        style = {"color": COLOUR["refuse"], "ls": DASHED} if lost else {"color": COLOUR["accept"]}
        ax.plot(*points[[a, b]].T, lw=THIN, zorder=3, **style)
    _mark_start(ax, points[0])
    named = [(points[0], "start", "ink")]
    for d in range(1, last + 1):
        lost, own = turned and d == last, np.flatnonzero(doubling == d)
        role = "refuse" if lost else "accept"
        fill = COLOUR["surface"] if lost else COLOUR[role]
        ax.plot(
            *points[own].T,
            ls="none",
            marker=SHAPES[(d - 1) % len(SHAPES)],
            ms=5.5,
            mew=1.2,
            mfc=fill,
            mec=COLOUR[role],
            zorder=5,
        )
        named.append((points[own[len(own) // 2]], str(d), role))
    if drawn is not None:
        ring = {"ms": 12, "mew": 1.8, "mfc": "none", "mec": COLOUR["truth"], "zorder": 6}
        ax.plot(*points[drawn], ls="none", marker="o", **ring)
        named.append((points[drawn], "drawn", "truth"))
    _name(ax, *zip(*named, strict=True), points)
    lost = count(int((doubling == last).sum()), "point")
    return described(
        figure,
        f"A NUTS path of {count(len(points), 'point')} by {count(last, 'doubling')}, "
        f"{-times.min()} steps back in time and {times.max()} on.",
        f"The last doubling, {lost}, was thrown away." if turned and last else "",
        f"The point drawn lies {times[drawn]:+d} steps from the start."
        if drawn is not None
        else "",
        where(names, (ax.get_xlim(), ax.get_ylim())),
    )


def _mark_start(ax: Axes, start: Floats) -> None:
    ax.plot(
        *start,
        ls="none",
        marker="s",
        ms=6.5,
        mew=1.5,
        mfc=COLOUR["surface"],
        mec=COLOUR["ink"],
        zorder=6,
    )


def _name(
    ax: Axes, at: Sequence[Floats], names: Sequence[str], roles: Sequence[str], others: Floats
) -> None:
    """Name points where the path leaves room."""
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    at, others = ((np.asarray(points) - low) / (high - low) for points in (at, others))
    halves = (others[1:] + others[:-1]) / 2
    name_points(ax, at, names, roles, others=np.vstack([others, halves]), size=SIZE, gap=6)


def _flags(name: str, value: ArrayLike, length: int) -> NDArray[np.bool_]:
    flags = np.asarray(value)
    if flags.dtype != bool or flags.shape != (length,):
        raise ValueError(
            f"`{name}` must be true or false, shape ({length},); got {flags.dtype} of shape "
            f"{flags.shape}. Give one for each proposal."
        )
    return flags


def _path_times(times: ArrayLike, n: int) -> NDArray[np.int64]:
    values = checks.finite("times", times, shape=(n,), advice="Give one for each point.")
    if values[0] != 0 or sorted(values) != list(range(int(values.min()), int(values.min()) + n)):
        raise ValueError(
            "`times` must be 0 for the start and count steps without gaps; got "
            f"{values[:6].tolist()}. Take a point's time from that it was reached from, plus or "
            "minus 1."
        )
    return values.astype(int)
