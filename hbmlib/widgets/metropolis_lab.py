"""MetropolisLab: four chains walk over the posterior of a population, step by step."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, exact, pooling, priors
from hbmlib.kernels import Metropolis
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import PosteriorWidget
from hbmlib.widgets._plane import MAX_SIZE, PUBLISHED, Plane, python_lines, schools, schools_plane

__all__ = ["MetropolisLab"]

Floats = NDArray[np.float64]

SCHEMES = {"together": "all at once", "blocks": "one after the other"}
#: Steps of each chain in the static figure.
STEPS = 60

LINES = python_lines(
    "",
    """\
q = np.array($position)
logp, grad = target.logp_and_grad(q)
start, proposal = $from, $proposal  # of the last decision
ratio = accept = None
if proposal is not None:
    ratio = float(target.logp(np.array(proposal)) - target.logp(np.array(start)))
    accept = float(np.exp(min(0, ratio)))
print(json.dumps({
    "exact": stated,
    "position": q.tolist(),
    "log_density": float(logp),
    "gradient": grad.tolist(),
    "log_ratio": ratio if ratio is not None and np.isfinite(ratio) else None,
    "accept": accept,
}))""",
)["schools"]


class MetropolisLab(PosteriorWidget):
    """Let four chains walk over a posterior, and see what becomes of every step.

    The target is the posterior of (mu, log tau) of the eight schools, with the schools' effects
    integrated out. The page proposes and decides step by step or runs, and holds traces, R-hat
    and effective sizes against the exact posterior, which follows the sizes of the studies.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    group_sizes : list of int
        The size of each study, 0 to 400, where 100 stands for the study as published.
    mu_prior, tau_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    scheme : {"together", "blocks"}
        Whether a proposal moves both coordinates, or first mu and then log tau.
    step_mu, step_tau : float
        Standard deviation of the proposals of mu, 0.01 to 1000, and of log tau, 0.001 to 100.
    start_mu, start_tau : float
        Where the first chain starts, mu from -100 to 100 and tau from 0.01 to 1000.
    apart : bool
        Whether the other three chains start from its mirror images in the medians, or with it.
    seed : int
        Seed of the proposals and decisions.
    controls : list of str
        The controls to show, among ``MetropolisLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> lab = MetropolisLab(start_mu=20, start_tau=2)
    >>> lab.starts.shape
    (4, 2)
    >>> lab.kernel.scale
    array([5., 1.])
    """

    STATE = (
        "group_sizes", "mu_prior", "tau_prior", "scheme", "step_mu", "step_tau", "start_mu",
        "start_tau", "apart", "seed",
    )  # fmt: skip
    PYTHON = LINES

    group_sizes = state.group_sizes([PUBLISHED] * 8, lambda _: [MAX_SIZE] * 8)
    mu_prior = state.location_prior(priors.Normal(0, 100))
    tau_prior = state.scale_prior(priors.HalfNormal(25))
    scheme = state.choice("together", SCHEMES)
    step_mu = state.number(5.0, checks.positive, "Raise it.", low=0.01, high=1000)
    step_tau = state.number(1.0, checks.positive, "Raise it.", low=0.001, high=100)
    start_mu = state.number(20.0, low=-100, high=100)
    start_tau = state.number(1.0, checks.positive, "Raise it.", low=0.01, high=1000)
    apart = state.flag(True)
    seed = state.seed()

    def _given(self) -> dict[str, Any]:
        return schools()

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The schools in use: their sizes and effects."""
        J = len(self.group_sizes)
        data = schools()
        return pooling.from_means(
            data["effect"][:J], n=self.group_sizes, labels=data["labels"][:J]
        )

    @property
    def known_sigma(self) -> Floats:
        """The sd of one observation in each school, shape (J,)."""
        return np.array(schools()["se"][: len(self.group_sizes)]) * np.sqrt(PUBLISHED)

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior, which the chains should reach."""
        mu_prior, tau_prior = map(priors.from_dict, (self.mu_prior, self.tau_prior))
        return exact.normal_means(
            self.groups, sigma=self.known_sigma, mu_prior=mu_prior, tau_prior=tau_prior
        )

    @property
    def plane(self) -> Plane:
        """The target, with its window and the point where the first chain starts."""
        mu_prior, tau_prior = map(priors.from_dict, (self.mu_prior, self.tau_prior))
        plane = schools_plane(
            self.groups, self.known_sigma, mu_prior=mu_prior, tau_prior=tau_prior
        )
        return replace(plane, start=np.array([self.start_mu, np.log(self.start_tau)]))

    @property
    def kernel(self) -> Metropolis:
        """The sampler: the target, the sds of the proposals and the scheme."""
        return self._kernel(self.plane)

    @property
    def starts(self) -> Floats:
        """Where the four chains start, (mu, log tau), shape (4, 2)."""
        return self._starts(self.plane)

    def _kernel(self, plane: Plane) -> Metropolis:
        blocks = [[0], [1]] if self.scheme == "blocks" else None
        return Metropolis(plane.target, scale=[self.step_mu, self.step_tau], blocks=blocks)

    def _starts(self, plane: Plane) -> Floats:
        lower, upper = self.tau_prior.get("lower", 0.0), self.tau_prior.get("upper", np.inf)
        if not lower < self.start_tau < upper:
            raise ValueError(
                f"`start_tau` must be inside its prior, {lower:g} to {upper:g}; got "
                f"{self.start_tau:g}. Choose another."
            )
        if not self.apart:
            return np.array([plane.start] * 4)
        inside = 0.01 * (upper - lower) if np.isfinite(upper) else 0.0
        middle = plane.stated["tau"][1]
        across = np.clip(middle**2 / self.start_tau, lower + inside, upper - inside)
        first, (mu, u) = plane.start, (2 * plane.stated["mu"][1] - plane.start[0], np.log(across))
        return np.array([first, [mu, u], [first[0], u], [mu, first[1]]])

    def _slots(self) -> dict[str, Any]:
        try:
            position = self.starts[0].tolist()
        except ValueError:  # an improper posterior or a start outside it, as the page will say
            position = [0.0, 0.0]
        return super()._slots() | {"position": position, "from": None, "proposal": None}

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        plane = self.plane
        first = self._starts(plane)[0]
        logp, grad = plane.target.logp_and_grad(first)
        return {
            "exact": plane.stated,
            "position": first.tolist(),
            "log_density": float(logp),
            "gradient": grad.tolist(),
            "log_ratio": None,
            "accept": None,
        }

    def _picture(self) -> tuple[str, str]:
        plane = self.plane
        starts = self._starts(plane)
        # Of the plane's window, widened so that all starts are in sight.
        wide = [
            (min(low, *starts[:, i]), max(high, *starts[:, i]))
            for i, (low, high) in enumerate([plane.x, plane.y])
        ]
        plane = replace(plane, x=wide[0], y=wide[1])
        path, accept = self._walk(plane, starts)
        return self._figure(plane, path), self._summary(plane, accept)

    def _walk(self, plane: Plane, starts: Floats) -> tuple[Floats, float]:
        """Take the first steps of four chains; give the path, (step, chain, 2)."""
        kernel, rng = self._kernel(plane), np.random.default_rng(self.seed)
        at, path, accept = kernel.init(starts), [starts], []
        for _ in range(STEPS):
            at, info = kernel.step(rng, at)
            path.append(at.q)
            accept.append(info.accept.mean())
        return np.array(path), float(np.mean(accept))

    def _figure(self, plane: Plane, path: Floats) -> str:
        """Draw the target, where the chains start, and their first steps."""
        bottom = 330
        figure, scales = plane.draw(
            "Four chains of the Metropolis algorithm over the posterior of μ and log τ",
            bottom + 62,
            bottom,
        )
        roles = ["partial", "own", "within", "between"]
        for c, (role, dash) in enumerate(zip(roles, ["", "6 3", "2 3", "8 3 2 3"], strict=True)):
            xs, ys = plane.places(path[:, c], scales)
            figure.line(xs, ys, role, 1.25, dash)
            figure.dot(xs[0], ys[0], role, hollow=True)
        figure.text(0, bottom + 54, f"○ starts, then {STEPS} steps   shaded: 50% and 90%")
        return figure.svg()

    def _summary(self, plane: Plane, accept: float) -> str:
        """Say how the chains move and what they should reach."""
        low, middle, high = plane.stated["tau"]
        where = "three mirror images of it" if self.apart else "the same place"
        return (
            f"Four chains start at μ = {self.start_mu:g}, τ = {self.start_tau:g} and {where}. "
            f"They propose {SCHEMES[self.scheme]}, with an sd of {self.step_mu:g} in μ and "
            f"{self.step_tau:g} in log τ; in {STEPS} steps their mean acceptance is "
            f"{accept:.2f}. "
            f"The exact posterior has the median {plane.stated['mu'][1]:.1f} for μ, and "
            f"{middle:.1f} for τ (90% interval {low:.1f} to {high:.1f})."
        )
