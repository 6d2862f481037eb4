"""The exercises of chapter 3."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number

# 3.1 The positive-part rule towards the mean


def _shrink(y: Any, sigma: Any, *, spent: int = 3, least: float = 0.0) -> Any:
    y = np.asarray(y, dtype=float)
    away = y - y.mean()
    weight = 1 - (y.size - spent) * sigma**2 / np.sum(away**2)
    return y.mean() + max(weight, least) * away


def _towards_zero(y: Any, sigma: Any) -> Any:
    y = np.asarray(y, dtype=float)
    return max(1 - (y.size - 2) * sigma**2 / np.sum(y**2), 0) * y


def _weight_of_the_mean(y: Any, sigma: Any) -> Any:
    """Use the rule's weight for the mean instead of for the observations."""
    y = np.asarray(y, dtype=float)
    return y - (_shrink(y, sigma) - y.mean())


def _shrink_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J, spread in ((6, 3.0), (12, 2.0), (25, 1.5)):
        yield {"y": rng.uniform(5, 9) + spread * _standard(rng, J), "sigma": rng.uniform(1.1, 1.3)}
    yield {"y": 4 + 0.3 * _standard(rng, 10), "sigma": 1.5}  # the weight is cut off


def _standard(rng: np.random.Generator, J: int) -> NDArray[np.float64]:
    """Draw J numbers whose mean is 0 and whose mean square is 1."""
    z = rng.standard_normal(J)
    z -= z.mean()
    return z / np.sqrt(np.mean(z**2))


SHRINK = Exercise(
    "3.1",
    points=3,
    judge=Function(
        _shrink,
        _shrink_cases,
        [
            Misconception(
                lambda y, sigma: _shrink(y, sigma, spent=2),
                "The constant is J - 2. One dimension is spent on the mean: J - 3.",
            ),
            Misconception(
                lambda y, sigma: _shrink(y, sigma, spent=0),
                "The constant is J, which shrinks too much. Three are to be taken off: one for "
                "the mean, two because S is used in place of what it estimates.",
            ),
            Misconception(
                lambda y, sigma: _shrink(y, sigma, least=-np.inf),
                "The formula is right; where the weight is negative it should be 0.",
            ),
            Misconception(
                _towards_zero, "This shrinks towards zero. Measure from the mean of `y`."
            ),
            Misconception(
                lambda y, sigma: _shrink(y, np.sqrt(sigma)),
                "`sigma` is an sd. The weight takes the variance: square it.",
            ),
            Misconception(
                _weight_of_the_mean,
                "The two weights are swapped: the one in the formula belongs to the distance "
                "from the mean, which is what is left of it.",
            ),
            Misconception(
                lambda y, sigma: _shrink(y, sigma) - np.mean(y),
                "These are the shrunken distances from the mean. Add the mean back.",
            ),
        ],
    ),
    hints=(
        "Work with the distances of `y` from its mean, and add the mean back at the end.",
        "The weight is 1 - (J - 3) * sigma**2 / S, with S the sum of the squared distances.",
        "`max(weight, 0)` is the positive part.",
    ),
)

# 3.2 Stein's unbiased estimate of the rule's risk


def _estimated_risk(y: Any, sigma: Any) -> Any:
    y = np.asarray(y, dtype=float)
    J = y.size
    return J * sigma**2 - (J - 2) ** 2 * sigma**4 / np.sum(y**2)


def _saving(y: Any, sigma: Any, power: int, scale: int) -> Any:
    y = np.asarray(y, dtype=float)
    return y.size * sigma**2 - (y.size - 2) ** power * sigma**scale / np.sum(y**2)


