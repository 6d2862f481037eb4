"""JamesSteinExplorer: where shrinking beats the group means, and by how much."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, james_stein, pooling, simulate
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import Widget
from hbmlib.widgets._james_stein_lines import LINES
from hbmlib.widgets._svg import WIDTH, Figure, Scale

__all__ = ["JamesSteinExplorer"]

Floats = NDArray[np.float64]
MAX_GROUPS, MAX_SIZE, FARTHEST = 40, 100, 1e4
SD = "Give a standard deviation, zero or more."
#: Name on the page, in the library, colour and dash of each estimator.
ESTIMATORS = {
    "own": ("own means", "mle", "own", ""),
    "james_stein": ("James-Stein", "james-stein", "within", "8 4"),
    "positive_part": ("positive part", "positive-part", "partial", ""),
    "bayes": ("Bayes", "bayes", "between", "2 3"),
}


class _Problem(NamedTuple):
    """True means, own means and their standard errors, each of shape (J,)."""

    theta: Floats
    own: Floats
    se: Floats


class JamesSteinExplorer(Widget):
    """Compare the exact risk of four estimators of many means as the means move apart.

    The estimators are the groups' own means, James and Stein's rule, its positive part, and the
    posterior mean under a prior ``N(point, tau)``. Errors are squared, divided by the variance of
    the group's own mean, and averaged over the groups, so that the own means have risk 1. Below
    the risks stands one simulated data set with its estimates.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    n_groups : int
        Number of groups J, 1 to 40. James and Stein's rule asks for 3, or 4 with ``"mean"``.
    size : int
        Observations in each group, 1 to 100.
    unequal : bool
        Whether every third group has a quarter of `size`, and every third four times `size`.
    sigma : float
        Within-group sd, 0.001 to 1000. A group's own mean has sd ``sigma / sqrt(n_j)``.
    spread : float
        Root mean square of the true means about their centre, which is 0; up to 10,000.
    towards : {"point", "mean"}
        Shrink towards a fixed point, or towards the mean of the groups.
    offset : float
        The fixed point, -10,000 to 10,000. The true means have their centre at 0.
    tau : float
        The sd of the prior of the Bayes estimate, 0 to 10,000.
    seed : int
        Seed of the simulated data set.
    controls : list of str
        The controls to show, among ``JamesSteinExplorer.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> explorer = JamesSteinExplorer(n_groups=10, spread=0)
    >>> explorer.values["risk"]["james_stein"]
    0.2
    """

    STATE = (
        *("n_groups", "size", "unequal", "sigma", "spread"),
        *("towards", "offset", "tau", "seed"),
    )
    PYTHON = LINES

    n_groups = state.whole(10, 1, MAX_GROUPS)
    size = state.whole(9, 1, MAX_SIZE)
    unequal = state.flag(False)
    sigma = state.number(
        3.0, checks.positive, "Give a standard deviation above zero.", low=1e-3, high=1e3
    )
    spread = state.number(1.0, checks.non_negative, SD, low=0, high=FARTHEST)
    towards = state.choice("point", ("point", "mean"))
    offset = state.number(0.0, low=-FARTHEST, high=FARTHEST)
    tau = state.number(1.0, checks.non_negative, SD, low=0, high=FARTHEST)
    seed = state.seed()

    def _variant(self) -> str:
        return f"{'unequal' if self.unequal else 'equal'}-{self.towards}"

    @property
    def group_sizes(self) -> list[int]:
        """The number of observations in each group."""
        each = [-(-self.size // 4), self.size, 4 * self.size] if self.unequal else [self.size] * 3
        return [each[j % 3] for j in range(self.n_groups)]

    @property
    def shrinks(self) -> bool:
        """Whether there are enough groups for James and Stein's rule."""
        return self.n_groups - self._free >= 3

    @property
    def _free(self) -> int:
        return int(self.towards == "mean")

    def _problem(self, spread: float) -> _Problem:
        J = self.n_groups
        drawn = simulate.schools(
            self.group_sizes, mu=0, tau=1, sigma=self.sigma, seed=self.seed, capacity=4 * MAX_SIZE
        )
        pattern = drawn.theta - (drawn.theta.mean() if J > 1 else 0)
        theta = spread * pattern / np.sqrt(np.mean(pattern**2))
        noise = pooling.summarise(drawn.y, drawn.group).mean - drawn.theta
        return _Problem(theta, theta + noise, self.sigma / np.sqrt(self.group_sizes))

    def _risk(self, problem: _Problem) -> dict[str, float | None]:
        """Give each estimator's exact risk per group."""
        theta, _, se = problem
        J, free = self.n_groups, self._free
        centre = np.average(theta, weights=se**-2) if free else self.offset
        distance2 = np.sum(((theta - centre) / se) ** 2)

        def rule(estimator: str) -> float | None:
            if not self.shrinks:
                return None
            towards = "mean" if free else 0
            risk = james_stein.risk(J, distance2, estimator=estimator, towards=towards)
            return float(risk) / J

        lam, share, middle = self._bayes(problem, theta)
        variance = (lam**2 + 2 * lam * (1 - lam) * share) * se**2
        variance = variance + (1 - lam) ** 2 * np.sum(share**2 * se**2)
        bias = (1 - lam) * (middle - theta)
        return {
            "own": 1.0,
            "james_stein": rule("james-stein"),
            "positive_part": rule("positive-part"),
            "bayes": float(np.mean((variance + bias**2) / se**2)),
        }

    def _bayes(self, problem: _Problem, y: Floats) -> tuple[Floats, Floats, float]:
        """Give weights on own means, shares in the middle, and the middle itself."""
        total = self.tau**2 + problem.se**2
        if not self._free:
            return self.tau**2 / total, np.zeros(y.size), self.offset
        share = 1 / total / np.sum(1 / total)
        return self.tau**2 / total, share, float(share @ y)

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        problem = self._problem(self.spread)
        theta, own, se = problem
        point = np.average(own, weights=se**-2) if self._free else self.offset
        weight = None
        if self.shrinks:
            distance2 = np.sum(((own - point) / se) ** 2)
            weight = float(1 - (self.n_groups - self._free - 2) / distance2)
        lam, _, middle = self._bayes(problem, own)
        estimates = {
            "own": own,
            "james_stein": None if weight is None else point + weight * (own - point),
            "positive_part": None if weight is None else point + max(weight, 0) * (own - point),
            "bayes": lam * own + (1 - lam) * middle,
        }
        return {
            "theta": theta.tolist(),
            "weight": weight,
            "estimates": {k: None if x is None else x.tolist() for k, x in estimates.items()},
            "loss": {
                k: None if x is None else float(np.mean(((x - theta) / se) ** 2))
                for k, x in estimates.items()
            },
            "risk": self._risk(problem),
        }

    def _picture(self) -> tuple[str, str]:
        stated = self.values
        return self._figure(stated), self._summary(stated)

    def _figure(self, stated: dict[str, Any]) -> str:
        """Draw the risk curves, with the present spread."""
        upper = max(5 * self.sigma / np.sqrt(self.size), 1.25 * self.spread)
        spreads = np.linspace(0, upper, 41)
        curves = [self._risk(self._problem(spread)) for spread in spreads]
        top, bottom = 24, 216
        figure = Figure(bottom + 112, "Risk of four estimators against the spread of the means")
        x = Scale((0, float(upper)), (34, WIDTH - 10))
        y = Scale((0, 1.6), (bottom, top))
        figure.text(0, 14, "risk per group (own means: 1)", role="muted")
        figure.y_axis(y, 34)
        figure.path(f"M{x(self.spread)} {top}V{bottom}", "ink", 1, dash="2 3")
        for k, (name, (label, _, role, dash)) in enumerate(ESTIMATORS.items()):
            risks = [risk[name] for risk in curves]
            if None in risks:
                continue
            inside = [(s, r) for s, r in zip(spreads, risks, strict=True) if r <= 1.6]
            if inside:
                figure.line([x(s) for s, _ in inside], [y(r) for _, r in inside], role, 2, dash)
            key = bottom + 54 + 16 * k
            figure.path(f"M0 {key - 4}h26", role, 2, dash)
            risk, loss = stated["risk"][name], stated["loss"][name]
            figure.text(32, key, f"{label}: risk {risk:.2f}, this data set {loss:.2f}")
        figure.x_axis(x, bottom, "spread of the true means")
        return figure.svg()

    def _summary(self, stated: dict[str, Any]) -> str:
        risks = [
            f"{label} {stated['risk'][name]:.2f}"
            for name, (label, *_) in ESTIMATORS.items()
            if stated["risk"][name] is not None
        ]
        words = [
            f"{self.n_groups} group{'s' if self.n_groups > 1 else ''}, true means with a spread "
            f"of {self.spread:g}. Risk per group, where the own means have 1: {', '.join(risks)}."
        ]
        if self.n_groups < 3:
            words.append(
                "With so few no rule is everywhere better than the own means: James and Stein's "
                "asks for 3 or more."
            )
        elif not self.shrinks:
            words.append(
                "To shrink towards the mean of the groups James and Stein's rule asks for 4 or "
                "more; towards a fixed point 3 are enough."
            )
        else:
            before, after = (
                np.abs(np.array(stated["estimates"][name]) - stated["theta"])
                for name in ("own", "positive_part")
            )
            words.append(
                f"In this data set the positive part brings {int(np.sum(after < before))} of "
                f"{self.n_groups} groups nearer to the truth."
            )
        if self.unequal:
            words.append(
                "Sizes differ. The promise of a smaller total error is then for errors counted "
                "in units of each group's own variance, as here; for plain squared errors it can "
                "fail. The rule gives all groups one weight, though large ones need less "
                "shrinking."
            )
        return " ".join(words)
