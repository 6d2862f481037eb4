"""The exercises of chapter 7."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets, diagnostics, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.kernels import Gibbs
from hbmlib.models import NormalMeans
from hbmlib.priors import GammaPrecision, Normal
from hbmlib.sample import sample

Floats = NDArray[np.float64]

# 7.1 R-hat of split chains


def _split_rhat(
    x: Floats,
    *,
    halves: bool = True,
    ddof: int = 1,
    times: str = "one",
    power: float = 0.5,
    alternate: bool = False,
) -> float:
    """Compute R-hat; each option is a fault."""
    x = np.asarray(x, float)
    half = x.shape[1] // 2
    if alternate:
        x = np.concatenate([x[:, : 2 * half : 2], x[:, 1 : 2 * half : 2]])
    elif halves:
        x = np.concatenate([x[:, :half], x[:, -half:]])
    n = x.shape[1]
    within = x.var(axis=1, ddof=ddof).mean()
    between = x.mean(axis=1).var(ddof=ddof) * (n if times == "n" else 1)
    total = within + between if times == "no shrinking" else (n - 1) / n * within + between
    return (total / within) ** power


def _chains(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for chains, draws, apart, drift in ((4, 20, 1, 1), (2, 31, 0, 2), (3, 8, 2, 0)):
        x = rng.normal(size=(chains, draws)) + apart * rng.normal(size=(chains, 1))
        yield {"x": 5 + x + np.linspace(0, drift, draws)}


SPLIT_RHAT = Exercise(
    "7.1",
    points=3,
    judge=Function(
        _split_rhat,
        _chains,
        [
            Misconception(
                lambda x: _split_rhat(x, halves=False),
                "The chains are not split: each half has to count as a chain of its own.",
            ),
            Misconception(
                lambda x: _split_rhat(x, alternate=True),
                "Every second draw makes a half here. Early and late draws have to be told "
                "apart: take the first half and the last.",
            ),
            Misconception(
                lambda x: _split_rhat(x, power=1),
                "This is R-hat squared: a ratio of variances. The root is missing.",
            ),
            Misconception(
                lambda x: _split_rhat(x, times="n"),
                "B is added where B/n belongs. The variance of the chain means is B/n already.",
            ),
            Misconception(
                lambda x: _split_rhat(x, power=-0.5),
                "The ratio is upside down: the variance of all chains together over W.",
            ),
            Misconception(
                lambda x: _split_rhat(x, ddof=0),
                "Both variances divide by one less than the number of values: ddof=1.",
            ),
            Misconception(
                lambda x: _split_rhat(x, times="no shrinking"),
                "W has to be multiplied by (n - 1)/n, with the length n of a half.",
            ),
        ],
    ),
    hints=(
        "First make an array with twice as many chains, of half the length.",
        "W is the mean of the chains' variances, B/n the variance of their means, ddof=1 in both.",
        "The root of ((n - 1)/n W + B/n) / W, where n is the length of a half.",
    ),
)

# 7.2 Geyer's initial positive sequence


def _positive_pairs(rho: Floats) -> Floats:
    pairs = np.asarray(rho, float).reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    return pairs[: ends[0]] if ends.size else pairs


def _effective_size(rho: Floats, size: Any) -> float:
    return size / (2 * _positive_pairs(rho).sum() - 1)


def _to_first_negative(rho: Floats, size: Any) -> float:
    rho = np.asarray(rho, float)
    ends = np.flatnonzero(rho <= 0)
    return size / (2 * rho[: ends[0] if ends.size else rho.size].sum() - 1)


def _late_pairs(rho: Floats, size: Any) -> float:
    return size / (1 + 2 * _positive_pairs(np.append(np.asarray(rho)[1:], 0)).sum())


def _correlations(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield a slow chain, an alternating one, one with a bump behind its end, and a short one."""
    lag = np.arange(20)
    noise = rng.uniform(0, 0.02, size=10)
    bump = np.concatenate([0.8 ** lag[:10], -0.05 - noise])
    bump[-3:] += 0.3
    yield {"rho": bump, "size": int(rng.integers(1000, 5000))}
    alternating = (-rng.uniform(0.3, 0.6)) ** lag
    alternating[8:] = np.where(lag[8:] % 2, -0.02, 0.01)
    yield {"rho": alternating, "size": 2000}
    crossing = np.concatenate([[1, 0.5, 0.2, -0.05, 0.1, -0.02], -0.05 - noise])
    yield {"rho": crossing, "size": 4000}
    yield {"rho": rng.uniform(0.5, 0.9) ** lag[:6], "size": 800}


