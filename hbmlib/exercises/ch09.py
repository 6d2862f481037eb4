"""The exercises of chapter 9."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import datasets
from hbmlib.exercises import ch08
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import ONE_SEED, Posterior
from hbmlib.kernels import NUTS
from hbmlib.kernels.leapfrog import kinetic_energy, leapfrog, momentum
from hbmlib.models import Population
from hbmlib.priors import HalfNormal, Normal

Floats = NDArray[np.float64]

# 9.1 How far a stretch is from turning back


def _margin(
    p: Floats,
    inverse_mass: Floats,
    *,
    velocity: bool = True,
    across: bool = True,
    halves_only: bool = False,
    ends: Callable[[Floats], Floats] = lambda v: v[[0, -1]],
) -> float:
    """Return the smallest product of a velocity and a sum; each option is a fault."""
    v, half = p * inverse_mass if velocity else p, len(p) // 2
    stretches = [slice(None)]
    if halves_only:
        stretches += [slice(0, half), slice(half, None)]
    elif across:
        stretches += [slice(0, half + 1), slice(half - 1, None)]
    return float(min(np.min(ends(v[s]) @ p[s].sum(axis=0)) for s in stretches))


def _by_ends(p: Floats, inverse_mass: Floats) -> float:
    """Take the sum of the first and last momentum for the way."""
    return float(np.min((p[[0, -1]] * inverse_mass) @ (p[0] + p[-1])))


def _momenta(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Give momenta on closed paths, until any two ways differ somewhere."""
    ways = [_margin, *(wrong.answer for wrong in WRONG_MARGINS)]
    while True:
        cases = [_turning(rng, points) for points in (4, 8, 16) for _ in range(8)]
        margins = np.array([[way(**case) for case in cases] for way in ways])
        apart = [np.abs(a - b).max() for a, b in combinations(margins, 2)]
        if min(apart) > 0.01:
            return cases


def _turning(rng: np.random.Generator, points: int) -> dict[str, Any]:
    """Draw a path that has come round by up to a whole turn."""
    angle = np.linspace(0, rng.uniform(1, 6), points)[:, None]
    start, push = rng.normal(size=(2, 3))
    p = push * np.cos(angle) - start * np.sin(angle)
    return {"p": p, "inverse_mass": rng.uniform(0.3, 3, size=3)}


WRONG_MARGINS = (
    Misconception(
        lambda p, inverse_mass: _margin(p, inverse_mass, across=False),
        "The whole stretch is right. Add the two checks across the halves: the first half with "
        "the next point, and the second with the point before it.",
    ),
    Misconception(
        lambda p, inverse_mass: _margin(p, inverse_mass, halves_only=True),
        "Those are the halves themselves. Each of them needs the next point of the other half.",
    ),
    Misconception(
        lambda p, inverse_mass: _margin(p, inverse_mass, velocity=False),
        "These are products of momenta. An end moves with its velocity, inverse_mass * p.",
    ),
    Misconception(
        lambda p, inverse_mass: _margin(p, inverse_mass, ends=lambda v: v[-1:]),
        "Only the last point is looked at. Seen backwards in time the first one is the last.",
    ),
    Misconception(
        lambda p, inverse_mass: _margin(p, inverse_mass, ends=lambda v: v[:1]),
        "Only the first point is looked at. Take the last one, too.",
    ),
    Misconception(
        _by_ends,
        "The sum takes all momenta of the stretch, not those of its ends alone.",
    ),
)

MARGIN = Exercise(
    "9.1",
    points=3,
    judge=Function(_margin, _momenta, WRONG_MARGINS),
    hints=(
        "Write a function for one stretch first: the velocities of its two ends, times the sum.",
        "The three stretches are p, p[: half + 1] and p[half - 1 :], with half = len(p) // 2.",
        "For each: v = inverse_mass * s[[0, -1]], and (v @ s.sum(axis=0)).min(). Return the "
        "smallest of the three.",
    ),
)

# 9.2 Where the draw ends

DEPTH = 3


