"""The exact posterior against a second method, published results, limits, and its own draws."""

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import ndtr

from hbmlib import datasets, exact, pooling
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform
from tests import exact_fixtures, second_method

P = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
EFFECT, SE = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
UNEVEN = [[3.0, 4.5, 5.0], [6.0, 8.0], [1.0], []]
SINGLE = [[3.0], [4.5], [8.0], [6.0], [1.0]]


def summarised(y):
    flat = np.concatenate(y)
    return pooling.summarise(
        flat, np.repeat(np.arange(len(y)), [len(v) for v in y]), range(len(y))
    )


# Agreement with the second method


@pytest.mark.parametrize("mu_prior", [Normal(0, 5), Flat()], ids=str)
@pytest.mark.parametrize(
    ("tau_prior", "range_"),
    [
        (Flat(), (-34, 12)),
        (HalfNormal(25), (-34, 6)),
        (HalfCauchy(5), (-34, 12)),
        (Uniform(0, 10), (-34, np.log(10))),
        (Uniform(2, 10), (np.log(2), np.log(10))),
        (GammaPrecision(0.5, 2), (-3, 12)),
    ],
    ids=str,
)
def test_known_sigma_agrees_with_the_second_method(mu_prior, tau_prior, range_):
    y = [[float(v)] for v in EFFECT]
    log_total, there = second_method.moments(y, SE, mu_prior, tau_prior, None, [range_])
    fit = exact.normal_means(
        pooling.from_means(EFFECT), sigma=SE, mu_prior=mu_prior, tau_prior=tau_prior
    )
    compare(fit, log_total, there)


@pytest.mark.parametrize(
    ("y", "mu_prior", "tau_prior", "sigma_prior", "ranges"),
    [
        (UNEVEN, Normal(0, 10), HalfNormal(5), HalfNormal(5), [(-26, 4), (-3, 4)]),
        (UNEVEN, Normal(3, 2), Uniform(0, 4), HalfCauchy(2), [(-26, np.log(4)), (-3, 9)]),
        (UNEVEN, Flat(), HalfNormal(3), GammaPrecision(2, 3), [(-26, 3.2), (-3, 6)]),
        (SINGLE, Flat(), GammaPrecision(2, 3), Uniform(0, 6), [(-2, 6), (-26, np.log(6))]),
    ],
    ids=["half-normal", "half-cauchy", "gamma", "single"],
)
def test_unknown_sigma_agrees_with_the_second_method(y, mu_prior, tau_prior, sigma_prior, ranges):
    log_total, there = second_method.moments(y, None, mu_prior, tau_prior, sigma_prior, ranges)
    fit = exact.normal_means(
        summarised(y), mu_prior=mu_prior, tau_prior=tau_prior, sigma_prior=sigma_prior
    )
    compare(fit, log_total, there)


def compare(fit, log_total, there):
    """Hold every moment against the second method's, to 1e-6."""
    tau, tau2, sigma, mu, mu2, theta, theta2, weight = there
    pairs = [
        (fit._nodes.log_total, log_total),
        (fit.tau.mean, tau),
        (fit.mu.mean, mu),
        (fit.mu.sd, np.sqrt(mu2 - mu**2)),
        (fit.theta.mean[0], theta),
        (fit.theta.sd[0], np.sqrt(theta2 - theta**2)),
        (fit.shrinkage.mean[0], weight),
    ]
    if "sd" not in fit.tau.missing_moments:
        pairs.append((fit.tau.sd, np.sqrt(tau2 - tau**2)))
    if fit.sigma is not None:
        pairs.append((fit.sigma.mean, sigma))
    here, reference = np.array(pairs).T
    np.testing.assert_allclose(here, reference, rtol=1e-6)


