"""What only JamesSteinExplorer does: its numbers against the library, and its figure."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from hbmlib import exact, james_stein, pooling, priors
from hbmlib.widgets import JamesSteinExplorer
from tests.node import run_module
from tests.widgets.pages import settle, stated
from tests.widgets.registry import STEIN

DISTANCES = [0, 1e-9, 0.3, 1, 4, 17.5, 90, 1100, 1300, 2e4, 1e12]


@pytest.mark.parametrize("d", [3, 4, 5, 8, 17, 39, 40])
def test_page_has_the_librarys_risks(d):
    page = json.loads(
        run_module(f"""
        import {{ risks }} from "./engine/james_stein.js";
        const {{ rule, positive }} = risks({d});
        console.log(JSON.stringify({DISTANCES}.map((delta) => [rule(delta), positive(delta)])));
        """)
    )
    for column, estimator in enumerate(["james-stein", "positive-part"]):
        expected = james_stein.risk(d, DISTANCES, estimator=estimator)
        np.testing.assert_allclose([row[column] for row in page], expected, rtol=1e-10)


@pytest.mark.parametrize("a", [0.5, 1.0, 7.25, 19.0])
def test_page_has_the_incomplete_gamma_function(a):
    from scipy.special import gammainc

    orders = a + np.arange(6)
    for y in (0.0, 0.01, 0.5, 3.0, 18.5):
        page = json.loads(
            run_module(f"""
            import {{ gammaLower }} from "./engine/james_stein.js";
            console.log(JSON.stringify([...gammaLower({a}, {y}, 6)]));
            """)
        )
        np.testing.assert_allclose(page, gammainc(orders, y), rtol=1e-11)


@pytest.mark.parametrize("unequal", [False, True])
@pytest.mark.parametrize("towards", ["point", "mean"])
def test_risks_are_the_mean_losses_of_many_data_sets(unequal, towards):
    settings = {"n_groups": 7, "spread": 0.8, "towards": towards, "unequal": unequal, "tau": 0.7}
    explorer = JamesSteinExplorer(offset=0.5, size=6, **settings)
    stated_risk = explorer.values["risk"]
    theta, _, se = explorer._problem(explorer.spread)
    rng = np.random.default_rng(4)
    y = theta + se * rng.standard_normal((20_000, theta.size))
    free = towards == "mean"
    weights = se**-2 / np.sum(se**-2)
    point = (y @ weights)[:, np.newaxis] if free else 0.5
    S = np.sum(((y - point) / se) ** 2, axis=1, keepdims=True)
    kept = 1 - (theta.size - free - 2) / S
    total = explorer.tau**2 + se**2
    middle = (y @ (1 / total) / np.sum(1 / total))[:, np.newaxis] if free else 0.5
    lam = explorer.tau**2 / total
    estimates = {
        "own": y,
        "james_stein": point + kept * (y - point),
        "positive_part": point + np.maximum(kept, 0) * (y - point),
        "bayes": lam * y + (1 - lam) * middle,
    }
    for name, estimate in estimates.items():
        loss = np.mean(((estimate - theta) / se) ** 2, axis=1)
        error = loss.std() / np.sqrt(loss.size)
        assert abs(loss.mean() - stated_risk[name]) < 4.5 * error, name


def test_estimates_are_the_librarys():
    explorer = JamesSteinExplorer(n_groups=6, towards="mean", tau=1.5, spread=2)
    estimates = explorer.values["estimates"]
    _, own, se = explorer._problem(explorer.spread)
    for name, rule in {
        "james_stein": james_stein.james_stein,
        "positive_part": james_stein.positive_part,
    }.items():
        np.testing.assert_allclose(estimates[name], rule(own, se[0], towards="mean"))
    groups = pooling.from_means(own)
    given = exact.normal_means(groups, sigma=se, mu_prior=priors.Flat()).given_tau(1.5)
    np.testing.assert_allclose(estimates["bayes"], given.theta.mean)


def test_spread_is_exact_and_data_stay():
    narrow, wide = (JamesSteinExplorer(spread=spread).values for spread in (0.5, 2))
    assert np.sqrt(np.mean(np.square(wide["theta"]))) == pytest.approx(2)
    noise = [np.subtract(v["estimates"]["own"], v["theta"]) for v in (narrow, wide)]
    np.testing.assert_allclose(*noise)


@pytest.mark.browser
def test_too_few_groups_and_unequal_sizes_are_cautioned(open_case):
    page = open_case(STEIN)
    caution = page.locator(".hbm-caution")
    expect(caution).to_be_hidden()
    page.get_by_label("Groups J", exact=True).fill("2")
    page.keyboard.press("Tab")
    expect(caution).to_contain_text("asks for 3 or more")
    assert stated(page)["risk"]["james_stein"] is None
    page.get_by_label("Groups J", exact=True).fill("3")
    page.keyboard.press("Tab")
    expect(caution).to_be_hidden()
    page.get_by_label("Shrink towards").select_option("mean")
    expect(caution).to_contain_text("asks for 4 or more; towards a fixed point 3 are enough")
    page.get_by_label("Groups J", exact=True).fill("9")
    page.keyboard.press("Tab")
    expect(caution).to_be_hidden()
    page.get_by_label("unequal sizes").check()
    expect(caution).to_contain_text("each group's own variance")


@pytest.mark.browser
def test_the_line_in_the_figure_can_be_dragged(open_case):
    page = open_case(STEIN)
    box = page.locator(".hbm-turn").bounding_box()
    y = box["y"] + 30
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=4)
    settle(page)
    page.mouse.up()
    far = stated(page)["risk"]
    assert far["james_stein"] > 0.8
    assert far["bayes"] > 1


@pytest.mark.browser
def test_strip_names_the_smallest_risk(open_case):
    page = open_case(STEIN)
    strip = page.get_by_role("img", name="Smallest risk")
    spread = r"\d\.\d\d"
    order = f"positive part from 0.00, Bayes from {spread}, positive part from {spread}"
    expect(strip).to_have_attribute("aria-label", re.compile(f"Smallest risk: {order}\\.$"))
    page.get_by_label("Groups J", exact=True).fill("2")
    page.keyboard.press("Tab")
    own = f"Bayes from 0.00, own means from {spread}"
    expect(strip).to_have_attribute("aria-label", re.compile(f"Smallest risk: {own}\\.$"))
