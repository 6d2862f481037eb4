"""Pooling against the textbook formulas, its limits and bad inputs."""

import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from hbmlib import datasets, pooling

SCALE = st.floats(1e-3, 1e3)
CENTRE = st.floats(-1e3, 1e3)


@st.composite
def summaries(draw, smallest=0, largest=60):
    J = draw(st.integers(1, 12))
    n = draw(hnp.arrays(int, J, elements=st.integers(smallest, largest)))
    mean = draw(hnp.arrays(float, J, elements=CENTRE))
    return pooling.GroupSummaries(range(J), n, mean, np.zeros(J))


@given(st.integers(0, 10**6), SCALE | st.just(0.0), SCALE)
def test_shrinkage_weight_is_the_formula(n, tau, sigma):
    expected = n * tau**2 / (n * tau**2 + sigma**2)
    np.testing.assert_allclose(pooling.shrinkage_weight(n, tau, sigma), expected, rtol=1e-12)


@given(st.integers(0, 10**6), SCALE, SCALE, st.floats(1.001, 10))
def test_shrinkage_weight_depends_on_n_tau_and_sigma(n, tau, sigma, factor):
    weight = pooling.shrinkage_weight(n, tau, sigma)
    assert 0 <= weight <= 1
    assert pooling.shrinkage_weight(n + 1, tau, sigma) >= weight
    assert pooling.shrinkage_weight(n, tau * factor, sigma) >= weight
    assert pooling.shrinkage_weight(n, tau, sigma * factor) <= weight


def test_shrinkage_weight_at_its_limits():
    assert pooling.shrinkage_weight(0, 2.0, 3.0) == 0
    assert pooling.shrinkage_weight(10, 0.0, 3.0) == 0
    assert pooling.shrinkage_weight(1, 2.0, 3.0) == pytest.approx(4 / 13, rel=1e-14)
    assert pooling.shrinkage_weight(1, 1e200, 1.0) == 1
    assert pooling.shrinkage_weight(1, 1.0, 1e200) == 0