def test_distributions_agree_with_adaptive_quadrature():
    y, se = np.array(EFFECT, float), np.array(SE, float)

    def joint(tau):
        v = tau**2 + se**2
        precision = (1 / v).sum() + 1 / 25
        mean = (y / v).sum() / precision
        density = np.exp(-0.5 * (y**2 / v).sum() + 0.5 * precision * mean**2)
        density /= np.sqrt(v.prod() * precision) * (1 + (tau / 5) ** 2) * 1e-12
        return density, mean, precision

    def average(f, upper=np.inf):
        pieces = [(0, min(20, upper)), (20, upper)] if upper > 20 else [(0, upper)]
        return sum(
            quad(lambda t: joint(t)[0] * f(t), *piece, epsabs=0, epsrel=1e-10, limit=200)[0]
            for piece in pieces
        )

    total = average(lambda t: 1)
    fit = exact.normal_means(
        pooling.from_means(EFFECT), sigma=SE, mu_prior=Normal(0, 5), tau_prior=HalfCauchy(5)
    )
    for x in [0.2, 3.0, 12.0]:
        assert fit.tau.cdf(x) == pytest.approx(average(lambda t: 1, x) / total, abs=1e-8)
        assert fit.tau.pdf(x) == pytest.approx(joint(x)[0] / total, rel=1e-6)

    def mu_below(t):
        _, mean, precision = joint(t)
        return ndtr((2 - mean) * np.sqrt(precision))

    def theta_below(t):
        _, mean, precision = joint(t)
        keep = se[0] ** 2 / (t**2 + se[0] ** 2)
        sd = np.sqrt(t**2 * keep + keep**2 / precision)
        return ndtr((9 - (1 - keep) * y[0] - keep * mean) / sd)

    assert fit.mu.cdf(2) == pytest.approx(average(mu_below) / total, abs=1e-8)
    assert fit.theta.cdf(9)[0] == pytest.approx(average(theta_below) / total, abs=1e-8)
    weight = 0.3
    tau = se[0] * np.sqrt(weight / (1 - weight))
    below = average(lambda t: 1, tau) / total
    assert fit.shrinkage.cdf(weight)[0] == pytest.approx(below, abs=1e-8)


def test_eight_schools_to_two_decimals():
    log_total, there = second_method.moments(
        [[float(v)] for v in EFFECT], SE, Normal(0, 5), HalfCauchy(5), None, [(-34, 14)]
    )
    assert (round(there[3], 2), round(there[0], 2)) == (4.40, 3.60)
    fit = exact.normal_means(
        pooling.from_means(EFFECT), sigma=SE, mu_prior=Normal(0, 5), tau_prior=HalfCauchy(5)
    )
    assert (round(fit.mu.mean, 2), round(fit.tau.mean, 2)) == (4.40, 3.60)
    assert fit.log_marginal_likelihood == pytest.approx(log_total, rel=1e-9)


def test_mode_of_the_restricted_likelihood_is_reml():
    hsb = datasets.load("hsb")
    groups = pooling.summarise(hsb["math"], hsb["school"].tolist())
    found = minimize(
        lambda x: -float(exact.log_likelihood(groups, *np.exp(x))),
        [1.0, 2.0],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-9},
    )
    tau2, sigma2 = np.exp(2 * found.x)
    assert (round(tau2, 3), round(sigma2, 3)) == (8.614, 39.148)
    v = tau2 + sigma2 / groups.n
    assert round(float((groups.mean / v).sum() / (1 / v).sum()), 3) == 12.637


# Its own parts agree with each other

FITS = {
    "eight": lambda: exact.normal_means(
        pooling.from_means(EFFECT), sigma=SE, tau_prior=HalfCauchy(5)
    ),
    "uneven": lambda: exact.normal_means(summarised(UNEVEN), tau_prior=HalfNormal(5)),
    "single": lambda: exact.normal_means(summarised(SINGLE)),
    "bounded": lambda: exact.normal_means(
        summarised(UNEVEN), tau_prior=Uniform(0, 2), sigma_prior=GammaPrecision(1, 1)
    ),
    "hundred": lambda: exact.normal_means(exact_fixtures.cases()["hundred"][0]),
}


@cache
def fitted(name):
    return FITS[name]()


