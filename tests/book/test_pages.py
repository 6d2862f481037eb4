"""What each built page must have."""

import gzip
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from .conftest import HTML, Page, chapters

LIMIT = 1_000_000  # bytes on the wire, fonts and figures included


def test_each_page_says_what_it_is(pages):
    titles = {}
    for page in pages.values():
        assert page.soup.html["lang"] == "en-GB", page
        assert len(page.soup.find_all("h1")) == 1, page
        titles[page.name] = page.soup.title.get_text(strip=True)
        assert "Borrowing Strength" in titles[page.name]
    del titles["index.html"]  # leads to the first page, whose name it shares
    assert len(set(titles.values())) == len(titles)


def test_each_page_with_a_source_has_a_description(content_pages):
    described = Counter()
    for page in content_pages:
        tags = page.soup.find_all("meta", attrs={"name": "description"})
        assert len(tags) == 1, page
        assert 40 <= len(tags[0]["content"]) <= 165, page
        described[tags[0]["content"]] += 1
    assert described.most_common(1)[0][1] == 1


def test_headings_descend_one_level_at_a_time(content_pages):
    for page in content_pages:
        levels = [int(h.name[1]) for h in page.article.find_all(re.compile(r"^h[1-6]$"))]
        assert levels[0] == 1, page
        jumps = [(a, b) for a, b in pairwise(levels) if b > a + 1]
        assert not jumps, page


def test_ids_are_unique(pages):
    for page in pages.values():
        repeated = [name for name, count in Counter(page.ids).items() if count > 1]
        assert not repeated, page


def test_every_figure_has_number_caption_and_alternative(content_pages):
    seen = 0
    for page in content_pages:
        for figure in page.article.find_all("figure"):
            seen += 1
            caption = figure.find("figcaption")
            assert caption is not None, page
            assert caption.find(class_="caption-number"), (page, caption.get_text())
            assert len(caption.get_text(" ", strip=True)) > 40, (page, caption.get_text())
        for image in page.article.find_all("img"):
            assert len(image.get("alt", "")) > 20, (page, image.get("src"))
            assert image.find_parent("figure"), (page, image.get("src"))
    assert seen


def test_mathematics_is_rendered_before_the_page_is_read(content_pages):
    rendered = 0
    for page in content_pages:
        assert not page.article.select(".katex-error"), page
        for formula in page.article.select("span.math, div.math"):
            assert formula.find("math"), (page, formula.get_text()[:60])
            rendered += 1
    assert rendered


def test_no_loader_is_on_any_page(pages):
    unwanted = ("thebe", "require.js", "html-manager", "fontawesome.js", "mathjax", "MathJax")
    for page in pages.values():
        sources = [script.get("src", "") for script in page.soup.find_all("script")]
        assert not [s for s in sources for name in unwanted if name in s], page
        assert "THEBE_JS_URL" not in page.text, page
        assert not [tag for tag in page.soup.find_all() if tag.has_attr("onclick")], page


def test_embedded_widget_state_holds_no_code(pages):
    for page in pages.values():
        for state in page.soup.find_all("script", type=re.compile("widget-state")):
            assert '"_esm"' not in state.string, page
            assert '"_css"' not in state.string, page
            bundles = [s["src"] for s in page.soup.find_all("script", src=True)]
            assert any("widgets/" in source for source in bundles), page


def files_of(page: Page) -> set[Path]:
    tags = [("script", "src"), ("link", "href"), ("img", "src")]
    links = [t[key] for name, key in tags for t in page.soup.find_all(name, attrs={key: True})]
    relative = [urlsplit(link).path for link in links if not re.match(r"[a-z]+:", link)]
    paths = {(page.path.parent / path).resolve() for path in relative}
    return {path for path in paths if path.suffix != ".html" and path.is_file()}


def on_the_wire(path: Path) -> int:
    content = path.read_bytes()
    text = path.suffix in {".html", ".css", ".js", ".svg", ".json"}
    return len(gzip.compress(content, 6)) if text else len(content)


def test_no_page_weighs_more_than_the_limit(content_pages):
    fonts = sum(font.stat().st_size for font in (HTML / "_static").rglob("*.woff2"))
    for page in content_pages:
        weight = on_the_wire(page.path) + sum(map(on_the_wire, files_of(page))) + fonts
        assert weight <= LIMIT, (page, weight)


def test_every_exercise_has_its_solution_folded_on_the_page(pages):
    for source in chapters():
        page = pages[f"chapters/{source.path.stem}.html"]
        exercises = re.findall(
            r"\{exercise(?:-start)?\}[^\n]*\n(?::[^\n]*\n)*?:label: (\S+)", source.text
        )
        solutions = re.findall(r"\{solution(?:-start)?\} (\S+)", source.text)
        assert len(exercises) >= 5, source.path.name
        assert sorted(exercises) == sorted(solutions)
        assert len(page.article.select("details.solution")) == len(solutions)
        assert len(page.article.select(".exercise")) == len(exercises)
