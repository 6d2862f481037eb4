"""Figures as SVG that follows the reader's theme."""

import base64
import hashlib
import html
import re
from io import BytesIO, StringIO

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from hbmlib import style
from hbmlib.plots._marks import COLOUR, STYLE, in_book_style

DPI = 200  # of what is drawn as an image
IMAGE = re.compile(r'<image xlink:href="data:image/png;base64,([^"]*)" id="[^"]*" ([^>]*)/>')


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
        The SVG document, with the words of `alt_text` if the figure has them. A figure made and
        drawn afresh gives the same text.

    Examples
    --------
    >>> from hbmlib.plots import shrinkage_curves
    >>> "prefers-color-scheme" in to_svg(shrinkage_curves())
    True
    """
    file = StringIO()
    figure.savefig(file, format="svg", dpi=DPI, metadata={"Date": None, "Creator": None})
    svg = re.sub(r"<!--.*?-->", "", file.getvalue(), flags=re.DOTALL)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><")
    words = html.escape(figure.get_label())
    if words:
        svg = svg.replace("<svg ", f'<svg role="img" aria-label="{words}" ', 1)
    return style.theme_aware(IMAGE.sub(_stencil, svg))


def _stencil(image: re.Match[str]) -> str:
    """Make of an image in one colour a stencil for that colour, which then follows the theme.

    A mask lets through what is white and opaque. The colour is the one that the most opaque
    pixels have.
    """
    place = image[2]
    with Image.open(BytesIO(base64.b64decode(image[1]))) as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    opaque = pixels[pixels[..., 3] == pixels[..., 3].max(), :3].astype(int).mean(axis=0)
    colours = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOUR.values()])
    colour = list(COLOUR.values())[int(np.abs(colours - opaque).sum(axis=1).argmin())]
    file = BytesIO()
    white = np.stack([np.full_like(pixels[..., 3], 255), pixels[..., 3]], axis=-1)
    Image.fromarray(white, "LA").save(file, "png", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    name = f"stencil-{hashlib.sha256(data.encode() + place.encode()).hexdigest()[:10]}"
    return (
        f'<mask id="{name}" maskContentUnits="userSpaceOnUse">'
        f'<image xlink:href="data:image/png;base64,{data}" {place}/></mask>'
        f'<g mask="url(#{name})"><rect style="fill: {colour}" {place}/></g>'
    )
