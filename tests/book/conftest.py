"""The built book, read once: built by the book's own command when it is absent or stale."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
sys.path.insert(0, str(ROOT / "site"))


@dataclass(frozen=True)
class Cell:
    """A code cell of a chapter's source."""

    code: str
    options: dict

    @property
    def tags(self) -> set[str]:
        return set(self.options.get("tags", ()))

    @property
    def visible(self) -> bool:
        return not self.tags & {"remove-cell", "remove-input", "hide-cell", "hide-input"}

    @property
    def lines(self) -> int:
        return len(self.code.strip("\n").splitlines())


@dataclass(frozen=True)
class Source:
    """A page's MyST source."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def cells(self) -> list[Cell]:
        fences = re.finditer(r"^```\{code-cell\}.*?\n(.*?)^```\s*$", self.text, re.M | re.S)
        return [_cell(fence[1]) for fence in fences]

    @property
    def is_chapter(self) -> bool:
        return re.match(r"\d\d-", self.path.name) is not None


def _cell(body: str) -> Cell:
    block = re.match(r"---\n(.*?)^---\n", body, re.M | re.S)
    if block:
        return Cell(body[block.end() :], yaml.safe_load(block[1]))
    lines = body.splitlines(keepends=True)
    options = {}
    while lines and (option := re.match(r":([\w-]+): (.*)", lines[0])):
        options[option[1]] = yaml.safe_load(option[2])
        lines.pop(0)
    return Cell("".join(lines), options)


def sources() -> list[Source]:
    """Return the source of every page in the table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    names = [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]
    return [Source(ROOT / f"{name}.md") for name in names]


def chapters() -> list[Source]:
    """Return the sources of the numbered chapters."""
    return [source for source in sources() if source.is_chapter]


class Page:
    """A built page."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(HTML).as_posix()
        self.text = path.read_text(encoding="utf-8")

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")

    @cached_property
    def ids(self) -> list[str]:
        return [element["id"] for element in self.soup.find_all(id=True)]

    @property
    def article(self) -> BeautifulSoup:
        return self.soup.select_one("article.bd-article") or self.soup


@pytest.fixture(scope="session")
def pages() -> Iterator[dict[str, Page]]:
    """Every built page by its path below ``_build/html``."""
    command = [sys.executable, str(ROOT / "site" / "build.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.exit(f"The book cannot be built:\n{done.stdout}\n{done.stderr}", returncode=1)
    found = [Page(path) for path in sorted(HTML.rglob("*.html"))]
    return {page.name: page for page in found if "_static" not in page.name}


@pytest.fixture(scope="session")
def content_pages(pages) -> list[Page]:
    """Return the built pages that have a source."""
    names = [f"{source.path.relative_to(ROOT).with_suffix('.html')}" for source in sources()]
    return [pages[name] for name in names]
