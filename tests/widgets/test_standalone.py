"""Every widget in a real browser, on a bare page that needs no book."""

import re

import pytest
from playwright.sync_api import expect

from tests.node import FRONTEND
from tests.widgets.pages import MONKEY, ROOT, lines, settle, stated
from tests.widgets.registry import CASE_IDS, CASES
from tests.widgets.test_parity import close, printed

pytestmark = pytest.mark.browser

each = pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
shown = pytest.mark.parametrize(
    ("case", "name"),
    [(case, name) for case in CASES for name in case.pages],
    ids=[f"{case.name}: {name}" for case in CASES for name in case.pages],
)
CONTROLS = ":is(button, input, select, summary, [role=slider])"


def slider(page, case):
    return page.get_by_role("slider", name=re.compile(case.slider)).first


def check_numbers(page) -> None:
    """Fail on any NaN, undefined or infinity in the figure or in the text."""
    markup = page.locator("[data-hbm-widget]").evaluate("node => node.outerHTML")
    for word in ("NaN", "undefined", "Infinity"):
        assert word not in markup.split("<pre")[0], word


def try_something(page, case) -> None:
    """Move the slider and press every button that does not copy."""
    slider(page, case).press("ArrowLeft")
    for button in page.get_by_role("button").all():
        if button.is_visible() and "Copy" not in button.text_content():
            button.click()
    slider(page, case).press("PageDown")
    settle(page)


@shown
def test_page_computes_what_python_computes(open_case, case, name):
    page = open_case(case, name)
    assert stated(page) == close(case.make(name).values, 1e-6)
    assert printed(lines(page)) == close(stated(page), 1e-6)
    check_numbers(page)


@each
def test_mouse_moves_the_slider(open_case, case):
    page = open_case(case)
    before = stated(page)
    handle = slider(page, case)
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], y, steps=5)
    settle(page)
    page.mouse.up()
    after = stated(page)
    assert after != before
    page.mouse.move(box["x"] + 0.5 * box["width"], y)
    settle(page)
    assert stated(page) == after, "the handle follows the mouse after its release"
    assert printed(lines(page)) == close(after, 1e-6)


@each
def test_keys_alone_reach_and_move_the_slider(open_case, case):
    page = open_case(case)
    handle = slider(page, case)
    for _ in range(80):
        page.keyboard.press("Tab")
        if handle.evaluate("node => node === document.activeElement"):
            break
    expect(handle).to_be_focused()
    start = stated(page)
    page.keyboard.press("End")
    settle(page)
    end = stated(page)
    page.keyboard.press("Home")
    settle(page)
    assert stated(page) != end
    assert end != start or stated(page) != start


@each
def test_no_key_on_a_slider_is_lost(open_case, case):
    page = open_case(case)
    for one in page.locator("input[type=range]").all()[:5]:
        if not one.is_visible():
            continue
        for key, sign in [("ArrowRight", 1), ("ArrowLeft", -1)]:
            for _ in range(7):
                before = float(one.input_value())
                end = one.get_attribute("max" if sign > 0 else "min")
                one.press(key)
                settle(page)
                moved = sign * (float(one.input_value()) - before)
                assert moved > 0 or before == float(end), (one.get_attribute("aria-label"), key)


@each
def test_every_control_has_a_name(open_case, case):
    page = open_case(case)
    for title in page.locator("summary").all():
        title.click()
    for node in page.locator(f"[data-hbm-widget] {CONTROLS}").all():
        if node.is_visible():
            assert node.evaluate(
                "node => node.ariaLabel || node.labels?.[0]?.textContent.trim()"
                " || node.textContent.trim()"
            ), node.evaluate("node => node.outerHTML")


@each
def test_summary_follows(open_case, case):
    page = open_case(case)
    status = page.get_by_role("status")
    expect(status).not_to_be_empty()
    before = status.text_content()
    slider(page, case).press("Home")
    settle(page)
    slider(page, case).press("ArrowRight")
    expect(status).not_to_have_text(before)


@each
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_summary_waits_while_it_runs(open_case, case, motion):
    page = open_case(case, reduced_motion=motion)
    run = page.get_by_role("button", name="Run", exact=True)
    if not run.count():
        return
    status = page.get_by_role("status")
    expect(status).not_to_be_empty()
    status.evaluate(
        """node => { window.said = 0;
          const heard = () => { window.said += 1; };
          new MutationObserver(heard).observe(node, { childList: true }); }"""
    )
    run.click()
    page.wait_for_timeout(1700)
    # A run may have come to its own end by now.
    early = page.evaluate(
        """() => { const { said } = window;
          const pause = [...document.querySelectorAll("button")]
            .find((node) => node.textContent === "Pause");
          pause?.click();
          return pause ? said : 0; }"""
    )
    assert early == 0
    page.wait_for_timeout(700)
    assert page.evaluate("window.said") == 1


