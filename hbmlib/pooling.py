"""Complete, no and partial pooling of group means, given the scales.

The model is ``y_ij ~ N(theta_j, sigma)`` and ``theta_j ~ N(mu, tau)``. All three strategies need
only each group's size, mean and sum of squares, so that is what they take.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc

from hbmlib import checks

__all__ = [
    "Anova",
    "Estimate",
    "GroupSummaries",
    "anova",
    "complete",
    "from_means",
    "grand_mean",
    "none",
    "partial",
    "shrinkage_weight",
    "summarise",
    "within_sd",
]


@dataclass(frozen=True, eq=False)
class GroupSummaries:
    """The sufficient statistics of normal observations in J groups.

    Parameters
    ----------
    labels : sequence of hashable, length J
        One distinct name for each group.
    n : array_like of int, shape (J,)
        How many observations each group has; 0 is allowed.
    mean : array_like, shape (J,)
        The mean of each group's observations; nan where `n` is 0.
    ss : array_like, shape (J,)
        The sum of squares of each group's observations about their own mean; 0 where `n` is
        0 or 1.

    Raises
    ------
    ValueError
        If there is no group, the lengths differ, a label is repeated, or a number cannot be
        what it is called.

    Examples
    --------
    >>> groups = GroupSummaries(["A", "B"], n=[3, 1], mean=[4.0, 7.5], ss=[2.0, 0.0])
    >>> groups.n_groups, groups.n_total
    (2, 4)
    """

    labels: tuple[Hashable, ...]
    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    ss: NDArray[np.float64]

    def __post_init__(self) -> None:
        labels = _labels(self.labels)
        J = len(labels)
        n = checks.whole("n", self.n, shape=(J,))
        mean = np.array(self.mean, dtype=object)
        if mean.shape == (J,):
            mean = np.where(n == 0, 0.0, mean)  # the mean of no observations is not looked at
        mean = checks.finite("mean", mean, (J,), "A group's mean may be nan only where `n` is 0.")
        ss = checks.non_negative("ss", self.ss, (J,))
        spread = (n <= 1) & (ss > 0)
        if spread.any():
            j = int(np.argmax(spread))
            raise ValueError(
                f"`ss` must be 0 where `n` is 0 or 1; got {ss[j]:g} at index {j}. "
                "One observation has no spread about its own mean."
            )
        mean[n == 0] = np.nan
        for name, array in (("n", n), ("mean", mean), ("ss", ss)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "labels", labels)

    @property
    def n_groups(self) -> int:
        """The number of groups J, empty ones included."""
        return len(self.labels)

    @property
    def n_total(self) -> int:
        """The number of observations in all groups."""
        return int(self.n.sum())


class Estimate(NamedTuple):
    """The mean and sd of a normal estimate.

    Parameters
    ----------
    mean : ndarray, shape () or (J,)
        The estimate, on the scale of the observations.
    sd : ndarray, shape () or (J,)
        Its standard deviation.

    Examples
    --------
    >>> Estimate(mean=4.0, sd=0.5).sd
    0.5
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


class Anova(NamedTuple):
    """A one-way analysis of variance.

    Parameters
    ----------
    F : float
        The mean square between groups over the mean square within them.
    df_between, df_within : int
        The degrees of freedom.
    p : float
        The probability of an F at least as large when all group means are equal.
    ms_between, ms_within : float
        The two mean squares, on the squared scale of the observations.

    Examples
    --------
    >>> groups = summarise([1, 2, 3, 5, 6, 7], list("aaabbb"))
    >>> anova(groups).df_within
    4
    """

    F: float
    df_between: int
    df_within: int
    p: float
    ms_between: float
    ms_within: float


