"""The numbers of the prose against the committed snapshot, page by page."""

import json
import os
import re
from pathlib import Path

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from hbm_site.inputs import ACCEPT

LOGGER = logging.getLogger(__name__)
_USE = re.compile(r"\{glue(?::[a-z]*)?\}`([A-Za-z][\w-]*)")


def used_in(text: str) -> set[str]:
    """Names that the text of a page takes from its computation."""
    return set(_USE.findall(text))


def differences(
    page: str, kept: dict[str, str], shown: dict[str, str], used: set[str]
) -> list[str]:
    """Say what is wrong with a page's numbers; an empty list when nothing is.

    Parameters
    ----------
    page : str
        The page's name, for the messages.
    kept, shown : dict of str to str
        The committed snapshot, and what the page computed now: name to rounded text.
    used : set of str
        The names that the page's text refers to.
    """
    accept = "Read the sentences around it again; if they still hold, run `make numbers`."
    problems = []
    for name in sorted(kept.keys() | shown.keys()):
        old, new = kept.get(name), shown.get(name)
        if old is None:
            problems.append(f"{page}: number '{name}' is new ({new}). {accept}")
        elif new is None:
            problems.append(f"{page}: number '{name}' ({old}) is no longer shown. {accept}")
        elif old != new:
            problems.append(f"{page}: number '{name}' changed from {old} to {new}. {accept}")
    problems += [
        f"{page}: number '{name}' is shown by a cell and never used in the text. "
        f"Write {{glue:text}}`{name}` where it belongs, or remove the call."
        for name in sorted(shown.keys() - used)
    ]
    problems += [
        f"{page}: the text uses '{name}' and no cell shows it. "
        f"Add show_number({name!r}, ...) to a cell of this page."
        for name in sorted(used - shown.keys())
    ]
    return problems


def setup(app: Sphinx) -> None:
    """Compare once every page has been read, whether executed or taken from the cache."""
    app.connect("env-check-consistency", _check)


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    if not app.config.hbm_solutions:
        return  # part of each page is missing; the whole book is where the numbers are checked
    folder = Path(app.srcdir, "chapters", "numbers")
    pages = set()
    for docname in sorted(env.found_docs):
        source = Path(env.doc2path(docname))
        page = source.stem
        pages.add(page)
        executed = NbMetadataCollector.get_exec_data(env, docname)
        if executed and not executed["succeeded"]:
            continue  # reported already, and its numbers are not all there
        shown = _shown(Path(app.outdir).parent / "jupyter_execute" / f"{docname}.glue.json")
        used = used_in(source.read_text(encoding="utf-8")) if source.suffix == ".md" else set()
        snapshot = folder / f"{page}.json"
        if os.environ.get(ACCEPT):
            _accept(snapshot, shown)
        kept = json.loads(snapshot.read_text(encoding="utf-8")) if snapshot.exists() else {}
        for problem in differences(f"chapters/{page}", kept, shown, used):
            LOGGER.warning(problem, type="hbm", subtype="number")
    for orphan in sorted(folder.glob("*.json")):
        if orphan.stem not in pages:
            LOGGER.warning("%s belongs to no page. Remove it.", orphan.name, type="hbm")


def _shown(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    glued = json.loads(path.read_text(encoding="utf-8"))
    recorded = {name: output["metadata"].get("hbm", {}) for name, output in glued.items()}
    return {name: record["number"] for name, record in recorded.items() if "number" in record}


def _accept(snapshot: Path, shown: dict[str, str]) -> None:
    if shown:
        text = json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(text, encoding="utf-8")
    else:
        snapshot.unlink(missing_ok=True)
