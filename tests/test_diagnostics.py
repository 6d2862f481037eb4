"""Diagnostics against ArviZ, against known answers, and on input that has none."""

import warnings

import numpy as np
import pytest
from arviz_stats.base import array_stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hbmlib import diagnostics

OURS = {
    "rhat": diagnostics.rhat,
    "ess_bulk": diagnostics.ess_bulk,
    "ess_tail": diagnostics.ess_tail,
    "ess_tail 0.1, 0.6": lambda x: diagnostics.ess_tail(x, probs=(0.1, 0.6)),
    "ess_mean": diagnostics.ess_mean,
    "ess_quantile 0.3": lambda x: diagnostics.ess_quantile(x, 0.3),
    "mcse_mean": diagnostics.mcse_mean,
    "mcse_sd": diagnostics.mcse_sd,
    "mcse_quantile 0.05": lambda x: diagnostics.mcse_quantile(x, 0.05),
    "mcse_quantile 0.5": lambda x: diagnostics.mcse_quantile(x, 0.5),
    "mcse_quantile 0": lambda x: diagnostics.mcse_quantile(x, 0),
    "mcse_quantile 1": lambda x: diagnostics.mcse_quantile(x, 1),
}
ARVIZ = {
    "rhat": lambda x: array_stats.rhat(x, method="rank"),
    "ess_bulk": lambda x: array_stats.ess(x, method="bulk"),
    "ess_tail": lambda x: array_stats.ess(x, method="tail", prob=(0.05, 0.95)),
    "ess_tail 0.1, 0.6": lambda x: array_stats.ess(x, method="tail", prob=(0.1, 0.6)),
    "ess_mean": lambda x: array_stats.ess(x, method="mean"),
    "ess_quantile 0.3": lambda x: array_stats.ess(x, method="quantile", prob=0.3),
    "mcse_mean": lambda x: array_stats.mcse(x, method="mean"),
    "mcse_sd": lambda x: array_stats.mcse(x, method="sd"),
    "mcse_quantile 0.05": lambda x: array_stats.mcse(x, method="quantile", prob=0.05),
    "mcse_quantile 0.5": lambda x: array_stats.mcse(x, method="quantile", prob=0.5),
    "mcse_quantile 0": lambda x: array_stats.mcse(x, method="quantile", prob=0.0),
    "mcse_quantile 1": lambda x: array_stats.mcse(x, method="quantile", prob=1.0),
}


