"""Targets with exact answers, and the one judge of whether a sampler meets them.

The judge takes several seeds. For every quantity it divides the error of the mean by its Monte
Carlo standard error, for each seed and for all seeds together. Under a right sampler such a
z-score is about standard normal; the limit is set so that a right sampler fails once in a
thousand runs of the judge, over all quantities together (Bonferroni). Chains must also agree.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc, digamma, gammaln, ndtri, polygamma

from hbmlib import diagnostics
from hbmlib.draws import Draws
from hbmlib.sample import sample
from hbmlib.targets import Gaussian

FALSE_ALARM = 1e-3
RHAT_LIMIT = 1.01


class Quantity(NamedTuple):
    """A function of the draws by name, and its exact mean."""

    of: Callable[[Mapping[str, np.ndarray]], np.ndarray]
    mean: float


def faults(
    kernel: object, truth: Mapping[str, Quantity], seeds: Sequence[int] = range(4), **settings
) -> list[str]:
    """Say what is wrong with a sampler's draws; an empty list says nothing is."""
    runs = [sample(kernel, seed=seed, progress=False, **settings) for seed in seeds]
    return judge(runs, truth)


def judge(runs: Sequence[Draws], truth: Mapping[str, Quantity]) -> list[str]:
    z = np.array([[_z(q.of(draws), q.mean) for q in truth.values()] for draws in runs])
    z = np.vstack([z, z.sum(axis=0) / np.sqrt(len(runs))])  # the last row: all seeds together
    limit = -ndtri(FALSE_ALARM / 2 / z.size)
    wrong = [
        f"z = {z[row, column]:.1f} for {name}, beyond {limit:.1f}"
        for row, column in np.argwhere(~(np.abs(z) < limit))
        for name in [list(truth)[column]]
    ]
    for draws in runs:
        worst = np.max(diagnostics.rhat(draws.values))
        if not worst < RHAT_LIMIT:
            wrong.append(f"R-hat = {worst:.2f}")
    return wrong


def _z(values: np.ndarray, mean: float) -> float:
    return (values.mean() - mean) / diagnostics.mcse_mean(values)


def asymmetry(before: np.ndarray, after: np.ndarray, edges: np.ndarray) -> float:
    """p-value of Bowker's test that moves from bin i to j are as frequent as from j to i.

    Independent pairs that start in equilibrium are symmetric if the kernel satisfies detailed
    balance.
    """
    size = len(edges) + 1
    code = np.searchsorted(edges, before) * size + np.searchsorted(edges, after)
    moves = np.bincount(code, minlength=size**2).reshape(size, size)
    upper = np.triu_indices(size, 1)
    there, back = moves[upper], moves.T[upper]
    used = there + back > 0
    statistic = ((there - back)[used] ** 2 / (there + back)[used]).sum()
    return float(chdtrc(used.sum(), statistic))


GAUSSIAN = Gaussian(
    [1.0, -20.0, 0.3],
    np.diag([0.1, 30.0, 2.0])
    @ np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
    @ np.diag([0.1, 30.0, 2.0]),
)


def gaussian_truth(target: Gaussian) -> dict[str, Quantity]:
    """Means and all second moments about them, of coordinates in units of their sd."""
    sd = np.sqrt(np.diag(target.cov))

    def unit(draws: Mapping[str, np.ndarray], i: int) -> np.ndarray:
        return (draws["x"][..., i] - target.mean[i]) / sd[i]

    correlation = target.cov / np.outer(sd, sd)
    truth = {f"x[{i}]": Quantity(lambda d, i=i: unit(d, i), 0.0) for i in range(target.dim)}
    for i in range(target.dim):
        for j in range(i + 1):
            truth[f"x[{i}] x[{j}]"] = Quantity(
                lambda d, i=i, j=j: unit(d, i) * unit(d, j), correlation[i, j]
            )
    return truth


