"""What the labs on a plane share: targets of two coordinates, and their static figure."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, datasets, exact, pooling, priors
from hbmlib.models import Population
from hbmlib.targets import Funnel, Gaussian, Target
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import Widget
from hbmlib.widgets._svg import WIDTH, Figure, Scale

__all__ = [
    "MAX_SIZE",
    "PUBLISHED",
    "PUSH",
    "TARGETS",
    "Plane",
    "PlaneLab",
    "python_lines",
    "schools",
    "schools_plane",
]

Floats = NDArray[np.float64]

#: A size of 100 stands for the published study, with its published standard error.
PUBLISHED, MAX_SIZE = 100, 400
#: The momentum before the first step, in sds of each momentum.
PUSH = (1.0, -0.8)
#: Of the first coordinate of the schools, whose sd is near 4.5.
MASS = 0.05
COLUMNS = 61
TARGETS = {
    "schools": "posterior of μ and log τ of the eight schools",
    "normal": "normal target",
    "correlated": "correlated normal target",
    "funnel": "funnel",
}

_SCHOOLS = """\
sizes = np.array($group_sizes)
schools = datasets.load("eight_schools")[:len(sizes)]
effect = schools["effect"].to_numpy()
sigma = 10 * schools["se"].to_numpy()  # 100 such observations give the published error
posterior = exact.normal_means(
    pooling.from_means(effect, n=sizes),
    sigma=sigma,
    mu_prior=$mu_prior,
    tau_prior=$tau_prior,
)
stated = {
    name: getattr(posterior, name).quantile([0.05, 0.5, 0.95]).tolist() for name in ("mu", "tau")
}
seen = sizes > 0  # a school without data says nothing about the population
target = Population(
    effect[seen],
    sigma[seen] / np.sqrt(sizes[seen]),
    mu_prior=$mu_prior,
    tau_prior=$tau_prior,
)
"""
_TOYS = {
    "normal": "target = Gaussian([0, 0], [[1, 0], [0, 1]])\n"
    'stated = {"mean": [0, 0], "sd": [1, 1]}\n',
    "correlated": "target = Gaussian([0, 0], [[1, 0.95], [0.95, 1]])\n"
    'stated = {"mean": [0, 0], "sd": [1, 1]}\n',
    "funnel": "target = Funnel(2, scale=3)\n"
    'stated = {"mean": [0, 0], "sd": [3, float(np.exp(9 / 4))]}\n',
}


def python_lines(imports: str, rest: str) -> dict[str, str]:
    """Write the lines of a lab for each target: `rest` uses ``target`` and ``stated``."""
    head = "import json\nimport numpy as np\n"
    given = "from hbmlib import datasets, exact, pooling, priors\n"
    texts = {
        "schools": f"{head}{given}{imports}from hbmlib.models import Population\n\n{_SCHOOLS}"
    }
    for name, lines in _TOYS.items():
        kind = "Funnel" if name == "funnel" else "Gaussian"
        texts[name] = f"{head}{imports}from hbmlib.targets import {kind}\n\n{lines}"
    return {name: f"{text}\n{rest}" for name, text in texts.items()}


@cache
def schools() -> dict[str, list]:
    """Return the labels, effects and standard errors of the eight schools."""
    table = datasets.load("eight_schools")
    return {
        "labels": table["school"].astype(str).tolist(),
        "effect": table["effect"].astype(float).tolist(),
        "se": table["se"].astype(float).tolist(),
    }


@dataclass(frozen=True)
class Plane:
    """A target, the names of its coordinates, and the window through which it is seen.

    `axes` says which coordinate runs across and which upwards; `x` and `y` are their ranges.
    """

    target: Target
    names: tuple[str, str]
    stated: dict[str, list[float]]
    start: Floats
    x: tuple[float, float]
    y: tuple[float, float]
    axes: tuple[int, int] = (0, 1)

    def draw(
        self, label: str, height: float, bottom: float
    ) -> tuple[Figure, dict[str, Scale | Any]]:
        """Draw the regions that hold 50% and 90% of the probability, and give the scales."""
        figure = Figure(height, label)
        x, y = Scale(self.x, (40, WIDTH - 8)), Scale(self.y, (bottom, 24))
        across, up = (np.linspace(*ends, COLUMNS) for ends in (self.x, self.y))
        q = np.empty((COLUMNS, COLUMNS, 2))
        q[..., self.axes[0]], q[..., self.axes[1]] = np.meshgrid(across, up)
        logp = self.target.logp(q)
        mass = np.exp(logp - logp.max())
        order = np.sort(mass, axis=None)[::-1]
        kept = np.cumsum(order) / order.sum()
        wide, tall = (x.places[1] - x.places[0]) / 60, (y.places[0] - y.places[1]) / 60
        for share in (0.9, 0.5):
            level = order[np.searchsorted(kept, share)]
            figure.path(
                _cells(mass >= level, x, y, across, up, wide, tall),
                "muted",
                fill=True,
                opacity=0.18,
            )
        figure.text(0, 14, self.names[self.axes[1]], role="muted")
        figure.y_axis(y, 40)
        figure.x_axis(x, bottom, self.names[self.axes[0]])
        return figure, {"x": x, "y": y}

    def places(self, q: Floats, scales: dict[str, Any]) -> tuple[list[float], list[float]]:
        """Place points in the picture; those beyond the window stand at its edge."""
        q = np.atleast_2d(q)
        return (
            [scales["x"](value) for value in q[:, self.axes[0]]],
            [scales["y"](value) for value in q[:, self.axes[1]]],
        )


def _cells(
    inside: NDArray[np.bool_],
    x: Scale,
    y: Scale,
    across: Floats,
    up: Floats,
    wide: float,
    tall: float,
) -> str:
    """Write a region of a grid as one rectangle for each run of cells in a row."""
    parts = []
    for i, row in enumerate(inside):
        edges = np.flatnonzero(np.diff(np.r_[False, row, False].astype(int)))
        for first, after in edges.reshape(-1, 2):
            left = max(x(across[first]) - wide / 2, x.places[0])
            right = min(x(across[after - 1]) + wide / 2, x.places[1])
            top = max(y(up[i]) - tall / 2, y.places[1])
            low = min(y(up[i]) + tall / 2, y.places[0])
            parts.append(f"M{left:.1f} {low:.2f}H{right:.1f}V{top:.2f}H{left:.1f}z")
    return "".join(parts)


def schools_plane(groups: pooling.GroupSummaries, sigma: Floats, **options: priors.Prior) -> Plane:
    """Give the posterior of (mu, log tau); `options` are the priors of both."""
    posterior = exact.normal_means(groups, sigma=sigma, **options)
    seen = groups.n > 0  # a school without data says nothing about the population
    se = sigma[seen] / np.sqrt(groups.n[seen])
    # So far out the contour of 99% closes; downwards log tau goes on and on.
    mu = posterior.mu.quantile([1e-4, 0.05, 0.5, 0.95, 1 - 1e-4])
    tau = posterior.tau.quantile([0.001, 0.05, 0.5, 0.95, 1 - 1e-4])
    return Plane(
        Population(groups.mean[seen], se, **options),
        ("μ", "log τ"),
        {"mu": mu[1:4].tolist(), "tau": tau[1:4].tolist()},
        np.array([mu[3], np.log(tau[3])]),
        (mu[0], mu[4]),
        (float(np.log(tau[0])), float(np.log(tau[4]))),
    )


class PlaneLab(Widget):
    """A lab on a target of two coordinates: the traits that such labs have in common."""

    target = state.choice("schools", TARGETS)
    group_sizes = state.group_sizes([PUBLISHED] * 8, lambda _: [MAX_SIZE] * 8)
    mu_prior = state.location_prior(priors.Normal(0, 100))
    tau_prior = state.scale_prior(priors.HalfNormal(25))
    step_size = state.number(0.3, checks.positive, "Raise it.", low=0.001, high=10)
    mass_1 = state.number(1.0, checks.positive, "Raise it.", low=0.001, high=1000)
    mass_2 = state.number(1.0, checks.positive, "Raise it.", low=0.001, high=1000)
    seed = state.seed()

    def __init__(self, **state: Any) -> None:
        # A mass that suits the target's sd along the first coordinate.
        fitting = MASS if state.get("target", "schools") == "schools" else 1.0
        super().__init__(**({"mass_1": fitting} | state))

    def _given(self) -> dict[str, Any]:
        return schools()

    def _variant(self) -> str:
        return self.target

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The schools in use: their sizes and effects."""
        data, J = schools(), len(self.group_sizes)
        return pooling.from_means(
            data["effect"][:J], n=self.group_sizes, labels=data["labels"][:J]
        )

    @property
    def known_sigma(self) -> Floats:
        """The sd of one observation in each school, shape (J,)."""
        return np.array(schools()["se"][: len(self.group_sizes)]) * np.sqrt(PUBLISHED)

    @property
    def inverse_mass(self) -> Floats:
        """Diagonal of the inverse mass matrix, shape (2,)."""
        return 1 / np.array([self.mass_1, self.mass_2])

    @property
    def plane(self) -> Plane:
        """The present target with its window and the point where chains start."""
        if self.target == "schools":
            mu_prior, tau_prior = map(priors.from_dict, (self.mu_prior, self.tau_prior))
            options = {"mu_prior": mu_prior, "tau_prior": tau_prior}
            return schools_plane(self.groups, self.known_sigma, **options)
        if self.target == "funnel":
            stated = {"mean": [0, 0], "sd": [3, float(np.exp(9 / 4))]}
            start = np.array([2.0, 1.0])
            return Plane(Funnel(2, scale=3), ("v", "x"), stated, start, (-16, 16), (-9, 8), (1, 0))
        rho, start = (0.95, [-1.0, -1.5]) if self.target == "correlated" else (0, [1.5, 1.0])
        normal = Gaussian([0, 0], [[1, rho], [rho, 1]])
        stated = {"mean": [0, 0], "sd": [1, 1]}
        window = (-3.6, 3.6)
        return Plane(normal, ("x₁", "x₂"), stated, np.array(start), window, window)

    def _exactly(self, plane: Plane) -> str:
        """Say what the chain should reach."""
        if "mu" in plane.stated:
            low, middle, high = plane.stated["tau"]
            return (
                f"The exact posterior has the median {plane.stated['mu'][1]:.1f} for μ, and "
                f"{middle:.1f} for τ (90% interval {low:.1f} to {high:.1f})."
            )
        sds = [
            f"sd {sd:.2f} for {name}"
            for name, sd in zip(plane.names, plane.stated["sd"], strict=True)
        ]
        return f"Both means of the target are 0, with {' and '.join(sds)}."
