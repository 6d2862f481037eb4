"""The exercises of chapter 4."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number


def _studies(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J, tau in ((8, rng.uniform(4, 12)), (3, rng.uniform(1, 3)), (20, rng.uniform(2, 6))):
        yield {"tau": tau, "y": rng.normal(8, 10, size=J), "se": rng.uniform(3, 18, size=J)}
    yield {"tau": 0.0, "y": rng.normal(-4, 6, size=5), "se": rng.uniform(2, 9, size=5)}


# 4.1 The population mean given tau


def _mu(tau: Any, y: Any, se: Any) -> tuple[Any, Any]:
    v = tau**2 + np.square(se)
    W = np.sum(1 / v)
    return np.sum(y / v) / W, 1 / np.sqrt(W)


MU_GIVEN_TAU = Exercise(
    "4.1",
    points=3,
    judge=Function(
        _mu,
        _studies,
        [
            Misconception(
                lambda tau, y, se: _mu(0, y, se),
                "This is complete pooling. Estimates differ from mu by tau as well: the variance "
                "of each about mu is tau**2 + se**2.",
            ),
            Misconception(
                lambda tau, y, se: (np.mean(y), np.sqrt(np.mean(tau**2 + se**2) / np.size(y))),
                "This gives all estimates one weight. Weigh each by one over its variance.",
            ),
            Misconception(
                lambda tau, y, se: (_mu(tau, y, se)[0], _mu(tau, y, se)[1] ** 2),
                "The mean is right; the second value is the variance. Take its square root.",
            ),
            Misconception(
                lambda tau, y, se: (_mu(tau, y, se)[0], 1 / _mu(tau, y, se)[1] ** 2),
                "The mean is right; the second value is the precision.",
            ),
            Misconception(
                lambda tau, y, se: (
                    np.sum(y / np.hypot(tau, se)) / np.sum(1 / np.hypot(tau, se)),
                    _mu(tau, y, se)[1],
                ),
                "The sd is right, but the mean is weighted by one over the sds. "
                "Weigh by one over the variances.",
            ),
            Misconception(
                lambda tau, y, se: (
                    np.sum(y * (tau**2 + se**2)) / np.sum(tau**2 + se**2),
                    _mu(tau, y, se)[1],
                ),
                "The sd is right, but the mean is weighted by the variances: the noisiest "
                "estimate should count least.",
            ),
        ],
    ),
    hints=(
        "How far does y_j lie from mu, typically? Two errors add up.",
        "Its variance about mu is v_j = tau**2 + se_j**2. Precisions add: W = sum of 1 / v_j.",
        "The mean is the sum of y_j / v_j divided by W, and the sd is one over the root of W.",
    ),
)

# 4.2 The marginal likelihood of tau, relative to tau = 0


def _log_l(tau: Any, y: Any, se: Any, *, width: float = 1.0, centre: float = 1.0) -> Any:
    v = tau**2 + np.square(se)
    mu, sd = _mu(tau if centre else 0, y, se)
    return -0.5 * np.sum(np.log(v) + (y - mu) ** 2 / v) + width * np.log(sd)


def _log_ratio(tau: Any, y: Any, se: Any, **options: Any) -> Any:
    return _log_l(tau, y, se, **options) - _log_l(0.0, y, se, **options)


def _positive(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    return (case | {"tau": case["tau"] + 1.5} for case in _studies(rng))


LOG_RATIO = Exercise(
    "4.2",
    points=4,
    judge=Function(
        _log_ratio,
        _positive,
        [
            Misconception(
                lambda tau, y, se: _log_ratio(tau, y, se, width=0),
                "This is the likelihood at the best mu. Integrating mu out leaves its width too: "
                "a factor that is the sd of mu given tau.",
            ),
            Misconception(
                lambda tau, y, se: _log_ratio(tau, y, se, width=-1),
                "The width that integrating mu leaves is to be added, not taken off: "
                "a wide conditional of mu is a large integral.",
            ),
            Misconception(
                lambda tau, y, se: _log_ratio(tau, y, se, centre=0),
                "The centre stays where it is at tau = 0. The weighted mean moves with tau.",
            ),
            Misconception(
                lambda tau, y, se: _log_l(tau, y, se),
                "This is the log likelihood up to a constant. Take off its value at tau = 0.",
            ),
            Misconception(
                lambda tau, y, se: np.exp(_log_ratio(tau, y, se)),
                "This is the ratio of the likelihoods. Its log is asked for.",
            ),
            Misconception(
                lambda tau, y, se: -_log_ratio(tau, y, se),
                "The sign is the wrong way round: the value at tau comes first.",
            ),
            Misconception(
                lambda tau, y, se: (
                    _log_ratio(tau, y, se) - 0.5 * np.sum(np.log((tau**2 + se**2) / np.square(se)))
                ),
                "The sum of log v takes one half: the density has one over the root of v.",
            ),
        ],
    ),
    hints=(
        "With a flat prior three terms are left: the sum of log v_j, the sum of squares, and "
        "the log of the sd of mu.",
        "log p(y | tau) = -0.5 * sum(log v + (y - mu)**2 / v) + log(sd of mu) + constant, with "
        "mu and the sd from exercise 4.1.",
        "Compute it at tau and at 0, and subtract.",
    ),
)

# 4.3 Mean and sd of a mixture of normals


def _mix(weight: Any, mean: Any, sd: Any) -> tuple[Any, Any]:
    centre = np.sum(weight * mean)
    return centre, np.sqrt(np.sum(weight * (np.square(sd) + (mean - centre) ** 2)))


def _mixtures(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for K in (2, 5, 40):
        weight = rng.uniform(0.1, 1, size=K)
        yield {
            "weight": weight / weight.sum(),
            "mean": rng.normal(5, 4, size=K),
            "sd": rng.uniform(1, 6, size=K),
        }


MIX = Exercise(
    "4.3",
    points=2,
    judge=Function(
        _mix,
        _mixtures,
        [
            Misconception(
                lambda weight, mean, sd: (np.sum(weight * mean), np.sum(weight * sd)),
                "The mean is right. Sds cannot be averaged: average variances, and add the "
                "variance of the means.",
            ),
            Misconception(
                lambda weight, mean, sd: (
                    np.sum(weight * mean),
                    np.sqrt(np.sum(weight * np.square(sd))),
                ),
                "The mean is right. The average variance is one part; the means differ too, and "
                "their variance is the part that plugging in forgets.",
            ),
            Misconception(
                lambda weight, mean, sd: (
                    np.sum(weight * mean),
                    np.sqrt(np.sum(weight * (mean - np.sum(weight * mean)) ** 2)),
                ),
                "The mean is right. This is the sd of the means alone; add the average variance.",
            ),
            Misconception(
                lambda weight, mean, sd: (
                    _mix(weight, mean, sd)[0],
                    _mix(weight, mean, sd)[1] ** 2,
                ),
                "The mean is right; the second value is the variance. Take its square root.",
            ),
            Misconception(
                lambda weight, mean, sd: (
                    np.sum(weight * mean),
                    np.sqrt(np.sum(weight**2 * np.square(sd))),
                ),
                "The mean is right. This is the sd of a weighted sum of independent quantities. "
                "A mixture is one of them, drawn with those weights.",
            ),
            Misconception(
                lambda weight, mean, sd: _mix(np.full(np.size(mean), 1 / np.size(mean)), mean, sd),
                "The weights are forgotten.",
            ),
        ],
    ),
    hints=(
        "The overall mean is the weighted mean of the means.",
        "The mean of the square of a normal is sd**2 + mean**2.",
        "Variance: the weighted mean of sd**2, plus the weighted variance of the means.",
    ),
)

# 4.4 The posterior mean of tau for twelve real schools, of the student's own


@cache
def _scores() -> dict[str, NDArray[np.float64]]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


def _posterior(y: Any, se: Any, *, scale: float = 5.0, width: float = 1.0) -> tuple[Any, Any]:
    """Give nodes of tau and their weights, under a half-normal prior of the given scale."""
    tau = (np.arange(1500) + 0.5) * 0.02
    v = tau[:, np.newaxis] ** 2 + np.square(se)
    W = np.sum(1 / v, axis=1)
    mu = np.sum(y / v, axis=1) / W
    log_density = -0.5 * np.sum(np.log(v) + (y - mu[:, np.newaxis]) ** 2 / v, axis=1)
    log_density -= 0.5 * width * np.log(W) + 0.5 * (tau / scale) ** 2
    density = np.exp(log_density - log_density.max())
    return tau, density / density.sum()


def _tau_mean(y: Any, se: Any, **options: Any) -> float:
    tau, weight = _posterior(y, se, **options)
    return float(weight @ tau)


def _tau_mode(y: Any, se: Any) -> float:
    tau, weight = _posterior(y, se)
    return float(tau[np.argmax(weight)])


def _tau_rms(y: Any, se: Any) -> float:
    tau, weight = _posterior(y, se)
    return float(np.sqrt(weight @ tau**2))


WRONG_MEANS = (
    Misconception(
        _tau_mode,
        "This is the peak of the posterior. The mean weighs every tau by its probability.",
    ),
    Misconception(
        _tau_rms,
        "This is the root of the mean of tau squared. Average tau itself.",
    ),
    Misconception(
        lambda y, se: _tau_mean(y, se, scale=1e9),
        "This is the answer under a flat prior on tau. Add the log density of the half-normal.",
    ),
    Misconception(
        lambda y, se: _tau_mean(y, se, width=0),
        "The width that integrating mu leaves is forgotten: mu has been maximised over.",
    ),
    Misconception(
        lambda y, se: _tau_mean(y, np.square(se)),
        "The standard errors were squared once too often.",
    ),
)


def _twelve_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw schools and students until the right answer is apart from the wrong ones."""
    scores = _scores()
    while True:
        chosen = rng.choice(sorted(scores), size=12, replace=False)
        sizes = rng.integers(3, 11, size=12)
        y = [
            rng.choice(scores[school], size=n, replace=False).mean()
            for school, n in zip(chosen, sizes, strict=True)
        ]
        drawn = {"y": np.round(y, 2), "se": np.round(6.26 / np.sqrt(sizes), 2)}
        answers = [_tau_mean(**drawn), *(wrong.answer(**drawn) for wrong in WRONG_MEANS)]
        if np.diff(np.sort(answers)).min() > 0.03:
            return drawn


TAU_MEAN = Exercise(
    "4.4",
    points=4,
    make_data=_twelve_schools,
    judge=Number(_tau_mean, tolerance=0.01, misconceptions=WRONG_MEANS),
    hints=(
        "`exact.normal_means` takes the groups from `pooling.from_means(y)` and `sigma=se`.",
        "By hand: nodes of tau, log likelihood plus log prior, exponentiate, divide by the sum.",
        "The log of a half-normal with scale 5 is -tau**2 / 50, up to a constant.",
    ),
)

EXERCISES = (MU_GIVEN_TAU, LOG_RATIO, MIX, TAU_MEAN)
