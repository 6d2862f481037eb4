"""PoolingExplorer in a real browser, on a bare page that needs no book."""

import json
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from hbmlib.widgets import PoolingExplorer
from tests.browser import chromium
from tests.node import FRONTEND

pytestmark = pytest.mark.browser

ROOT = FRONTEND.parent
EXPLORERS = {
    "plain": {"preset": "lesson"},
    "real": {"preset": "hsb"},
    "hundred": {"preset": "simulated", "group_sizes": [8] * 100},
    "one": {"preset": "simulated", "group_sizes": [1], "sigma_known": True},
    "tiny": {"preset": "simulated", "sigma": 1e-6, "tau": 0, "group_sizes": [1, 2, 0, 5]},
}


def embedded(explorer: PoolingExplorer) -> str:
    """Write a page like the book's: scripts in the head, the state, and the static figure."""
    state = explorer.get_state(drop_defaults=False)
    state = {key: value for key, value in state.items() if key not in ("_esm", "_css", "layout")}
    models = json.dumps({"state": {explorer.model_id: {"state": state}}}).replace("</", "<\\/")
    static = explorer._repr_mimebundle_()[0]["text/html"]
    return f"""<!doctype html>
<html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>A widget</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="widgets/PoolingExplorer.css">
<script src="hydrate.js"></script>
<script src="widgets/PoolingExplorer.js"></script>
<script type="application/vnd.jupyter.widget-state+json">{models}</script></head>
<body><main><h1>A widget</h1>{static}</main></body></html>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "site/static/widgets", path / "widgets")
    shutil.copy(ROOT / "site/hydrate.js", path)
    for name, state in EXPLORERS.items():
        (path / f"{name}.html").write_text(embedded(PoolingExplorer(**state)))
    return path


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        yield opened
        opened.close()


@pytest.fixture
def open_widget(browser, folder):
    """Open a page from its file; any exception or console message fails the test."""
    pages, faults = [], []

    def open_(name="plain", fragment="", **options):
        page = browser.new_page(**({"viewport": {"width": 1280, "height": 1000}} | options))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.goto((folder / f"{name}.html").as_uri() + fragment)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.close()
    assert not faults


def stated(page) -> dict:
    return json.loads(page.locator("[data-hbm-widget]").get_attribute("data-hbm-values"))


def settle(page) -> None:
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


def check_numbers(page) -> None:
    """Fail on any NaN, undefined or infinity in the figure or in the text."""
    markup = page.locator("[data-hbm-widget]").evaluate("node => node.outerHTML")
    for word in ("NaN", "undefined", "Infinity"):
        assert word not in markup.split("<pre")[0], word


@pytest.mark.parametrize("name", EXPLORERS)
def test_page_computes_what_python_computes(open_widget, name):
    page = open_widget(name)
    expected = PoolingExplorer(**EXPLORERS[name]).values
    assert stated(page)["partial"] == pytest.approx(expected["partial"], rel=1e-6)
    assert stated(page)["tau"] == pytest.approx(expected["tau"], rel=1e-6, abs=1e-12)
    check_numbers(page)


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
    page = open_widget("real")
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
    page = open_widget("real")
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
    page = open_widget("one")
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
    page = open_widget("plain", explorer.link)
    assert stated(page)["partial"] == pytest.approx(explorer.values["partial"], rel=1e-6)
    expect(page.get_by_role("alert")).to_be_empty()


@pytest.mark.parametrize("fragment", ["?tau=x", "?group_sizes=1,2", "?depth=3", "?%E0%A4%A=1"])
def test_broken_link_is_noted_and_ignored(open_widget, fragment):
    untouched = stated(open_widget())
    page = open_widget("plain", f"#PoolingExplorer-1{fragment}")
    expect(page.get_by_role("alert")).to_contain_text("was ignored")
    assert stated(page) == untouched


def test_other_fragments_are_left_alone(open_widget):
    expect(open_widget("plain", "#in-short").get_by_role("alert")).to_be_empty()


def test_repetitions_run_and_stop(open_widget):
    page = open_widget("real")
    page.get_by_role("button", name="Repeat 500 times").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.get_by_role("button", name="Repeat 500 times").click()
    words = page.locator(".hbm-summary", has_text="Mean error over 500 repetitions")
    expect(words).to_be_visible(timeout=30_000)


def test_without_javascript_the_figure_stands(open_widget):
    page = open_widget(java_script_enabled=False)
    assert page.get_by_role("img", name="Own means").is_visible()
    assert page.get_by_text("Root mean squared error").is_visible()


def test_removal_leaves_nothing_behind(open_widget):
    page = open_widget()
    leaks = page.evaluate("""async () => {
        const heard = new Map();
        const model = {
          get: (key) => state[key], set() {}, save_changes() {},
          on: (event, f) => heard.set(f, event), off: (event, f) => heard.delete(f),
        };
        const states = document.querySelector("script[type$='state+json']").textContent;
        const state = Object.values(JSON.parse(states).state)[0].state;
        const global = [];
        const add = window.addEventListener;
        window.addEventListener = (type, f, options) => {
          global.push(options.signal);
          add.call(window, type, f, options);
        };
        state._anchor = "PoolingExplorer-9";
        const el = document.body.appendChild(document.createElement("div"));
        const remove = hbm.views.PoolingExplorer.render({model, el});
        const during = [heard.size, global.length, el.childNodes.length];
        remove();
        window.addEventListener = add;
        await new Promise((done) => setTimeout(done, 600));
        const aborted = global.every((signal) => signal.aborted);
        return [during, heard.size, aborted, el.childNodes.length];
    }""")
    assert leaks == [[1, 1, 1], 0, True, 0]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_within_the_screen(open_widget, theme, width):
    page = open_widget("real", viewport={"width": width, "height": 800})
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    for title in ("Priors", "Numbers", "Python"):
        page.locator("summary", has_text=title).click()
    page.evaluate((FRONTEND / "node_modules/axe-core/axe.min.js").read_text())
    options = "{resultTypes: ['violations'], preload: false}"
    found = page.evaluate(f"axe.run('[data-hbm-widget]', {options})")
    assert not [rule["id"] for rule in found["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "() => [...document.querySelectorAll('[data-hbm-widget] :is(button, input, select,"
        " summary, [role=slider])')].filter((node) => node.checkVisibility()).map((node) =>"
        " node.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length"
    )
    assert small == 0


def test_random_interactions_leave_it_whole(open_widget):
    count = 500
    page = open_widget()
    rng = np.random.default_rng(5)
    heap = page.evaluate("document.querySelectorAll('*').length")
    page.evaluate(
        """async ([count, seed]) => {
        let s = seed;
        const random = () => (s = (s * 16807) % 2147483647) / 2147483647;
        const pick = (list) => list[Math.floor(random() * list.length)];
        const root = document.querySelector("[data-hbm-widget]");
        const keys = ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"];
        const scale = () => pick([0, 1e-6, 0.1, 1, 3, 10, 50]);
        const acts = [
          () => pick([...root.querySelectorAll("[role=slider]")]).dispatchEvent(
            new KeyboardEvent("keydown", {key: pick(keys), bubbles: true})),
          () => { const box = pick([...root.querySelectorAll("input[type=number]")]);
            box.value = pick(["", "-1", String(scale()), String(Math.ceil(random() * 12))]);
            box.dispatchEvent(new Event("change", {bubbles: true})); },
          () => { const box = pick([...root.querySelectorAll("input[type=range]")]);
            box.value = box.min * 1 + random() * (box.max - box.min);
            box.dispatchEvent(new Event("input", {bubbles: true})); },
          () => { const box = pick([...root.querySelectorAll("select")]);
            box.value = pick([...box.options]).value;
            box.dispatchEvent(new Event("change", {bubbles: true})); },
          () => pick([...root.querySelectorAll("button")].filter((b) => !/Copy/.test(b.textContent)
            )).click(),
          () => root.querySelector("input[type=checkbox]").click(),
          () => { const fold = pick([...root.querySelectorAll("details")]);
            fold.open = !fold.open; },
        ];
        for (let i = 0; i < count; i++) {
          (random() < 0.5 ? acts[0] : pick(acts))();
          await new Promise(requestAnimationFrame);
          const values = root.dataset.hbmValues;
          if (!values || /NaN|undefined/.test(root.querySelector(".hbm-stage").outerHTML)) {
            throw new Error(`not a number after ${i} interactions: ${location.hash}`);
          }
        }
    }""",
        [count, int(rng.integers(1, 2**31 - 1))],
    )
    page.get_by_role("button", name="Reset").click()
    for fold in page.locator("details").all():
        fold.evaluate("node => { node.open = false; }")
    settle(page)
    assert stated(page)["n"] == PoolingExplorer("lesson").group_sizes
    assert page.evaluate("document.querySelectorAll('*').length") <= heap + 400
