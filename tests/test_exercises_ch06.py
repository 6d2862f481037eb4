"""Exercises 6.2 and 6.4: other samplers that are right, and wrong ones on other streams."""

import numpy as np
import pytest

from hbmlib import exact, pooling
from hbmlib.exercises import check, data
from hbmlib.exercises.ch06 import (
    DRAW_SIGMA,
    MU_PRIOR,
    SAMPLER,
    SIGMA_PRIOR,
    TAU_PRIOR,
    _exactly,
)
from hbmlib.kernels import NUTS, Gibbs
from hbmlib.models import NormalMeans
from hbmlib.sample import sample

PRIORS = {"mu_prior": MU_PRIOR, "tau_prior": TAU_PRIOR, "sigma_prior": SIGMA_PRIOR}


def model(y, group, **priors):
    return NormalMeans(pooling.summarise(y, group), **PRIORS | priors)


RIGHT = {
    "library": lambda y, group: sample(
        Gibbs(model(y, group)), draws=4000, warmup=300, seed=1, progress=False
    ),
    "random scan": lambda y, group: sample(
        Gibbs(model(y, group), scan="random"), draws=8000, warmup=600, seed=2, progress=False
    ),
    "many chains": lambda y, group: sample(
        Gibbs(model(y, group)), draws=1500, warmup=300, chains=16, seed=3, progress=False
    ),
    "another kernel": lambda y, group: sample(
        NUTS(model(y, group)), draws=1500, warmup=500, seed=4, progress=False
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_other_right_samplers_pass(way):
    draws = RIGHT[way](**data("6.4"))
    assert check("6.4", draws).state == "correct"
    assert check("6.4", {name: draws[name] for name in ("mu", "tau", "sigma")}).state == "correct"


def test_wrong_samplers_on_other_streams_get_their_own_message():
    given = data("6.4", student="s1")
    for wrong in SAMPLER.judge.misconceptions:
        verdict = check("6.4", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_another_prior_is_not_the_right_posterior():
    given = data("6.4")
    wrong = PRIORS | {"tau_prior": type(TAU_PRIOR)(0.001, 0.001)}
    drawn = exact.normal_means(pooling.summarise(**given), **wrong).draw(20_000, seed=5)
    verdict = check("6.4", {name: drawn[name].reshape(4, -1) for name in ("mu", "tau", "sigma")})
    assert (verdict.state, "`tau` lie too low" in verdict.message) == ("not yet", True)


def test_short_chains_are_told_how_much_longer():
    draws = sample(Gibbs(model(**data("6.4"))), draws=500, warmup=300, seed=1, progress=False)
    verdict = check("6.4", draws)
    assert verdict.state == "not converged"
    assert "Right so far: run about" in verdict.message


def test_data_are_of_real_schools_with_enough_students():
    for student in ("", "s1", "s2"):
        given = data("6.4", student=student)
        sizes = np.bincount(given["group"])
        assert sizes.size == 20
        assert 4 <= sizes.min() <= sizes.max() <= 12
        assert set(_exactly(**given)) == {"mu", "tau", "sigma"}


def test_a_negative_sd_is_no_draw_of_sigma():
    verdict = check("6.2", lambda *given: -DRAW_SIGMA.judge.solution(*given))
    assert (verdict.state, "lie too low" in verdict.message) == ("not yet", True)
