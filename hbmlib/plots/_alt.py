"""Alternative text: what a figure shows, in words, for those who do not see it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure


def alt_text(figure: Figure) -> str:
    """Say in words what a figure shows.

    Each figure of this package composes its text from what it draws, and `to_svg` writes it into
    the image. A page that describes a figure in its own words can start from it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        A figure of this package.

    Returns
    -------
    str
        One to four sentences.

    Raises
    ------
    ValueError
        If the figure came without words.

    Examples
    --------
    >>> from hbmlib.draws import Draws
    >>> from hbmlib.plots import running_rhat
    >>> draws = Draws(np.random.default_rng(1).normal(size=(4, 500, 1)), ["mu"])
    >>> alt_text(running_rhat(draws))
    'R-hat of the first draws, from 10 to 500 a chain. At the end: mu 1.01.'
    """
    text = figure.get_label()
    if not text:
        raise ValueError(
            "`figure` must be one that describes itself; got one without words. "
            "Write the text by hand."
        )
    return text


def described(figure: Figure, *sentences: str) -> Figure:
    """Attach the words to a figure."""
    figure.set_label(" ".join(sentence for sentence in sentences if sentence))
    return figure


def count(number: int, thing: str, things: str = "") -> str:
    """Write a number with its noun: 1 chain, 4 chains."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def joined(words: Sequence[str], most: int = 6) -> str:
    """List words: a, b and c; beyond `most` the rest is counted."""
    words = list(words)
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def between(values: object) -> str:
    """Say over which range numbers lie."""
    low, high = f"{np.nanmin(values):.3g}", f"{np.nanmax(values):.3g}"
    return low if low == high else f"between {low} and {high}"


def decimals(value: float, digits: int = 2) -> str:
    """Write a number with so many decimals, or say that there is none."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "undefined"