@each
def test_copying_is_said_beside_the_summary(open_case, case):
    page = open_case(case, permissions=["clipboard-read", "clipboard-write"])
    summary = page.get_by_role("status").text_content()
    for name, said in [("Copy link", "The link"), ("Copy Python", "The Python lines")]:
        page.get_by_text("Python", exact=True).first.evaluate("n => { n.parentNode.open = true; }")
        page.get_by_role("button", name=name).click()
        expect(page.locator("[aria-live=polite]", has_text=said)).to_be_visible()
        assert page.get_by_role("status").text_content() == summary


@each
def test_figures_bring_their_ground_where_colours_are_forced(open_case, case):
    page = open_case(case, forced_colors="active", color_scheme="dark")
    grounds = page.locator("[data-hbm-widget] svg").evaluate_all(
        "nodes => nodes.map((node) => getComputedStyle(node))"
        ".map((style) => [style.forcedColorAdjust, style.backgroundColor])"
    )
    assert {adjust for adjust, _ in grounds} == {"none"}
    assert "rgba(0, 0, 0, 0)" not in {ground for _, ground in grounds}


@each
def test_table_holds_numbers(open_case, case):
    page = open_case(case)
    page.locator("summary", has_text="Numbers").click()
    settle(page)
    table = page.get_by_role("group", name="Numbers").get_by_role("table")
    assert table.get_by_role("columnheader").count() >= 2
    assert table.get_by_role("rowheader").count() >= 1
    assert re.search(r"\d", table.inner_text())


@each
def test_reset_brings_the_start_back(open_case, case):
    page = open_case(case)
    start = stated(page)
    try_something(page, case)
    page.get_by_role("button", name="Reset", exact=True).click()
    settle(page)
    assert stated(page) == start


@each
def test_link_opens_the_state(open_case, case):
    other = case.pages[-1]
    page = open_case(case, fragment=case.make(other).link)
    assert stated(page) == close(case.make(other).values, 1e-6)
    expect(page.get_by_role("alert")).to_be_empty()


@each
def test_copied_link_brings_the_state_back(open_case, case):
    page = open_case(case)
    slider(page, case).press("PageDown")
    page.get_by_role("button", name="Copy link").click()
    settle(page)
    fragment = page.evaluate("location.hash")
    assert fragment.startswith(f"#{case.name}-1?")
    assert stated(open_case(case, fragment=fragment)) == stated(page)


@each
@pytest.mark.parametrize("fragment", ["?depth=3", "?%E0%A4%A=1", "?seed=x", "?group_sizes=1,x"])
def test_broken_link_is_noted_and_ignored(open_case, case, fragment):
    untouched = stated(open_case(case))
    page = open_case(case, fragment=f"#{case.name}-1{fragment}")
    expect(page.get_by_role("alert")).to_contain_text("was ignored")
    assert stated(page) == untouched


@each
def test_other_fragments_are_left_alone(open_case, case):
    expect(open_case(case, fragment="#in-short").get_by_role("alert")).to_be_empty()


@each
def test_without_javascript_the_figure_stands(open_case, case):
    page = open_case(case, java_script_enabled=False)
    assert page.get_by_role("img", name=case.figure).is_visible()
    assert page.get_by_text(case.words).is_visible()


@each
def test_print_keeps_the_figure(open_case, case):
    page = open_case(case)
    page.emulate_media(media="print")
    assert page.locator("[data-hbm-widget] svg").first.is_visible()
    assert not page.get_by_role("button").first.is_visible()


@each
def test_removal_leaves_nothing_behind(open_case, case):
    page = open_case(case)
    leaks = page.evaluate(
        """async (name) => {
        const heard = new Map();
        const states = document.querySelector("script[type$='state+json']").textContent;
        const state = Object.values(JSON.parse(states).state)[0].state;
        const model = {
          get: (key) => state[key], set() {}, save_changes() {},
          on: (event, f) => heard.set(f, event), off: (event, f) => heard.delete(f),
        };
        const kept = [];
        const originals = [window, document, document.documentElement].map((target) => {
          const add = target.addEventListener;
          target.addEventListener = (type, f, options) => {
            kept.push(options?.signal);
            add.call(target, type, f, options);
          };
          return [target, add];
        });
        state._anchor = `${name}-9`;
        const el = document.body.appendChild(document.createElement("div"));
        const remove = hbm.views[name].render({model, el});
        const during = [heard.size, el.childNodes.length];
        for (const button of el.querySelectorAll("button")) {
          if (!/Copy/.test(button.textContent)) button.click();
        }
        remove();
        for (const [target, add] of originals) target.addEventListener = add;
        const frames = [];
        const request = window.requestAnimationFrame;
        window.requestAnimationFrame = (f) => (frames.push(String(f)), request(f));
        await new Promise((done) => setTimeout(done, 600));
        window.requestAnimationFrame = request;
        const aborted = kept.every((signal) => signal?.aborted);
        return {during, heard: heard.size, aborted, left: el.childNodes.length, frames};
    }""",
        case.name,
    )
    assert leaks == {"during": [1, 1], "heard": 0, "aborted": True, "left": 0, "frames": []}


