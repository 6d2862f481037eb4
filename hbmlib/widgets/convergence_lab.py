"""ConvergenceLab: spoil a run of four chains, and see which alarm rings."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, exact, pooling, priors
from hbmlib.models import Population
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import Widget
from hbmlib.widgets._convergence import FAULTS, LINES, PROBABILITIES, diagnose, spoil, walk
from hbmlib.widgets._plane import MAX_SIZE, PUBLISHED, schools
from hbmlib.widgets._svg import WIDTH, Figure, Scale

__all__ = ["ConvergenceLab"]

Floats = NDArray[np.float64]

QUANTITIES = {"mu": "μ", "tau": "τ"}
ALARMS = {
    "classic": "R-hat of 1992",
    "split": "R-hat, split",
    "ranked": "R-hat, ranked",
    "folded": "R-hat, folded",
    "bulk": "bulk ESS",
    "tail": "tail ESS",
    "ranks": "rank plot",
}
#: Priors of chapter 7.
PRIORS = {"mu_prior": priors.Normal(0, 5), "tau_prior": priors.HalfCauchy(5)}


class ConvergenceLab(Widget):
    """Run four chains badly, or put a fault into their draws, and see which alarm rings.

    The chains are those of the Metropolis algorithm on the posterior of (mu, log tau) of the
    eight schools, with the schools' effects integrated out. They start and step as told, and a
    fault may be put into their draws. Page and library draw the same random numbers, so they
    agree on every draw and every diagnostic; the exact posterior is the judge.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    group_sizes : list of int
        The size of each study, 0 to 400, where 100 stands for the study as published.
    quantity : {"mu", "tau"}
        Whose draws are judged.
    draws, warmup : int
        Draws of each chain that are kept, 10 to 1000, and dropped before them, up to 500. A draw
        is every fifth step.
    step : float
        Size of the steps, 0.01 to 20; 1 suits the studies as published.
    start : float
        How far the chains start from the middle, 0 to 10, in sds of the posterior, roughly.
    apart : bool
        Whether they start on all sides of the middle, or all at one place.
    fault : {"none", "stuck", "apart", "drift", "narrow", "heavy", "ridges"}
        What is done to the draws: the first chain stands still at the end, lies higher, is
        narrower, or visits two ridges; all chains rise; or the quantity has heavy tails.
    amount : float
        Size of the fault, 0 to 1.
    seed : int
        Seed of the proposals and decisions.
    controls : list of str
        The controls to show, among ``ConvergenceLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> ConvergenceLab().alarms
    []
    >>> ConvergenceLab(fault="drift").alarms
    ['split', 'ranked', 'bulk']
    """

    STATE = (
        "group_sizes", "quantity", "draws", "warmup", "step", "start", "apart", "fault",
        "amount", "seed",
    )  # fmt: skip
    PYTHON = LINES

    group_sizes = state.group_sizes([PUBLISHED] * 8, lambda _: [MAX_SIZE] * 8)
    quantity = state.choice("mu", QUANTITIES)
    draws = state.whole(500, 10, 1000)
    warmup = state.whole(50, 0, 500)
    step = state.number(1.0, checks.positive, "Raise it.", low=0.01, high=20)
    start = state.number(
        2.0, checks.non_negative, "Give a distance, zero or more.", low=0, high=10
    )
    apart = state.flag(True)
    fault = state.choice("none", FAULTS)
    amount = state.number(0.5, checks.non_negative, "Give a number from 0 to 1.", low=0, high=1)
    seed = state.seed()

    def _given(self) -> dict[str, Any]:
        return schools()

    def _variant(self) -> str:
        return self.fault

    @property
    def _se(self) -> Floats:
        return np.array(schools()["se"][: len(self.group_sizes)])

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior, which the chains should reach."""
        effect = schools()["effect"][: len(self.group_sizes)]
        groups = pooling.from_means(effect, n=self.group_sizes)
        return exact.normal_means(groups, sigma=self._se * np.sqrt(PUBLISHED), **PRIORS)

    @property
    def target(self) -> Population:
        """What the chains walk over: the posterior of (mu, log tau)."""
        sizes = np.array(self.group_sizes)
        effect = np.array(schools()["effect"][: sizes.size])
        seen = sizes > 0  # a school without data says nothing about the population
        se = self._se[seen] * np.sqrt(PUBLISHED / sizes[seen])
        return Population(effect[seen], se, **PRIORS)

    @property
    def chains(self) -> Floats:
        """The draws of `quantity` as the page shows them, fault included, shape (4, draws)."""
        return self._run()[0]

    @property
    def alarms(self) -> list[str]:
        """Which alarms ring, as ``values["rings"]`` names them."""
        return [name for name, ringing in self.values["rings"].items() if ringing]

    def _run(self) -> tuple[Floats, Floats, float]:
        """Draw: the draws, the exact quantiles, and the mean acceptance."""
        names = ("draws", "warmup", "step", "start", "apart", "seed")
        path, accept = walk(self.target, **{name: getattr(self, name) for name in names})
        x = path[..., 0] if self.quantity == "mu" else np.exp(path[..., 1])
        judge = getattr(self.posterior, self.quantity).quantile(PROBABILITIES)
        return *spoil(x, judge, self.fault, self.amount), accept

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        x, judge, accept = self._run()
        mean = None if self.fault == "heavy" else getattr(self.posterior, self.quantity).mean
        exactly = {"exact": judge.tolist(), "exact_mean": mean}
        return exactly | {"accept": accept} | diagnose(x)

    def _picture(self) -> tuple[str, str]:
        x, judge, accept = self._run()
        found = diagnose(x)
        return self._figure(x, found), self._summary(judge, accept, found)

    def _figure(self, x: Floats, found: dict[str, Any]) -> str:
        """Draw a strip for each chain, and its ranks beside it; name the alarms below."""
        strip, top = 62, 22
        figure = Figure(top + 4 * strip + 62, "Traces and ranks of four chains")
        figure.text(14, 14, QUANTITIES[self.quantity], role="muted")
        figure.text(250, 14, "ranks", role="muted")
        low, high = np.quantile(x, [0.005, 0.995])
        along = Scale((0, x.shape[1] - 1), (16, 236))
        counts = np.array(found["ranks"])
        bins, n = counts.shape[1], x.shape[1]
        across = Scale((0, bins), (250, WIDTH - 4))
        kept = np.unique(np.linspace(0, n - 1, min(n, 440)).astype(int))
        roles = ["partial", "own", "within", "between"]
        for c, role in enumerate(roles):
            bottom = top + (c + 1) * strip - 6
            up = Scale((low, high), (bottom, bottom - strip + 12))
            figure.text(0, bottom - strip / 2 + 8, str(c + 1))
            figure.line([along(t) for t in kept], [up(v) for v in x[c, kept]], role, 1)
            tall = Scale((0, max(counts.max(), 2 * n / bins)), (bottom, bottom - strip + 12))
            figure.path(f"M250 {tall(n / bins)}H{WIDTH - 4}", "complete", 1, "5 4")
            d = "".join(f"V{tall(k)}H{across(b + 1)}" for b, k in enumerate(counts[c]))
            figure.path(f"M250 {bottom}{d}V{bottom}", role, 1.5)
        bottom = top + 4 * strip
        figure.text(0, bottom + 16, f"draw 1 to {n} of each chain")
        rings = _ringing(found)
        text = f"▲ {len(rings)} of {len(ALARMS)} alarms ring" if rings else "○ no alarm rings"
        figure.text(0, bottom + 36, text)
        return figure.svg()

    def _summary(self, judge: Floats, accept: float, found: dict[str, Any]) -> str:
        """Say how the run was made, which alarms ring, and what the judge says."""
        rings = _ringing(found)
        sizes = [min(self.group_sizes), max(self.group_sizes)]
        size = f"{sizes[0]}" if sizes[0] == sizes[1] else f"{sizes[0]} to {sizes[1]}"
        error, mcse = found["quantiles"][1], found["mcse"][1]
        within = "not defined" if mcse is None else f"{mcse:.2f}"
        return (
            f"Studies: {len(self.group_sizes)}; size of each: {size} (100: as published). Four "
            f"chains of {self.draws} draws of {QUANTITIES[self.quantity]} after {self.warmup} "
            f"that are dropped; {100 * accept:.0f}% of the proposals are accepted. Fault: "
            f"{FAULTS[self.fault]}. Alarms that ring: {', '.join(rings) or 'none'}. The median of "
            f"the draws is {error:.2f} (MCSE {within}), of the exact posterior {judge[1]:.2f}."
        )


def _ringing(found: dict[str, Any]) -> list[str]:
    return [ALARMS[name] for name, ringing in found["rings"].items() if ringing]
