"""A bare page that holds one widget as the book would, and what to read from it."""

import json
from pathlib import Path

from playwright.sync_api import Page

from hbmlib.widgets._base import Widget
from tests.node import FRONTEND

ROOT = FRONTEND.parent
MONKEY = (ROOT / "tests/browser/monkey.js").read_text()


def bare(widget: Widget) -> str:
    """Write a page like the book's: scripts in the head, the state, and the static figure."""
    name = type(widget).__name__
    state = widget.get_state(drop_defaults=False)
    state = {key: value for key, value in state.items() if key not in ("_esm", "_css", "layout")}
    models = json.dumps({"state": {widget.model_id: {"state": state}}}).replace("</", "<\\/")
    static = widget._repr_mimebundle_()[0]["text/html"]
    return f"""<!doctype html>
<html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>A widget</title>
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="widgets/widgets.css">
<script src="hydrate.js"></script>
<script src="widgets/{name}.js"></script>
<script type="application/vnd.jupyter.widget-state+json">{models}</script></head>
<body><main><h1>A widget</h1>{static}</main></body></html>"""


def write(folder: Path, widget: Widget, name: str) -> str:
    """Write a widget's page; return its address."""
    path = folder / f"{name}.html"
    path.write_text(bare(widget))
    return path.as_uri()


def stated(page: Page) -> dict:
    """Read the numbers that the page states."""
    return json.loads(page.locator("[data-hbm-widget]").get_attribute("data-hbm-values"))


def lines(page: Page) -> str:
    """Read the Python that the page shows."""
    return page.locator("[data-hbm-python]").text_content()


def settle(page: Page) -> None:
    """Wait until a change has been painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