def _vectors(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J in (5, 9, 30):
        yield {"y": rng.normal(1, 3, size=J), "sigma": rng.uniform(1.3, 2)}
    yield {"y": rng.normal(0, 0.2, size=8), "sigma": 1.7}  # an estimate may be negative


ESTIMATED_RISK = Exercise(
    "3.2",
    points=3,
    judge=Function(
        _estimated_risk,
        _vectors,
        [
            Misconception(
                lambda y, sigma: _saving(y, sigma, 1, 4),
                "The factor J - 2 comes squared: once from the square of the correction, twice "
                "(with the other sign) from its slope.",
            ),
            Misconception(
                lambda y, sigma: _saving(y, sigma, 2, 2),
                "What is saved has the dimension of a squared error: sigma**4 over S.",
            ),
            Misconception(
                lambda y, sigma: np.size(y) * sigma**2 + (np.size(y) - 2) ** 2 * sigma**4
                / np.sum(np.square(y)),
                "The squared correction alone adds to the risk. Its slope takes twice as much "
                "off: check the sign of the last term.",
            ),
            Misconception(
                lambda y, sigma: np.maximum(_estimated_risk(y, sigma), 0),
                "Right where it is positive. An unbiased estimate has to be allowed to fall "
                "below 0, or it is no longer unbiased.",
            ),
            Misconception(
                lambda y, sigma: np.size(y) * sigma**2,
                "This is the risk of the observations themselves. Take off what the rule saves.",
            ),
            Misconception(
                lambda y, sigma: np.sum((_plain(y, sigma) - np.asarray(y)) ** 2),
                "This is how far the rule moves the observations, not how far it is expected to "
                "lie from the truth.",
            ),
        ],
    ),
    hints=(
        "Put h = -(J - 2) sigma**2 y / S into the unbiased estimate of risk.",
        "The squares of h sum to (J - 2)**2 sigma**4 / S; its slopes to -(J - 2)**2 sigma**2 / S.",
    ),
)  # fmt: skip


def _plain(y: Any, sigma: Any) -> Any:
    y = np.asarray(y, dtype=float)
    return (1 - (y.size - 2) * sigma**2 / np.sum(y**2)) * y


# 3.3 Twenty real schools, ten students each, of the student's own


@cache
def _scores() -> dict[str, NDArray[np.float64]]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


def _twenty_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw schools and students until the weight lies inside 0 to 1, apart from wrong ones."""
    scores = _scores()
    while True:
        chosen = rng.choice(sorted(scores), size=20, replace=False)
        tested = [rng.choice(scores[school], size=10, replace=False) for school in chosen]
        drawn = {"mean": np.array([s.mean() for s in tested]).round(3), "n": 10, "sigma": 6.26}
        ways = [_school_weight, *(wrong.answer for wrong in WRONG_WEIGHTS)]
        answers = np.sort([way(**drawn) for way in ways])
        if 0.3 < _school_weight(**drawn) < 0.9 and np.diff(answers).min() > 0.005:
            return drawn


def _school_weight(mean: Any, n: int, sigma: float, *, spent: int = 3, power: float = 2) -> float:
    away = mean - np.mean(mean)
    return float(1 - (mean.size - spent) * sigma**2 / n ** (power / 2) / np.sum(away**2))


WRONG_WEIGHTS = (
    Misconception(
        lambda mean, n, sigma: _school_weight(mean, n, sigma, power=0),
        "This takes the sd of one student. The observations are means of n students: "
        "their sd is sigma / sqrt(n).",
    ),
    Misconception(
        lambda mean, n, sigma: _school_weight(mean, n, sigma, power=4),
        "The variance of a mean is sigma**2 / n. You seem to have divided sigma by n.",
    ),
    Misconception(
        lambda mean, n, sigma: 1 - _school_weight(mean, n, sigma),
        "This is what is given up. The weight that is kept is one minus it.",
    ),
    Misconception(
        lambda mean, n, sigma: _school_weight(mean, n, sigma, spent=2),
        "The constant is J - 2. Shrunk towards the mean of the observations it is J - 3.",
    ),
    Misconception(
        lambda mean, n, sigma: float(1 - (mean.size - 2) * sigma**2 / n / np.sum(np.square(mean))),
        "This is the weight towards 0, a score that no school comes near.",
    ),
)

SCHOOL_WEIGHT = Exercise(
    "3.3",
    points=3,
    make_data=_twenty_schools,
    judge=Number(
        _school_weight,
        tolerance=0.002,
        misconceptions=WRONG_WEIGHTS,
    ),
    hints=(
        "What is the sd of one observation here, that is, of the mean of ten students?",
        "`js.weight(y, sigma, towards)` is the rule's weight.",
        "J is 20, and the constant is J - 3.",
    ),
)

# 3.4 The rule's risk, averaged over a population, as a share


def _risk_share(J: Any, tau: Any, sigma: Any) -> Any:
    return 1 - (J - 2) / J * sigma**2 / (sigma**2 + tau**2)


def _populations(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J in (3, 8, 50):
        yield {"J": J, "tau": rng.uniform(0.5, 3), "sigma": rng.uniform(1.5, 4)}
    yield {"J": 10, "tau": rng.uniform(0.2, 5, size=4), "sigma": 2.0}


RISK_SHARE = Exercise(
    "3.4",
    points=2,
    judge=Function(
        _risk_share,
        _populations,
        [
            Misconception(
                lambda J, tau, sigma: 1 - sigma**2 / (sigma**2 + tau**2),
                "This is the share of Bayes, who knows tau. Estimating it costs two of the J.",
            ),
            Misconception(
                lambda J, tau, sigma: 1 - (J - 2) / J * tau**2 / (sigma**2 + tau**2),
                "The saving should be largest when tau is small: it goes with 1 - lambda.",
            ),
            Misconception(
                lambda J, tau, sigma: J * sigma**2 * _risk_share(J, tau, sigma),
                "This is the risk itself. Divide by that of the own means, J * sigma**2.",
            ),
            Misconception(
                lambda J, tau, sigma: 1 - _risk_share(J, tau, sigma),
                "This is the share that is saved. The share that is left is one minus it.",
            ),
            Misconception(
                lambda J, tau, sigma: 1 - (J - 3) / J * sigma**2 / (sigma**2 + tau**2),
                "J - 3 is for shrinking towards the mean of the observations. Here the point is "
                "fixed.",
            ),
            Misconception(
                lambda J, tau, sigma: 1 - (J - 2) / J * sigma / (sigma + tau),
                "These are standard deviations. The weight goes by variances: square both.",
            ),
        ],
    ),
    hints=(
        "The own means have the risk J * sigma**2, whatever tau is.",
        "The rule saves (J - 2) * (1 - lambda) * sigma**2 of it on average.",
    ),
)

EXERCISES = (SHRINK, ESTIMATED_RISK, SCHOOL_WEIGHT, RISK_SHARE)
