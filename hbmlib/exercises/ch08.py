"""The exercises of chapter 8."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets, exact, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import ONE_SEED, Posterior
from hbmlib.priors import HalfNormal, Normal

Floats = NDArray[np.float64]

# 8.1 One step of the leapfrog


def _step(
    q: Floats,
    p: Floats,
    step: float,
    sd: Floats,
    inverse_mass: Floats,
    *,
    first: float = 0.5,
    last: float = 0.5,
    old_place: bool = False,
    sign: float = 1.0,
    power: float = -2.0,
) -> tuple[Floats, Floats]:
    """Return the new q and p for independent normals; each option is a fault."""
    before = -sign * q * sd**power
    p = p + first * step * before
    q = q + step * inverse_mass * p
    after = before if old_place else -sign * q * sd**power
    return q, p + last * step * after


def _euler(
    q: Floats, p: Floats, step: float, sd: Floats, inverse_mass: Floats
) -> tuple[Floats, Floats]:
    return q + step * inverse_mass * p, p - step * q * sd**-2.0


def _springs(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for dim in (1, 2, 5):
        yield {
            "q": rng.normal(size=dim),
            "p": rng.normal(size=dim),
            "step": rng.uniform(0.3, 0.9),
            "sd": rng.uniform(1.2, 3, size=dim),
            "inverse_mass": rng.uniform(1.2, 3, size=dim),
        }


LEAPFROG = Exercise(
    "8.1",
    points=3,
    judge=Function(
        _step,
        _springs,
        [
            Misconception(
                _euler,
                "This is Euler's step: both move at once. Let q use the new p, and the last kick "
                "the new q.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(
                    q, p, step, sd, inverse_mass, first=1.0, last=0.0
                ),
                "One whole kick stands before the drift. Give half of it before and half after, "
                "or the way back is another one.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(
                    q, p, step, sd, inverse_mass, first=1.0, last=1.0
                ),
                "Both kicks are whole ones. Each is half a step.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(
                    q, p, step, sd, inverse_mass, old_place=True
                ),
                "The last kick uses the gradient at the old place. Take it at the new q.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(
                    q, p, step, sd, inverse_mass, sign=-1.0
                ),
                "The slope pushes the wrong way: the gradient of the log density of a normal "
                "points to its mean.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(
                    q, p, step, sd, inverse_mass, power=-1.0
                ),
                "The gradient is -q / sd**2, not -q / sd.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(q, p, step, sd, 1.0),
                "The masses are left out: the speed is inverse_mass * p.",
            ),
            Misconception(
                lambda q, p, step, sd, inverse_mass: _step(q, p, step, sd, 1 / inverse_mass),
                "Speed is momentum over mass: multiply by inverse_mass.",
            ),
        ],
    ),
    hints=(
        "The gradient of the log density is -q / sd**2.",
        "Half a kick, a drift by step * inverse_mass * p, half a kick at the new place.",
        "p = p - step / 2 * q / sd**2; q = q + step * inverse_mass * p; "
        "p = p - step / 2 * q / sd**2; return q, p",
    ),
)

# 8.2 The gradient of a hierarchical posterior, and 8.4 a sampler that uses it

CENTRE, SPREAD_OF_MU, SCALE_OF_TAU = 12.0, 10.0, 5.0


def _log_density(q: Floats, y: Floats, se: Floats, scale: float = SCALE_OF_TAU) -> Floats:
    """Return the log density of (mu, log tau) at points of shape (..., 2), up to a constant."""
    mu, u = q[..., 0], q[..., 1]
    tau2 = np.exp(2 * u)
    v = tau2[..., None] + se**2
    fit = -0.5 * np.sum(np.log(v) + (y - mu[..., None]) ** 2 / v, axis=-1)
    prior = -0.5 * ((mu - CENTRE) / SPREAD_OF_MU) ** 2 - 0.5 * tau2 / scale**2
    return fit + prior + u


def _gradient(
    q: Floats,
    y: Floats,
    se: Floats,
    scale: float = SCALE_OF_TAU,
    *,
    jacobian: float = 1.0,
    power: float = 2.0,
    along_tau: bool = False,
    prior_of_mu: float = 1.0,
    prior_of_tau: float = 1.0,
    half: float = 1.0,
) -> Floats:
    """Return the gradient at points of shape (..., 2); each option is a fault."""
    mu, u = q[..., 0], q[..., 1]
    tau2 = np.exp(2 * u)
    v = tau2[..., None] + se**power
    away = y - mu[..., None]
    along_mu = np.sum(away / v, axis=-1) - prior_of_mu * (mu - CENTRE) / SPREAD_OF_MU**2
    along_u = half * tau2 * np.sum(away**2 / v**2 - 1 / v, axis=-1)
    along_u = along_u - prior_of_tau * tau2 / scale**2
    if along_tau:
        along_u = along_u / np.exp(u)
    return np.stack([along_mu, along_u + jacobian], axis=-1)


def _places(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    table = datasets.load("eight_schools")
    y, se = table["effect"].to_numpy(float), table["se"].to_numpy(float)
    for size in (8, 5, 3):
        chosen = rng.permutation(8)[:size]
        q = np.array([rng.uniform(-5, 8), np.log(rng.uniform(2, 12))])
        yield {"q": q, "y": y[chosen], "se": se[chosen]}


GRADIENT = Exercise(
    "8.2",
    points=4,
    judge=Function(
        _gradient,
        _places,
        [
            Misconception(
                lambda q, y, se: _gradient(q, y, se, jacobian=0.0),
                "The Jacobian is missing: log tau is part of the log density of log tau, and its "
                "derivative is 1.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, along_tau=True, jacobian=0.0),
                "This is the derivative along tau. The coordinate is log tau: multiply by tau, "
                "and add the Jacobian's 1.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, power=1.0),
                "se is a standard error; v_j takes its square.",
            ),
            Misconception(
                lambda q, y, se: -_gradient(q, y, se),
                "The signs are turned: this is the gradient of the potential energy, minus the "
                "log density.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, prior_of_mu=0.0),
                "The prior of mu is missing: -(mu - 12) / 100.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, prior_of_tau=0.0),
                "The prior of tau is missing: -tau**2 / 25.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, prior_of_tau=0.5),
                "The prior of tau is -tau**2 / 50, and the derivative of tau**2 along log tau is "
                "2 tau**2.",
            ),
            Misconception(
                lambda q, y, se: _gradient(q, y, se, half=0.5),
                "The derivative of tau**2 along log tau is 2 tau**2: the 2 cancels the half.",
            ),
        ],
    ),
    hints=(
        "Start from the chapter's gradient. Only the two priors differ.",
        "The log prior of mu is -(mu - 12)**2 / 200, that of tau is -tau**2 / 50.",
        "Along mu: sum((y - mu) / v) - (mu - 12) / 100. Along log tau: "
        "tau**2 * sum((y - mu)**2 / v**2 - 1 / v) - tau**2 / 25 + 1.",
    ),
)

# 8.3 The longest step, and how many of them a crossing takes


def _plan(sd: Floats, *, narrow: Any = np.min, wide: Any = np.max, turn: float = 0.25) -> Floats:
    longest = 2 * narrow(sd)
    return np.array([longest, turn * 2 * np.pi * wide(sd) / (longest / 2)])


WRONG_PLANS = (
    Misconception(
        lambda sd: _plan(sd, narrow=np.max),
        "The widest coordinate does not limit the step. The narrowest does.",
    ),
    Misconception(
        lambda sd: _plan(sd, narrow=np.mean, wide=np.mean),
        "The average width limits nothing: the step must suit the narrowest coordinate.",
    ),
    Misconception(
        lambda sd: _plan(sd, narrow=lambda x: np.min(x) / 2),
        "The limit is twice the smallest sd, not the sd.",
    ),
    Misconception(
        lambda sd: _plan(sd, narrow=lambda x: np.min(x) ** 2),
        "The limit is twice the sd, not twice the variance.",
    ),
    Misconception(
        lambda sd: _plan(sd, wide=np.min),
        "The limit is right. A quarter turn of the widest coordinate takes longer: its period is "
        "2 pi times its sd.",
    ),
    Misconception(
        lambda sd: _plan(sd, wide=lambda x: 1.0),
        "The limit is right. The period of a coordinate is 2 pi times its sd.",
    ),
    Misconception(
        lambda sd: _plan(sd, turn=1.0),
        "The limit is right. These are the steps of a whole turn, which leads back.",
    ),
    Misconception(
        lambda sd: _plan(sd, turn=0.5),
        "The limit is right. These are the steps of half a turn, which leads to the other side.",
    ),
    Misconception(
        lambda sd: _plan(sd) * [1, 0.5],
        "The limit is right. The steps are to be half as long as that.",
    ),
)


@cache
def _widths() -> Floats:
    """Sds of the own means of the schools of `hsb`: what a posterior without pooling has."""
    frame = datasets.load("hsb").groupby("school")["math"]
    return 6.3 / np.sqrt(frame.size().to_numpy(float))


def _some_widths(rng: np.random.Generator) -> dict[str, Any]:
    """Draw widths until the right answer is apart from the wrong ones."""
    while True:
        sd = np.append(rng.choice(_widths(), size=9, replace=False), rng.uniform(4, 9)).round(3)
        steps = [_plan(sd)[1], *(wrong.answer(sd)[1] for wrong in WRONG_PLANS[4:])]
        if np.diff(np.sort(steps)).min() > 0.1:
            return {"sd": sd}


PLAN = Exercise(
    "8.3",
    points=2,
    make_data=_some_widths,
    judge=Number(_plan, tolerance=0.02, misconceptions=WRONG_PLANS),
    hints=(
        "A normal coordinate of sd s is stable for steps below 2 s, and has the period 2 pi s.",
        "The limit is 2 * sd.min(). The path has to last a quarter of the longest period.",
        "[2 * sd.min(), np.pi / 2 * sd.max() / sd.min()]",
    ),
)

# 8.4 A sampler

CHAINS, DRAWS, WARMUP = 16, 1000, 100
STEP, STEPS, INVERSE_MASS = 0.85, (3, 4, 5), np.array([2.0, 0.2])


@np.errstate(all="ignore")  # a path that diverges is refused
def _hmc(
    y: Floats,
    se: Floats,
    seed: int = 1,
    *,
    same_push: bool = False,
    kinetic: float = 1.0,
    scale: float = SCALE_OF_TAU,
    one_stream: bool = False,
) -> dict[str, Floats]:
    """Run some chains; each option is a fault."""
    rng = np.random.default_rng(seed)
    copies = 1 if one_stream else CHAINS
    sd = 1.0 if same_push else INVERSE_MASS**-0.5
    q = np.column_stack([y.mean() + rng.uniform(-2, 2, CHAINS), rng.uniform(0.4, 1.2, CHAINS)])
    here = _log_density(q, y, se, scale)
    path = np.empty((WARMUP + DRAWS, CHAINS, 2))
    for t in range(WARMUP + DRAWS):
        start = rng.standard_normal((copies, 2)) * np.ones((CHAINS, 1)) * sd
        steps = rng.choice(STEPS, size=(copies, 1))  # of each chain
        end, p, slope = q, start, _gradient(q, y, se, scale)
        for k in range(max(STEPS)):
            new_p = p + 0.5 * STEP * slope
            new = end + STEP * INVERSE_MASS * new_p
            new_slope = _gradient(new, y, se, scale)
            new_p = new_p + 0.5 * STEP * new_slope
            on = np.broadcast_to(k < steps, q.shape)
            end, p, slope = (
                np.where(on, *pair) for pair in ((new, end), (new_p, p), (new_slope, slope))
            )
        there = _log_density(end, y, se, scale)
        lost = kinetic * 0.5 * np.sum((p**2 - start**2) * INVERSE_MASS, axis=1)
        moved = np.log(rng.random(copies)) < there - here - lost
        q = np.where(moved[:, None], end, q)
        here = np.where(moved, there, here)
        path[t] = q
    kept = path[WARMUP:]
    return {"mu": kept[..., 0].T, "tau": np.exp(kept[..., 1].T)}


def _exactly(y: Floats, se: Floats) -> dict[str, Any]:
    fit = exact.normal_means(
        pooling.from_means(y),
        sigma=se,
        mu_prior=Normal(CENTRE, SPREAD_OF_MU),
        tau_prior=HalfNormal(SCALE_OF_TAU),
    )
    return {"mu": fit.mu, "tau": fit.tau}


@cache
def _scores() -> dict[str, Floats]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


def _ten_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw ten schools and some students of each, until their means differ visibly."""
    scores = _scores()
    while True:
        n = rng.integers(4, 13, size=10)
        chosen = rng.choice(sorted(scores), size=10, replace=False)
        y = np.array(
            [
                rng.choice(scores[s], size=k, replace=False).mean()
                for s, k in zip(chosen, n, strict=True)
            ]
        )
        if 3 < y.std(ddof=1) < 4.5:
            return {"y": y, "se": 6.3 / np.sqrt(n)}


