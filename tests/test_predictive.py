"""Predictions against their exact distributions, and p_B against known answers."""

import numpy as np
import pytest
from scipy.special import ndtr

from hbmlib import diagnostics
from hbmlib.predictive import (
    PredictiveCheck,
    group_index,
    new_groups,
    new_observation,
    predictive_check,
    replicate,
)


def z_scores(sample, mean, sd):
    """How far the moments of independent normal draws are from those expected, in their sds."""
    n = sample.shape[0]
    return np.concatenate(
        [
            np.atleast_1d((sample.mean(axis=0) - mean) / (sd / np.sqrt(n))),
            np.atleast_1d((sample.std(axis=0) - sd) / (sd / np.sqrt(2 * n))),
        ]
    )


def test_group_index_skips_empty_groups():
    np.testing.assert_array_equal(group_index([2, 0, 3]), [0, 0, 2, 2, 2])
    assert group_index([0, 0]).shape == (0,)
    with pytest.raises(ValueError, match="`sizes` must be"):
        group_index([2, -1])


def test_replicated_data_have_the_mean_and_sd_of_their_group():
    rng = np.random.default_rng(1)
    theta = rng.normal([0.0, 10.0, -5.0], [1.0, 2.0, 0.1], size=(40_000, 3))
    sigma = np.full(40_000, 3.0)
    y = replicate(theta, sigma, group=[2, 0, 1, 0], seed=2)
    assert y.shape == (40_000, 4)
    mean, own = np.array([-5.0, 0.0, 10.0, 0.0]), np.array([0.1, 1.0, 2.0, 1.0])
    assert np.abs(z_scores(y, mean, np.sqrt(own**2 + 9))).max() < 4.5
    # Two observations of a group share its mean: their covariance is its variance, 1.
    covariance = np.cov(y[:, 1], y[:, 3])[0, 1]
    assert covariance == pytest.approx(1.0, abs=4.5 * 10.1 / 200)
    assert abs(np.corrcoef(y[:, 1], y[:, 2])[0, 1]) < 4.5 / 200


def test_each_draw_uses_its_own_parameters():
    theta = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(replicate(theta, 0.0, [3, 0], seed=1), theta[..., [3, 0]])
    np.testing.assert_array_equal(new_observation(theta, 0, seed=1), theta)
    sigma = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])  # only one draw has noise
    noise = replicate(theta, sigma, [0, 1, 2, 3], seed=1) - theta
    assert (noise != 0).any(axis=-1).tolist() == (sigma > 0).tolist()


def test_a_known_sd_for_each_group():
    theta = np.zeros((20_000, 3))
    se = np.array([1.0, 5.0, 0.0])
    y = new_observation(theta, se, seed=3)
    assert np.abs(z_scores(y[:, :2], 0, se[:2])).max() < 4.5
    assert (y[:, 2] == 0).all()
    again = replicate(theta, se, [1, 2, 0, 1], seed=4)
    assert np.abs(z_scores(again[:, [0, 2, 3]], 0, se[[1, 0, 1]])).max() < 4.5
    assert (again[:, 1] == 0).all()
    for_each = np.broadcast_to(se, theta.shape)
    np.testing.assert_array_equal(again, replicate(theta, for_each, [1, 2, 0, 1], seed=4))


