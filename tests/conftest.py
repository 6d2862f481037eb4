"""One browser for all tests: a thread can drive only one at a time."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import chromium


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
    yield opened
    opened.close()
