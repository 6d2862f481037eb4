"""Exercise 8.4: its reference, other samplers that are right, and wrong ones on other streams."""

import numpy as np
import pytest

from hbmlib.exercises import check, data
from hbmlib.exercises.ch08 import (
    CENTRE,
    INVERSE_MASS,
    SAMPLER,
    SCALE_OF_TAU,
    SPREAD_OF_MU,
    _exactly,
    _gradient,
    _log_density,
)
from hbmlib.kernels import HMC, NUTS, Metropolis
from hbmlib.models import EightSchools, Population
from hbmlib.priors import HalfNormal, Normal
from hbmlib.sample import sample

PRIORS = {"mu_prior": Normal(CENTRE, SPREAD_OF_MU), "tau_prior": HalfNormal(SCALE_OF_TAU)}


def library(kernel, model=Population, draws=3000, **options):
    """Make a sampler of the library for the exercise's data."""
    return lambda y, se: sample(
        kernel(model(y, se, **PRIORS), **options),
        draws=draws,
        warmup=500,
        chains=8,
        seed=3,
        progress=False,
    )


RIGHT = {
    "one length for all chains": library(
        HMC, step_size=0.5, n_steps=5, inverse_mass=INVERSE_MASS, draws=2000
    ),
    "many steps": library(HMC, step_size=0.5, n_steps=12, draws=2000),
    "random walk": library(Metropolis, draws=12_000),
    "no-U-turn": library(NUTS),
    "non-centred": library(
        lambda model: HMC(model, step_size=0.2, n_steps=6),
        lambda y, se, **priors: EightSchools(y, se, centred=False, **priors),
    ),
}


def test_density_and_gradient_are_those_of_the_library():
    given = data("8.4")
    model = Population(given["y"], given["se"], **PRIORS)
    q = np.random.default_rng(1).normal([12, 1], [3, 0.8], (50, 2))
    logp, gradient = model.logp_and_grad(q)
    assert np.ptp(logp - _log_density(q, **given)) < 1e-9
    assert gradient == pytest.approx(_gradient(q, **given), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("student", ["", "s1", "s2"])
def test_reference_agrees_with_a_sum_over_both_unknowns(student):
    given = data("8.4", student=student)
    mu, u = np.arange(0, 26, 0.05), np.arange(-9, 3.5, 0.02)
    density = _log_density(np.stack(np.meshgrid(mu, u, indexing="ij"), axis=-1), **given)
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    reference = _exactly(**given)
    assert reference["mu"].mean == pytest.approx(weight.sum(axis=1) @ mu, abs=2e-3)
    assert reference["tau"].mean == pytest.approx(weight.sum(axis=0) @ np.exp(u), abs=2e-3)


@pytest.mark.parametrize("way", RIGHT)
def test_other_right_samplers_pass(way):
    verdict = check("8.4", RIGHT[way](**data("8.4")))
    assert verdict.state == "correct", verdict


def test_wrong_samplers_on_other_streams_get_their_own_message():
    given = data("8.4", student="s1")
    for wrong in SAMPLER.judge.misconceptions:
        verdict = check("8.4", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_logarithms_are_recognised():
    draws = SAMPLER.judge.solution(**data("8.4"))
    verdict = check("8.4", draws | {"tau": np.log(draws["tau"])})
    assert verdict.state == "not yet"
    assert "logarithms" in verdict.message


def test_short_chains_are_told_how_much_longer():
    draws = SAMPLER.judge.solution(**data("8.4"))
    verdict = check("8.4", {name: x[:, :400] for name, x in draws.items()})
    assert verdict.state == "not converged"
    assert "Right so far: run about" in verdict.message


def test_data_of_8_3_have_one_wide_coordinate():
    for student in ("", "s1"):
        sd = np.sort(data("8.3", student=student)["sd"])
        assert sd[-1] > 4 > sd[-2] > sd[0] > 0
