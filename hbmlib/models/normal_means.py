"""Groups of normal observations with a common, unknown sd."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hbmlib.models import _checked
from hbmlib.models.conjugate import (
    HALF_LOG_2PI,
    draw_auxiliary,
    draw_mean,
    draw_scale,
    on_log_axis,
)
from hbmlib.pooling import GroupSummaries, grand_mean
from hbmlib.priors import Flat, HalfCauchy, HalfNormal, Normal, Prior
from hbmlib.propriety import infinite_at_zero

__all__ = ["NormalMeans"]

Floats = NDArray[np.float64]
State = Mapping[str, Floats]  # each with a leading chain axis


@dataclass(frozen=True, eq=False)
class NormalMeans:
    r"""The normal hierarchical model with an unknown sd within groups.

    .. math:: y_{ij} \sim N(\theta_j, \sigma), \quad \theta_j \sim N(\mu, \tau).

    Coordinates are mu, log tau, log sigma, and for each group theta_j (centred) or
    z_j = (theta_j - mu) / tau (non-centred). The data enter through each group's size, mean and
    sum of squares. Densities are those of all observations, with every constant; those of the
    log scales carry their Jacobians.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero are predicted.
    mu_prior : Normal or Flat, optional
        Prior of the population mean.
    tau_prior : Prior, optional
        Prior of the sd between groups.
    sigma_prior : Prior, optional
        Prior of the sd within groups.
    centred : bool, optional
        Whether theta itself is the coordinate.

    Raises
    ------
    ValueError
        If there is no observation, a prior does not suit its parameter, or the posterior is
        improper.

    References
    ----------
    Gelfand, Hills, Racine-Poon and Smith (1990), "Illustration of Bayesian inference in normal
    data models using Gibbs sampling", Journal of the American Statistical Association 85.

    Examples
    --------
    >>> from hbmlib import pooling
    >>> groups = pooling.summarise([4, 6, 9, 5], ["A", "A", "B", "C"])
    >>> model = NormalMeans(groups)
    >>> model.names
    ('mu', 'tau', 'sigma', 'theta[A]', 'theta[B]', 'theta[C]')
    >>> logp, grad = model.logp_and_grad(np.array([6, 0, 0, 5, 9, 5.0]))
    >>> print(logp.round(2), grad.round(2))
    -26.04 [ 1.  9. -1.  1. -3.  1.]
    """

    groups: GroupSummaries
    mu_prior: Normal | Flat = Normal(0, 100)  # noqa: RUF009
    tau_prior: Prior = HalfNormal(25)  # noqa: RUF009
    sigma_prior: Prior = HalfNormal(50)  # noqa: RUF009
    centred: bool = True
    dim: int = field(init=False, repr=False)
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        groups = self.groups
        if not isinstance(groups, GroupSummaries):
            raise ValueError(
                f"`groups` must be GroupSummaries; got {type(groups).__name__}. "
                "Make them with pooling.summarise(y, group)."
            )
        if groups.n_total == 0:
            raise ValueError(
                "`groups` must have at least one observation; got none. "
                "Draw from the priors instead: they are the posterior."
            )
        _checked.mean_prior("mu_prior", self.mu_prior)
        _checked.scale_prior("tau_prior", self.tau_prior)
        _checked.scale_prior("sigma_prior", self.sigma_prior)
        self._refuse_improper()
        labels = groups.labels
        self.__dict__.update(
            centred=_checked.flag("centred", self.centred),
            dim=len(labels) + 3,
            names=("mu", "tau", "sigma", *(f"theta[{label}]" for label in labels)),
            _n=groups.n.astype(np.float64),
            _n_total=groups.n_total,
            _mean=np.where(groups.n > 0, groups.mean, 0.0),
            _ss=float(groups.ss.sum()),
            _constant=-(groups.n_total + len(labels)) * HALF_LOG_2PI,
        )

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        J, N, group = self.groups.n_groups, self._n_total, q[..., 3:]
        log_mu, grad_mu = self.mu_prior.log_density_and_gradient(q[..., 0])
        tau, log_tau, grad_tau = on_log_axis(self.tau_prior, q[..., 1])
        sigma, log_sigma, grad_sigma = on_log_axis(self.sigma_prior, q[..., 2])
        mu, each_tau, precision = q[..., :1], tau[..., None], sigma**-2.0
        z = (group - mu) / each_tau if self.centred else group
        error = self._mean - group if self.centred else self._mean - mu - each_tau * z
        pull = self._n * error
        misfit = (self._ss + np.vecdot(pull, error)) * precision  # Σ (y - θ)² / σ²
        pull *= precision[..., None]  # ∂ log p(y | θ, σ) / ∂θ
        square = np.vecdot(z, z)
        logp = log_mu + log_tau + log_sigma - 0.5 * (square + misfit) - N * q[..., 2]
        logp = logp + self._constant
        grad = np.empty_like(q)
        if self.centred:
            logp -= J * q[..., 1]  # p(θ | μ, τ) = N(z) / τ
            push = z / each_tau
            np.add(push.sum(axis=-1), grad_mu, out=grad[..., 0])
            np.add(square - J, grad_tau, out=grad[..., 1])
            np.subtract(pull, push, out=grad[..., 3:])
        else:
            np.add(pull.sum(axis=-1), grad_mu, out=grad[..., 0])
            np.add(tau * np.vecdot(pull, z), grad_tau, out=grad[..., 1])
            np.subtract(each_tau * pull, z, out=grad[..., 3:])
        np.add(misfit - N, grad_sigma, out=grad[..., 2])
        return logp, grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each group's coordinate: (..., sites)."""
        group = _checked.sites(block, 3, self.groups.n_groups, self.dim)
        x, mu, tau = q[..., block[:, 0]], q[..., :1], np.exp(q[..., 1:2])
        z, theta = ((x - mu) / tau, x) if self.centred else (x, mu + tau * x)
        misfit = self._n[group] * (self._mean[..., group] - theta) ** 2
        return -0.5 * (z**2 + misfit * np.exp(-2 * q[..., 2:3]))

    def constrain(self, q: Floats) -> Floats:
        """Return mu, tau, sigma and theta: (..., dim) -> (..., dim)."""
        values = q.copy()
        np.exp(q[..., 1:3], out=values[..., 1:3])
        if not self.centred:
            values[..., 3:] = q[..., :1] + values[..., 1:2] * q[..., 3:]
        return values

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the posterior: (size, dim)."""
        seen = self._n > 0
        own, J = self._mean[seen], int(seen.sum())
        centre = grand_mean(self.groups)
        freedom = self.groups.n_total - J
        between = own.std()
        within = np.sqrt(self._ss / freedom) if freedom and self._ss else between or 1.0
        spread = np.hypot(between, within / np.sqrt(self._n.max()))
        mu = centre + 2 * spread / np.sqrt(J) * rng.standard_normal(size)
        tau = _checked.inside(self.tau_prior, rng, spread * np.exp(rng.uniform(-2, 1, size)))
        sigma = _checked.inside(self.sigma_prior, rng, within * np.exp(rng.uniform(-1, 1, size)))
        z = 2 * rng.standard_normal((size, len(seen)))
        error = np.where(seen, within / np.sqrt(np.maximum(self._n, 1)), spread)
        group = np.where(seen, self._mean, centre) + error * z if self.centred else z
        return np.column_stack([mu, np.log(tau), np.log(sigma), group])

    @property
    def conditionals(self) -> Mapping[str, Callable[[np.random.Generator, State], Floats]]:
        """Draws of each block given all others; they work on the named values.

        A half-Cauchy scale has an auxiliary block of its own, which is not recorded.
        """
        blocks = {"theta": self._draw_theta, "mu": self._draw_mu}
        if isinstance(self.tau_prior, HalfCauchy):
            blocks["tau_auxiliary"] = self._draw_tau_auxiliary
        blocks["tau"] = self._draw_tau
        if isinstance(self.sigma_prior, HalfCauchy):
            blocks["sigma_auxiliary"] = self._draw_sigma_auxiliary
        blocks["sigma"] = self._draw_sigma
        return blocks

    def gibbs_state(self, values: Floats) -> dict[str, Floats]:
        """Split named values, (chain, dim), into the blocks of `conditionals`."""
        state = {"mu": values[:, 0], "tau": values[:, 1], "sigma": values[:, 2]}
        state["theta"] = values[:, 3:]
        auxiliary = [name for name in self.conditionals if name.endswith("_auxiliary")]
        return state | {name: state[name.removesuffix("_auxiliary")] ** 2 for name in auxiliary}

    def _draw_theta(self, rng: np.random.Generator, state: State) -> Floats:
        within = self._n * state["sigma"][:, None] ** -2.0
        between = state["tau"][:, None] ** -2.0
        precision = within + between
        mean = (within * self._mean + between * state["mu"][:, None]) / precision
        return mean + rng.standard_normal(mean.shape) / np.sqrt(precision)

    def _draw_mu(self, rng: np.random.Generator, state: State) -> Floats:
        between = state["tau"] ** -2.0
        total = between * state["theta"].sum(axis=1)
        return draw_mean(rng, self.mu_prior, self.groups.n_groups * between, total)

    def _draw_tau_auxiliary(self, rng: np.random.Generator, state: State) -> Floats:
        return draw_auxiliary(rng, self.tau_prior, state["tau"])

    def _draw_tau(self, rng: np.random.Generator, state: State) -> Floats:
        r = state["theta"] - state["mu"][:, None]
        auxiliary = state.get("tau_auxiliary")
        return draw_scale(rng, self.tau_prior, r.shape[1], np.vecdot(r, r), auxiliary)

    def _draw_sigma_auxiliary(self, rng: np.random.Generator, state: State) -> Floats:
        return draw_auxiliary(rng, self.sigma_prior, state["sigma"])

    def _draw_sigma(self, rng: np.random.Generator, state: State) -> Floats:
        r = self._mean - state["theta"]
        ss = self._ss + np.vecdot(self._n * r, r)
        auxiliary = state.get("sigma_auxiliary")
        return draw_scale(rng, self.sigma_prior, self.groups.n_total, ss, auxiliary)

    def _refuse_improper(self) -> None:
        groups, flat = self.groups, isinstance(self.mu_prior, Flat)
        seen = groups.n > 0
        J, N = int(seen.sum()), groups.n_total
        scales = [
            _checked.Scale("tau", self.tau_prior),
            _checked.Scale("sigma", self.sigma_prior),
        ]
        counts = {("tau",): J, ("sigma",): N, ("tau", "sigma"): N}
        _checked.refuse_improper(scales, {frozenset(k): n - flat for k, n in counts.items()})
        equal = np.ptp(groups.mean[seen]) == 0
        if groups.ss.sum() == 0 and infinite_at_zero(
            J, N, equal, self.tau_prior, self.sigma_prior
        ):
            raise ValueError(
                "`groups` must hold observations that vary; got a within-group sum of squares of "
                "0, with which the posterior is improper. Use a `sigma_prior` that excludes 0, "
                "such as GammaPrecision."
            )
