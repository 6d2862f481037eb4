"""Figures that set the chains beside one another: their traces and their ranks."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from scipy.special import gammaln

from hbmlib.draws import Draws
from hbmlib.plots._alt import between, count, described, joined
from hbmlib.plots._draws import (
    MANY,
    STRIPS,
    Names,
    Quantity,
    bare,
    chain_style,
    chosen,
    density,
    divergent,
    divergent_style,
    how_many,
    symbol,
)
from hbmlib.plots._marks import COLOUR, WIDTH, complete_style, in_book_style, write

Floats = NDArray[np.float64]

BINS = 20  # of a rank histogram, at most
LEVEL = 0.05  # how often chains that agree leave the band of a rank histogram
COLUMNS = 4


@in_book_style
def trace(draws: Draws, names: Names = None) -> Figure:
    """Draw the chains in the order of their draws, and beside them the density of each.

    Up to six chains have a strip each, on one scale, with a line at the median of all draws;
    more than six are drawn over one another. Triangles mark the draws that diverged.

    Parameters
    ----------
    draws : Draws
        The draws.
    names : str or sequence of str, optional
        The quantities, eight at most; by default those that are single numbers.

    Returns
    -------
    matplotlib.figure.Figure
        For each quantity its chains on the left and their densities on the right. A chain that
        never moves has no density.

    Raises
    ------
    ValueError
        If a name is unknown, a draw is not finite, or there are too many quantities.

    References
    ----------
    J. Gabry, D. Simpson, A. Vehtari, M. Betancourt and A. Gelman (2019), Visualization in
    Bayesian workflow. *Journal of the Royal Statistical Society A* 182(2), 389-402.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 2)), ["mu", "tau"])
    >>> figure = trace(draws, "mu")
    >>> len(figure.axes)  # four strips and the densities
    5
    """
    quantities = chosen(draws, names, 8, "trace")
    apart, bad = draws.n_chains <= STRIPS, divergent(draws)
    tall = 0.48 * draws.n_chains if apart else 1.1
    figure = Figure(figsize=(WIDTH, 0.8 + len(quantities) * max(tall, 0.9)))
    figure.set_layout_engine("constrained", h_pad=0.02)
    many = len(quantities) * bad.size > MANY
    grid = figure.add_gridspec(len(quantities), 2, width_ratios=(2.3, 1))
    for row, quantity in enumerate(quantities):
        strips = _strips(figure, grid[row, 0], quantity, bad, apart, many)
        _chain_densities(figure.add_subplot(grid[row, 1]), quantity)
        if row == 0 and apart:
            write(
                strips[0],
                1,
                1,
                "chain",
                "ink",
                ha="center",
                va="bottom",
                dx=8,
                xycoords="axes fraction",
            )
    strips[-1].xaxis.set_major_locator(MaxNLocator(5, integer=True))
    strips[-1].tick_params(labelbottom=True, bottom=True)
    strips[-1].set_xlabel("Draw (▲ diverged)" if bad.any() else "Draw")
    means = [f"{q.name} {between(q.x.mean(axis=1))}" for q in quantities]
    return described(
        figure,
        f"Trace plots and densities of {joined([q.name for q in quantities])}: {how_many(draws)}.",
        f"Means of the chains: {joined(means)}.",
    )


def _strips(
    figure: Figure,
    place: SubplotSpec,
    quantity: Quantity,
    bad: NDArray[np.bool_],
    apart: bool,
    many: bool,
) -> list[Axes]:
    """Draw the chains of one quantity, each in a strip or all in one."""
    n_chains = len(quantity.x)
    groups = [[c] for c in range(n_chains)] if apart else [list(range(n_chains))]
    axes = place.subgridspec(len(groups), 1, hspace=0).subplots(sharex=True, sharey=True)
    axes = list(np.atleast_1d(axes))
    median = np.median(quantity.x)
    for ax, chains in zip(axes, groups, strict=True):
        for chain in chains:
            x = quantity.x[chain]
            style = chain_style(chain, n_chains) | {"ls": "-"}
            dot = {"marker": "o", "ms": 3} if x.size == 1 else {}
            ax.plot(x, lw=0.6, alpha=1 if apart else 0.35, rasterized=many, **style, **dot)
            at = np.flatnonzero(bad[chain])
            if at.size:
                ax.plot(at, x[at], **divergent_style(4.5), clip_on=False)
        ax.axhline(median, color=COLOUR["ink"], lw=0.7, zorder=3)
        ax.yaxis.set_major_locator(MaxNLocator(2 if apart else 4))
        ax.tick_params(labelbottom=False, bottom=False)
        ax.spines["bottom"].set_visible(ax is axes[-1])
        ax.margins(x=0.01, y=0.2)
        if apart:
            style = chain_style(chains[0], n_chains)
            ax.annotate(
                str(chains[0] + 1),
                (1, 0.5),
                (6, 0),
                xycoords="axes fraction",
                textcoords="offset points",
                va="center",
                color=style["color"],
            )
    middle = axes[len(axes) // 2]
    middle.set_ylabel(symbol(quantity.name), y=0.5 if len(axes) % 2 else 1.0)
    return axes


def _chain_densities(ax: Axes, quantity: Quantity) -> None:
    """Draw the density of each chain, with the chain's number on its curve."""
    n_chains = len(quantity.x)
    few = n_chains <= STRIPS
    for chain, x in enumerate(quantity.x):
        curve = density(x)
        if curve is None:
            continue
        style = chain_style(chain, n_chains)
        ax.plot(*curve, lw=1.4 if few else 0.7, alpha=1 if few else 0.6, **style)
        if few and n_chains > 1:
            height = 1 - (chain + 1) / (n_chains + 1)
            at = int(np.flatnonzero(curve[1] >= height * curve[1].max())[-1])
            mark = {"ha": "center", "va": "center", "fontsize": 9, "zorder": 7}
            text = ax.text(
                curve[0][at], curve[1][at], str(chain + 1), color=style["color"], **mark
            )
            text.set_bbox({"boxstyle": "circle,pad=0.12", "fc": COLOUR["surface"], "lw": 0})
    if ax.lines:
        ax.set_ylim(bottom=0)
        ax.xaxis.set_major_locator(MaxNLocator(3))
    else:
        ax.set_xticks([])
        ax.text(0.5, 0.5, "does not vary", ha="center", va="center", color=COLOUR["muted"])
    ax.set_xlabel(symbol(quantity.name))
    bare(ax)


