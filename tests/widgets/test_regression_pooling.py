"""What only RegressionPooling does: estimates and errors against the library, wide posteriors."""

import json

import numpy as np
import pytest

from hbmlib import widgets
from tests.node import run_module
from tests.widgets.registry import REGRESSION

IN_PAGE = """
import { check, compute, outside } from "./engine/regression_pooling.js";
const { truth, estimates, half } = compute(check(STATE));
const both = ({ alpha, beta }) => [[...alpha], [...beta]];
console.log(JSON.stringify({
  truth: both(truth), none: both(estimates.none), complete: both(estimates.complete),
  partial: both(estimates.partial), half, outside: outside(estimates.none, half),
}));
"""


def page(widget) -> dict:
    state = {name: getattr(widget, name) for name in widget.STATE}
    return json.loads(run_module(IN_PAGE.replace("STATE", json.dumps(state))))


@pytest.mark.parametrize("name", ["plain", "pairs", "one", "noisy"])
def test_page_estimates_every_line_as_the_library_does(name):
    widget = REGRESSION.make(name)
    found, fit = page(widget), widget.posterior
    np.testing.assert_allclose(found["truth"], widget.truth, rtol=1e-12)
    estimates = widget.estimates
    for way in ("none", "complete"):
        np.testing.assert_allclose(found[way], estimates[way], rtol=1e-7, atol=1e-9)
    sds = np.array([fit.alpha.sd, fit.beta.sd])
    assert np.abs((found["partial"] - estimates["partial"]) / sds).max() < 2e-6


@pytest.mark.parametrize("individuals", [20, 60])
def test_page_and_library_agree_where_the_library_is_less_sure(individuals):
    widget = widgets.RegressionPooling(individuals=individuals, observations=2, sigma=6, seed=3)
    fit = widget.posterior
    assert fit.error > 1e-6  # of masses and means, in posterior sds
    sds = np.array([fit.alpha.sd, fit.beta.sd])
    off = (page(widget)["partial"] - widget.estimates["partial"]) / sds
    assert np.abs(off).max() < 10 * fit.error


def test_frame_holds_nearly_all_estimates_and_counts_the_rest():
    found = page(widgets.RegressionPooling())
    own = np.abs(np.array(found["none"]) - [[2], [-2]]).max(axis=0)
    assert found["half"] == 6
    assert found["outside"] == np.sum(own > 6)
    wide = page(widgets.RegressionPooling(observations=2, sigma=6))
    assert wide["half"] > 6
    assert wide["outside"] <= 0.05 * 75


def test_partial_pooling_wins_in_every_data_set():
    for seed in range(1, 6):
        rmse = widgets.RegressionPooling(seed=seed).values["rmse"]
        for k in (0, 1):
            assert rmse["partial"][k] < min(rmse["none"][k], rmse["complete"][k])


def test_many_observations_leave_little_to_gain():
    few, many = (
        widgets.RegressionPooling(individuals=30, observations=n).values["rmse"] for n in (3, 30)
    )
    saved = [[r["partial"][k] / r["none"][k] for k in (0, 1)] for r in (few, many)]
    assert max(saved[0]) < min(saved[1]) < 1.05
