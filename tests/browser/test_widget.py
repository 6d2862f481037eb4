"""PoolingExplorer in the built book: by mouse, by keys alone, at random, without JavaScript."""

import json
import math
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import ROOT

PAGE = "chapters/02-pooling.html"
WIDGET = "[data-hbm-widget=PoolingExplorer]"

pytestmark = pytest.mark.browser


def widget(page: Page) -> Locator:
    root = page.locator(WIDGET).first
    root.wait_for()
    return root


def sizes(root: Locator) -> list[int]:
    sliders = root.get_by_role("slider", name=re.compile("^Observations in")).all()
    return [int(slider.get_attribute("aria-valuenow")) for slider in sliders]


def handle(root: Locator, index: int = 0) -> Locator:
    return root.get_by_role("slider", name=re.compile("^Observations in")).nth(index)


def values(root: Locator) -> dict:
    return json.loads(root.get_attribute("data-hbm-values"))


def settle(page: Page) -> None:
    """Wait until two frames have been painted."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def run_python(root: Locator) -> dict:
    code = root.locator("[data-hbm-python]").text_content()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    return json.loads(done.stdout)


def differences(shown: object, computed: object, path: str = "") -> list[str]:
    """Name where two JSON values differ by more than 1e-6, relative or absolute."""
    if isinstance(shown, dict) and isinstance(computed, dict) and shown.keys() == computed.keys():
        return [d for k in shown for d in differences(shown[k], computed[k], f"{path}.{k}")]
    if isinstance(shown, list) and isinstance(computed, list) and len(shown) == len(computed):
        pairs = zip(shown, computed, strict=True)
        return [d for i, (a, b) in enumerate(pairs) for d in differences(a, b, f"{path}[{i}]")]
    numbers = all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in (shown, computed)
    )
    if numbers and math.isclose(shown, computed, rel_tol=1e-6, abs_tol=1e-6):
        return []
    return [] if not numbers and shown == computed else [f"{path}: {shown} and {computed}"]


def test_dragging_a_handle_refits(open_page):
    page = open_page(PAGE)
    root = widget(page)
    before, first_values = sizes(root), values(root)
    summary = root.get_by_role("status").text_content()
    grip = handle(root)
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=8)
    settle(page)
    during = values(root)
    page.mouse.up()
    after = sizes(root)
    assert after[0] < before[0]
    assert after[1:] == before[1:]
    assert during != first_values
    expect(root.get_by_role("status")).not_to_have_text(summary)


def test_a_finger_can_drag_a_handle(open_page):
    page = open_page(PAGE, size="phone", has_touch=True, is_mobile=True)
    root = widget(page)
    grip = handle(root)
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": px, "y": py} for px, py in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", (x, y))
    settle(page)
    before = sizes(root)
    for step in range(1, 9):
        touch("touchMove", (x - 3 * step, y))
    touch("touchEnd")
    settle(page)
    assert sizes(root)[0] < before[0]


def test_keys_alone_reach_and_move_every_handle(open_page):
    page = open_page(PAGE)
    root = widget(page)
    root.locator("select, input, button, [tabindex='0']").first.focus()
    reached = set()
    for _ in range(80):
        name = page.evaluate("() => document.activeElement.getAttribute('aria-label') ?? ''")
        if name.startswith("Observations in"):
            reached.add(name)
            ring = page.evaluate(
                "() => { const s = getComputedStyle(document.activeElement);"
                " return s.outlineStyle !== 'none' || document.activeElement"
                ".matches(':focus-visible'); }"
            )
            assert ring, "the focused handle shows no focus"
        page.keyboard.press("Tab")
        if not page.evaluate(f"() => !!document.activeElement.closest('{WIDGET}')"):
            break
    assert len(reached) == len(sizes(root))

    grip = handle(root, 2)
    grip.focus()
    start = sizes(root)[2]
    top = int(grip.get_attribute("aria-valuemax"))
    for key, expected in [
        ("ArrowRight", start + 1),
        ("ArrowLeft", start),
        ("PageUp", min(start + 5, top)),
        ("Home", 0),
        ("ArrowUp", 1),
        ("End", top),
        ("ArrowRight", top),
    ]:
        page.keyboard.press(key)
        settle(page)
        assert sizes(root)[2] == expected, key


def test_two_keys_within_a_frame_both_count(open_page):
    page = open_page(PAGE)
    root = widget(page)
    press = "key => new KeyboardEvent('keydown', {key, bubbles: true})"
    handle(root).evaluate(
        f"node => ['Home', 'ArrowRight', 'ArrowRight'].map({press})"
        ".forEach(event => node.dispatchEvent(event))"
    )
    # Rows out of sight are painted when the page is idle.
    expect(handle(root)).to_have_attribute("aria-valuenow", "2")


def test_controls_have_names_and_room(open_page):
    page = open_page(PAGE, size="phone")
    root = widget(page)
    small = root.evaluate(
        """root => [...root.querySelectorAll("button, select, input, summary, [role=slider]")]
          .filter(n => n.checkVisibility())
          .map(n => [n.outerHTML.slice(0, 90), n.closest("label") ?? n])
          .map(([html, n]) => [html, n.getBoundingClientRect()])
          .filter(([, r]) => r.width < 24 || r.height < 24)
          .map(([html, r]) => `${html} ${r.width} x ${r.height}`)"""
    )
    assert not small, "\n".join(small)


def test_presets_and_priors_agree_with_the_python_they_show(open_page):
    page = open_page(PAGE)
    root = widget(page)
    root.locator("summary", has_text="Priors").click()
    for preset in ("hsb", "lesson", "scholz", "simulated"):
        root.get_by_label("Data", exact=True).select_option(preset)
        for family in ("half-normal", "half-cauchy", "uniform", "gamma-precision"):
            root.get_by_label("Prior on τ", exact=True).select_option(family)
            settle(page)
            if preset == "hsb" or family == "half-cauchy":
                assert not differences(values(root), run_python(root)), (preset, family)


@pytest.mark.parametrize(
    "state",
    [
        "preset=simulated&n_groups=1&group_sizes=5",
        "preset=simulated&n_groups=1&group_sizes=1",
        "preset=simulated&n_groups=3&group_sizes=1,1,1",
        "preset=simulated&n_groups=3&group_sizes=0,4,9&tau=0",
        "preset=simulated&n_groups=2&group_sizes=4,4&sigma=0.1&sigma_known=true",
        "preset=simulated&n_groups=40&group_sizes=" + ",".join(["3"] * 40),
        "preset=lesson&mu_prior=flat",
    ],
)
def test_edges_are_shown_and_agree_with_python(open_page, state):
    page = open_page(f"{PAGE}#PoolingExplorer-1?{state}")
    root = widget(page)
    settle(page)
    assert root.get_by_role("alert").text_content() == ""
    assert "NaN" not in root.inner_html()
    assert not differences(values(root), run_python(root))


def test_improper_posterior_is_refused_by_name_and_nothing_is_lost(open_page):
    page = open_page(PAGE)
    root = widget(page)
    state = "preset=simulated&n_groups=2&group_sizes=4,4&mu_prior=flat&tau_prior=flat"
    fragment = f"#PoolingExplorer-1?{state}"
    page.evaluate("fragment => { location.hash = fragment; }", fragment)
    settle(page)
    assert "proper" in root.get_by_role("alert").first.text_content()
    root.get_by_role("button", name="Reset").click()
    settle(page)
    assert root.get_by_role("alert").first.text_content() == ""
    assert values(root)


@pytest.mark.parametrize(
    "fragment",
    ["nonsense=1", "group_sizes=1,x,3", "tau=-1", "preset=none", "n_groups=1e9", "seed=%E0%A4%A"],
)
def test_malformed_link_is_noted_and_ignored(open_page, fragment):
    plain = values(widget(open_page(PAGE)))
    page = open_page(f"{PAGE}#PoolingExplorer-1?{fragment}")
    root = widget(page)
    assert "ignored" in root.get_by_role("alert").first.text_content()
    assert values(root) == plain


def test_link_brings_the_state_back(open_page):
    page = open_page(PAGE)
    root = widget(page)
    handle(root, 1).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    root.get_by_role("button", name="Copy link").click()
    settle(page)
    again = widget(open_page(PAGE + page.evaluate("() => location.hash")))
    assert values(again) == values(root)


def test_repeating_leaves_the_page_usable_and_can_be_stopped(open_page):
    page = open_page(PAGE)
    root = widget(page)
    root.get_by_role("button", name="Repeat 500 times").click()
    root.get_by_role("button", name="Stop").click()
    expect(root.get_by_role("button", name="Repeat 500 times")).to_be_visible()
    # Frames are painted between its pieces; how long a piece takes, `make bench` measures.
    page.evaluate(
        """() => { window.frames = 0;
          const count = () => { window.frames += 1; requestAnimationFrame(count); };
          requestAnimationFrame(count); }"""
    )
    root.get_by_role("button", name="Repeat 500 times").click()
    expect(root.get_by_text("Mean error over 500 repetitions")).to_be_visible(timeout=60_000)
    assert page.evaluate("() => window.frames") >= 10


def test_without_javascript_the_figure_and_its_words_stand(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    static = page.locator(".hbm-static").first
    assert static.locator("svg[role=img]").first.is_visible()
    assert len(static.inner_text()) > 200
    assert page.locator(WIDGET).count() == 0


def test_print_keeps_a_figure(open_page):
    page = open_page(PAGE)
    widget(page)
    page.emulate_media(media="print")
    assert page.locator(f"{WIDGET} svg").first.is_visible()


def random_interactions(page: Page, count: int, seed: int) -> None:
    """Drag, type, choose and press at random; every state must be finite or refused in words."""
    root = widget(page)
    root.scroll_into_view_if_needed()
    page.evaluate(MONKEY, [seed, count])
    assert page.evaluate("() => window.monkey.faults") == []
    assert page.evaluate("() => window.monkey.refits") > count / 10


# Runs in the page, so that hundreds of interactions take seconds: real events on real controls,
# one animation frame after each burst.
MONKEY = (ROOT / "tests" / "browser" / "monkey.js").read_text()


@pytest.mark.parametrize("seed", [1])
def test_500_random_interactions(open_page, seed):
    page = open_page(PAGE)
    random_interactions(page, 500, seed)
