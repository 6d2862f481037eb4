"""Densities of one parameter: prior, likelihood and posterior."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from hbmlib import checks, pooling
from hbmlib.plots._alt import described, joined
from hbmlib.plots._marks import (
    COLOUR,
    PROBABILITIES,
    THIN,
    draw_arrows,
    draw_intervals,
    in_book_style,
    new_figure,
    own_style,
    partial_style,
    write,
)
from hbmlib.pooling import Estimate


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
    named = zip(("prior", "likelihood", "posterior"), mean, sd, strict=True)
    return described(
        figure,
        f"Normal densities: {joined([f'{t} {m:.3g} (sd {x:.3g})' for t, m, x in named])}.",
    )


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
    low, high = quantiles[[0, 3]]
    return described(
        figure,
        f"Posterior density of the between-group sd tau: median {median:.3g}, 90% between "
        f"{low:.3g} and {high:.3g}, highest at {grid[at]:.3g}.",
        "A thin line is its prior." if prior is not None else "",
    )
