"""The exercises of chapter 11."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from hbmlib import datasets, exact, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import Posterior
from hbmlib.priors import GammaPrecision, HalfNormal, Normal, Prior

Floats = NDArray[np.float64]


@cache
def _scores() -> dict[str, Floats]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


# 11.1 From group effects to school means


def _levels(intercept: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    level = intercept[:, None] + deviation
    return level.mean(axis=0), level.std(axis=0)


def _effects(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Draw intercepts and deviations that hold each other, as in a posterior."""
    for schools, held in ((3, 0.3), (6, 1.0)):
        common = rng.normal(size=1000)
        own = rng.normal(size=(1000, schools)) * rng.uniform(0.4, 0.8, size=schools)
        centre = rng.normal(0, 4, size=schools)
        yield {
            "intercept": rng.uniform(5, 15) + common,
            "deviation": centre + own - held * common[:, None],
        }


LEVELS = Exercise(
    "11.1",
    points=3,
    judge=Function(
        _levels,
        _effects,
        [
            Misconception(
                lambda intercept, deviation: (
                    deviation.mean(axis=0),
                    deviation.std(axis=0),
                ),
                "These are the deviations. A school's mean is the intercept plus its deviation.",
            ),
            Misconception(
                lambda intercept, deviation: (
                    _levels(intercept, deviation)[0],
                    np.hypot(intercept.std(), deviation.std(axis=0)),
                ),
                "The means are right. The sds are added as if intercept and deviation were "
                "independent: when one goes up the other goes down. Add draw by draw.",
            ),
            Misconception(
                lambda intercept, deviation: (
                    _levels(intercept, deviation)[0],
                    deviation.std(axis=0),
                ),
                "The means are right. Adding the mean of the intercept leaves out that the "
                "intercept is uncertain. Add its draws.",
            ),
            Misconception(
                lambda intercept, deviation: (
                    _levels(intercept, deviation)[0],
                    intercept.std() + deviation.std(axis=0),
                ),
                "The means are right. Sds do not add; add the draws, and take the sd of the sum.",
            ),
            Misconception(
                lambda intercept, deviation: (
                    _levels(intercept, deviation)[0],
                    _levels(intercept, deviation)[1] ** 2,
                ),
                "The means are right. These are variances; sds are asked for.",
            ),
        ],
        rtol=2e-3,
    ),
    hints=(
        "In each draw a school has one mean. What is it?",
        "The shapes are (draw,) and (draw, school): `intercept[:, None]` makes room for schools.",
        "level = intercept[:, None] + deviation, then mean and sd over axis 0.",
    ),
)

# 11.2 A whole model on real schools, and a new school

SIZE = 10_000  # draws of an answer, in four chains
MU_PRIOR, TAU_PRIOR, SIGMA_PRIOR = Normal(10, 10), HalfNormal(5), HalfNormal(10)


def _fit(y: Floats, group: Any, tau_prior: Prior = TAU_PRIOR) -> exact.ExactPosterior:
    return exact.normal_means(
        pooling.summarise(y, group),
        mu_prior=MU_PRIOR,
        tau_prior=tau_prior,
        sigma_prior=SIGMA_PRIOR,
    )


def _four_chains(drawn: dict[str, Floats]) -> dict[str, Floats]:
    return {name: x[:SIZE].reshape(4, -1) for name, x in drawn.items()}


def _draws(y: Floats, group: Any, seed: int = 1, new: str = "school") -> dict[str, Floats]:
    """Draw from the posterior; `new` is what is predicted, and right for a school."""
    rng = np.random.default_rng([seed, 2])
    drawn = _fit(y, group).draw(SIZE, seed)
    mu, tau, sigma = (drawn[name] for name in ("mu", "tau", "sigma"))
    scale = {"school": tau, "student": np.hypot(tau, sigma), "variance": tau**2}.get(new, 0.0)
    predicted = rng.normal(mu, scale)
    return _four_chains({"mu": mu, "tau": tau, "sigma": sigma, "new": predicted})


