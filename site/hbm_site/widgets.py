"""Widgets on the static page: the state without its code, and each bundle only where it is used.

The kernel embeds every widget's whole source (``_esm``, ``_css``) in the page. The page has that
code already, as a classic script that also works from ``file://``, so it is taken out.
"""

import json
from pathlib import Path

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx

STATE = "ipywidgets_state"
CODE = ("_esm", "_css")
BUNDLES = "widgets"
STYLE = "widgets.css"


def trim(body: str) -> tuple[str, list[str]]:
    """Take the code out of an embedded widget state.

    Parameters
    ----------
    body : str
        The JSON of ``application/vnd.jupyter.widget-state+json``.

    Returns
    -------
    body : str
        The same JSON without ``_esm`` and ``_css``.
    names : list of str
        The class names of the page's own widgets, sorted.
    """
    content = json.loads(body)
    names = set()
    for model in content["state"].values():
        state = model["state"]
        if "_anywidget_id" in state:
            names.add(state["_anywidget_id"].rsplit(".", 1)[-1])
        for key in CODE:
            state.pop(key, None)
    # "</" would end the script element that holds the state.
    return json.dumps(content, separators=(",", ":")).replace("</", "<\\/"), sorted(names)


def setup(app: Sphinx) -> None:
    """Trim the state before MyST-NB puts it on the page."""
    app.connect("html-page-context", _prepare, priority=400)


def _prepare(app: Sphinx, pagename: str, *_: object) -> None:
    scripts = NbMetadataCollector.get_js_files(app.env, pagename)
    if STATE not in scripts:
        return
    path, options = scripts[STATE]
    body, names = trim(options["body"])
    scripts[STATE] = (path, options | {"body": body})
    folder = Path(app.srcdir, "site", "static", BUNDLES)
    bundled = [name for name in names if (folder / f"{name}.js").exists()]
    for name in bundled:
        app.add_js_file(f"{BUNDLES}/{name}.js")
    if bundled:
        app.add_css_file(f"{BUNDLES}/{STYLE}")