def test_sd_a_draw_or_a_group_must_be_clear():
    theta, sigma = np.zeros((3, 3)), np.array([0.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="one sd a draw or one a group"):
        new_observation(theta, sigma, seed=1)
    by_draw = new_observation(theta, sigma[:, np.newaxis], seed=1)
    by_group = new_observation(theta, sigma[np.newaxis], seed=1)
    assert (by_draw[:2] == 0).all()
    assert (by_draw[2] != 0).all()
    assert (by_group[:, :2] == 0).all()
    assert (by_group[:, 2] != 0).all()


def test_no_observations_give_an_empty_data_set():
    assert replicate(np.zeros((4, 10, 2)), 1.0, group=[], seed=1).shape == (4, 10, 0)


def test_new_groups_have_their_exact_distribution():
    mu, tau, sigma = 5.0, 2.0, 3.0
    new = new_groups(np.full(40_000, mu), tau, sigma, sizes=[0, 2, 1], seed=5)
    assert new.theta.shape == (40_000, 3)
    assert new.y.shape == (40_000, 3)
    assert new.group.tolist() == [1, 1, 2]
    assert np.abs(z_scores(new.theta, mu, tau)).max() < 4.5
    assert np.abs(z_scores(new.y, mu, np.sqrt(tau**2 + sigma**2))).max() < 4.5
    correlation = np.corrcoef(new.y.T)
    shared = tau**2 / (tau**2 + sigma**2)
    assert correlation[0, 1] == pytest.approx(shared, abs=4.5 / 200)
    assert abs(correlation[0, 2]) < 4.5 / 200
    assert np.corrcoef(new.theta[:, 1], new.y[:, 0])[0, 1] == pytest.approx(
        np.sqrt(shared), abs=4.5 / 200
    )


def test_new_groups_follow_each_draw():
    mu = np.arange(6.0).reshape(2, 3)
    new = new_groups(mu, np.zeros((2, 3)), 0, seed=1)
    np.testing.assert_array_equal(new.theta, mu[..., None])
    assert new.y.shape == (2, 3, 0)
    np.testing.assert_array_equal(
        new_groups(mu, 0, 0, sizes=2, seed=1).y, np.stack([mu, mu], axis=-1)
    )
    assert new_groups(1.0, 2.0, 3.0, sizes=[4], seed=1).y.shape == (4,)
    tau = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    moved = new_groups(mu, tau, 0, seed=1).theta[..., 0] != mu
    assert moved.tolist() == (tau > 0).tolist()


def test_same_seed_same_draws_and_a_generator_goes_on():
    theta = np.zeros((10, 2))
    first = new_observation(theta, 1.0, seed=7)
    np.testing.assert_array_equal(first, new_observation(theta, 1.0, seed=7))
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(first, new_observation(theta, 1.0, seed=rng))
    assert (first != new_observation(theta, 1.0, seed=rng)).all()


THETA = np.zeros((5, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: replicate(THETA, 1.0, [0, 2], seed=1), "from 0 to 1.* got 2 at index 1"),
        (lambda: replicate(THETA, 1.0, [0, -1], seed=1), "`group` must be"),
        (lambda: replicate(THETA, 1.0, [0.5], seed=1), "`group` must be"),
        (lambda: replicate(THETA, 1.0, [[0]], seed=1), "`group` must be"),
        (lambda: replicate(THETA, -1.0, [0], seed=1), "`sigma` must be"),
        (lambda: replicate(THETA, np.ones(4), [0], seed=1), r"\(5,\).*\(2,\); got shape \(4,\)"),
        (lambda: replicate(THETA, np.ones((4, 2)), [0], seed=1), r"got shape \(4, 2\)"),
        (lambda: replicate(THETA, np.ones((2, 2, 2)), [0], seed=1), r"got shape \(2, 2, 2\)"),
        (lambda: replicate(THETA * np.nan, 1.0, [0], seed=1), "`theta` must be"),
        (lambda: replicate(3.0, 1.0, [0], seed=1), "got a single number"),
        (lambda: new_observation(THETA, 1.0, seed=-1), "`seed` must be"),
        (lambda: new_observation(THETA, 1.0, seed="a"), "`seed` must be"),
        (lambda: new_groups([1, 2], [1, 2, 3], 1, seed=1), r"mu \(2,\), tau \(3,\), sigma \(\)"),
        (lambda: new_groups(1, -1, 1, seed=1), "`tau` must be"),
        (lambda: new_groups(1, 1, np.inf, seed=1), "`sigma` must be"),
        (lambda: new_groups(1, 1, 1, sizes=-1, seed=1), "`sizes` must be"),
        (lambda: new_groups(1, 1, 1, sizes=[], seed=1), "`sizes` must be"),
        (lambda: new_groups(np.nan, 1, 1, seed=1), "`mu` must be"),
    ],
)
def test_refuses_what_does_not_fit(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_p_counts_replications_at_least_as_large():
    y = np.array([1.0, 4.0])
    replicated = np.array([[[0.0, 1.0], [9.0, 0.0]], [[4.0, 4.0], [4.0, 2.0]]])  # maxima 1 9 4 4
    result = predictive_check(np.max, y, replicated)
    assert result.observed == 4
    np.testing.assert_array_equal(result.replicated, [[1, 9], [4, 4]])
    assert result.p == 0.75
    assert result.ties == 0.5
    assert predictive_check(lambda data: -np.max(data), y, replicated).p == 0.75
    assert predictive_check(np.min, y, replicated).p == 0.5


def test_p_is_the_tail_probability_of_the_statistic():
    # Replications N(0, 1), T the mean of 4: P(T >= 0.6) = Phi(-1.2).
    replicated = np.random.default_rng(8).normal(size=(4, 2500, 4))
    result = predictive_check(np.mean, [0.6, 0.6, 0.5, 0.7], replicated)
    expected = ndtr(-1.2)
    error = np.sqrt(expected * (1 - expected) / 10_000)
    assert abs(result.p - expected) < 4.5 * error
    assert result.mcse == pytest.approx(error, rel=0.2)


def test_mcse_knows_that_draws_are_autocorrelated():
    slow = np.repeat(np.random.default_rng(9).normal(size=(4, 100)), 10, axis=1)
    result = PredictiveCheck(observed=0.0, replicated=slow)
    assert result.mcse == diagnostics.mcse_mean(slow >= 0)
    assert result.mcse > 2 * np.sqrt(0.25 / slow.size)
    assert PredictiveCheck(0.0, slow[0]).mcse == diagnostics.mcse_mean(slow[:1] >= 0)
    assert np.isnan(PredictiveCheck(0.0, slow.reshape(4, 10, 100)).mcse)


def test_a_statistic_may_depend_on_the_parameters():
    # T = sum (y - mu)^2 / sigma^2 is chi-squared with N degrees of freedom when the model holds,
    # and 4 times as large for data that are twice as wide.
    rng = np.random.default_rng(10)
    mu, sigma = rng.normal(size=(2, 300)), np.exp(rng.normal(0, 0.1, size=(2, 300)))
    replicated = mu[..., None] + sigma[..., None] * rng.normal(size=(2, 300, 30))

    def chi_square(y, mu, sigma):
        return np.sum((y - mu) ** 2) / sigma**2

    y = 2 * rng.normal(size=30)
    parameters = {"mu": mu, "sigma": sigma}
    result = predictive_check(chi_square, y, replicated, parameters)
    for draw in ((0, 0), (1, 299)):
        given = mu[draw], sigma[draw]
        assert result.observed[draw] == chi_square(y, *given)
        assert result.replicated[draw] == chi_square(replicated[draw], *given)
    assert result.replicated.mean() == pytest.approx(30, abs=4.5 * np.sqrt(60 / 600))
    assert result.p < 0.01


def test_vector_parameters_reach_the_statistic_whole():
    theta = np.arange(6.0).reshape(3, 2)
    result = predictive_check(
        lambda y, theta: theta.sum(), [1.0], np.zeros((3, 1)), {"theta": theta}
    )
    np.testing.assert_array_equal(result.observed, [1, 5, 9])


@pytest.mark.parametrize(
    ("statistic", "message"),
    [
        (lambda y: y, r"returned shape \(2,\)"),
        (lambda y: np.nan, "returned nan"),
        (lambda y: None, "returned None"),
        (lambda y: "large", "returned 'large'"),
        (3.0, "must be a function.* got 3.0"),
    ],
)
def test_refuses_a_statistic_that_is_not_one_number(statistic, message):
    with pytest.raises(ValueError, match=message):
        predictive_check(statistic, [1.0, 2.0], np.zeros((5, 2)))


@pytest.mark.parametrize(
    ("y", "replicated", "parameters", "message"),
    [
        ([1.0, 2.0], np.zeros((5, 3)), None, r"shape \(\.\.\., 2\).*got \(5, 3\)"),
        ([1.0, 2.0], np.zeros(2), None, r"got \(2,\)"),
        ([[1.0, 2.0]], np.zeros((5, 2)), None, "`y` must be"),
        ([np.nan, 2.0], np.zeros((5, 2)), None, "`y` must be"),
        ([1.0, 2.0], np.full((5, 2), np.nan), None, "`replicated` must be"),
        ([1.0, 2.0], np.zeros((5, 2)), {"mu": np.zeros(4)}, r"'mu'.*\(5,\); got \(4,\)"),
    ],
)
def test_check_refuses_what_does_not_fit(y, replicated, parameters, message):
    with pytest.raises(ValueError, match=message):
        predictive_check(np.mean, y, replicated, parameters)
