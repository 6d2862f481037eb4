"""The graph of a PyMC model, as PyMC sees it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from hbmlib.plots._alt import count, described, joined
from hbmlib.plots._marks import COLOUR, WIDTH, in_book_style

HEIGHT, LAYER, CELL, PAD = 0.44, 1.25, 1.95, 0.28
NARROW, LETTERS = 6.5, 13  # the width at which text is full-sized, and letters that a box holds
KINDS = {"Free": ("partial", "-"), "Observed": ("ink", "-"), "Deterministic": ("muted", "--")}

Place = tuple[float, float]


@in_book_style
def program_graph(model: Any) -> Figure:
    """Draw the graph of a PyMC model, read from the model itself.

    Parameters
    ----------
    model : pymc.Model
        The model; Bambi's is ``model.backend.model`` once it is built.

    Returns
    -------
    matplotlib.figure.Figure
        A box for each quantity, above those that depend on it: solid if it is unknown, shaded if
        it is observed, dashed if it is computed from others. A frame repeats what is in it.

    Raises
    ------
    ValueError
        If `model` is not a PyMC model with at least one quantity.
    ImportError
        If PyMC is not installed.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model(coords={"group": ["A", "B"]}) as written:
    ...     mu = pm.Normal("mu", 0, 1)
    ...     theta = pm.Normal("theta", mu, 1, dims="group")
    >>> figure = program_graph(written)
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    ['group (2)', 'mu', 'theta']
    """
    parents, kinds, plates = _read(model)
    depth: dict[str, int] = {}
    while len(depth) < len(parents):  # a graph has no loops, so each round places one at least
        for name, above in parents.items():
            if name not in depth and above <= depth.keys():
                depth[name] = 1 + max((depth[other] for other in above), default=-1)
    framed = {name for names in plates.values() for name in names}
    at = _places(depth, parents, framed)
    x, y = np.array(list(at.values())).T
    width, height = np.ptp(x) + CELL + 2 * PAD, np.ptp(y) + HEIGHT + 4 * PAD
    figure = Figure(figsize=(WIDTH, min(WIDTH * height / max(width, NARROW), 6.5)))
    ax = figure.add_subplot()
    middle = (x.min() + x.max()) / 2
    half = max(width, NARROW) / 2
    low = y.min() - HEIGHT / 2 - 3 * PAD
    ax.set(xlim=(middle - half, middle + half), ylim=(low, low + height), aspect="equal")
    ax.set_axis_off()
    for label, names in plates.items():
        _frame(ax, label, [at[name] for name in names])
    for name, above in parents.items():
        for other in above:
            _arrow(ax, at[other], at[name])
    for name, place in at.items():
        _box(ax, place, name, kinds[name], scale=min(1, NARROW / width))
    parts = [f"{name} on {joined(sorted(above))}" for name, above in parents.items() if above]
    return described(
        figure,
        f"Graph of a program with {count(len(parents), 'quantity', 'quantities')}.",
        f"Arrows say what depends on what: {'; '.join(parts)}." if parts else "",
        *(f"Repeated for {label}: {joined(names)}." for label, names in plates.items()),
    )


def _read(model: Any) -> tuple[dict[str, set[str]], dict[str, str], dict[str, list[str]]]:
    """Take parents, kinds and plates by name from PyMC's own graph."""
    try:
        from pymc import Model
        from pymc.model_graph import ModelGraph
    except ModuleNotFoundError as error:
        raise ImportError(
            f'PyMC is needed here, and {error.name} is missing. Run: pip install "hbmlib[pymc]"'
        ) from error
    if not isinstance(model, Model) or not model.named_vars:
        raise ValueError(
            f"`model` must be a PyMC model with at least one quantity; got {model!r}. "
            "Pass what `with pm.Model() as model` names."
        )
    graph = ModelGraph(model)
    parents = dict(graph.make_compute_graph())
    kinds, plates = {}, {}
    for plate in graph.get_plates():
        names = [node.var.name for node in plate.variables if node.var.name in parents]
        for node in plate.variables:
            kinds[node.var.name] = node.node_type.value.split()[0]
        sizes = zip(plate.dim_info.names, plate.dim_info.lengths, strict=True)
        label = " x ".join(f"{name} ({size})" for name, size in sizes)
        if label and names:
            plates[label] = names
    shown = {name for name in parents if kinds.get(name) in KINDS}
    return {name: parents[name] & shown for name in parents if name in shown}, kinds, plates


def _places(
    depth: Mapping[str, int], parents: Mapping[str, set[str]], framed: set[str]
) -> dict[str, Place]:
    """Put each layer in a row.

    Where a row mixes what is framed with what is not, or an arrow passes a layer by, all that is
    framed goes to the left, and the rest to the right in the order of what it is given to.
    """
    rows: dict[int, list[str]] = {}
    for name, level in depth.items():
        rows.setdefault(level, []).append(name)
    lowest = {
        name: max((depth[other] for other in parents if name in parents[other]), default=0)
        for name in depth
    }
    apart = any(0 < len(framed & set(row)) < len(row) for row in rows.values())
    apart |= bool(framed) and any(lowest[name] > depth[name] + 1 for name in depth)
    at = {}
    for level, row in rows.items():
        inside = [name for name in row if name in framed]
        outside = sorted((name for name in row if name not in framed), key=lowest.__getitem__)
        for names, side in ((inside, -1), (outside, 1)):
            for k, name in enumerate(names):
                x = side * (k + 0.5) if apart else k - (len(names) - 1) / 2
                at[name] = (x * CELL, -level * LAYER)
    return at


def _box(ax: Axes, at: Place, name: str, kind: str, scale: float) -> None:
    role, line = KINDS[kind]
    fill = COLOUR["rule" if kind == "Observed" else "surface"]
    style = {"fc": fill, "ec": COLOUR[role], "ls": line}
    width = CELL - 0.5
    corner = (at[0] - width / 2, at[1] - HEIGHT / 2)
    shape = "round,pad=0,rounding_size=0.2"
    ax.add_patch(FancyBboxPatch(corner, width, HEIGHT, boxstyle=shape, lw=1.4, zorder=3, **style))
    size = 10 * scale * min(1, LETTERS / len(name))
    ax.text(*at, name, ha="center", va="center", size=size, color=COLOUR["ink"], zorder=4)


def _arrow(ax: Axes, start: Place, end: Place) -> None:
    a, b = np.array(start), np.array(end)
    a[1], b[1] = a[1] - HEIGHT / 2 - 0.02, b[1] + HEIGHT / 2 + 0.03
    if b[0] != a[0]:  # land beside the middle, so that arrows from both sides stay apart
        b[0] += 0.3 * np.sign(a[0] - b[0])
    style = {"arrowstyle": "-|>", "color": COLOUR["ink"], "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", b, a, arrowprops=style)


def _frame(ax: Axes, label: str, places: list[Place]) -> None:
    x, y = np.array(places).T
    low = np.array([x.min() - CELL / 2 + 0.25 - PAD, y.min() - HEIGHT / 2 - 1.6 * PAD])
    high = np.array([x.max() + CELL / 2 - 0.25 + PAD, y.max() + HEIGHT / 2 + PAD])
    shape = "round,pad=0,rounding_size=0.12"
    edge = {"fill": False, "ec": COLOUR["muted"], "lw": 1.1}
    ax.add_patch(FancyBboxPatch(low, *(high - low), boxstyle=shape, **edge))
    ax.text(high[0] - 0.1, low[1] + 0.06, label, ha="right", va="bottom", color=COLOUR["muted"])
