"""A regression for each individual by itself: no pooling of intercepts and slopes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.models import _checked
from hbmlib.models.conjugate import HALF_LOG_2PI, draw_auxiliary, draw_scale, on_log_axis
from hbmlib.models.lines import LineSummaries, checked_lines
from hbmlib.models.truncated import truncated_normal
from hbmlib.priors import HalfCauchy, Prior, Uniform
from hbmlib.propriety import reaches_zero

__all__ = ["UnpooledRegression"]

Floats = NDArray[np.float64]
State = Mapping[str, Floats]  # each with a leading chain axis


@dataclass(frozen=True, eq=False)
class UnpooledRegression:
    r"""A line for each individual, with uniform priors that share nothing.

    .. math:: y_{ij} \sim N(\alpha_i + \beta_i x_{ij}, \sigma), \quad
              \alpha_i, \beta_i \sim U(-L, L).

    Coordinates are log sigma, all alpha and all beta. The density is -inf where a coefficient
    lies outside its bounds. It carries all its constants, and the Jacobian of log sigma.

    Parameters
    ----------
    lines : LineSummaries
        The data, see `summarise_lines`. Where x does not vary the data leave a ridge of lines
        through the individual's mean; the bounds keep the posterior proper.
    limit : float, optional
        The bound L.
    sigma_prior : Prior, optional
        Prior of the sd about the lines.

    Raises
    ------
    ValueError
        If the data are not summaries, a prior does not suit, or the posterior is improper.

    References
    ----------
    Bølstad (2018), "The benefits of Bayesian hierarchical modeling: comparing partially pooled
    and unpooled models in R", Playing with Numbers, for the model and its priors.

    Examples
    --------
    >>> from hbmlib.models import summarise_lines
    >>> model = UnpooledRegression(summarise_lines([[0, 1, 2], [1, 3, 4]], [[1, 3, 6], [2, 4, 4]]))
    >>> model.names
    ('sigma', 'alpha[0]', 'alpha[1]', 'beta[0]', 'beta[1]')
    >>> round(float(model.logp(np.array([0, 1, 1, 2, 1.0]))), 3)
    -30.009
    """

    lines: LineSummaries
    limit: float = 100.0
    sigma_prior: Prior = Uniform(0, 10)  # noqa: RUF009
    dim: int = field(init=False, repr=False)
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = checked_lines(self.lines)
        limit = float(checks.positive("limit", self.limit, shape=()))
        _checked.scale_prior("sigma_prior", self.sigma_prior)
        J, N = lines.n_groups, lines.n_total
        sigma = _checked.Scale("sigma", self.sigma_prior)
        _checked.refuse_improper([sigma], {frozenset(["sigma"]): N})
        refuse_perfect_fit(lines, self.sigma_prior)
        names = [f"{name}[{label}]" for name in ("alpha", "beta") for label in lines.labels]
        self.__dict__.update(
            limit=limit,
            dim=2 * J + 1,
            names=("sigma", *names),
            _constant=-N * HALF_LOG_2PI - 2 * J * np.log(2 * limit),
        )

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        u, coefficients, J = q[..., 0], q[..., 1:], self.lines.n_groups
        N = self.lines.n_total
        sigma, log_prior, grad_prior = on_log_axis(self.sigma_prior, u)
        precision = sigma**-2.0
        ss, *pull = self.lines.misfit(coefficients[..., :J], coefficients[..., J:])
        logp = self._constant + log_prior - N * u - 0.5 * ss * precision
        outside = (np.abs(coefficients) > self.limit).any(axis=-1)
        grad = np.empty_like(q)
        grad[..., 0] = ss * precision - N + grad_prior
        grad[..., 1 : J + 1] = pull[0] * precision[..., None]
        grad[..., J + 1 :] = pull[1] * precision[..., None]
        return np.where(outside, -np.inf, logp), grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each individual's coefficients: (..., sites)."""
        lines, J = self.lines, self.lines.n_groups
        i = _checked.sites(block, 1, J, self.dim)
        alpha, beta = q[..., 1 + i], q[..., 1 + J + i]
        outside = np.maximum(np.abs(alpha), np.abs(beta)) > self.limit
        ss = lines.misfit_each(alpha, beta, i)
        return np.where(outside, -np.inf, -0.5 * ss * np.exp(-2 * q[..., :1]))

    def constrain(self, q: Floats) -> Floats:
        """Return sigma, alpha and beta: (..., dim) -> (..., dim)."""
        values = q.copy()
        values[..., 0] = np.exp(q[..., 0])
        return values

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the posterior: (size, dim)."""
        lines = self.lines
        sigma = lines.noise() * np.exp(rng.uniform(-1, 1, size))
        sigma = _checked.inside(self.sigma_prior, rng, sigma)
        alpha, beta, alpha_sd, beta_sd = lines.rough()
        sd = 2 * np.concatenate([alpha_sd, beta_sd])
        coefficients = np.concatenate([alpha, beta]) + sd * rng.standard_normal((size, len(sd)))
        coefficients = np.clip(coefficients, -0.99 * self.limit, 0.99 * self.limit)
        return np.column_stack([np.log(sigma), coefficients])

    @property
    def conditionals(self) -> Mapping[str, Callable[[np.random.Generator, State], Floats]]:
        """Draws of each block given all others; they work on the named values."""
        auxiliary = {"sigma_auxiliary": self._draw_sigma_auxiliary}
        return {
            "alpha": self._draw_alpha,
            "beta": self._draw_beta,
            **(auxiliary if isinstance(self.sigma_prior, HalfCauchy) else {}),
            "sigma": self._draw_sigma,
        }

    def gibbs_state(self, values: Floats) -> dict[str, Floats]:
        """Split named values, (chain, dim), into the blocks of `conditionals`."""
        sigma, J = values[:, 0], self.lines.n_groups
        state = {"sigma": sigma, "alpha": values[:, 1 : J + 1], "beta": values[:, J + 1 :]}
        auxiliary = "sigma_auxiliary" in self.conditionals
        return state | ({"sigma_auxiliary": sigma**2} if auxiliary else {})

    def _draw_alpha(self, rng: np.random.Generator, state: State) -> Floats:
        mean, weight = self.lines.alpha_given(state["beta"])
        sd = state["sigma"][:, None] / np.sqrt(weight)
        return truncated_normal(rng, mean, sd, -self.limit, self.limit)

    def _draw_beta(self, rng: np.random.Generator, state: State) -> Floats:
        mean, weight = self.lines.beta_given(state["alpha"])
        with np.errstate(divide="ignore"):  # x = 0 throughout says nothing: the prior stays
            sd = state["sigma"][:, None] / np.sqrt(weight)
        return truncated_normal(rng, mean, sd, -self.limit, self.limit)

    def _draw_sigma_auxiliary(self, rng: np.random.Generator, state: State) -> Floats:
        return draw_auxiliary(rng, self.sigma_prior, state["sigma"])

    def _draw_sigma(self, rng: np.random.Generator, state: State) -> Floats:
        ss, *_ = self.lines.misfit(state["alpha"], state["beta"])
        auxiliary = state.get("sigma_auxiliary")
        return draw_scale(rng, self.sigma_prior, self.lines.n_total, ss, auxiliary)


def refuse_perfect_fit(lines: LineSummaries, sigma_prior: Prior) -> None:
    """Refuse data that lie on their lines exactly, if sigma may be 0."""
    if lines.freedom > 0 and lines.rss.sum() == 0 and reaches_zero(sigma_prior):
        raise ValueError(
            "`lines` must not fit perfectly; got a residual sum of squares of 0, with which the "
            "posterior is improper. Use a `sigma_prior` that excludes 0, such as GammaPrecision."
        )
