"""How chains settle: autocorrelation, and R-hat and effective sample size as draws accumulate."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from hbmlib import checks, diagnostics
from hbmlib.draws import ESS_LIMIT, RHAT_LIMIT, Draws
from hbmlib.plots._alt import count, decimals, described, joined
from hbmlib.plots._draws import Names, Quantity, chosen, how_many, symbol
from hbmlib.plots._marks import (
    COLOUR,
    DASHED,
    THIN,
    WIDTH,
    in_book_style,
    new_figure,
    spread,
    write,
)

Floats = NDArray[np.float64]

FIRST = 10  # draws a chain at the start of a running diagnostic
STEPS = 40  # numbers of draws at which it is computed
HIGHEST = 12  # an R-hat above it is out of the frame
NEAREST = 1e-3  # R-hat minus 1 is drawn as no less
LINES = (
    ("partial", "o", "●"),
    ("between", "s", "■"),
    ("within", "D", "◆"),
    ("truth", "v", "▼"),
    ("own", "^", "▲"),
    ("complete", "x", "×"),
)


@in_book_style
def autocorrelation(draws: Draws, names: Names = None, *, max_lag: int = 40) -> Figure:
    """Draw how far draws resemble those before them.

    Parameters
    ----------
    draws : Draws
        The draws.
    names : str or sequence of str, optional
        The quantities, eight at most; by default those that are single numbers.
    max_lag : int, optional
        The largest distance between two draws, 1 or more.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each quantity: a thin line for each chain, a bold one for their mean, and
        the effective sample size. A chain that never moved has no line.

    Raises
    ------
    ValueError
        If a name is unknown, a draw is not finite, or `max_lag` is no positive whole number.

    References
    ----------
    C. J. Geyer (2011), Introduction to Markov chain Monte Carlo. *Handbook of Markov Chain Monte
    Carlo*, section 1.10. CRC Press.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 1)), ["mu"])
    >>> figure = autocorrelation(draws, max_lag=20)
    >>> figure.axes[0].lines[-1].get_xdata().max()
    np.int64(20)
    """
    quantities = chosen(draws, names, 8, "autocorrelation")
    max_lag = int(checks.whole("max_lag", max_lag, minimum=1, shape=()))
    figure = Figure(figsize=(WIDTH, 0.7 + 1.5 * len(quantities)))
    axes = figure.subplots(len(quantities), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    said = []
    for quantity, ax in zip(quantities, axes, strict=True):
        r = _autocorrelation(quantity.x, max_lag)
        ax.axhline(0, color=COLOUR["muted"], lw=0.8)
        ax.plot(r.T, color=COLOUR["partial"], lw=0.8, alpha=0.5)
        mean = r.mean(axis=0)
        ax.plot(np.arange(mean.size), mean, color=COLOUR["partial"], lw=2.2)
        size = diagnostics.ess_mean(quantity.x)
        words = f"{size:,.0f} effective draws of {quantity.x.size:,}"
        if np.ptp(quantity.x) == 0 or np.isnan(size):
            words = "does not vary" if quantity.x.size > 1 else "a single draw"
        write(
            ax,
            1,
            1,
            words,
            "ink",
            ha="right",
            va="top",
            dy=-1,
            xycoords="axes fraction",
        )
        ax.set_ylabel(symbol(quantity.name))
        at_ten = f", {decimals(mean[10])} at lag 10" if mean.size > 10 else ""
        said.append(
            f"{quantity.name} {decimals(mean[1])} at lag 1{at_ten}" if mean.size > 1 else ""
        )
    axes[-1].set(xlabel="Lag, draws", xlim=(-0.5, max_lag + 0.5), ylim=(-0.25, 1.05))
    return described(
        figure,
        f"Autocorrelation of {joined([q.name for q in quantities])}: {how_many(draws)}.",
        f"Means of the chains: {joined([s for s in said if s])}." if any(said) else "",
    )


def _autocorrelation(x: Floats, max_lag: int) -> Floats:
    """Leave out the rounding errors of chains that never moved."""
    r = diagnostics.autocorrelation(x, max_lag)
    r[np.ptp(x, axis=1) == 0] = np.nan
    return r


@in_book_style
def running_rhat(draws: Draws, names: Names = None) -> Figure:
    """Draw R-hat of the first n draws against n.

    Parameters
    ----------
    draws : Draws
        The draws of two chains or more.
    names : str or sequence of str, optional
        The quantities, six at most; by default those that are single numbers.

    Returns
    -------
    matplotlib.figure.Figure
        One line for each quantity and the limit 1.01. The vertical axis is logarithmic in
        R-hat - 1, of which less than 0.001 is drawn as 0.001; the frame ends at 12.

    Raises
    ------
    ValueError
        If there is one chain or fewer than 10 draws, a name is unknown, or a draw not finite.

    References
    ----------
    S. P. Brooks and A. Gelman (1998), General methods for monitoring convergence of iterative
    simulations. *Journal of Computational and Graphical Statistics* 7(4), 434-455.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 1)), ["mu"])
    >>> figure = running_rhat(draws)
    >>> figure.axes[0].get_ylabel()
    'R-hat'
    """
    quantities = _running(draws, names, "running_rhat")
    if draws.n_chains < 2:
        raise ValueError("`draws` must hold two chains or more to have an R-hat; got 1. Run four.")
    figure, ax = new_figure(3.2)
    at = _sizes(draws)
    values = _over(at, quantities, diagnostics.rhat)
    ax.axhline(RHAT_LIMIT, color=COLOUR["muted"], lw=THIN)
    for i, value in enumerate(values):
        ax.plot(at, value, **_line(i))
    ax.set_yscale("function", functions=(_excess, _from_excess))
    finite = values[np.isfinite(values)]
    top = min(max(1.05, 1 + 1.6 * (finite.max(initial=1) - 1)), HIGHEST)
    ax.set(
        xlim=(0, 1.03 * at[-1]),
        ylim=(1 + 0.8 * NEAREST, top),
        xlabel="Draws a chain",
        ylabel="R-hat",
    )
    ticks = np.array([1.001, 1.003, 1.01, 1.03, 1.1, 1.3, 2, 4, 11])
    ax.yaxis.set_major_locator(FixedLocator(ticks[ticks < top]))
    ax.yaxis.set_major_formatter("{x:g}")
    _name_ends(ax, values, quantities, _excess)
    last = [f"{q.name} {decimals(v[-1])}" for q, v in zip(quantities, values, strict=True)]
    return described(
        figure,
        f"R-hat of the first draws, from {at[0]} to {at[-1]:,} a chain.",
        f"At the end: {joined(last)}.",
    )


@in_book_style
def ess_growth(draws: Draws, names: Names = None) -> Figure:
    """Draw the effective sample size of the first n draws against n.

    Parameters
    ----------
    draws : Draws
        The draws.
    names : str or sequence of str, optional
        The quantities, six at most; by default those that are single numbers.

    Returns
    -------
    matplotlib.figure.Figure
        For each quantity a solid line for the bulk and a dashed one for the tails, with the
        limit of 400. In a chain that works both grow in proportion.

    Raises
    ------
    ValueError
        If there are fewer than 10 draws, a name is unknown, or a draw not finite.

    References
    ----------
    A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner (2021),
    Rank-normalization, folding, and localization: an improved R-hat for assessing convergence
    of MCMC. *Bayesian Analysis* 16(2), 667-718.

    Examples
    --------
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 100, 1)), ["mu"])
    >>> figure = ess_growth(draws)
    >>> figure.axes[0].get_ylabel()
    'Effective sample size'
    """
    quantities = _running(draws, names, "ess_growth")
    figure, ax = new_figure(3.4)
    at = _sizes(draws)
    bulk = _over(at, quantities, diagnostics.ess_bulk)
    tail = _over(at, quantities, diagnostics.ess_tail)
    ax.axhline(ESS_LIMIT, color=COLOUR["muted"], lw=THIN)
    for i in range(len(quantities)):
        style = _line(i)
        ax.plot(at, bulk[i], **style)
        ax.plot(at, tail[i], **style | {"ls": DASHED, "lw": 1.3, "marker": "none"})
    ax.set(xlabel="Draws a chain", ylabel="Effective sample size", ylim=(0, None))
    ax.set_title("solid: bulk, dashed: tails", loc="left")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    _name_ends(ax, bulk, quantities, lambda y: y)
    last = [
        f"{q.name} {decimals(b[-1], 0)} and {decimals(t[-1], 0)}"
        for q, b, t in zip(quantities, bulk, tail, strict=True)
    ]
    return described(
        figure,
        f"Effective sample size of bulk and tails against draws, up to {at[-1]:,} in each of "
        f"{count(draws.n_chains, 'chain')}.",
        f"At the end: {joined(last)}.",
    )


def _running(draws: Draws, names: Names, figure: str) -> list[Quantity]:
    quantities = chosen(draws, names, len(LINES), figure)
    if draws.n_draws < FIRST:
        raise ValueError(
            f"`draws` must hold {FIRST} draws a chain or more; got {draws.n_draws}. Draw more."
        )
    return quantities


def _sizes(draws: Draws) -> NDArray[np.int64]:
    """Choose the numbers of draws, closer to each other at first."""
    return np.unique(np.geomspace(FIRST, draws.n_draws, STEPS).round().astype(int))


def _over(at: NDArray[np.int64], quantities: list[Quantity], of: Callable) -> Floats:
    """Compute a diagnostic of the first draws: (quantity, size)."""
    return np.array([[of(q.x[:, :n]) for n in at] for q in quantities])


def _line(i: int) -> dict[str, object]:
    """Give a quantity its colour and, now and then on its line, its shape."""
    role, marker, _ = LINES[i]
    return {"color": COLOUR[role], "marker": marker, "ms": 4.5, "markevery": (i, 6)}


def _name_ends(
    ax: Axes, values: Floats, quantities: list[Quantity], scale: Callable[[Floats], Floats]
) -> None:
    """Name the lines beyond their ends, on the axes' own scale, and the limit if it is shown."""
    low, high = scale(np.array(ax.get_ylim(), dtype=float))
    ends = (scale(values[:, -1]) - low) / (high - low)
    drawn = np.flatnonzero(np.isfinite(ends))
    if not drawn.size:
        words = {"ha": "center", "xycoords": "axes fraction", "va": "center"}
        write(ax, 0.5, 0.5, "does not vary", "muted", **words)
    places = spread(np.clip(ends[drawn], 0, 1), 0.09)
    for i, y in zip(drawn, places, strict=True):
        role, _, glyph = LINES[i]
        text = f"{glyph} {symbol(quantities[i].name)}"
        ax.annotate(
            text,
            (1, y),
            (5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=COLOUR[role],
            annotation_clip=False,
        )


def _excess(rhat: Floats) -> Floats:
    return np.log10(np.maximum(np.asarray(rhat, dtype=float) - 1, NEAREST))


def _from_excess(y: Floats) -> Floats:
    return 1 + 10.0 ** np.asarray(y, dtype=float)