@pytest.mark.parametrize("name", FITS)
def test_quantile_inverts_cdf_and_pdf_is_its_slope(name):
    fit = fitted(name)
    marginals = [fit.mu, fit.tau, fit.theta, fit.new_group, fit.shrinkage]
    marginals += [fit.sigma] if fit.sigma else []
    seen = fit._surface.data.information > 0
    for marginal in marginals:
        x = marginal.quantile(P)
        filled = np.s_[:, seen] if marginal is fit.shrinkage else np.s_[:]
        cdf = marginal.cdf(x)
        expected = np.broadcast_to(P.reshape((-1,) + (1,) * (cdf.ndim - 1)), cdf.shape)
        np.testing.assert_allclose(cdf[filled], expected[filled], atol=1e-10)
        if name == "single" and marginal is fit.theta:
            continue  # as sigma may be 0, the density has a pole of a logarithm at each own mean
        step = 1e-5 * (x[-1] - x[0])
        slope = (marginal.cdf(x + step) - marginal.cdf(x - step)) / (2 * step + (step == 0))
        np.testing.assert_allclose(marginal.pdf(x)[filled], slope[filled], rtol=2e-4, atol=1e-9)


@pytest.mark.parametrize("name", FITS)
def test_draws_follow_the_marginals(name):
    fit, size = fitted(name), 10_000
    draws = fit.draw(size, seed=11)
    for key in ["mu", "tau", "sigma", "theta"]:
        marginal = getattr(fit, key)
        if marginal is None:
            continue
        for p in P:
            below = (draws[key] <= marginal.quantile(p)).mean(0)
            z = (below - p) / np.sqrt(p * (1 - p) / size)
            assert np.abs(z).max() < 4.5, (key, p)
        if not marginal.missing_moments:
            z = (draws[key].mean(0) - marginal.mean) / marginal.sd * np.sqrt(size)
            assert np.abs(z).max() < 4.5, key
    again = fit.draw(size, seed=11)
    assert all(np.array_equal(draws[key], again[key]) for key in draws)


def test_draws_of_predictions_follow_theirs():
    fit, size = fitted("uneven"), 40_000
    draws, rng = fit.draw(size, seed=2), np.random.default_rng(3)
    group = rng.normal(draws["mu"], draws["tau"])
    for marginal, values in [
        (fit.new_group, group),
        (fit.new_observation, rng.normal(group, draws["sigma"])),
    ]:
        below = (values[:, np.newaxis] <= marginal.quantile(P)).mean(0)
        assert (np.abs(below - P) < 4.5 * np.sqrt(P * (1 - P) / size)).all()
    weight = draws["tau"] ** 2 / (draws["tau"] ** 2 + draws["sigma"] ** 2 / 3)
    below = (weight[:, np.newaxis] <= fit.shrinkage.quantile(P)[:, 0]).mean(0)
    assert (np.abs(below - P) < 4.5 * np.sqrt(P * (1 - P) / size)).all()


def test_given_tau_averages_to_the_marginal():
    fit = fitted("eight")
    tau = fit.tau.quantile((np.arange(2000) + 0.5) / 2000)
    theta = np.mean([fit.given_tau(t).theta.mean for t in tau], 0)
    np.testing.assert_allclose(theta, fit.theta.mean, rtol=1e-3)
    together = fit.given_tau(0)
    assert np.ptp(together.theta.mean) == 0
    assert together.theta.sd[0] == pytest.approx(together.mu.sd)
    with pytest.raises(ValueError, match="`tau` must lie in the support of its prior, 0 to 2"):
        fitted("bounded").given_tau(3)


def test_a_finer_rule_changes_nothing():
    for name in ["eight", "uneven", "single"]:
        groups, sigma = (pooling.from_means(EFFECT), SE) if name == "eight" else (None, None)
        groups = groups or summarised(UNEVEN if name == "uneven" else SINGLE)
        loose, tight = (
            exact.normal_means(groups, sigma=sigma, rtol=rtol) for rtol in (1e-8, 1e-13)
        )
        np.testing.assert_allclose(
            loose.theta.quantile(P), tight.theta.quantile(P), rtol=1e-7, atol=1e-7
        )
        assert loose.tau.sd == pytest.approx(tight.tau.sd, rel=1e-7)


