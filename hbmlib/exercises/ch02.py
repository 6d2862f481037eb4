"""The exercises of chapter 2."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from hbmlib.exercises.registry import Exercise, Function, Misconception

EXERCISES: tuple[Exercise, ...] = ()


def _weight_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 2, 40):
        yield {"n": n, "tau": rng.uniform(0.5, 4), "sigma": rng.uniform(4.5, 9)}
    yield {"n": rng.integers(1, 60, size=5), "tau": rng.uniform(0.5, 4), "sigma": 6.0}
    yield {"n": 7, "tau": rng.uniform(0.1, 10, size=4), "sigma": rng.uniform(1, 9, size=4)}


def _weight(n: Any, tau: Any, sigma: Any) -> Any:
    return tau**2 / (tau**2 + sigma**2 / n)


EXERCISES += (
    Exercise(
        "2.1",
        points=3,
        judge=Function(
            _weight,
            _weight_cases,
            [
                Misconception(
                    lambda n, tau, sigma: 1 - _weight(n, tau, sigma),
                    "The weights are swapped: this is the weight of the population mean. Weights "
                    "go by precisions, not by variances; a large sigma should lower yours.",
                ),
                Misconception(
                    lambda n, tau, sigma: _weight(1, tau, sigma),
                    "The number of students is forgotten. "
                    "The mean of n students has the variance sigma**2 / n.",
                ),
                Misconception(
                    lambda n, tau, sigma: tau / (tau + sigma / np.sqrt(n)),
                    "These are standard deviations. Weights go by variances: square both.",
                ),
                Misconception(
                    lambda n, tau, sigma: tau**2 / (tau**2 + sigma**2 / np.sqrt(n)),
                    "Check the variance of a mean: sigma**2 / n, not sigma**2 / sqrt(n).",
                ),
                Misconception(
                    lambda n, tau, sigma: tau / (tau + sigma / n),
                    "tau and sigma are standard deviations here, not variances: square them.",
                ),
            ],
        ),
        hints=(
            "Two sources speak about theta_j: the group's mean and the population. "
            "How far does each miss?",
            "Weights are in proportion to precisions: n / sigma**2 and 1 / tau**2.",
            "lambda = (n / sigma**2) / (n / sigma**2 + 1 / tau**2); simplify.",
        ),
    ),
)
