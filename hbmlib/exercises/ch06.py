"""The exercises of chapter 6."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from hbmlib import datasets, exact, pooling
from hbmlib.exercises.registry import Exercise, Function, Misconception, Number
from hbmlib.exercises.stochastic import ONE_SEED, WARMUP_KEPT, Conditional, Posterior
from hbmlib.priors import GammaPrecision, Normal

Floats = NDArray[np.float64]


@cache
def _scores() -> dict[str, Floats]:
    frame = datasets.load("hsb")
    return {school: part.to_numpy() for school, part in frame.groupby("school")["math"]}


def _some_schools(rng: np.random.Generator, sizes: NDArray[np.int64]) -> tuple[Floats, Any]:
    """Draw schools of `hsb`, and so many students of each: scores, and schools 0 to J - 1."""
    scores = _scores()
    chosen = rng.choice(sorted(scores), size=len(sizes), replace=False)
    y = [
        rng.choice(scores[school], size=n, replace=False)
        for school, n in zip(chosen, sizes, strict=True)
    ]
    return np.concatenate(y), np.repeat(np.arange(len(sizes)), sizes)


# 6.1 From White's precisions to sds and weights


def _in_sds(tau_b: Any, tau_w: Any, n: Any) -> tuple[Any, Any, Any]:
    return tau_b**-0.5, tau_w**-0.5, n * tau_w / (n * tau_w + tau_b)


def _precisions(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for n in (1, 7, 40):
        yield {"tau_b": rng.uniform(0.05, 0.6), "tau_w": rng.uniform(0.01, 0.04), "n": n}
    yield {
        "tau_b": rng.uniform(0.05, 0.6, size=5),
        "tau_w": rng.uniform(0.01, 0.04, size=5),
        "n": 12,
    }


IN_SDS = Exercise(
    "6.1",
    points=2,
    judge=Function(
        _in_sds,
        _precisions,
        [
            Misconception(
                lambda tau_b, tau_w, n: (1 / tau_b, 1 / tau_w, _in_sds(tau_b, tau_w, n)[2]),
                "The weight is right. One over a precision is a variance; sds are asked for.",
            ),
            Misconception(
                lambda tau_b, tau_w, n: (tau_b**0.5, tau_w**0.5, _in_sds(tau_b, tau_w, n)[2]),
                "The weight is right. The root of a precision is one over an sd.",
            ),
            Misconception(
                lambda tau_b, tau_w, n: (*_in_sds(tau_b, tau_w, n)[1::-1], n * tau_w / tau_b),
                "The sds are swapped, and the weight is a ratio of precisions, not a share.",
            ),
            Misconception(
                lambda tau_b, tau_w, n: (
                    *_in_sds(tau_b, tau_w, n)[1::-1],
                    _in_sds(tau_b, tau_w, n)[2],
                ),
                "The sds are swapped: tau_b is between groups, tau_w within them.",
            ),
            Misconception(
                lambda tau_b, tau_w, n: (
                    *_in_sds(tau_b, tau_w, n)[:2],
                    tau_b / (n * tau_w + tau_b),
                ),
                "The sds are right. This is the population's weight; give the group's own.",
            ),
            Misconception(
                lambda tau_b, tau_w, n: (
                    *_in_sds(tau_b, tau_w, n)[:2],
                    tau_w / (tau_w + tau_b),
                ),
                "The sds are right. The weight forgets n: the mean of n students has the "
                "precision n * tau_w.",
            ),
        ],
    ),
    hints=(
        "A precision is one over a variance. An sd is the root of a variance.",
        "Look at White's mean of theta_k: what is in front of the own mean?",
        "tau = tau_b**-0.5, sigma = tau_w**-0.5, and the weight is n * tau_w / "
        "(n * tau_w + tau_b).",
    ),
)

# 6.2 A draw of sigma given everything else


def _draw_sigma(
    rng: np.random.Generator,
    y: Floats,
    group: Any,
    theta: Floats,
    alpha: float,
    beta: float,
    *,
    shape: float | None = None,
    half: float = 0.5,
    power: float = -0.5,
) -> float:
    rate = beta + half * np.sum((y - theta[group]) ** 2)
    return rng.gamma(alpha + (0.5 * y.size if shape is None else shape), 1 / rate) ** power


def _sigma_cdf(
    x: Floats, y: Floats, group: Any, theta: Floats, alpha: float, beta: float
) -> Floats:
    rate = beta + 0.5 * np.sum((y - theta[group]) ** 2)
    return np.where(x > 0, gammaincc(alpha + 0.5 * y.size, rate / np.square(x)), 0.0)


def _own_means(y: Floats, group: Any) -> Floats:
    return np.bincount(group, y) / np.bincount(group)


def _states(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    for sizes in ([4, 3, 5], [6, 2, 4, 3]):
        y, group = _some_schools(rng, np.array(sizes))
        theta = _own_means(y, group) + rng.choice([-5, 5], size=len(sizes))
        alpha, beta = rng.uniform(1, 3), rng.uniform(100, 200)
        yield {"y": y, "group": group, "theta": theta, "alpha": alpha, "beta": beta}


DRAW_SIGMA = Exercise(
    "6.2",
    points=4,
    judge=Conditional(
        _draw_sigma,
        _sigma_cdf,
        _states,
        [
            Misconception(
                lambda rng, y, group, theta, alpha, beta: (
                    rng.gamma(alpha + y.size / 2, beta + np.sum((y - theta[group]) ** 2) / 2)
                    ** -0.5
                ),
                "NumPy's gamma takes a scale, which is one over the rate. Pass 1 / rate.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, theta, alpha, beta, shape=theta.size / 2
                ),
                "The shape counts schools. Every student is an observation of sigma: n is "
                "forgotten.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, theta, alpha, beta, shape=(y.size - theta.size) / 2
                ),
                "The shape has lost a degree of freedom for each school. Here theta is given, "
                "not estimated, so all N students count.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, theta, alpha, beta, half=1.0
                ),
                "The rate takes half of the sum of squares: the normal density has one half in "
                "its exponent.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, _own_means(y, group), alpha, beta
                ),
                "The squares are taken about the schools' own means. Take them about theta, which "
                "is given.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, np.full(theta.size, theta.mean()), alpha, beta
                ),
                "The squares are taken about one mean for all. That mixes tau into sigma.",
            ),
            Misconception(
                lambda rng, y, group, theta, alpha, beta: _draw_sigma(
                    rng, y, group, theta, 0.0, 0.0
                ),
                "The prior is left out: alpha adds to the shape and beta to the rate.",
            ),
        ],
    ),
    hints=(
        "Draw the precision 1/sigma**2, then turn it into an sd.",
        "Shape: alpha plus half the number of students. Rate: beta plus half the squares of "
        "y - theta[group].",
        "rng.gamma(shape, 1 / rate) ** -0.5",
    ),
)

# 6.3 How many draws the population mean needs

WANTED = 2000


def _draws_for(kept: Any) -> float:
    return float(WANTED * (2 - kept) / kept)


def _kept(n: Any, tau: float, sigma: float) -> Floats:
    return tau**2 / (tau**2 + sigma**2 / n)


def _draws_needed(n: Any, tau: float, sigma: float) -> float:
    return _draws_for(np.mean(_kept(n, tau, sigma)))


WRONG_COUNTS = (
    Misconception(
        lambda n, tau, sigma: _draws_for(_kept(np.mean(n), tau, sigma)),
        "This is the weight of a school of average size. Average the weights, not the sizes.",
    ),
    Misconception(
        lambda n, tau, sigma: _draws_for(np.average(_kept(n, tau, sigma), weights=n)),
        "Large schools count for more here. In the mean of the thetas every school counts once.",
    ),
    Misconception(
        lambda n, tau, sigma: _draws_for(1 - np.mean(_kept(n, tau, sigma))),
        "The autocorrelation is one minus the mean weight, not the weight itself.",
    ),
    Misconception(
        lambda n, tau, sigma: WANTED / np.mean(_kept(n, tau, sigma)),
        "Correlations at longer lags count as well: the effective size is "
        "N (1 - rho) / (1 + rho).",
    ),
    Misconception(
        lambda n, tau, sigma: WANTED * WANTED / _draws_needed(n, tau, sigma),
        "This is the effective size of 2,000 draws. Turn it round.",
    ),
    Misconception(
        lambda n, tau, sigma: _draws_for(tau**2 / (tau**2 + sigma**2)),
        "n is forgotten: a mean of n students has the variance sigma**2 / n.",
    ),
)


def _sizes(rng: np.random.Generator) -> dict[str, Any]:
    """Draw sizes until the right answer is apart from the wrong ones."""
    while True:
        data = {"n": rng.integers(2, 30, size=20), "tau": 2.9, "sigma": 6.3}
        answers = [_draws_needed(**data), *(wrong.answer(**data) for wrong in WRONG_COUNTS)]
        if np.diff(np.sort(answers)).min() > 100:
            return data


DRAWS_NEEDED = Exercise(
    "6.3",
    points=2,
    make_data=_sizes,
    judge=Number(_draws_needed, tolerance=20, misconceptions=WRONG_COUNTS),
    hints=(
        "What share of a change in mu is left after one sweep?",
        "rho = 1 - mean of the shrinkage weights, and the k-th autocorrelation is rho**k.",
        "The effective size of N draws is N (1 - rho) / (1 + rho).",
    ),
)

# 6.4 A whole Gibbs sampler

CHAINS, DRAWS, WARMUP = 4, 5000, 1000
STARTS = {"mu": [-60.0, -20.0, 60.0, 120.0], "tau": 1.0, "sigma": 50.0}
MU_PRIOR, TAU_PRIOR, SIGMA_PRIOR = (
    Normal(10, 10),
    GammaPrecision(0.5, 12.5),
    GammaPrecision(0.5, 50),
)


def _gibbs(
    y: Floats,
    group: Any,
    seed: int = 1,
    *,
    theta_power: float = -0.5,
    mu_power: float = -0.5,
    forget_n: bool = False,
    shape_of_groups: bool = False,
    about_own: bool = False,
    without_n_in_mu: bool = False,
    one_stream: bool = False,
    warmup: int = WARMUP,
) -> dict[str, Floats]:
    """Run four chains from the prescribed starts; each option is a fault."""
    rng = np.random.default_rng(seed)
    n, own = np.bincount(group), _own_means(y, group)
    ss, J, N = np.sum((y - own[group]) ** 2), n.size, y.size
    copies = 1 if one_stream else CHAINS
    mu = np.array(STARTS["mu"])
    tau, sigma = (np.full(CHAINS, STARTS[name]) for name in ("tau", "sigma"))
    weight = np.ones(J) if forget_n else n
    kept = np.empty((3, CHAINS, warmup + DRAWS))
    for t in range(warmup + DRAWS):
        within, between = weight / sigma[:, None] ** 2, 1 / tau[:, None] ** 2
        precision = within + between
        noise = rng.standard_normal((copies, J))
        theta = (within * own + between * mu[:, None]) / precision + noise * precision**theta_power
        count = 1 if without_n_in_mu else J
        precision = count / tau**2 + MU_PRIOR.sd**-2
        centre = theta.mean(axis=1) * count / tau**2 + MU_PRIOR.mean * MU_PRIOR.sd**-2
        mu = centre / precision + rng.standard_normal(copies) * precision**mu_power
        squares = np.sum((theta - mu[:, None]) ** 2, axis=1)
        gamma = rng.standard_gamma(TAU_PRIOR.shape + J / 2, size=copies)
        tau = np.sqrt((TAU_PRIOR.rate + squares / 2) / gamma)
        squares = ss if about_own else ss + np.sum(n * (own - theta) ** 2, axis=1)
        size = J if shape_of_groups else N
        gamma = rng.standard_gamma(SIGMA_PRIOR.shape + size / 2, size=copies)
        sigma = np.sqrt((SIGMA_PRIOR.rate + squares / 2) / gamma) * np.ones(CHAINS)
        kept[:, :, t] = mu, tau, sigma
    return dict(zip(("mu", "tau", "sigma"), kept[:, :, warmup:], strict=True))


def _twenty_schools(rng: np.random.Generator) -> dict[str, Any]:
    y, group = _some_schools(rng, rng.integers(4, 13, size=20))
    return {"y": y, "group": group}


def _exactly(y: Floats, group: Any) -> dict[str, Any]:
    fit = exact.normal_means(
        pooling.summarise(y, group),
        mu_prior=MU_PRIOR,
        tau_prior=TAU_PRIOR,
        sigma_prior=SIGMA_PRIOR,
    )
    return {"mu": fit.mu, "tau": fit.tau, "sigma": fit.sigma}


SAMPLER = Exercise(
    "6.4",
    points=6,
    make_data=_twenty_schools,
    judge=Posterior(
        _gibbs,
        _exactly,
        [
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, theta_power=0.5, mu_power=0.5),
                "Precision for variance: the normal draws have the sd sqrt(P). It is 1 / sqrt(P).",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, mu_power=-1.0),
                "mu is drawn with its variance, 1 / P, in the place of its sd. "
                "`rng.normal` takes the sd, 1 / sqrt(P).",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, forget_n=True),
                "n is forgotten where theta is drawn: a school's own mean has the precision "
                "n / sigma**2.",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, without_n_in_mu=True),
                "J is forgotten where mu is drawn: J thetas have the precision J / tau**2.",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, shape_of_groups=True),
                "The shape of sigma's draw counts schools. Every student is an observation of "
                "sigma.",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, about_own=True),
                "The squares for sigma are taken about the schools' own means. Take them about "
                "theta.",
            ),
            Misconception(
                lambda y, group, seed=1: _gibbs(y, group, seed, one_stream=True), ONE_SEED
            ),
            Misconception(lambda y, group, seed=1: _gibbs(y, group, seed, warmup=0), WARMUP_KEPT),
        ],
    ),
    hints=(
        "Start from one mu, tau and sigma. Draw theta first, then the others in any order.",
        "theta: precision n / sigma**2 + 1 / tau**2. mu: precision J / tau**2 + 1 / 10**2. "
        "The scales: draw precisions from gammas.",
        "Drop the first 1,000 of 6,000 draws, and give np.random.default_rng another seed in "
        "each chain.",
    ),
)

EXERCISES = (IN_SDS, DRAW_SIGMA, DRAWS_NEEDED, SAMPLER)
