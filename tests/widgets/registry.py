"""Every widget, with the states that the tests show and the values that it must refuse."""

from dataclasses import dataclass, field
from typing import Any

from hbmlib import priors, widgets
from hbmlib.widgets._base import Widget


@dataclass(frozen=True)
class Case:
    """One widget class under test.

    `states` are shown and compared with Python; the first is the plain one. `refused` holds
    traits with values that Python and the page must refuse in the same words, starting from
    `sound`. `words` is a piece of the static summary, and `figure` of the static figure's name.
    `slider` begins the name of a slider that changes the numbers stated. `pages` are the states
    to open in a browser, the last by a link.
    """

    kind: type[Widget]
    states: dict[str, dict[str, Any]]
    refused: list[tuple[str, Any]]
    words: str
    figure: str
    slider: str
    pages: list[str]
    sound: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.kind.__name__

    def make(self, name: str) -> Widget:
        return self.kind(**self.states[name])


EXPLORER = Case(
    widgets.PoolingExplorer,
    states={
        "lesson": {"preset": "lesson"},
        "hsb": {"preset": "hsb"},
        "hsb, few students": {"preset": "hsb", "group_sizes": [1, 2, 3, 4, 5, 6], "seed": 7},
        "hsb, sigma known": {"preset": "hsb", "sigma_known": True, "n_groups": 3},
        "lesson, sigma known": {"preset": "lesson", "sigma_known": True, "tau": 0.5},
        "scholz": {"preset": "scholz"},
        "simulated": {"preset": "simulated"},
        "one group": {"preset": "simulated", "group_sizes": [6]},
        "one observation": {"preset": "simulated", "group_sizes": [1], "sigma_known": True},
        "one observation each": {"preset": "simulated", "group_sizes": [1] * 6},
        "empty groups": {"preset": "simulated", "group_sizes": [0, 3, 0, 5, 2]},
        "no spread": {"preset": "simulated", "tau": 0},
        "tiny sigma": {"preset": "simulated", "sigma": 1e-6, "tau": 0, "mu": 3},
        "tiny sigma, large tau": {"preset": "simulated", "sigma": 1e-4, "tau": 10},
        "wide sigma": {"preset": "simulated", "sigma": 40, "tau": 0.1},
        "half-Cauchy": {"preset": "lesson", "tau_prior": priors.HalfCauchy(5)},
        "uniform": {
            "preset": "lesson",
            "tau_prior": priors.Uniform(0, 20),
            "sigma_prior": priors.Uniform(0, 30),
        },
        "flat": {"preset": "lesson", "mu_prior": priors.Flat(), "tau_prior": priors.Flat()},
        "gamma": {
            "preset": "lesson",
            "tau_prior": priors.GammaPrecision(1, 1),
            "sigma_prior": priors.GammaPrecision(0.5, 2),
        },
        "no means": {
            "preset": "hsb",
            "group_sizes": [0, 0, 3],
            "mu_prior": priors.Flat(),
            "tau_prior": priors.HalfCauchy(2.5),
            "sigma_prior": priors.Flat(),
        },
        "hundred groups": {"preset": "simulated", "group_sizes": [2, 5, 9, 14] * 25},
    },
    refused=[
        ("mu", float("nan")),
        ("tau", -3),
        ("tau", -0.25),
        ("sigma", 0),
        ("sigma", -2.5),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", 2**32),
        ("n_groups", 0),
        ("n_groups", 2.5),
        ("n_groups", 101),
        ("group_sizes", [1, -2]),
        ("group_sizes", [1.5, 2]),
        ("group_sizes", [3, 101]),
        ("group_sizes", [0, 0]),
    ],
    sound={"preset": "simulated", "group_sizes": [2, 3]},
    words="Root mean squared error",
    figure="Own means",
    slider="Observations in group 5",
    pages=[
        "lesson",
        "hsb",
        "hundred groups",
        "one observation",
        "tiny sigma",
        "no means",
        "empty groups",
    ],
)