def _precision_for_sd(y: Floats, group: Any, seed: int = 1) -> dict[str, Floats]:
    """Draw from the model with ``tau=tau``: the half-normal prior is one of a precision.

    Its density is that of Gamma(1, b) times exp(b w - w**2 / 50), which is at most
    exp(25 b**2 / 2): draw under the gamma, and keep with the ratio as probability.
    """
    rng, rate = np.random.default_rng([seed, 3]), 0.2
    drawn = _fit(y, group, GammaPrecision(1, rate)).draw(4 * SIZE, seed)
    w = drawn["tau"] ** -2
    best = (TAU_PRIOR.scale * rate) ** 2 / 2
    log_ratio = rate * w - w**2 / (2 * TAU_PRIOR.scale**2) - best
    kept = np.flatnonzero(np.log(rng.random(w.size)) < log_ratio)[:SIZE]
    kept = kept[: kept.size // 4 * 4]
    mu, w = drawn["mu"][kept], w[kept]
    predicted = rng.normal(mu, w)
    return _four_chains({"mu": mu, "tau": w, "sigma": drawn["sigma"][kept], "new": predicted})


def _fifteen_schools(rng: np.random.Generator) -> dict[str, Any]:
    scores, sizes = _scores(), rng.integers(3, 11, size=15)
    chosen = rng.choice(sorted(scores), size=15, replace=False)
    y = [rng.choice(scores[s], size=n, replace=False) for s, n in zip(chosen, sizes, strict=True)]
    return {"y": np.concatenate(y), "group": np.repeat(np.arange(15), sizes)}


def _exactly(y: Floats, group: Any) -> dict[str, Any]:
    fit = _fit(y, group)
    return {"mu": fit.mu, "tau": fit.tau, "sigma": fit.sigma, "new": fit.new_group}


MODEL = Exercise(
    "11.2",
    points=6,
    make_data=_fifteen_schools,
    judge=Posterior(
        _draws,
        _exactly,
        [
            Misconception(
                _precision_for_sd,
                "tau is a precision here. `pm.Normal(..., tau=tau)` takes one over a variance: "
                "write `sigma=tau`.",
            ),
            Misconception(
                lambda y, group, seed=1: _draws(y, group, seed, new="student"),
                "mu, tau and sigma are right. `new` is a student of a new school; leave sigma "
                "out for the school's mean.",
            ),
            Misconception(
                lambda y, group, seed=1: _draws(y, group, seed, new="mean"),
                "mu, tau and sigma are right. `new` is the population mean. A new school differs "
                "from it, with the sd tau.",
            ),
            Misconception(
                lambda y, group, seed=1: _draws(y, group, seed, new="variance"),
                "mu, tau and sigma are right. `new` is drawn with the variance tau**2 where the "
                "sd tau belongs.",
            ),
        ],
    ),
    hints=(
        "Start from the program with sigma learned: one term for each student.",
        "With so few students a school, put theta = mu + tau * z with z from N(0, 1).",
        "For each draw of mu and tau, draw one new school: `rng.normal(mu, tau)`.",
    ),
)

# 11.3 The energy's own diagnostic


def _bfmi(energy: Floats) -> Floats:
    return np.mean(np.diff(energy, axis=1) ** 2, axis=1) / energy.var(axis=1)


def _energies(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for chains, kept in ((4, 0.3), (2, 0.9)):
        energy = np.empty((chains, 200))
        energy[:, 0] = rng.normal(size=chains)
        for t in range(1, 200):
            noise = rng.normal(size=chains)
            energy[:, t] = kept * energy[:, t - 1] + (1 - kept**2) ** 0.5 * noise
        yield {"energy": energy * rng.uniform(2, 4) + rng.uniform(20, 60, size=(chains, 1))}


BFMI = Exercise(
    "11.3",
    points=2,
    judge=Function(
        _bfmi,
        _energies,
        [
            Misconception(
                lambda energy: 1 / _bfmi(energy),
                "Turn it round: changes on top, energies below.",
            ),
            Misconception(
                lambda energy: np.diff(energy, axis=1).var(axis=1) / energy.std(axis=1),
                "The changes are squared and the energies are not. Divide by the variance.",
            ),
            Misconception(
                lambda energy: np.sqrt(_bfmi(energy)),
                "This is a ratio of sds. Leave the squares in.",
            ),
            Misconception(
                lambda energy: np.mean(np.diff(energy, axis=1) ** 2) / energy.var(),
                "This is one number for all chains, in which their different levels count as "
                "movement. Give one for each chain.",
            ),
            Misconception(
                lambda energy: np.mean(np.diff(energy, axis=0) ** 2) / energy.var(axis=1),
                "The differences are between chains. Take them between draws that follow each "
                "other, along axis 1.",
            ),
        ],
        rtol=0.02,
    ),
    hints=(
        "How far does the energy move from one draw to the next, squared, on average?",
        "np.diff(energy, axis=1) holds the moves of every chain.",
        "np.mean(moves**2, axis=1) / energy.var(axis=1)",
    ),
)

# 11.4 How good will a new school be?

TOLERANCE = 0.015
POOL = 40_000


def _above(mark: float, mu: Floats, tau: Floats, sigma: Floats) -> float:
    return float(ndtr((mu - mark) / tau).mean())


WRONG_CHANCES = (
    Misconception(
        lambda mark, mu, tau, sigma: _above(mark, mu, np.hypot(tau, sigma), sigma),
        "This is the chance of a new student. The mean of a school does not scatter by sigma.",
    ),
    Misconception(
        lambda mark, mu, tau, sigma: 1 - _above(mark, mu, tau, sigma),
        "This is the chance of a mean below the mark.",
    ),
    Misconception(
        lambda mark, mu, tau, sigma: float(np.mean(mu > mark)),
        "This is the chance that the population mean lies above the mark. A new school differs "
        "from it.",
    ),
    Misconception(
        lambda mark, mu, tau, sigma: _above(mark, mu, tau**2, sigma),
        "Schools are drawn with tau**2. It is the sd tau that `rng.normal` takes.",
    ),
    Misconception(
        lambda mark, mu, tau, sigma: 100 * _above(mark, mu, tau, sigma),
        "This is in per cent. Give a probability, between 0 and 1.",
    ),
)


@cache
def _all_schools() -> dict[str, Floats]:
    """Draw from the posterior given the whole survey."""
    scores = _scores()
    group = np.repeat(list(scores), [x.size for x in scores.values()])
    drawn = _fit(np.concatenate(list(scores.values())), group).draw(POOL, 1)
    return {name: drawn[name] for name in ("mu", "tau", "sigma")}


def _survey(rng: np.random.Generator) -> dict[str, Any]:
    """Take some of the draws, and a mark at which wrong answers are apart."""
    chosen = rng.choice(POOL, size=16_000, replace=False)
    given = {name: x[chosen] for name, x in _all_schools().items()}
    while True:
        data = {"mark": round(float(rng.uniform(15, 18)), 1), **given}
        answers = [_above(**data), *(wrong.answer(**data) for wrong in WRONG_CHANCES)]
        if np.diff(np.sort(answers)).min() > 2 * TOLERANCE:
            return data


ABOVE = Exercise(
    "11.4",
    points=2,
    make_data=_survey,
    judge=Number(_above, tolerance=TOLERANCE, misconceptions=WRONG_CHANCES),
    hints=(
        "For each draw of mu and tau there is one distribution of new schools.",
        "Draw one school from each, and count those above the mark.",
        "np.mean(rng.normal(mu, tau) > mark)",
    ),
)

EXERCISES = (LEVELS, MODEL, BFMI, ABOVE)