def _ends_at(
    energy: Floats, start: int, *, sign: float = -1.0, share: bool = False, within: bool = True
) -> Floats:
    """Return the probability of each point of a tree; each option is a fault."""
    w = np.exp(sign * (energy - energy.min()))
    ends = np.zeros(energy.size)
    ends[start] = 1
    for size in 2 ** np.arange(DEPTH):
        old = slice(start // size * size, (start // size + 1) * size)
        other = start // size ^ 1
        new = slice(other * size, (other + 1) * size)
        total = w[old].sum() * (not share or 1) + share * w[new].sum()
        moved = min(1.0, w[new].sum() / total)
        ends[old] *= 1 - moved
        ends[new] = moved * (w[new] / w[new].sum() if within else 1 / size)
    return ends


WRONG_ENDS = (
    Misconception(
        lambda energy, start: _ends_at(energy, start, share=True),
        "This is the plain multinomial draw, the same from every start. The biased one moves to "
        "a new half with the ratio of the weights, W_new / W_old, at most 1.",
    ),
    Misconception(
        lambda energy, start: _ends_at(energy, start, sign=1.0),
        "The sign is turned: the weights are exp(-H), so that low energies weigh more.",
    ),
    Misconception(
        lambda energy, start: _ends_at(energy, start, within=False),
        "Within the new half the point is drawn by its weight, not with equal probabilities.",
    ),
    Misconception(
        lambda energy, start: _ends_at(energy, energy.size - 1 - start),
        "This is for a start counted from the other end. The energies stand in the order of time.",
    ),
    Misconception(
        lambda energy, start: np.full(energy.size, 1 / energy.size),
        "All points are not equally probable: they have weights exp(-H).",
    ),
)


def _some_path(rng: np.random.Generator) -> dict[str, Any]:
    """Follow a coarse path on the eight schools until the right answer stands apart."""
    target = Population(*_eight_schools())
    inverse_mass = np.array([11.0, 1.4])
    while True:
        q = np.array([[rng.uniform(0, 9), rng.uniform(0.5, 2)]])
        p = momentum(rng, inverse_mass, q.shape)
        logp, grad = target.logp_and_grad(q)
        energies = []
        for _ in range(2**DEPTH):
            energies.append(float((kinetic_energy(p, inverse_mass) - logp)[0]))
            q, p, logp, grad = leapfrog(target, q, p, grad, 1.1, inverse_mass)
        energy = np.round(energies, 3)
        data = {"energy": energy, "start": int(rng.integers(1, 7))}
        if not 0.8 < np.ptp(energy) < 4:
            continue
        answers = [_ends_at(**data), *(wrong.answer(**data) for wrong in WRONG_ENDS)]
        apart = [np.abs(a - b).max() for a, b in combinations(answers, 2)]
        if min(apart) > 0.01:
            return data


def _eight_schools() -> tuple[Floats, Floats]:
    table = datasets.load("eight_schools")
    return table["effect"].to_numpy(float), table["se"].to_numpy(float)


DRAWN = Exercise(
    "9.2",
    points=3,
    make_data=_some_path,
    judge=Number(_ends_at, tolerance=0.001, misconceptions=WRONG_ENDS),
    hints=(
        "Begin with probability 1 at the start. Each doubling takes some of it to a new half.",
        "The pair that holds the start is start // 2, the four start // 4. The other half of a "
        "block has the number of its own XOR 1.",
        "moved = min(1, W_new / W_old); the old half keeps 1 - moved of its probabilities, the "
        "new one gets moved * w / W_new.",
    ),
)

# 9.3 Dual averaging


def _tuned(
    accept: Floats,
    first: float,
    target: float,
    *,
    sign: float = 1.0,
    anchor: float = 10.0,
    root: bool = True,
    averaged: bool = True,
    plain_mean: bool = False,
    log: bool = True,
) -> float:
    """Return the step size kept; each option is a fault."""
    mu, error, kept = np.log(anchor * first), 0.0, 0.0
    sizes = []
    for t, rate in enumerate(accept, start=1):
        weight = 1 / (t + 10)
        error = (1 - weight) * error + weight * (target - rate)
        x = mu - sign * (np.sqrt(t) if root else 1.0) / 0.05 * error
        kept = t**-0.75 * x + (1 - t**-0.75) * kept
        sizes.append(x)
    x = np.mean(sizes) if plain_mean else kept if averaged else sizes[-1]
    return float(np.exp(x) if log else x)


def _rates(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for length in (1, 5, 40):
        yield {
            "accept": rng.uniform(0.4, 1.0, size=length),
            "first": rng.uniform(0.05, 0.5),
            "target": rng.choice([0.8, 0.9]),
        }


TUNED = Exercise(
    "9.3",
    points=3,
    judge=Function(
        _tuned,
        _rates,
        [
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, averaged=False),
                "This is the size to try next. Return the mean that is kept.",
            ),
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, sign=-1.0),
                "The sign is turned: if the rate is too low, the step must become smaller.",
            ),
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, anchor=1.0),
                "The spring is tied to the log of ten times the first size.",
            ),
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, root=False),
                "sqrt(t) is missing: the spring becomes weaker with time.",
            ),
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, plain_mean=True),
                "All sizes count alike here. Late ones count more, by t**-0.75.",
            ),
            Misconception(
                lambda accept, first, target: _tuned(accept, first, target, log=False),
                "This is the logarithm of the size.",
            ),
        ],
    ),
    hints=(
        "Three lines in a loop over t = 1, 2, ...: the mean error, x, and the mean of the x.",
        "error = (1 - 1/(t+10)) * error + (target - rate)/(t+10), then "
        "x = log(10 * first) - sqrt(t)/0.05 * error.",
        "kept = t**-0.75 * x + (1 - t**-0.75) * kept, from 0. Return exp(kept).",
    ),
)