@in_book_style
def ranks(draws: Draws, names: Names = None) -> Figure:
    """Draw how the ranks of each chain's draws among all draws are spread.

    Chains that agree share all ranks evenly. If the draws were independent, all bars of a
    quantity would stay in the band in 95% of runs or more; draws that hang together leave it
    more often, so look at shapes: a slope says that a chain sits higher or lower, a bowl that
    it is wider.

    Parameters
    ----------
    draws : Draws
        The draws of two to 16 chains.
    names : str or sequence of str, optional
        The quantities, eight at most; by default those that are single numbers.

    Returns
    -------
    matplotlib.figure.Figure
        For each quantity one histogram a chain, with the count that is expected and its band.

    Raises
    ------
    ValueError
        If there is one chain or more than 16, a name is unknown, or a draw is not finite.

    References
    ----------
    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner (2021),
    Rank-normalization, folding, and localization: an improved R-hat for assessing convergence
    of MCMC. *Bayesian Analysis* 16(2), 667-718.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 1)), ["mu"])
    >>> len(ranks(draws).axes)
    4
    """
    quantities = chosen(draws, names, 8, "ranks")
    n_chains = draws.n_chains
    if not 2 <= n_chains <= 16:
        raise ValueError(
            f"`draws` must hold 2 to 16 chains to compare their ranks; got {n_chains}. "
            "Run four, or give some of them."
        )
    columns = min(n_chains, COLUMNS)
    rows = -(-n_chains // columns)
    figure = Figure(figsize=(WIDTH, 0.6 + 1.25 * rows * len(quantities)))
    axes = figure.subplots(
        rows * len(quantities), columns, sharex=True, sharey="row", squeeze=False
    )
    out = []
    for q, quantity in enumerate(quantities):
        counts, expected, (lower, upper) = rank_counts(quantity.x)
        own = axes[q * rows : (q + 1) * rows].ravel()
        for ax in own[n_chains:]:
            ax.set_axis_off()
        edges = np.linspace(0, 1, expected.size + 1)
        for chain, ax in enumerate(own[:n_chains]):
            ax.stairs(upper, edges, baseline=lower, fill=True, color=COLOUR["rule"], lw=0)
            ax.plot([0, 1], 2 * [expected.mean()], **complete_style())
            ax.stairs(counts[chain], edges, color=COLOUR["partial"], lw=1.4)
            ax.set(xlim=(0, 1), xticks=[])
            ax.set_title(f"chain {chain + 1}", pad=3) if q == 0 else None
            ax.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        for r in range(rows):
            axes[q * rows + r, 0].set_ylim(bottom=0)
        axes[q * rows, 0].set_ylabel(symbol(quantity.name))
        outside = (counts < lower) | (counts > upper)
        out.append(f"{quantity.name} {count(int(outside.sum()), 'bar')}")
    figure.supxlabel("Rank among the draws of all chains, low to high", fontsize=11)
    return described(
        figure,
        f"Rank histograms of {joined([q.name for q in quantities])}: {how_many(draws)}.",
        f"Outside the band of equal shares: {joined(out)} of {expected.size * n_chains} each.",
    )


def rank_counts(x: Floats) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """Count the ranks of (chain, draw) by bins: counts, what is expected, and a band for all.

    The band is Bonferroni's over chains and bins; a count is hypergeometric if the draws are
    exchangeable.
    """
    n_chains, n_draws = x.shape
    bins = max(1, min(BINS, x.size // 10))
    _, value, times = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks = (last - (times - 1) / 2)[value.reshape(x.shape)]  # ties share their mean rank
    bin_of = ((ranks - 0.5) * bins / x.size).astype(int)
    counts = np.array([np.bincount(row, minlength=bins) for row in bin_of]).astype(float)
    size = np.bincount(((np.arange(x.size) + 0.5) * bins / x.size).astype(int))
    tail = LEVEL / (2 * bins * n_chains)
    band = np.array([_hypergeometric_limits(x.size, s, n_draws, tail) for s in size]).T
    return counts, size / n_chains, (band[0], band[1])


def _hypergeometric_limits(total: int, marked: int, drawn: int, tail: float) -> tuple[int, int]:
    """Find the limits beyond which a count lies with probability at most `tail` each."""
    k = np.arange(max(0, drawn + marked - total), min(drawn, marked) + 1)

    def log_choose(n: Floats | int, r: Floats) -> Floats:
        return gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1)

    log_p = log_choose(marked, k) + log_choose(total - marked, drawn - k)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    below = np.cumsum(p)
    above = np.cumsum(p[::-1])[::-1]
    return int(k[below > tail][0]), int(k[above > tail][-1])
