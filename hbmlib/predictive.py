"""Predictions of the normal hierarchical model, and checks against the data.

Draws of the parameters come as arrays with any leading axes, such as (chain, draw) or (draw,);
the predictions keep them. The model is ``y_ij ~ N(theta_j, sigma)``, ``theta_j ~ N(mu, tau)``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, diagnostics

__all__ = [
    "NewGroups",
    "PredictiveCheck",
    "group_index",
    "new_groups",
    "new_observation",
    "predictive_check",
    "replicate",
]

Floats = NDArray[np.float64]
Seed = int | np.random.Generator


def group_index(sizes: ArrayLike) -> NDArray[np.int64]:
    """Say which group each observation belongs to, when groups stand one after the other.

    Parameters
    ----------
    sizes : array_like of int, shape (J,)
        How many observations each group has; 0 is allowed.

    Returns
    -------
    ndarray of int, shape (N,)
        The group 0, ..., J-1 of each of the N = sum(sizes) observations.

    Raises
    ------
    ValueError
        If a size is negative or not whole.

    Examples
    --------
    >>> group_index([2, 0, 3])
    array([0, 0, 2, 2, 2])
    """
    sizes = checks.whole("sizes", sizes, shape=("J",))
    return np.repeat(np.arange(len(sizes)), sizes)


def replicate(theta: ArrayLike, sigma: ArrayLike, group: ArrayLike, *, seed: Seed) -> Floats:
    """Draw replicated data: the same groups, observed again.

    Parameters
    ----------
    theta : array_like, shape (..., J)
        Draws of the group means.
    sigma : array_like, shape (...), () or (J,)
        Draws of the within-group sd, or its known value, or a known one for each group.
    group : array_like of int, shape (N,)
        The group 0, ..., J-1 of each observation. Groups may be absent.
    seed : int or numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    ndarray, shape (..., N)
        One replicated data set for each draw, in the order of `group`.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, `sigma` is negative, or `group` names a
        group that is not in `theta`.

    References
    ----------
    Gelman, Meng and Stern (1996), "Posterior predictive assessment of model fitness via realized
    discrepancies", Statistica Sinica 6.

    Examples
    --------
    >>> theta = np.array([[0.0, 10.0], [1.0, 11.0]])  # two draws, two groups
    >>> replicate(theta, 0.0, group=[1, 0, 0], seed=1)
    array([[10.,  0.,  0.],
           [11.,  1.,  1.]])
    """
    rng = _generator(seed)
    theta, sigma = _means_and_sds(theta, sigma)
    group = checks.whole("group", group, shape=("N",)) if np.size(group) else group_index([0])
    J = theta.shape[-1]
    if group.size and group.max() >= J:
        i = int(np.argmax(group >= J))
        raise ValueError(
            f"`group` must be from 0 to {J - 1}, one of the {J} groups in `theta`; got {group[i]} "
            f"at index {i}. Count groups from 0."
        )
    centre, sd = theta[..., group], sigma[..., group]
    return centre + sd * rng.standard_normal(centre.shape)


def new_observation(theta: ArrayLike, sigma: ArrayLike, *, seed: Seed) -> Floats:
    """Draw one new observation of each group.

    Parameters
    ----------
    theta : array_like, shape (..., J)
        Draws of the group means; a group never observed has them too.
    sigma : array_like, shape (...), () or (J,)
        Draws of the within-group sd, or its known value, or a known one for each group.
    seed : int or numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    ndarray, shape (..., J)
        A new y of each group, for each draw.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or `sigma` is negative.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 5.4.

    Examples
    --------
    >>> theta = np.random.default_rng(1).normal(5, 3, size=(20_000, 1))
    >>> new_observation(theta, 4.0, seed=2).std().round(1)  # the root of 9 + 16
    np.float64(5.0)
    """
    rng = _generator(seed)
    theta, sigma = _means_and_sds(theta, sigma)
    return theta + sigma * rng.standard_normal(theta.shape)


class NewGroups(NamedTuple):
    """Predictions for groups that were not in the data.

    Parameters
    ----------
    theta : ndarray, shape (..., K)
        The mean of each of K new groups, for each draw.
    y : ndarray, shape (..., N)
        Their observations, group after group; N is the sum of the sizes.
    group : ndarray of int, shape (N,)
        The new group 0, ..., K-1 of each observation.

    Examples
    --------
    >>> new = new_groups(mu=[5.0, 6.0], tau=0.0, sigma=0.0, sizes=[1, 2], seed=1)
    >>> new.theta
    array([[5., 5.],
           [6., 6.]])
    """

    theta: Floats
    y: Floats
    group: NDArray[np.int64]


def new_groups(
    mu: ArrayLike, tau: ArrayLike, sigma: ArrayLike, sizes: ArrayLike = 0, *, seed: Seed
) -> NewGroups:
    """Draw groups that were not in the data, and observations in them.

    Parameters
    ----------
    mu, tau, sigma : array_like, shape (...) or ()
        Draws of the population mean, the between-group and the within-group sd, or known values.
    sizes : array_like of int, shape (K,) or (), optional
        How many observations to draw in each new group; 0 draws only the group's mean. A single
        number means one new group.
    seed : int or numpy.random.Generator
        Where the random numbers come from.

    Returns
    -------
    NewGroups
        Means of shape (..., K), observations of shape (..., N) and their groups.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or an sd or a size is negative.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 5.4.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mu, tau = rng.normal(5, 0.5, size=10_000), np.full(10_000, 2.0)
    >>> new = new_groups(mu, tau, 3.0, sizes=[0, 4], seed=2)
    >>> new.theta.shape, new.y.shape, new.group
    ((10000, 2), (10000, 4), array([1, 1, 1, 1]))
    """
    rng = _generator(seed)
    mu = checks.finite("mu", mu)
    tau, sigma = checks.non_negative("tau", tau), checks.non_negative("sigma", sigma)
    mu, tau, sigma = _together(mu=mu, tau=tau, sigma=sigma)
    sizes = np.atleast_1d(checks.whole("sizes", sizes, shape=[("K",), ()]))
    group = group_index(sizes)
    theta = mu[..., None] + tau[..., None] * rng.standard_normal((*mu.shape, len(sizes)))
    centre = theta[..., group]
    return NewGroups(theta, centre + sigma[..., None] * rng.standard_normal(centre.shape), group)


@dataclass(frozen=True, eq=False)
class PredictiveCheck:
    """A statistic of the data beside the same statistic of replicated data.

    Parameters
    ----------
    observed : float or ndarray, shape (...)
        T of the data; an array when T depends on the parameters.
    replicated : ndarray, shape (...)
        T of each replicated data set.

    Examples
    --------
    >>> result = PredictiveCheck(observed=3.0, replicated=np.array([1.0, 2.0, 3.0, 4.0]))
    >>> result.p, result.ties
    (0.5, 0.25)
    """

    observed: float | Floats
    replicated: Floats

    @property
    def p(self) -> float:
        """p_B: the share of replications in which T is at least the observed one."""
        return float(np.mean(self.replicated >= self.observed))

    @property
    def ties(self) -> float:
        """The share of replications in which T equals the observed one, counted in `p`."""
        return float(np.mean(self.replicated == self.observed))

    @property
    def mcse(self) -> float:
        """Monte Carlo standard error of `p`, for axes (chain, draw) or (draw,)."""
        above = np.atleast_2d(self.replicated >= self.observed)
        return float(diagnostics.mcse_mean(above)) if above.ndim == 2 else float("nan")

    def __repr__(self) -> str:
        return f"<PredictiveCheck: p_B {self.p:.3f}, from {self.replicated.size} replications>"


def predictive_check(
    statistic: Callable[..., float],
    y: ArrayLike,
    replicated: ArrayLike,
    parameters: Mapping[str, ArrayLike] | None = None,
) -> PredictiveCheck:
    """Compare a statistic of the data with replicated data (a posterior predictive check).

    Parameters
    ----------
    statistic : callable
        T(y), a number from a data vector of shape (N,); with `parameters`, T(y, mu=..., ...).
    y : array_like, shape (N,)
        The data.
    replicated : array_like, shape (..., N)
        Replicated data, in the order of `y`.
    parameters : mapping of str to array_like, shape (...) or (..., K), optional
        Draws that T also takes, by the names of its arguments; their leading axes are those of
        `replicated`. T is then computed at each draw for the data too.

    Returns
    -------
    PredictiveCheck
        T of the data and of each replication, and p_B with its Monte Carlo error. A p_B near 0
        or 1 says that the model seldom produces such data; it is not the probability of the
        model.

    Raises
    ------
    ValueError
        If shapes do not fit, or `statistic` does not return one number that is not nan.

    References
    ----------
    Gelman, Meng and Stern (1996), as for `replicate`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.exponential(size=50)  # never negative
    >>> replicated = rng.normal(y.mean(), y.std(), size=(4, 500, 50))
    >>> predictive_check(np.min, y, replicated)
    <PredictiveCheck: p_B 0.000, from 2000 replications>
    """
    if not callable(statistic):
        raise ValueError(
            f"`statistic` must be a function of a data vector; got {statistic!r}. "
            "Pass np.max, not np.max(y)."
        )
    y = checks.finite("y", y, shape=("N",))
    replicated = checks.finite("replicated", replicated)
    if replicated.ndim < 2 or replicated.shape[-1] != len(y):
        raise ValueError(
            f"`replicated` must have shape (..., {len(y)}), its last axis as long as `y`; got "
            f"{replicated.shape}. Make it with replicate(..., group) for the groups of `y`."
        )
    leading = replicated.shape[:-1]
    given = {name: _leading(name, x, leading) for name, x in (parameters or {}).items()}
    fixed = None if given else _number(statistic(y), statistic)
    observed, repeated = np.empty(leading), np.empty(leading)
    for draw in np.ndindex(leading):
        now = {name: x[draw] for name, x in given.items()}
        repeated[draw] = _number(statistic(replicated[draw], **now), statistic)
        observed[draw] = _number(statistic(y, **now), statistic) if given else fixed
    return PredictiveCheck(observed if given else fixed, repeated)


def _generator(seed: Seed) -> np.random.Generator:
    if isinstance(seed, np.random.Generator):
        return seed
    return np.random.default_rng(int(checks.whole("seed", seed, shape=())))


def _means_and_sds(theta: ArrayLike, sigma: ArrayLike) -> tuple[Floats, Floats]:
    """Bring sds of one draw each, of one group each, or a single one to the shape of theta."""
    theta = checks.finite("theta", theta)
    sigma = checks.non_negative("sigma", sigma)
    if theta.ndim == 0:
        raise ValueError("`theta` must have shape (..., J); got a single number. Use [theta].")
    a_draw, a_group = sigma.shape == theta.shape[:-1], sigma.shape == theta.shape[-1:]
    if a_draw and a_group and sigma.ndim:
        raise ValueError(
            f"`sigma` of shape {sigma.shape} could be one sd a draw or one a group, for `theta` "
            f"has shape {theta.shape}. Pass sigma[:, np.newaxis] or sigma[np.newaxis]."
        )
    if a_draw:
        sigma = sigma[..., np.newaxis]
    elif not (a_group or sigma.ndim in (0, theta.ndim)):
        raise _sd_refusal(sigma, theta)
    try:
        return theta, np.broadcast_to(sigma, theta.shape)
    except ValueError:
        raise _sd_refusal(sigma, theta) from None


def _sd_refusal(sigma: Floats, theta: Floats) -> ValueError:
    return ValueError(
        f"`sigma` must be a number, one sd a draw, shape {theta.shape[:-1]}, or one a group, "
        f"shape {theta.shape[-1:]}; got shape {sigma.shape}. Take it from the draws of `theta`."
    )


def _together(**named: Floats) -> list[Floats]:
    """Bring arrays to their common shape; single numbers go with any."""
    shapes = {x.shape for x in named.values() if x.shape}
    if len(shapes) > 1:
        came = ", ".join(f"{name} {x.shape}" for name, x in named.items())
        raise ValueError(
            f"`mu`, `tau` and `sigma` must have one shape, or be single numbers; got {came}. "
            "Take them from the same draws."
        )
    return [np.broadcast_to(x, next(iter(shapes), ())) for x in named.values()]


def _leading(name: str, value: ArrayLike, leading: tuple[int, ...]) -> Floats:
    x = checks.finite(name, value)
    if x.shape[: len(leading)] != leading:
        raise ValueError(
            f"`parameters[{name!r}]` must have the leading axes of `replicated`, {leading}; got "
            f"{x.shape}. Take both from the same draws."
        )
    return x


def _number(value: Any, statistic: Callable[..., float]) -> float:
    if np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf" and not np.isnan(value):
        return float(value)
    came = f"shape {np.shape(value)}" if np.ndim(value) else repr(value)
    name = getattr(statistic, "__name__", "statistic")
    raise ValueError(
        f"`statistic` must return one number for a data vector; {name} returned {came}. "
        "Reduce the data to a single number."
    )
