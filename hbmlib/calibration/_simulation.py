"""The loop of calibration: parameters, data, a fit, and the ranks of the parameters in it."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hbmlib import diagnostics

__all__ = ["LIKELIHOOD", "Problem", "Ranks", "Sampler", "simulate"]

Floats = NDArray[np.float64]

LIKELIHOOD = "log_likelihood"
SPARE = 2  # effective draws asked of a fit for each one kept


class Problem(Protocol):
    """A model to be fitted to its own data: a proper prior, and how data arise.

    It need not share code with the model that is fitted, and had better not.

    Attributes
    ----------
    names : tuple of str
        Names of the quantities.
    """

    names: tuple[str, ...]

    def draw(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw parameters from the prior: (size, quantity)."""

    def simulate(self, rng: np.random.Generator, values: Floats) -> Floats:
        """Draw a data set for each row of parameters: (size, ...)."""

    def log_likelihood(self, values: Floats, data: Floats) -> Floats:
        """Log likelihood of each data set: (size, draw, quantity), (size, ...) -> (size, draw)."""

    def model(self, data: Floats) -> Any:
        """Make the model of one data set; only `Chains` asks for it."""


class Sampler(Protocol):
    """What fits a problem.

    Attributes
    ----------
    draws : int or None
        Draws of each chain to begin with; None if draws are independent.
    doublings : int
        How often a fit may be made again, twice as long, before it is taken as it is. Where draws
        are independent, none is.
    """

    draws: int | None
    doublings: int

    def fit(
        self, problem: Problem, data: Floats, draws: int, seed: np.random.SeedSequence
    ) -> Floats:
        """Draw from the posterior of each data set: (size, chain, draw, quantity)."""


class Ranks(NamedTuple):
    """What some simulations gave.

    Attributes
    ----------
    ranks : ndarray of int, shape (size, quantity)
        How many of the draws kept are below the value that the data came from.
    short : int
        Number of simulations whose draws were still worth too little at their greatest length.
    """

    ranks: NDArray[np.int64]
    short: int


def simulate(
    problem: Problem, sampler: Sampler, size: int, n_draws: int, seed: np.random.SeedSequence
) -> Ranks:
    """Simulate and fit some data sets, and rank the parameters that they came from.

    The last quantity is the log likelihood. A sampler that forgets the data, and so draws from
    the prior, has flat ranks in all parameters; this one gives it away.

    Parameters
    ----------
    problem : Problem
        Where parameters and data come from.
    sampler : Sampler
        What fits them.
    size : int
        Number of data sets.
    n_draws : int
        Draws to keep of each fit, spaced evenly over a fit of at least twice as many effective
        draws.
    seed : numpy.random.SeedSequence
        The source of all randomness.

    Returns
    -------
    Ranks
        Each between 0 and `n_draws`; ties are broken at random.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference
    algorithms with simulation-based calibration", arXiv:1804.06788.

    Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman and Vehtari (2023),
    "Simulation-based calibration checking for Bayesian computation: the choice of test
    quantities shapes sensitivity", Bayesian Analysis, for the likelihood as a quantity.
    """
    nature, fits = seed.spawn(2)
    rng = np.random.default_rng(nature)
    truth = problem.draw(rng, size)
    data = problem.simulate(rng, truth)
    kept, short = _fit(problem, sampler, data, n_draws, fits)
    truth = _with_likelihood(problem, truth[:, None, :], data)
    below, ties = (kept < truth).sum(axis=1), (kept == truth).sum(axis=1)
    return Ranks(below + rng.integers(0, ties, endpoint=True), short)


def _fit(
    problem: Problem,
    sampler: Sampler,
    data: Floats,
    n_draws: int,
    seed: np.random.SeedSequence,
) -> tuple[Floats, int]:
    """Return nearly independent draws, (size, n_draws, quantity); short fits are made longer."""
    kept = np.empty((len(data), n_draws, len(problem.names) + 1))
    todo, length = np.arange(len(data)), sampler.draws or n_draws
    for doubling, child in enumerate(seed.spawn(1 + sampler.doublings)):
        values = sampler.fit(problem, data[todo], length << doubling, child)
        size, chains, draws, _ = values.shape
        flat = _with_likelihood(problem, values.reshape(size, chains * draws, -1), data[todo])
        evenly = ((np.arange(n_draws) + 0.5) * chains * draws / n_draws).astype(int)
        kept[todo] = flat[:, evenly]
        if sampler.draws is None:
            return kept, 0
        todo = todo[_worth(flat.reshape(size, chains, draws, -1)) < SPARE * n_draws]
        if not len(todo):
            break
    return kept, len(todo)


def _worth(values: Floats) -> Floats:
    """Effective draws of the worst quantity: (size, chain, draw, quantity) -> (size)."""
    ess = diagnostics.ess_bulk(np.moveaxis(values, 0, 2))
    moved = np.ptp(values, axis=(1, 2)) > 0  # constants count as independent
    return np.where(moved, np.nan_to_num(ess), 0.0).min(axis=-1)


def _with_likelihood(problem: Problem, values: Floats, data: Floats) -> Floats:
    return np.concatenate([values, problem.log_likelihood(values, data)[..., None]], axis=-1)
