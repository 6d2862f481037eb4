"""Pages that hold one widget each."""

import shutil

import pytest

from tests.browser import chromium
from tests.widgets.pages import ROOT, write


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "site/static/widgets", path / "widgets")
    shutil.copy(ROOT / "site/hydrate.js", path)
    return path


@pytest.fixture
def hurried(playwright):
    """Launch a browser that paints a frame as soon as it can, not sixty in a second."""
    unlocked = ["--disable-frame-rate-limit", "--disable-gpu-vsync"]
    opened = playwright.chromium.launch(
        executable_path=chromium.find(), args=[*chromium.ARGUMENTS, *unlocked]
    )
    yield opened
    opened.close()


@pytest.fixture
def open_case(request, folder):
    """Open a widget's page from its file; any exception or console message fails the test."""
    contexts, faults = [], []
    patient = request.node.get_closest_marker("long") is None
    browser = request.getfixturevalue("browser" if patient else "hurried")

    def open_(case, name=None, fragment="", **options):
        name = name or next(iter(case.states))
        address = write(folder, case.make(name), f"{case.name}-{name}".replace(" ", "-"))
        sized = {"viewport": {"width": 1280, "height": 1000}} | options
        context = browser.new_context(**sized)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text))
        page.goto(address + fragment)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not faults
