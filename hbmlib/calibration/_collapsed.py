"""The exact posterior of varying lines as a sampler to calibrate."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from hbmlib.calibration._exact import independent
from hbmlib.calibration._simulation import Problem
from hbmlib.collapsed import varying_regression

__all__ = ["Collapsed"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Collapsed:
    """Independent draws by quadrature over the scales, for lines without correlation.

    Examples
    --------
    >>> from hbmlib.calibration import problems
    >>> problem, rng = problems.VaryingRegression(), np.random.default_rng(1)
    >>> data = problem.simulate(rng, problem.draw(rng, 2))
    >>> Collapsed().fit(problem, data, 50, np.random.SeedSequence(1)).shape
    (2, 1, 50, 21)
    """

    draws: ClassVar[None] = None
    doublings: ClassVar[int] = 0

    def fit(
        self, problem: Problem, data: Floats, draws: int, seed: np.random.SeedSequence
    ) -> Floats:
        """Draw from the posterior of each data set: (size, chain, draw, quantity)."""
        return independent(varying_regression, problem, data, draws, seed)
