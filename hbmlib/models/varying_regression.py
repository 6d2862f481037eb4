"""A regression whose intercepts and slopes vary between individuals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln

from hbmlib import checks
from hbmlib.models import _checked
from hbmlib.models.conjugate import (
    HALF_LOG_2PI,
    draw_auxiliary,
    draw_mean,
    draw_scale,
    on_log_axis,
)
from hbmlib.models.lines import LineSummaries, checked_lines
from hbmlib.models.unpooled_regression import refuse_perfect_fit
from hbmlib.priors import Flat, HalfCauchy, Normal, Prior, Uniform

__all__ = ["VaryingRegression"]

Floats = NDArray[np.float64]
State = Mapping[str, Floats]  # each with a leading chain axis

SCALES = ("tau_alpha", "tau_beta", "sigma")


@dataclass(frozen=True, eq=False)
class VaryingRegression:
    r"""A line for each individual, drawn from a population of lines.

    .. math:: y_{ij} \sim N(\alpha_i + \beta_i x_{ij}, \sigma), \quad
              \alpha_i \sim N(\mu_\alpha, \tau_\alpha), \quad
              \beta_i \sim N(\mu_\beta, \tau_\beta),

    with correlation rho between an individual's intercept and slope if `lkj` is given.

    Coordinates are mu_alpha, mu_beta, log tau_alpha, log tau_beta, log sigma, then artanh rho if
    there is one, then all alpha and all beta (centred) or the independent standard normals z that
    they come from (non-centred). Densities carry all their constants, and those of the scales and
    of rho their Jacobians.

    Parameters
    ----------
    lines : LineSummaries
        The data, see `summarise_lines`. An individual whose x does not vary borrows its slope.
    mu_prior : Normal, Flat or a pair of them, optional
        Prior of the mean intercept and the mean slope, in common or one each.
    tau_prior : Prior or a pair of them, optional
        Prior of the sds of intercepts and slopes, in common or one each.
    sigma_prior : Prior, optional
        Prior of the sd about the lines.
    lkj : float, optional
        Shape eta of the prior of rho, proportional to (1 - rho²)^(eta - 1); 1 is uniform. None
        leaves the correlation at zero.
    centred : bool, optional
        Whether alpha and beta themselves are coordinates.

    Raises
    ------
    ValueError
        If the data are not summaries, a prior does not suit its parameter, or the posterior is
        improper.

    Attributes
    ----------
    slowest_tail : float
        The power of a scale, beyond an integrable one, by which the posterior falls where it
        falls most slowly. Moments of a lower order exist.

    References
    ----------
    Bølstad (2018), "The benefits of Bayesian hierarchical modeling: comparing partially pooled
    and unpooled models in R", Playing with Numbers, for the model and its default priors.

    Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on vines
    and extended onion method", Journal of Multivariate Analysis 100, for the prior of rho.

    Examples
    --------
    >>> from hbmlib import simulate
    >>> from hbmlib.models import summarise_lines
    >>> data = simulate.bolstad_individuals(1)
    >>> model = VaryingRegression(summarise_lines(data.x, data.y), lkj=2)
    >>> model.dim, model.names[:7]
    (156, ('mu_alpha', 'mu_beta', 'tau_alpha', 'tau_beta', 'sigma', 'rho', 'alpha[0]'))
    """

    lines: LineSummaries
    mu_prior: Normal | Flat | tuple[Normal | Flat, Normal | Flat] = Normal(0, 3)  # noqa: RUF009
    tau_prior: Prior | tuple[Prior, Prior] = Uniform(0, 10)  # noqa: RUF009
    sigma_prior: Prior = Uniform(0, 10)  # noqa: RUF009
    lkj: float | None = None
    centred: bool = True
    dim: int = field(init=False, repr=False)
    names: tuple[str, ...] = field(init=False, repr=False)
    slowest_tail: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = checked_lines(self.lines)
        mu_prior, tau_prior = _pair("mu_prior", self.mu_prior), _pair("tau_prior", self.tau_prior)
        for prior in mu_prior:
            _checked.mean_prior("mu_prior", prior)
        for prior in tau_prior:
            _checked.scale_prior("tau_prior", prior)
        _checked.scale_prior("sigma_prior", self.sigma_prior)
        lkj = self.lkj
        constant = -(lines.n_total + 2 * lines.n_groups) * HALF_LOG_2PI
        if lkj is not None:
            lkj = float(checks.positive("lkj", lkj, shape=()))
            constant -= (2 * lkj - 1) * np.log(2) + betaln(lkj, lkj)
        names = ["mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "sigma"]
        names += [] if lkj is None else ["rho"]
        each = [f"{name}[{label}]" for name in ("alpha", "beta") for label in lines.labels]
        self.__dict__.update(
            mu_prior=mu_prior,
            tau_prior=tau_prior,
            lkj=lkj,
            centred=_checked.flag("centred", self.centred),
            dim=len(names) + len(each),
            names=(*names, *each),
            _first=len(names),
            _n_total=lines.n_total,
            _constant=constant,
        )
        self.__dict__["slowest_tail"] = self._refuse_improper()

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        J, N, first = self.lines.n_groups, self._n_total, self._first
        mu_a, mu_b, v = q[..., 0:1], q[..., 1:2], q[..., 4]
        a, b = q[..., first : first + J], q[..., first + J :]
        log_mu_a, grad_mu_a = self.mu_prior[0].log_density_and_gradient(q[..., 0])
        log_mu_b, grad_mu_b = self.mu_prior[1].log_density_and_gradient(q[..., 1])
        tau_a, log_a, grad_a = on_log_axis(self.tau_prior[0], q[..., 2])
        tau_b, log_b, grad_b = on_log_axis(self.tau_prior[1], q[..., 3])
        sigma, log_sigma, grad_sigma = on_log_axis(self.sigma_prior, v)
        rho, root = self._correlation(q)  # root = sqrt(1 - rho²)
        col_a, col_b, rho, root = (x[..., None] for x in (tau_a, tau_b, rho, root))
        if self.centred:
            z_a, s_b = (a - mu_a) / col_a, (b - mu_b) / col_b
            z_b = (s_b - rho * z_a) / root
        else:
            z_a, z_b = a, b
            s_b = rho * z_a + root * z_b
            a, b = mu_a + col_a * z_a, mu_b + col_b * s_b

        ss, pull_a, pull_b = self.lines.misfit(a, b)
        precision = sigma**-2.0
        pull_a *= precision[..., None]  # ∂ log p(y | α, β, σ) / ∂α, and ∂β below
        pull_b *= precision[..., None]
        square = np.vecdot(z_a, z_a) + np.vecdot(z_b, z_b)
        logp = log_mu_a + log_mu_b + log_a + log_b + log_sigma - N * v
        logp = logp - 0.5 * (ss * precision + square) + self._constant
        grad = np.empty_like(q)
        grad[..., 4] = ss * precision - N + grad_sigma
        if self.centred:
            # p(α, β | μ, τ, ρ) = N(z_a) N(z_b) / (τ_a τ_b sqrt(1 - ρ²))
            logp -= J * (q[..., 2] + q[..., 3])
            push_b = z_b / (root * col_b)
            push_a = (z_a - rho * z_b / root) / col_a
            np.add(push_a.sum(axis=-1), grad_mu_a, out=grad[..., 0])
            np.add(push_b.sum(axis=-1), grad_mu_b, out=grad[..., 1])
            np.add(tau_a * np.vecdot(push_a, z_a), grad_a - J, out=grad[..., 2])
            np.add(tau_b * np.vecdot(push_b, s_b), grad_b - J, out=grad[..., 3])
            np.subtract(pull_a, push_a, out=grad[..., first : first + J])
            np.subtract(pull_b, push_b, out=grad[..., first + J :])
        else:
            by_tau = col_b * pull_b
            np.add(pull_a.sum(axis=-1), grad_mu_a, out=grad[..., 0])
            np.add(pull_b.sum(axis=-1), grad_mu_b, out=grad[..., 1])
            np.add(tau_a * np.vecdot(pull_a, z_a), grad_a, out=grad[..., 2])
            np.add(np.vecdot(by_tau, s_b), grad_b, out=grad[..., 3])
            grad[..., first : first + J] = col_a * pull_a + rho * by_tau - z_a
            np.subtract(root * by_tau, z_b, out=grad[..., first + J :])
        if self.lkj is not None:
            rho, root = rho[..., 0], root[..., 0]
            log_root = np.log(root)
            logp += 2 * self.lkj * log_root  # (1 - ρ²)^(η - 1), and dρ = (1 - ρ²) dr
            if self.centred:
                logp -= J * log_root
                grad[..., 5] = root * np.vecdot(z_a, z_b) + rho * (J - np.vecdot(z_b, z_b))
            else:
                grad[..., 5] = root * np.vecdot(
                    by_tau, root[..., None] * z_a - rho[..., None] * z_b
                )
            grad[..., 5] -= 2 * self.lkj * rho
        return logp, grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each individual's coordinates: (..., sites)."""
        J, first = self.lines.n_groups, self._first
        i = _checked.sites(block, first, J, self.dim)
        a, b = q[..., first + i], q[..., first + J + i]
        mu_a, mu_b = q[..., 0:1], q[..., 1:2]
        tau_a, tau_b = np.exp(q[..., 2:3]), np.exp(q[..., 3:4])
        rho, root = (x[..., None] for x in self._correlation(q))
        if self.centred:
            z_a = (a - mu_a) / tau_a
            z_b = ((b - mu_b) / tau_b - rho * z_a) / root
        else:
            z_a, z_b = a, b
            a, b = mu_a + tau_a * z_a, mu_b + tau_b * (rho * z_a + root * z_b)
        misfit = self.lines.misfit_each(a, b, i) * np.exp(-2 * q[..., 4:5])
        return -0.5 * (misfit + z_a**2 + z_b**2)

    def constrain(self, q: Floats) -> Floats:
        """Return the named values: (..., dim) -> (..., dim)."""
        values = q.copy()
        np.exp(q[..., 2:5], out=values[..., 2:5])
        rho, root = (x[..., None] for x in self._correlation(q))
        if self.lkj is not None:
            values[..., 5] = rho[..., 0]
        if not self.centred:
            middle = self._first + self.lines.n_groups
            z_a, z_b = q[..., self._first : middle], q[..., middle:]
            values[..., self._first : middle] = q[..., 0:1] + values[..., 2:3] * z_a
            values[..., middle:] = q[..., 1:2] + values[..., 3:4] * (rho * z_a + root * z_b)
        return values

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the posterior: (size, dim)."""
        q = rng.standard_normal((size, self.dim))
        lines, J = self.lines, self.lines.n_groups
        alpha, beta, alpha_sd, beta_sd = lines.rough()
        for k, (level, sd) in enumerate([(alpha, alpha_sd), (beta, beta_sd)]):
            spread = np.hypot(level.std(), sd.min())
            tau = spread * np.exp(rng.uniform(-2, 1, size))
            q[:, k] = level.mean() + 2 * spread / np.sqrt(J) * q[:, k]
            q[:, 2 + k] = np.log(_checked.inside(self.tau_prior[k], rng, tau))
            own = slice(self._first + k * J, self._first + (k + 1) * J)
            q[:, own] = level + 2 * sd * q[:, own] if self.centred else 2 * q[:, own]
        sigma = lines.noise() * np.exp(rng.uniform(-1, 1, size))
        q[:, 4] = np.log(_checked.inside(self.sigma_prior, rng, sigma))
        return q

    @property
    def conditionals(self) -> Mapping[str, Callable[[np.random.Generator, State], Floats]]:
        """Draws of each block given all others; they work on the named values.

        Half-Cauchy scales have auxiliary blocks of their own, which are not recorded. With a
        correlation there are none: the scales' conditionals then have no form to draw from.
        """
        if self.lkj is not None:
            return {}
        blocks = {
            "alpha": partial(self._draw_line, "alpha", self.lines.alpha_given),
            "beta": partial(self._draw_line, "beta", self.lines.beta_given),
            "mu_alpha": partial(self._draw_mu, "alpha", self.mu_prior[0]),
            "mu_beta": partial(self._draw_mu, "beta", self.mu_prior[1]),
        }
        for name, prior in zip(SCALES, (*self.tau_prior, self.sigma_prior), strict=True):
            if isinstance(prior, HalfCauchy):
                blocks[f"{name}_auxiliary"] = partial(self._draw_auxiliary, name, prior)
            blocks[name] = partial(self._draw_scale, name, prior)
        return blocks

    def gibbs_state(self, values: Floats) -> dict[str, Floats]:
        """Split named values, (chain, dim), into the blocks of `conditionals`."""
        state = {name: values[:, k] for k, name in enumerate(self.names[: self._first])}
        middle = self._first + self.lines.n_groups
        state |= {"alpha": values[:, self._first : middle], "beta": values[:, middle:]}
        auxiliary = [name for name in self.conditionals if name.endswith("_auxiliary")]
        return state | {name: state[name.removesuffix("_auxiliary")] ** 2 for name in auxiliary}

    def _draw_line(
        self, name: str, given: Callable, rng: np.random.Generator, state: State
    ) -> Floats:
        """Draw alpha given beta, or beta given alpha."""
        own, weight = given(state["beta" if name == "alpha" else "alpha"])
        within = weight * state["sigma"][:, None] ** -2.0
        between = state[f"tau_{name}"][:, None] ** -2.0
        precision = within + between
        mean = (within * own + between * state[f"mu_{name}"][:, None]) / precision
        return mean + rng.standard_normal(mean.shape) / np.sqrt(precision)

    def _draw_mu(
        self, name: str, prior: Normal | Flat, rng: np.random.Generator, state: State
    ) -> Floats:
        between = state[f"tau_{name}"] ** -2.0
        total = between * state[name].sum(axis=1)
        return draw_mean(rng, prior, self.lines.n_groups * between, total)

    def _draw_auxiliary(
        self, name: str, prior: HalfCauchy, rng: np.random.Generator, state: State
    ) -> Floats:
        return draw_auxiliary(rng, prior, state[name])

    def _draw_scale(
        self, name: str, prior: Prior, rng: np.random.Generator, state: State
    ) -> Floats:
        if name == "sigma":
            n, ss = self.lines.n_total, self.lines.misfit(state["alpha"], state["beta"])[0]
        else:
            side = name.removeprefix("tau_")
            r = state[side] - state[f"mu_{side}"][:, None]
            n, ss = self.lines.n_groups, np.vecdot(r, r)
        return draw_scale(rng, prior, n, ss, state.get(f"{name}_auxiliary"))

    def _correlation(self, q: Floats) -> tuple[Floats, Floats]:
        """Return rho and sqrt(1 - rho²), each of shape (...)."""
        if self.lkj is None:
            return np.zeros(q.shape[:-1]), np.ones(q.shape[:-1])
        return np.tanh(q[..., 5]), 1 / np.cosh(q[..., 5])

    def _refuse_improper(self) -> float:
        lines = self.lines
        refuse_perfect_fit(lines, self.sigma_prior)
        flat_a, flat_b = (isinstance(prior, Flat) for prior in self.mu_prior)
        at_x = lines.x_mean != 0
        free = flat_a and not lines.xx.any() and np.ptp(lines.x_mean) == 0
        if flat_b and (free or not (lines.xx.any() or at_x.any())):
            raise ValueError(
                "`mu_prior` of the slope must be Normal where x does not vary; got a flat one: "
                "the posterior is improper. Use Normal(0, 100), or NormalMeans without a slope."
            )
        J, N = lines.n_groups, lines.n_total
        sloped, rank = int((at_x | (lines.xx > 0)).sum()), J + int((lines.xx > 0).sum())
        counts = {("tau_alpha",): J - flat_a, ("tau_beta",): sloped - flat_b}
        counts[("tau_alpha", "tau_beta")] = rank - flat_a - flat_b
        scales = [
            _checked.Scale(name, prior)
            for name, prior in zip(SCALES, (*self.tau_prior, self.sigma_prior), strict=True)
        ]
        for grown in (("sigma",), ("tau_alpha", "sigma"), ("tau_beta", "sigma"), SCALES):
            counts[grown] = N - flat_a - flat_b
        return _checked.refuse_improper(scales, {frozenset(k): n for k, n in counts.items()})


def _pair(name: str, prior: Any) -> tuple[Any, Any]:
    """Return one prior twice, or a pair as it is."""
    if isinstance(prior, Prior):
        return prior, prior
    if isinstance(prior, tuple | list) and len(prior) == 2:
        return tuple(prior)
    raise ValueError(
        f"`{name}` must be one prior or a pair, of intercepts and of slopes; got {prior!r}. "
        "Give (Normal(0, 3), Normal(0, 3))."
    )
