"""The population of known group means alone: every group's own mean integrated out."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hbmlib.models.conjugate import HALF_LOG_2PI, on_log_axis
from hbmlib.models.eight_schools import EightSchools
from hbmlib.priors import Flat, HalfCauchy, Normal, Prior

__all__ = ["Population"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Population:
    r"""The two parameters of a population of groups with known standard errors.

    With the :math:`\theta_j` of `EightSchools` integrated out, an effect has the distribution

    .. math:: y_j \sim N\bigl(\mu, \sqrt{\tau^2 + s_j^2}\bigr).

    Coordinates are mu and log tau: a posterior that can be drawn on paper. The density carries
    all its constants, and that of log tau its Jacobian.

    Parameters
    ----------
    effect, se : array_like, shape (J,)
        Estimated effect y_j of each group and its standard error s_j.
    mu_prior : Normal or Flat, optional
        Prior of the population mean.
    tau_prior : Prior, optional
        Prior of the sd between groups.

    Raises
    ------
    ValueError
        If the shapes do not fit, a standard error is not positive, a prior does not suit its
        parameter, or the posterior is improper.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, third edition, section 5.4.

    Examples
    --------
    >>> model = Population([28, 8, -3], [15, 10, 16])
    >>> logp, grad = model.logp_and_grad(np.array([5.0, np.log(10)]))
    >>> print(logp.round(3), grad.round(3))
    -16.558 [-0.137 -1.115]
    """

    effect: Floats
    se: Floats
    mu_prior: Normal | Flat = Normal(0, 5)  # noqa: RUF009
    tau_prior: Prior = HalfCauchy(5)  # noqa: RUF009
    dim: int = field(init=False, repr=False, default=2)
    names: tuple[str, ...] = field(init=False, repr=False, default=("mu", "tau"))

    def __post_init__(self) -> None:
        schools = EightSchools(self.effect, self.se, self.mu_prior, self.tau_prior)
        self.__dict__.update(effect=schools.effect, se=schools.se, _schools=schools)

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., 2) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., 2) -> (...), (..., 2)."""
        log_mu, grad_mu = self.mu_prior.log_density_and_gradient(q[..., 0])
        tau, log_tau, grad_tau = on_log_axis(self.tau_prior, q[..., 1])
        between = tau[..., None] ** 2
        variance = between + self.se**2
        error = self.effect - q[..., :1]
        pull = error / variance
        logp = -0.5 * (np.log(variance) + error * pull).sum(axis=-1)
        logp = logp - len(self.effect) * HALF_LOG_2PI + log_mu + log_tau
        along_tau = (between * (pull**2 - 1 / variance)).sum(axis=-1)
        return logp, np.stack([pull.sum(axis=-1) + grad_mu, along_tau + grad_tau], axis=-1)

    def constrain(self, q: Floats) -> Floats:
        """Return mu and tau: (..., 2) -> (..., 2)."""
        values = q.copy()
        values[..., 1] = np.exp(q[..., 1])
        return values

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the posterior: (size, 2)."""
        return self._schools.initial(rng, size)[:, :2]
