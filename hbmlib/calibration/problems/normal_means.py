"""Eight groups of two to five observations with a common, unknown sd."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.models import NormalMeans as Model
from hbmlib.pooling import summarise
from hbmlib.priors import HalfNormal, Normal, Prior

__all__ = ["NormalMeans"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NormalMeans:
    """The normal hierarchical model; a data set holds all observations, group by group.

    Parameters
    ----------
    sizes : tuple of int, optional
        Observations of each group.
    mu_prior, tau_prior, sigma_prior : Prior, optional
        Proper priors.
    centred : bool, optional
        Coordinates of the model that is fitted.

    Examples
    --------
    >>> problem = NormalMeans()
    >>> rng = np.random.default_rng(1)
    >>> problem.simulate(rng, problem.draw(rng, 100)).shape
    (100, 28)
    """

    sizes: tuple[int, ...] = (2, 3, 4, 5, 2, 3, 4, 5)
    mu_prior: Normal = Normal(0, 5)  # noqa: RUF009
    tau_prior: Prior = HalfNormal(2)  # noqa: RUF009
    sigma_prior: Prior = HalfNormal(3)  # noqa: RUF009
    centred: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the quantities."""
        return ("mu", "tau", "sigma", *(f"theta[{j}]" for j in range(len(self.sizes))))

    @property
    def group(self) -> NDArray[np.int64]:
        """The group of each observation."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw parameters from the prior: (size, 3 + J)."""
        priors = (self.mu_prior, self.tau_prior, self.sigma_prior)
        mu, tau, sigma = (prior.draw(rng, size) for prior in priors)
        theta = rng.normal(mu[:, None], tau[:, None], (size, len(self.sizes)))
        return np.column_stack([mu, tau, sigma, theta])

    def simulate(self, rng: np.random.Generator, values: Floats) -> Floats:
        """Draw the observations: (size, N)."""
        return rng.normal(values[:, 3 + self.group], values[:, 2:3])

    def log_likelihood(self, values: Floats, data: Floats) -> Floats:
        """Log likelihood up to a constant: (size, draw)."""
        sigma = values[..., 2]
        error = data[:, None, :] - values[..., 3 + self.group]
        return -0.5 * (error**2).sum(axis=-1) / sigma**2 - data.shape[1] * np.log(sigma)

    def model(self, data: Floats) -> Model:
        """Make the model of one data set."""
        priors = (self.mu_prior, self.tau_prior, self.sigma_prior)
        return Model(summarise(data, self.group), *priors, self.centred)
