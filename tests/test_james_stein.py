"""James and Stein's estimator, and its exact risk against independent calculations."""

import re

import numpy as np
import pytest
from scipy import integrate, special, stats

from hbmlib import james_stein as js
from hbmlib import pooling

CASES = [(3, 0.0), (3, 2.5), (4, 1.0), (5, 30.0), (10, 0.0), (10, 8.0), (40, 60.0)]
RULES = {"mle": js.mle, "james-stein": js.james_stein, "positive-part": js.positive_part}
SHRINKERS = (js.james_stein, js.positive_part, js.weight)


def place(J, distance2, spread=False):
    """Make J means at the given squared distance from 5 (or from their own mean)."""
    direction = np.arange(1.0, J + 1)
    if spread:
        direction -= direction.mean()
    return 5 + direction * np.sqrt(distance2) / np.linalg.norm(direction)


def total_errors(rng, rule, theta, sigma, towards, size=40_000):
    y = theta + sigma * rng.standard_normal((size, theta.size))
    estimate = rule(y) if rule is js.mle else rule(y, sigma, towards)
    return np.sum((estimate - theta) ** 2, axis=-1)


def settled(estimator, J):
    """Say whether the loss has a variance: near the point, 1 / S has one only for J > 4."""
    return J > 4 or estimator != "james-stein"


# 36 z-scores, so that a limit of 4.5 fails by chance once in 4,000 runs.
@pytest.mark.parametrize("towards", [5.0, "mean"])
@pytest.mark.parametrize(
    ("estimator", "J", "distance2"),
    [(rule, *case) for rule in RULES for case in CASES if settled(rule, case[0])],
)
def test_risk_is_the_mean_of_simulated_losses(J, distance2, estimator, towards):
    J += towards == "mean"
    sigma = 2.0
    theta = place(J, distance2, spread=towards == "mean")
    exact = js.risk(J, distance2, sigma=sigma, estimator=estimator, towards=towards)
    rng = np.random.default_rng(1961)
    loss = total_errors(rng, RULES[estimator], theta, sigma, towards)
    z = (loss.mean() - exact) / (loss.std() / np.sqrt(loss.size))
    assert abs(z) < 4.5


@pytest.mark.parametrize(("J", "distance2"), CASES)
def test_risk_is_an_integral_over_the_noncentral_chi_square(J, distance2):
    """The rule's weight w(S) gives risk E(w**2 S) - 2 E(w y.theta) + theta.theta.

    E(w(S) y.theta) is theta.theta times the mean of w under J + 2 degrees of freedom.
    """

    def risk(weight):
        def mean(f, df):
            density = stats.ncx2(df, distance2).pdf if distance2 else stats.chi2(df).pdf
            pieces = [(1e-12, J - 2), (J - 2, J + distance2 + 5), (J + distance2 + 5, 1000)]
            return sum(
                integrate.quad(lambda s: f(s) * density(s), *piece, limit=200, epsabs=1e-11)[0]
                for piece in pieces
            )

        return (
            mean(lambda s: weight(s) ** 2 * s, J) - 2 * distance2 * mean(weight, J + 2) + distance2
        )

    plain = js.risk(J, distance2)
    cut = js.risk(J, distance2, estimator="positive-part")
    assert risk(lambda s: 1 - (J - 2) / s) == pytest.approx(plain, rel=2e-5)
    assert risk(lambda s: max(1 - (J - 2) / s, 0)) == pytest.approx(cut, rel=1e-8)


def test_risk_follows_steins_identity():
    """The mean of the unbiased estimate of risk is the risk, with and without the cut."""
    rng = np.random.default_rng(5)
    J, theta = 6, place(6, 4.0) - 5
    y = theta + rng.standard_normal((200_000, J))
    s = np.sum(y**2, axis=-1)
    estimates = {
        "james-stein": J - (J - 2) ** 2 / s,
        "positive-part": np.where(s > J - 2, J - (J - 2) ** 2 / s, s - J),
    }
    for name, estimate in estimates.items():
        z = (estimate.mean() - js.risk(J, 4.0, estimator=name)) / estimate.std() * np.sqrt(s.size)
        assert abs(z) < 4


