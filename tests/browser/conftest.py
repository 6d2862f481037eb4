"""A server for the built book under a sub-path, and pages that report their faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import yaml
from playwright.sync_api import Browser, Page

from tests.browser.serving import ROOT, serve_book

SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def book_pages() -> list[str]:
    """List every page of the book: the table of contents, search, index and 404."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    files = [toc["root"]]
    for part in toc["parts"]:
        files += [chapter["file"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in [*files, "genindex", "search", "404"]]


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """Address of the built book, served from this machine under a sub-path."""
    with serve_book() as address:
        yield address


@dataclass
class Faults:
    """What a page did wrong while it was open."""

    console: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def watch(self, page: Page, origin: str) -> None:
        """Record console errors, exceptions, failed and foreign requests of `page`."""
        page.on("pageerror", lambda error: self.console.append(f"exception: {error}"))
        page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning")
                and self.console.append(f"{message.type}: {message.text}")
            ),
        )
        page.on(
            "request",
            lambda request: (
                request.url.startswith((origin, "data:", "blob:"))
                or self.elsewhere.append(request.url)
            ),
        )
        page.on(
            "requestfailed",
            lambda request: self.console.append(f"failed: {request.url} {request.failure}"),
        )
        page.on(
            "response",
            lambda response: (
                response.status >= 400
                and self.console.append(f"{response.status}: {response.url}")
            ),
        )

    def none(self) -> None:
        """Fail the test if there is any fault."""
        assert not self.console, "\n".join(self.console)
        assert not self.elsewhere, "requests off the book's own files:\n" + "\n".join(
            self.elsewhere
        )


@pytest.fixture
def open_page(browser: Browser, site: str):
    """Open a page of the book; every fault it shows fails the test at its end."""
    contexts, watched = [], []

    def open_(
        path: str,
        *,
        theme: str = "light",
        size: str = "wide",
        base: str | None = None,
        **options: object,
    ) -> Page:
        context = browser.new_context(viewport=SIZES[size], color_scheme=theme, **options)
        contexts.append(context)
        page = context.new_page()
        base = base or site
        faults = Faults()
        faults.watch(page, base)
        watched.append(faults)
        page.goto(f"{base}/{path}", wait_until="load")
        return page

    yield open_
    for context in contexts:
        context.close()
    for faults in watched:
        faults.none()
