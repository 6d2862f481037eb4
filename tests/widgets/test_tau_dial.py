"""What only TauDial does: its numbers against the library, and turning tau in the figure."""

import json

import numpy as np
import pytest

from hbmlib import datasets, exact, pooling, priors
from hbmlib.widgets import TauDial
from tests.node import run_module
from tests.widgets.pages import settle, stated
from tests.widgets.registry import DIAL

TAUS = [0.0, 1e-8, 0.3, 5.0, 80.0, 1e6]


@pytest.mark.parametrize("prior", [priors.Normal(0, 5), priors.Normal(3, 100), priors.Flat()])
@pytest.mark.parametrize("sizes", [[100] * 8, [1, 0, 400, 30, 0, 5, 100, 100], [7]])
def test_given_tau_in_the_page_is_the_librarys(sizes, prior):
    dial = TauDial(group_sizes=sizes, mu_prior=prior)
    groups, sigma = dial.groups, dial.known_sigma
    fit = exact.normal_means(groups, sigma=sigma, mu_prior=prior)
    sent = {"n": groups.n.tolist(), "mean": np.nan_to_num(groups.mean).tolist()}
    page = json.loads(
        run_module(f"""
        import {{ givenTau }} from "./engine/exact/given_tau.js";
        const groups = {json.dumps(sent | {"ss": [0] * len(sizes)})};
        const options = {{ sigma: {sigma.tolist()}, muPrior: {json.dumps(prior.to_dict())} }};
        const at = givenTau(groups, options);
        const plain = ({{ theta, thetaSd, weight, ...rest }}) =>
          ({{ ...rest, theta: [...theta], thetaSd: [...thetaSd], weight: [...weight] }});
        console.log(JSON.stringify({TAUS}.map((tau) => plain(at(tau)))));
        """)
    )
    for tau, found in zip(TAUS, page, strict=True):
        given = fit.given_tau(tau)
        weight = pooling.shrinkage_weight(groups.n, tau, sigma)
        for name, expected in {
            "mu": given.mu.mean,
            "muSd": given.mu.sd,
            "theta": given.theta.mean,
            "thetaSd": given.theta.sd,
            "weight": weight,
        }.items():
            np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-12)
    # The density of tau is its prior's times this likelihood, but for a constant.
    log_density = np.log(fit.tau.pdf(TAUS[2:5])) - priors.HalfNormal(25).log_density(TAUS[2:5])
    shift = log_density - [found["logLikelihood"] for found in page[2:5]]
    np.testing.assert_allclose(shift, shift[0], atol=1e-6)


def test_ends_of_the_dial_are_the_two_simple_estimates():
    schools = datasets.load("eight_schools")
    groups = pooling.from_means(schools["effect"])
    se = schools["se"].to_numpy()
    pooled = TauDial(tau=0, mu_prior=priors.Flat()).given_tau
    complete = pooling.complete(groups, se)
    np.testing.assert_allclose(pooled.theta.mean, complete.mean, rtol=1e-10)
    np.testing.assert_allclose(pooled.theta.sd, complete.sd, rtol=1e-10)
    apart = TauDial(tau=1e6, mu_prior=priors.Flat()).given_tau
    np.testing.assert_allclose(apart.theta.mean, groups.mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(apart.theta.sd, se, rtol=1e-6)


def test_size_scales_the_standard_error():
    twice = TauDial(group_sizes=[400] * 8, tau=1e6, mu_prior=priors.Flat()).given_tau
    np.testing.assert_allclose(twice.theta.sd, np.array(TauDial().given["se"]) / 2, rtol=1e-6)


def test_average_over_tau_is_the_mean_of_the_paths():
    dial = TauDial()
    drawn = dial.posterior.draw(4000, seed=1)["tau"]
    fit = exact.normal_means(dial.groups, sigma=dial.known_sigma)
    paths = np.array([fit.given_tau(tau).theta.mean for tau in drawn])
    error = paths.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(paths.mean(axis=0) - dial.posterior.theta.mean) / error).max() < 4.5


@pytest.mark.browser
def test_the_line_in_the_figure_can_be_dragged(open_case):
    page = open_case(DIAL)
    box = page.locator(".hbm-turn").bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 40
    page.mouse.move(x, y)
    page.mouse.down()
    settle(page)
    assert stated(page)["tau"] == pytest.approx(10, rel=0.03)
    page.mouse.move(box["x"] + box["width"] + 30, y, steps=3)
    settle(page)
    assert stated(page)["tau"] == 1e6
    page.mouse.move(box["x"] - 30, y, steps=3)
    settle(page)
    assert stated(page)["tau"] == 0
    page.mouse.up()
    page.mouse.move(x, y)
    settle(page)
    assert stated(page)["tau"] == 0


@pytest.mark.browser
def test_a_number_being_typed_is_left_alone(open_case):
    page = open_case(DIAL)
    page.locator("summary", has_text="Size of each").click()
    for school in "CDE":  # each is begun before the change of the last has been painted
        box = page.get_by_label(f"Size of group {school}", exact=True)
        box.fill("0")
        settle(page)
        box.press("Tab")
    settle(page)
    assert stated(page)["given_tau"]["weight"][2:5] == [0, 0, 0]


@pytest.mark.browser
def test_without_a_posterior_the_page_says_so(open_case):
    page = open_case(DIAL)
    page.locator("summary", has_text="Priors").click()
    page.get_by_label("Prior on τ", exact=True).select_option("flat")
    page.get_by_label("Prior on μ", exact=True).select_option("flat")
    page.locator("summary", has_text="Size of each").click()
    for school in "CDEFGH":
        box = page.get_by_label(f"Size of group {school}", exact=True)
        box.fill("0")
        box.press("Tab")
    settle(page)
    assert "improper" in page.get_by_role("alert").text_content()
    assert stated(page) is None