@pytest.mark.parametrize("g", [np.tanh, np.sin, lambda z: z**3, np.abs])
def test_steins_lemma_by_quadrature(g):
    z, w = special.roots_hermitenorm(200)
    w = w / w.sum()
    step = 1e-5
    slope = (g(z + step) - g(z - step)) / (2 * step)
    # abs has a kink at a node-free 0; its slope is the sign, and both sides are 0 by symmetry.
    assert w @ (z * g(z)) == pytest.approx(w @ slope, abs=1e-8)


@pytest.mark.parametrize("J", [3, 4, 10, 500])
def test_james_stein_dominates(J):
    distance2 = np.concatenate([[0.0], np.geomspace(1e-3, 1e6, 60)])
    plain, cut, own, oracle = (
        js.risk(J, distance2, estimator=name)
        for name in ("james-stein", "positive-part", "mle", "oracle")
    )
    assert (oracle <= cut * (1 + 1e-12)).all()
    assert (cut <= plain * (1 + 1e-12)).all()
    assert (plain < own).all()
    assert cut[0] < plain[0]
    assert plain[0] == pytest.approx(2)
    assert (np.diff(plain) > 0).all()


def test_risk_far_out():
    # Kummer's function for a large argument: the mean of 1 / S is 1 / (delta + J - 4) up to
    # terms of order delta**-3.
    for delta in (1e4, 1e8, 1e300):
        assert 12 - js.risk(12, delta) == pytest.approx(100 / (delta + 12 - 4), abs=1e-8)
    assert js.risk(12, 1e6, estimator="positive-part") == js.risk(12, 1e6)
    far = js.risk(39, [1e9, 1e11, 1e12, 1e20, 1e300])
    np.testing.assert_allclose(far, 39 - 37**2 / np.array([1e9, 1e11, 1e12, 1e20, 1e300]))


@pytest.mark.parametrize("estimator", ["mle", "james-stein", "positive-part"])
@pytest.mark.parametrize("towards", [0, "mean"])
@pytest.mark.parametrize("tau", [0.0, 0.3, 1.0, 3.0])
def test_bayes_risk_is_risk_averaged_over_theta(estimator, towards, tau):
    J, sigma = 7, 1.5
    free = towards == "mean"
    x, w = special.roots_genlaguerre(80, (J - free) / 2 - 1)  # x = distance**2 / (2 tau**2)
    risk = js.risk(J, 2 * tau**2 * x, sigma=sigma, estimator=estimator, towards=towards)
    averaged = risk @ w / w.sum()
    found = js.bayes_risk(J, tau, sigma=sigma, estimator=estimator, towards=towards)
    assert found == pytest.approx(averaged, rel=1e-6)


def test_bayes_risk_in_closed_form():
    J, tau, sigma = 9, 2.0, 3.0
    kept = pooling.shrinkage_weight(1, tau, sigma)
    bayes = js.bayes_risk(J, tau, sigma=sigma, estimator="bayes")
    assert bayes == pytest.approx(J * kept * sigma**2)
    assert js.bayes_risk(J, tau, sigma=sigma) - bayes == pytest.approx(2 * (1 - kept) * sigma**2)
    # With the mean estimated: it keeps its own variance, and one more unit is paid.
    bayes = js.bayes_risk(J, tau, sigma=sigma, estimator="bayes", towards="mean")
    assert bayes == pytest.approx((1 + (J - 1) * kept) * sigma**2)
    saved = J * sigma**2 - js.bayes_risk(J, tau, sigma=sigma, towards="mean")
    assert saved == pytest.approx((J - 3) * (1 - kept) * sigma**2)


def test_bayes_risk_at_the_ends():
    for name in ("mle", "james-stein", "positive-part", "bayes"):
        assert js.bayes_risk(5, 1e200, estimator=name) == pytest.approx(5)
    assert js.bayes_risk(5, 0.0, estimator="positive-part") == pytest.approx(
        js.risk(5, 0.0, estimator="positive-part")
    )
    risks = js.bayes_risk(5, np.linspace(0, 9, 50), estimator="positive-part")
    assert (np.diff(risks) > 0).all()


