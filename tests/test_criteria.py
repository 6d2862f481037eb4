"""WAIC against a calculation by hand, an exact answer and ArviZ's leave-one-out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hbmlib.criteria import Waic, waic


def test_equals_a_calculation_by_hand():
    # Two draws of two observations, densities 1/2, 1/8 and 1/4, 1/4.
    log_density = np.log([[[1 / 2, 1 / 4], [1 / 8, 1 / 4]]])
    result = waic(log_density)
    # lppd: log(5/16), log(1/4). Variance with n - 1 = 1: half of (log 4)^2, and 0.
    penalty = math.log(4) ** 2 / 2
    np.testing.assert_allclose(result.lppd_i, [math.log(5 / 16), math.log(1 / 4)], rtol=1e-14)
    np.testing.assert_allclose(result.p_i, [penalty, 0], rtol=1e-14)
    np.testing.assert_allclose(
        result.elpd_i, [math.log(5 / 16) - penalty, math.log(1 / 4)], rtol=1e-14
    )
    assert result.p == pytest.approx(penalty, rel=1e-14)
    assert result.elpd == pytest.approx(math.log(5 / 64) - penalty, rel=1e-14)
    assert result.deviance == -2 * result.elpd
    # se: sqrt(n x variance) = sqrt(2 x d^2/2) = |d|, the difference of the two.
    assert result.se == pytest.approx(abs(math.log(5 / 4) - penalty), rel=1e-14)
    np.testing.assert_array_equal(result.high_variance, [True, False])
    assert not result.reliable


@given(arrays(float, (2, 7, 3), elements=st.floats(-50, 5)))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_equals_plain_loops(log_density):
    result = waic(log_density)
    for i in range(3):
        column = [log_density[c, d, i] for c in range(2) for d in range(7)]
        mean = sum(column) / 14
        lppd = math.log(math.fsum(math.exp(v) for v in column) / 14)
        variance = math.fsum((v - mean) ** 2 for v in column) / 13
        assert result.lppd_i[i] == pytest.approx(lppd, rel=1e-9, abs=1e-9)
        assert result.p_i[i] == pytest.approx(variance, rel=1e-9, abs=1e-9)


def test_reaches_the_exact_answer_of_a_normal_mean():
    # y ~ N(mu, 1), flat prior: mu | y ~ N(ybar, 1/n). The mean density at y_i is
    # N(y_i; ybar, sqrt(1 + 1/n)); the log density is quadratic in mu, so with d = y_i - ybar its
    # variance is d^2/n + 1/(2 n^2).
    rng = np.random.default_rng(1)
    n = 20
    y = rng.normal(size=n)
    mu = rng.normal(y.mean(), 1 / np.sqrt(n), size=(4, 50_000, 1))
    result = waic(-0.5 * np.log(2 * np.pi) - (y - mu) ** 2 / 2)
    d = y - y.mean()
    lppd = -0.5 * np.log(2 * np.pi * (1 + 1 / n)) - d**2 / (2 * (1 + 1 / n))
    # 200,000 draws: four sds of the Monte Carlo error are about 4 sqrt(p_i / 200,000).
    assert np.abs(result.lppd_i - lppd).max() < 0.01
    np.testing.assert_allclose(result.p_i, d**2 / n + 1 / (2 * n**2), rtol=0.02)


def test_densities_too_small_for_floats_are_no_trouble():
    result = waic(np.array([[[-2000.0], [-2000.0]]]))
    assert result.lppd_i[0] == pytest.approx(-2000)
    assert result.p_i[0] == 0


def test_one_observation_has_no_standard_error():
    result = waic(np.log([[[0.2], [0.3]]]))
    assert np.isnan(result.se)
    assert "1 observation>" in repr(result)


def test_repr_counts_the_marked_observations():
    result = Waic(np.array([-1.0, -2.0, -1.5]), np.array([0.1, 0.41, 0.4]))
    assert "variance above 0.4 at 1>" in repr(result)
    assert Waic(np.array([-1.0, -2.0]), np.array([0.1, 0.4])).reliable


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((4, 10)), r"shape \(chain, draw, n\); got shape \(4, 10\)"),
        (np.zeros((1, 1, 5)), "two draws or more"),
        (np.zeros((2, 5, 0)), "`log_likelihood` must be"),
        (np.full((2, 5, 3), -np.inf), "got -inf"),
        (np.full((2, 5, 3), np.nan), "got nan"),
        ([[["a"]]], "finite numbers"),
        (3.0, r"got shape \(\)"),
    ],
)
def test_refuses_what_is_no_log_likelihood(bad, message):
    with pytest.raises(ValueError, match=message):
        waic(bad)