def arviz(name, x):
    """ArviZ's answer; it warns where ours is silent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ARVIZ[name](np.asarray(x, dtype=float))


def autoregression(rng, phi, shape):
    """Chains with autocorrelation phi**lag, started in their stationary distribution."""
    x = rng.normal(size=shape)
    x[:, 0] /= np.sqrt(1 - phi**2)
    for t in range(1, shape[1]):
        x[:, t] += phi * x[:, t - 1]
    return x


def changed(x, index, value):
    x = np.array(x, dtype=float)
    x[index] = value
    return x


def regular():
    rng = np.random.default_rng(20)
    for phi in (0.0, 0.5, 0.95, -0.6):
        yield f"autoregression {phi}", autoregression(rng, phi, (4, 1000))
    yield "64 chains", autoregression(rng, 0.3, (64, 250))
    yield "2 chains", autoregression(rng, 0.8, (2, 400))
    yield "heavy tails", rng.standard_cauchy(size=(4, 500))
    yield "chains apart", rng.normal(size=(4, 500)) + np.arange(4)[:, None]
    yield "spreads apart", rng.normal(size=(4, 500)) * (1 + np.arange(4)[:, None])
    yield "random walk", rng.normal(size=(4, 500)).cumsum(axis=1)
    yield "large numbers", 1e8 + rng.normal(size=(4, 500))
    yield "small numbers", 1e-6 * rng.normal(size=(4, 500))
    yield "integers", rng.poisson(3, size=(4, 500))
    yield "zeros and ones", rng.integers(2, size=(4, 500))
    yield "booleans", rng.normal(size=(4, 500)) > 1


def awkward():
    rng = np.random.default_rng(21)
    x = rng.normal(size=(4, 100))
    for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 99, 101, 997):
        yield f"{n} draws", rng.normal(size=(4, n))
        yield f"{n} draws of a slow chain", autoregression(rng, 0.9, (3, n))
        yield f"{n} draws, one chain", rng.normal(size=(1, n))
    for chains in (1, 3, 4, 9):
        for value in (0.0, 1.0, -2.0, 0.1):
            yield f"constant {value}, {chains} chains", np.full((chains, 100), value)
    yield "constant, odd length", np.full((4, 101), 3.0)
    yield "each chain constant", np.repeat(np.arange(4.0)[:, None], 100, axis=1)
    yield "one chain constant", changed(x, 1, 0.5)
    yield "constant but for one draw", changed(np.ones((4, 100)), (2, 30), 2.0)
    yield "two values, median between", np.tile([-1.0, 1.0], (4, 50))
    yield "alternating with noise", np.tile([-1.0, 1.0], (4, 50)) + 0.1 * x
    yield "trend", np.tile(np.arange(100.0), (4, 1))
    yield "step in the middle", np.repeat([[0.0, 1.0]], 50, axis=1) + 0.01 * x
    yield "one nan", changed(x, (2, 50), np.nan)
    yield "all nan", np.full((4, 100), np.nan)
    yield "one chain nan", changed(x, 3, np.nan)
    yield "one inf", changed(x, (2, 50), np.inf)
    yield "one -inf", changed(x, (0, 0), -np.inf)
    yield "both infinities", changed(changed(x, (0, 3), np.inf), (1, 7), -np.inf)
    yield "one chain inf", changed(x, 1, np.inf)
    yield "mostly inf", changed(x, slice(0, 3), np.inf)
    yield "all inf", np.full((4, 100), np.inf)
    yield "median halfway to inf", changed(x, slice(0, 2), np.inf)
    yield "quantile halfway to -inf", changed(x, (0, slice(0, 20)), -np.inf)
    yield "inf and nan", changed(changed(x, (0, 3), np.inf), (1, 7), np.nan)
    yield "overflow", 1e200 * x
    yield "underflow", 1e-200 * x


CASES = dict([*regular(), *awkward()])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", OURS)
def test_equals_arviz(name, case):
    x = CASES[case]
    np.testing.assert_allclose(OURS[name](x), arviz(name, x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_autocorrelation_equals_arviz(case):
    x = CASES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = array_stats.autocorr(np.asarray(x, dtype=float))
    np.testing.assert_allclose(diagnostics.autocorrelation(x), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_ebfmi_equals_arviz(case):
    x = CASES[case]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = array_stats.bfmi(np.asarray(x, dtype=float))
    np.testing.assert_allclose(diagnostics.ebfmi(x), expected, rtol=1e-10, atol=1e-10)


@given(
    st.tuples(st.integers(1, 5), st.integers(4, 30)).flatmap(
        lambda shape: arrays(float, shape, elements=st.floats(-4, 4).map(lambda v: round(v, 1)))
    )
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_equals_arviz_on_many_small_arrays_with_ties(x):
    for name, ours in OURS.items():
        np.testing.assert_allclose(ours(x), arviz(name, x), rtol=1e-10, atol=1e-10, err_msg=name)


@pytest.mark.parametrize("name", OURS)
def test_trailing_axes_hold_separate_quantities(name):
    columns = [x for x in CASES.values() if x.shape == (4, 100)]
    together = np.stack(columns, axis=-1).reshape(4, 100, -1, 1)
    apart = np.array([[OURS[name](x)] for x in columns])
    np.testing.assert_allclose(OURS[name](together), apart, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", OURS)
def test_blocks_do_not_change_the_answer(name, monkeypatch):
    x = np.random.default_rng(3).normal(size=(4, 100, 7))
    whole = OURS[name](x)
    monkeypatch.setattr(diagnostics, "BLOCK", 801)
    np.testing.assert_array_equal(OURS[name](x), whole)


@pytest.mark.parametrize("name", OURS)
def test_leaves_its_input_alone_and_returns_a_float(name):
    x = np.random.default_rng(4).normal(size=(4, 100))
    before = x.copy()
    assert type(OURS[name](x)) is float
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("shape", [(0, 10), (4, 0), (0, 0), (4, 0, 2), (0, 10, 2)])
def test_nothing_drawn_has_no_answer(name, shape):
    answer = OURS[name](np.empty(shape))
    assert np.shape(answer) == shape[2:]
    assert np.all(np.isnan(answer))


def test_no_quantities_give_an_empty_answer():
    assert diagnostics.rhat(np.empty((4, 100, 0))).shape == (0,)


def test_autocorrelation_of_an_autoregression_is_a_power_of_phi():
    x = autoregression(np.random.default_rng(5), 0.7, (4, 50_000))
    found = diagnostics.autocorrelation(x, max_lag=5)
    assert found.shape == (4, 6)
    # Bartlett's formula: the sd of a correlation here is below sqrt((1+phi^2)/(1-phi^2)/n).
    sd = np.sqrt((1 + 0.49) / (1 - 0.49) / 50_000)
    assert np.abs(found - 0.7 ** np.arange(6)).max() < 5 * sd


def test_autocorrelation_keeps_chains_and_trailing_axes():
    x = np.random.default_rng(6).normal(size=(2, 30, 3))
    found = diagnostics.autocorrelation(x, max_lag=4)
    assert found.shape == (2, 5, 3)
    for chain in range(2):
        for k in range(3):
            alone = diagnostics.autocorrelation(x[[chain], :, k], max_lag=4)[0]
            np.testing.assert_allclose(found[chain, :, k], alone, atol=1e-14)
    assert diagnostics.autocorrelation(x, max_lag=99).shape == (2, 30, 3)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_ess_of_an_autoregression_is_known(phi):
    n, chains = 20_000, 4
    x = autoregression(np.random.default_rng(7), phi, (chains, n))
    expected = chains * n * (1 - phi) / (1 + phi)
    assert diagnostics.ess_mean(x) == pytest.approx(expected, rel=0.08)


def test_mcse_is_the_sd_over_repeated_runs():
    rng = np.random.default_rng(8)
    runs = autoregression(rng, 0.6, (4 * 400, 500)).reshape(4, 400, 500).swapaxes(1, 2)
    pooled = runs.reshape(-1, 400)
    truth = {
        "mean": (pooled.mean(axis=0).std(), diagnostics.mcse_mean(runs)),
        "sd": (pooled.std(axis=0).std(), diagnostics.mcse_sd(runs)),
        "quantile": (np.quantile(pooled, 0.9, 0).std(), diagnostics.mcse_quantile(runs, 0.9)),
    }
    for name, (sd, stated) in truth.items():
        # 400 runs place the sd within 1/sqrt(800) = 3.5 per cent (one sd); allow four.
        assert stated.mean() == pytest.approx(sd, rel=0.14), name


def test_rhat_sees_location_and_spread():
    rng = np.random.default_rng(9)
    x = rng.normal(size=(4, 1000))
    assert diagnostics.rhat(x) < 1.01
    assert diagnostics.rhat(x + np.array([[0], [0], [0], [1]])) > 1.05
    assert diagnostics.rhat(x * np.array([[1], [1], [1], [3]])) > 1.05
    drift = x + np.linspace(0, 2, 1000)  # every chain drifts alike: only splitting sees it
    assert diagnostics.rhat(drift) > 1.05


def test_rhat_of_stuck_chains_is_infinite_apart_and_nan_together():
    assert diagnostics.rhat(np.repeat([[0.0], [1.0]], 50, axis=1)) == np.inf
    assert np.isnan(diagnostics.rhat(np.ones((4, 50))))


def test_rank_statistics_ignore_a_monotone_change_of_scale():
    x = autoregression(np.random.default_rng(10), 0.5, (4, 300))
    assert diagnostics.ess_bulk(np.exp(x)) == pytest.approx(diagnostics.ess_bulk(x), abs=1e-9)
    assert diagnostics.ess_tail(np.exp(x)) == pytest.approx(diagnostics.ess_tail(x), abs=1e-9)


def test_ebfmi_of_an_autoregression_is_known():
    # E (x_t - x_{t-1})^2 = 2 (1 - phi) Var x.
    x = autoregression(np.random.default_rng(11), 0.9, (4, 50_000))
    assert diagnostics.ebfmi(x) == pytest.approx(0.2, rel=0.05)
    assert np.isnan(diagnostics.ebfmi(np.ones((4, 1)))).all()


@pytest.mark.parametrize(
    "function", [*OURS.values(), diagnostics.autocorrelation, diagnostics.ebfmi]
)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([1.0, 2.0, 3.0], r"must have shape \(chain, draw\).*got \(3,\).*newaxis"),
        (3.0, r"got \(\)"),
        ([["a", "b"]], "must be numbers"),
        ([[1 + 2j, 3]], "must be numbers"),
        ([[None, 1.0]], "must be numbers"),
        ([[1.0, 2.0], [3.0]], "ragged"),
    ],
)
def test_refuses_what_is_not_draws(function, bad, message):
    with pytest.raises(ValueError, match=message):
        function(bad)


@pytest.mark.parametrize("prob", [-0.1, 1.1, np.nan, "half", [0.1, 0.2], 95, None])
@pytest.mark.parametrize("function", [diagnostics.ess_quantile, diagnostics.mcse_quantile])
def test_refuses_what_is_not_a_probability(function, prob):
    with pytest.raises(ValueError, match="`prob` must be"):
        function(np.ones((4, 10)), prob)


def test_ess_tail_needs_two_probabilities():
    with pytest.raises(ValueError, match="`probs` must be"):
        diagnostics.ess_tail(np.ones((4, 10)), probs=0.05)


@pytest.mark.parametrize("lag", [-1, 1.5, np.nan, "3"])
def test_refuses_a_lag_that_is_not_whole(lag):
    with pytest.raises(ValueError, match="`max_lag` must be"):
        diagnostics.autocorrelation(np.ones((4, 10)), max_lag=lag)
