"""The one judge of a model's conditionals.

A conditional is right if (a) the density claimed for it changes, from any value to any other, as
the joint density does, and (b) its draws have the distribution claimed. The claims are built here
from `scipy.stats`, and the joint from the raw observations; the model lends only its draws.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.special import ndtri

from hbmlib import priors
from tests.models import truth

FALSE_ALARM = 1e-3
DRAWS = 6000
LEVELS = np.array([0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])


@dataclass
class Claim:
    """A density (up to a constant) and a distribution function of one block."""

    logpdf: object
    cdf: object


def normal(mean, precision):
    dist = stats.norm(mean, 1 / np.sqrt(precision))
    return Claim(dist.logpdf, dist.cdf)


def bounded_normal(mean, precision, limit):
    sd = 1 / np.sqrt(precision)
    dist = stats.truncnorm((-limit - mean) / sd, (limit - mean) / sd, mean, sd)
    return Claim(dist.logpdf, dist.cdf)


def scale_of(variance):
    """Turn a distribution of the variance into that of the scale, Jacobian included."""
    return Claim(lambda s: variance.logpdf(s**2) + np.log(2 * s), lambda s: variance.cdf(s**2))


def scale(prior, n, ss, auxiliary=None):
    match prior:
        case priors.Flat():
            return scale_of(stats.invgamma((n - 1) / 2, scale=ss / 2))
        case priors.GammaPrecision(shape, rate):
            return scale_of(stats.invgamma(n / 2 + shape, scale=ss / 2 + rate))
        case priors.HalfCauchy():
            return scale_of(stats.invgamma((n + 1) / 2, scale=ss / 2 + 1 / auxiliary))
        case priors.Uniform(lower, upper):
            whole = stats.invgamma((n - 1) / 2, scale=ss / 2)
            start, end = whole.cdf(lower**2), whole.cdf(upper**2)
            return Claim(
                scale_of(whole).logpdf, lambda s: (whole.cdf(s**2) - start) / (end - start)
            )
        case priors.HalfNormal(width):
            variance = stats.geninvgauss(
                -(n - 1) / 2, np.sqrt(ss) / width, scale=width * np.sqrt(ss)
            )
            claim = scale_of(variance)
            middle = np.log(np.sqrt(ss / n))
            u = np.linspace(middle - 8, middle + 8, 20_001)
            density = np.exp(claim.logpdf(np.exp(u)) + u)
            table = np.cumsum(density) / density.sum()
            return Claim(
                claim.logpdf, lambda s: np.interp(np.log(s), u + (u[1] - u[0]) / 2, table)
            )


def auxiliary(prior, value):
    dist = stats.invgamma(1, scale=1 / prior.scale**2 + 1 / value**2)
    return Claim(dist.logpdf, dist.cdf)


def mean(prior, tau, values):
    match prior:
        case priors.Flat():
            return normal(values.mean(), len(values) / tau**2)
        case priors.Normal(centre, sd):
            precision = len(values) / tau**2 + 1 / sd**2
            return normal((values.sum() / tau**2 + centre / sd**2) / precision, precision)


def mixed(own, weight, sigma, mu, tau):
    """Weigh an own estimate, of precision weight / sigma², against the population."""
    precision = weight / sigma**2 + 1 / tau**2
    return normal((own * weight / sigma**2 + mu / tau**2) / precision, precision)


def schools_claims(model, s):
    theta, J = s["theta"], len(model.effect)
    return {
        "theta": mixed(model.effect, model.se**-2.0, 1.0, s["mu"], s["tau"]),
        "mu": mean(model.mu_prior, s["tau"], theta),
        **scales(s, {"tau": (model.tau_prior, J, ((theta - s["mu"]) ** 2).sum())}),
    }


def means_claims(model, s):
    theta, labels = s["theta"], np.array(model.groups.labels)
    n = np.array([np.sum(label == truth.GROUP) for label in labels])
    total = np.array([truth.Y[label == truth.GROUP].sum() for label in labels])
    fitted = theta[[list(labels).index(label) for label in truth.GROUP]]
    of = {
        "tau": (model.tau_prior, len(labels), ((theta - s["mu"]) ** 2).sum()),
        "sigma": (model.sigma_prior, len(truth.Y), ((truth.Y - fitted) ** 2).sum()),
    }
    return {
        "theta": mixed(total / np.maximum(n, 1), n, s["sigma"], s["mu"], s["tau"]),
        "mu": mean(model.mu_prior, s["tau"], theta),
        **scales(s, of),
    }


def least_squares(s):
    """Own estimates of alpha given beta and of beta given alpha, from the observations."""
    J = len(s["alpha"])
    rest = truth.LINE_Y - s["beta"][truth.WHICH] * truth.X
    n = np.bincount(truth.WHICH, minlength=J)
    alpha = np.bincount(truth.WHICH, rest, J) / n
    xx = np.bincount(truth.WHICH, truth.X**2, J)
    rest = truth.LINE_Y - s["alpha"][truth.WHICH]
    beta = np.bincount(truth.WHICH, rest * truth.X, J) / xx
    fitted = s["alpha"][truth.WHICH] + s["beta"][truth.WHICH] * truth.X
    return alpha, n, beta, xx, ((truth.LINE_Y - fitted) ** 2).sum()


def unpooled_claims(model, s):
    alpha, n, beta, xx, ss = least_squares(s)
    return {
        "alpha": bounded_normal(alpha, n / s["sigma"] ** 2, model.limit),
        "beta": bounded_normal(beta, xx / s["sigma"] ** 2, model.limit),
        **scales(s, {"sigma": (model.sigma_prior, len(truth.LINE_Y), ss)}),
    }


def varying_claims(model, s):
    alpha, n, beta, xx, ss = least_squares(s)
    J = len(n)
    of = {
        f"tau_{side}": (prior, J, ((s[side] - s[f"mu_{side}"]) ** 2).sum())
        for side, prior in zip(("alpha", "beta"), model.tau_prior, strict=True)
    }
    of["sigma"] = (model.sigma_prior, len(truth.LINE_Y), ss)
    return {
        "alpha": mixed(alpha, n, s["sigma"], s["mu_alpha"], s["tau_alpha"]),
        "beta": mixed(beta, xx, s["sigma"], s["mu_beta"], s["tau_beta"]),
        "mu_alpha": mean(model.mu_prior[0], s["tau_alpha"], s["alpha"]),
        "mu_beta": mean(model.mu_prior[1], s["tau_beta"], s["beta"]),
        **scales(s, of),
    }


def scales(s, of):
    claims = {}
    for name, (prior, n, ss) in of.items():
        helper = f"{name}_auxiliary"
        if isinstance(prior, priors.HalfCauchy):
            claims[helper] = auxiliary(prior, s[name])
        claims[name] = scale(prior, n, ss, s.get(helper))
    return claims


def joint(case, s, helped):
    """Log joint density of the named values and of the auxiliary values of half-Cauchy scales."""
    named = {k: v for k, v in s.items() if not k.endswith("_auxiliary")}
    total = case.logpdf(**named)
    for name, prior in helped.items():
        a = s[f"{name}_auxiliary"]
        total -= truth.prior_logpdf(prior, s[name])
        variance = stats.invgamma(0.5, scale=1 / a)
        total += variance.logpdf(s[name] ** 2) + np.log(2 * s[name])
        total += stats.invgamma(0.5, scale=1 / prior.scale**2).logpdf(a)
    return total


def one(state, k):
    """Take chain k out of a state."""
    return {name: value[k] for name, value in state.items()}


def start(case, rng):
    """Draw one state, as a starting point of the model."""
    q = case.model.initial(rng, 1)
    state = case.model.gibbs_state(case.model.constrain(q))
    return {
        name: value * np.exp(rng.normal(size=1)) if name.endswith("_auxiliary") else value
        for name, value in state.items()
    }


def claim_faults(case, claims, helped, rng, states=3):
    """Compare differences of the claimed log density with those of the joint density."""
    wrong = set()
    for _ in range(states):
        state = start(case, rng)
        here = one(state, 0)
        for name, claim in claims(case.model, here).items():
            there = here | {name: one(start(case, rng), 0)[name]}
            given = np.sum(claim.logpdf(there[name])) - np.sum(claim.logpdf(here[name]))
            expected = joint(case, there, helped) - joint(case, here, helped)
            if not np.isclose(given, expected, rtol=1e-8, atol=1e-7):
                wrong.add(name)
    return wrong


def draw_faults(case, claims, conditionals, rng, states=2):
    """Compare draws with the claimed distributions by z-scores, with Bonferroni's limit."""
    scores = {}
    for k in range(states):
        state = start(case, rng)
        claimed = claims(case.model, one(state, 0))
        many = {name: np.repeat(value, DRAWS, axis=0) for name, value in state.items()}
        assert set(conditionals) == set(claimed)
        for name, draw in conditionals.items():
            p = claimed[name].cdf(draw(rng, many)).reshape(DRAWS, -1)  # uniform if right
            below = (p[..., None] < LEVELS).mean(axis=0)
            z = (below - LEVELS) / np.sqrt(LEVELS * (1 - LEVELS) / DRAWS)
            centre = (p.mean(axis=0) - 0.5) * np.sqrt(12 * DRAWS)
            spread = (((p - 0.5) ** 2).mean(axis=0) - 1 / 12) * np.sqrt(180 * DRAWS)
            scores[name, k] = np.concatenate([z.ravel(), centre, spread])
            if p.shape[1] > 1:  # groups must be drawn apart from each other
                r = np.corrcoef(p.T)[np.triu_indices(p.shape[1], 1)]
                scores[name, k] = np.concatenate([scores[name, k], r * np.sqrt(DRAWS)])
    limit = -ndtri(FALSE_ALARM / 2 / sum(map(len, scores.values())))
    return {name for (name, _), z in scores.items() if not (np.abs(z) < limit).all()}