@dataclass(frozen=True)
class LogGamma:
    """The logarithm of a gamma value: skewed, with a heavy left and a light right tail."""

    shape: float = 0.8
    dim: int = 1
    names: tuple[str, ...] = ("x",)

    def logp(self, q):
        return (self.shape * q - np.exp(q) - gammaln(self.shape))[..., 0]

    def logp_and_grad(self, q):
        return self.logp(q), self.shape - np.exp(q)

    def constrain(self, q):
        return q

    def initial(self, rng, size):
        return rng.uniform(-3, 2, size=(size, 1))

    def truth(self):
        mean, variance = digamma(self.shape), polygamma(1, self.shape)
        return {
            "x": Quantity(lambda d: d["x"], mean),
            "variance of x": Quantity(lambda d: (d["x"] - mean) ** 2, variance),
            "exp x": Quantity(lambda d: np.exp(d["x"]), self.shape),
        }


@dataclass(frozen=True)
class ConjugateNormal:
    """Normal data with unknown mean and sd under the conjugate prior.

    mu given sigma is N(0, sigma²/k) and sigma² is inverse-gamma(a, b). The coordinates are mu and
    log sigma. `faulty` names a part to get wrong.
    """

    y: tuple[float, ...] = (52.0, 61.0, 47.0, 55.0, 70.0, 66.0, 49.0)
    k: float = 0.01
    a: float = 2.0
    b: float = 90.0
    faulty: str = ""
    dim: int = 2
    names: tuple[str, ...] = ("mu", "sigma")
    posterior: tuple[float, ...] = field(init=False)

    def __post_init__(self):
        y, n = np.array(self.y), len(self.y)
        k = self.k + n
        m = y.sum() / k
        b = self.b + 0.5 * (y**2).sum() - 0.5 * k * m**2
        object.__setattr__(self, "posterior", (m, k, self.a + n / 2, b))

    def logp(self, q):
        m, k, a, b = self.posterior
        mu, log_sigma = q[..., 0], q[..., 1]
        rate = b + 0.5 * k * (mu - m) ** 2
        jacobian = 0 if self.faulty == "jacobian" else 2 * log_sigma  # of sigma² by log sigma
        return -(2 * a + 3) * log_sigma - rate * np.exp(-2 * log_sigma) + jacobian

    def logp_and_grad(self, q):
        m, k, a, b = self.posterior
        away, precision = q[..., 0] - m, np.exp(-2 * q[..., 1])
        by_log_sigma = 2 * precision * (b + 0.5 * k * away**2) - (2 * a + 3)
        by_log_sigma += 0 if self.faulty == "jacobian" else 2
        return self.logp(q), np.stack([-k * away * precision, by_log_sigma], axis=-1)

    def constrain(self, q):
        return np.stack([q[..., 0], np.exp(q[..., 1])], axis=-1)

    def initial(self, rng, size):
        return np.stack([rng.normal(60, 20, size), rng.normal(2, 1, size)], axis=-1)

    @property
    def conditionals(self):
        m, k, a, b = self.posterior

        def mu(rng, x):
            variance = x["sigma"] ** 2 / k
            spread = 1 / variance if self.faulty == "precision" else np.sqrt(variance)
            return m + spread * rng.standard_normal(spread.shape)

        def sigma(rng, x):
            rate = b + 0.5 * k * (x["mu"] - m) ** 2
            return np.sqrt(rate / rng.gamma(a + 0.5, size=rate.shape))

        return {"mu": mu, "sigma": sigma}

    def gibbs_state(self, values):
        return {"mu": values[:, 0], "sigma": values[:, 1]}

    def truth(self):
        m, k, a, b = self.posterior
        variance = b / (a - 1)
        return {
            "mu": Quantity(lambda d: d["mu"], m),
            "variance of mu": Quantity(lambda d: (d["mu"] - m) ** 2, variance / k),
            "sigma²": Quantity(lambda d: d["sigma"] ** 2, variance),
            "log sigma²": Quantity(lambda d: 2 * np.log(d["sigma"]), np.log(b) - digamma(a)),
        }