SAMPLER = Exercise(
    "8.4",
    points=6,
    make_data=_ten_schools,
    judge=Posterior(
        _hmc,
        _exactly,
        [
            Misconception(
                lambda y, se, seed=1: _hmc(y, se, seed, kinetic=0.0),
                "The kinetic energy is left out of the decision. Compare H = K(p) - log density "
                "at both ends, not the density alone.",
            ),
            Misconception(
                lambda y, se, seed=1: _hmc(y, se, seed, same_push=True),
                "The pushes have sd 1, whatever the mass. Momenta are normal with sd sqrt(m), "
                "which is inverse_mass**-0.5.",
            ),
            Misconception(
                lambda y, se, seed=1: _hmc(y, se, seed, scale=SCALE_OF_TAU**0.5),
                "The prior of tau is too narrow: its scale is 5, and 5 was used as its square.",
            ),
            Misconception(
                lambda y, se, seed=1: _hmc(y, se, seed, one_stream=True),
                ONE_SEED,
            ),
        ],
    ),
    hints=(
        "The gradient is that of exercise 8.2; the log density has a likelihood, two priors and "
        "the Jacobian.",
        "Each draw: p = rng.standard_normal(2) / sqrt(inverse_mass), 3 to 5 leapfrog steps, then "
        "accept with probability exp(H before - H after).",
        "Four chains of 5,000 draws, each with a generator of its own, suffice. Hand in exp of "
        "the second coordinate.",
    ),
)

EXERCISES = (LEAPFROG, GRADIENT, PLAN, SAMPLER)
