"""The exercises of chapter 10."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from hbmlib import datasets, exact, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import ONE_SEED, WARMUP_KEPT, Conditional, Posterior
from hbmlib.priors import HalfNormal, Normal

Floats = NDArray[np.float64]

WITHIN = 6.26  # sd of the survey's students about their schools


@cache
def _students() -> dict[str, pd.DataFrame]:
    return dict(iter(datasets.load("hsb").groupby("school")))


# 10.1 How far to centre


def _centring(n: Floats, tau: float, sigma: float) -> Floats:
    return tau**2 / (tau**2 + sigma**2 / n)


def _sizes(rng: np.random.Generator) -> dict[str, Any]:
    """Take the sizes of ten schools, and make five of them small."""
    students = _students()
    chosen = rng.choice(sorted(students), size=10, replace=False)
    n = np.array([len(students[school]) for school in chosen])
    n[::2] = rng.permutation(np.arange(1, 6))
    return {"n": n, "tau": 2.94, "sigma": WITHIN}


CENTRING = Exercise(
    "10.1",
    points=2,
    make_data=_sizes,
    judge=Number(
        _centring,
        tolerance=1e-3,
        misconceptions=[
            Misconception(
                lambda n, tau, sigma: 1 - _centring(n, tau, sigma),
                "The other way round: a school with many students is to be centred, and 1 is "
                "centred.",
            ),
            Misconception(
                lambda n, tau, sigma: 1.0 * (_centring(n, tau, sigma) > 0.5),
                "This is all or nothing. The best degree lies in between.",
            ),
            Misconception(
                lambda n, tau, sigma: tau / (tau + sigma / np.sqrt(n)),
                "These are sds. The weight is made of variances.",
            ),
            Misconception(
                lambda n, tau, sigma: np.full(np.shape(n), tau**2 / (tau**2 + sigma**2)),
                "The sizes are left out: a school's own mean has the variance sigma**2 / n.",
            ),
            Misconception(
                lambda n, tau, sigma: tau**2 / (tau**2 + sigma**2 / n**2),
                "The variance of a mean is sigma**2 / n; n is squared here.",
            ),
        ],
    ),
    hints=(
        "The degree at which mu and tau pull no more has been with us since chapter 2.",
        "It is the shrinkage weight, with the standard error sigma / sqrt(n).",
        "pooling.shrinkage_weight(**plan)",
    ),
)

# 10.2 The longest stable step


def _step(tau: float, s: float, centred: bool) -> float:
    weight = tau**2 / (tau**2 + s**2)
    return float(2 * np.sqrt(s**2 * weight if centred else 1 - weight))


def _places(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for tau in (0.05, 0.4, 3.0, 40.0):
        for centred in (True, False):
            yield {
                "tau": tau * rng.uniform(0.9, 1.1),
                "s": rng.uniform(1.5, 6),
                "centred": centred,
            }


STEP = Exercise(
    "10.2",
    points=2,
    judge=Function(
        _step,
        _places,
        [
            Misconception(
                lambda tau, s, centred: _step(tau, s, not centred),
                "The two maps are exchanged.",
            ),
            Misconception(
                lambda tau, s, centred: _step(tau, s, centred) / 2,
                "This is the sd. The limit of stability is twice the sd.",
            ),
            Misconception(
                lambda tau, s, centred: _step(tau, s, centred) ** 2 / 2,
                "This is twice the variance. The limit is twice the sd.",
            ),
            Misconception(
                lambda tau, s, centred: 2 * tau if centred else 2.0,
                "This is the limit without data. They make both sds smaller.",
            ),
            Misconception(
                lambda tau, s, centred: 2 * s if centred else 2 * s / tau,
                "This is the limit without a population. It makes both sds smaller.",
            ),
        ],
    ),
    hints=(
        "A step along a normal coordinate is stable while it is shorter than two sds.",
        "The chapter gives both sds, given mu and tau, in terms of s, tau and lambda.",
        "lambda = tau**2 / (tau**2 + s**2); centred: s sqrt(lambda); else sqrt(1 - lambda).",
    ),
)

# 10.3 Draw tau, given z


def _slope(y: Floats, s: Floats, mu: float, z: Floats, scale: float) -> tuple[float, float]:
    """Return mean and sd of the normal distribution that is cut at zero."""
    precision = np.sum((z / s) ** 2) + scale**-2.0
    return float(np.sum(z * (y - mu) / s**2) / precision), float(precision**-0.5)


def _draw_cut(rng: np.random.Generator, mean: float, sd: float) -> float:
    """Draw from a normal distribution above zero."""
    below = ndtr(-mean / sd)
    return float(mean + sd * ndtri(below + rng.uniform() * (1 - below)))


def _draw_tau(
    rng: np.random.Generator, y: Floats, s: Floats, mu: float, z: Floats, scale: float
) -> float:
    return _draw_cut(rng, *_slope(y, s, mu, z, scale))


def _cdf_of_tau(x: Any, y: Floats, s: Floats, mu: float, z: Floats, scale: float) -> Floats:
    mean, sd = _slope(y, s, mu, z, scale)
    below = ndtr(-mean / sd)
    return (ndtr((np.maximum(x, 0) - mean) / sd) - below) / (1 - below)


def _given_z(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Put the eight schools into places where the cut at zero and the prior both count."""
    schools = datasets.load("eight_schools")
    y, s = schools["effect"].to_numpy(float), schools["se"].to_numpy(float)
    cases = []
    while len(cases) < 3:
        case = {"y": y, "s": s, "mu": rng.normal(6, 4), "z": rng.standard_normal(8), "scale": 5.0}
        mean, sd = _slope(**case)
        without, _ = _slope(**case | {"mu": 0.0})
        if -1 < mean / sd < 1 and abs(mean - without) > 0.3 * sd and abs(mean) > 0.3 * sd:
            cases.append(case)
    return cases


