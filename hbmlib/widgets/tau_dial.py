"""TauDial: the eight schools at every between-school sd, and averaged over it."""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, datasets, exact, pooling, priors
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import PosteriorWidget, numbers
from hbmlib.widgets._svg import WIDTH, Figure, Scale, padded

__all__ = ["TauDial"]

#: A size of 100 stands for the published study, with its published standard error.
PUBLISHED, MAX_SIZE, MAX_TAU = 100, 400, 1e6
#: Zero to infinity is drawn as tau / (tau + BEND).
BEND = 10.0

LINES = """\
import json
import numpy as np
from hbmlib import datasets, exact, pooling, priors

sizes = $group_sizes
schools = datasets.load("eight_schools")[:len(sizes)]
groups = pooling.from_means(schools["effect"], n=sizes)
sigma = 10 * schools["se"].to_numpy()  # 100 such observations give the published error
posterior = exact.normal_means(
    groups,
    sigma=sigma,
    mu_prior=$mu_prior,
    tau_prior=$tau_prior,
)
tau = $tau
# Given tau, the prior on tau does not matter.
given = exact.normal_means(groups, sigma=sigma, mu_prior=$mu_prior).given_tau(tau)
low, high = posterior.theta.quantile([0.05, 0.95])

def numbers(values):
    return [float(x) if np.isfinite(x) else None for x in np.atleast_1d(values)]

print(json.dumps({
    "tau": tau,
    "given_tau": {
        "mu": numbers([given.mu.mean, given.mu.sd]),
        "theta": numbers(given.theta.mean),
        "theta_sd": numbers(given.theta.sd),
        "weight": numbers(pooling.shrinkage_weight(groups.n, tau, sigma)),
    },
    "averaged": {
        "tau": numbers(posterior.tau.quantile([0.05, 0.5, 0.95])),
        "tau_density": float(posterior.tau.pdf(tau)),
        "theta": numbers(posterior.theta.mean),
        "theta_low": numbers(low),
        "theta_high": numbers(high),
    },
}))"""


@cache
def _schools() -> dict[str, list]:
    table = datasets.load("eight_schools")
    return {
        "labels": table["school"].astype(str).tolist(),
        "effect": table["effect"].astype(float).tolist(),
        "se": table["se"].astype(float).tolist(),
    }