def summarise(
    y: ArrayLike, group: Sequence[Hashable], labels: Sequence[Hashable] | None = None
) -> GroupSummaries:
    """Reduce observations to the size, mean and sum of squares of each group.

    Parameters
    ----------
    y : array_like, shape (N,)
        The observations.
    group : sequence of hashable, length N
        The group of each observation.
    labels : sequence of hashable, optional
        The groups in the order wanted. A label without observations becomes an empty group. By
        default the groups that occur, sorted.

    Returns
    -------
    GroupSummaries
        One entry for each group.

    Raises
    ------
    ValueError
        If `y` is not finite, `y` and `group` differ in length, or a group is not in `labels`.

    Examples
    --------
    >>> groups = summarise([4, 6, 9], ["A", "A", "B"], labels=["A", "B", "C"])
    >>> groups.n, groups.mean, groups.ss
    (array([2, 1, 0]), array([ 5.,  9., nan]), array([2., 0., 0.]))
    """
    y = checks.finite("y", y, shape=("N",))
    group = checks.labels("group", group)
    checks.same_length(y=y, group=group)
    labels = _labels(_in_order(set(group)) if labels is None else labels)
    position = {label: j for j, label in enumerate(labels)}
    strays = [label for label in group if label not in position]
    if strays:
        raise ValueError(
            f"`group` must hold only groups named in `labels`; got {strays[0]!r} at index "
            f"{group.index(strays[0])}. Add it to `labels` or drop its observations."
        )
    index = np.array([position[label] for label in group])
    n = np.bincount(index, minlength=len(labels))
    size = np.maximum(n, 1)
    mean = np.bincount(index, y, len(labels)) / size
    mean += np.bincount(index, y - mean[index], len(labels)) / size
    ss = np.bincount(index, (y - mean[index]) ** 2, len(labels))
    return GroupSummaries(labels, n, mean, np.where(n > 1, ss, 0.0))


def from_means(
    mean: ArrayLike,
    n: ArrayLike = 1,
    ss: ArrayLike = 0.0,
    labels: Sequence[Hashable] | None = None,
) -> GroupSummaries:
    """Take group means as they were published.

    Parameters
    ----------
    mean : array_like, shape (J,)
        The group means.
    n : array_like of int, shape () or (J,), optional
        The group sizes. With 1, the default, each mean counts as one observation, whose known sd
        is the published standard error.
    ss : array_like, shape () or (J,), optional
        The sums of squares about the means.
    labels : sequence of hashable, optional
        The names of the groups; by default 0 to J - 1.

    Returns
    -------
    GroupSummaries
        One entry for each mean.

    Raises
    ------
    ValueError
        As `GroupSummaries`.

    Examples
    --------
    >>> from_means([28, 8, -3], labels="ABC").labels
    ('A', 'B', 'C')
    """
    J = np.size(mean)
    n = checks.whole("n", n, shape=[(), (J,)])
    ss = checks.non_negative("ss", ss, shape=[(), (J,)])
    labels = range(J) if labels is None else labels
    return GroupSummaries(labels, np.broadcast_to(n, J), mean, np.broadcast_to(ss, J))


def complete(groups: GroupSummaries, sigma: ArrayLike) -> Estimate:
    """Pool completely: one mean for all groups.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero add nothing.
    sigma : array_like, shape () or (J,)
        The sd of an observation within its group, common or one for each group.

    Returns
    -------
    Estimate
        The precision-weighted mean of all observations and its sd, each of shape ().

    Raises
    ------
    ValueError
        If `sigma` is not positive, or no group has an observation.

    Examples
    --------
    >>> groups = from_means([4.0, 10.0], n=[2, 1])
    >>> complete(groups, sigma=3.0).mean
    np.float64(6.0)
    """
    sigma = _sigma(groups, sigma)
    has_data = _with_data(groups)
    scale = sigma.min()
    weight = (groups.n / (sigma / scale) ** 2)[has_data]
    mean = weight @ groups.mean[has_data] / weight.sum()
    return Estimate(mean, scale / np.sqrt(weight.sum()))


