"""The exercises of chapter 5."""

from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from hbmlib import datasets
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import ONE_SEED, WARMUP_KEPT, Posterior

Floats = NDArray[np.float64]


@cache
def _students() -> dict[str, pd.DataFrame]:
    return dict(iter(datasets.load("hsb").groupby("school")))


# 5.1 The probability of acceptance


def _accept(here: float, there: float, forth: float, back: float) -> float:
    return float(np.exp(min(0.0, there - here + back - forth)))


def _pairs_of_places(rng: np.random.Generator) -> Iterator[dict[str, float]]:
    for level in (0.0, -2000.0, 3000.0):
        for sign in (-1, 1):
            here, forth, back = level + rng.normal(), *rng.uniform(-0.4, 0.4, size=2)
            there = here + sign * rng.uniform(1, 3)
            yield {"here": here, "there": there, "forth": forth, "back": back}
    yield {"here": -3.0, "there": -np.inf, "forth": -1.0, "back": -1.5}


ACCEPT = Exercise(
    "5.1",
    points=2,
    judge=Function(
        _accept,
        _pairs_of_places,
        [
            Misconception(
                lambda here, there, forth, back: _accept(there, here, back, forth),
                "The ratio is upside down: it is the density there over the density here.",
            ),
            Misconception(
                lambda here, there, forth, back: _accept(here, there, back, forth),
                "The densities are right. The proposals are swapped: the way back stands above.",
            ),
            Misconception(
                lambda here, there, forth, back: _accept(here, there, 0.0, 0.0),
                "The proposals are left out: forth and back differ here.",
            ),
            Misconception(
                lambda here, there, forth, back: np.exp(there - here + back - forth),
                "This is the ratio. A probability is not above 1: take the minimum.",
            ),
            Misconception(
                lambda here, there, forth, back: min(0.0, there - here + back - forth),
                "This is the logarithm of the probability.",
            ),
        ],
    ),
    hints=(
        "Work with logarithms to the end: log r = there + back - here - forth.",
        "min(1, r) is exp(min(0, log r)).",
        "np.exp(min(0, there - here + back - forth))",
    ),
)

# 5.2 A matrix of moves

PLACES = 6


def _moves(weight: Floats, *, ring: bool = False, inwards: bool = False) -> Floats:
    """Return the right matrix; each option is a fault."""
    moves = np.zeros((PLACES, PLACES))
    for i in range(PLACES):
        beside = [(i - 1) % PLACES, (i + 1) % PLACES] if ring else [i - 1, i + 1]
        beside = [j for j in beside if 0 <= j < PLACES]
        for j in beside:
            propose = 1 / len(beside) if inwards else 0.5
            moves[i, j] = propose * min(1, weight[j] / weight[i])
    return moves + np.diag(1 - moves.sum(axis=1))


def _without_staying(weight: Floats) -> Floats:
    moves = _moves(weight)
    return moves - np.diag(np.diag(moves))


def _only_accepted(weight: Floats) -> Floats:
    moves = _without_staying(weight)
    return moves / moves.sum(axis=1, keepdims=True)


def _weights(rng: np.random.Generator) -> dict[str, Any]:
    return {"weight": rng.permutation(np.array([1.0, 2.0, 3.0, 5.0, 8.0, 13.0]))}


MOVES = Exercise(
    "5.2",
    points=3,
    make_data=_weights,
    judge=Number(
        _moves,
        tolerance=1e-6,
        misconceptions=[
            Misconception(
                _without_staying,
                "The rows do not sum to 1: who is refused stays, and the diagonal is empty.",
            ),
            Misconception(
                _only_accepted,
                "The rows were divided by their sums. Nobody is asked twice: what is refused "
                "stays, on the diagonal.",
            ),
            Misconception(
                lambda weight: _moves(weight).T,
                "Transposed: rows are the places one comes from.",
            ),
            Misconception(
                lambda weight: _moves(weight, ring=True),
                "The ends are not neighbours here: the places stand in a row.",
            ),
            Misconception(
                lambda weight: _moves(weight, inwards=True),
                "At the ends, too, each side is proposed with probability one half; the proposal "
                "beyond the end is refused.",
            ),
            Misconception(
                lambda weight: _moves(1 / weight),
                "The ratio is upside down: it is the weight there over the weight here.",
            ),
        ],
    ),
    hints=(
        "Fill in the neighbours first: one half, times the probability of acceptance.",
        "The probability of acceptance is min(1, weight[j] / weight[i]).",
        "Last, the diagonal: 1 minus the sum of the row.",
    ),
)

# 5.3 The spread of slopes that nobody pulls together


