"""What the figures of draws share: the choice of quantities, their symbols, chains, densities."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.draws import Draws
from hbmlib.plots._alt import count
from hbmlib.plots._marks import COLOUR, DASHED

Floats = NDArray[np.float64]
Names = str | Sequence[str] | None

MANY = 1000  # more points than this are drawn as an image
STRIPS = 6  # up to so many chains are told apart
CHAIN_ROLES = ("partial", "own", "within", "between", "truth", "complete")
CHAIN_DASHES: tuple[Any, ...] = ("-", DASHED, (0, (1.2, 1.8)), (0, (6, 2, 1.2, 2)))
GREEK = {
    "alpha", "beta", "delta", "epsilon", "eta", "gamma", "kappa", "lambda", "mu", "nu", "phi",
    "psi", "rho", "sigma", "tau", "theta", "xi", "zeta",
}  # fmt: skip
TAIL = 0.001  # of the draws, left out of a density's range at either end


class Quantity(NamedTuple):
    """The draws of one number."""

    name: str
    x: Floats  # (chain, draw)


def chosen(draws: Draws, names: Names, most: int, figure: str) -> list[Quantity]:
    """Give the named quantities one by one; by default those that are single numbers."""
    if not isinstance(draws, Draws):
        raise ValueError(
            f"`draws` must be Draws; got {type(draws).__name__}. Pass what `sample` returns, or "
            "put an array (chain, draw, dim) into hbmlib.draws.Draws."
        )
    found = list(dict.fromkeys(e for name in _wanted(draws, names) for e in _each(draws, name)))
    if len(found) > most:
        raise ValueError(
            f"`names` must be at most {most} quantities in `{figure}`; got {len(found)}. "
            f"Choose some, such as names={found[:2]}."
        )
    quantities = [Quantity(name, draws[name]) for name in found]
    for name, x in quantities:
        advice = "Leave it out, or mend the run that made it."
        checks.finite(f"draws[{name!r}]", x, shape=("chain", "draw"), advice=advice)
    return quantities


def _wanted(draws: Draws, names: Names) -> list[str]:
    if names is None:
        return [name for name in draws.parameters if name in draws.names] or list(draws.names)
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted:
        raise ValueError("`names` must be one name or more; got none. Leave it out for a choice.")
    return wanted


def _each(draws: Draws, name: str) -> list[str]:
    """Name the elements of a vector, or the number itself."""
    return [f"{name}[{label}]" for label in draws.labels(name)] or [name]


def symbol(name: str) -> str:
    """Write a parameter as mathematics: ``theta[A]`` with a subscript, words as they are."""
    base, bracket, label = name.partition("[")
    letters = [rf"\{part}" if part in GREEK else part for part in base.split("_")]
    if not all(letter.startswith("\\") or len(letter) == 1 for letter in letters):
        return name
    index = [rf"\mathrm{{{label[:-1]}}}"] if bracket and label[:-1].isalnum() else []
    head, *below = [*letters, *index]
    text = f"${head}_{{{','.join(below)}}}$" if below else f"${head}$"
    return f"{text} {label[:-1]}" if bracket and not index else text


def divergent(draws: Draws) -> NDArray[np.bool_]:
    """Say which draws diverged: (chain, draw)."""
    recorded = draws.stats.get("diverging", np.zeros(draws.values.shape[:2]))
    return np.asarray(recorded).astype(bool)


def divergent_style(size: float = 5.5) -> dict[str, Any]:
    """Divergences are triangles, edged so that they stand out among draws."""
    edge = {"mec": COLOUR["surface"], "mew": 0.6, "zorder": 6}
    return {"ls": "none", "marker": "^", "ms": size, "color": COLOUR["between"], **edge}


def chain_style(chain: int, n_chains: int) -> dict[str, Any]:
    """Give each of a few chains a colour and a dash of its own; many look alike."""
    if n_chains > STRIPS:
        return {"color": COLOUR["partial"]}
    role = CHAIN_ROLES[chain % len(CHAIN_ROLES)]
    return {"color": COLOUR[role], "ls": CHAIN_DASHES[chain % len(CHAIN_DASHES)]}


def how_many(draws: Draws) -> str:
    """Say how many chains and draws there are, and how many diverged."""
    chains = count(draws.n_chains, "chain")
    said = f"{chains} of {count(draws.n_draws, 'draw')}"
    return said + (f", {count(draws.n_divergent, 'divergence')}" if draws.n_divergent else "")


def density(x: Floats, points: int = 200) -> tuple[Floats, Floats] | None:
    """Estimate a density by a Gaussian kernel: its grid and heights; None where nothing varies.

    Where all draws are above zero they are reflected there, so that nothing leaks below it. The
    width is Silverman's rule of thumb (1986), *Density Estimation*, section 3.4.2.
    """
    x = x.ravel()
    if np.ptp(x) == 0:
        return None
    lower, first, third, upper = np.quantile(x, [TAIL, 0.25, 0.75, 1 - TAIL])
    spread = min(s for s in (x.std(), (third - first) / 1.34) if s > 0)
    width = 0.9 * spread * x.size**-0.2
    low, high = lower - 3 * width, upper + 3 * width
    positive = x.min() > 0
    if positive:
        low = max(low, 0.0)
        x = np.concatenate([x, -x])
    step = max(width / 20, (high - low) / 20_000)
    reach = int(np.ceil(5 * width / step))
    edges = low - reach * step + step * np.arange(int(np.ceil((high - low) / step)) + 2 * reach)
    kernel = np.exp(-0.5 * (step / width * np.arange(-reach, reach + 1)) ** 2)
    heights = np.convolve(np.histogram(x, edges)[0], kernel / kernel.sum(), mode="same")
    heights = heights / (step * x.size) * (2 if positive else 1)
    grid = np.linspace(low, high, points)
    return grid, np.interp(grid, (edges[1:] + edges[:-1]) / 2, heights)


def bare(ax: Axes) -> None:
    """Take away the vertical scale, which a density does not need."""
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
