"""James and Stein's estimator of many normal means, and its exact risk.

The model is ``y_j ~ N(theta_j, sigma)`` with one known sigma for all J means. Estimators move
``y`` towards a point by a weight that they learn from the distance of ``y`` to it. Risks are
expected *total* squared errors. They depend on theta only through its squared distance from the
point, and follow from Stein's unbiased estimate of risk, whose expectation is taken under a
noncentral chi-square distribution with noncentrality delta: a mixture of central ones with
``J + 2k`` degrees of freedom, where k is Poisson with mean ``delta / 2``. The mean of
``(J - 2) / S`` is Kummer's function ``1F1(1; J / 2; -delta / 2)``.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammainc, gammaln, hyp1f1, xlogy

from hbmlib import checks

__all__ = ["bayes_risk", "james_stein", "mle", "positive_part", "risk", "weight"]

Floats = NDArray[np.float64]
Estimator = Literal["mle", "james-stein", "positive-part", "oracle", "bayes"]
#: From this squared distance on, in units of sigma, Kummer's function has its limiting form.
#: SciPy's gives nan from 1e12 on when J is near 40.
FARTHEST = 1e10


def mle(y: ArrayLike) -> Floats:
    """Estimate each mean by its own observation: maximum likelihood, no shrinking.

    Parameters
    ----------
    y : array_like, shape (..., J)
        One observation for each mean; leading axes hold replications.

    Returns
    -------
    ndarray, shape (..., J)
        The observations.

    Raises
    ------
    ValueError
        If `y` is not an array of finite numbers.

    Examples
    --------
    >>> mle([3.0, 0.0, 4.0])
    array([3., 0., 4.])
    """
    return _observations(y)


def weight(y: ArrayLike, sigma: ArrayLike = 1.0, towards: ArrayLike | str = 0) -> Floats:
    """Estimate the shrinkage weight from the distance of the observations to the point.

    With a fixed point it is ``1 - (J - 2) sigma**2 / S``, where S is the sum of squared
    distances; with their mean as the point it is ``1 - (J - 3) sigma**2 / S``.

    Parameters
    ----------
    y : array_like, shape (..., J)
        One observation for each mean; leading axes hold replications.
    sigma : float, optional
        The known sd of every observation.
    towards : float, array_like of shape (J,), or "mean", optional
        The point shrunk towards: fixed beforehand, or the mean of the observations.

    Returns
    -------
    ndarray, shape (...)
        The weights that observations keep, below 1; negative where S is small and minus
        infinity where it is 0.

    Raises
    ------
    ValueError
        If there are fewer than 3 means (4 with "mean"), or an argument is out of range.

    References
    ----------
    B. Efron and C. Morris (1975), Data analysis using Stein's estimator and its
    generalizations. *Journal of the American Statistical Association* 70(350), 311-319.

    Examples
    --------
    >>> weight([3.0, 0.0, 4.0])
    np.float64(0.96)
    """
    y, sigma, point, spent = _problem(y, sigma, towards)
    with np.errstate(divide="ignore", over="ignore"):
        S = np.sum(((y - point) / sigma) ** 2, axis=-1)
        return 1 - (y.shape[-1] - spent) / S


def james_stein(y: ArrayLike, sigma: ArrayLike = 1.0, towards: ArrayLike | str = 0) -> Floats:
    """Shrink observations by James and Stein's rule.

    Parameters
    ----------
    y : array_like, shape (..., J)
        One observation for each mean; leading axes hold replications.
    sigma : float, optional
        The known sd of every observation.
    towards : float, array_like of shape (J,), or "mean", optional
        The point shrunk towards: fixed beforehand, or the mean of the observations.

    Returns
    -------
    ndarray, shape (..., J)
        The estimates. Where the weight is negative they lie beyond the point.

    Raises
    ------
    ValueError
        If there are fewer than 3 means (4 with "mean"), an argument is out of range, or all
        observations lie at the point.

    References
    ----------
    W. James and C. Stein (1961), Estimation with quadratic loss. *Proceedings of the Fourth
    Berkeley Symposium on Mathematical Statistics and Probability* 1, 361-379.

    Examples
    --------
    >>> james_stein([3.0, 0.0, 4.0])
    array([2.88, 0.  , 3.84])
    """
    y, sigma, point, _ = _problem(y, sigma, towards)
    kept = weight(y, sigma, towards)[..., np.newaxis]
    if np.isneginf(kept).any():
        raise ValueError(
            "`y` must not lie wholly at the point shrunk towards; got a distance of 0, which the "
            "rule divides by. Use `positive_part`, which stays there."
        )
    return point + kept * (y - point)


def positive_part(y: ArrayLike, sigma: ArrayLike = 1.0, towards: ArrayLike | str = 0) -> Floats:
    """Shrink observations by James and Stein's rule, but never beyond the point.

    Parameters
    ----------
    y : array_like, shape (..., J)
        One observation for each mean; leading axes hold replications.
    sigma : float, optional
        The known sd of every observation.
    towards : float, array_like of shape (J,), or "mean", optional
        The point shrunk towards: fixed beforehand, or the mean of the observations.

    Returns
    -------
    ndarray, shape (..., J)
        The estimates, with negative weights replaced by 0.

    Raises
    ------
    ValueError
        If there are fewer than 3 means (4 with "mean"), or an argument is out of range.

    References
    ----------
    A. J. Baranchik (1964), Multiple regression and estimation of the mean of a multivariate
    normal distribution. Technical report 51, Department of Statistics, Stanford University.

    Examples
    --------
    >>> positive_part([0.3, 0.0, 0.4])
    array([0., 0., 0.])
    """
    y, sigma, point, _ = _problem(y, sigma, towards)
    kept = np.maximum(weight(y, sigma, towards), 0)[..., np.newaxis]
    return point + kept * (y - point)


def risk(
    J: int,
    distance2: ArrayLike,
    *,
    sigma: ArrayLike = 1.0,
    estimator: Estimator = "james-stein",
    towards: ArrayLike | str = 0,
) -> Floats:
    """Compute the expected total squared error of an estimator, for given means.

    Parameters
    ----------
    J : int
        The number of means: 3 or more for James and Stein's rules, 4 with ``towards="mean"``.
    distance2 : array_like
        The sum of squared distances of the true means from the point (from their own mean with
        ``towards="mean"``), in squared units of the observations.
    sigma : float, optional
        The known sd of every observation.
    estimator : {"mle", "james-stein", "positive-part", "oracle"}, optional
        The estimator. The oracle knows `distance2` and uses the best weight that does not
        depend on the observations.
    towards : float or "mean", optional
        Any number stands for a fixed point.

    Returns
    -------
    ndarray
        Risks of the shape of `distance2`, in squared units of the observations.

    Raises
    ------
    ValueError
        If there are too few means, or an argument is out of range.

    References
    ----------
    C. M. Stein (1981), Estimation of the mean of a multivariate normal distribution. *The
    Annals of Statistics* 9(6), 1135-1151.

    Examples
    --------
    >>> risk(10, 0.0)
    np.float64(2.0)
    >>> risk(10, [0.0, 40.0], estimator="mle")
    array([10., 10.])
    """
    checks.one_of("estimator", estimator, ("mle", "james-stein", "positive-part", "oracle"))
    J, sigma, free = _count(
        J, sigma, towards, shrinks=estimator in {"james-stein", "positive-part"}
    )
    distance2 = checks.non_negative("distance2", distance2)
    with np.errstate(over="ignore"):
        delta = np.minimum(distance2 / sigma**2, 1e300)
    dimensions = J - free  # the mean of the observations, if it is estimated, keeps its variance
    if estimator == "mle":
        scaled = np.full_like(delta, dimensions)
    elif estimator == "oracle":
        scaled = dimensions * delta / (dimensions + delta)
    else:
        scaled = dimensions - (dimensions - 2) * _saved_share(dimensions, delta)
        if estimator == "positive-part":
            scaled = scaled - _overshoot(dimensions, delta)
    return (sigma**2 * (free + scaled))[()]


def bayes_risk(
    J: int,
    tau: ArrayLike,
    *,
    sigma: ArrayLike = 1.0,
    estimator: Estimator = "james-stein",
    towards: ArrayLike | str = 0,
) -> Floats:
    """Compute the expected total squared error when the means are drawn around the point.

    It is `risk`, averaged over ``theta_j ~ N(point, tau)``.

    Parameters
    ----------
    J : int
        The number of means: 3 or more for James and Stein's rules, 4 with ``towards="mean"``.
    tau : array_like
        The sd of the means about the point, 0 or more.
    sigma : float, optional
        The known sd of every observation.
    estimator : {"mle", "james-stein", "positive-part", "bayes"}, optional
        The estimator. Bayes knows `tau`; with ``towards="mean"`` it gives the point a flat prior.
    towards : float or "mean", optional
        Any number stands for a fixed point that is the mean of the distribution.

    Returns
    -------
    ndarray
        Risks of the shape of `tau`, in squared units of the observations.

    Raises
    ------
    ValueError
        If there are too few means, or an argument is out of range.

    References
    ----------
    B. Efron and C. Morris (1973), Stein's estimation rule and its competitors: an empirical
    Bayes approach. *Journal of the American Statistical Association* 68(341), 117-130.

    Examples
    --------
    >>> bayes_risk(10, 1.0), bayes_risk(10, 1.0, estimator="bayes")
    (np.float64(6.0), np.float64(5.0))
    """
    checks.one_of("estimator", estimator, ("mle", "james-stein", "positive-part", "bayes"))
    J, sigma, free = _count(
        J, sigma, towards, shrinks=estimator in {"james-stein", "positive-part"}
    )
    tau = checks.non_negative("tau", tau)
    dimensions = J - free
    with np.errstate(over="ignore"):
        given_up = np.maximum(1 / (1 + (tau / sigma) ** 2), 1e-150)  # 1 - lambda
    saved = {"mle": 0, "bayes": dimensions}.get(estimator, dimensions - 2) * given_up
    if estimator == "positive-part":
        saved = saved + _overshoot_on_average(dimensions, given_up)
    return (sigma**2 * (free + dimensions - saved))[()]


def _saved_share(d: int, delta: Floats) -> Floats:
    """Give the mean of ``(d - 2) / S`` for a noncentral chi-square S with d degrees of freedom."""
    near = np.minimum(delta, FARTHEST)
    far = (d - 2) / np.maximum(delta, FARTHEST)
    return np.where(delta < FARTHEST, hyp1f1(1, d / 2, -near / 2), far)


def _overshoot(d: int, delta: Floats) -> Floats:
    """Give what the positive part saves: the mean of ``2d - S - (d - 2)**2 / S`` over S < d - 2.

    S is noncentral chi-square with d degrees of freedom. Terms of the mixture beyond the last k
    have no mass below ``d - 2``.
    """
    k = np.arange(int(20 + 10 * np.sqrt(d)))
    m = d + 2.0 * k
    poisson = np.exp(
        xlogy(k, delta[..., np.newaxis] / 2) - delta[..., np.newaxis] / 2 - gammaln(k + 1)
    )
    below = [gammainc(m / 2 + step, (d - 2) / 2) for step in (-1, 0, 1)]
    terms = 2 * d * below[1] - m * below[2] - (d - 2) ** 2 / (m - 2) * below[0]
    return poisson @ terms


def _overshoot_on_average(d: int, given_up: Floats) -> Floats:
    """Give the same when S is ``1 / given_up`` times a central chi-square.

    There the rule's weight is wrong by ``(d - 2) / S - given_up`` and the positive part's by
    ``1 - given_up``; the difference of squares is weighed by S.
    """
    x = (d - 2) * given_up / 2
    below = [gammainc(d / 2 + step, x) for step in (-1, 0, 1)]
    rule = (d - 2) * below[0] - 2 * (d - 2) * below[1] + d * below[2]
    cut = d * (1 - given_up) ** 2 * below[2] / given_up**2
    return given_up * (rule - cut)


def _problem(y: ArrayLike, sigma: ArrayLike, towards: ArrayLike | str):
    """Check an estimation problem: observations, sd, point, and the constant to subtract."""
    y = _observations(y)
    J, sigma, free = _count(y.shape[-1], sigma, towards, shrinks=True)
    if free:
        return y, sigma, y.mean(axis=-1, keepdims=True), 3
    return y, sigma, checks.finite("towards", towards, shape=[(), (J,)]), 2


def _observations(y: ArrayLike) -> Floats:
    y = checks.finite("y", y)
    if y.ndim == 0:
        raise ValueError(
            f"`y` must hold one observation for each mean, shape (..., J); got the number {y:g}. "
            "Pass a list or an array."
        )
    return y


def _count(
    J: int, sigma: ArrayLike, towards: ArrayLike | str, shrinks: bool
) -> tuple[int, Floats, int]:
    """Check the size of the problem; the last entry is 1 if a mean is estimated, else 0."""
    J = int(checks.whole("J", J, minimum=1, shape=()))
    sigma = checks.positive(
        "sigma",
        sigma,
        shape=(),
        advice="The rule needs one sd for all; with unequal ones use `pooling`.",
    )
    free = 0
    if isinstance(towards, str):
        checks.one_of("towards", towards, ("mean",))
        free = 1
    least = (3 if shrinks else 1) + free
    if least > J:
        point = "their own mean" if free else "a fixed point"
        raise ValueError(
            f"There must be at least {least} means to shrink towards {point}; got {J}. "
            "With fewer, the rule is not everywhere better than the observations themselves."
        )
    return J, sigma, free
