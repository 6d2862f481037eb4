"""PoolingExplorer: three estimates of group means, refitted as group sizes and scales change."""

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from hbmlib import checks, datasets, exact, pooling, priors, simulate
from hbmlib.widgets import _overlays as overlays
from hbmlib.widgets import _static_view as static_view

__all__ = ["CONTROLS", "PoolingExplorer"]

STATIC = Path(__file__).parent / "static"
#: Seed of the halves of each real school: the students used, and those kept as a yardstick.
SPLIT_SEED = 1
MAX_GROUPS = 100
#: The controls that a widget can show, in the order of the page.
CONTROLS = (
    *("preset", "n_groups", "mu", "tau", "sigma", "sigma_known", "seed", "priors"),
    *("repeat", "reset", "link", "table"),
)
DEFAULT_CONTROLS = tuple(name for name in CONTROLS if name != "mu")
LOCATION_PRIORS = (priors.Normal, priors.Flat)
SCALE_PRIORS = (
    priors.HalfNormal,
    priors.HalfCauchy,
    priors.Uniform,
    priors.Flat,
    priors.GammaPrecision,
)
PRIORS = {
    "mu_prior": priors.Normal(0, 100).to_dict(),
    "tau_prior": priors.HalfNormal(25).to_dict(),
    "sigma_prior": priors.HalfNormal(50).to_dict(),
}
STATE = (
    *("preset", "n_groups", "group_sizes", "mu", "tau", "sigma", "seed"),
    *("sigma_known", "mu_prior", "tau_prior", "sigma_prior"),
)


class StateError(traitlets.TraitError, ValueError):
    """A trait was set to a value that it cannot have; the widget stays as it was."""


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

    def state(sizes: Any, mu: float, tau: float, sigma: float) -> dict[str, Any]:
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
        "hsb": state(school.n, 12, 3, within),
        "lesson": state(simulate.LESSON_SIZES, 5, 2, 3),
        "scholz": state(simulate.scholz_sizes(1), 0, 5, 3),
        "simulated": state([2, 4, 8, 16] * 3, 10, 2, 5),
    }


def _checked() -> traitlets.TraitType:
    """Make a synchronised trait that only `PoolingExplorer._check` judges; None is judged too."""
    return traitlets.TraitType(default_value=0).tag(sync=True)


