"""Eight individuals, each observed a few times, with a line for each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.models import VaryingRegression as Model
from hbmlib.models import summarise_lines
from hbmlib.priors import HalfNormal, Normal, Prior

__all__ = ["VaryingRegression"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class VaryingRegression:
    """The regression with varying lines; a data set holds each individual's outcomes.

    Parameters
    ----------
    x : tuple of float, optional
        Values of the predictor, the same for each individual.
    individuals : int, optional
        Number of individuals J.
    mu_prior, tau_prior, sigma_prior : Prior, optional
        Proper priors: of both means, of both sds of lines, and of the sd about them.
    lkj : float or None, optional
        Shape of the prior of the correlation; None for no correlation.
    centred : bool, optional
        Coordinates of the model that is fitted.

    Examples
    --------
    >>> problem = VaryingRegression(lkj=2.0)
    >>> rng = np.random.default_rng(1)
    >>> problem.simulate(rng, problem.draw(rng, 100)).shape
    (100, 8, 5)
    """

    x: tuple[float, ...] = (-2.0, -1.0, 0.0, 1.0, 2.0)
    individuals: int = 8
    mu_prior: Normal = Normal(0, 3)  # noqa: RUF009
    tau_prior: Prior = HalfNormal(2)  # noqa: RUF009
    sigma_prior: Prior = HalfNormal(2)  # noqa: RUF009
    lkj: float | None = None
    centred: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the quantities."""
        each = [f"{name}[{i}]" for name in ("alpha", "beta") for i in range(self.individuals)]
        rho = () if self.lkj is None else ("rho",)
        return ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "sigma", *rho, *each)

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw parameters from the prior: (size, quantity)."""
        mu = self.mu_prior.draw(rng, (size, 2))
        tau = self.tau_prior.draw(rng, (size, 2))
        sigma = self.sigma_prior.draw(rng, (size, 1))
        z = rng.standard_normal((2, size, self.individuals))
        rho = np.zeros((size, 0))
        if self.lkj is not None:
            rho = 2 * rng.beta(self.lkj, self.lkj, (size, 1)) - 1  # for two: LKJ is a beta
            z[1] = rho * z[0] + np.sqrt(1 - rho**2) * z[1]
        alpha, beta = (mu[:, [k]] + tau[:, [k]] * z[k] for k in (0, 1))
        return np.concatenate([mu, tau, sigma, rho, alpha, beta], axis=1)

    def simulate(self, rng: np.random.Generator, values: Floats) -> Floats:
        """Draw the outcomes: (size, J, n)."""
        return rng.normal(self._lines(values), values[:, 4, None, None])

    def log_likelihood(self, values: Floats, data: Floats) -> Floats:
        """Log likelihood up to a constant: (size, draw)."""
        sigma = values[..., 4]
        ss = ((data[:, None] - self._lines(values)) ** 2).sum(axis=(-2, -1))
        return -0.5 * ss / sigma**2 - data[0].size * np.log(sigma)

    def model(self, data: Floats) -> Model:
        """Make the model of one data set."""
        lines = summarise_lines(np.tile(self.x, (self.individuals, 1)), data)
        priors = (self.mu_prior, self.tau_prior, self.sigma_prior)
        return Model(lines, *priors, self.lkj, self.centred)

    def _lines(self, values: Floats) -> Floats:
        """Points on the lines: (..., quantity) -> (..., J, n)."""
        J = self.individuals
        alpha, beta = values[..., -2 * J : -J, None], values[..., -J:, None]
        return alpha + beta * np.array(self.x)
