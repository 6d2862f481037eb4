"""Densities of draws: of the parameters, and of the energy."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, diagnostics
from hbmlib.draws import Draws
from hbmlib.plots._alt import between, decimals, described, joined
from hbmlib.plots._draws import (
    Names,
    Quantity,
    bare,
    chosen,
    density,
    how_many,
    symbol,
)
from hbmlib.plots._marks import (
    COLOUR,
    DASHED,
    PROBABILITIES,
    WIDTH,
    draw_intervals,
    in_book_style,
    new_figure,
    partial_style,
    spread,
    truth_style,
    write,
)

Floats = NDArray[np.float64]


@in_book_style
def densities(
    draws: Draws,
    names: Names = None,
    *,
    exact: Any = None,
    truth: Mapping[str, float] | None = None,
) -> Figure:
    r"""Draw the density of all chains together, with its 50% and 90% interval and its mean.

    Parameters
    ----------
    draws : Draws
        The draws.
    names : str or sequence of str, optional
        The quantities, 12 at most; by default those that are single numbers.
    exact : ExactPosterior or dict of str to function, optional
        The known answer, a thin line: anything with a marginal for each parameter, such as
        ``exact.mu.pdf(x)``, or densities by name. A name that it lacks has no line.
    truth : dict of str to float, optional
        The true values by name, where the data were simulated.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each quantity. A quantity that never moved is a vertical line.

    Raises
    ------
    ValueError
        If a name is unknown, a draw or a true value is not finite, or there are too many
        quantities.

    References
    ----------
    B. W. Silverman (1986), *Density Estimation for Statistics and Data Analysis*. Chapman and
    Hall.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 2)), ["mu", "tau"])
    >>> figure = densities(draws, truth={"mu": 0})
    >>> [ax.get_xlabel() for ax in figure.axes]
    ['$\\mu$', '$\\tau$']
    """
    quantities = chosen(draws, names, 12, "densities")
    truth = {n: float(checks.finite("truth", x, shape=())) for n, x in (truth or {}).items()}
    columns = 1 if len(quantities) == 1 else 2
    rows = -(-len(quantities) // columns)
    figure = Figure(figsize=(WIDTH, (2.6 if columns == 1 else 1.65) * rows + 0.2))
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(quantities) :]:
        ax.set_axis_off()
    for quantity, ax in zip(quantities, axes, strict=False):
        _draw_density(ax, quantity, _pdf(exact, draws, quantity.name), truth.get(quantity.name))
    means = [f"{q.name} {q.x.mean():.3g}" for q in quantities]
    return described(
        figure,
        f"Posterior densities of {joined([q.name for q in quantities])} from {how_many(draws)}.",
        f"Means: {joined(means)}.",
        "A thin line is the exact density." if exact is not None else "",
        "Crosses are the true values." if truth else "",
    )


def _draw_density(ax: Axes, quantity: Quantity, pdf: Callable | None, truth: float | None) -> None:
    """Draw one quantity, with what is named in its panel."""
    x, curve = quantity.x.ravel(), density(quantity.x)
    top = 1.0
    if curve is None:
        ax.plot([x[0], x[0]], [0, 1], color=COLOUR["partial"])
    else:
        ax.plot(*curve, color=COLOUR["partial"])
        ax.fill_between(*curve, color=COLOUR["partial"], alpha=0.14, lw=0)
        top = curve[1].max()
        if pdf is not None:
            height = np.asarray(pdf(curve[0]), dtype=float)
            ax.plot(
                curve[0],
                np.where(np.isfinite(height), height, np.nan),
                color=COLOUR["ink"],
                lw=1.1,
            )
            top = max(top, np.nanmax(np.where(np.isfinite(height), height, np.nan)))
            at = int(np.flatnonzero(curve[1] >= 0.45 * curve[1].max())[-1])
            write(ax, curve[0][at], height[at], "exact", "ink", ha="left", va="bottom", dx=5)
    below = np.array([-0.09 * top])
    draw_intervals(ax, below, np.quantile(x, PROBABILITIES)[:, None], "partial")
    ax.plot(x.mean(), below, **partial_style())
    if truth is not None:
        ax.plot(truth, 0, **truth_style(), clip_on=False)
        write(ax, truth, 0, "truth", "truth", ha="left", va="bottom", dx=6, dy=1)
    ax.set(ylim=(-0.18 * top, 1.08 * top), xlabel=symbol(quantity.name))
    ax.xaxis.set_major_locator(MaxNLocator(5))
    bare(ax)


def _pdf(exact: Any, draws: Draws, name: str) -> Callable[[ArrayLike], Floats] | None:
    """Find the exact density of a quantity: by its name, or as a marginal of its parameter."""
    if isinstance(exact, Mapping):
        return exact.get(name)
    base, bracket, label = name.partition("[")
    marginal = getattr(exact, base, None)
    if marginal is None:
        return None
    if not bracket:
        return marginal.pdf
    j = draws.labels(base).index(label[:-1])
    return lambda x: marginal.pdf(np.asarray(x)[:, np.newaxis])[:, j]


@in_book_style
def energy(draws: Draws) -> Figure:
    """Draw how far the energy ranges, and how far it moves from one draw to the next.

    Where the second density is much narrower than the first, fresh momenta do not reach the
    energies of the tails: the fraction E-BFMI is then small.

    Parameters
    ----------
    draws : Draws
        Draws by HMC or NUTS, which record the energy.

    Returns
    -------
    matplotlib.figure.Figure
        The density of the energy about its mean, solid, and of its changes, dashed.

    Raises
    ------
    ValueError
        If no energy was recorded, it is not finite, or there is one draw a chain.

    References
    ----------
    M. Betancourt (2016), Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
    Carlo. arXiv:1604.00695.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> stats = {"energy": rng.gamma(5, size=(4, 500))}
    >>> figure = energy(Draws(rng.normal(size=(4, 500, 1)), ["mu"], stats))
    >>> figure.axes[0].get_xlabel()
    'Energy, about its mean, and its change'
    """
    if not isinstance(draws, Draws) or "energy" not in draws.stats:
        raise ValueError(
            "`draws` must be Draws with the statistic 'energy'; got none. Sample with HMC or NUTS."
        )
    level = checks.finite("draws.stats['energy']", draws.stats["energy"])
    if draws.n_draws < 2:
        raise ValueError("`draws` must hold two draws a chain or more; got 1. Draw more.")
    fraction = diagnostics.ebfmi(level)
    figure, ax = new_figure(3.0)
    change = np.diff(level, axis=1)
    curves = (
        ("energy", level - level.mean(), "partial", "-", 0.75),
        ("change from draw to draw", change, "within", DASHED, 0.4),
    )
    names = []
    for words, x, role, dash, named_at in curves:
        curve = density(x)
        if curve is None:
            continue
        ax.plot(*curve, color=COLOUR[role], ls=dash)
        at = int(np.flatnonzero(curve[1] >= named_at * curve[1].max())[-1])
        names.append((curve[0][at], curve[1][at], words, role))
    if ax.lines:
        ax.set_ylim(bottom=0)
        heights = spread(np.array([y for _, y, _, _ in names]), 0.1 * ax.get_ylim()[1])
        for (x, _, words, role), y in zip(names, heights, strict=True):
            write(ax, x, y, words, role, ha="left", va="bottom", dx=6)
    else:
        write(ax, 0, 0.5, "does not vary", "muted", ha="center", va="center")
        ax.set(xlim=(-1, 1), ylim=(0, 1), xticks=[0])
    ax.set_xlabel("Energy, about its mean, and its change")
    bare(ax)
    listed = ", ".join(decimals(f) for f in np.atleast_1d(fraction)[:4])
    more = f", ... of {fraction.size}" if fraction.size > 4 else ""
    ax.set_title(f"E-BFMI of the chains: {listed}{more}", loc="left")
    return described(
        figure,
        f"Densities of the energy and of its change from draw to draw: {how_many(draws)}.",
        f"The sd of the energy is {level.std():.3g}, that of its change {change.std():.3g}.",
        f"E-BFMI is {between(fraction)}." if np.isfinite(fraction).any() else "",
    )