def _sums(ses: Floats, group: Any) -> tuple[Floats, Floats, Floats]:
    """Return sizes, sums of squares about the means, and sums of squares."""
    n = np.bincount(group)
    middle = np.bincount(group, ses) / n
    return n, np.bincount(group, (ses - middle[group]) ** 2), np.bincount(group, ses**2)


def _spread(ses: Floats, group: Any, tau: float, sigma: float) -> float:
    return float(np.sqrt(tau**2 + np.mean(sigma**2 / _sums(ses, group)[1])))


WRONG_SPREADS = (
    Misconception(
        lambda ses, group, tau, sigma: np.sqrt(np.mean(sigma**2 / _sums(ses, group)[1])),
        "This is the noise alone. The true slopes differ as well.",
    ),
    Misconception(
        lambda ses, group, tau, sigma: _spread(ses, group, tau, sigma) ** 2,
        "This is the variance. Take the root.",
    ),
    Misconception(
        lambda ses, group, tau, sigma: tau + np.sqrt(np.mean(sigma**2 / _sums(ses, group)[1])),
        "Sds do not add; variances do.",
    ),
    Misconception(
        lambda ses, group, tau, sigma: np.sqrt(tau**2 + np.mean(sigma**2 / _sums(ses, group)[2])),
        "Take the squares of ses about each school's own mean, not about zero.",
    ),
    Misconception(
        lambda ses, group, tau, sigma: np.sqrt(tau**2 + np.mean(sigma**2 / _sums(ses, group)[0])),
        "sigma**2 / n is the variance of a mean. That of a slope has a sum of squares below.",
    ),
    Misconception(
        lambda ses, group, tau, sigma: np.sqrt(tau**2 + sigma**2 / np.mean(_sums(ses, group)[1])),
        "Average the variances, not the sums of squares under them.",
    ),
)


def _few_students(rng: np.random.Generator) -> dict[str, Any]:
    """Draw schools until each has a slope and the right answer is apart from the wrong ones."""
    students = _students()
    while True:
        chosen = rng.choice(sorted(students), size=30, replace=False)
        sizes = rng.integers(4, 9, size=30)
        ses = [
            rng.choice(students[school]["ses"].to_numpy(), size=n, replace=False)
            for school, n in zip(chosen, sizes, strict=True)
        ]
        data = {
            "ses": np.concatenate(ses),
            "group": np.repeat(np.arange(30), sizes),
            "tau": 3.0,
            "sigma": 6.1,
        }
        answers = [_spread(**data), *(wrong.answer(**data) for wrong in WRONG_SPREADS)]
        steep = _sums(data["ses"], data["group"])[1].min()
        if steep > 0.3 and np.diff(np.sort(answers)).min() > 0.05:
            return data


SPREAD = Exercise(
    "5.3",
    points=3,
    make_data=_few_students,
    judge=Number(_spread, tolerance=0.01, misconceptions=WRONG_SPREADS),
    hints=(
        "An own slope is the true slope plus noise that does not depend on it.",
        "The noise of school j has the variance sigma**2 / xx[j], with xx the sum of squares of "
        "ses about the school's mean.",
        "np.sqrt(tau**2 + np.mean(sigma**2 / xx))",
    ),
)

# 5.4 A Metropolis sampler

CHAINS, DRAWS, WARMUP = 4, 15_000, 1000
STARTS = [-60.0, -20.0, 60.0, 100.0]
CENTRE, SPREAD_OF_MU, SCALE_OF_SIGMA = 12.0, 5.0, 10.0
STEP = np.array([3.0, 0.5])


def _metropolis(
    y: Floats,
    seed: int = 1,
    *,
    jacobian: float = 1.0,
    half: float = 0.5,
    prior_sd: float = SPREAD_OF_MU,
    count: int | None = None,
    only_accepted: bool = False,
    one_stream: bool = False,
    warmup: int = WARMUP,
) -> dict[str, Floats]:
    """Run four chains from the prescribed starts; each option is a fault."""
    rng = np.random.default_rng(seed)
    n = y.size if count is None else count
    copies = 1 if one_stream else CHAINS

    def log_density(q: Floats) -> Floats:
        mu, u = q[:, 0], q[:, 1]
        squares = np.sum((y - mu[:, None]) ** 2, axis=1)
        prior = -0.5 * ((mu - CENTRE) / prior_sd) ** 2
        prior = prior - 0.5 * (np.exp(u) / SCALE_OF_SIGMA) ** 2
        return prior - n * u - half * squares * np.exp(-2 * u) + jacobian * u

    q = np.column_stack([STARTS, np.full(CHAINS, np.log(20.0))])
    here = log_density(q)
    steps = warmup + DRAWS
    path, moved = np.empty((steps, CHAINS, 2)), np.empty((steps, CHAINS), dtype=bool)
    for t in range(steps):
        proposal = q + STEP * rng.standard_normal((copies, 2))
        there = log_density(proposal)
        moved[t] = np.log(rng.random(copies)) < there - here
        q = np.where(moved[t][:, None], proposal, q)
        here = np.where(moved[t], there, here)
        path[t] = q
    path, moved = path[warmup:], moved[warmup:]
    if only_accepted:
        shortest = int(moved.sum(axis=0).min())
        kept = [path[moved[:, k], k][:shortest] for k in range(CHAINS)]
        path = np.stack(kept, axis=1)
    return {"mu": path[..., 0].T, "sigma": np.exp(path[..., 1].T)}


