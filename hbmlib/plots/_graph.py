"""The model as a graph with plates."""

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from hbmlib import checks
from hbmlib.plots._alt import described, joined
from hbmlib.plots._marks import COLOUR, WIDTH, in_book_style

MODELS = ("one group", "groups", "groups unfolded", "lines")
ROLES = {
    "alpha": "partial",
    "beta": "partial",
    "x": "ink",
    "mu": "complete",
    "tau": "between",
    "sigma": "within",
    "theta": "partial",
    "y": "ink",
}
LINES = ("mu_alpha", "tau_alpha", "mu_beta", "tau_beta", "sigma", "alpha", "beta")
RADIUS, DOT = 0.36, 0.07


@in_book_style
def model_graph(model: str = "groups", *, known: Sequence[str] = ()) -> Figure:
    r"""Draw the normal hierarchical model as a graph.

    Unknown quantities are hollow circles, observations shaded ones, and what is given is a small
    dot. An arrow runs from what a distribution is given to what it generates; a plate repeats its
    contents.

    Parameters
    ----------
    model : {"groups", "groups unfolded", "one group", "lines"}, optional
        The hierarchical model with plates, the same with its groups written out, the model of
        one group, or the regression with a line for each individual.
    known : sequence of str, optional
        The parameters that are given: of mu, tau, sigma and theta; in the regression, of
        mu_alpha, tau_alpha, mu_beta, tau_beta, sigma, alpha and beta.

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
    parameters = LINES if model == "lines" else parameters
    for name in known:
        checks.one_of("known", name, parameters)
    if model == "groups unfolded":
        return _unfolded(set(known))
    if model == "lines":
        return _lines(set(known))
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
    return described(figure, *_edge_words(edges, known))


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
    edges = [("mu", "theta"), ("tau", "theta"), ("theta", "y"), ("sigma", "y")]
    return described(figure, *_edge_words(edges, known), "Groups 1, 2 to J are written out.")


def _lines(known: set[str]) -> Figure:
    figure, ax = _canvas((0.2, 7.0), (0.2, 4.6))
    _plate(ax, (0.55, 0.3), (4.45, 3.3), "$j = 1, \\ldots, J$")
    _plate(ax, (0.85, 0.75), (4.15, 1.95), "$i = 1, \\ldots, n_j$")
    top = {"mu_alpha": 0.65, "tau_alpha": 1.6, "mu_beta": 2.5, "tau_beta": 3.45, "sigma": 4.9}
    at = {name: (x, 4.1) for name, x in top.items()}
    at |= {"alpha": (1.1, 2.65), "beta": (2.95, 2.65), "y": (2.6, 1.48), "x": (1.45, 1.2)}
    symbols = {"alpha": r"$\alpha_j$", "beta": r"$\beta_j$", "y": "$y_{ij}$", "x": "$x_{ij}$"}
    symbols |= {
        f"{scale}_{line}": rf"$\{scale}_\{line}$"
        for scale in ("mu", "tau")
        for line in ("alpha", "beta")
    }
    for name, place in at.items():
        symbol = symbols.get(name, r"$\sigma$")
        _node(ax, place, symbol, name.partition("_")[0], name in known or name == "x")
    edges = [(f"{scale}_{line}", line) for scale in ("mu", "tau") for line in ("alpha", "beta")]
    links = [*edges, ("alpha", "y"), ("beta", "y"), ("sigma", "y"), ("x", "y")]
    for start, end in links:
        _edge(ax, at[start], at[end], start in known or start == "x")
    for y, text in {4.1: "population", 2.65: "individuals", 1.48: "observations"}.items():
        ax.text(5.65, y, text, color=COLOUR["muted"], va="center")
    return described(figure, *_edge_words(links, known))


def _edge_words(edges: Sequence[tuple[str, str]], known: Collection[str]) -> list[str]:
    """Say which quantity depends on which."""
    children = dict.fromkeys(end for _, end in edges)
    parts = [f"{end} on {joined([a for a, b in edges if b == end])}" for end in children]
    given = f"Given: {joined(sorted(known))}." if known else ""
    return [
        f"Graph of the model, where arrows say what depends on what: {'; '.join(parts)}.",
        given,
    ]


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
