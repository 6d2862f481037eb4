"""Every conditional is the joint density's, its draws follow it, and wrong ones are caught."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from hbmlib import priors
from hbmlib.models import conjugate
from tests.models import conditional, truth
from tests.models.conditional import claim_faults, draw_faults

CLAIMS = {
    "schools": conditional.schools_claims,
    "means": conditional.means_claims,
    "unpooled": conditional.unpooled_claims,
    "varying": conditional.varying_claims,
}
CASES = {
    name: case
    for name, case in truth.every_case().items()
    if "non-centred" not in name and ", rho" not in name
}
# Bounds that bite, on coefficients and on scales.
CASES["unpooled, tight"] = truth.unpooled(priors.Uniform(3, 5), limit=2.5)
CASES["means, tight"] = truth.normal_means(
    tau_prior=priors.Uniform(0, 1.5), sigma_prior=priors.HalfNormal(0.7)
)


def claims_of(name):
    return CLAIMS[name.partition(",")[0]]


def half_cauchys(case):
    model = case.model
    found = {}
    for name in case.scales:
        own = getattr(model, f"{name.partition('_')[0]}_prior")
        prior = own[name == "tau_beta"] if isinstance(own, tuple) else own
        if isinstance(prior, priors.HalfCauchy):
            found[name] = prior
    return found


@pytest.mark.parametrize("name", CASES)
def test_claims_follow_the_joint_density(name, rng):
    case = CASES[name]
    assert not claim_faults(case, claims_of(name), half_cauchys(case), rng)


@pytest.mark.parametrize("name", CASES)
def test_draws_follow_the_claims(name, rng):
    case = CASES[name]
    assert not draw_faults(case, claims_of(name), case.model.conditionals, rng)


@pytest.mark.parametrize("s", [0.01, 1.0, 40.0])
def test_auxiliary_value_integrates_to_the_half_cauchy(s):
    prior = priors.HalfCauchy(2)
    outer = stats.invgamma(0.5, scale=1 / prior.scale**2)

    def density(u):
        a = np.exp(u)
        return stats.invgamma(0.5, scale=1 / a).pdf(s**2) * 2 * s * outer.pdf(a) * a

    total = quad(density, -40, 40, limit=500, points=[-10, 0, 10])[0]
    assert total == pytest.approx(np.exp(prior.log_density(s)), rel=1e-6)


def precision_for_variance(model):
    def draw(rng, s):
        precision = model._n / s["sigma"][:, None] ** 2 + s["tau"][:, None] ** -2.0
        right = model.conditionals["theta"](rng, s)
        mean = right.mean(axis=0)
        return mean + precision * rng.standard_normal(right.shape)

    return {"theta": draw}


def sizes_forgotten(model):
    def draw(rng, s):
        precision = s["sigma"][:, None] ** -2.0 + s["tau"][:, None] ** -2.0
        pull = model._mean * s["sigma"][:, None] ** -2.0
        mean = (pull + s["mu"][:, None] * s["tau"][:, None] ** -2.0) / precision
        return mean + rng.standard_normal(mean.shape) / np.sqrt(precision)

    return {"theta": draw}


def prior_of_mu_forgotten(model):
    def draw(rng, s):
        J = s["theta"].shape[1]
        return conjugate.draw_mean(
            rng, priors.Flat(), J * s["tau"] ** -2.0, s["tau"] ** -2.0 * s["theta"].sum(axis=1)
        )

    return {"mu": draw}


def scale_with(n_off=0, prior=None):
    """Draw tau as if there were more groups, or under another prior."""

    def wrong(model):
        def draw(rng, s):
            r = s["theta"] - s["mu"][:, None]
            own = model.tau_prior if prior is None else prior
            return conjugate.draw_scale(
                rng, own, r.shape[1] + n_off, np.vecdot(r, r), s.get("tau_auxiliary")
            )

        return {"tau": draw}

    return wrong


def one_draw_for_all_groups(model):
    def draw(rng, s):
        precision = model._n / s["sigma"][:, None] ** 2 + s["tau"][:, None] ** -2.0
        mean = model.conditionals["theta"](rng, s).mean(axis=0)
        return mean + rng.standard_normal((len(s["mu"]), 1)) / np.sqrt(precision)

    return {"theta": draw}


def auxiliary_ignored(model):
    return {"tau_auxiliary": lambda rng, s: 1 / (s["tau"] ** 2 * rng.standard_exponential(DRAWS))}


DRAWS = conditional.DRAWS
MISTAKES = {
    "precision for variance": (precision_for_variance, priors.HalfNormal(3)),
    "sizes forgotten": (sizes_forgotten, priors.HalfNormal(3)),
    "prior of mu forgotten": (prior_of_mu_forgotten, priors.HalfNormal(3)),
    "one draw for all groups": (one_draw_for_all_groups, priors.HalfNormal(3)),
    "Jacobian dropped, flat": (scale_with(n_off=1), priors.Flat()),
    "Jacobian dropped, half-normal": (scale_with(n_off=1), priors.HalfNormal(3)),
    "Jacobian dropped, half-Cauchy": (scale_with(n_off=-1), priors.HalfCauchy(2)),
    "Jacobian dropped, uniform": (scale_with(n_off=1), priors.Uniform(0.4, 7)),
    "prior ignored, half-normal": (scale_with(prior=priors.Flat()), priors.HalfNormal(3)),
    "bounds ignored": (scale_with(prior=priors.Flat()), priors.Uniform(0.4, 7)),
    "rate for scale": (
        scale_with(prior=priors.GammaPrecision(1.5, 1 / 50)),
        priors.GammaPrecision(1.5, 50),
    ),
    "auxiliary inverted": (auxiliary_ignored, priors.HalfCauchy(2)),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_wrong_draws_are_caught(mistake, rng):
    wrong, prior = MISTAKES[mistake]
    case = truth.normal_means(priors.Normal(4, 1), prior)
    replaced = wrong(case.model)
    conditionals = {**case.model.conditionals, **replaced}
    found = draw_faults(case, conditional.means_claims, conditionals, rng)
    assert found == set(replaced)


def test_wrong_claims_are_caught(rng):
    case = truth.normal_means(tau_prior=priors.HalfCauchy(2))

    def wrong(model, s):
        claims = conditional.means_claims(model, s)
        tau, n = s["tau"], model._n
        claims["theta"] = conditional.mixed(model._mean, 1.0, s["sigma"], s["mu"], tau)  # n
        claims["mu"] = conditional.normal(s["theta"].mean(), tau**2 / len(n))  # variance
        claims["tau"] = conditional.Claim(lambda x: -len(n) * np.log(x), None)  # no squares
        return claims

    assert claim_faults(case, wrong, half_cauchys(case), rng) == {"theta", "mu", "tau"}


def test_correlated_lines_have_no_conditionals():
    assert not truth.varying(lkj=1.0).model.conditionals
    assert truth.varying().model.conditionals