class PoolingExplorer(anywidget.AnyWidget):
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
    **state : optional
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

    _esm = STATIC / "PoolingExplorer.js"
    _css = STATIC / "PoolingExplorer.css"

    preset = _checked()
    n_groups = _checked()
    group_sizes = _checked()
    mu = _checked()
    tau = _checked()
    sigma = _checked()
    seed = _checked()
    sigma_known = _checked()
    mu_prior = _checked()
    tau_prior = _checked()
    sigma_prior = _checked()
    controls = _checked()
    overlay = traitlets.Any().tag(sync=True)
    presets = traitlets.Any(read_only=True).tag(sync=True)
    real = traitlets.Any(read_only=True).tag(sync=True)

    def __init__(self, preset: str = "hsb", **state: Any) -> None:
        unknown = set(state) - {*STATE, "controls", "layout"}
        if unknown:
            checks.one_of("argument", sorted(unknown)[0], [*STATE, "controls"])
        checks.one_of("preset", preset, presets())
        if "group_sizes" in state:
            groups = state.setdefault("n_groups", np.size(state["group_sizes"]))
            if groups != np.size(state["group_sizes"]):
                raise ValueError(
                    f"`group_sizes` must be of length {groups}; "
                    f"got {np.size(state['group_sizes'])}. Match `n_groups`, or leave it out."
                )
        elif "n_groups" in state:
            available = self._available(preset)
            groups = _whole("n_groups", state["n_groups"], 1, len(available))
            state["group_sizes"] = resized(presets()[preset]["group_sizes"], available[:groups])
        self._following = True
        start = presets()[preset] | PRIORS | {"sigma_known": False}
        start |= {"controls": list(DEFAULT_CONTROLS), "overlay": None}
        self.set_trait("presets", presets())
        self.set_trait("real", real_schools())
        super().__init__(preset=preset, **(start | state))
        self._following = False

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

    @staticmethod
    def _available(preset: str) -> list[int]:
        if preset == "hsb":
            return [len(row) for row in real_schools()["used"]]
        return [simulate.CAPACITY] * MAX_GROUPS

    # One check for each trait. A fault leaves the trait, and a whole message of the page, unset.

    @traitlets.validate(*STATE, "controls")
    def _check(self, proposal: Mapping[str, Any]) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        try:
            return getattr(self, f"_check_{name}")(value)
        except ValueError as fault:
            raise StateError(str(fault)) from None

    def _check_preset(self, value: Any) -> str:
        return checks.one_of("preset", value, presets())

    def _check_n_groups(self, value: Any) -> int:
        return _whole("n_groups", value, 1, len(self._available(self.preset)))

    def _check_group_sizes(self, value: Any) -> list[int]:
        sizes = checks.whole("group_sizes", value, shape=("J",), advice="Give one for each group.")
        available = self._available(self.preset)
        _whole("n_groups", sizes.size, 1, len(available))
        for j, (n, most) in enumerate(zip(sizes, available, strict=False)):
            if n > most:
                raise ValueError(
                    f"`group_sizes` must be whole numbers from 0 to {most}; got {n} at index {j}. "
                    "Use no more than there are."
                )
        if not sizes.any():
            raise ValueError(
                "`group_sizes` must be sizes with at least one observation; got none. Raise one."
            )
        return sizes.tolist()

    def _check_mu(self, value: Any) -> float:
        return float(checks.finite("mu", value, shape=(), advice="Give one number."))

    def _check_tau(self, value: Any) -> float:
        advice = "Give a standard deviation, zero or more."
        return float(checks.non_negative("tau", value, shape=(), advice=advice))

    def _check_sigma(self, value: Any) -> float:
        advice = "Give a standard deviation above zero."
        return float(checks.positive("sigma", value, shape=(), advice=advice))

    def _check_seed(self, value: Any) -> int:
        return _whole("seed", value, 0, simulate.MAX_SEED)

    def _check_sigma_known(self, value: Any) -> bool:
        return checks.one_of("sigma_known", value, [True, False])

    def _check_mu_prior(self, value: Any) -> dict[str, Any]:
        return _prior("mu_prior", value, LOCATION_PRIORS)

    def _check_tau_prior(self, value: Any) -> dict[str, Any]:
        return _prior("tau_prior", value, SCALE_PRIORS)

    def _check_sigma_prior(self, value: Any) -> dict[str, Any]:
        return _prior("sigma_prior", value, SCALE_PRIORS)

    def _check_controls(self, value: Any) -> list[str]:
        return [checks.one_of("controls", name, CONTROLS) for name in value]

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
            available = self._available(self.preset)[: change["new"]]
            self.group_sizes = resized(self.group_sizes, available)

    @traitlets.observe("group_sizes")
    def _follow_group_sizes(self, change: Mapping[str, Any]) -> None:
        if not self._following:
            self.n_groups = len(change["new"])

    @traitlets.observe(*STATE)
    def _forget_draws(self, _: Mapping[str, Any]) -> None:
        self.overlay = None

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
        given = {name: priors.from_dict(getattr(self, name)) for name in PRIORS}
        sigma = self.sigma if self.sigma_known else None
        return exact.normal_means(self.groups, sigma=sigma, **given)

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        return static_view.values(self.groups, self.target, self.posterior, self._noise())

    @property
    def link(self) -> str:
        """The fragment that opens a page's first PoolingExplorer in the present state."""
        parts = [f"{name}={_written(getattr(self, name))}" for name in STATE]
        return f"#PoolingExplorer-1?{'&'.join(parts)}"

    def refit(
        self, method: str = "exact", draws: int = 2000, seed: int = 1
    ) -> dict[str, NDArray[np.float64]]:
        """Draw from the posterior and show the draws over the exact curves.

        Parameters
        ----------
        method : {"exact", "pymc"}, optional
            Independent draws from the exact posterior, or PyMC's NUTS on the same model.
        draws : int, optional
            How many draws, over all chains.
        seed : int, optional
            Seed of the draws.

        Returns
        -------
        dict of str to ndarray
            Draws of ``mu``, ``tau``, ``sigma`` (unless known), each of shape (draws,), and of
            ``theta``, shape (draws, J).

        Raises
        ------
        ValueError
            If `method` is unknown.
        ImportError
            If `method` is ``"pymc"`` and PyMC is not installed.
        """
        checks.one_of("method", method, overlays.METHODS)
        draws = int(checks.whole("draws", draws, minimum=100, shape=()))
        drawn = overlays.METHODS[method](self, draws, seed)
        self.overlay = {"method": method} | overlays.summary(drawn)
        return drawn

    def _data(self) -> tuple[pooling.GroupSummaries, NDArray[np.float64]]:
        sizes = self.group_sizes
        if self.preset == "hsb":
            real = self.real
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
        held = [np.array(row) for row in self.real["held_out"]]
        squares = sum(((row - row.mean()) ** 2).sum() for row in held)
        within = np.sqrt(squares / sum(row.size - 1 for row in held))
        return float(within * np.sqrt(np.mean([1 / row.size for row in held[: self.n_groups]])))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Offer the live view, and for readers without one a figure of the present state."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        real = self.preset == "hsb"
        try:
            labels, values = self.groups.labels, self.values
            figure = static_view.html(self.model_id, labels, values, self.target, real=real)
        except ValueError as improper:
            figure = static_view.place(self.model_id, f"<p>{escape(str(improper))}</p>")
        return data | {"text/html": figure}, metadata


def resized(sizes: list[int], available: list[int]) -> list[int]:
    """Fit sizes to another number of groups; new groups get the median of the present sizes."""
    middle = max(sorted(sizes)[len(sizes) // 2], 1)
    wanted = [*sizes, *[middle] * len(available)]
    return [min(n, most) for n, most in zip(wanted, available, strict=False)]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    parts = value.values() if isinstance(value, dict) else value
    return ",".join(map(str, parts)) if isinstance(value, dict | list) else str(value)


def _whole(name: str, value: Any, low: int, high: int) -> int:
    number = int(checks.whole(name, value, shape=(), advice=f"Choose one from {low} to {high}."))
    if not low <= number <= high:
        raise ValueError(
            f"`{name}` must be a whole number from {low} to {high}; got {number}. Choose another."
        )
    return number


def _prior(name: str, value: Any, allowed: tuple[type, ...]) -> dict[str, Any]:
    prior = priors.from_dict(value) if isinstance(value, Mapping) else value
    if not isinstance(prior, allowed):
        families = ", ".join(kind.__name__ for kind in allowed)
        raise ValueError(
            f"`{name}` must be a prior among {families}; got {value!r}. Choose one of them."
        )
    return json.loads(json.dumps(prior.to_dict()))