# 9.4 NUTS on the survey

DRAWS, WARMUP = 2000, 100
STEP, INVERSE_MASS = 0.8, np.array([2.0, 0.1])
STARTS = np.array([[8.0, 0.0], [11.0, 1.0], [14.0, 0.5], [17.0, 1.5]])


def _ten_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw ten schools and some students of each, until their means differ clearly."""
    table = datasets.load("hsb")
    scores = [part.to_numpy() for _, part in table.groupby("school")["math"]]
    while True:
        n = rng.integers(8, 15, size=10)
        chosen = rng.choice(len(scores), size=10, replace=False)
        pairs = zip(chosen, n, strict=True)
        y = np.array([rng.choice(scores[s], size=k, replace=False).mean() for s, k in pairs])
        if 4 < y.std(ddof=1) < 5.5:
            return {"y": y, "se": 6.3 / np.sqrt(n)}


def _target(y: Floats, se: Floats, scale: float = ch08.SCALE_OF_TAU) -> Population:
    return Population(
        y, se, mu_prior=Normal(ch08.CENTRE, ch08.SPREAD_OF_MU), tau_prior=HalfNormal(scale)
    )


def _nuts(
    y: Floats, se: Floats, seed: int = 1, *, scale: float = ch08.SCALE_OF_TAU
) -> dict[str, Floats]:
    """Run four chains of NUTS."""
    kernel = NUTS(_target(y, se, scale), STEP, INVERSE_MASS)
    rng, state, kept = np.random.default_rng(seed), kernel.init(STARTS), []
    for _ in range(WARMUP + DRAWS):
        state, _ = kernel.step(rng, state)
        kept.append(state.q)
    return _named(kept)


def _named(path: list[Floats]) -> dict[str, Floats]:
    kept = np.array(path[WARMUP:])
    return {"mu": kept[..., 0].T, "tau": np.exp(kept[..., 1].T)}


def _until_it_turns(y: Floats, se: Floats, seed: int = 1) -> dict[str, Floats]:
    """Go forwards until the path turns, and propose its end."""
    target, rng, q, kept = _target(y, se), np.random.default_rng(seed), STARTS, []
    logp, grad = target.logp_and_grad(q)
    for _ in range(WARMUP + DRAWS):
        p = momentum(rng, INVERSE_MASS, q.shape)
        end, going = [q, p, logp, grad], np.ones(len(q), bool)
        while going.any():
            new = leapfrog(target, *end[:2], end[3], 0.75 * STEP, INVERSE_MASS)
            for k, moved in enumerate(new):
                end[k] = np.where(going if moved.ndim == 1 else going[:, None], moved, end[k])
            going = going & (np.vecdot(end[0] - q, end[1]) > 0)
        lost = kinetic_energy(end[1], INVERSE_MASS) - end[2]
        lost = lost - kinetic_energy(p, INVERSE_MASS) + logp
        accept = np.log(rng.random(len(q))) < -lost
        q, grad = (
            np.where(accept[:, None], now, before) for now, before in ((end[0], q), (end[3], grad))
        )
        logp = np.where(accept, end[2], logp)
        kept.append(q)
    return _named(kept)


def _one_source(y: Floats, se: Floats, seed: int = 1) -> dict[str, Floats]:
    """Give every chain the same seed and the same start."""
    draws = _nuts(y, se, seed)
    return {name: np.broadcast_to(x[:1], x.shape) for name, x in draws.items()}


SURVEY = Exercise(
    "9.4",
    points=6,
    make_data=_ten_schools,
    judge=Posterior(
        _nuts,
        ch08.SAMPLER.judge.exact,
        [
            Misconception(
                _until_it_turns,
                "The path stops when it comes back to its start, and its end is the proposal. "
                "From that end the way back would stop elsewhere. Double the path, and draw from "
                "all of it.",
            ),
            Misconception(
                lambda y, se, seed=1: _nuts(y, se, seed, scale=ch08.SCALE_OF_TAU**0.5),
                "The prior of tau is too narrow: its scale is 5, and 5 was used as its square.",
            ),
            Misconception(_one_source, ONE_SEED),
        ],
    ),
    hints=(
        "Make a class with a method logp_and_grad(q), from exercise 8.2, for (mu, log tau).",
        "Then nuts_step of this chapter does the rest: a step of 0.8 and inverse masses 2, 0.1.",
        "Four chains of 2,000 draws, each with a generator of its own, suffice. Hand in exp of "
        "the second coordinate.",
    ),
)

EXERCISES = (MARGIN, DRAWN, TUNED, SURVEY)