def _exactly(y: Floats) -> dict[str, Any]:
    """Integrate mu out by algebra; the rest is a sum over log sigma."""
    u = np.linspace(np.log(0.2), np.log(80), 4000)
    sigma, n = np.exp(u), y.size
    apart = SPREAD_OF_MU**2 + sigma**2 / n  # variance of the mean of y about CENTRE
    log_density = (
        u
        - (n - 1) * u
        - 0.5 * np.sum((y - y.mean()) ** 2) / sigma**2
        - 0.5 * np.log(apart)
        - 0.5 * (y.mean() - CENTRE) ** 2 / apart
        - 0.5 * (sigma / SCALE_OF_SIGMA) ** 2
    )
    weight = np.exp(log_density - log_density.max())
    weight /= weight.sum()
    precision = n / sigma**2 + SPREAD_OF_MU**-2
    mean = (n * y.mean() / sigma**2 + CENTRE * SPREAD_OF_MU**-2) / precision
    edges = np.append(u - 0.5 * (u[1] - u[0]), u[-1] + 0.5 * (u[1] - u[0]))
    below = np.append(0.0, np.cumsum(weight))
    some = slice(None, None, 20)  # smooth in sigma: a coarse sum does
    share, sd = weight[some] / weight[some].sum(), precision[some] ** -0.5

    def cdf_of_mu(x: Any) -> Floats:
        x = np.asarray(x, dtype=float)
        return sum(w * ndtr((x - m) / s) for w, m, s in zip(share, mean[some], sd, strict=True))

    def cdf_of_sigma(x: Any) -> Floats:
        return np.interp(np.log(x), edges, below)

    return {
        "mu": SimpleNamespace(cdf=cdf_of_mu, mean=float(weight @ mean)),
        "sigma": SimpleNamespace(cdf=cdf_of_sigma, mean=float(weight @ sigma)),
    }


def _one_school(rng: np.random.Generator) -> dict[str, Any]:
    """Draw eight students of a school whose scores are not all alike."""
    students = _students()
    while True:
        school = students[rng.choice(sorted(students))]
        y = rng.choice(school["math"].to_numpy(), size=8, replace=False)
        if y.std() > 3 and abs(y.mean() - CENTRE) > 1:
            return {"y": y}


SAMPLER = Exercise(
    "5.4",
    points=6,
    make_data=_one_school,
    judge=Posterior(
        _metropolis,
        _exactly,
        [
            Misconception(
                lambda y, seed=1: _metropolis(y, seed, jacobian=0.0),
                "The Jacobian is missing: the density of log sigma is that of sigma times sigma. "
                "Add log sigma to the log density.",
            ),
            Misconception(
                lambda y, seed=1: _metropolis(y, seed, only_accepted=True),
                "Only accepted moves are recorded. A refused proposal counts the present place "
                "once more.",
            ),
            Misconception(
                lambda y, seed=1: _metropolis(y, seed, prior_sd=SPREAD_OF_MU**0.5),
                "The prior of mu is too narrow: 5 is its sd, and was used as its variance.",
            ),
            Misconception(
                lambda y, seed=1: _metropolis(y, seed, half=1.0),
                "The half is missing: the normal density has -(y - mu)**2 / (2 sigma**2).",
            ),
            Misconception(
                lambda y, seed=1: _metropolis(y, seed, count=1),
                "Each student brings a factor 1 / sigma: -n log sigma, not -log sigma.",
            ),
            Misconception(lambda y, seed=1: _metropolis(y, seed, one_stream=True), ONE_SEED),
            Misconception(lambda y, seed=1: _metropolis(y, seed, warmup=0), WARMUP_KEPT),
        ],
    ),
    hints=(
        "The log density of (mu, log sigma) has four parts: likelihood, two priors, Jacobian.",
        "Likelihood: -n log sigma - squares / (2 sigma**2). Jacobian: + log sigma.",
        "Steps of about (3, 0.5) are accepted often enough; 16,000 of them, less 1,000, suffice.",
    ),
)

EXERCISES = (ACCEPT, MOVES, SPREAD, SAMPLER)
