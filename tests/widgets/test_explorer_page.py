"""What only PoolingExplorer does, in a real browser on a bare page that needs no book."""

import pytest
from playwright.sync_api import expect

from hbmlib.widgets import PoolingExplorer
from tests.widgets.pages import settle, stated
from tests.widgets.registry import EXPLORER

pytestmark = pytest.mark.browser


@pytest.fixture
def open_widget(open_case):
    def open_(name="lesson", fragment="", **options):
        return open_case(EXPLORER, name, fragment, **options)

    return open_


def test_mouse_drags_a_size(open_widget):
    page = open_widget()
    slider = page.get_by_role("slider", name="Observations in group 6")
    before = stated(page)
    grip = slider.locator(".hbm-grip").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 15, y, steps=4)
    settle(page)
    page.mouse.up()
    after = stated(page)
    assert after["n"][5] < before["n"][5]
    assert after["n"][:5] == before["n"][:5]
    assert after["shrinkage"][5] < before["shrinkage"][5]
    page.mouse.move(x + 40, y)
    settle(page)
    assert stated(page) == after, "the handle follows the mouse after its release"


def test_keys_alone_reach_and_move_a_size(open_widget):
    page = open_widget()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "slider":
            break
    slider = page.locator("[role=slider]").first
    expect(slider).to_be_focused()
    for key, n in [
        ("ArrowRight", 16),
        ("ArrowDown", 15),
        ("PageUp", 20),
        ("PageDown", 15),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 100),
    ]:
        page.keyboard.press(key)
        settle(page)
        assert stated(page)["n"][0] == n
        assert slider.get_attribute("aria-valuenow") == str(n)
    assert slider.get_attribute("aria-valuemax") == "100"


def test_summary_follows_and_states_the_numbers(open_widget):
    page = open_widget()
    page.get_by_label("Between-group sd τ", exact=True).fill("0.5")
    page.keyboard.press("Tab")
    partial = stated(page)["rmse"]["partial"]
    expect(page.get_by_role("status")).to_contain_text(f"partial pooling {partial:.2f}")


def test_wrong_number_is_refused_and_nothing_changes(open_widget):
    page = open_widget()
    before = stated(page)
    box = page.get_by_label("Within-group sd σ", exact=True)
    box.fill("-3")
    page.keyboard.press("Tab")
    note = page.get_by_role("alert")
    expect(note).to_contain_text("`sigma` must be a positive number; got -3.")
    assert box.input_value() == "3"
    assert stated(page) == before
    box.fill("4")
    page.keyboard.press("Tab")
    expect(note).to_be_empty()


def test_preset_groups_seed_and_reset(open_widget):
    page = open_widget("hsb")
    first = stated(page)
    assert first["yardstick_noise"] > 0
    page.get_by_label("Data").select_option("scholz")
    settle(page)
    assert len(stated(page)["n"]) == 20
    assert stated(page)["yardstick_noise"] is None
    page.get_by_label("Groups J", exact=True).fill("3")
    page.keyboard.press("Tab")
    settle(page)
    own = stated(page)["own"]
    page.get_by_role("button", name="New data").click()
    settle(page)
    assert len(own) == 3
    assert stated(page)["own"] != own
    page.get_by_role("button", name="Reset").click()
    settle(page)
    assert stated(page) == first


def test_real_size_stops_at_half_the_school(open_widget):
    page = open_widget("hsb")
    page.locator("summary", has_text="Numbers").click()
    smallest = stated(page)["n"][0]
    box = page.get_by_label("Size of group", exact=False).first
    box.fill(str(smallest + 1))
    page.keyboard.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text(f"from 0 to {smallest}")
    assert stated(page)["n"][0] == smallest


def test_prior_changes_the_fit(open_widget):
    page = open_widget()
    before = stated(page)
    page.locator("summary", has_text="Priors").click()
    page.get_by_label("Prior on τ", exact=True).select_option("uniform")
    page.get_by_label("Prior on τ: upper").fill("1")
    page.keyboard.press("Tab")
    settle(page)
    assert stated(page)["tau"][2] <= 1 < before["tau"][2]


def test_improper_posterior_is_named(open_widget):
    page = open_widget("one observation")
    page.locator("summary", has_text="Priors").click()
    page.get_by_label("Prior on τ", exact=True).select_option("flat")
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert stated(page) is None
    page.get_by_role("button", name="Reset").click()
    settle(page)
    expect(page.get_by_role("alert")).to_be_empty()
    assert stated(page)["n"] == [1]


def test_link_opens_its_state(open_widget):
    explorer = PoolingExplorer("simulated", group_sizes=[3, 0, 40], tau=0.25, sigma_known=True)
    page = open_widget("lesson", explorer.link)
    assert stated(page)["partial"] == pytest.approx(explorer.values["partial"], rel=1e-6)
    expect(page.get_by_role("alert")).to_be_empty()


def test_repetitions_run_and_stop(open_widget):
    page = open_widget("hsb")
    page.get_by_role("button", name="Repeat 500 times").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.get_by_role("button", name="Repeat 500 times").click()
    words = page.locator(".hbm-summary", has_text="Mean error over 500 repetitions")
    expect(words).to_be_visible(timeout=30_000)
