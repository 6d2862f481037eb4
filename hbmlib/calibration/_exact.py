"""The exact posterior as a sampler to calibrate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hbmlib.calibration._simulation import Problem
from hbmlib.exact import ExactPosterior, normal_means
from hbmlib.pooling import from_means

__all__ = ["Exact", "independent"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Exact:
    """Independent draws by quadrature, for the eight schools and the normal means.

    Examples
    --------
    >>> from hbmlib.calibration import problems
    >>> problem, rng = problems.EightSchools(), np.random.default_rng(1)
    >>> data = problem.simulate(rng, problem.draw(rng, 3))
    >>> Exact().fit(problem, data, 50, np.random.SeedSequence(1)).shape
    (3, 1, 50, 10)
    """

    draws: ClassVar[None] = None
    doublings: ClassVar[int] = 0

    def fit(
        self, problem: Problem, data: Floats, draws: int, seed: np.random.SeedSequence
    ) -> Floats:
        """Draw from the posterior of each data set: (size, chain, draw, quantity)."""
        return independent(_posterior, problem, data, draws, seed)


def independent(
    posterior: Callable[[Any], Any],
    problem: Problem,
    data: Floats,
    draws: int,
    seed: np.random.SeedSequence,
) -> Floats:
    """Let a function make the posterior of each model, and draw from it.

    Parameters
    ----------
    posterior : callable
        Makes of a model something with ``draw(size, seed)``, which returns arrays by name.
    problem : Problem
        Makes the models.
    data : ndarray, shape (size, ...)
        The data sets.
    draws : int
        Draws of each.
    seed : numpy.random.SeedSequence
        The source of all randomness.

    Returns
    -------
    ndarray, shape (size, 1, draw, quantity)
        The draws.
    """
    parameters = tuple(dict.fromkeys(name.partition("[")[0] for name in problem.names))
    seeds = seed.generate_state(len(data)).tolist()
    fits = [posterior(problem.model(x)).draw(draws, s) for x, s in zip(data, seeds, strict=True)]
    return np.stack([[np.column_stack([fit[name] for name in parameters])] for fit in fits])


def _posterior(model: Any) -> ExactPosterior:
    priors = {"mu_prior": model.mu_prior, "tau_prior": model.tau_prior}
    if hasattr(model, "groups"):
        return normal_means(model.groups, sigma_prior=model.sigma_prior, **priors)
    return normal_means(from_means(model.effect), sigma=model.se, **priors)
