"""Densities and other curves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, pooling
from hbmlib.plots._marks import (
    COLOUR,
    DASHED,
    PROBABILITIES,
    THIN,
    WIDTH,
    draw_arrows,
    draw_intervals,
    in_book_style,
    name_level,
    new_figure,
    own_style,
    partial_style,
    spread,
    write,
)
from hbmlib.pooling import Estimate


@in_book_style
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
    figure, ax = new_figure(3.2)
    weights = pooling.shrinkage_weight(n, 1.0, ratios[:, None])
    for weight in weights:
        ax.plot(n, weight, color=COLOUR["partial"])
    for ratio, y in zip(ratios, spread(weights[:, -1], 0.07), strict=True):
        name_level(ax, y, rf"$\sigma/\tau = {ratio:g}$", "partial")
    ax.set(
        xlabel="Group size $n$",
        ylabel=r"Shrinkage weight $\lambda$",
        xlim=(0, n[-1]),
        ylim=(0, 1.02),
    )
    return figure


@in_book_style
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
    figure, ax = new_figure(3.0)
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
        write(ax, at, height, text, roles[i], va="bottom", **side)
    write(ax, mean[2], top, "posterior", "partial", ha="center", va="bottom", dy=3)
    below = np.array([-0.07 * top])
    draw_arrows(ax, np.array(mean[1:2]), np.array(mean[2:]), below, span=upper - lower)
    ax.plot(mean[1], below, **own_style())
    ax.plot(mean[2], below, **partial_style())
    ax.set(xlim=(lower, upper), ylim=(-0.14 * top, 1.16 * top), yticks=[], xlabel=unit)
    ax.spines["left"].set_visible(False)
    return figure


@in_book_style
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
    figure, ax = new_figure(3.0)
    colour = COLOUR["between"]
    ax.plot(grid[shown], density[shown], color=colour)
    ax.fill_between(grid[shown], density[shown], color=colour, alpha=0.14, lw=0)
    top = density.max()
    if prior is not None:
        x = np.linspace(limit / 1000, limit, 500)
        ax.plot(x, np.exp(prior.log_density(x)), color=COLOUR["muted"], lw=THIN)
        y = float(np.exp(prior.log_density(np.array([limit * 0.8]))[0]))
        write(ax, 0.8 * limit, y, "prior", "muted", ha="center", va="bottom", dy=3)
    at = int(np.argmax(density))
    write(ax, grid[at], density[at], "posterior", "between", ha="left", va="center", dx=34, dy=-4)
    below = np.array([-0.07 * top])
    draw_intervals(ax, below, quantiles[:, None], "between")
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


@in_book_style
def weight(tau: float, sigma: float, n: int) -> Figure:
    r"""Draw how the shrinkage weight depends on each of its three ingredients.

    Parameters
    ----------
    tau, sigma : float
        The sds between and within groups, positive.
    n : int
        The group size, 1 or more.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels: the weight against n, tau and sigma, the other two held fixed. A dot marks
        the values given; thin curves are for other values of what is held.

    Raises
    ------
    ValueError
        If `tau` or `sigma` is not positive or `n` is not a positive whole number.

    Examples
    --------
    >>> len(weight(tau=2, sigma=3, n=10).axes)
    3
    """
    tau = float(checks.positive("tau", tau, shape=()))
    sigma = float(checks.positive("sigma", sigma, shape=()))
    n = int(checks.whole("n", n, minimum=1, shape=()))
    sizes = sorted({max(1, n // 5), n, 5 * n})
    shrink = pooling.shrinkage_weight
    panels = [
        ("Group size $n$", np.arange(int(2.5 * n) + 1), n, r"\tau", (tau / 2, tau, 2 * tau), tau,
         lambda x, held: shrink(x, held, sigma)),
        (r"Between-group sd $\tau$", np.linspace(0, 1.5 * tau, 200), tau, "n", sizes, n,
         lambda x, held: shrink(held, x, sigma)),
        (r"Within-group sd $\sigma$", np.linspace(sigma / 100, 2 * sigma, 200), sigma, "n", sizes,
         n, lambda x, held: shrink(held, tau, x)),
    ]  # fmt: skip
    figure = Figure(figsize=(WIDTH, 5.4))
    for ax, (words, x, at, symbol, values, held, curve) in zip(
        figure.subplots(3, 1), panels, strict=True
    ):
        ends = []
        for value in values:
            y = curve(x, value)
            ax.plot(x, y, color=COLOUR["partial"], lw=1.8 if value == held else THIN)
            ends.append(y[-1])
        for value, y in zip(values, spread(np.array(ends), 0.2), strict=True):
            name_level(ax, y, f"${symbol} = {value:g}$", "partial")
        ax.plot(at, curve(np.array([at]), held), **partial_style())
        ax.set(xlabel=words, ylabel=r"$\lambda$", xlim=(0, x[-1]), ylim=(0, 1.04))
        ax.set_yticks([0, 0.5, 1])
    return figure


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
    log_x : bool, optional
        Whether the horizontal axis is logarithmic.

    Returns
    -------
    matplotlib.figure.Figure
        The curves, named where they end.

    Raises
    ------
    ValueError
        If a role is unknown, a length is wrong, or `x` is not positive on a logarithmic axis.

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
        checks.finite("y", y[drawn], shape=("points",))
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
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_locator(NullLocator())
    low, high = ax.get_ylim()
    for name, at in (vlines or {}).items():
        ax.axvline(float(checks.finite("vlines", at, shape=())), color=COLOUR["muted"], lw=THIN)
        write(ax, at, high, name, "muted", ha="center", va="bottom", dy=2)
    ax.set_ylim(low, high)
    heights = spread(np.array([y for _, y in ends.values()]), 0.085 * (high - low))
    for (name, (role, _)), y in zip(ends.items(), heights, strict=True):
        name_level(ax, y, name, role)
    return figure


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
        write(ax, x[at], y[at], name, "partial", ha="left", va="bottom", dx=6)
    for name, at in (marks or {}).items():
        ax.axvline(float(checks.finite("marks", at, shape=())), color=COLOUR["ink"], lw=THIN)
        write(ax, at, 1.08 * top, name, "ink", ha="center", va="bottom", dy=2)
    ax.set(ylim=(0, 1.08 * top), yticks=[], xlabel=unit)
    ax.spines["left"].set_visible(False)
    return figure
