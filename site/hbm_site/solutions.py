"""The book without solutions, for courses: they are cut from each page before it is read."""

import os
import re

from sphinx.application import Sphinx
from sphinx.config import Config

from hbm_site.inputs import SOLUTIONS

_GATED = re.compile(r"^```\{solution-start\}.*?^```\{solution-end\}\n```[ ]*$", re.M | re.S)
_WHOLE = re.compile(r"^(`{3,})\{solution\}.*?^\1[ ]*$", re.M | re.S)


def left_out() -> bool:
    """Whether this build leaves the solutions out."""
    return os.environ.get(SOLUTIONS) == "0"


def without_solutions(text: str) -> str:
    """Cut every solution, with its cells, from the source of a page."""
    return _WHOLE.sub("", _GATED.sub("", text))


def setup(app: Sphinx) -> None:
    """Cut the solutions as Sphinx reads the pages, if the reader asked for it."""
    app.add_config_value("hbm_solutions", True, "env")
    app.connect("config-inited", _configure)
    app.connect("source-read", _cut)


def _configure(_: Sphinx, config: Config) -> None:
    config.hbm_solutions = not left_out()


def _cut(app: Sphinx, _: str, source: list[str]) -> None:
    if not app.config.hbm_solutions:
        source[0] = without_solutions(source[0])
