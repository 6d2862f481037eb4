"""RegressionPooling: from estimated lines to true ones, with and without pooling."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, collapsed, simulate
from hbmlib.models import LineSummaries, VaryingRegression, summarise_lines
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import Widget, numbers
from hbmlib.widgets._svg import WIDTH, Figure, Scale

__all__ = ["RegressionPooling"]

Floats = NDArray[np.float64]

#: Where the population of lines lies, and half the side of the source's figure about it.
CENTRE, HALF = (2, -2), 6.0
#: Share of the estimates of one line each that the figure must hold.
SHARE = 0.95
WAYS = {"none": "one line each", "complete": "one line for all", "partial": "partial pooling"}

LINES = """\
import json
import numpy as np
from hbmlib import collapsed, simulate
from hbmlib.models import VaryingRegression, summarise_lines

truth = simulate.bolstad_individuals(
    $seed, individuals=$individuals, observations=$observations, sigma=$sigma
)
lines = summarise_lines(truth.x, truth.y)
fit = collapsed.varying_regression(VaryingRegression(lines))
true = np.array([truth.alpha, truth.beta])
slope, level = np.polyfit(truth.x.ravel(), truth.y.ravel(), 1)
estimates = {
    "none": np.array([lines.y_mean - lines.slope * lines.x_mean, lines.slope]),
    "complete": np.array([[level], [slope]]) + 0 * true,
    "partial": np.array([fit.alpha.mean, fit.beta.mean]),
}
taus = [fit.tau_alpha, fit.tau_beta]
print(json.dumps({
    "rmse": {
        name: np.sqrt(np.mean((estimate - true) ** 2, axis=1)).tolist()
        for name, estimate in estimates.items()
    },
    "spread": {
        "none": estimates["none"].std(axis=1).tolist(),
        "partial": estimates["partial"].std(axis=1).tolist(),
        "truth": true.std(axis=1).tolist(),
    },
    "mu": [float(fit.mu_alpha.mean), float(fit.mu_beta.mean)],
    "tau": [float(np.hypot(tau.mean, tau.sd)) for tau in taus],  # root mean squares
    "sigma": float(fit.sigma.mean),
}))"""


class RegressionPooling(Widget):
    """Fit a line to every individual, alone and as one of a population, and compare.

    Individuals are simulated as Bølstad (2018) does it, intercepts about 2 and slopes about -2,
    with an sd of 1 each. Every change refits the hierarchical regression exactly, by quadrature
    over its three scales, and draws an arrow from each estimated line to the true one.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    individuals : int
        How many individuals there are, 1 to 100.
    observations : int
        How often each is seen, 2 to 30.
    sigma : float
        Sd of the outcome about each line, 0.01 to 6.
    seed : int
        Seed of the individuals and their data.
    controls : list of str
        The controls to show, among ``RegressionPooling.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    References
    ----------
    Bølstad, J. (2018). The benefits of Bayesian hierarchical modeling: comparing partially pooled
    and unpooled models in R. *Playing with Numbers*.

    Examples
    --------
    >>> rmse = RegressionPooling(individuals=10).values["rmse"]
    >>> rmse["partial"][1] < rmse["none"][1]
    True
    """

    STATE = ("individuals", "observations", "sigma", "seed")
    PYTHON = LINES

    individuals = state.whole(75, 1, 100)
    observations = state.whole(5, 2, 30)
    sigma = state.number(2.0, checks.positive, "Raise it.", low=0.01, high=6)
    seed = state.seed()

    @property
    def data(self) -> simulate.SimulatedIndividuals:
        """The individuals: what is seen of them, and their true lines."""
        return simulate.bolstad_individuals(
            self.seed, self.individuals, self.observations, self.sigma
        )

    @property
    def lines(self) -> LineSummaries:
        """The observations, reduced to a line for each individual."""
        data = self.data
        return summarise_lines(data.x, data.y)

    @property
    def posterior(self) -> collapsed.RegressionPosterior:
        """The exact posterior of the hierarchical regression, with Bølstad's priors."""
        return collapsed.varying_regression(VaryingRegression(self.lines))

    @property
    def truth(self) -> Floats:
        """The true intercepts and slopes, shape (2, individuals)."""
        return np.array([self.data.alpha, self.data.beta])

    @property
    def estimates(self) -> dict[str, Floats]:
        """Intercepts and slopes without, with complete and with partial pooling."""
        return self._estimates(self.posterior)

    def _estimates(self, fit: collapsed.RegressionPosterior) -> dict[str, Floats]:
        data, lines = self.data, self.lines
        slope, level = np.polyfit(data.x.ravel(), data.y.ravel(), 1)
        return {
            "none": np.array([lines.y_mean - lines.slope * lines.x_mean, lines.slope]),
            "complete": np.array([[level], [slope]]) + np.zeros((2, self.individuals)),
            "partial": np.array([fit.alpha.mean, fit.beta.mean]),
        }

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        fit = self.posterior
        return self._values(fit, self._estimates(fit))

    def _values(
        self, fit: collapsed.RegressionPosterior, estimates: dict[str, Floats]
    ) -> dict[str, Any]:
        true = self.truth
        spread = {"none": estimates["none"], "partial": estimates["partial"], "truth": true}
        return {
            "rmse": {
                name: numbers(np.sqrt(np.mean((one - true) ** 2, axis=1)))
                for name, one in estimates.items()
            },
            "spread": {name: numbers(one.std(axis=1)) for name, one in spread.items()},
            "mu": [float(fit.mu_alpha.mean), float(fit.mu_beta.mean)],
            "tau": [float(np.hypot(tau.mean, tau.sd)) for tau in (fit.tau_alpha, fit.tau_beta)],
            "sigma": float(fit.sigma.mean),
        }

    def _picture(self) -> tuple[str, str]:
        fit = self.posterior
        estimates = self._estimates(fit)
        return self._figure(estimates), self._summary(self._values(fit, estimates))

    def _figure(self, estimates: dict[str, Floats]) -> str:
        """Draw the arrows from estimated to true lines, without and with pooling."""
        height, top = 150, 44
        label = "From estimated lines to true ones, without and with pooling"
        figure = Figure(2 * (height + top) + 78, label)
        half = _half(estimates["none"])
        for row, (name, role) in enumerate([("none", "own"), ("partial", "partial")]):
            base = row * (height + top)
            x = Scale((CENTRE[0] - half, CENTRE[0] + half), (40, WIDTH - 8))
            y = Scale((CENTRE[1] - half, CENTRE[1] + half), (base + top + height, base + top))
            figure.text(0, base + 16, WAYS[name].capitalize())
            figure.text(0, base + 36, "slope β", role="muted")
            figure.y_axis(y, 40)
            self._arrows(figure, estimates[name], x, y, role)
            if row:
                figure.x_axis(x, base + top + height, "intercept α")
        bottom = 2 * (height + top)
        figure.text(0, bottom + 52, "○ one line each   ● partial pooling")
        figure.text(0, bottom + 70, "The lines end at the truth (×).")
        return figure.svg()

    def _arrows(self, figure: Figure, estimate: Floats, x: Scale, y: Scale, role: str) -> None:
        ends = []
        for a, b, true_a, true_b in zip(*estimate, *self.truth, strict=True):
            figure.path(f"M{x(a)} {y(b)}L{x(true_a)} {y(true_b)}", "muted", 1)
            ends.append(f"M{x(true_a) - 3:.1f} {y(true_b) - 3:.1f}l6 6m0 -6l-6 6")
        figure.path("".join(ends), "truth", 1.5)
        half = x.domain[1] - CENTRE[0]
        inside = estimate[:, np.all(np.abs(estimate.T - CENTRE) <= half, axis=1)]
        marks = "".join(
            f"M{x(a) - 3:.1f} {y(b)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0" for a, b in inside.T
        )
        figure.path(marks, role, 1.5, fill=role == "partial")

    def _summary(self, stated: dict[str, Any]) -> str:
        """Say how far each way of pooling is from the truth."""

        def pair(values: list[float]) -> str:
            return f"{values[0]:.2f} (α) and {values[1]:.2f} (β)"

        errors = [f"{words} {pair(stated['rmse'][name])}" for name, words in WAYS.items()]
        spread = {name: pair(sds) for name, sds in stated["spread"].items()}
        return (
            f"Individuals: {self.individuals}; observations of each: {self.observations}; sd "
            f"about the lines: {self.sigma:.2f}. Root mean squared error from the true lines: "
            f"{', '.join(errors)}. The true lines have the sds {spread['truth']}; estimates of "
            f"one line each spread by {spread['none']}, those of partial pooling by "
            f"{spread['partial']}."
        )


def _half(own: Floats) -> float:
    """Give half the figure's side: the source's, or larger until it holds nearly all estimates."""
    far = np.sort(np.abs(own - np.array(CENTRE)[:, np.newaxis]).max(axis=0))
    reach, half = far[int(np.ceil(SHARE * far.size)) - 1], HALF
    while half < reach:
        half *= 1.5
    return half