@each
def test_kernel_module_and_traits_follow_each_other(open_case, case):
    """Mount the module of a live kernel on a model that, as there, has no link of its own."""
    page = open_case(case)
    other = case.make(case.pages[-1])
    traits = {name: getattr(other, name) for name in case.kind.STATE}
    found = page.evaluate(
        """async ([source, traits, label]) => {
        const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
        const { default: view } = await import(url);
        const states = document.querySelector("script[type$='state+json']").textContent;
        const state = Object.values(JSON.parse(states).state)[0].state;
        const heard = [];
        let saved = 0;
        const model = {
          get: (key) => state[key],
          set(key, value) { state[key] = value; heard.forEach((f) => f()); },
          save_changes: () => (saved += 1),
          on: (event, f) => heard.push(f), off() {},
        };
        document.querySelector("main").remove();
        const el = document.body.appendChild(document.createElement("div"));
        const remove = view.render({model, el});
        const root = el.querySelector("[data-hbm-widget]");
        const settled = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        Object.assign(state, traits);
        heard.forEach((f) => f());
        await settled();
        const values = JSON.parse(root.dataset.hbmValues);
        const before = saved;
        const slider = [...root.querySelectorAll("input[type=range], [role=slider]")]
          .find((node) => new RegExp(label).test(node.getAttribute("aria-label")));
        if (slider.matches("input")) {
          slider.value = slider.min;
          slider.dispatchEvent(new Event("input", {bubbles: true}));
        } else {
          slider.dispatchEvent(new KeyboardEvent("keydown", {key: "Home", bubbles: true}));
        }
        await settled();
        const sent = Object.fromEntries(Object.keys(traits).map((key) => [key, state[key]]));
        remove();
        return {values, before, saved, sent};
    }""",
        [
            (ROOT / f"hbmlib/widgets/static/{case.name}.js").read_text(),
            traits,
            case.slider,
        ],
    )
    assert found["values"] == close(other.values, 1e-6)
    assert (found["before"], found["saved"]) == (0, 1)
    assert found["sent"] != traits
    other.set_state(found["sent"])
    assert {name: getattr(other, name) for name in traits} == found["sent"]


@each
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_and_within_the_screen(open_case, case, theme, width):
    page = open_case(case, viewport={"width": width, "height": 800})
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    for fold in page.locator("details").all():
        fold.evaluate("node => { node.open = true; }")
    settle(page)
    page.evaluate((FRONTEND / "node_modules/axe-core/axe.min.js").read_text())
    options = "{resultTypes: ['violations'], preload: false}"
    found = page.evaluate(f"axe.run('[data-hbm-widget]', {options})")
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.locator(f"[data-hbm-widget] {CONTROLS}").evaluate_all(
        """nodes => nodes.filter((node) => node.checkVisibility())
          .map((node) => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24)
          .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )
    assert not small


@each
def test_reduced_motion_still_runs(open_case, case):
    page = open_case(case, reduced_motion="reduce")
    try_something(page, case)
    check_numbers(page)


def interact(page, count: int, seed: int) -> None:
    page.evaluate(MONKEY, [seed, count])
    assert page.evaluate("window.monkey.faults") == []
    assert page.evaluate("window.monkey.refits") > count / 10


@each
def test_500_random_interactions_leave_it_whole(open_case, case):
    page = open_case(case)
    start = stated(page)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    interact(page, 500, seed=5)
    page.get_by_role("button", name="Reset", exact=True).click()
    settle(page)
    assert stated(page) == start
    page.evaluate("document.querySelectorAll('details').forEach((node) => (node.open = false))")
    assert page.evaluate("document.querySelectorAll('*').length") <= nodes + 400


@pytest.mark.long
@each
def test_10_000_random_interactions_without_growth(open_case, case):
    page = open_case(case)
    client = page.context.new_cdp_session(page)

    def rest() -> tuple[float, dict]:
        """Bring the start back, with all folds open so that they show it; count what is kept."""
        page.get_by_role("button", name="Reset", exact=True).click()
        folds = "document.querySelectorAll('details')"
        page.evaluate(f"{folds}.forEach((node) => (node.open = true))")
        page.wait_for_timeout(700)
        for _ in range(5):  # elements that were taken out go in several rounds
            client.send("HeapProfiler.collectGarbage")
            page.wait_for_timeout(100)
        counts = client.send("Memory.getDOMCounters")
        return page.evaluate("performance.memory.usedJSHeapSize"), counts

    interact(page, 3_000, seed=2)  # until the browser has compiled and cached what it will
    heap, counts = rest()
    interact(page, 10_000, seed=3)
    later, kept = rest()
    assert later < 1.1 * heap
    assert kept["nodes"] < 1.1 * counts["nodes"]
    assert kept["jsEventListeners"] < 1.2 * counts["jsEventListeners"]