def none(groups: GroupSummaries, sigma: ArrayLike) -> Estimate:
    """Do not pool: each group keeps its own mean.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one observation in each group.
    sigma : array_like, shape () or (J,)
        The sd of an observation within its group, common or one for each group.

    Returns
    -------
    Estimate
        Each group's own mean and its sd ``sigma / sqrt(n)``, each of shape (J,).

    Raises
    ------
    ValueError
        If `sigma` is not positive, or a group has no observation.

    Examples
    --------
    >>> none(from_means([4.0, 10.0], n=[4, 1]), sigma=3.0)
    Estimate(mean=array([ 4., 10.]), sd=array([1.5, 3. ]))
    """
    sigma = _sigma(groups, sigma)
    if (groups.n == 0).any():
        j = int(np.argmin(groups.n))
        raise ValueError(
            f"`groups` must have at least one observation each; got group {groups.labels[j]!r} "
            "with none. Drop it, or use partial pooling, which has an answer for it."
        )
    return Estimate(groups.mean.copy(), sigma / np.sqrt(groups.n))


def partial(groups: GroupSummaries, mu: ArrayLike, tau: ArrayLike, sigma: ArrayLike) -> Estimate:
    """Pool partially: the posterior of each group mean, conditional on the population.

    Parameters
    ----------
    groups : GroupSummaries
        The data; a group of size zero gets the population's mean and sd.
    mu : array_like, shape () or (J,)
        The population mean, or the mean expected of each group.
    tau : array_like, shape ()
        The sd between groups, 0 or more.
    sigma : array_like, shape () or (J,)
        The sd of an observation within its group, common or one for each group.

    Returns
    -------
    Estimate
        The posterior means and sds of ``theta`` given `mu`, `tau` and `sigma`, shape (J,).

    Raises
    ------
    ValueError
        If `mu` is not finite, `tau` is negative or `sigma` is not positive.

    References
    ----------
    A. Gelman and J. Hill (2007), *Data Analysis Using Regression and Multilevel/Hierarchical
    Models*, section 12.2. Cambridge University Press.

    Examples
    --------
    >>> partial(from_means([4.0, 10.0], n=[4, 1]), mu=8.0, tau=1.5, sigma=3.0)
    Estimate(mean=array([6. , 8.4]), sd=array([1.06066017, 1.34164079]))
    """
    sigma = _sigma(groups, sigma)
    mu = checks.finite("mu", mu, shape=[(), (groups.n_groups,)])
    tau = checks.non_negative("tau", tau, shape=())
    weight = shrinkage_weight(groups.n, tau, sigma)
    own = np.where(groups.n > 0, groups.mean, 0.0)
    error = sigma / np.sqrt(np.maximum(groups.n, 1))
    sd = np.where(groups.n > 0, np.sqrt(weight) * error, tau)
    return Estimate(weight * own + (1 - weight) * mu, sd)


def shrinkage_weight(n: ArrayLike, tau: ArrayLike, sigma: ArrayLike) -> NDArray[np.float64]:
    """Compute the weight that partial pooling leaves on a group's own mean.

    It is ``lambda_j = tau**2 / (tau**2 + sigma**2 / n_j)``: near 1 for a large group, 0 for an
    empty one. A small weight shrinks more.

    Parameters
    ----------
    n : array_like of int
        Group sizes, 0 or more.
    tau : array_like
        The sd between groups, 0 or more.
    sigma : array_like
        The sd within groups, positive.

    Returns
    -------
    ndarray
        Weights from 0 to 1, of the shape that the arguments broadcast to.

    Raises
    ------
    ValueError
        If an argument lies outside its range, or the shapes do not broadcast.

    References
    ----------
    S. W. Raudenbush and A. S. Bryk (2002), *Hierarchical Linear Models*, second edition,
    chapter 3, where the weight is called reliability. Sage.

    Examples
    --------
    >>> shrinkage_weight([0, 1, 4], tau=1.5, sigma=3.0)
    array([0. , 0.2, 0.5])
    """
    n = checks.whole("n", n)
    tau = checks.non_negative("tau", tau)
    sigma = checks.positive("sigma", sigma)
    try:
        n, tau, sigma = np.broadcast_arrays(n, tau, sigma)
    except ValueError:
        raise ValueError(
            "`n`, `tau` and `sigma` must have shapes that go together; got "
            f"{n.shape}, {tau.shape} and {sigma.shape}. Pass single numbers or equal shapes."
        ) from None
    with np.errstate(divide="ignore"):
        error = sigma / np.sqrt(n)
    return (tau / np.hypot(tau, error)) ** 2


