"""What only FunnelLab does: runs that are held against the exact marginal, on the better map."""

import json

import numpy as np
import pytest

from hbmlib import diagnostics
from hbmlib.kernels import NUTS
from hbmlib.sample import sample
from hbmlib.widgets import FunnelLab
from tests.node import run_module
from tests.widgets.pages import settle, stated
from tests.widgets.registry import FUNNEL


def measured(**state: object) -> dict:
    """Run both maps in the page's engine to the end, and say what it makes of them."""
    lab = FunnelLab(**state)
    traits = {name: getattr(lab, name) for name in lab.STATE}
    return json.loads(
        run_module(f"""
        import * as lab from "./engine/funnel_lab.js";
        const given = {json.dumps(lab.given)};
        const state = lab.check({json.dumps(traits)}, given);
        const result = lab.compute(state, given, {{}});
        const runs = lab.runsOf(result, state);
        while (lab.MAPS.map((name) => runs[name].step()).some(Boolean));
        const found = Object.fromEntries(
          lab.MAPS.map((name) => [name, lab.measure(runs[name], result)]),
        );
        console.log(JSON.stringify({{ ...found, winner: lab.winner(found) }}));
        """)
    )


def test_small_studies_want_the_non_centred_map():
    found = measured()
    assert found["winner"]["name"] == "non_centred"
    assert found["winner"]["by"] > 3
    assert found["centred"]["divergences"] > 10
    # The neck, with a tenth of the posterior, is hardly seen on one map and seen on the other.
    assert abs(found["non_centred"]["below"] - 0.1) < 0.03
    assert abs(found["non_centred"]["errors"]) < 4.5


def test_large_studies_want_the_centred_map():
    found = measured(times=100)
    assert found["winner"]["name"] == "centred"
    assert found["winner"]["by"] > 3
    assert found["centred"]["divergences"] == 0
    assert abs(found["centred"]["errors"]) < 4.5
    assert abs(found["centred"]["below"] - 0.1) < 0.03


@pytest.mark.parametrize(("centred", "times"), [(False, 1), (True, 20)])
def test_library_reaches_the_judge_of_the_page(centred, times):
    lab = FunnelLab(times=times)
    run = sample(NUTS(lab.model(centred)), 1000, 500, chains=4, seed=2, progress=False)
    below = (run["tau"] < lab.posterior.tau.quantile(0.5)).astype(float)
    assert abs(below.mean() - 0.5) < 4.5 * diagnostics.mcse_mean(below)


def test_both_maps_are_one_model():
    values = FunnelLab(times=3).values
    gap = values["log_density"]["non_centred"] - values["log_density"]["centred"]
    np.testing.assert_allclose(gap, 8 * values["position"][1])


def test_times_multiplies_all_sizes():
    once, twice = FunnelLab(group_sizes=[200] * 8), FunnelLab(times=2)
    np.testing.assert_allclose(once.weight, twice.weight)
    np.testing.assert_allclose(
        once.values["gradient"]["centred"], twice.values["gradient"]["centred"]
    )


@pytest.mark.browser
def test_run_is_told_and_forgotten(open_case):
    page = open_case(FUNNEL)
    start = stated(page)
    assert "Nothing is drawn yet" in page.locator("[data-hbm-widget]").inner_text()
    for _ in range(3):
        page.get_by_role("button", name="One draw").click()
        settle(page)
    assert "step 3 of 400" in page.locator("[data-hbm-widget]").inner_text()
    page.get_by_role("button", name="Run").click()
    page.get_by_text("4000 draws on each map").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Run").wait_for(timeout=5000)
    assert "non-centred map buys" in page.locator("[data-hbm-widget]").inner_text()
    assert page.get_by_role("img", name="at 1 size").is_visible()
    assert stated(page) == start
    box = page.get_by_label("All sizes times", exact=True)
    box.fill("50")
    box.press("Enter")
    settle(page)
    assert "Nothing is drawn yet" in page.locator("[data-hbm-widget]").inner_text()
    assert page.get_by_role("img", name="at 1 size").is_visible()  # the one before is kept
    assert stated(page)["exact"] != start["exact"]
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert page.get_by_role("img", name="at 0 sizes").is_visible()
