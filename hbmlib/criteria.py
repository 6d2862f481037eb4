"""Information criteria: how well would a model predict data like these."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from hbmlib import checks

__all__ = ["Waic", "waic"]

VARIANCE_LIMIT = 0.4


@dataclass(frozen=True, eq=False)
class Waic:
    """The widely applicable information criterion, point by point.

    Parameters
    ----------
    lppd_i : ndarray, shape (n,)
        Log pointwise predictive density: the log of the posterior mean of each observation's
        density.
    p_i : ndarray, shape (n,)
        Penalty: the posterior variance of each observation's log density.

    Examples
    --------
    >>> result = Waic(lppd_i=np.array([-1.0, -2.0]), p_i=np.array([0.1, 0.5]))
    >>> result
    <Waic: elpd -3.6 (se 1.4), p 0.6, 2 observations; variance above 0.4 at 1>
    >>> result.high_variance
    array([False,  True])
    """

    lppd_i: NDArray[np.float64]
    p_i: NDArray[np.float64]

    @property
    def elpd_i(self) -> NDArray[np.float64]:
        """Estimated log predictive density of a new observation like each, shape (n,)."""
        return self.lppd_i - self.p_i

    @property
    def elpd(self) -> float:
        """The estimated log predictive density of new data; higher is better."""
        return float(self.elpd_i.sum())

    @property
    def p(self) -> float:
        """The effective number of parameters."""
        return float(self.p_i.sum())

    @property
    def se(self) -> float:
        """Standard error of `elpd` over observations; nan for a single one."""
        n = len(self.elpd_i)
        return float(np.sqrt(n * np.var(self.elpd_i, ddof=1))) if n > 1 else float("nan")

    @property
    def deviance(self) -> float:
        """-2 `elpd`, the scale on which WAIC was first given; lower is better."""
        return -2 * self.elpd

    @property
    def high_variance(self) -> NDArray[np.bool_]:
        """Which observations have a penalty above 0.4: there WAIC is not to be trusted."""
        return self.p_i > VARIANCE_LIMIT

    @property
    def reliable(self) -> bool:
        """Whether no observation has a penalty above 0.4."""
        return not self.high_variance.any()

    def __repr__(self) -> str:
        n, high = len(self.p_i), np.count_nonzero(self.high_variance)
        warning = f"; variance above {VARIANCE_LIMIT} at {high}" if high else ""
        return (
            f"<Waic: elpd {self.elpd:.1f} (se {self.se:.1f}), p {self.p:.1f}, "
            f"{n} observation{'s' * (n != 1)}{warning}>"
        )


def waic(log_likelihood: ArrayLike) -> Waic:
    """Compute the widely applicable information criterion.

    Parameters
    ----------
    log_likelihood : array_like, shape (chain, draw, n)
        The log density of each observation given each draw of the parameters, natural logs.

    Returns
    -------
    Waic
        The criterion with its parts for each observation. Observations with a variance above
        0.4 are marked, not warned about: for them leave-one-out is the better estimate.

    Raises
    ------
    ValueError
        If the shape is another one, a number is not finite, or there are fewer than two draws.

    References
    ----------
    Watanabe (2010), "Asymptotic equivalence of Bayes cross validation and widely applicable
    information criterion in singular learning theory", Journal of Machine Learning Research 11.
    Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
    cross-validation and WAIC", Statistics and Computing 27, for the variance form of the
    penalty, the standard error and the limit of 0.4.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=100)
    >>> theta = rng.normal(y.mean(), 0.1, size=(4, 1000, 1))  # posterior of a mean, sd 1 known
    >>> waic(-0.5 * np.log(2 * np.pi) - (y - theta) ** 2 / 2)
    <Waic: elpd -129.0 (se 5.8), p 0.7, 100 observations>
    """
    x = checks.finite(
        "log_likelihood",
        log_likelihood,
        shape=("chain", "draw", "n"),
        advice="Give the log density of every observation at every draw.",
    )
    x = x.reshape(-1, x.shape[-1])
    if len(x) < 2:
        raise ValueError(
            "`log_likelihood` must hold two draws or more, for a variance over the draws; got 1. "
            "Draw more."
        )
    lppd_i = logsumexp(x, axis=0) - np.log(len(x))  # log of the mean density over draws
    p_i = np.var(x, axis=0, ddof=1)
    return Waic(lppd_i, p_i)
