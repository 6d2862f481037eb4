"""The population's density is the eight schools' with their own means integrated out."""

import numpy as np
import pytest

from hbmlib import checks, exact, pooling
from hbmlib.models import EightSchools, Population
from hbmlib.priors import Flat, HalfCauchy, HalfNormal, Normal, Uniform

EFFECT, SE = np.array([28.0, 8, -3, 7]), np.array([15.0, 10, 16, 11])
PRIORS = [
    (Normal(0, 5), HalfCauchy(5)),
    (Normal(3, 20), HalfNormal(10)),
    (Flat(), Uniform(0, 50)),
]


def normal_logpdf(x, mean, sd):
    return -0.5 * ((x - mean) / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)


@pytest.mark.parametrize("priors", PRIORS, ids=str)
def test_density_is_joint_over_conditional(priors):
    rng = np.random.default_rng(1)
    mu, u, theta = rng.normal(size=(20, 1)), rng.normal(size=(20, 1)), rng.normal(size=(20, 4))
    joint = EightSchools(EFFECT, SE, *priors).logp(np.hstack([mu, u, theta]))
    between, within = np.exp(-2 * u), SE**-2.0
    mean = (within * EFFECT + between * mu) / (within + between)
    given = normal_logpdf(theta, mean, (within + between) ** -0.5).sum(axis=1)
    alone = Population(EFFECT, SE, *priors).logp(np.hstack([mu, u]))
    np.testing.assert_allclose(alone, joint - given, rtol=1e-12)


@pytest.mark.parametrize("priors", PRIORS, ids=str)
def test_gradient(priors):
    model = Population(EFFECT, SE, *priors)
    q = np.random.default_rng(2).normal(size=(5, 2))
    assert checks.gradient_error(model, q) < 1e-6


def test_mass_over_the_grid_is_the_marginal_likelihood():
    mu, u = np.meshgrid(np.linspace(-40, 40, 801), np.linspace(-16, 9, 1001), indexing="ij")
    logp = Population(EFFECT, SE).logp(np.stack([mu, u], axis=-1))
    mass = np.exp(logp).sum() * 0.1 * 0.025
    there = exact.normal_means(
        pooling.from_means(EFFECT), sigma=SE, mu_prior=Normal(0, 5), tau_prior=HalfCauchy(5)
    )
    assert np.log(mass) == pytest.approx(there.log_marginal_likelihood, abs=1e-5)


def test_refuses_what_eight_schools_refuses():
    with pytest.raises(ValueError, match=r"`tau_prior` must be proper"):
        Population([3.0, 4.0], [1.0, 1.0], Flat(), Flat())
