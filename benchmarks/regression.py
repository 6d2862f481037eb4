"""Metropolis on Bølstad's regression: his scheme, the mended ones, and one log density.

His evaluation visits the observations one by one, and his sampler moves all parameters at once
by a fixed step, on their natural scales. Both are written anew here, to measure against.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.measure import RHAT_LIMIT, cpu_seconds
from benchmarks.problems import Problem, regression_75x5, regression_centred
from hbmlib import diagnostics
from hbmlib.kernels import NUTS, Gibbs, Metropolis
from hbmlib.models import VaryingRegression
from hbmlib.sample import sample

Floats = NDArray[np.float64]

SOURCE_SD, SOURCE_DRAWS = 0.1, 10_000  # of the source's hierarchical run
BLOCK_SD = 0.5  # of every coordinate, chosen by eye; warm-up begins there too
ESS_TARGET = 400
PARTS = 20  # of a run, among which the first that suffices is sought
DIAGNOSED = 4000  # draws a chain that are diagnosed at most: a long run is thinned for it
SCALES = (2, 3, 4)  # the columns tau_alpha, tau_beta and sigma


def density_as_written(y: Floats, x: Floats, values: Floats) -> float:
    """Evaluate the source's log posterior by its own nesting: each row, then each observation.

    R's `apply` and `dnorm` become `apply_along_axis` and `scipy.stats.norm.pdf`.
    """
    n, m = y.shape
    alpha, beta = values[5 : 5 + n], values[5 + n :]

    def row(at: Floats) -> Floats:
        pairs = np.column_stack([at[:m], at[m : 2 * m]])
        return np.apply_along_axis(
            lambda seen: stats.norm.pdf(
                seen[0], at[2 * m] + at[2 * m + 1] * seen[1], values[SCALES[2]]
            ),
            1,
            pairs,
        )

    rows = np.apply_along_axis(row, 1, np.column_stack([y, x, alpha, beta]))
    return float(np.log(rows).sum()) + _log_prior(values, n)


def density_by_plain_loop(y: Floats, x: Floats, values: Floats) -> float:
    """Evaluate it by the leanest Python that still visits each observation."""
    n, m = y.shape
    alpha, beta = values[5 : 5 + n].tolist(), values[5 + n :].tolist()
    sigma = float(values[SCALES[2]])
    height, total = 1 / (sigma * math.sqrt(2 * math.pi)), 0.0
    seen_x, seen_y = x.tolist(), y.tolist()
    for i in range(n):
        for j in range(m):
            z = (seen_y[i][j] - alpha[i] - beta[i] * seen_x[i][j]) / sigma
            total += math.log(height * math.exp(-0.5 * z * z))
    return total + _log_prior(values, n)


def _log_prior(values: Floats, n: int) -> float:
    """Evaluate the source's log prior, a vector of parameters at a time as there."""
    mu_a, mu_b, tau_a, tau_b, sigma = values[:5]
    alpha, beta = values[5 : 5 + n], values[5 + n :]
    return float(
        np.log(stats.norm.pdf(alpha, mu_a, tau_a)).sum()
        + np.log(stats.norm.pdf(beta, mu_b, tau_b)).sum()
        + np.log(stats.norm.pdf([mu_a, mu_b], 0, 3)).sum()
        + np.log(stats.uniform.pdf([tau_a, tau_b, sigma], 0, 10)).sum()
    )


@dataclass(frozen=True, eq=False)
class NaturalScale:
    """The regression in the source's coordinates: the scales themselves, not their logarithms."""

    model: VaryingRegression

    @property
    def dim(self) -> int:
        """The number of parameters."""
        return self.model.dim

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return self.model.names

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...); -inf where a scale is not positive."""
        scales = q[..., SCALES]
        inside = (scales > 0).all(axis=-1)
        logs = np.log(np.where(inside[..., None], scales, 1.0))
        unbounded = q.copy()
        unbounded[..., SCALES] = logs
        return np.where(inside, self.model.logp(unbounded) - logs.sum(axis=-1), -np.inf)

    def constrain(self, q: Floats) -> Floats:
        """Return the parameters as they are."""
        return q

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Start as the source does, near the truth."""
        n = self.model.lines.n_groups
        middle = np.repeat([2.0, -2.0], [n, n])
        lines = middle + 0.75 * rng.standard_normal((size, 2 * n))
        mu = np.array([2.0, -2.0]) + 0.25 * rng.standard_normal((size, 2))
        tau = rng.uniform(0.75, 1.25, (size, 2))
        return np.column_stack([mu, tau, rng.uniform(1.75, 2.25, size), lines])


@dataclass(frozen=True)
class Scheme:
    """A sampler to run until its draws suffice."""

    name: str
    kernel: Callable[[], Any]
    warmup: int
    limit: int  # draws a chain after which it is given up
    first: int = 2000  # draws a chain to begin with


def _metropolis(problem: Problem, width: int) -> Metropolis:
    """Each population parameter alone, individuals in one array step, by pairs or singly."""
    model = problem.model
    J = model.lines.n_groups
    alpha = 5 + np.arange(J)
    sites = [np.column_stack([alpha, alpha + J])]
    if width == 1:
        sites = [alpha[:, None], alpha[:, None] + J]
    return Metropolis(model, BLOCK_SD, [*([k] for k in range(5)), *sites])


