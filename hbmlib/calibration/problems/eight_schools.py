"""Eight effects with known standard errors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.models import EightSchools as Model
from hbmlib.priors import HalfNormal, Normal, Prior

__all__ = ["EightSchools"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EightSchools:
    """The eight schools' model; a data set holds the J effects.

    Parameters
    ----------
    se : tuple of float, optional
        Standard errors of the effects, by default those of Rubin's schools.
    mu_prior, tau_prior : Prior, optional
        Proper priors.
    centred : bool, optional
        Coordinates of the model that is fitted.

    References
    ----------
    Rubin (1981), "Estimation in parallel randomized experiments", Journal of Educational
    Statistics 6.

    Examples
    --------
    >>> problem = EightSchools()
    >>> rng = np.random.default_rng(1)
    >>> problem.simulate(rng, problem.draw(rng, 100)).shape
    (100, 8)
    """

    se: tuple[float, ...] = (15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0)
    mu_prior: Normal = Normal(0, 5)  # noqa: RUF009
    tau_prior: Prior = HalfNormal(10)  # noqa: RUF009
    centred: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the quantities."""
        return ("mu", "tau", *(f"theta[{j}]" for j in range(len(self.se))))

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw parameters from the prior: (size, 2 + J)."""
        mu, tau = self.mu_prior.draw(rng, size), self.tau_prior.draw(rng, size)
        theta = rng.normal(mu[:, None], tau[:, None], (size, len(self.se)))
        return np.column_stack([mu, tau, theta])

    def simulate(self, rng: np.random.Generator, values: Floats) -> Floats:
        """Draw the effects: (size, J)."""
        return rng.normal(values[:, 2:], self.se)

    def log_likelihood(self, values: Floats, data: Floats) -> Floats:
        """Log likelihood up to a constant: (size, draw)."""
        z = (data[:, None, :] - values[..., 2:]) / np.array(self.se)
        return -0.5 * (z**2).sum(axis=-1)

    def model(self, data: Floats) -> Model:
        """Make the model of one data set."""
        return Model(data, self.se, self.mu_prior, self.tau_prior, self.centred)