class TauDial(PosteriorWidget):
    """Turn the between-school sd from zero to infinity, and see what each school's effect becomes.

    The data are the coaching effects of eight schools. At each value of tau the estimates follow
    by arithmetic; the posterior of tau says how much each value counts; the average over it is
    the estimate that needs no choice. The dial, the prior and the size of every study can be
    changed.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    group_sizes : list of int
        The size of each study, 0 to 400, where 100 stands for the study as published: its
        standard error is the published one times ``sqrt(100 / size)``. With fewer entries only
        the first schools are used; 0 drops the data of a school but not the school.
    tau : float
        The value of the between-school sd that is shown, 0 to 1e6.
    mu_prior, tau_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    controls : list of str
        The controls to show, among ``TauDial.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> dial = TauDial(tau=0)
    >>> dial.given_tau.theta.mean.round(1)
    array([7.7, 7.7, 7.7, 7.7, 7.7, 7.7, 7.7, 7.7])
    """

    STATE = ("group_sizes", "tau", "mu_prior", "tau_prior")
    PYTHON = LINES

    group_sizes = state.group_sizes([PUBLISHED] * 8, lambda _: [MAX_SIZE] * 8)
    tau = state.number(
        5.0,
        checks.non_negative,
        "Give a standard deviation, zero or more.",
        low=0,
        high=MAX_TAU,
    )
    mu_prior = state.location_prior(priors.Normal(0, 100))
    tau_prior = state.scale_prior(priors.HalfNormal(25))

    def _given(self) -> dict[str, Any]:
        return _schools()

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The schools in use: their sizes and effects."""
        J = len(self.group_sizes)
        schools = _schools()
        return pooling.from_means(
            schools["effect"][:J], n=self.group_sizes, labels=schools["labels"][:J]
        )

    @property
    def known_sigma(self) -> NDArray[np.float64]:
        """The sd of one observation in each school, shape (J,)."""
        se = np.array(_schools()["se"][: len(self.group_sizes)])
        return se * np.sqrt(PUBLISHED)

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior, averaged over tau."""
        return self._fit(tau_prior=priors.from_dict(self.tau_prior))

    @property
    def given_tau(self) -> exact.GivenTau:
        """What is known at the present value of tau."""
        return self._fit().given_tau(self.tau)

    def _fit(self, **options: Any) -> exact.ExactPosterior:
        mu_prior = priors.from_dict(self.mu_prior)
        return exact.normal_means(
            self.groups, sigma=self.known_sigma, mu_prior=mu_prior, **options
        )

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        posterior, given = self.posterior, self.given_tau
        low, high = posterior.theta.quantile([0.05, 0.95])
        weight = pooling.shrinkage_weight(self.groups.n, self.tau, self.known_sigma)
        return {
            "tau": self.tau,
            "given_tau": {
                "mu": numbers([given.mu.mean, given.mu.sd]),
                "theta": numbers(given.theta.mean),
                "theta_sd": numbers(given.theta.sd),
                "weight": numbers(weight),
            },
            "averaged": {
                "tau": numbers(posterior.tau.quantile([0.05, 0.5, 0.95])),
                "tau_density": float(posterior.tau.pdf(self.tau)),
                "theta": numbers(posterior.theta.mean),
                "theta_low": numbers(low),
                "theta_high": numbers(high),
            },
        }

    def _picture(self) -> tuple[str, str]:
        stated = self.values
        return self._figure(stated), self._summary(stated)

    def _figure(self, stated: dict[str, Any]) -> str:
        """Draw the paths of the estimates against tau over the posterior of tau."""
        conditional = self._fit()
        dial = np.linspace(0, 1, 61)
        taus = np.minimum(BEND * dial / np.maximum(1 - dial, 1e-300), MAX_TAU)
        paths = np.array([conditional.given_tau(tau).theta.mean for tau in taus])
        inside = slice(1, -1)
        density = self.posterior.tau.pdf(taus[inside]) * BEND / (1 - dial[inside]) ** 2
        top, middle, bottom = 26, 206, 300
        figure = Figure(bottom + 62, "School effects given the between-school sd, and its density")
        x = Scale((0, 1), (34, WIDTH - 40))
        y = Scale(padded(paths), (middle, top))
        figure.text(0, 14, "effect given τ", role="muted")
        figure.text(WIDTH, 14, "school", "end", "muted")
        figure.y_axis(y, 34)
        at = x(self.tau / (self.tau + BEND))
        figure.path(f"M{at} {top}V{bottom}", "ink", 1.5, dash="2 3")
        heights = [y(value) + 4 for value in paths[-1]]
        for j, (place, label) in enumerate(
            zip(_spread(heights, 13), self.groups.labels, strict=True)
        ):
            figure.line([x(u) for u in dial], [y(value) for value in paths[:, j]], "muted")
            figure.diamond(at, y(stated["given_tau"]["theta"][j]), "between")
            figure.text(WIDTH, place, label, "end")
        curve = Scale((0, float(density.max()) or 1.0), (bottom, middle + 24))
        figure.text(0, middle + 20, "posterior of τ", role="muted")
        figure.line([x(u) for u in dial[inside]], [curve(v) for v in density], "between", 2)
        figure.path(f"M34 {bottom}H{WIDTH - 40}", "muted", 1)
        for value in (0, 2, 5, 10, 20, 50):
            figure.text(x(value / (value + BEND)), bottom + 16, str(value), "middle", "muted")
        figure.text(x(1), bottom + 16, "∞", "middle", "muted")
        figure.text(x(0.5), bottom + 34, "between-school sd τ", "middle", "muted")
        figure.text(0, bottom + 54, "◆ estimates at the τ of the dotted line")
        return figure.svg()

    def _summary(self, stated: dict[str, Any]) -> str:
        given, averaged = stated["given_tau"], stated["averaged"]
        tau = averaged["tau"]
        words = [
            f"At τ = {self.tau:g} the mean effect is {given['mu'][0]:.1f} with sd "
            f"{given['mu'][1]:.1f}, and the schools' effects run from "
            f"{_extremes(self.groups.labels, given['theta'])}.",
            f"The posterior of τ has its median at {tau[1]:.1f} (90% interval {tau[0]:.1f} to "
            f"{tau[2]:.1f}).",
        ]
        if None not in averaged["theta"]:
            extremes = _extremes(self.groups.labels, averaged["theta"])
            words.append(f"Averaged over it, the effects run from {extremes}.")
        return " ".join(words)


def _extremes(labels: tuple[str, ...], theta: list[float]) -> str:
    low, high = int(np.argmin(theta)), int(np.argmax(theta))
    if low == high or theta[high] - theta[low] < 1e-9:
        return f"{theta[low]:.1f} to {theta[high]:.1f}"
    return (
        f"{theta[low]:.1f} in school {labels[low]} to {theta[high]:.1f} in school {labels[high]}"
    )


def _spread(places: list[float], gap: float) -> list[float]:
    """Move labels apart, keeping their order, so that none covers another."""
    order = np.argsort(places)
    moved = np.array(places, dtype=float)
    for _ in range(50):
        for a, b in pairwise(order):
            short = gap - (moved[b] - moved[a])
            if short > 1e-9:
                moved[a] -= short / 2
                moved[b] += short / 2
    return moved.tolist()