DIAL = Case(
    widgets.TauDial,
    states={
        "plain": {},
        "no spread": {"tau": 0},
        "all but no pooling": {"tau": 1e6},
        "three schools, flat": {
            "group_sizes": [100] * 3,
            "mu_prior": priors.Flat(),
            "tau_prior": priors.Flat(),
        },
        "one school": {"group_sizes": [100], "tau": 2.5},
        "small, none and large": {"group_sizes": [1, 0, 400, 30, 0, 5, 100, 100], "tau": 12},
        "half-Cauchy": {"tau_prior": priors.HalfCauchy(5), "mu_prior": priors.Normal(0, 5)},
        "gamma": {"tau_prior": priors.GammaPrecision(1, 1)},
        "beyond the prior": {"tau_prior": priors.Uniform(0, 10), "tau": 25},
    },
    refused=[
        ("tau", -1),
        ("tau", float("nan")),
        ("tau", 2e6),
        ("group_sizes", [1, 401]),
        ("group_sizes", [0] * 8),
        ("group_sizes", [10] * 9),
        ("group_sizes", [2.5]),
    ],
    words="The posterior of τ has its median",
    figure="School effects",
    slider="Between-school sd",
    pages=["plain", "one school", "beyond the prior", "small, none and large"],
)

STEIN = Case(
    widgets.JamesSteinExplorer,
    states={
        "plain": {},
        "no spread": {"spread": 0},
        "one group": {"n_groups": 1},
        "two groups": {"n_groups": 2, "tau": 0},
        "three groups": {"n_groups": 3, "spread": 0.4},
        "three groups, their mean": {"n_groups": 3, "towards": "mean"},
        "forty groups, their mean": {"n_groups": 40, "towards": "mean", "spread": 3, "seed": 8},
        "off the point": {"offset": 4, "spread": 0.2, "tau": 3},
        "unequal": {"unequal": True, "spread": 1.5},
        "unequal, their mean": {"unequal": True, "towards": "mean", "size": 3, "tau": 0.3},
        "far apart": {"spread": 1e4, "size": 100, "n_groups": 40, "sigma": 1e-3},
        "one observation": {"size": 1, "sigma": 0.5},
    },
    refused=[
        ("n_groups", 0),
        ("n_groups", 41),
        ("size", 0),
        ("size", 2.5),
        ("unequal", 1),
        ("sigma", 0),
        ("sigma", 1e5),
        ("spread", -1),
        ("towards", "origin"),
        ("offset", float("inf")),
        ("tau", -0.5),
        ("seed", -1),
    ],
    words="true means with a spread",
    figure="Risk of four estimators",
    slider="Spread of true means",
    pages=["plain", "two groups", "far apart", "unequal, their mean"],
)

PLANE_STATES = {
    "plain": {},
    "three schools, flat": {
        "group_sizes": [100] * 3, "mu_prior": priors.Flat(), "tau_prior": priors.Flat(),
    },
    "one school": {"group_sizes": [100]},
    "small, none and large": {"group_sizes": [1, 0, 400, 30, 0, 5, 100, 100]},
    "half-Cauchy": {"tau_prior": priors.HalfCauchy(5), "mu_prior": priors.Normal(0, 5)},
    "gamma": {"tau_prior": priors.GammaPrecision(1, 1)},
    "within bounds": {"tau_prior": priors.Uniform(0, 10), "step_size": 0.05},
    "normal": {"target": "normal"},
    "correlated, heavy": {"target": "correlated", "mass_1": 5, "mass_2": 0.2},
    "funnel": {"target": "funnel"},
}  # fmt: skip
PLANE_REFUSED = [
    ("target", "banana"),
    ("step_size", 0),
    ("step_size", -0.5),
    ("step_size", 20),
    ("step_size", float("nan")),
    ("mass_1", 0),
    ("mass_2", 2000),
    ("seed", -1),
    ("group_sizes", [1, 401]),
    ("group_sizes", [0] * 8),
    ("group_sizes", [10] * 9),
]

HAMILTONIAN = Case(
    widgets.HamiltonianLab,
    states=PLANE_STATES
    | {
        "one step": {"n_steps": 1},
        "diverging": {"target": "normal", "step_size": 2.3, "n_steps": 60},
        "varied length": {"jitter": True, "seed": 4, "mass_1": 0.05},
    },
    refused=[*PLANE_REFUSED, ("n_steps", 0), ("n_steps", 201), ("n_steps", 2.5), ("jitter", 1)],
    words="a path of",
    figure="A path of Hamiltonian Monte Carlo",
    slider="Step size",
    pages=["plain", "one school", "diverging", "funnel", "small, none and large"],
)

