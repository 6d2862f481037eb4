"""The sources' generating processes, drawn so that the page's JavaScript draws the same numbers.

Every draw starts from the 53-bit uniforms of the Mersenne Twister MT19937, seeded through NumPy's
`SeedSequence`. Normals come by Box and Muller's transform and Poisson counts by inversion, so a
seed means the same data in `hbmlib` and in a widget (``frontend/engine/simulate.js``).

References
----------
Box, G. E. P. and Muller, M. E. (1958). A note on the generation of random normal deviates.
*Annals of Mathematical Statistics*, 29(2), 610-611.

Matsumoto, M. and Nishimura, T. (1998). Mersenne Twister. *ACM Transactions on Modeling and
Computer Simulation*, 8(1), 3-30.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks

__all__ = [
    "CAPACITY",
    "LESSON_SIZES",
    "SimulatedGroups",
    "SimulatedIndividuals",
    "bolstad_individuals",
    "generator",
    "lesson_schools",
    "poisson",
    "reorder",
    "scholz_schools",
    "scholz_sizes",
    "schools",
    "standard_normal",
]

#: Observations drawn for each group, of which the first n_j are used.
CAPACITY = 100
#: Students in each of the lesson's eight schools.
LESSON_SIZES = (15, 22, 12, 18, 10, 25, 14, 20)
MAX_SEED = 2**32 - 1


class SimulatedGroups(NamedTuple):
    """Groups drawn from the normal hierarchical model, with the truth that made them.

    Attributes
    ----------
    y : ndarray of shape (N,)
        Observations, group after group.
    group : ndarray of int, shape (N,)
        The group of each observation, 0 to J - 1.
    theta : ndarray of shape (J,)
        True group means.
    sizes : ndarray of int, shape (J,)
        Observations in each group, n_j.
    mu, tau, sigma : float
        Population mean, between-group sd and within-group sd.
    """

    y: NDArray[np.float64]
    group: NDArray[np.int64]
    theta: NDArray[np.float64]
    sizes: NDArray[np.int64]
    mu: float
    tau: float
    sigma: float


class SimulatedIndividuals(NamedTuple):
    """A regression with an intercept and a slope for each individual.

    Attributes
    ----------
    x, y : ndarray of shape (individuals, observations)
        Predictor and outcome.
    alpha, beta : ndarray of shape (individuals,)
        True intercepts and slopes.
    sigma : float
        Sd of the outcome about each individual's line.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    alpha: NDArray[np.float64]
    beta: NDArray[np.float64]
    sigma: float


def generator(seed: int, stream: int = 0) -> np.random.Generator:
    """Return the generator of uniforms that the page can repeat.

    Parameters
    ----------
    seed : int
        From 0 to 4294967295.
    stream : int, optional
        Streams of the same seed are independent of each other.

    Returns
    -------
    numpy.random.Generator
        On MT19937. Draw from it only with ``rng.random()``: NumPy's other methods have no
        counterpart in the page.

    Raises
    ------
    ValueError
        If `seed` is not a whole number in that range, or `stream` not one from 0.

    Examples
    --------
    >>> generator(1).random(3).round(4)
    array([0.2407, 0.7296, 0.5584])
    """
    number = int(checks.whole("seed", seed, shape=()))
    if number > MAX_SEED:
        raise ValueError(
            f"`seed` must be a whole number from 0 to {MAX_SEED}; got {number}. "
            "Choose a smaller one."
        )
    stream = int(checks.whole("stream", stream, shape=()))
    return np.random.Generator(np.random.MT19937([number, stream] if stream else number))


