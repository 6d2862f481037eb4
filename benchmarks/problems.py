"""The three problems: the library's model, and the same posterior in PyMC."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hbmlib import datasets, exact, pooling, pymc_models, simulate
from hbmlib.models import EightSchools, NormalMeans, VaryingRegression, summarise_lines

SCHOOLS, STUDENTS = 100, 1993  # as many as in White's lecture


@dataclass(frozen=True)
class Problem:
    """A model of the library, and the observations that it summarises."""

    model: Any
    observations: tuple[Any, ...] = ()

    def in_pymc(self, likelihood: str) -> Any:
        """Write it in PyMC; "full" goes through each observation, "reduced" does not."""
        write = {
            EightSchools: pymc_models.eight_schools,
            NormalMeans: pymc_models.normal_means,
            VaryingRegression: pymc_models.varying_regression,
        }[type(self.model)]
        return write(self.model, *(self.observations if likelihood == "full" else ()))

    def exactly(self) -> exact.ExactPosterior:
        """Integrate the posterior by quadrature."""
        model = self.model
        given = {"mu_prior": model.mu_prior, "tau_prior": model.tau_prior}
        if isinstance(model, EightSchools):
            groups = pooling.from_means(model.effect, labels=model.labels)
            return exact.normal_means(groups, sigma=model.se, **given)
        return exact.normal_means(model.groups, sigma_prior=model.sigma_prior, **given)


def eight_schools() -> Problem:
    """Take Rubin's eight schools, non-centred, which suits so little data."""
    data = datasets.load("eight_schools")
    return Problem(EightSchools(data["effect"], data["se"], centred=False))


def normal_means() -> Problem:
    """Take a hundred schools and 1,993 students, centred, which suits so much data.

    They are the first hundred schools of `hsb`. Each keeps its share of the 1,993 in proportion
    to its size (largest remainders), students picked in a fixed random order.
    """
    data = datasets.load("hsb")
    names = list(dict.fromkeys(data["school"]))[:SCHOOLS]
    data = data[data["school"].isin(names)].sample(frac=1, random_state=1)
    sizes = data.groupby("school").size().loc[names].to_numpy()
    share = sizes * STUDENTS / sizes.sum()
    keep = np.floor(share).astype(int)
    keep[np.argsort(keep - share, kind="stable")[: STUDENTS - keep.sum()]] += 1
    limit = data["school"].map(dict(zip(names, keep.tolist(), strict=True)))
    data = data[data.groupby("school").cumcount() < limit]
    y, group = data["math"].to_numpy(), data["school"].tolist()
    return Problem(NormalMeans(pooling.summarise(y, group, names)), (y, group))


def regression_75x5() -> Problem:
    """Take Bølstad's 75 individuals with 5 observations each, non-centred."""
    return _regression(centred=False)


def regression_centred() -> Problem:
    """Write the same regression in the source's own coordinates."""
    return _regression(centred=True)


def _regression(centred: bool) -> Problem:
    data = simulate.bolstad_individuals(1)
    lines = summarise_lines(data.x, data.y)
    return Problem(VaryingRegression(lines, centred=centred), (data.x, data.y))


PROBLEMS = {
    "eight_schools": eight_schools,
    "normal_means": normal_means,
    "regression_75x5": regression_75x5,
}
