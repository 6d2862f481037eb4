"""Group means known with their standard errors, as in the eight schools."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, pooling
from hbmlib.models import _checked
from hbmlib.models.conjugate import (
    HALF_LOG_2PI,
    draw_auxiliary,
    draw_mean,
    draw_scale,
    on_log_axis,
)
from hbmlib.priors import Flat, HalfCauchy, Normal, Prior

__all__ = ["EightSchools"]

Floats = NDArray[np.float64]
State = Mapping[str, Floats]  # each with a leading chain axis


@dataclass(frozen=True, eq=False)
class EightSchools:
    r"""The normal hierarchical model with known standard errors.

    .. math:: y_j \sim N(\theta_j, s_j), \quad \theta_j \sim N(\mu, \tau).

    Coordinates are mu, log tau, and for each group theta_j (centred) or
    z_j = (theta_j - mu) / tau (non-centred). Densities carry all their constants, and that of
    log tau its Jacobian.

    Parameters
    ----------
    effect, se : array_like, shape (J,)
        Estimated effect y_j of each group and its standard error s_j.
    mu_prior : Normal or Flat, optional
        Prior of the population mean.
    tau_prior : Prior, optional
        Prior of the sd between groups.
    centred : bool, optional
        Whether theta itself is the coordinate.
    labels : sequence of hashable, optional
        Names of the groups; by default 0 to J - 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, a standard error is not positive, a prior does not suit its
        parameter, or the posterior is improper.

    References
    ----------
    Rubin (1981), "Estimation in parallel randomized experiments", Journal of Educational
    Statistics 6.

    Papaspiliopoulos, Roberts and Sköld (2007), "A general framework for the parametrization of
    hierarchical models", Statistical Science 22, for the two kinds of coordinates.

    Examples
    --------
    >>> model = EightSchools([28, 8, -3], [15, 10, 16], labels="ABC", centred=False)
    >>> model.names
    ('mu', 'tau', 'theta[A]', 'theta[B]', 'theta[C]')
    >>> model.constrain(np.array([1.0, np.log(2), 0, 1, -1]))
    array([ 1.,  2.,  1.,  3., -1.])
    """

    effect: Floats
    se: Floats
    mu_prior: Normal | Flat = Normal(0, 5)  # noqa: RUF009
    tau_prior: Prior = HalfCauchy(5)  # noqa: RUF009
    centred: bool = True
    labels: Sequence[Hashable] | None = None
    dim: int = field(init=False, repr=False)
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        effect = checks.finite("effect", self.effect, shape=("J",))
        J = len(effect)
        se = checks.positive("se", self.se, shape=(J,))
        labels = pooling.from_means(effect, labels=self.labels).labels
        _checked.mean_prior("mu_prior", self.mu_prior)
        _checked.scale_prior("tau_prior", self.tau_prior)
        flat = isinstance(self.mu_prior, Flat)
        tau = _checked.Scale("tau", self.tau_prior)
        _checked.refuse_improper([tau], {frozenset(["tau"]): J - flat})
        self.__dict__.update(
            effect=effect,
            se=se,
            centred=_checked.flag("centred", self.centred),
            labels=labels,
            dim=J + 2,
            names=("mu", "tau", *(f"theta[{label}]" for label in labels)),
            _precision=se**-2.0,
            _constant=-2 * J * HALF_LOG_2PI - np.log(se).sum(),
        )

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        J, group = len(self.labels), q[..., 2:]
        log_mu, grad_mu = self.mu_prior.log_density_and_gradient(q[..., 0])
        tau, log_tau, grad_tau = on_log_axis(self.tau_prior, q[..., 1])
        mu, each_tau = q[..., :1], tau[..., None]
        z = (group - mu) / each_tau if self.centred else group
        error = self.effect - group if self.centred else self.effect - mu - each_tau * z
        pull = self._precision * error  # ∂ log p(y | θ) / ∂θ
        square = np.vecdot(z, z)
        logp = log_mu + log_tau - 0.5 * (square + np.vecdot(pull, error)) + self._constant
        grad = np.empty_like(q)
        if self.centred:
            logp -= J * q[..., 1]  # p(θ | μ, τ) = N(z) / τ
            push = z / each_tau
            np.add(push.sum(axis=-1), grad_mu, out=grad[..., 0])
            np.add(square - J, grad_tau, out=grad[..., 1])
            np.subtract(pull, push, out=grad[..., 2:])
        else:
            np.add(pull.sum(axis=-1), grad_mu, out=grad[..., 0])
            np.add(tau * np.vecdot(pull, z), grad_tau, out=grad[..., 1])
            np.subtract(each_tau * pull, z, out=grad[..., 2:])
        return logp, grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each group's coordinate: (..., sites)."""
        group = _checked.sites(block, 2, len(self.labels), self.dim)
        x, mu, tau = q[..., block[:, 0]], q[..., :1], np.exp(q[..., 1:2])
        z, theta = ((x - mu) / tau, x) if self.centred else (x, mu + tau * x)
        return -0.5 * (z**2 + ((self.effect[..., group] - theta) / self.se[group]) ** 2)

    def constrain(self, q: Floats) -> Floats:
        """Return mu, tau and theta: (..., dim) -> (..., dim)."""
        values = q.copy()
        values[..., 1] = np.exp(q[..., 1])
        if not self.centred:
            values[..., 2:] = q[..., :1] + values[..., 1:2] * q[..., 2:]
        return values

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the posterior: (size, dim)."""
        J, spread = len(self.effect), np.hypot(self.effect.std(), self.se.min())
        mu = self.effect.mean() + 2 * spread / np.sqrt(J) * rng.standard_normal(size)
        tau = _checked.inside(self.tau_prior, rng, spread * np.exp(rng.uniform(-3, 1, size)))
        z = 2 * rng.standard_normal((size, J))
        group = self.effect + self.se * z if self.centred else z
        return np.column_stack([mu, np.log(tau), group])

    @property
    def conditionals(self) -> Mapping[str, Callable[[np.random.Generator, State], Floats]]:
        """Draws of each block given all others; they work on the named values.

        A half-Cauchy tau has an auxiliary block of its own, which is not recorded.
        """
        auxiliary = {"tau_auxiliary": self._draw_tau_auxiliary}
        return {
            "theta": self._draw_theta,
            "mu": self._draw_mu,
            **(auxiliary if isinstance(self.tau_prior, HalfCauchy) else {}),
            "tau": self._draw_tau,
        }

    def gibbs_state(self, values: Floats) -> dict[str, Floats]:
        """Split named values, (chain, dim), into the blocks of `conditionals`."""
        tau = values[:, 1]
        state = {"mu": values[:, 0], "tau": tau, "theta": values[:, 2:]}
        return state | ({"tau_auxiliary": tau**2} if "tau_auxiliary" in self.conditionals else {})

    def _draw_theta(self, rng: np.random.Generator, state: State) -> Floats:
        between = state["tau"][:, None] ** -2.0
        precision = self._precision + between
        mean = (self._precision * self.effect + between * state["mu"][:, None]) / precision
        return mean + rng.standard_normal(mean.shape) / np.sqrt(precision)

    def _draw_mu(self, rng: np.random.Generator, state: State) -> Floats:
        between = state["tau"] ** -2.0
        total = between * state["theta"].sum(axis=1)
        return draw_mean(rng, self.mu_prior, len(self.labels) * between, total)

    def _draw_tau_auxiliary(self, rng: np.random.Generator, state: State) -> Floats:
        return draw_auxiliary(rng, self.tau_prior, state["tau"])

    def _draw_tau(self, rng: np.random.Generator, state: State) -> Floats:
        r = state["theta"] - state["mu"][:, None]
        auxiliary = state.get("tau_auxiliary")
        return draw_scale(rng, self.tau_prior, len(self.labels), np.vecdot(r, r), auxiliary)
