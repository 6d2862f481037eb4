"""GibbsLab: draw each unknown in turn, and see how fast the chain forgets."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets, exact, pooling, priors, simulate
from hbmlib.models import NormalMeans
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import PosteriorWidget, numbers
from hbmlib.widgets._svg import WIDTH, Figure, Scale, padded

__all__ = ["GibbsLab"]

Floats = NDArray[np.float64]

#: Decides which students of a school come first.
ORDER_SEED = 1
SCANS = {"systematic": "in a fixed order", "random": "in a random order"}
#: Sweeps in the static figure.
SWEEPS = 12

LINES = """\
import json
import numpy as np
from hbmlib import datasets, exact, pooling, priors, simulate
from hbmlib.models import NormalMeans

sizes = $group_sizes
table = datasets.load("hsb")
names = datasets.ten_schools()[:len(sizes)]
rows = simulate.reorder([table["math"][table["school"] == s] for s in names], seed=$order_seed)
y = np.concatenate([row[:n] for row, n in zip(rows, sizes, strict=True)])
group = np.repeat(np.arange(len(sizes)), sizes)
groups = pooling.summarise(y, group, labels=range(len(sizes)))
options = {
    "mu_prior": $mu_prior,
    "tau_prior": $tau_prior,
    "sigma_prior": $sigma_prior,
}
posterior = exact.normal_means(groups, **options)
model = NormalMeans(groups, **options)

