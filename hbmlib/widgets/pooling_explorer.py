"""PoolingExplorer: three estimates of group means, refitted as group sizes and scales change."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from hbmlib import checks, datasets, exact, pooling, priors, simulate
from hbmlib.widgets import _state as state
from hbmlib.widgets import _static_view as static_view
from hbmlib.widgets._base import PosteriorWidget
from hbmlib.widgets._explorer_lines import LINES

__all__ = ["CONTROLS", "PoolingExplorer"]

#: Seed of the halves of each real school: the students used, and those kept as a yardstick.
SPLIT_SEED = 1
MAX_GROUPS = 100
#: The controls that a widget can show, in the order of the page.
CONTROLS = (
    *("preset", "n_groups", "mu", "tau", "sigma", "sigma_known", "seed", "priors"),
    *("repeat", "reset", "link", "table"),
)
STATE = (
    *("preset", "n_groups", "group_sizes", "mu", "tau", "sigma", "seed"),
    *("sigma_known", "mu_prior", "tau_prior", "sigma_prior"),
)


@cache
def real_schools() -> dict[str, Any]:
    """Return the ten schools' scores: those to use, and those kept as a yardstick."""
    table = datasets.load("hsb")
    used, held_out = datasets.half_split(table["math"], table["school"], seed=SPLIT_SEED)
    names = datasets.ten_schools()
    return {
        "labels": [str(name) for name in names],
        "used": [used[name].tolist() for name in names],
        "held_out": [held_out[name].tolist() for name in names],
        "split_seed": SPLIT_SEED,
    }


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Return the state that each preset starts from, priors apart."""

    def start(sizes: Any, mu: float, tau: float, sigma: float) -> dict[str, Any]:
        sizes = [int(n) for n in sizes]
        return {
            "n_groups": len(sizes),
            "group_sizes": sizes,
            "mu": float(mu),
            "tau": float(tau),
            "sigma": float(sigma),
            "seed": 1,
        }

    used = real_schools()["used"]
    labels = np.repeat(np.arange(len(used)), [len(row) for row in used])
    school = pooling.summarise(np.concatenate(used), labels)
    within = round(float(pooling.within_sd(school)), 1)
    return {
        "hsb": start(school.n, 12, 3, within),
        "lesson": start(simulate.LESSON_SIZES, 5, 2, 3),
        "scholz": start(simulate.scholz_sizes(1), 0, 5, 3),
        "simulated": start([2, 4, 8, 16] * 3, 10, 2, 5),
    }


def _available(preset: str) -> list[int]:
    if preset == "hsb":
        return [len(row) for row in real_schools()["used"]]
    return [simulate.CAPACITY] * MAX_GROUPS


def _groups(explorer: "PoolingExplorer", name: str, value: Any) -> int:
    return state.whole_from(name, value, 1, len(_available(explorer.preset)))


class PoolingExplorer(PosteriorWidget):
    """Show how much each group borrows, and refit as the reader changes the data.

    For each group the figure has the group's own mean (hollow circle), its partially pooled
    estimate (filled circle) with 50% and 90% intervals, and its shrinkage weight. Beside it stand
    the exact posterior of tau and the errors of the three estimates. All of it is computed in
    the page; in a live kernel the same state can be read and set here.

    Parameters
    ----------
    preset : {"hsb", "lesson", "scholz", "simulated"}, optional
        Where the data and the starting values come from. With ``"hsb"`` they are ten real
        schools, and n_j is how many of a school's students are used, up to half of them; the
        mean of the other half is the yardstick.
    **traits : optional
        Any other trait, see below; those left out are the preset's.

    Attributes
    ----------
    preset : str
        As above. Setting it also sets the traits up to `seed` to the preset's values.
    n_groups : int
        Number of groups J, 1 to 100 (at most 10 with ``"hsb"``).
    group_sizes : list of int
        Observations used in each group, n_j; zero is allowed in some groups.
    mu, tau, sigma : float
        Population mean, between-group sd and within-group sd that simulated data are drawn with.
        `sigma` is also the value used when it is known.
    seed : int
        Seed of the simulated data, or of the order in which real students are used.
    sigma_known : bool
        Whether the fit is told sigma.
    mu_prior, tau_prior, sigma_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    controls : list of str
        The controls to show, among ``CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> explorer = PoolingExplorer(preset="lesson")
    >>> explorer.group_sizes = [5] * 8
    >>> explorer
    PoolingExplorer(preset='lesson', n_groups=8, n from 5 to 5, mu=5, tau=2, sigma=3, seed=1)
    >>> explorer.posterior.theta.mean.shape
    (8,)
    """

    STATE = STATE
    CONTROLS = CONTROLS
    SHOWN = tuple(name for name in CONTROLS if name != "mu")
    PYTHON = LINES

    preset = state.checked(lambda _, name, value: checks.one_of(name, value, presets()), "hsb")
    n_groups = state.checked(_groups)
    group_sizes = state.group_sizes([], lambda explorer: _available(explorer.preset))
    mu = state.number(0)
    tau = state.number(0, checks.non_negative, "Give a standard deviation, zero or more.")
    sigma = state.number(1, checks.positive, "Give a standard deviation above zero.")
    seed = state.seed()
    sigma_known = state.flag(False)
    mu_prior = state.location_prior(priors.Normal(0, 100))
    tau_prior = state.scale_prior(priors.HalfNormal(25))
    sigma_prior = state.scale_prior(priors.HalfNormal(50))

    def __init__(self, preset: str = "hsb", **traits: Any) -> None:
        checks.one_of("preset", preset, presets())
        if "group_sizes" in traits:
            given = checks.whole("group_sizes", traits["group_sizes"], shape=("J",)).size
            groups = state.whole_from(
                "n_groups", traits.setdefault("n_groups", given), 1, MAX_GROUPS
            )
            if groups != given:
                raise ValueError(
                    f"`group_sizes` must be of length {groups}; got {given}. "
                    "Match `n_groups`, or leave it out."
                )
        elif "n_groups" in traits:
            available = _available(preset)
            groups = state.whole_from("n_groups", traits["n_groups"], 1, len(available))
            traits["group_sizes"] = resized(presets()[preset]["group_sizes"], available[:groups])
        self._following = True
        super().__init__(preset=preset, **(presets()[preset] | traits))
        self._following = False

    def _given(self) -> dict[str, Any]:
        return {"presets": presets(), "real": real_schools()}

    def _slots(self) -> dict[str, Any]:
        """Add what the state implies: the sigma that the fit is told, and the seed of halves."""
        return super()._slots() | {"known": self.known_sigma, "split_seed": SPLIT_SEED}

    def _variant(self) -> str:
        return "real" if self.preset == "hsb" else "simulated"

    def __repr__(self) -> str:
        low, high = min(self.group_sizes), max(self.group_sizes)
        known = "known" if self.sigma_known else ""
        drawn = f"mu={self.mu:g}, tau={self.tau:g}, sigma={self.sigma:g}"
        real = f"sigma={self.sigma:g}" if known else ""
        parts = [
            f"preset={self.preset!r}",
            f"n_groups={self.n_groups}",
            f"n from {low} to {high}",
            real if self.preset == "hsb" else drawn,
            f"seed={self.seed}",
            "sigma_known=True" if known else "",
        ]
        return f"PoolingExplorer({', '.join(part for part in parts if part)})"

    # A change of one trait that moves others. The page and __init__ set all of them together.

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take a whole new state from the page."""
        self._following = True
        try:
            super().set_state(sync_data)
        finally:
            self._following = False

    @traitlets.observe("preset")
    def _follow_preset(self, change: Mapping[str, Any]) -> None:
        if self._following:
            return
        self._following = True
        try:
            with self.hold_trait_notifications():
                for name, value in presets()[change["new"]].items():
                    setattr(self, name, value)
        finally:
            self._following = False

    @traitlets.observe("n_groups")
    def _follow_n_groups(self, change: Mapping[str, Any]) -> None:
        if not self._following and len(self.group_sizes) != change["new"]:
            available = _available(self.preset)[: change["new"]]
            self.group_sizes = resized(self.group_sizes, available)

    @traitlets.observe("group_sizes")
    def _follow_group_sizes(self, change: Mapping[str, Any]) -> None:
        if not self._following:
            self.n_groups = len(change["new"])

    # What Python computes from the state.

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The sizes, means and sums of squares of the observations in use."""
        return self._data()[0]

    @property
    def target(self) -> NDArray[np.float64]:
        """What the estimates are held against, shape (J,): true means, or unused students'."""
        return self._data()[1]

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior of the present state, computed by `hbmlib.exact`."""
        return exact.normal_means(
            self.groups,
            sigma=self.known_sigma,
            mu_prior=priors.from_dict(self.mu_prior),
            tau_prior=priors.from_dict(self.tau_prior),
            sigma_prior=priors.from_dict(self.sigma_prior),
        )

    @property
    def known_sigma(self) -> float | None:
        """The sigma that the fit is told, None when it is to be learned."""
        return self.sigma if self.sigma_known else None

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        return static_view.values(self.groups, self.target, self.posterior, self._noise())

    def _data(self) -> tuple[pooling.GroupSummaries, NDArray[np.float64]]:
        sizes = self.group_sizes
        if self.preset == "hsb":
            real = real_schools()
            labels = real["labels"][: self.n_groups]
            rows = simulate.reorder(real["used"][: self.n_groups], self.seed)
            y = np.concatenate([row[:n] for row, n in zip(rows, sizes, strict=True)])
            group = np.repeat(np.arange(self.n_groups), sizes)
            target = np.array([np.mean(row) for row in real["held_out"][: self.n_groups]])
        else:
            drawn = simulate.schools(sizes, self.mu, self.tau, self.sigma, self.seed)
            y, group, target = drawn.y, drawn.group, drawn.theta
            labels = [str(j + 1) for j in range(self.n_groups)]
        names = [labels[j] for j in group]
        return pooling.summarise(y, names, labels=labels), target

    def _noise(self) -> float | None:
        """Return the root mean squared standard error of the real yardstick."""
        if self.preset != "hsb":
            return None
        held = [np.array(row) for row in real_schools()["held_out"]]
        squares = sum(((row - row.mean()) ** 2).sum() for row in held)
        within = np.sqrt(squares / sum(row.size - 1 for row in held))
        return float(within * np.sqrt(np.mean([1 / row.size for row in held[: self.n_groups]])))

    def _picture(self) -> tuple[str, str]:
        real, labels, stated = self.preset == "hsb", self.groups.labels, self.values
        picture = static_view.figure(labels, stated, self.target, real=real)
        return picture, static_view.summary(labels, stated, real=real)


def resized(sizes: list[int], available: list[int]) -> list[int]:
    """Fit sizes to another number of groups; new groups get the median of the present sizes."""
    middle = max(sorted(sizes)[len(sizes) // 2], 1)
    wanted = [*sizes, *[middle] * len(available)]
    return [min(n, most) for n, most in zip(wanted, available, strict=False)]