SCHEMES = [
    Scheme(
        "source: all at once",
        lambda: Metropolis(NaturalScale(regression_centred().model), SOURCE_SD),
        SOURCE_DRAWS // 5,
        limit=8 * SOURCE_DRAWS,
        first=8 * SOURCE_DRAWS,
    ),
    Scheme("blocked", lambda: _metropolis(regression_centred(), 2), 1000, 160_000),
    Scheme(
        "blocked and adapted",
        lambda: _metropolis(regression_centred(), 2),
        1000,
        160_000,
    ),
    Scheme("component-wise", lambda: _metropolis(regression_centred(), 1), 1000, 160_000),
    Scheme("non-centred", lambda: _metropolis(regression_75x5(), 2), 1000, 160_000),
    Scheme(
        "non-centred, component-wise",
        lambda: _metropolis(regression_75x5(), 1),
        1000,
        160_000,
    ),
    Scheme("Gibbs", lambda: Gibbs(regression_centred().model), 100, 160_000),
    Scheme("NUTS, non-centred", lambda: NUTS(regression_75x5().model), 1000, 16_000),
]
#: Schemes whose proposals stay as they were given.
UNTUNED = ("source: all at once", "blocked")


def reach(scheme: Scheme, seed: int, chains: int = 4) -> dict:
    """Run a scheme, longer each time, until R-hat < 1.01 and ESS >= 400 for every parameter.

    The same seed prolongs the same chains. The seconds are those of the shortest beginning that
    suffices, warm-up included, to a twentieth of the run.

    Returns
    -------
    dict
        Whether it was reached; if so, seconds of CPU and draws a chain.
    """
    kernel, draws = scheme.kernel(), scheme.first
    while True:
        before = cpu_seconds()
        run = _run(scheme, kernel, seed, draws, chains)
        cpu = cpu_seconds() - before
        if suffices(run):
            first = -(-draws * _first_part(run) // PARTS)
            seconds = cpu * (scheme.warmup + first) / (scheme.warmup + draws)
            return {"reached": True, "cpu": seconds, "draws": first}
        if draws >= scheme.limit:
            return {"reached": False, "cpu": cpu, "draws": draws} | worst(run)
        short = ESS_TARGET / max(worst(run)["ess"], 1.0)
        draws = min(scheme.limit, int(draws * min(8.0, max(1.5, 1.2 * short))))


def _first_part(run: Floats) -> int:
    """Find by bisection how many of a run's parts suffice."""
    low, high = 0, PARTS
    while high - low > 1:
        middle = (low + high) // 2
        enough = suffices(run[:, : -(-run.shape[1] * middle // PARTS)])
        low, high = (low, middle) if enough else (middle, high)
    return high


def _run(scheme: Scheme, kernel: Any, seed: int, draws: int, chains: int) -> Floats:
    lengths = {"chains": chains, "seed": seed, "progress": False}
    if scheme.name in UNTUNED:
        all_draws = sample(kernel, draws=scheme.warmup + draws, warmup=0, **lengths)
        return all_draws.values[:, scheme.warmup :]
    return sample(kernel, draws=draws, warmup=scheme.warmup, **lengths).values


def suffices(values: Floats) -> bool:
    """Whether every parameter has R-hat < 1.01 and a bulk ESS of at least 400."""
    found = worst(values)
    return found["rhat"] < RHAT_LIMIT and found["ess"] >= ESS_TARGET


def worst(values: Floats) -> dict[str, float]:
    """Return the largest R-hat and the smallest bulk ESS.

    Only every k-th draw of a long run is looked at, which loses little: where draws hardly move
    from one to the next, so does the ESS.
    """
    values = values[:, :: max(1, values.shape[1] // DIAGNOSED)]
    ess, rhat = diagnostics.ess_bulk(values), diagnostics.rhat(values)
    return {"ess": float(np.min(ess)), "rhat": float(np.max(rhat))}


def density_ratios(reps: int) -> dict[str, list[float]]:
    """Compare one log density of the library with the source's evaluation, taken in turn.

    Returns
    -------
    dict
        For each way of the source's, and for one point or 64 at once, the ratios of CPU time.
    """
    problem = regression_centred()
    model, (x, y) = problem.model, problem.observations
    many = model.initial(np.random.default_rng(1), 64)
    one, values = many[0], model.constrain(many[0])
    ratios: dict[str, list[float]] = {}
    for _ in range(reps):
        single = _each(lambda: model.logp(one), 500)
        each = _each(lambda: model.logp(many), 200) / len(many)
        for name, theirs, count in (
            ("as written", density_as_written, 2),
            ("plain loop", density_by_plain_loop, 50),
        ):
            spent = _each(lambda f=theirs: f(y, x, values), count)
            ratios.setdefault(f"{name}, one point", []).append(spent / single)
            ratios.setdefault(f"{name}, 64 points at once", []).append(spent / each)
    return ratios


def _each(call: Callable[[], Any], count: int) -> float:
    call()
    before = time.process_time()
    for _ in range(count):
        call()
    return (time.process_time() - before) / count