EFFECTIVE_SIZE = Exercise(
    "7.2",
    points=3,
    judge=Function(
        _effective_size,
        _correlations,
        [
            Misconception(
                lambda rho, size: size / (2 * np.sum(rho) - 1),
                "All lags are added, those after the first pair that is not positive, too.",
            ),
            Misconception(
                lambda rho, size: size / _positive_pairs(rho).sum(),
                "Each lag counts twice, for draws before and after; lag 0 counts once.",
            ),
            Misconception(
                lambda rho, size: size / (1 + 2 * _positive_pairs(rho).sum()),
                "Lag 0 is counted three times. The pairs include it: subtract 1, not add.",
            ),
            Misconception(
                _to_first_negative,
                "The sum ends at the first negative autocorrelation. A single one may be "
                "negative in a right chain; look at the pairs.",
            ),
            Misconception(
                _late_pairs,
                "The pairs begin at lag 1. Geyer's begin at lag 0: (0, 1), (2, 3), ...",
            ),
            Misconception(
                lambda rho, size: size * (2 * _positive_pairs(rho).sum() - 1),
                "Multiplied where it should be divided: resemblance makes draws worth less.",
            ),
            Misconception(
                lambda rho, size: 2 * _positive_pairs(rho).sum() - 1,
                "This is how many draws one independent draw costs. Divide `size` by it.",
            ),
        ],
    ),
    hints=(
        "reshape(-1, 2) puts neighbours side by side.",
        "Keep the pairs before the first whose sum is not positive.",
        "The denominator is -1 plus twice the sum of these pairs.",
    ),
)

# 7.3 Draws for two decimals, on students of real schools

ERROR = 0.01


def _short_run(rng: np.random.Generator) -> dict[str, Any]:
    return {"tau": _tau(int(rng.integers(2**63))).copy()}


@lru_cache(maxsize=64)
def _tau(seed: int) -> Floats:
    """Draw schools and run, until the right answer is apart from the wrong ones."""
    rng = np.random.default_rng(seed)
    frame = datasets.load("hsb")
    scores = {name: part.to_numpy() for name, part in frame.groupby("school")["math"]}
    while True:
        names = rng.choice(sorted(scores), size=12, replace=False)
        y = [rng.choice(scores[name], size=8, replace=False) for name in names]
        groups = pooling.summarise(np.concatenate(y), np.repeat(names, 8))
        priors = Normal(10, 10), GammaPrecision(0.5, 12.5), GammaPrecision(0.5, 50)
        model = NormalMeans(groups, *priors)
        start = int(rng.integers(2**31))
        tau = sample(Gibbs(model), draws=400, warmup=100, seed=start, progress=False)["tau"]
        answers = [_more_draws(tau), *(wrong.answer(tau) for wrong in WRONG_COUNTS)]
        if np.diff(np.sort(answers)).min() > 4:
            return tau


def _draws_for(tau: Floats, error: float | Floats) -> float:
    return float(np.ceil(np.shape(tau)[1] * (error / ERROR) ** 2))


def _more_draws(tau: Floats) -> float:
    return _draws_for(tau, diagnostics.mcse_mean(tau))


WRONG_COUNTS = (
    Misconception(
        lambda tau: _draws_for(tau, np.std(tau, ddof=1) / np.sqrt(tau.size)),
        "The draws are taken as independent. Use the effective size: `diagnostics.mcse_mean`.",
    ),
    Misconception(
        lambda tau: _draws_for(tau, diagnostics.mcse_mean(tau)) * len(tau),
        "These are the draws of all chains together; the draws in each are asked for.",
    ),
    Misconception(
        lambda tau: np.ceil(np.shape(tau)[1] * diagnostics.mcse_mean(tau) / ERROR),
        "The error falls with the root of the number of draws: square the ratio.",
    ),
    Misconception(
        lambda tau: _draws_for(tau, np.std(tau) / np.sqrt(diagnostics.ess_bulk(tau))),
        "This takes the bulk ESS, which is of the ranks. The mean has its own: "
        "`diagnostics.mcse_mean`.",
    ),
    Misconception(
        lambda tau: _draws_for(tau, diagnostics.mcse_sd(tau)),
        "This is for the sd of tau; its mean is asked for.",
    ),
)

