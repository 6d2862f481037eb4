"""What the book's pages need beyond the theme.

One file per matter: ``tokens`` turns the design tokens into CSS, ``execution`` keys the cache of
executed notebooks, ``numbers`` guards the numbers of the prose, ``widgets`` trims the embedded
widget state, ``folded`` folds boxes without a script, ``mathematics`` renders formulas at build
time, ``catalogue`` describes the data sets, ``cover`` draws the first page's figure,
``solutions`` leaves the solutions out for a course, ``pages`` sets titles, descriptions, buttons
and files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part of the extension."""
    # Imported here so that site/build.py can use hbm_site.inputs without loading Sphinx.
    from hbm_site import (
        catalogue,
        cover,
        execution,
        folded,
        mathematics,
        numbers,
        pages,
        solutions,
        tokens,
        widgets,
    )

    for part in (
        tokens,
        execution,
        numbers,
        widgets,
        folded,
        mathematics,
        catalogue,
        cover,
        pages,
        solutions,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