DRAW_TAU = Exercise(
    "10.3",
    points=4,
    judge=Conditional(
        solution=_draw_tau,
        cdf=_cdf_of_tau,
        cases=_given_z,
        misconceptions=[
            Misconception(
                lambda rng, y, s, mu, z, scale: rng.normal(*_slope(y, s, mu, z, scale)),
                "Some draws are negative. The density stops at zero: draw from what is above.",
            ),
            Misconception(
                lambda rng, y, s, mu, z, scale: abs(rng.normal(*_slope(y, s, mu, z, scale))),
                "The negative draws were folded back. They have to be left out: given z, a "
                "negative slope is not the same as a positive one.",
            ),
            Misconception(
                lambda rng, y, s, mu, z, scale: _draw_cut(rng, *_slope(y, s, 0.0, z, scale)),
                "z multiplies tau, and what it explains is y - mu, not y.",
            ),
            Misconception(
                lambda rng, y, s, mu, z, scale: _draw_cut(rng, *_slope(y, s, mu, z, 1e6)),
                "The prior is missing: its precision is 1 / scale**2.",
            ),
            Misconception(
                lambda rng, y, s, mu, z, scale: _draw_cut(
                    rng,
                    _slope(y, s, mu, z, scale)[0],
                    _slope(y, s, mu, z, scale)[1] ** 2,
                ),
                "One over the precision is the variance. Take its root.",
            ),
        ],
    ),
    hints=(
        "y - mu is tau times z plus noise: a regression through the origin.",
        "Precision: sum(z**2 / s**2) + 1 / scale**2. Mean: sum(z * (y - mu) / s**2) over it.",
        "Above zero: draw again until the draw is positive, or use scipy.stats.truncnorm.",
    ),
)

# 10.4 A whole sampler where the funnel is

CHAINS, DRAWS, WARMUP = 10, 4000, 300
CENTRE, SPREAD, SCALE = 12.0, 10.0, 5.0


