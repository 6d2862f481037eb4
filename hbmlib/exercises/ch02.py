"""The exercises of chapter 2."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number


def _weight(n: Any, tau: Any, sigma: Any) -> Any:
    return tau**2 / (tau**2 + sigma**2 / n)


# 2.1 The shrinkage weight


def _weight_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 2, 40):
        yield {"n": n, "tau": rng.uniform(0.5, 4), "sigma": rng.uniform(4.5, 9)}
    yield {"n": rng.integers(1, 60, size=5), "tau": rng.uniform(0.5, 4), "sigma": 6.0}
    yield {"n": 7, "tau": rng.uniform(0.1, 10, size=4), "sigma": rng.uniform(1, 9, size=4)}


WEIGHT = Exercise(
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
                lambda n, tau, sigma: _weight(np.sqrt(n), tau, sigma),
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
)

# 2.2 One group: posterior mean and sd


def _update(mean: Any, n: Any, sigma: Any, mu: Any, tau: Any) -> tuple[Any, Any]:
    weight = _weight(n, tau, sigma)
    return weight * mean + (1 - weight) * mu, np.sqrt(weight * sigma**2 / n)


def _update_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 3, 30):
        yield {
            "mean": rng.uniform(15, 20),
            "n": n,
            "sigma": rng.uniform(4, 9),
            "mu": rng.uniform(8, 13),
            "tau": rng.uniform(1.5, 3.5),
        }
    yield {
        "mean": rng.uniform(8, 18, size=4),
        "n": rng.integers(1, 40, size=4),
        "sigma": 6.0,
        "mu": 12.5,
        "tau": 3.0,
    }


UPDATE = Exercise(
    "2.2",
    points=3,
    judge=Function(
        _update,
        _update_cases,
        [
            Misconception(
                lambda mean, n, sigma, mu, tau: (
                    mean + mu - _update(mean, n, sigma, mu, tau)[0],
                    _update(mean, n, sigma, mu, tau)[1],
                ),
                "The sd is right, but the weights of the mean are swapped: "
                "the source with the smaller variance should get the larger weight.",
            ),
            Misconception(
                lambda mean, n, sigma, mu, tau: (
                    _update(mean, n, sigma, mu, tau)[0],
                    _update(mean, n, sigma, mu, tau)[1] ** 2,
                ),
                "The mean is right; the second value is the variance. Take its square root.",
            ),
            Misconception(
                lambda mean, n, sigma, mu, tau: (
                    _update(mean, n, sigma, mu, tau)[0],
                    1 / _update(mean, n, sigma, mu, tau)[1] ** 2,
                ),
                "The mean is right; the second value is the precision. "
                "The sd is one over its square root.",
            ),
            Misconception(
                lambda mean, n, sigma, mu, tau: _update(mean, 1, sigma, mu, tau),
                "The number of students is forgotten: this is the answer for one student "
                "whose score is the mean.",
            ),
            Misconception(
                lambda mean, n, sigma, mu, tau: (
                    _update(mean, n, sigma, mu, tau)[0],
                    np.sqrt(tau**2 + sigma**2 / n),
                ),
                "The mean is right, but variances do not add up here: precisions do. "
                "The posterior must be narrower than either source.",
            ),
            Misconception(
                lambda mean, n, sigma, mu, tau: (
                    (mean * tau + mu * sigma / np.sqrt(n)) / (tau + sigma / np.sqrt(n)),
                    _update(mean, n, sigma, mu, tau)[1],
                ),
                "The sd is right, but the mean is weighted by one over the sds. "
                "Weight by one over the variances.",
            ),
        ],
    ),
    hints=(
        "Write down the two precisions, that of the data and that of the population.",
        "The posterior precision is their sum, n / sigma**2 + 1 / tau**2.",
        "The posterior mean is the average of `mean` and `mu`, weighted by those precisions.",
    ),
)

# 2.3 The school that moves most, in data of the student's own


@cache
def _scores() -> dict[str, NDArray[np.float64]]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


def _thirty_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw schools until the smallest one is not the one that moves most."""
    scores = _scores()
    fixed = {"mu": 12.64, "tau": 2.94, "sigma": 6.26}
    while True:
        chosen = rng.choice(sorted(scores), size=30, replace=False).tolist()
        y = np.concatenate([scores[school] for school in chosen])
        group = np.repeat(chosen, [scores[school].size for school in chosen])
        drawn = {"y": y, "group": group.tolist(), **fixed}
        n, distance, weight = _distances(**drawn)
        moves = (1 - weight) * distance
        if moves[n == n.min()].max() < moves.max() - 0.1:
            return drawn


def _distances(y: Any, group: Any, mu: float, tau: float, sigma: float) -> tuple[Any, Any, Any]:
    """Size, distance of the own mean from mu, and shrinkage weight of each school."""
    _, index, n = np.unique(group, return_inverse=True, return_counts=True)
    return n, np.abs(np.bincount(index, y) / n - mu), _weight(n, tau, sigma)


def _largest_move(**data: Any) -> float:
    _, distance, weight = _distances(**data)
    return float(np.max((1 - weight) * distance))


def _move_of_smallest(**data: Any) -> float:
    n, distance, weight = _distances(**data)
    return float(((1 - weight) * distance)[np.argmin(n)])


def _move_of_farthest(**data: Any) -> float:
    return float(np.max(_distances(**data)[1]))


def _largest_distance_left(**data: Any) -> float:
    _, distance, weight = _distances(**data)
    return float(np.max(weight * distance))


def _largest_move_of_one(**data: Any) -> float:
    return _move_of_farthest(**data) * (1 - _weight(1, data["tau"], data["sigma"]))