def standard_normal(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Draw standard normals by Box and Muller's transform.

    Two uniforms make two normals: the first uniform gives their radius, the second their angle.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the uniforms, see `generator`.
    size : int
        How many to draw. For an odd number the last normal is drawn and dropped.

    Returns
    -------
    ndarray of shape (size,)

    Raises
    ------
    ValueError
        If `rng` is not a generator or `size` not a whole number.

    Examples
    --------
    >>> standard_normal(generator(1), 3).round(4)
    array([-0.0949, -0.736 , -1.2604])
    """
    size = int(checks.whole("size", size, shape=()))
    uniforms = checks.generator("rng", rng).random(2 * math.ceil(size / 2)).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log1p(-uniforms[:, 0]))
    angle = 2 * np.pi * uniforms[:, 1]
    pairs = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return pairs.ravel()[:size]


def poisson(rng: np.random.Generator, mean: float, size: int) -> NDArray[np.int64]:
    """Draw Poisson counts by inversion: the smallest count whose probability sum passes u.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the uniforms, see `generator`.
    mean : float
        Expected count, positive and at most 500 (beyond, exp(-mean) nears the smallest float).
    size : int
        How many to draw, one uniform each.

    Returns
    -------
    ndarray of int, shape (size,)

    Raises
    ------
    ValueError
        If `mean` is outside that range, `rng` is not a generator or `size` not a whole number.

    Examples
    --------
    >>> poisson(generator(1), 25, 5)
    array([21, 28, 26, 25, 20])
    """
    mean = float(checks.positive("mean", mean, shape=()))
    if mean > 500:
        raise ValueError(f"`mean` must be at most 500; got {mean:g}. Draw and add smaller ones.")
    counts = np.empty(int(checks.whole("size", size, shape=())), dtype=np.int64)
    for i, u in enumerate(checks.generator("rng", rng).random(counts.size)):
        count, probability = 0, math.exp(-mean)
        while u > probability and probability > 0:
            u -= probability
            count += 1
            probability *= mean / count
        counts[i] = count
    return counts


def reorder(rows: Sequence[ArrayLike], seed: int) -> list[NDArray[np.float64]]:
    """Put each group's observations in a random order.

    Parameters
    ----------
    rows : sequence of array_like
        The observations of each group.
    seed : int
        From 0 to 4294967295.

    Returns
    -------
    list of ndarray
        The same observations, group by group, in a new order.

    Raises
    ------
    ValueError
        If a group is empty or holds anything but finite numbers.

    Examples
    --------
    >>> reorder([[1, 2, 3], [4, 5]], seed=1)
    [array([1., 3., 2.]), array([5., 4.])]
    """
    rng = generator(seed)
    if not np.iterable(rows):
        raise ValueError(
            f"`rows` must be a sequence of groups; got {rows!r}. Give one list for each group."
        )
    rows = [checks.finite("rows", row, shape=("n",)) for row in rows]
    return [row[np.argsort(rng.random(row.size), kind="stable")] for row in rows]


def schools(
    sizes: ArrayLike,
    mu: float,
    tau: float,
    sigma: float,
    seed: int,
    capacity: int | None = None,
) -> SimulatedGroups:
    r"""Draw groups from the normal hierarchical model.

    .. math:: \theta_j \sim N(\mu, \tau), \qquad y_{ij} \sim N(\theta_j, \sigma).

    Each group has its own row of normals: the first makes its mean, the next its observations.
    The row is as long as `capacity` allows, whatever n_j is, so a group keeps its mean and its
    observations when its size, another group's size or the number of groups changes.

    Parameters
    ----------
    sizes : array_like of int, shape (J,)
        Observations in each group, n_j. Zero is allowed.
    mu : float
        Population mean.
    tau : float
        Between-group sd, zero or more.
    sigma : float
        Within-group sd, positive.
    seed : int
        From 0 to 4294967295.
    capacity : int, optional
        Observations drawn for each group, at least the largest size. The default is `CAPACITY`,
        or the largest size if that is more.

    Returns
    -------
    SimulatedGroups

    Raises
    ------
    ValueError
        If a size is not a whole number, a scale is out of range, or `capacity` is too small; or
        if a number drawn is too large to compute with.

    Examples
    --------
    >>> few = schools([2, 3], mu=5, tau=2, sigma=3, seed=1)
    >>> many = schools([4, 3, 5], mu=5, tau=2, sigma=3, seed=1)
    >>> bool((few.theta == many.theta[:2]).all() and (few.y[:2] == many.y[:2]).all())
    True
    """
    sizes = checks.whole("sizes", sizes, shape=("J",))
    mu = float(checks.finite("mu", mu, shape=()))
    tau = float(checks.non_negative("tau", tau, shape=()))
    sigma = float(checks.positive("sigma", sigma, shape=()))
    largest = int(sizes.max())
    if capacity is None:
        capacity = max(CAPACITY, largest)
    capacity = int(checks.whole("capacity", capacity, shape=()))
    if capacity < largest:
        raise ValueError(
            f"`capacity` must be at least the largest size, {largest}; got {capacity}. "
            "Raise it, or leave it out."
        )
    n_groups = sizes.size
    rows = standard_normal(generator(seed), n_groups * (1 + capacity)).reshape(n_groups, -1)
    used = np.arange(capacity) < sizes[:, np.newaxis]
    group = np.repeat(np.arange(n_groups), sizes)
    with np.errstate(over="ignore", invalid="ignore"):
        theta = mu + tau * rows[:, 0]
        y = theta[group] + sigma * rows[:, 1:][used]
    if not (np.isfinite(theta).all() and np.isfinite(y).all()):
        raise ValueError(
            "`mu`, `tau` and `sigma` must be of a size to compute with; "
            f"got {mu:g}, {tau:g} and {sigma:g}. Choose a larger unit."
        )
    return SimulatedGroups(y, group, theta, sizes, mu, tau, sigma)


def lesson_schools(seed: int) -> SimulatedGroups:
    """Draw the lesson's eight schools: mu 5, tau 2, sigma 3, with 10 to 25 students each.

    Parameters
    ----------
    seed : int
        From 0 to 4294967295.

    Returns
    -------
    SimulatedGroups

    Examples
    --------
    >>> lesson_schools(1).sizes
    array([15, 22, 12, 18, 10, 25, 14, 20])
    """
    return schools(LESSON_SIZES, mu=5, tau=2, sigma=3, seed=seed)


def scholz_sizes(seed: int) -> NDArray[np.int64]:
    """Draw the sizes of Scholz's twenty schools, n_j ~ Poisson(25).

    Parameters
    ----------
    seed : int
        From 0 to 4294967295. The sizes use a stream of their own, apart from the scores'.

    Returns
    -------
    ndarray of int, shape (20,)

    Examples
    --------
    >>> scholz_sizes(1).size
    20
    """
    return poisson(generator(seed, stream=1), 25, 20)


def scholz_schools(seed: int) -> SimulatedGroups:
    """Draw Scholz's twenty schools: effects N(0, 5), sigma 3, Poisson(25) students each.

    Parameters
    ----------
    seed : int
        From 0 to 4294967295.

    Returns
    -------
    SimulatedGroups

    References
    ----------
    Scholz, M. (2024). A gentle introduction to hierarchical Bayesian models.

    Examples
    --------
    >>> scholz_schools(1).theta.shape
    (20,)
    """
    return schools(scholz_sizes(seed), mu=0, tau=5, sigma=3, seed=seed)


def bolstad_individuals(
    seed: int, individuals: int = 75, observations: int = 5, sigma: float = 2.0
) -> SimulatedIndividuals:
    r"""Draw Bølstad's individuals, each with an intercept and a slope of its own.

    .. math:: \alpha_i \sim N(2, 1), \quad \beta_i \sim N(-2, 1), \quad x_{ij} \sim N(0, 1),
              \quad y_{ij} \sim N(\alpha_i + \beta_i x_{ij}, \sigma).

    Parameters
    ----------
    seed : int
        From 0 to 4294967295.
    individuals, observations : int, optional
        How many individuals, and how many observations of each; at least 1.
    sigma : float, optional
        Sd of the outcome about each individual's line, positive; Bølstad's is 2.

    Returns
    -------
    SimulatedIndividuals

    Raises
    ------
    ValueError
        If a number is not of its kind.

    References
    ----------
    Bølstad, J. (2018). The benefits of Bayesian hierarchical modeling: comparing partially pooled
    and unpooled models in R. *Playing with Numbers*.

    Examples
    --------
    >>> bolstad_individuals(1).y.shape
    (75, 5)
    """
    m = int(checks.whole("individuals", individuals, minimum=1, shape=()))
    n = int(checks.whole("observations", observations, minimum=1, shape=()))
    sigma = float(checks.positive("sigma", sigma, shape=()))
    alpha, beta, x, noise = np.split(
        standard_normal(generator(seed), 2 * m + 2 * m * n), np.cumsum([m, m, m * n])
    )
    alpha, beta, x, noise = 2 + alpha, -2 + beta, x.reshape(m, n), noise.reshape(m, n)
    y = alpha[:, np.newaxis] + beta[:, np.newaxis] * x + sigma * noise
    return SimulatedIndividuals(x, y, alpha, beta, sigma)
