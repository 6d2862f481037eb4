"""The book's look: one file of tokens for figures, pages and widgets, and the figures' font.

A *role* is what a colour stands for (``own``, ``partial``, ``truth``, ...). Each role has a
light and a dark colour. An SVG file drawn in the light colours becomes theme-aware by a style
rule that swaps them where the reader prefers dark.
"""

import json
from functools import cache
from pathlib import Path

from hbmlib import checks

__all__ = ["FONT_FILES", "colours", "theme_aware", "tokens"]

_HERE = Path(__file__).parent
FONT_FILES = tuple(sorted(_HERE.glob("fonts/*.ttf")))


@cache
def tokens() -> dict[str, dict[str, str]]:
    """Read the token file.

    Returns
    -------
    dict
        ``light`` and ``dark`` map each role to a colour, ``font`` maps each use to a CSS stack.

    Examples
    --------
    >>> sorted(tokens())
    ['dark', 'font', 'light']
    """
    return json.loads((_HERE / "tokens.json").read_text("utf-8"))


def colours(theme: str = "light") -> dict[str, str]:
    """Give the colour of each role.

    Parameters
    ----------
    theme : {"light", "dark"}, optional
        The theme.

    Returns
    -------
    dict of str to str
        Hexadecimal colours by role.

    Raises
    ------
    ValueError
        If there is no such theme.

    Examples
    --------
    >>> colours("light")["surface"]
    '#ffffff'
    """
    return dict(tokens()[checks.one_of("theme", theme, ("light", "dark"))])


def theme_aware(svg: str) -> str:
    """Let an SVG file drawn in light colours follow the reader's theme.

    A page that sets the CSS property ``color-scheme`` decides for the images in it. A program
    that ignores style rules shows the light colours.

    Parameters
    ----------
    svg : str
        An SVG document whose inline styles name light token colours.

    Returns
    -------
    str
        The document with one style rule added for each colour that it uses.

    Raises
    ------
    ValueError
        If `svg` holds no SVG element.

    Examples
    --------
    >>> print(theme_aware('<svg><path style="fill: #ffffff"/></svg>'))
    <svg><style>@media (prefers-color-scheme: dark) {
    [style*="fill: #ffffff"] { fill: #16161a !important }
    }</style><path style="fill: #ffffff"/></svg>
    """
    start = svg.find("<svg")
    if start < 0:
        raise ValueError(
            f"`svg` must be an SVG document; got {svg[:40]!r}. Draw the figure with `to_svg`."
        )
    light, dark = colours("light"), colours("dark")
    swaps = {}
    for role, colour in light.items():
        swaps.setdefault(colour, dark[role])  # of roles that look alike the first one counts
    rules = [
        f'[style*="{part}: {before}"] {{ {part}: {after} !important }}'
        for before, after in swaps.items()
        for part in ("fill", "stroke")
        if f"{part}: {before}" in svg
    ]
    style = "\n".join(["<style>@media (prefers-color-scheme: dark) {", *rules, "}</style>"])
    end = svg.index(">", start) + 1
    return svg[:end] + style + svg[end:]