def within_sd(groups: GroupSummaries) -> float:
    """Estimate the common sd within groups from the pooled sum of squares.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one group of two or more observations.

    Returns
    -------
    float
        The square root of the mean square within groups, on the scale of the observations.

    Raises
    ------
    ValueError
        If no group has two observations.

    Examples
    --------
    >>> within_sd(summarise([1, 2, 3, 5, 6, 7], list("aaabbb")))
    1.0
    """
    return float(np.sqrt(groups.ss.sum() / _df_within(groups)))


def anova(groups: GroupSummaries) -> Anova:
    """Test whether all group means are equal by one-way analysis of variance.

    Parameters
    ----------
    groups : GroupSummaries
        The data; groups of size zero are left out.

    Returns
    -------
    Anova
        F, its degrees of freedom, the p-value and the mean squares.

    Raises
    ------
    ValueError
        If fewer than two groups have observations, no group has two, or no group varies.

    References
    ----------
    R. A. Fisher (1925), *Statistical Methods for Research Workers*, chapter 7. Oliver and Boyd.

    Examples
    --------
    >>> result = anova(summarise([1, 2, 3, 5, 6, 7], list("aaabbb")))
    >>> result.F, result.df_between, result.df_within, round(result.p, 4)
    (24.0, 1, 4, 0.008)
    """
    has_data = _with_data(groups)
    df_between = int(has_data.sum()) - 1
    if df_between < 1:
        raise ValueError(
            "`groups` must have observations in at least two groups; got one. "
            "An analysis of variance compares groups."
        )
    df_within = _df_within(groups)
    ms_within = float(groups.ss.sum() / df_within)
    if ms_within == 0:
        raise ValueError(
            "`groups` must vary within at least one group; got none that does. "
            "F divides by the mean square within groups."
        )
    deviation = groups.mean[has_data] - grand_mean(groups)
    ms_between = float(groups.n[has_data] @ deviation**2 / df_between)
    F = ms_between / ms_within
    p = float(fdtrc(df_between, df_within, F))
    return Anova(F, df_between, df_within, p, ms_between, ms_within)


def grand_mean(groups: GroupSummaries) -> float:
    """Average all observations, whatever their group.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one observation.

    Returns
    -------
    float
        The mean of the group means, weighted by size.

    Raises
    ------
    ValueError
        If no group has an observation.

    Examples
    --------
    >>> grand_mean(from_means([4.0, 10.0], n=[2, 1]))
    6.0
    """
    has_data = _with_data(groups)
    return float(groups.n[has_data] @ groups.mean[has_data] / groups.n_total)


def _with_data(groups: GroupSummaries) -> NDArray[np.bool_]:
    if groups.n_total == 0:
        raise ValueError(
            "`groups` must have at least one observation; got none. "
            "Use partial pooling, which answers with the population."
        )
    return groups.n > 0


def _df_within(groups: GroupSummaries) -> int:
    df = int(np.maximum(groups.n - 1, 0).sum())
    if df == 0:
        raise ValueError(
            "`groups` must have two observations in at least one group; got at most one in each. "
            "The sd within groups cannot be estimated: pass a known `sigma` instead."
        )
    return df


def _sigma(groups: GroupSummaries, sigma: ArrayLike) -> NDArray[np.float64]:
    sigma = checks.positive("sigma", sigma, shape=[(), (groups.n_groups,)])
    return np.broadcast_to(sigma, groups.n_groups)


def _in_order(labels: set[Hashable]) -> list[Hashable]:
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=str)


def _labels(labels: Sequence[Hashable]) -> tuple[Hashable, ...]:
    labels = tuple(checks.labels("labels", labels))
    if not labels:
        raise ValueError("`labels` must name at least one group; got none. Pass some data.")
    if len(set(labels)) < len(labels):
        repeated = next(label for label in labels if labels.count(label) > 1)
        raise ValueError(
            f"`labels` must be distinct; got {repeated!r} twice. Rename one of the groups."
        )
    return labels