# Properties

groups_strategy = st.lists(
    st.lists(st.floats(-20, 20).map(lambda x: round(x, 2)), min_size=0, max_size=4),
    min_size=2,
    max_size=5,
).filter(lambda y: pooling_ss(y) > 1e-3)


def pooling_ss(y):
    """Add up the squares within groups."""
    return sum(np.var(v) * len(v) for v in y if len(v) > 1)


def numbers(fit):
    """Collect what a fit says about the population."""
    marginals = [fit.mu, fit.tau, fit.sigma, fit.new_group]
    return np.concatenate([m.quantile(P) for m in marginals])


@settings(max_examples=15, deadline=None)
@given(y=groups_strategy, seed=st.integers(0, 9))
def test_order_of_groups_does_not_matter(y, seed):
    order = np.random.default_rng(seed).permutation(len(y))
    one, other = (exact.normal_means(summarised(v)) for v in (y, [y[j] for j in order]))
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(one.theta.mean[order], other.theta.mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(one.shrinkage.mean[order], other.shrinkage.mean, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(y=groups_strategy, shift=st.floats(-1e4, 1e4), scale=st.floats(1e-3, 1e3))
def test_units_do_not_matter(y, shift, scale):
    def fit(scale, shift):
        groups = summarised([[shift + scale * v for v in values] for values in y])
        return exact.normal_means(
            groups,
            mu_prior=Normal(shift, 10 * scale),
            tau_prior=HalfCauchy(5 * scale),
            sigma_prior=HalfNormal(9 * scale),
        )

    one, other = fit(1.0, 0.0), fit(scale, shift)
    for name, location in [("mu", shift), ("theta", shift), ("tau", 0), ("sigma", 0)]:
        here, there = getattr(one, name).quantile(P), getattr(other, name).quantile(P)
        np.testing.assert_allclose((there - location) / scale, here, rtol=1e-5, atol=1e-5)
    jacobian = sum(map(len, y)) * np.log(scale)
    expected = one.log_marginal_likelihood - jacobian
    assert other.log_marginal_likelihood == pytest.approx(expected, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(y=groups_strategy)
def test_an_empty_group_changes_nothing_else(y):
    one, other = (exact.normal_means(summarised(v)) for v in (y, [*y, []]))
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(one.theta.mean, other.theta.mean[:-1], rtol=1e-12, atol=1e-12)
    assert other.shrinkage.mean[-1] == 0
    assert (other.shrinkage.quantile(P)[:, -1] == 0).all()
    np.testing.assert_allclose(other.theta.quantile(P)[:, -1], other.new_group.quantile(P))


def test_large_groups_keep_their_own_mean():
    mean, n = [3.0, 5.0, 9.0], 10**8
    fit = exact.normal_means(pooling.from_means(mean, [n] * 3, [n * 4.0] * 3))
    np.testing.assert_allclose(fit.theta.mean, mean, atol=1e-6)
    np.testing.assert_allclose(fit.theta.sd, 2 / np.sqrt(n), rtol=1e-4)
    assert (fit.shrinkage.mean > 1 - 1e-6).all()
    assert fit.sigma.mean == pytest.approx(2, rel=1e-7)


def test_a_prior_at_zero_pools_completely():
    groups = summarised(UNEVEN)
    fit = exact.normal_means(groups, sigma=2.0, mu_prior=Flat(), tau_prior=HalfNormal(1e-6))
    pooled = pooling.complete(groups, 2.0)
    np.testing.assert_allclose(fit.theta.mean, pooled.mean, rtol=1e-9)
    np.testing.assert_allclose(fit.theta.sd, pooled.sd, rtol=1e-9)


def test_a_prior_far_out_does_not_pool():
    groups = pooling.from_means([3.0, 5.0, 9.0], [2, 4, 1])
    fit = exact.normal_means(groups, sigma=2.0, mu_prior=Flat(), tau_prior=Uniform(1e6, 2e6))
    own = pooling.none(groups, 2.0)
    np.testing.assert_allclose(fit.theta.mean, own.mean, rtol=1e-9)
    np.testing.assert_allclose(fit.theta.sd, own.sd, rtol=1e-9)


def test_an_extreme_case_stays_finite():
    for y, sigma in [
        ([[1e6], [1e6 + 1]], None),
        ([[1e6, 1e6 + 0.5], [-1e6]], None),
        ([[3.0]], None),
        ([[3.0], []], 1e-6),
        ([[0.0, 0.1], [5.0, 5.1], [9.0, 9.1]], 1e-6),
        ([[2.0], [2.0]], None),
    ]:
        fit = exact.normal_means(summarised(y), sigma=sigma)
        for marginal in [fit.mu, fit.tau, fit.theta, fit.new_group]:
            assert np.isfinite(marginal.quantile(P)).all()
            assert np.isfinite(marginal.mean).all()
        assert fit.error < 1e-6


@pytest.mark.parametrize("sd", [0.1, 0.01, 0.001])
def test_a_narrow_prior_of_mu_needs_few_nodes(sd):
    fit, tight = (
        exact.normal_means(pooling.from_means(EFFECT), sigma=SE, mu_prior=Normal(0, sd), rtol=rtol)
        for rtol in (1e-8, 1e-13)
    )
    assert fit._nodes.weight.size < 400
    for name in ["mu", "tau", "theta", "new_group"]:
        here, there = getattr(fit, name), getattr(tight, name)
        np.testing.assert_allclose(here.quantile(P), there.quantile(P), rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(here.sd, there.sd, rtol=1e-7)


def test_rounding_errors_do_not_ask_for_ever_more_nodes():
    """Means far beyond both priors: the log density is rounded to about a millionth."""
    fit = exact.normal_means(
        pooling.from_means([0, 1e6]), sigma=1, mu_prior=Normal(0, 1), tau_prior=Uniform(1, 10)
    )
    assert fit._nodes.weight.size <= 4096
    assert fit.error < 1e-6
    assert fit.tau.quantile([0.05, 0.95]) == pytest.approx(10)
    assert fit.tau.mean == pytest.approx(10)


# Propriety and moments

IMPROPER = "the posterior is improper"
FLAT = {"mu_prior": Flat(), "tau_prior": Flat()}


def fit_ones(J, **priors):
    sigma = priors.pop("sigma", 1.0)
    return exact.normal_means(pooling.from_means(np.arange(J) ** 1.5), sigma=sigma, **priors)


@pytest.mark.parametrize(
    ("fit", "least", "words"),
    [
        (lambda J: fit_ones(J, **FLAT), 3, "`tau_prior` must be proper"),
        (lambda J: fit_ones(J, tau_prior=Flat()), 2, "`tau_prior` must be proper"),
        (
            lambda J: fit_ones(J, sigma=None, sigma_prior=Flat(), **FLAT),
            4,
            "`tau_prior` or `sigma_prior` must be proper",
        ),
        (
            lambda J: fit_ones(J, sigma=None, sigma_prior=Flat(), tau_prior=Flat()),
            3,
            "`tau_prior` or `sigma_prior` must be proper",
        ),
        (
            lambda J: fit_ones(J, sigma=None, sigma_prior=Flat(), mu_prior=Flat()),
            3,
            "`sigma_prior` must be proper",
        ),
        (lambda J: fit_ones(J, sigma=None, sigma_prior=Flat()), 2, "`sigma_prior` must be proper"),
    ],
    ids=["tau", "tau-normal", "all", "scales-normal", "sigma", "sigma-normal"],
)
def test_propriety_has_its_boundary(fit, least, words):
    with pytest.raises(ValueError, match=words) as error:
        fit(least - 1)
    assert IMPROPER in str(error.value)
    posterior = fit(least)
    assert np.isfinite(posterior.tau.quantile(P)).all()
    assert np.isfinite(posterior.theta.quantile(P)).all()


@pytest.mark.parametrize(
    ("name", "moment", "fit", "least"),
    [
        ("tau", "mean", lambda J: fit_ones(J, **FLAT), 4),
        ("tau", "sd", lambda J: fit_ones(J, **FLAT), 5),
        ("tau", "mean", lambda J: fit_ones(J, tau_prior=Flat()), 3),
        ("tau", "sd", lambda J: fit_ones(J, mu_prior=Flat(), tau_prior=HalfCauchy(2)), 3),
        ("tau", "mean", lambda J: fit_ones(J, mu_prior=Flat(), tau_prior=HalfCauchy(2)), 2),
        (
            "tau",
            "sd",
            lambda J: fit_ones(J, mu_prior=Flat(), tau_prior=GammaPrecision(0.5, 1)),
            3,
        ),
        (
            "tau",
            "mean",
            lambda J: fit_ones(J, mu_prior=Flat(), tau_prior=GammaPrecision(0.5, 1)),
            2,
        ),
        ("mu", "mean", lambda J: fit_ones(J, **FLAT), 4),
        ("new_group", "sd", lambda J: fit_ones(J, **FLAT), 5),
        (
            "sigma",
            "mean",
            lambda J: fit_ones(J, sigma=None, mu_prior=Flat(), sigma_prior=Flat()),
            4,
        ),
    ],
)
def test_moments_have_their_boundary(name, moment, fit, least):
    short = getattr(fit(least - 1), name)
    assert np.isnan(getattr(short, moment)).all()
    assert f"needs at least {least}" in short.missing_moments[moment]
    assert f"got {least - 1}." in short.missing_moments[moment]
    assert np.isfinite(short.quantile(P)).all()
    enough = getattr(fit(least), name)
    assert np.isfinite(getattr(enough, moment)).all()
    assert moment not in enough.missing_moments


def test_an_empty_group_has_the_moments_of_a_new_one():
    for y, short in [(EFFECT[:3], ["mean", "sd"]), (EFFECT[:4], ["sd"]), (EFFECT[:5], [])]:
        groups = pooling.summarise(np.array(y, float), range(len(y)), labels=range(9))
        fit = exact.normal_means(groups, sigma=10.0, **FLAT)
        theta, new = fit.theta, fit.new_group
        np.testing.assert_allclose(theta.mean[len(y) :], np.full(9 - len(y), new.mean))
        np.testing.assert_allclose(theta.sd[len(y) :], np.full(9 - len(y), new.sd))
        assert np.isfinite(theta.sd[: len(y)]).all()
        assert sorted(theta.missing_moments) == short
        for reason in theta.missing_moments.values():
            assert "of `theta` of an empty group does not exist" in reason
        assert np.isfinite(theta.quantile(P)).all()


def test_tails_fall_as_the_rules_say():
    """Where the mass beyond x falls like x**-rate, ten times x takes 10**rate less of it."""
    for J, rate in [(3, 1), (4, 2), (5, 3)]:
        tau = fit_ones(J, **FLAT).tau
        x = tau.quantile(1 - 1e-5)
        assert np.log10((1 - tau.cdf(x / 10)) / (1 - tau.cdf(x))) == pytest.approx(rate, abs=0.05)


def test_no_variation_within_groups_needs_a_prior_that_excludes_zero():
    groups = pooling.from_means([3, 4], [2, 3])
    for prior in [HalfNormal(50), HalfCauchy(5), Uniform(0, 9)]:
        with pytest.raises(ValueError, match="`groups` must vary within at least one group"):
            exact.normal_means(groups, sigma_prior=prior)
    for prior in [GammaPrecision(1, 1), Uniform(0.1, 9)]:
        assert exact.normal_means(groups, sigma_prior=prior).sigma.mean > 0
    assert exact.normal_means(pooling.from_means([3, 4])).sigma.mean > 0
    assert exact.normal_means(groups, sigma=1.0).tau.mean > 0


def test_equal_single_observations_are_improper_from_three_on():
    with pytest.raises(ValueError, match="must not all have the same mean; got 3 equal"):
        exact.normal_means(pooling.from_means([3, 3, 3]))
    assert exact.normal_means(pooling.from_means([3, 3])).tau.mean > 0
    fit = exact.normal_means(pooling.from_means([3, 3, 3]), tau_prior=GammaPrecision(1, 1))
    assert fit.sigma.mean > 0


def test_a_tail_too_long_to_follow_is_refused():
    with pytest.raises(ValueError, match="`tau_prior` must fall faster"):
        fit_ones(1, mu_prior=Flat(), tau_prior=GammaPrecision(0.01, 1))
    with pytest.raises(ValueError, match="`tau_prior` must fall faster"):
        fit_ones(1, mu_prior=Flat(), tau_prior=GammaPrecision(0.03, 1))
    fit = fit_ones(1, mu_prior=Flat(), tau_prior=GammaPrecision(0.06, 1))
    assert np.isfinite(fit.theta.mean).all()


@pytest.mark.parametrize(
    ("priors", "flat"),
    [
        ({"mu_prior": Flat()}, "`mu_prior`"),
        ({"tau_prior": Flat()}, "`tau_prior`"),
        ({"sigma_prior": Flat()}, "`sigma_prior`"),
        (FLAT, "`mu_prior`, `tau_prior`"),
    ],
)
def test_no_marginal_likelihood_under_an_improper_prior(priors, flat):
    fit = exact.normal_means(summarised([[1.0, 2], [3, 5], [4, 4.5]]), **priors)
    with pytest.raises(ValueError, match=f"got a flat {flat}"):
        _ = fit.log_marginal_likelihood


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sigma": -1}, "`sigma` must be"),
        ({"sigma": [1, 2]}, "`sigma` must be"),
        ({"sigma": float("nan")}, "`sigma` must be"),
        ({"mu_prior": HalfNormal(1)}, "`mu_prior` must be Normal or Flat"),
        ({"tau_prior": Normal(0, 1)}, "`tau_prior` must be a prior of a scale"),
        ({"tau_prior": 5}, "`tau_prior` must be a prior of a scale"),
        ({"sigma_prior": None}, "`sigma_prior` must be a prior of a scale"),
        ({"rtol": 0}, "`rtol` must be"),
    ],
)
def test_bad_input_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        exact.normal_means(summarised(UNEVEN), **change)


def test_bad_requests_are_named():
    fit = fitted("eight")
    for call in [
        lambda: fit.mu.quantile(1.5),
        lambda: fit.tau.quantile([0.5, float("nan")]),
        lambda: fit.draw(0, 1),
        lambda: fit.draw(10, -1),
        lambda: fit.given_tau(-1),
        lambda: exact.log_likelihood(summarised(UNEVEN), -1, 1),
        lambda: exact.log_likelihood(summarised(UNEVEN), 1, 0),
        lambda: exact.normal_means(pooling.from_means([float("nan")], [0])),
    ]:
        with pytest.raises(ValueError, match="must"):
            call()
    with pytest.raises(ValueError, match="`sigma` must be common to all groups"):
        _ = fit.new_observation


@pytest.mark.parametrize(
    ("fit", "name", "end", "inwards"),
    [
        (lambda: fitted("single"), "sigma", 0.0, 1e-3),
        (lambda: fitted("single"), "tau", 0.0, 1e-3),
        (
            lambda: exact.normal_means(
                pooling.from_means(EFFECT), sigma=SE, tau_prior=Uniform(0, 6)
            ),
            "tau",
            6.0,
            -1e-2,
        ),
        (lambda: fitted("bounded"), "tau", 2.0, -1e-3),
        (
            lambda: exact.normal_means(summarised(UNEVEN), tau_prior=Uniform(2, 6)),
            "tau",
            2.0,
            1e-3,
        ),
    ],
)
def test_density_reaches_its_limit_at_an_end(fit, name, end, inwards):
    marginal = getattr(fit(), name)
    limit = marginal.pdf(end)
    assert limit > 0.001
    one, two = marginal.pdf(end + inwards), marginal.pdf(end + 2 * inwards)
    assert limit == pytest.approx(2 * one - two, rel=1e-3)
    assert marginal.pdf(end + 1e-12 * inwards) == pytest.approx(limit, rel=1e-8)


def test_two_equal_observations_have_a_pole_at_zero():
    fit = exact.normal_means(pooling.from_means([3, 3]))
    assert fit.tau.pdf(0) == fit.sigma.pdf(0) == np.inf
    assert np.isinf(fit.tau_marginal()[1][0])
    assert np.isfinite(fit.tau_marginal()[1][1:]).all()


def test_a_tau_too_large_to_square_is_named():
    with pytest.raises(ArithmeticError, match=r"`tau` must be at most 1e\+100"):
        fitted("eight").given_tau(1e200)
    assert np.isfinite(fitted("eight").given_tau(1e90).theta.mean).all()


@pytest.mark.parametrize("x", [float("nan"), None, "1", True, [], [[1.0], [1.0, 2.0]]], ids=repr)
def test_values_that_are_no_numbers_are_named(x):
    fit = fitted("bounded")
    for marginal in [fit.mu, fit.tau, fit.theta, fit.shrinkage]:
        for call in [marginal.cdf, marginal.pdf]:
            with pytest.raises(ValueError, match="`x` must be"):
                call(x)


def test_infinite_values_have_a_cdf():
    fit = fitted("uneven")
    for marginal in [fit.mu, fit.tau, fit.sigma, fit.theta]:
        assert np.ravel(marginal.cdf(-np.inf)).max() == 0
        assert np.ravel(marginal.cdf(np.inf)).min() == pytest.approx(1)
        assert np.ravel(marginal.pdf(np.inf)).max() == 0


@pytest.mark.parametrize("scale", [1e-60, 1e-30, 1e30, 1e60])
def test_shrinkage_has_no_unit(scale):
    def fit(scale):
        return exact.normal_means(
            summarised([[scale * v for v in values] for values in UNEVEN[:3]]),
            mu_prior=Normal(0, 10 * scale),
            tau_prior=HalfCauchy(5 * scale),
            sigma_prior=HalfNormal(9 * scale),
        ).shrinkage.quantile(P)

    np.testing.assert_allclose(fit(scale), fit(1.0), rtol=1e-6)


def test_ends_of_the_support_are_quantiles():
    fit = fitted("bounded")
    assert fit.tau.quantile([0, 1]).tolist() == [0, 2]
    assert fit.tau.cdf([-1, 0, 2, 3]).tolist() == [0, 0, 1, 1]
    assert fit.tau.pdf([-1, 3]).tolist() == [0, 0]
    assert fit.mu.quantile([0, 1]).tolist() == [-np.inf, np.inf]
    assert fit.shrinkage.quantile([0, 1])[:, 0].tolist() == [0, 1]
    assert fit.shrinkage.cdf([-0.1, 1.0, 1.0, 0.0]).tolist() == [0, 1, 1, 1]


# What the page must repeat


@pytest.mark.parametrize("name", exact_fixtures.cases())
def test_fixture_is_fresh(name):
    stored = json.loads((exact_fixtures.FOLDER / f"{name}.json").read_text())
    fresh = json.loads(json.dumps(exact_fixtures.result(*exact_fixtures.cases()[name])))
    assert_same(stored, fresh)


def test_no_fixture_is_left_over():
    stored = {path.stem for path in exact_fixtures.FOLDER.glob("*.json")}
    assert stored == set(exact_fixtures.cases())


def assert_same(stored, fresh):
    if isinstance(fresh, dict):
        assert stored.keys() == fresh.keys()
        for key, value in fresh.items():
            assert_same(stored[key], value)
    elif isinstance(fresh, list) and fresh and not isinstance(fresh[0], list):
        as_numbers = [np.array(values, float) for values in (stored, fresh)]
        scale = np.nanmax(np.abs(as_numbers[1]), initial=0)
        np.testing.assert_allclose(*as_numbers, rtol=1e-9, atol=1e-10 * scale)
    elif isinstance(fresh, list):
        for one, other in zip(stored, fresh, strict=True):
            assert_same(one, other)
    elif isinstance(fresh, float):
        assert stored == pytest.approx(fresh, rel=1e-9)
    else:
        assert stored == fresh
