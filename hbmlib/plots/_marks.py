"""The marks of the visual language, shared by all figures."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from hbmlib import checks, style
from hbmlib.draws import Draws
from hbmlib.pooling import Estimate, GroupSummaries, check_groups

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
in_book_style = mpl.rc_context(STYLE)  # decorates: each call gets a context of its own


class Distribution(Protocol):
    """What can be drawn with its own quantiles, such as a marginal of an exact posterior."""

    mean: ArrayLike

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        """Return the quantiles at `p`."""


def new_figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, height))
    ax = figure.add_subplot()
    ax.locator_params(steps=[1, 2, 5, 10])
    return figure, ax


def own_style(size: float = 6.5, edge: float = 1.5) -> dict[str, Any]:
    colours = {"mfc": COLOUR["surface"], "mec": COLOUR["own"]}
    return {"ls": "none", "marker": "o", "ms": size, "mew": edge, "zorder": 4, **colours}


def partial_style(size: float = 6) -> dict[str, Any]:
    return {"ls": "none", "marker": "o", "ms": size, "color": COLOUR["partial"], "zorder": 5}


def truth_style() -> dict[str, Any]:
    return {
        "ls": "none",
        "marker": "x",
        "ms": 6,
        "mew": 1.7,
        "color": COLOUR["truth"],
        "zorder": 6,
    }


def complete_style() -> dict[str, Any]:
    return {"color": COLOUR["complete"], "ls": DASHED, "lw": 1.4, "zorder": 1.5}


def draw_intervals(
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


def draw_arrows(
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


def write(
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
    xycoords: str = "data",
) -> None:
    """Write beside a point, with a halo in the colour of the page."""
    label = ax.annotate(
        text,
        (x, y),
        (dx, dy),
        xycoords=xycoords,
        textcoords="offset points",
        ha=ha,
        va=va,
        color=COLOUR[role],
        zorder=7,
        annotation_clip=False,
    )
    label.set_path_effects([withStroke(linewidth=4, foreground=COLOUR["surface"])])


def name_level(ax: Axes, y: float, text: str, role: str) -> None:
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


def spread(values: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move labels up until each is at least `gap` above the one below it."""
    order = np.argsort(values)
    moved = values.copy()
    for below, above in pairwise(order):
        moved[above] = max(moved[above], moved[below] + gap)
    return moved


@dataclass(frozen=True)
class OfDraws:
    """The group means of draws as a distribution."""

    theta: NDArray[np.float64]  # (draws of all chains, J)

    @property
    def mean(self) -> NDArray[np.float64]:
        return self.theta.mean(axis=0)

    def quantile(self, p: ArrayLike) -> NDArray[np.float64]:
        return np.quantile(self.theta, p, axis=0)


def distribution_of(estimate: Any) -> Any:
    """Take theta out of draws; leave all else as it is."""
    if not isinstance(estimate, Draws):
        return estimate
    theta = estimate["theta"]
    return OfDraws(theta.reshape(-1, theta.shape[-1]))


def quantiles_of(estimate: Estimate | Distribution) -> NDArray[np.float64]:
    p, estimate = np.array(PROBABILITIES), distribution_of(estimate)
    if hasattr(estimate, "quantile"):
        return np.asarray(estimate.quantile(p), dtype=float)
    return np.asarray(estimate.mean) + ndtri(p)[:, None] * np.asarray(estimate.sd)


def centres_of(
    name: str, estimate: Estimate | Distribution, groups: GroupSummaries
) -> NDArray[np.float64]:
    J = check_groups(groups).n_groups
    if isinstance(estimate, Draws):
        labels, known = estimate.labels("theta"), tuple(map(str, groups.labels))
        if labels != known:
            raise ValueError(
                f"`{name}` must be draws of theta for the groups {known[:3]} ...; got "
                f"{labels[:3]} .... Give the model the same labels."
            )
    estimate = distribution_of(estimate)
    if not hasattr(estimate, "mean") or callable(estimate.mean):  # arrays have a method mean
        raise ValueError(
            f"`{name}` must be an Estimate, a marginal or Draws; got "
            f"{type(estimate).__name__}. Pass what `pooling.partial`, an exact posterior or "
            "`sample` gives."
        )
    return checks.finite(name, estimate.mean, (J,), "Pass one estimate for each group.")


def centre_of(complete: float | Estimate) -> float:
    value = complete.mean if isinstance(complete, Estimate) else complete
    return float(checks.finite("complete", value, shape=()))
