"""The models' densities once more, slowly, from `scipy.stats` and the raw observations."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from hbmlib import pooling, priors
from hbmlib.models import (
    EightSchools,
    NormalMeans,
    UnpooledRegression,
    VaryingRegression,
    summarise_lines,
)

Y = np.array([3.0, 5.5, 4.0, 9.0, 7.5, 12.0, -2.0])
GROUP = np.array(list("aaabbcd"))
X = np.array([0.5, -1.0, 2.0, 1.0, 1.0, 3.0, 0.0, -0.7, 0.4, 2.2, -1.5])  # b's x does not vary
LINE_Y = np.array([1.0, 4.0, -2.5, 3.0, 2.0, 0.5, 1.5, 2.5, 0.0, -3.0, 6.0])
LINE_GROUP = np.array(list("aaabbccdddd"))
MEAN = priors.Normal(1, 4)
HALF_NORMAL = priors.HalfNormal(3)
HALF_CAUCHY = priors.HalfCauchy(2)
UNIFORM = priors.Uniform(0.4, 7)
GAMMA = priors.GammaPrecision(1.5, 2)
ALL_SCALE_PRIORS = (priors.Flat(), HALF_NORMAL, HALF_CAUCHY, UNIFORM, GAMMA)


def prior_logpdf(prior, x):
    """Log density of a prior by its definition."""
    match prior:
        case priors.Normal(mean, sd):
            return stats.norm(mean, sd).logpdf(x)
        case priors.Flat():
            return np.zeros_like(x)
        case priors.HalfNormal(scale):
            return stats.halfnorm(scale=scale).logpdf(x)
        case priors.HalfCauchy(scale):
            return stats.halfcauchy(scale=scale).logpdf(x)
        case priors.Uniform(lower, upper):
            return stats.uniform(lower, upper - lower).logpdf(x)
        case priors.GammaPrecision(shape, rate):
            gamma = stats.gamma(shape, scale=1 / rate)
            return gamma.logpdf(1 / x**2) + np.log(2 / x**3)


@dataclass
class Case:
    """A model, and its log density of one point of named values: dict -> float."""

    model: object
    logpdf: object
    scales: tuple[str, ...]

    def values(self, q):
        """Return one point's named values by parameter."""
        point = dict(zip(self.model.names, self.model.constrain(q), strict=True))
        named = {name.partition("[")[0] for name in point}
        return {
            name: np.array([v for k, v in point.items() if k.partition("[")[0] == name])
            if f"{name}[" in " ".join(point)
            else point[name]
            for name in named
        }


def eight_schools(mu_prior=MEAN, tau_prior=HALF_CAUCHY, centred=True):
    effect, se = [28.0, 8.0, -3.0, 7.0], [15.0, 10.0, 16.0, 11.0]

    def logpdf(mu, tau, theta):
        return (
            prior_logpdf(mu_prior, mu)
            + prior_logpdf(tau_prior, tau)
            + stats.norm(mu, tau).logpdf(theta).sum()
            + stats.norm(theta, se).logpdf(effect).sum()
        )

    model = EightSchools(effect, se, mu_prior, tau_prior, centred=centred)
    return Case(model, logpdf, ("tau",))


def normal_means(
    mu_prior=MEAN,
    tau_prior=HALF_NORMAL,
    sigma_prior=HALF_NORMAL,
    centred=True,
):
    groups = pooling.summarise(Y, GROUP, labels="abcde")  # e has no observations
    which = np.array(["abcde".index(label) for label in GROUP])

    def logpdf(mu, tau, sigma, theta):
        return (
            prior_logpdf(mu_prior, mu)
            + prior_logpdf(tau_prior, tau)
            + prior_logpdf(sigma_prior, sigma)
            + stats.norm(mu, tau).logpdf(theta).sum()
            + stats.norm(theta[which], sigma).logpdf(Y).sum()
        )

    model = NormalMeans(groups, mu_prior, tau_prior, sigma_prior, centred=centred)
    return Case(model, logpdf, ("tau", "sigma"))


LINES = summarise_lines(X, LINE_Y, LINE_GROUP)
WHICH = np.array(["abcd".index(label) for label in LINE_GROUP])


def unpooled(sigma_prior=UNIFORM, limit=100.0):
    def logpdf(sigma, alpha, beta):
        box = stats.uniform(-limit, 2 * limit)
        return (
            prior_logpdf(sigma_prior, sigma)
            + box.logpdf(alpha).sum()
            + box.logpdf(beta).sum()
            + stats.norm(alpha[WHICH] + beta[WHICH] * X, sigma).logpdf(LINE_Y).sum()
        )

    return Case(UnpooledRegression(LINES, limit, sigma_prior), logpdf, ("sigma",))


def varying(
    mu_prior=(MEAN, MEAN),
    tau_prior=(UNIFORM, HALF_CAUCHY),
    sigma_prior=UNIFORM,
    lkj=None,
    centred=True,
):
    def logpdf(mu_alpha, mu_beta, tau_alpha, tau_beta, sigma, alpha, beta, rho=0.0):
        given_alpha = stats.norm(
            mu_beta + rho * tau_beta / tau_alpha * (alpha - mu_alpha),
            tau_beta * np.sqrt((1 - rho) * (1 + rho)),
        )
        # LKJ on 2 x 2: (1 + rho) / 2 is Beta(eta, eta).
        correlation = stats.beta(lkj, lkj, -1, 2).logpdf(rho) if lkj else 0.0
        return (
            prior_logpdf(mu_prior[0], mu_alpha)
            + prior_logpdf(mu_prior[1], mu_beta)
            + prior_logpdf(tau_prior[0], tau_alpha)
            + prior_logpdf(tau_prior[1], tau_beta)
            + prior_logpdf(sigma_prior, sigma)
            + correlation
            + stats.norm(mu_alpha, tau_alpha).logpdf(alpha).sum()
            + given_alpha.logpdf(beta).sum()
            + stats.norm(alpha[WHICH] + beta[WHICH] * X, sigma).logpdf(LINE_Y).sum()
        )

    model = VaryingRegression(LINES, mu_prior, tau_prior, sigma_prior, lkj, centred)
    return Case(model, logpdf, ("tau_alpha", "tau_beta", "sigma"))


def every_case():
    """Return each model with each prior and parametrisation, by a name."""
    cases = {}
    for prior in ALL_SCALE_PRIORS:
        cases[f"unpooled, {prior.family}"] = unpooled(prior)
        for centred in (True, False):
            # Centred models meet the flat mean, non-centred ones the normal.
            mean = priors.Flat() if centred else MEAN
            label = f"{prior.family}, {'centred' if centred else 'non-centred'}"
            cases[f"schools, {label}"] = eight_schools(mean, prior, centred)
            cases[f"means, {label}"] = normal_means(mean, prior, GAMMA, centred)
            cases[f"means, sigma {label}"] = normal_means(mean, GAMMA, prior, centred)
            for lkj in (None, 2.5):
                name = f"varying, {label}, {'rho' if lkj else 'no rho'}"
                taus = (prior, HALF_NORMAL) if centred else (HALF_NORMAL, prior)
                cases[name] = varying((mean, MEAN), taus, prior, lkj, centred)
    return cases
