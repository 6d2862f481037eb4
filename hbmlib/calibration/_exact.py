"""The exact posterior as a sampler to calibrate."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hbmlib.calibration._simulation import Problem
from hbmlib.exact import ExactPosterior, normal_means
from hbmlib.pooling import from_means

__all__ = ["Exact"]


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

    def fit(
        self, problem: Problem, data: NDArray[Any], draws: int, seed: np.random.SeedSequence
    ) -> NDArray[np.float64]:
        """Draw from the posterior of each data set: (size, chain, draw, quantity)."""
        parameters = tuple(dict.fromkeys(name.partition("[")[0] for name in problem.names))
        seeds = seed.generate_state(len(data)).tolist()
        fits = [
            _posterior(problem.model(one)).draw(draws, s)
            for one, s in zip(data, seeds, strict=True)
        ]
        return np.stack([[np.column_stack([fit[name] for name in parameters])] for fit in fits])


def _posterior(model: Any) -> ExactPosterior:
    priors = {"mu_prior": model.mu_prior, "tau_prior": model.tau_prior}
    if hasattr(model, "groups"):
        return normal_means(model.groups, sigma_prior=model.sigma_prior, **priors)
    return normal_means(from_means(model.effect), sigma=model.se, **priors)
