"""The exercises of chapter 1."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from hbmlib import datasets, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number

EXERCISES: tuple[Exercise, ...] = ()


def _mean_sd_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 3, 50):
        yield {"n": n, "tau": rng.uniform(0.5, 4), "sigma": rng.uniform(4.5, 9)}
    yield {"n": rng.integers(1, 60, size=6), "tau": rng.uniform(0.5, 4), "sigma": 6.0}
    yield {"n": 10, "tau": 0.0, "sigma": rng.uniform(1, 9)}


def _mean_sd(n: Any, tau: Any, sigma: Any) -> Any:
    return np.sqrt(tau**2 + sigma**2 / n)


EXERCISES += (
    Exercise(
        "1.1",
        points=2,
        judge=Function(
            _mean_sd,
            _mean_sd_cases,
            [
                Misconception(
                    lambda n, tau, sigma: _mean_sd(n, tau, sigma) ** 2,
                    "This is the variance. The sd is its square root.",
                ),
                Misconception(
                    lambda n, tau, sigma: _mean_sd(n, 0, sigma),
                    "This is how far the mean lies from the group's own level theta_j. The "
                    "level itself lies some way from mu: tau is missing.",
                ),
                Misconception(
                    lambda n, tau, sigma: tau + sigma / np.sqrt(n),
                    "Independent parts add up in their variances, not in their sds.",
                ),
                Misconception(
                    lambda n, tau, sigma: _mean_sd(1, tau, sigma),
                    "This is the sd of a single observation. "
                    "The mean of n observations has the chance part sigma**2 / n.",
                ),
                Misconception(
                    lambda n, tau, sigma: np.sqrt((tau**2 + sigma**2) / n),
                    "Only the chance part shrinks with n. All members of a group share the same "
                    "level, so averaging over them does not wear tau down.",
                ),
                Misconception(
                    lambda n, tau, sigma: np.sqrt(tau**2 + (sigma / n) ** 2),
                    "The variance of a mean is sigma**2 / n, not (sigma / n)**2.",
                ),
            ],
        ),
        hints=(
            "The mean is the group's level plus the average of n chance parts.",
            "Their variances are tau**2 and sigma**2 / n, and they are independent.",
            "Add the variances, then take the square root with np.sqrt.",
        ),
    ),
)


def _size_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J in (2, 8, 30):
        yield {
            "n": rng.integers(1, 80, size=J),
            "tau": rng.uniform(1, 5),
            "sigma": rng.uniform(3, 8),
        }
    yield {"n": np.full(10, 25), "tau": 3.0, "sigma": rng.uniform(3, 8)}
    yield {"n": np.array([40]), "tau": 2.0, "sigma": 5.0}
    yield {"n": np.array([5, 9, 1]), "tau": 0.0, "sigma": 4.0}


def _share(between: float, within: float) -> float:
    return between / (between + within)


def _seen(n: Any) -> float:
    return (n**2).sum() / n.sum()


def _worth(n: Any, seen: float, rho: float) -> float:
    return n.sum() / (1 + (seen - 1) * rho)


def _effective(n: Any, tau: float, sigma: float) -> float:
    return _worth(n, _seen(n), _share(tau**2, sigma**2))


EXERCISES += (
    Exercise(
        "1.2",
        points=3,
        judge=Function(
            _effective,
            _size_cases,
            [
                Misconception(
                    lambda n, tau, sigma: n.sum() / _effective(n, tau, sigma),
                    "This is the design effect. Divide the number of observations by it.",
                ),
                Misconception(
                    lambda n, tau, sigma: _worth(n, n.mean(), _share(tau**2, sigma**2)),
                    "Right for groups of equal size. With unequal ones it takes the size that a "
                    "member sees, sum(n**2) / sum(n), not the average size.",
                ),
                Misconception(
                    lambda n, tau, sigma: _worth(n, _seen(n), _share(tau, sigma)),
                    "The intraclass correlation is a ratio of variances. Square the sds.",
                ),
                Misconception(
                    lambda n, tau, sigma: _worth(n, _seen(n) + 1, _share(tau**2, sigma**2)),
                    "A member is not its own companion: one less than the group size counts.",
                ),
                Misconception(
                    lambda n, tau, sigma: n.sum(),
                    "This is the number of observations. Members of a group repeat each other, "
                    "so they are worth fewer.",
                ),
                Misconception(
                    lambda n, tau, sigma: n.size,
                    "This is the number of groups. It would be right if the members of a group "
                    "were all the same.",
                ),
            ],
        ),
        hints=(
            "Start with the design effect, the ratio of two variances of the mean.",
            "It is 1 + (seen - 1) * rho, where seen is the size of group that a member sees.",
            "seen = np.sum(n**2) / np.sum(n). Divide np.sum(n) by the design effect.",
        ),
    ),
)


@cache
def _parts(column: str) -> tuple[pooling.GroupSummaries, pooling.Anova, float]:
    """Summarise a column of hsb by school, with its mean squares and the size n_0."""
    students = datasets.load("hsb")
    groups = pooling.summarise(students[column], students["school"])
    N = groups.n_total
    return groups, pooling.anova(groups), (N - (groups.n**2).sum() / N) / (groups.n_groups - 1)


def _between(column: str) -> float:
    _, table, n_0 = _parts(column)
    return (table.ms_between - table.ms_within) / n_0


def _within(column: str) -> float:
    return _parts(column)[1].ms_within


def _eta_squared() -> float:
    table = _parts("ses")[1]
    return _share(table.df_between * table.ms_between, table.df_within * table.ms_within)


EXERCISES += (
    Exercise(
        "1.3",
        points=2,
        judge=Number(
            lambda: _share(_between("ses"), _within("ses")),
            tolerance=0.004,
            misconceptions=[
                Misconception(
                    lambda: _share(_between("math"), _within("math")),
                    "This is the intraclass correlation of the mathematics scores. "
                    "Use the column ses.",
                ),
                Misconception(
                    lambda: _share(_parts("ses")[0].mean.var(ddof=1), _within("ses")),
                    "The variance of the schools' means holds chance as well as real "
                    "differences. Take the chance part away: use the mean squares.",
                ),
                Misconception(
                    lambda: _share(np.sqrt(_between("ses")), np.sqrt(_within("ses"))),
                    "This is a ratio of sds. The intraclass correlation is one of variances.",
                ),
                Misconception(
                    lambda: _share(_parts("ses")[1].ms_between, _within("ses")),
                    "The mean square between is not tau**2: its expectation is "
                    "sigma**2 + n_0 * tau**2.",
                ),
                Misconception(
                    _eta_squared,
                    "This is the share of the sum of squares between schools, which holds chance "
                    "as well as real differences. Use the mean squares to take the chance away.",
                ),
                Misconception(
                    lambda: np.sqrt(_share(_between("ses"), _within("ses"))),
                    "This is the square root of it. The share tau**2 / (tau**2 + sigma**2) is "
                    "a correlation as it stands.",
                ),
            ],
        ),
        hints=(
            "Summarise ses by school, as the chapter does for the mathematics scores.",
            "The schools' sizes have not changed, so n_0 from the chapter still serves.",
            "tau**2 is (ms_between - ms_within) / n_0, and sigma**2 is ms_within.",
        ),
    ),
)


def _comparison_cases(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for J in (2, 10, 160):
        yield {"J": J, "alpha": float(rng.uniform(0.01, 0.1))}
    yield {"J": int(rng.integers(20, 60)), "alpha": 0.05}


def _counts(pairs: float, alpha: float, tests: float | None = None) -> tuple[float, float, float]:
    return pairs, alpha * pairs, alpha / (pairs if tests is None else tests)


def _comparisons(J: int, alpha: float) -> tuple[float, float, float]:
    return _counts(J * (J - 1) / 2, alpha)


EXERCISES += (
    Exercise(
        "1.5",
        points=2,
        judge=Function(
            _comparisons,
            _comparison_cases,
            [
                Misconception(
                    lambda J, alpha: _counts(J * (J - 1), alpha),
                    "Each pair is counted twice: A against B is the same test as B against A.",
                ),
                Misconception(
                    lambda J, alpha: _counts(J**2, alpha),
                    "This counts each pair twice, and each group against itself.",
                ),
                Misconception(
                    lambda J, alpha: _counts(J * (J + 1) / 2, alpha),
                    "This counts each group against itself as well.",
                ),
                Misconception(
                    lambda J, alpha: _counts(J * (J - 1) / 2, alpha, tests=J),
                    "The first two are right. Bonferroni divides by the number of tests made, "
                    "which is the number of pairs, not of groups.",
                ),
                Misconception(
                    lambda J, alpha: tuple(np.array(_comparisons(J, alpha))[[0, 2, 1]]),
                    "The second and third are in the wrong order.",
                ),
            ],
        ),
        hints=(
            "Each of J groups meets J - 1 others.",
            "If no group differs, each test raises a false alarm with probability alpha.",
            "Bonferroni shares alpha out equally among the pairs.",
        ),
    ),
)