mu, tau, sigma, theta = $mu, $tau, $sigma, np.array($theta)
q = np.r_[mu, np.log(tau), np.log(sigma), theta]
logp, grad = model.logp_and_grad(q)
own = np.where(groups.n > 0, groups.mean, 0)
precision = groups.n / sigma**2 + 1 / tau**2  # of each school's level, given the rest
level = (groups.n * own / sigma**2 + mu / tau**2) / precision
distance = float(np.sum((theta - mu) ** 2))
residual = float(groups.ss.sum() + np.sum(groups.n * (own - theta) ** 2))
p = [0.05, 0.5, 0.95]
print(json.dumps({
    "exact": {
        name: getattr(posterior, name).quantile(p).tolist() for name in ("mu", "tau", "sigma")
    },
    "kept": 1 - float(posterior.shrinkage.mean.mean()),
    "position": [mu, tau, sigma, *theta.tolist()],
    "log_density": float(logp),
    "gradient": grad.tolist(),
    "given_rest": {
        "theta": level.tolist(),
        "theta_sd": (precision**-0.5).tolist(),
        "squares_between": distance,
        "squares_within": residual,
    },
}))"""


@cache
def _rows() -> dict[str, list]:
    """Return the scores of ten schools, the students of each in a random order."""
    table = datasets.load("hsb")
    names = datasets.ten_schools()
    scores = [table["math"][table["school"] == name] for name in names]
    rows = simulate.reorder(scores, seed=ORDER_SEED)
    return {"labels": list(names), "rows": [row.tolist() for row in rows]}


class GibbsLab(PosteriorWidget):
    """Draw the unknowns of a hierarchical model in turn, each given all the others.

    The page shows which conditional is drawn and its density, the path of the draws, and how much
    of a deviation is left after a sweep, which the number of students in each school decides. The
    exact posterior, which the chains should reach, follows.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    group_sizes : list of int
        How many students of each of ten schools of ``hsb`` are used, 0 to all. With fewer
        entries only the first schools are used; 0 drops the students but not the school.
    mu_prior, tau_prior, sigma_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    scan : {"systematic", "random"}
        Whether a sweep draws each block once in a fixed order, or as many picked at random.
    seed : int
        Seed of the draws.
    controls : list of str
        The controls to show, among ``GibbsLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> few, many = GibbsLab(group_sizes=[2] * 10), GibbsLab(group_sizes=[14] * 10)
    >>> few.values["kept"] > many.values["kept"]
    True
    """

    STATE = ("group_sizes", "mu_prior", "tau_prior", "sigma_prior", "scan", "seed")
    PYTHON = LINES

    group_sizes = state.group_sizes([6] * 10, lambda _: [len(row) for row in _rows()["rows"]])
    mu_prior = state.location_prior(priors.Normal(10, 10))
    tau_prior = state.scale_prior(priors.GammaPrecision(0.5, 12.5))
    sigma_prior = state.scale_prior(priors.GammaPrecision(0.5, 50))
    scan = state.choice("systematic", SCANS)
    seed = state.seed()

    known_sigma = None

    def _given(self) -> dict[str, Any]:
        return _rows()

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The students in use, summarised."""
        data, sizes = _rows(), self.group_sizes
        y = np.concatenate([row[:n] for row, n in zip(data["rows"], sizes, strict=False)])
        labels = data["labels"][: len(sizes)]
        return pooling.summarise(y, np.repeat(labels, sizes), labels=labels)

    def _options(self) -> dict[str, priors.Prior]:
        return {
            name: priors.from_dict(getattr(self, name))
            for name in ("mu_prior", "tau_prior", "sigma_prior")
        }

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior, which the chains should reach."""
        return exact.normal_means(self.groups, **self._options())

    @property
    def model(self) -> NormalMeans:
        """The model, whose conditionals are drawn."""
        return NormalMeans(self.groups, **self._options())

    @property
    def starts(self) -> Floats:
        """Where the four chains start, (mu, tau, sigma, theta), shape (4, J + 3).

        They stand at the 1% and 99% quantiles of the posterior of mu and tau, in all four
        ways, with sigma at one or the other; schools at their own means, or at mu without data.
        """
        return self._starts(self.posterior)

    def _starts(self, posterior: exact.ExactPosterior) -> Floats:
        low, high = np.transpose(
            [getattr(posterior, name).quantile([0.01, 0.99]) for name in ("mu", "tau", "sigma")]
        )
        ends = np.array([low, high])
        which = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 0], [0, 0, 1]])
        three = np.array([[ends[k, i] for i, k in enumerate(row)] for row in which])
        groups = self.groups
        theta = np.where(groups.n > 0, groups.mean, three[:, :1])
        return np.column_stack([three, theta])

    def _slots(self) -> dict[str, Any]:
        try:
            mu, tau, sigma, *theta = self.starts[0].tolist()
        except ValueError:  # an improper posterior, as the lines will say
            mu, tau, sigma, theta = 0.0, 1.0, 1.0, [0.0] * len(self.group_sizes)
        now = {"mu": mu, "tau": tau, "sigma": sigma, "theta": theta, "order_seed": ORDER_SEED}
        return super()._slots() | now

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        return self._values(self.posterior)

    def _values(self, posterior: exact.ExactPosterior) -> dict[str, Any]:
        groups = self.groups
        position = self._starts(posterior)[0]
        (mu, tau, sigma), theta = position[:3], position[3:]
        logp, grad = self.model.logp_and_grad(np.r_[mu, np.log(tau), np.log(sigma), theta])
        own = np.where(groups.n > 0, groups.mean, 0.0)
        precision = groups.n / sigma**2 + 1 / tau**2
        level = (groups.n * own / sigma**2 + mu / tau**2) / precision
        squares = groups.ss.sum() + np.sum(groups.n * (own - theta) ** 2)
        return {
            "exact": {
                name: numbers(getattr(posterior, name).quantile([0.05, 0.5, 0.95]))
                for name in ("mu", "tau", "sigma")
            },
            "kept": 1 - float(posterior.shrinkage.mean.mean()),
            "position": position.tolist(),
            "log_density": float(logp),
            "gradient": grad.tolist(),
            "given_rest": {
                "theta": level.tolist(),
                "theta_sd": (precision**-0.5).tolist(),
                "squares_between": float(np.sum((theta - mu) ** 2)),
                "squares_within": float(squares),
            },
        }

    def _picture(self) -> tuple[str, str]:
        posterior = self.posterior
        return self._figure(posterior), self._summary(posterior)

    def _zigzag(self, posterior: exact.ExactPosterior) -> Floats:
        """Draw the blocks in turn for some sweeps of one chain: the corners of (mu, tau)."""
        rng, model = np.random.default_rng(self.seed), self.model
        blocks = model.gibbs_state(self._starts(posterior)[:1])
        path = [(blocks["mu"][0], blocks["tau"][0])]
        for _ in range(SWEEPS):
            for name, draw in model.conditionals.items():
                blocks = blocks | {name: draw(rng, blocks)}
                if name in ("mu", "tau"):
                    path.append((blocks["mu"][0], blocks["tau"][0]))
        return np.array(path)

    def _figure(self, posterior: exact.ExactPosterior) -> str:
        """Draw the first sweeps of a chain over the 90% intervals of mu and tau."""
        path, top, bottom = self._zigzag(posterior), 24, 300
        figure = Figure(bottom + 62, "The path of a Gibbs sampler in μ and τ")
        ends = {k: getattr(posterior, k).quantile([0.05, 0.5, 0.95]) for k in ("mu", "tau")}
        x = Scale(padded([*path[:, 0], *ends["mu"]]), (40, WIDTH - 8))
        y = Scale((0, padded([*path[:, 1], *ends["tau"]])[1]), (bottom, top))
        figure.text(0, 14, "τ", role="muted")
        figure.y_axis(y, 40)
        figure.x_axis(x, bottom, "μ")
        (a, _, b), (c, _, d) = (map(x, ends["mu"]), map(y, ends["tau"]))
        figure.path(f"M{a} {c}H{b}V{d}H{a}z", "between", fill=True, opacity=0.15)
        xs, ys = [x(value) for value in path[:, 0]], [y(value) for value in path[:, 1]]
        figure.line(xs, ys, "partial", 1.5)
        figure.dot(xs[0], ys[0], "ink", hollow=True)
        figure.diamond(xs[-1], ys[-1], "accept")
        key = f"○ start   ◆ after {SWEEPS} sweeps   shaded: 90% intervals"
        figure.text(0, bottom + 54, key)
        return figure.svg()

    def _summary(self, posterior: exact.ExactPosterior) -> str:
        """Say what is drawn, what is left after a sweep, and what should be reached."""
        kept = 1 - float(posterior.shrinkage.mean.mean())
        least, most = min(self.group_sizes), max(self.group_sizes)
        size = f"{most}" if least == most else f"{least} to {most}"
        reach = []
        for name, label in (("mu", "μ"), ("tau", "τ"), ("sigma", "σ")):
            low, middle, high = getattr(posterior, name).quantile([0.05, 0.5, 0.95])
            reach.append(f"{middle:.1f} for {label} ({low:.1f} to {high:.1f})")
        return (
            f"Schools: {len(self.group_sizes)}; students in each: {size}. The unknowns are drawn "
            f"{SCANS[self.scan]}, each given all others. On average schools keep "
            f"{1 - kept:.2f} of their distance from μ, so a sweep leaves about {kept:.2f} of a "
            f"deviation of μ. The exact posterior has the medians (and 90% intervals) "
            f"{reach[0]}, {reach[1]} and {reach[2]}."
        )
