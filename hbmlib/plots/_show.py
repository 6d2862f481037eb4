"""Figures as SVG that follows the reader's theme."""

import re
from io import StringIO

import matplotlib as mpl
from matplotlib.figure import Figure

from hbmlib import style
from hbmlib.plots._marks import STYLE, in_book_style


def use_book_style() -> None:
    """Draw this session's Matplotlib figures in the book's style.

    In a notebook, figures are shown from then on as SVG that follows light and dark. Call it
    after any import of ``matplotlib.pyplot``, which would set the notebook back to PNG.

    Examples
    --------
    >>> use_book_style()
    >>> mpl.rcParams["svg.hashsalt"]
    'borrowing-strength'
    """
    mpl.rcParams.update(STYLE)
    try:
        shell = get_ipython()  # type: ignore[name-defined]
    except NameError:
        return
    formatters = shell.display_formatter.formatters
    for mime in ("image/png", "image/jpeg", "application/pdf"):
        formatters[mime].pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, to_svg)


@in_book_style
def to_svg(figure: Figure) -> str:
    """Draw a figure as SVG that follows the reader's theme.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure in the book's light colours.

    Returns
    -------
    str
        The SVG document. A figure made and drawn afresh gives the same text.

    Examples
    --------
    >>> from hbmlib.plots import shrinkage_curves
    >>> "prefers-color-scheme" in to_svg(shrinkage_curves())
    True
    """
    file = StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<!--.*?-->", "", file.getvalue(), flags=re.DOTALL)
    return style.theme_aware(re.sub(r"\s+", " ", svg).replace("> <", "><"))
