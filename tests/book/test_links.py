"""Nothing leads nowhere, and nothing is fetched from another host."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .conftest import HTML, ROOT, Page

FETCHED = {
    "audio": ("src",),
    "embed": ("src",),
    "form": ("action",),
    "iframe": ("src",),
    "image": ("href",),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href",),
    "video": ("src", "poster"),
}
FOREIGN = re.compile(r"^\s*(?:https?:)?//", re.I)
#: Addresses in scripts that are names, not requests.
NAMES = ("http://www.w3.org/", "https://www.sphinx-doc.org/")


def foreign_resources(page: Page) -> list[str]:
    faults = [
        f"<{tag} {key}={element[key]!r}>"
        for tag, keys in FETCHED.items()
        for element in page.soup.find_all(tag)
        for key in keys
        if FOREIGN.match(element.get(key) or "")
    ]
    styles = [style.get_text() for style in page.soup.find_all("style")]
    styles += [element["style"] for element in page.soup.find_all(style=True)]
    return faults + [fault for style in styles for fault in foreign_in_css(style)]


def foreign_in_css(text: str) -> list[str]:
    return re.findall(r"(?:url\(\s*[\"']?|@import\s+[\"'])((?:https?:)?//[^\"')\s]+)", text)


def foreign_in_js(text: str) -> list[str]:
    found = re.findall(r"[\"'`]((?:https?:)?//[\w.-]+\.[a-z]{2,}[^\"'`\s]*)", text)
    return [address for address in found if not address.startswith(NAMES)]


def test_no_page_fetches_from_another_host(pages):
    faults = {page.name: foreign_resources(page) for page in pages.values()}
    assert not {name: found for name, found in faults.items() if found}


def test_no_style_sheet_fetches_from_another_host(pages):
    files = HTML.rglob("*.css")
    faults = {str(file): foreign_in_css(file.read_text(encoding="utf-8")) for file in files}
    assert not {name: found for name, found in faults.items() if found}


def test_no_script_names_another_host(pages):
    loaded = {
        (page.path.parent / urlsplit(script["src"]).path).resolve()
        for page in pages.values()
        for script in page.soup.find_all("script", src=True)
    }
    assert loaded
    faults = {str(file): foreign_in_js(file.read_text(encoding="utf-8")) for file in loaded}
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (foreign_in_css, '@import "https://fonts.example.org/a.css";'),
        (foreign_in_css, "src: url(//cdn.example.org/a.woff2)"),
        (foreign_in_js, 'fetch("https://cdn.example.org/a.js")'),
        (foreign_in_js, "s.src='//cdn.example.org/a.js'"),
    ],
)
def test_the_checks_notice_another_host(check, text):
    assert check(text)


def links(page: Page) -> list[str]:
    found = [
        element[key]
        for key in ("href", "src")
        for element in page.soup.find_all(attrs={key: True})
    ]
    return [link for link in found if not re.match(r"[a-z][a-z0-9+.-]*:|//", link, re.I)]


def broken(page: Page, pages: dict[str, Page]) -> list[str]:
    faults = []
    for link in links(page):
        parts = urlsplit(link)
        path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if path.is_dir():
            path = path / "index.html"
        if not path.is_file() or not path.is_relative_to(HTML):
            faults.append(f"{link}: no such file")
        elif parts.fragment and path.suffix == ".html":
            target = pages[path.relative_to(HTML).as_posix()]
            if unquote(parts.fragment) not in target.ids:
                faults.append(f"{link}: no such place on that page")
    return faults


def test_every_internal_link_resolves(pages):
    faults = {page.name: broken(page, pages) for page in pages.values()}
    assert not {name: found for name, found in faults.items() if found}


def test_no_page_shows_an_unresolved_reference(content_pages):
    marks = re.compile(r"\{(?:ref|numref|eq|term|cite[:\w]*|glue[:\w]*|prf:ref|doc)\}`|\?\?")
    for page in content_pages:
        text = page.article.get_text()
        assert not marks.findall(text), page.name
        assert not page.article.select(".system-message, .problematic, .xref.myst"), page.name


def test_no_folder_has_a_name_that_loads_its_scripts_on_every_page():
    assert not (ROOT / "_static").exists()


def test_nothing_of_this_machine_is_on_a_page(pages):
    for page in pages.values():
        assert str(ROOT) not in page.text, page.name
        assert str(Path.home()) + "/" not in page.text, page.name
