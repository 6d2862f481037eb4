"""The exact posterior of the normal hierarchical model, by quadrature over the scales.

The model is ``y_ij ~ N(theta_j, sigma)``, ``theta_j ~ N(mu, tau)`` with priors on mu, tau and
sigma. Given the scales everything is normal, so the group means and the population mean are
integrated out by algebra; what remains is an integral over tau, or over tau and sigma.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.exact._collapsed import Collapsed
from hbmlib.exact._posterior import ExactPosterior, GivenTau
from hbmlib.exact._propriety import Tails
from hbmlib.exact._quadrature import integrate
from hbmlib.exact._surface import surface
from hbmlib.pooling import GroupSummaries, check_groups
from hbmlib.priors import Flat, HalfNormal, Normal, Prior
from hbmlib.quadrature.marginals import Marginal

__all__ = ["ExactPosterior", "GivenTau", "Marginal", "log_likelihood", "normal_means"]

#: The largest relative error that is let through.
WORST = 1e-6


def normal_means(
    groups: GroupSummaries,
    *,
    sigma: ArrayLike | None = None,
    mu_prior: Normal | Flat = Normal(0, 100),  # noqa: B008
    tau_prior: Prior = HalfNormal(25),  # noqa: B008
    sigma_prior: Prior = HalfNormal(50),  # noqa: B008
    rtol: float = 1e-8,
) -> ExactPosterior:
    """Compute the posterior of the population, the scales and every group mean.

    Parameters
    ----------
    groups : GroupSummaries
        The data of J groups; groups of size zero are predicted.
    sigma : None, float or array_like, shape (J,), optional
        The sd of an observation within its group: None when it is unknown, one known number, or
        one known for each group (with one observation in each, their standard errors).
    mu_prior : Normal or Flat, optional
        The prior of the population mean.
    tau_prior : Prior, optional
        The prior of the sd between groups.
    sigma_prior : Prior, optional
        The prior of the sd within groups, used when `sigma` is None.
    rtol : float, optional
        The relative error asked of the quadrature; above 1e-6 it counts as 1e-6.

    Returns
    -------
    ExactPosterior
        Marginals with moments, quantiles, cdf and pdf; independent draws; the log marginal
        likelihood.

    Raises
    ------
    ValueError
        If there is no observation, an argument is out of range, or the posterior is improper.
        The message names the rule that is broken.
    ArithmeticError
        If the quadrature does not reach a relative error of 1e-6.

    References
    ----------
    A. Gelman, J. B. Carlin, H. S. Stern, D. B. Dunson, A. Vehtari and D. B. Rubin (2013),
    *Bayesian Data Analysis*, third edition, section 5.4. CRC Press.

    Examples
    --------
    >>> from hbmlib import datasets, pooling
    >>> from hbmlib.priors import HalfCauchy
    >>> schools = datasets.load("eight_schools")
    >>> groups = pooling.from_means(schools["effect"], labels=schools["school"])
    >>> posterior = normal_means(
    ...     groups, sigma=schools["se"], mu_prior=Normal(0, 5), tau_prior=HalfCauchy(5)
    ... )
    >>> print(f"{posterior.mu.mean:.2f}, {posterior.tau.mean:.2f}")
    4.40, 3.60
    """
    data, tails = _prepare(groups, sigma, mu_prior, tau_prior, sigma_prior)
    if fault := tails.fault():
        raise ValueError(fault)
    rtol = min(float(checks.positive("rtol", rtol, shape=())), WORST)
    shape = surface(data, tails)
    nodes, error = integrate(shape, rtol)
    if not error <= WORST:
        raise ArithmeticError(
            f"`normal_means` must reach a relative error of 1e-6; got {error:.1e}. "
            "Check the units of the data and the priors."
        )
    priors = [mu_prior, tau_prior] + ([sigma_prior] if sigma is None else [])
    return ExactPosterior(
        shape, nodes, error, _known(groups, sigma), all(p.proper for p in priors)
    )


def log_likelihood(
    groups: GroupSummaries,
    tau: ArrayLike,
    sigma: ArrayLike,
    *,
    mu_prior: Normal | Flat = Flat(),  # noqa: B008
) -> NDArray[np.float64]:
    """Compute the log density of the data given the scales, with mu and theta integrated out.

    Under a flat prior on mu this is the restricted likelihood: its mode is the REML estimate.

    Parameters
    ----------
    groups : GroupSummaries
        The data, with at least one observation.
    tau : array_like
        The sd between groups, zero or more.
    sigma : array_like
        The common sd within groups, positive; its shape broadcasts with that of `tau`.
    mu_prior : Normal or Flat, optional
        The prior of the population mean.

    Returns
    -------
    ndarray
        One value for each pair of scales.

    Raises
    ------
    ValueError
        If a scale is out of range or there is no observation.

    References
    ----------
    D. A. Harville (1977), Maximum likelihood approaches to variance component estimation and to
    related problems. *Journal of the American Statistical Association* 72(358), 320-338.

    Examples
    --------
    >>> from hbmlib import pooling
    >>> groups = pooling.from_means([4.0, 10.0], n=[4, 1], ss=[6.0, 0.0])
    >>> print(f"{log_likelihood(groups, tau=1.5, sigma=3.0):.4f}")
    -10.5193
    """
    tau = checks.non_negative("tau", tau)
    sigma = checks.positive("sigma", sigma)
    _some_data(groups)
    data = Collapsed.reduce(groups, None, mu_prior)
    return (data.constant + data.given(tau, sigma).log_likelihood)[()]


def _prepare(groups, sigma, mu_prior, tau_prior, sigma_prior) -> tuple[Collapsed, Tails]:
    _some_data(groups)
    if not isinstance(mu_prior, Normal | Flat):
        raise ValueError(
            f"`mu_prior` must be Normal or Flat; got {mu_prior!r}. Use Normal(0, 100)."
        )
    named = {"tau_prior": tau_prior} | ({"sigma_prior": sigma_prior} if sigma is None else {})
    for name, prior in named.items():
        if not isinstance(prior, Prior) or isinstance(prior, Normal):
            raise ValueError(
                f"`{name}` must be a prior of a scale; got {prior!r}. Use HalfNormal(25)."
            )
    data = Collapsed.reduce(groups, _known(groups, sigma), mu_prior)
    return data, Tails(data, tau_prior, sigma_prior if sigma is None else None)


def _some_data(groups: GroupSummaries) -> None:
    if check_groups(groups).n_total == 0:
        raise ValueError(
            "`groups` must have at least one observation; got none. "
            "Draw from the priors instead: they are the posterior."
        )


def _known(groups: GroupSummaries, sigma: ArrayLike | None) -> NDArray[np.float64] | None:
    if sigma is None:
        return None
    sigma = checks.positive("sigma", sigma, shape=[(), (groups.n_groups,)])
    return np.broadcast_to(sigma, (groups.n_groups,))