DRAWS_NEEDED = Exercise(
    "7.3",
    points=2,
    make_data=_short_run,
    judge=Number(
        _more_draws,
        tolerance=1,
        misconceptions=WRONG_COUNTS,
    ),
    hints=(
        "What is the standard error of the mean now?",
        "An error k times as small takes k squared times the draws.",
        "ceil(draws * (mcse_mean / 0.01)**2), with the draws of one chain.",
    ),
)

# 7.4 Chi-square of the ranks


def _ranks(truth: Floats, kept: Floats) -> NDArray[np.int64]:
    return np.sum(np.asarray(kept) < np.asarray(truth)[:, None], axis=1)


def _chi_square(rank: NDArray[np.int64], bars: int) -> float:
    observed = np.bincount(rank, minlength=bars)
    expected = len(rank) / bars
    return float(np.sum((observed - expected) ** 2) / expected)


def _unevenness(truth: Floats, kept: Floats) -> float:
    return _chi_square(_ranks(truth, kept), np.shape(kept)[1] + 1)


def _without_last(truth: Floats, kept: Floats) -> float:
    """Give each of L bars its share, and lose the last rank."""
    rank, bars = _ranks(truth, kept), np.shape(kept)[1]
    return _chi_square(rank[rank < bars], bars)


def _without_empty(truth: Floats, kept: Floats) -> float:
    """Leave out bars that are empty at the end."""
    rank = _ranks(truth, kept)
    observed, expected = np.bincount(rank), len(rank) / (np.shape(kept)[1] + 1)
    return float(np.sum((observed - expected) ** 2) / expected)


def _simulations(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Yield cases in which a truth lies above all draws, and one in which none does."""
    for size, draws, highest in ((14, 3, 3), (60, 9, 9), (12, 19, 15)):
        centre = rng.normal(size=size)
        kept = centre[:, None] + rng.normal(size=(size, draws))
        ordered = np.sort(kept, axis=1)
        rank = np.append(rng.integers(0, highest, size=size - 3, endpoint=True), [0, 1, highest])
        edges = np.column_stack([ordered[:, 0] - 1, ordered, ordered[:, -1] + 1])
        row = np.arange(size)
        yield {"truth": (edges[row, rank] + edges[row, rank + 1]) / 2, "kept": kept}


UNEVENNESS = Exercise(
    "7.4",
    points=3,
    judge=Function(
        _unevenness,
        _simulations,
        [
            Misconception(
                _without_last,
                "There are L bars, and the last rank is lost. A truth above all L draws has the "
                "rank L, so there are L + 1.",
            ),
            Misconception(
                _without_empty,
                "Bars that are empty at the upper end are left out. An empty bar counts, too: "
                "pass `minlength`.",
            ),
            Misconception(
                lambda truth, kept: (
                    _unevenness(truth, kept) * np.size(truth) / (np.shape(kept)[1] + 1)
                ),
                "The squares are not divided by the expected number.",
            ),
            Misconception(
                lambda truth, kept: float(
                    np.sum(
                        (
                            np.bincount(_ranks(truth, kept), minlength=np.shape(kept)[1] + 1)
                            / np.size(truth)
                            - 1 / (np.shape(kept)[1] + 1)
                        )
                        ** 2
                    )
                    * (np.shape(kept)[1] + 1)
                ),
                "Shares are compared here. Chi-square compares counts.",
            ),
        ],
    ),
    hints=(
        "The rank of a true value is how many of its own draws are smaller.",
        "np.sum(kept < truth[:, np.newaxis], axis=1), and np.bincount with minlength.",
        "L + 1 bars, each with len(truth) / (L + 1) expected.",
    ),
)

EXERCISES = (SPLIT_RHAT, EFFECTIVE_SIZE, DRAWS_NEEDED, UNEVENNESS)
