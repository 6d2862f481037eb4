"""Every page, light and dark, wide and on a phone: no fault, no foreign request, accessible."""

import json
from collections import Counter

import pytest
from playwright.sync_api import Page

from hbmlib import style
from tests.browser.conftest import book_pages
from tests.browser.serving import HTML, ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.browser


def axe_violations(page: Page) -> list[str]:
    """Run axe-core on the page; one line for each element that breaks a rule."""
    page.evaluate(AXE.read_text())
    results = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]}"
        for rule in results["violations"]
        for node in rule["nodes"]
    ]


def rgb(colour: str) -> str:
    """Write ``#rrggbb`` as a computed style does."""
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", book_pages())
def test_page_is_sound(open_page, path, theme, size):
    page = open_page(path, theme=theme, size=size)
    page.wait_for_load_state("networkidle")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == rgb(style.colours(theme)["surface"])
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0, f"the page scrolls sideways by {overflow} px"
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    twice = {name for name, times in Counter(ids).items() if times > 1}
    assert not twice, f"ids that the page has more than once: {twice}"
    violations = axe_violations(page)
    assert not violations, "\n".join(violations)


# What is wider than the page, and what a scroller hides, without formulas, which break or scroll.
CUT = """width => [...document.querySelectorAll("main :is(pre, table, img, svg, .hbm-widget)")]
  .filter((node) => node.checkVisibility() && !node.closest("defs"))
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && node.matches("pre")
    || node.getBoundingClientRect().right > width)
  .map((node) => `${node.tagName} ${node.textContent.slice(0, 80)}`)"""


@pytest.mark.parametrize("path", book_pages())
def test_page_can_be_magnified_and_printed(open_page, path):
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 450})
        over = page.evaluate("document.documentElement.scrollWidth") - width
        assert over <= 0, f"{over} px to the side at a width of {width} px"
    small = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, summary)")]
          .filter((node) => node.checkVisibility() && node.closest("article"))
          .map((node) => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24)
          .map(([html, box]) => `${html} ${box.width} x ${box.height}`)"""
    )
    assert not small, "\n".join(small)
    # A4 less the margins that a browser leaves.
    page.set_viewport_size({"width": 718, "height": 1000})
    page.emulate_media(media="print")
    cut = page.evaluate(CUT, 718)
    assert not cut, "\n".join(cut)


def test_only_a_formula_that_scrolls_is_a_stop_of_the_tab_key(open_page):
    page = open_page("chapters/04-exact.html")
    settled = """(some) => {
      const formulas = [...document.querySelectorAll("div.math")]
        .filter((node) => node.checkVisibility());
      const scrolls = formulas.map((node) => node.scrollWidth > node.clientWidth);
      return scrolls.some(Boolean) === some
        && formulas.every((node, i) => (node.tabIndex === 0) === scrolls[i]);
    }"""
    for width, some in ((1280, False), (320, True)):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(settled, arg=some)


def test_hats_stay_off_their_letters_where_colours_are_forced(open_page):
    page = open_page("chapters/03-shrinkage.html", forced_colors="active")
    formula = page.locator(".katex").first
    assert formula.evaluate("node => getComputedStyle(node).forcedColorAdjust") == "none"


@pytest.mark.parametrize("path", book_pages())
def test_page_works_from_files(open_page, path):
    page = open_page(path, base=HTML.as_uri())
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").first.is_visible()


def test_two_widgets_on_a_page_are_told_apart(open_page):
    page = open_page("chapters/05-metropolis.html")
    page.locator(".hbm-widget details").evaluate_all("all => all.forEach(n => { n.open = true; })")
    violations = axe_violations(page)
    assert not violations, "\n".join(violations)


def test_axe_finds_a_planted_fault(open_page):
    page = open_page("chapters/index.html")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(line.startswith("button-name") for line in axe_violations(page))


def test_search_finds_a_word_without_a_server(open_page):
    page = open_page("search.html?q=shrinkage", base=HTML.as_uri())
    page.wait_for_selector("#search-results li a", timeout=10_000)
    links = page.eval_on_selector_all("#search-results li a", "nodes => nodes.map(n => n.href)")
    assert any("02-pooling" in link for link in links), json.dumps(links)


def test_theme_switch_is_remembered(open_page):
    page = open_page("chapters/index.html", theme="light")
    switch = page.locator(".theme-switch-button:visible").first
    seen = set()
    for _ in range(3):
        switch.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
    kept = page.evaluate("document.documentElement.dataset.mode")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.mode") == kept