METROPOLIS = Case(
    widgets.MetropolisLab,
    states={
        "plain": {},
        "chapter 5": {"mu_prior": priors.Normal(0, 5), "tau_prior": priors.HalfCauchy(5)},
        "blocks": {"scheme": "blocks", "step_mu": 12, "step_tau": 2.5, "seed": 3},
        "short steps": {"step_mu": 0.3, "step_tau": 0.05, "apart": False},
        "long steps": {"step_mu": 200, "step_tau": 30},
        "far start": {"start_mu": -100, "start_tau": 500},
        "three schools, flat": {
            "group_sizes": [100] * 3,
            "mu_prior": priors.Flat(),
            "tau_prior": priors.Flat(),
        },
        "one school": {"group_sizes": [100]},
        "small, none and large": {"group_sizes": [1, 0, 400, 30, 0, 5, 100, 100]},
        "gamma": {"tau_prior": priors.GammaPrecision(1, 1)},
        "within bounds": {"tau_prior": priors.Uniform(0.5, 10)},
    },
    refused=[
        ("scheme", "zigzag"),
        ("step_mu", 0),
        ("step_mu", 2000),
        ("step_tau", -1),
        ("step_tau", float("nan")),
        ("start_mu", 101),
        ("start_mu", float("inf")),
        ("start_tau", 0),
        ("start_tau", 1e4),
        ("apart", 1),
        ("seed", 2.5),
        ("group_sizes", [1, 401]),
        ("group_sizes", [0] * 8),
    ],
    words="mean acceptance",
    figure="Four chains of the Metropolis algorithm",
    slider="Start, τ",
    pages=["plain", "one school", "long steps", "within bounds", "blocks"],
)

NUTS = Case(
    widgets.NutsLab,
    states=PLANE_STATES
    | {
        "one doubling": {"max_depth": 1},
        "diverging": {"target": "normal", "step_size": 9},
        "long": {"max_depth": 7, "step_size": 0.02, "seed": 4},
    },
    refused=[*PLANE_REFUSED, ("max_depth", 0), ("max_depth", 8), ("max_depth", 2.5)],
    words="only goes on in time",
    figure="A path that goes on until it turns back",
    slider="Step size",
    pages=["plain", "one school", "diverging", "funnel", "small, none and large"],
)

GIBBS = Case(
    widgets.GibbsLab,
    states={
        "plain": {},
        "two students each": {"group_sizes": [2] * 10, "seed": 5},
        "random scan": {"scan": "random"},
        "small, none and large": {"group_sizes": [14, 0, 1, 30, 2, 0, 40, 9, 3, 1]},
        "one school": {"group_sizes": [10]},
        "one student each": {"group_sizes": [1] * 6},
        "half-Cauchy": {"tau_prior": priors.HalfCauchy(5), "sigma_prior": priors.HalfCauchy(10)},
        "half-normal": {"tau_prior": priors.HalfNormal(25), "sigma_prior": priors.HalfNormal(50)},
        "flat": {
            "mu_prior": priors.Flat(),
            "tau_prior": priors.Flat(),
            "sigma_prior": priors.Flat(),
        },
        "within bounds": {
            "tau_prior": priors.Uniform(0.5, 4),
            "sigma_prior": priors.Uniform(0, 30),
        },
    },
    refused=[
        ("scan", "backwards"),
        ("seed", -1),
        ("seed", 2.5),
        ("group_sizes", [1, 1000]),
        ("group_sizes", [0] * 10),
        ("group_sizes", [5] * 11),
        ("group_sizes", [2.5]),
    ],
    words="so a sweep leaves about",
    figure="The path of a Gibbs sampler",
    slider="Observations in group",
    pages=["plain", "one school", "half-Cauchy", "small, none and large", "random scan"],
)

