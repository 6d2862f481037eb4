"""Exercises of chapter 10: references by another way, other right answers, and wrong ones."""

import numpy as np
import pytest

from hbmlib.exercises import check, data
from hbmlib.exercises.ch10 import CENTRE, SAMPLER, SCALE, SPREAD, _cdf_of_tau, _exactly, _given_z
from hbmlib.kernels import NUTS
from hbmlib.models import EightSchools
from hbmlib.priors import HalfNormal, Normal
from hbmlib.sample import sample


def model(given, centred):
    return EightSchools(
        given["own"],
        given["s"],
        centred=centred,
        mu_prior=Normal(CENTRE, SPREAD),
        tau_prior=HalfNormal(SCALE),
    )


def test_longest_step_is_where_the_leapfrog_turns_unstable():
    """Follow the leapfrog of one group given mu and tau, just below the limit and above it."""
    from hbmlib.exercises.ch10 import _step

    for tau in (0.3, 8.0):
        for centred in (True, False):
            curvature = 1 / 3.0**2 + 1 / tau**2 if centred else tau**2 / 3.0**2 + 1
            for share, stable in ((0.99, True), (1.01, False)):
                step, q, p = share * _step(tau, 3.0, centred), 1.0, 0.0
                for _ in range(2000):
                    p -= 0.5 * step * curvature * q
                    q += step * p
                    p -= 0.5 * step * curvature * q
                assert (abs(q) < 2) == stable


def test_reference_of_10_3_is_the_density_summed_over_a_grid():
    for case in _given_z(np.random.default_rng(3)):
        tau = np.arange(0, 60, 0.001)
        error = (case["y"] - case["mu"])[:, None] - tau * case["z"][:, None]
        density = np.exp(
            -0.5 * np.sum((error / case["s"][:, None]) ** 2, axis=0)
            - 0.5 * (tau / case["scale"]) ** 2
        )
        below = np.cumsum(density) / density.sum()
        assert _cdf_of_tau(tau[::500], **case) == pytest.approx(below[::500], abs=1e-3)


def test_drawing_again_until_positive_passes_10_3():
    def draw(rng, y, s, mu, z, scale):
        precision = np.sum((z / s) ** 2) + scale**-2
        mean = np.sum(z * (y - mu) / s**2) / precision
        while True:
            tau = rng.normal(mean, precision**-0.5)
            if tau > 0:
                return tau

    assert check("10.3", draw).state == "correct"


@pytest.mark.parametrize("student", ["", "s1"])
def test_reference_of_10_4_agrees_with_a_sum_over_tau(student):
    given = data("10.4", student=student)
    own, s, tau = given["own"], given["s"], np.arange(0.002, 30, 0.004)[:, None]
    precision = np.sum(1 / (tau**2 + s**2), axis=1) + SPREAD**-2
    mean = (np.sum(own / (tau**2 + s**2), axis=1) + CENTRE * SPREAD**-2) / precision
    log_weight = (
        -0.5 * np.sum(np.log(tau**2 + s**2) + own**2 / (tau**2 + s**2), axis=1)
        + 0.5 * precision * mean**2
        - 0.5 * np.log(precision)
        - 0.5 * (tau[:, 0] / SCALE) ** 2
    )
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    post = _exactly(**given)
    assert post["tau"].mean == pytest.approx(weight @ tau[:, 0], abs=2e-3)
    assert post["mu"].mean == pytest.approx(weight @ mean, abs=2e-3)


def test_nuts_on_the_non_centred_map_passes_10_4():
    kernel = NUTS(model(data("10.4"), centred=False))
    draws = sample(kernel, 3000, 500, seed=5, target_accept=0.9, progress=False)
    verdict = check("10.4", draws)
    assert verdict.state == "correct", verdict


def test_nuts_on_the_centred_map_does_not():
    kernel = NUTS(model(data("10.4"), centred=True))
    draws = sample(kernel, 3000, 500, seed=5, progress=False)
    assert check("10.4", draws).state in {"not yet", "not converged"}


def test_wrong_samplers_on_other_streams_get_their_own_message():
    given = data("10.4", student="s1")
    for wrong in SAMPLER.judge.misconceptions:
        verdict = check("10.4", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_a_wrong_step_is_shown_with_the_map_it_was_for():
    assert "centred = True" in check("10.2", lambda tau, s, centred: 1.0).message