@given(summaries(), CENTRE, SCALE, SCALE)
def test_partial_is_the_conjugate_posterior(groups, mu, tau, sigma):
    own = np.where(groups.n > 0, groups.mean, 0.0)
    precision = groups.n / sigma**2 + 1 / tau**2
    mean = (groups.n * own / sigma**2 + mu / tau**2) / precision
    estimate = pooling.partial(groups, mu, tau, sigma)
    np.testing.assert_allclose(estimate.mean, mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(estimate.sd, precision**-0.5, rtol=1e-12)


@given(summaries(smallest=1), CENTRE, SCALE | st.just(0.0), SCALE)
def test_partial_lies_between_own_mean_and_mu(groups, mu, tau, sigma):
    mean = pooling.partial(groups, mu, tau, sigma).mean
    slack = 1e-12 * (1 + np.abs(groups.mean) + abs(mu))
    assert (mean >= np.minimum(groups.mean, mu) - slack).all()
    assert (mean <= np.maximum(groups.mean, mu) + slack).all()


@given(summaries(smallest=1), CENTRE, SCALE, SCALE)
def test_partial_is_surer_than_no_pooling_and_than_the_population(groups, mu, tau, sigma):
    sd = pooling.partial(groups, mu, tau, sigma).sd
    assert (sd <= pooling.none(groups, sigma).sd * (1 + 1e-12)).all()
    assert (sd <= tau * (1 + 1e-12)).all()


@given(summaries(smallest=1), SCALE)
def test_partial_joins_complete_and_no_pooling(groups, sigma):
    complete = pooling.complete(groups, sigma)
    none = pooling.none(groups, sigma)
    at_zero = pooling.partial(groups, complete.mean, 0.0, sigma)
    np.testing.assert_array_equal(at_zero.mean, np.full(groups.n_groups, complete.mean))
    np.testing.assert_array_equal(at_zero.sd, 0)
    wide = pooling.partial(groups, complete.mean, 1e12, sigma)
    np.testing.assert_allclose(wide.mean, none.mean, atol=1e-9)
    np.testing.assert_allclose(wide.sd, none.sd, rtol=1e-12)


@given(summaries(), SCALE, st.data())
def test_complete_weighs_by_precision(groups, sigma, data):
    assume(groups.n_total > 0)
    J = groups.n_groups
    sigmas = sigma * data.draw(hnp.arrays(float, J, elements=st.floats(0.5, 2)))
    weight = groups.n / sigmas**2
    estimate = pooling.complete(groups, sigmas)
    own = np.where(groups.n > 0, groups.mean, 0.0)
    np.testing.assert_allclose(estimate.mean, weight @ own / weight.sum(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(estimate.sd, weight.sum() ** -0.5, rtol=1e-12)
    common = pooling.complete(groups, sigma)
    np.testing.assert_allclose(common.mean, pooling.grand_mean(groups), rtol=1e-9, atol=1e-9)


@given(summaries(), CENTRE, SCALE, SCALE, CENTRE, st.floats(0.01, 100))
def test_partial_moves_with_the_units(groups, mu, tau, sigma, shift, factor):
    estimate = pooling.partial(groups, mu, tau, sigma)
    moved = pooling.partial(
        pooling.from_means(factor * groups.mean + shift, groups.n),
        factor * mu + shift, factor * tau, factor * sigma,
    )  # fmt: skip
    np.testing.assert_allclose(moved.mean, factor * estimate.mean + shift, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(moved.sd, factor * estimate.sd, rtol=1e-9)


@given(hnp.arrays(float, st.integers(1, 40), elements=CENTRE), st.data())
def test_summarise_counts_averages_and_squares(y, data):
    group = data.draw(hnp.arrays(int, y.size, elements=st.integers(0, 4)))
    groups = pooling.summarise(y, group, labels=range(5))
    for j in range(5):
        own = y[group == j]
        assert groups.n[j] == own.size
        if own.size:
            np.testing.assert_allclose(groups.mean[j], own.mean(), rtol=1e-12, atol=1e-9)
            np.testing.assert_allclose(
                groups.ss[j], ((own - own.mean()) ** 2).sum(), rtol=1e-9, atol=1e-9
            )
        else:
            assert np.isnan(groups.mean[j])


def test_summarise_keeps_small_spread_far_from_zero():
    groups = pooling.summarise(1e9 + np.array([0.0, 1.0, 2.0]), ["A"] * 3)
    assert groups.mean[0] == 1e9 + 1
    assert groups.ss[0] == 2


def test_summarise_orders_groups():
    assert pooling.summarise([1, 2, 3], ["b", "a", "b"]).labels == ("a", "b")
    assert pooling.summarise([1, 2, 3], ["b", "a", "b"], ["b", "a"]).n.tolist() == [2, 1]
    assert pooling.summarise([1, 2], np.array([7, 3])).labels == (3, 7)
    assert pooling.summarise([1, 2], ["x", 3]).labels == (3, "x")


def test_summaries_cannot_be_changed():
    groups = pooling.from_means([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        groups.mean[0] = 5.0


def test_anova_agrees_with_scipy():
    hsb = datasets.load("hsb")
    rows = hsb[hsb["school"].isin(datasets.ten_schools())]
    groups = pooling.summarise(rows["math"], rows["school"])
    reference = stats.f_oneway(*(g["math"].to_numpy() for _, g in rows.groupby("school")))
    result = pooling.anova(groups)
    np.testing.assert_allclose(result.F, reference.statistic, rtol=1e-10)
    np.testing.assert_allclose(result.p, reference.pvalue, rtol=1e-8)
    assert (result.df_between, result.df_within) == (9, groups.n_total - 10)
    assert pooling.within_sd(groups) ** 2 == pytest.approx(result.ms_within, rel=1e-12)


def test_anova_leaves_out_empty_groups():
    full = pooling.summarise([1, 2, 4, 5], list("aabb"))
    with_empty = pooling.summarise([1, 2, 4, 5], list("aabb"), list("abc"))
    assert pooling.anova(with_empty) == pooling.anova(full)


ONE_EACH = pooling.from_means([1.0, 2.0])
EMPTY = pooling.from_means([1.0, 2.0], n=0)
HALF_EMPTY = pooling.from_means([1.0, 2.0], n=[0, 3], labels="AB")
ONE_GROUP = pooling.summarise([1.0, 2.0], ["A", "A"])
NO_SPREAD = pooling.from_means([1.0, 2.0], n=3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pooling.summarise([1, np.nan], "ab"), "`y` must be finite numbers, shape (N,)"),
        (lambda: pooling.summarise([1, np.inf], "ab"), "got inf at index 1"),
        (lambda: pooling.summarise([], []), "`y` must be finite numbers, shape (N,); got none"),
        (lambda: pooling.summarise([[1, 2]], "ab"), "got shape (1, 2)"),
        (lambda: pooling.summarise(["1", "2"], "ab"), "got '1' at index 0"),
        (lambda: pooling.summarise([1, 2], "abc"), "the same length; got 2 and 3"),
        (lambda: pooling.summarise([1, 2], ["a", None]), "got None at index 1"),
        (lambda: pooling.summarise([1, 2], "ab", "a"), "named in `labels`; got 'b' at index 1"),
        (lambda: pooling.summarise([1, 2], "ab", "aba"), "distinct; got 'a' twice"),
        (lambda: pooling.from_means([]), "at least one group"),
        (lambda: pooling.from_means(3.0), "got shape ()"),
        (lambda: pooling.from_means([1, np.nan]), "got nan at index 1"),
        (lambda: pooling.from_means([1, 2], n=[1, 2, 3]), "got shape (3,)"),
        (lambda: pooling.from_means([1, 2], n=-1), "got -1"),
        (lambda: pooling.from_means([1, 2], n=1.5), "got 1.5"),
        (lambda: pooling.from_means([1, 2], n=2, ss=-1), "got -1"),
        (lambda: pooling.from_means([1, 2], n=1, ss=1), "`ss` must be 0 where `n` is 0 or 1"),
        (lambda: pooling.from_means([1, 2], labels="abc"), "`n` must be"),
        (lambda: pooling.partial(ONE_EACH, np.nan, 1, 1), "`mu` must be a finite number"),
        (lambda: pooling.partial(ONE_EACH, 0, -1, 1), "`tau` must be a non-negative number"),
        (lambda: pooling.partial(ONE_EACH, 0, np.inf, 1), "got inf"),
        (lambda: pooling.partial(ONE_EACH, 0, 1, 0), "`sigma` must be a positive number"),
        (lambda: pooling.partial(ONE_EACH, 0, 1, [1, -1]), "got -1 at index 1"),
        (lambda: pooling.partial(ONE_EACH, 0, 1, [1, 1, 1]), "got shape (3,)"),
        (lambda: pooling.complete(ONE_EACH, "3"), "got '3'"),
        (lambda: pooling.complete(EMPTY, 1), "at least one observation; got none"),
        (lambda: pooling.grand_mean(EMPTY), "at least one observation; got none"),
        (lambda: pooling.none(HALF_EMPTY, 1), "got group 'A' with none"),
        (lambda: pooling.within_sd(ONE_EACH), "two observations in at least one group"),
        (lambda: pooling.anova(ONE_EACH), "two observations in at least one group"),
        (lambda: pooling.anova(ONE_GROUP), "at least two groups; got one"),
        (lambda: pooling.anova(NO_SPREAD), "must vary within at least one group"),
        (lambda: pooling.shrinkage_weight(-1, 1, 1), "got -1"),
        (lambda: pooling.shrinkage_weight(True, 1, 1), "got True"),
        (lambda: pooling.shrinkage_weight([1, 2], [1, 2, 3], 1), "(2,), (3,) and ()"),
    ],
)
def test_bad_input_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_one_group_and_one_observation_have_answers():
    groups = pooling.from_means([5.0])
    assert pooling.complete(groups, 3.0) == (5.0, 3.0)
    assert pooling.none(groups, 3.0).sd == [3.0]
    assert pooling.partial(groups, 1.0, 3.0, 3.0).mean == pytest.approx([3.0])


def test_an_empty_group_gets_the_population():
    estimate = pooling.partial(HALF_EMPTY, mu=4.0, tau=2.0, sigma=3.0)
    assert (estimate.mean[0], estimate.sd[0]) == (4.0, 2.0)