def test_estimates_by_hand():
    y = [4.0, 0.0, 0.0, 4.0]
    # S = 32: weight 1 - 2 * 4 / 32. About their mean 2, S = 16: weight 1 - 1 * 4 / 16.
    np.testing.assert_allclose(js.james_stein(y, sigma=2), [3, 0, 0, 3])
    np.testing.assert_allclose(js.james_stein(y, 2, "mean"), [3.5, 0.5, 0.5, 3.5])
    np.testing.assert_allclose(js.james_stein(y, 2, [0, 4, 4, 0]), [3.5, 0.5, 0.5, 3.5])
    np.testing.assert_allclose(js.james_stein(y, 8, 0), [-12, 0, 0, -12])
    np.testing.assert_array_equal(js.positive_part(y, 8, 0), np.zeros(4))
    np.testing.assert_array_equal(js.positive_part(y, 8, "mean"), np.full(4, 2.0))
    assert js.weight(y, 8) == -3


def test_leading_axes_are_replications():
    y = np.random.default_rng(2).normal(size=(3, 2, 6))
    for rule in SHRINKERS:
        for towards in (0, 1.5, np.arange(6.0), "mean"):
            one_by_one = [[rule(row, 1.2, towards) for row in block] for block in y]
            np.testing.assert_allclose(rule(y, 1.2, towards), one_by_one)


def test_moving_and_scaling_everything_moves_and_scales_the_estimates():
    y = np.array([1.0, 4.0, 2.0, 7.0, 5.0])
    for rule in (js.james_stein, js.positive_part):
        np.testing.assert_allclose(rule(3 * y + 2, 6, 5), 3 * rule(y, 2, 1) + 2)
        np.testing.assert_allclose(rule(3 * y + 2, 6, "mean"), 3 * rule(y, 2, "mean") + 2)


def test_all_observations_at_the_point():
    np.testing.assert_array_equal(js.positive_part([5.0] * 4, 1, 5), [5.0] * 4)
    assert js.weight([5.0] * 4, 1, "mean") == -np.inf
    with pytest.raises(ValueError, match=r"at the point .* Use `positive_part`"):
        js.james_stein([5.0] * 4, 1, "mean")


def test_extreme_scales():
    y = np.array([1e200, 0.0, -1e200])
    np.testing.assert_array_equal(js.james_stein(y), y)
    np.testing.assert_allclose(js.james_stein(1e-150 * np.arange(4.0), 1e-150),
                               1e-150 * js.james_stein(np.arange(4.0)))  # fmt: skip


@pytest.mark.parametrize("rule", SHRINKERS)
@pytest.mark.parametrize(("J", "towards", "least"), [(2, 0, 3), (1, 0, 3), (3, "mean", 4)])
def test_too_few_means_are_refused(rule, J, towards, least):
    with pytest.raises(ValueError, match=f"at least {least} means .* got {J}"):
        rule(np.ones(J), 1.0, towards)
    for compute in (js.risk, js.bayes_risk):
        for name in ("james-stein", "positive-part"):
            with pytest.raises(ValueError, match=f"at least {least} means .* got {J}"):
                compute(J, 1.0, estimator=name, towards=towards)


def test_few_means_are_allowed_without_the_rule():
    assert js.mle([2.0]).tolist() == [2.0]
    assert js.risk(1, 3.0, estimator="oracle") == pytest.approx(3 / 4)
    assert js.bayes_risk(2, 1.0, estimator="bayes", towards="mean") == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: js.mle(3.0), "`y` must hold one observation for each mean"),
        (lambda: js.mle([1, np.nan]), "`y` must be finite"),
        (lambda: js.james_stein([1, 2, 3], 0), "`sigma` must be a positive number; got 0"),
        (lambda: js.james_stein([1, 2, 3], [1, 2, 3]), "with unequal ones use `pooling`"),
        (lambda: js.james_stein([1, 2, 3], 1, [1, 2]), "`towards` must"),
        (lambda: js.james_stein([1, 2, 3], 1, "median"), "`towards` must be one of 'mean'"),
        (lambda: js.risk(2.5, 1.0), "`J` must be"),
        (lambda: js.risk(5, -1.0), "`distance2` must be"),
        (lambda: js.risk(5, 1.0, estimator="bayes"), "`estimator` must be one of"),
        (lambda: js.bayes_risk(5, -1.0), "`tau` must be"),
        (lambda: js.bayes_risk(5, 1.0, estimator="oracle"), "`estimator` must be one of"),
        (lambda: js.bayes_risk(5, 1.0, sigma=np.inf), "`sigma` must be"),
    ],
)
def test_bad_input_is_refused_with_words(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
