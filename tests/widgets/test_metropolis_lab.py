"""What only MetropolisLab does: its starts and its densities against the library."""

import json

import numpy as np
import pytest

from hbmlib import priors
from hbmlib.widgets import MetropolisLab
from tests.node import run_module
from tests.widgets.pages import settle, stated
from tests.widgets.registry import METROPOLIS

IN_PAGE = """
import { check, compute } from "./engine/metropolis_lab.js";
const [state, given] = SENT;
const { starts, plane } = compute(check(state, given), given, {});
console.log(JSON.stringify({
  starts: starts.map((q) => [...q]), density: POINTS.map((x) => plane.fit.mu.pdf(x)),
}));
"""
POINTS = [-40.0, -3.0, 2.5, 8.0, 30.0]


@pytest.mark.parametrize("name", METROPOLIS.states)
def test_page_starts_its_chains_where_the_library_does(name):
    lab = METROPOLIS.make(name)
    sent = [{k: getattr(lab, k) for k in lab.STATE}, lab.given]
    lines = IN_PAGE.replace("SENT", json.dumps(sent)).replace("POINTS", json.dumps(POINTS))
    page = json.loads(run_module(lines))
    np.testing.assert_allclose(page["starts"], lab.starts, rtol=1e-6)
    np.testing.assert_allclose(
        page["density"], lab.posterior.mu.pdf(np.array(POINTS)), rtol=1e-6, atol=1e-12
    )


def test_other_chains_start_from_mirror_images_in_the_medians():
    lab = MetropolisLab(start_mu=12, start_tau=3)
    middle = [lab.posterior.mu.quantile(0.5), np.log(lab.posterior.tau.quantile(0.5))]
    np.testing.assert_allclose(lab.starts.mean(axis=0), middle, rtol=1e-6)
    assert len(np.unique(lab.starts, axis=0)) == 4
    together = MetropolisLab(start_mu=12, start_tau=3, apart=False).starts
    np.testing.assert_array_equal(together, [[12, np.log(3)]] * 4)


def test_a_start_outside_the_prior_is_refused_in_words():
    lab = MetropolisLab(tau_prior=priors.Uniform(0, 10), start_tau=12)
    with pytest.raises(ValueError, match="`start_tau` must be inside its prior, 0 to 10; got 12"):
        lab.values  # noqa: B018


def test_decision_rests_on_the_densities_it_states(open_case):
    page = open_case(METROPOLIS)
    for _ in range(3):
        page.get_by_role("button", name="Step", exact=True).click()
    settle(page)
    found = stated(page)
    assert found["position"] != MetropolisLab().values["position"]
    assert found["accept"] == pytest.approx(min(1, np.exp(found["log_ratio"])))
    target = MetropolisLab().plane.target
    assert found["log_density"] == pytest.approx(target.logp(np.array(found["position"])))