def _non_centred(
    own: Floats,
    s: Floats,
    seed: int = 1,
    *,
    hand_in: str = "theta",
    spread_of_mu: float = SPREAD,
    scale: float = SCALE,
    forget_z: bool = False,
    one_stream: bool = False,
    warmup: int = WARMUP,
) -> dict[str, Floats]:
    """Draw mu, tau and z in turn; each option is a fault."""
    rng, copies = np.random.default_rng(seed), 1 if one_stream else CHAINS
    mu, tau = np.linspace(-40, 60, CHAINS)[:, None], np.full((CHAINS, 1), 30.0)
    kept = np.empty((warmup + DRAWS, CHAINS, 2 + own.size))
    for t in range(len(kept)):
        precision = tau**2 / s**2 + 1
        z = tau * (own - mu) / s**2 / precision
        z = z + rng.standard_normal((copies, own.size)) * precision**-0.5
        precision = np.sum(s**-2.0) + spread_of_mu**-2
        rest = np.tile(own, (copies, 1)) if forget_z else own - tau * z
        mean = (np.sum(rest / s**2, axis=1) + CENTRE * spread_of_mu**-2) / precision
        mu = (mean + rng.standard_normal(copies) * precision**-0.5)[:, None]
        precision = np.sum(z**2 / s**2, axis=1) + scale**-2
        mean = np.sum(z * (own - mu) / s**2, axis=1) / precision
        below = ndtr(-mean * precision**0.5)
        place = below + rng.uniform(size=copies) * (1 - below)
        tau = (mean + ndtri(place) * precision**-0.5)[:, None]
        kept[t] = np.hstack([mu, tau, mu + tau * z if hand_in == "theta" else z])
    kept = np.moveaxis(kept[warmup:], 1, 0)
    return {"mu": kept[..., 0], "tau": kept[..., 1], "theta": kept[..., 2:]}


def _exactly(own: Floats, s: Floats) -> dict[str, Any]:
    post = exact.normal_means(
        pooling.from_means(own),
        sigma=s,
        mu_prior=Normal(CENTRE, SPREAD),
        tau_prior=HalfNormal(SCALE),
    )
    return {"mu": post.mu, "tau": post.tau, "theta": post.theta}


def _small_schools(rng: np.random.Generator) -> dict[str, Any]:
    """Draw ten schools and one to four students of each."""
    students = _students()
    chosen, n = rng.choice(sorted(students), size=10, replace=False), rng.integers(1, 5, size=10)
    own = [
        rng.choice(students[school]["math"].to_numpy(), size=k, replace=False).mean()
        for school, k in zip(chosen, n, strict=True)
    ]
    return {"own": np.array(own), "s": WITHIN / np.sqrt(n)}


SAMPLER = Exercise(
    "10.4",
    points=5,
    make_data=_small_schools,
    judge=Posterior(
        _non_centred,
        _exactly,
        [
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, hand_in="z"),
                "mu and tau are right. What was handed in as theta is z: theta = mu + tau z.",
            ),
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, scale=1e3),
                "tau lies too high: its half-normal prior, with scale 5, is missing.",
            ),
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, forget_z=True),
                "mu is too sure of itself: it was drawn as if the schools did not differ. What "
                "it explains is own - tau z.",
            ),
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, spread_of_mu=0.1),
                "mu hardly leaves 12: its prior has the sd 10, that is the precision 0.01.",
            ),
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, one_stream=True), ONE_SEED
            ),
            Misconception(
                lambda own, s, seed=1: _non_centred(own, s, seed, warmup=0), WARMUP_KEPT
            ),
        ],
    ),
    hints=(
        "Centred coordinates will diverge here, or stick. Use z.",
        "Any right sampler will do: a Gibbs sampler of mu, tau and z, or NUTS on a target.",
        "EightSchools takes means and standard errors, both priors, and centred=False.",
    ),
)

EXERCISES = (CENTRING, STEP, DRAW_TAU, SAMPLER)
