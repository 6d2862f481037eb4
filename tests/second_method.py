"""A second way to the exact posterior: adaptive cubature over mu and the scales together.

It shares no algebra with the library: each group's observations are one multivariate normal
vector, whose covariance matrix is factorised as it stands.
"""

import numpy as np
from scipy.integrate import cubature

from hbmlib.priors import Flat


def log_density(y, mu, tau, sigma, mu_prior, tau_prior, sigma_prior):
    """Give the log of likelihood times priors at flat arrays of parameters."""
    total = tau_prior.log_density(tau)
    if not isinstance(mu_prior, Flat):
        total = total + mu_prior.log_density(mu)
    if sigma_prior is not None:
        total = total + sigma_prior.log_density(sigma[:, 0])
    for j, values in enumerate(y):
        n = len(values)
        if n == 0:
            continue
        covariance = tau[:, None, None] ** 2 + sigma[:, j, None, None] ** 2 * np.eye(n)
        residual = np.asarray(values) - mu[:, None]
        solved = np.linalg.solve(covariance, residual[..., None])[..., 0]
        determinant = np.linalg.slogdet(covariance)[1]
        quadratic = (residual * solved).sum(-1)
        total = total - 0.5 * (n * np.log(2 * np.pi) + determinant + quadratic)
    return total


def moments(y, sigma, mu_prior, tau_prior, sigma_prior, ranges):
    """Integrate over (mu, log tau[, log sigma]).

    `ranges` are the limits of log tau (and log sigma); mu runs over the data's centre and z times
    the total sd. Returns the log of the total and the expectations of tau, tau**2, sigma, mu,
    mu**2, theta_0, theta_0**2 and the shrinkage weight of group 0.
    """
    centre = np.mean([np.mean(values) for values in y if len(values)])
    known = sigma is not None

    def unpack(x):
        tau = np.exp(x[:, 1])
        if known:
            sds = np.broadcast_to(np.asarray(sigma, float), (len(x), len(y)))
        else:
            sds = np.broadcast_to(np.exp(x[:, 2])[:, None], (len(x), len(y)))
        width = np.hypot(tau, sds.max(1))
        mu = centre + width * x[:, 0]
        jacobian = np.log(width) + x[:, 1] + (0 if known else x[:, 2])
        density = log_density(y, mu, tau, sds, mu_prior, tau_prior, None if known else sigma_prior)
        return mu, tau, sds, density + jacobian

    low = [-9.0, ranges[0][0]] + ([] if known else [ranges[1][0]])
    high = [9.0, ranges[0][1]] + ([] if known else [ranges[1][1]])
    probe = np.random.default_rng(1).uniform(low, high, (4000, len(low)))
    peak = unpack(probe)[3].max()

    def integrand(x):
        mu, tau, sds, density = unpack(x)
        weight = np.exp(density - peak)
        n = len(y[0])
        own = np.mean(y[0]) if n else 0.0
        precision = n / sds[:, 0] ** 2 + tau**-2
        theta = (own * n / sds[:, 0] ** 2 + mu * tau**-2) / precision
        shrinkage = n / sds[:, 0] ** 2 / precision
        parts = [
            np.ones_like(mu), tau, tau**2, sds[:, 0], mu, mu**2,
            theta, theta**2 + 1 / precision, shrinkage,
        ]  # fmt: skip
        return np.stack(parts, -1) * weight[:, None]

    rule = "gk21" if known else "gk15"
    found = cubature(
        integrand,
        low,
        high,
        rule=rule,
        rtol=1e-8 if known else 1e-7,
        atol=0,
        max_subdivisions=3000,
    )
    assert found.status == "converged", found.error
    total, *rest = found.estimate
    return np.log(total) + peak, np.array(rest) / total