FUNNEL = Case(
    widgets.FunnelLab,
    states={
        "plain": {},
        "ten times": {"times": 10, "seed": 4},
        "a thousand times": {"times": 1000, "target_accept": 0.95},
        "a tenth": {"times": 0.1, "target_accept": 0.6},
        "three schools, flat": {
            "group_sizes": [100] * 3,
            "mu_prior": priors.Flat(),
            "tau_prior": priors.Flat(),
        },
        "one school": {"group_sizes": [100]},
        "small and large": {"group_sizes": [1, 400, 30, 5, 100, 100, 1, 400], "times": 3},
        "half-normal": {"tau_prior": priors.HalfNormal(25), "mu_prior": priors.Normal(0, 100)},
        "gamma": {"tau_prior": priors.GammaPrecision(1, 1)},
        "within bounds": {"tau_prior": priors.Uniform(0.5, 10), "times": 30},
    },
    refused=[
        ("times", 0),
        ("times", -2.5),
        ("times", 2000),
        ("times", float("nan")),
        ("target_accept", 0),
        ("target_accept", 0.995),
        ("seed", -1),
        ("seed", 2.5),
        ("group_sizes", [1, 401]),
        ("group_sizes", [0, 100]),
        ("group_sizes", [10] * 9),
        ("group_sizes", [2.5]),
    ],
    words="the weights λ of the schools",
    figure="The posterior of one effect and log τ",
    slider="All sizes times",
    pages=["plain", "one school", "a tenth", "within bounds", "small and large"],
)

REGRESSION = Case(
    widgets.RegressionPooling,
    states={
        "plain": {},
        "pairs": {"observations": 2},
        "noisy": {"individuals": 30, "observations": 4, "sigma": 6, "seed": 3},
        "nearly exact": {"sigma": 0.01, "observations": 3, "individuals": 30},
        "one": {"individuals": 1, "observations": 4},
        "one pair": {"individuals": 1, "observations": 2, "seed": 2},
        "two": {"individuals": 2, "observations": 3},
        "many": {"individuals": 100, "observations": 30, "seed": 9},
    },
    refused=[
        ("individuals", 0),
        ("individuals", 101),
        ("individuals", 7.5),
        ("observations", 1),
        ("observations", 31),
        ("sigma", 0),
        ("sigma", -2),
        ("sigma", 7),
        ("sigma", float("nan")),
        ("seed", -1),
        ("seed", 2.5),
    ],
    words="Root mean squared error from the true lines",
    figure="From estimated lines to true ones",
    slider="Observations of each",
    pages=["plain", "one pair", "noisy", "nearly exact", "many"],
)

CONVERGENCE = Case(
    widgets.ConvergenceLab,
    states={
        "plain": {},
        "tau": {"quantity": "tau", "seed": 3},
        "stuck": {"fault": "stuck"},
        "apart": {"fault": "apart", "amount": 0.8, "quantity": "tau"},
        "drift": {"fault": "drift", "draws": 333},
        "narrow": {"fault": "narrow", "amount": 0.9},
        "heavy": {"fault": "heavy"},
        "ridges": {"fault": "ridges", "amount": 1, "seed": 5},
        "bad starts": {"draws": 200, "warmup": 0, "start": 10, "step": 0.5},
        "short": {"draws": 11, "fault": "drift"},
        "one place": {"step": 0.05, "warmup": 0, "apart": False, "start": 0, "quantity": "tau"},
        "hardly a step": {"step": 20, "draws": 20, "warmup": 0},
        "dead": {"fault": "stuck", "amount": 1, "draws": 60},
        "narrow to nothing": {"fault": "narrow", "amount": 1, "draws": 1000, "warmup": 500},
        "one school": {"group_sizes": [100], "quantity": "tau"},
        "small, none and large": {"group_sizes": [1, 0, 400, 30, 0, 5, 100, 100]},
        "small studies": {"group_sizes": [5] * 8, "quantity": "tau", "fault": "heavy"},
    },
    refused=[
        ("quantity", "sigma"),
        ("draws", 9),
        ("draws", 1001),
        ("draws", 20.5),
        ("warmup", -1),
        ("warmup", 501),
        ("step", 0),
        ("step", 30),
        ("step", float("nan")),
        ("start", -1),
        ("start", 11),
        ("apart", 1),
        ("fault", "broken"),
        ("amount", -0.5),
        ("amount", 1.5),
        ("seed", -1),
        ("group_sizes", [1, 401]),
        ("group_sizes", [0] * 8),
    ],
    words="Alarms that ring",
    figure="Traces and ranks of four chains",
    slider="Draws of each chain",
    pages=["plain", "one school", "hardly a step", "heavy", "dead", "small, none and large"],
)

CASES = [
    EXPLORER, DIAL, STEIN, HAMILTONIAN, NUTS, METROPOLIS, GIBBS, FUNNEL, REGRESSION, CONVERGENCE,
]  # fmt: skip
SHOWN = [(case, name) for case in CASES for name in case.states]
SHOWN_IDS = [f"{case.name}: {name}" for case, name in SHOWN]
CASE_IDS = [case.name for case in CASES]
