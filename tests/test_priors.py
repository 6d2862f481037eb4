"""Priors: densities that integrate to one, draws that follow them, plain forms, bad parameters."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from hbmlib import priors
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform

PROPER = [
    (Normal(2, 3), stats.norm(2, 3)),
    (HalfNormal(2.5), stats.halfnorm(scale=2.5)),
    (HalfCauchy(5), stats.halfcauchy(scale=5)),
    (Uniform(0, 4), stats.uniform(0, 4)),
    (Uniform(1, 4), stats.uniform(1, 3)),
]
ALL = [prior for prior, _ in PROPER] + [Flat(), GammaPrecision(2, 3)]


@pytest.mark.parametrize(("prior", "known"), PROPER, ids=[str(p) for p, _ in PROPER])
def test_density_is_the_known_one(prior, known):
    x = np.linspace(-3, 12, 61)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(prior.log_density(x), known.logpdf(x), rtol=1e-12)


@pytest.mark.parametrize("prior", [p for p in ALL if p.proper], ids=str)
def test_density_integrates_to_one(prior):
    lower, upper = prior.support
    total, _ = quad(lambda x: np.exp(prior.log_density(x)), lower, upper, epsabs=1e-10)
    assert abs(total - 1) < 1e-8


@pytest.mark.parametrize("prior", [p for p in ALL if p.proper], ids=str)
def test_draws_follow_the_density(prior):
    draws = prior.draw(np.random.default_rng(4), (100, 200)).ravel()
    lower = prior.support[0]
    for x in np.quantile(draws, [0.1, 0.5, 0.9]):
        below, _ = quad(lambda t: np.exp(prior.log_density(t)), lower, x)
        spread = np.sqrt(below * (1 - below) / draws.size)
        assert abs((draws <= x).mean() - below) < 4 * spread


def test_gamma_precision_carries_its_jacobian():
    prior, gamma = GammaPrecision(2, 3), stats.gamma(2, scale=1 / 3)
    scale = np.array([0.3, 1, 4])
    np.testing.assert_allclose(
        np.exp(prior.log_density(scale)), gamma.pdf(scale**-2) * 2 * scale**-3, rtol=1e-12
    )
    assert prior.log_density(0) == -np.inf


def test_a_flat_prior_is_improper():
    assert not Flat().proper
    assert (Flat().log_density([-3, 0, 1e9]) == 0).all()
    with pytest.raises(ValueError, match="`draw` must have a proper prior; got a flat one"):
        Flat().draw(np.random.default_rng(1))


@pytest.mark.parametrize("prior", ALL, ids=str)
def test_plain_form_is_read_back(prior):
    assert priors.from_dict(prior.to_dict()) == prior


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Normal(float("nan"), 1), "`mean` must be a finite number; got nan"),
        (lambda: Normal(0, 0), "`sd` must be a positive number; got 0"),
        (lambda: HalfNormal(-1), "`scale` must be a positive number; got -1"),
        (lambda: HalfCauchy("wide"), "`scale` must be a positive number; got 'wide'"),
        (lambda: Uniform(-1, 1), "`lower` must be a non-negative number; got -1"),
        (lambda: Uniform(3, 3), "`upper` must be above `lower`, 3; got 3"),
        (lambda: GammaPrecision(0, 1), "`shape` must be a positive number; got 0"),
        (lambda: GammaPrecision(1, float("inf")), "`rate` must be a positive number; got inf"),
        (lambda: priors.from_dict({"family": "half-norma"}), "Did you mean 'half-normal'?"),
        (lambda: priors.from_dict({"family": "flat", "scale": 1}), "must have the parameters"),
        (lambda: priors.from_dict("flat"), "`prior` must be a dict"),
    ],
)
def test_bad_parameters_are_named(make, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011
        make()
    assert words in str(error.value)
