"""Write the chapters as notebooks to run: ``python site/notebooks.py [FOLDER]``.

The numbers of the prose come from the committed snapshots. Other roles and directives of MyST
stay as they are written; JupyterLab shows them as text.
"""

import json
import re
import sys
from pathlib import Path

import nbformat
from myst_nb.core.read import read_myst_markdown_notebook

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"\{glue:text\}`([\w-]+)`")


def notebook(page: Path) -> nbformat.NotebookNode:
    """Read a chapter as a notebook, with the numbers of its prose filled in."""
    numbers = json.loads((page.parent / "numbers" / f"{page.stem}.json").read_text("utf-8"))
    read = read_myst_markdown_notebook(page.read_text(encoding="utf-8"))
    for cell in read.cells:
        if cell.cell_type == "markdown":
            cell.source = NUMBER.sub(lambda found: numbers[found[1]], cell.source)
    return read


def main(folder: Path) -> None:
    """Write every chapter into `folder`; what is there already is kept and named."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in sorted((ROOT / "chapters").glob("[0-9][0-9]-*.md")):
        path = folder / f"{page.stem}.ipynb"
        if path.exists() and path.stat().st_mtime > page.stat().st_mtime:
            print(f"Kept {path.name}: it is newer than the chapter. Delete it to start afresh.")
            continue
        nbformat.write(notebook(page), path)
        print(f"Wrote {path.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "notebooks")