LARGEST_MOVE = Exercise(
    "2.3",
    points=3,
    make_data=_thirty_schools,
    judge=Number(
        _largest_move,
        tolerance=0.005,
        misconceptions=[
            Misconception(
                _move_of_smallest,
                "This is how far the smallest school moves. It has the smallest weight, but "
                "another school lies further out: look at the product.",
            ),
            Misconception(
                lambda **data: -_largest_move(**data),
                "The size is right. How far is a distance: drop the sign.",
            ),
            Misconception(
                _largest_distance_left,
                "This is a distance that remains after shrinking, lambda times the distance. "
                "The move is the other part.",
            ),
            Misconception(
                _move_of_farthest,
                "This is the whole distance of the farthest school from mu. "
                "A school moves only a part of it.",
            ),
            Misconception(
                _largest_move_of_one,
                "The numbers of students are forgotten: "
                "this is the move if each school had one student.",
            ),
        ],
    ),
    hints=(
        "How far does a school move, as a part of its distance from mu?",
        "A school moves (1 - lambda_j) times |own mean - mu|; lambda_j needs its own n_j.",
        "`pooling.summarise(y, group)`, then `pooling.partial(...)`, then the largest "
        "absolute difference of the two sets of means.",
    ),
)

# 2.4 How many students for a given weight


def _students(weight: Any, tau: Any, sigma: Any) -> Any:
    return (sigma / tau) ** 2 * weight / (1 - weight)


def _students_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for weight in (0.5, 0.9, rng.uniform(0.6, 0.95)):
        yield {"weight": weight, "tau": rng.uniform(1, 4), "sigma": rng.uniform(5, 9)}
    yield {"weight": rng.uniform(0.1, 0.95, size=4), "tau": 2.2, "sigma": 6.5}


STUDENTS = Exercise(
    "2.4",
    points=2,
    judge=Function(
        _students,
        _students_cases,
        [
            Misconception(
                lambda weight, tau, sigma: np.ceil(_students(weight, tau, sigma)),
                "Right, but rounded up. Leave the rounding to whoever uses the function.",
            ),
            Misconception(
                lambda weight, tau, sigma: _students(1 - weight, tau, sigma),
                "A weight near 1 should take many students, not few: "
                "you solved for the weight of the population mean.",
            ),
            Misconception(
                lambda weight, tau, sigma: _students(weight, sigma, tau),
                "The scales are the wrong way round: "
                "noisier students, a larger sigma, mean that more of them are needed.",
            ),
            Misconception(
                lambda weight, tau, sigma: sigma / tau * weight / (1 - weight),
                "Use variances: the ratio sigma / tau is to be squared.",
            ),
            Misconception(
                lambda weight, tau, sigma: (sigma / tau) ** 2 * weight,
                "Solve once more for n: the weight turns up on both sides, "
                "and weight / (1 - weight) is left.",
            ),
        ],
    ),
    hints=(
        "Start from lambda = n / (n + sigma**2 / tau**2).",
        "lambda / (1 - lambda) = n * tau**2 / sigma**2.",
    ),
)

# 2.5 The risk of partial pooling, given theta


def _risk(distance: Any, n: Any, tau: Any, sigma: Any) -> Any:
    weight = _weight(n, tau, sigma)
    return weight**2 * sigma**2 / n + (1 - weight) ** 2 * distance**2


def _risk_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 5, 30):
        yield {
            "distance": rng.uniform(2, 9),
            "n": n,
            "tau": rng.uniform(1, 4),
            "sigma": rng.uniform(5, 9),
        }
    yield {"distance": rng.uniform(-6, 6, size=5), "n": 4, "tau": 2.0, "sigma": 6.0}
    yield {"distance": 3.0, "n": rng.integers(1, 40, size=5), "tau": 2.0, "sigma": 6.0}


RISK = Exercise(
    "2.5",
    points=3,
    judge=Function(
        _risk,
        _risk_cases,
        [
            Misconception(
                lambda distance, n, tau, sigma: _weight(n, tau, sigma) ** 2 * sigma**2 / n,
                "This is the variance alone. Shrinking also brings a bias, "
                "(1 - lambda) times the distance; add its square.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: ((1 - _weight(n, tau, sigma)) * distance) ** 2,
                "This is the squared bias alone. Add the variance of lambda times the own mean.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: _weight(n, tau, sigma) * sigma**2 / n,
                "This is the risk averaged over all groups, lambda * sigma**2 / n. "
                "Here the group's distance from mu is given.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: sigma**2 / n,
                "This is the risk of the group's own mean, without any pooling.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: (
                    _weight(n, tau, sigma) * sigma**2 / n
                    + (1 - _weight(n, tau, sigma)) * distance**2
                ),
                "Squared errors take squared weights: lambda**2 and (1 - lambda)**2.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: (
                    (1 - _weight(n, tau, sigma)) ** 2 * sigma**2 / n
                    + _weight(n, tau, sigma) ** 2 * distance**2
                ),
                "The weights are swapped: lambda goes with the noise of the own mean.",
            ),
            Misconception(
                lambda distance, n, tau, sigma: np.sqrt(_risk(distance, n, tau, sigma)),
                "This is the root of the risk. The mean squared error is asked for.",
            ),
        ],
    ),
    hints=(
        "The estimate misses by lambda * (own mean - theta) - (1 - lambda) * (theta - mu).",
        "The first part has mean 0 and the variance lambda**2 * sigma**2 / n; "
        "the second part is fixed. Square and take the expectation.",
    ),
)

EXERCISES = (WEIGHT, UPDATE, LARGEST_MOVE, STUDENTS, RISK)
