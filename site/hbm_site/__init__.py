"""What the book's pages need beyond the theme.

One file per matter: ``tokens`` turns the design tokens into CSS, ``execution`` keys the cache of
executed notebooks, ``numbers`` guards the numbers of the prose, ``widgets`` trims the embedded
widget state, ``folded`` folds boxes without a script, ``mathematics`` renders formulas at build
time, ``pages`` sets titles, descriptions, buttons and files.
"""

from sphinx.application import Sphinx

from hbm_site import execution, folded, mathematics, numbers, pages, tokens, widgets


def setup(app: Sphinx) -> dict[str, bool]:
    """Register every part of the extension."""
    for part in (tokens, execution, numbers, widgets, folded, mathematics, pages):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
