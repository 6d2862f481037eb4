"""What only ConvergenceLab does: which alarm each fault sets off, and what the judge says."""

import numpy as np
import pytest

from hbmlib import diagnostics
from hbmlib.widgets import ConvergenceLab
from tests.widgets.pages import settle, stated
from tests.widgets.registry import CONVERGENCE

RHATS = {"classic", "split", "ranked", "folded"}


# As in chapter 7: each alarm is there because the others miss something.
@pytest.mark.parametrize(
    ("fault", "ringing", "quiet"),
    [
        ("none", set(), RHATS | {"bulk", "tail", "ranks"}),
        ("apart", {"classic", "split", "ranked", "bulk"}, set()),
        ("drift", {"split", "ranked", "bulk"}, {"classic", "folded"}),
        ("narrow", {"folded"}, {"classic", "split", "ranked", "bulk"}),
        ("heavy", {"ranked"}, {"classic", "split"}),
        ("ridges", {"ranks"}, RHATS | {"bulk", "tail"}),
        ("stuck", {"split", "ranked", "folded", "bulk"}, set()),
    ],
)
@pytest.mark.parametrize("seed", [1, 2, 4])
def test_each_fault_rings_its_alarm(fault, ringing, quiet, seed):
    alarms = set(ConvergenceLab(fault=fault, seed=seed).alarms)
    assert ringing <= alarms
    assert not quiet & alarms


def test_bad_starts_ring_until_they_are_dropped():
    run = {"start": 8, "step": 0.5, "draws": 500}
    assert "split" in ConvergenceLab(warmup=0, **run | {"draws": 100}).alarms
    mended = ConvergenceLab(warmup=100, **run)
    assert not RHATS & set(mended.alarms)


def test_short_and_slow_runs_lack_effective_draws():
    for run in ({"draws": 40}, {"step": 0.1}):
        assert "bulk" in ConvergenceLab(**run).alarms


def test_autocorrelation_follows_the_sizes_of_the_studies():
    lags = [
        ConvergenceLab(group_sizes=[n] * 8, step=2, draws=1000).values["lag_one"]
        for n in (5, 100, 400)
    ]
    assert lags[0] + 0.1 < lags[2]


def test_rhat_is_the_librarys():
    for fault in ("none", "stuck", "drift", "narrow", "ridges"):
        lab = ConvergenceLab(fault=fault, quantity="tau", draws=201)
        rhat = lab.values["rhat"]
        assert max(rhat["ranked"], rhat["folded"]) == pytest.approx(diagnostics.rhat(lab.chains))


@pytest.mark.parametrize("quantity", ["mu", "tau"])
def test_sound_chains_reach_the_exact_posterior(quantity):
    found = ConvergenceLab(quantity=quantity, draws=1000, warmup=100, seed=7).values
    off = np.subtract(found["quantiles"], found["exact"]) / found["mcse"]
    assert np.all(np.abs(off) < 3.5)
    assert abs(found["mean"][0] - found["exact_mean"]) < 3.5 * found["mean"][1]


def test_longer_runs_begin_like_shorter_ones():
    short, long = (ConvergenceLab(draws=draws).chains for draws in (100, 300))
    np.testing.assert_array_equal(short, long[:, :100])
    np.testing.assert_array_equal(
        ConvergenceLab(draws=100, warmup=70).chains, ConvergenceLab(draws=120).chains[:, 20:]
    )


def test_steps_that_are_never_taken_ring_everything():
    lab = ConvergenceLab(fault="stuck", amount=1, draws=60)
    assert np.ptp(lab.chains[0]) == 0
    assert lab.values["rings"]["classic"]


@pytest.mark.browser
def test_buttons_make_the_runs_they_name(open_case):
    page = open_case(CONVERGENCE)
    page.get_by_role("button", name="Slow mixing").click()
    settle(page)
    assert stated(page)["rings"]["bulk"]
    alarms = page.get_by_role("group", name="Alarms")
    assert alarms.get_by_text("▲ rings").count() == sum(stated(page)["rings"].values())
    page.get_by_role("button", name="All well").click()
    settle(page)
    assert alarms.get_by_text("▲ rings").count() == 0
    page.get_by_role("button", name="Size 10 each").click()
    settle(page)
    few = ConvergenceLab(group_sizes=[10] * 8).values
    assert stated(page)["ess"] == pytest.approx(few["ess"])
