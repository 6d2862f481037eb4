"""Static figures: small inline SVGs that a phone, a printer and both themes can show."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["WIDTH", "Figure", "Scale", "padded", "ticks"]

#: As wide as a phone's column, so that its text keeps its size there.
WIDTH = 360
MAX_WIDTH = 480
#: Colours for places without the book's style sheet: the light roles of the token file.
COLOURS = {
    "own": "var(--hbm-own, #b34700)",
    "partial": "var(--hbm-partial, #2067ae)",
    "complete": "var(--hbm-complete, #51505f)",
    "truth": "var(--hbm-truth, #6f2681)",
    "within": "var(--hbm-within, #197964)",
    "between": "var(--hbm-between, #910045)",
    "accept": "var(--hbm-accept, #2067ae)",
    "refuse": "var(--hbm-refuse, #b34700)",
    "muted": "var(--hbm-muted, currentColor)",
    "rule": "var(--hbm-rule, #d5d5dc)",
    "ink": "var(--hbm-ink, currentColor)",
    "surface": "var(--hbm-surface, #ffffff)",
}


class Scale:
    """A linear map from values to places; values beyond the ends stop there."""

    def __init__(self, domain: tuple[float, float], places: tuple[float, float]) -> None:
        self.domain, self.places = domain, places

    def __call__(self, value: float) -> float:
        (low, high), (start, end) = self.domain, self.places
        share = (min(max(value, low), high) - low) / ((high - low) or 1.0)
        return round(start + share * (end - start), 1)


class Figure:
    """An SVG of width `WIDTH` that is made mark by mark."""

    def __init__(self, height: float, label: str) -> None:
        self.height, self.label = height, label
        self.marks: list[str] = []

    def text(
        self, x: float, y: float, words: str, anchor: str = "start", role: str = "ink"
    ) -> None:
        """Write words."""
        self.marks.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{COLOURS[role]}" '
            f'xml:space="preserve">{escape(words)}</text>'
        )

    def path(
        self,
        d: str,
        role: str,
        width: float = 1.5,
        dash: str = "",
        fill: bool = False,
        opacity: float = 1,
    ) -> None:
        """Draw a path, or fill it without a line."""
        colour = COLOURS[role]
        faint = f' opacity="{opacity}"' if opacity < 1 else ""
        if fill:
            self.marks.append(f'<path d="{d}" fill="{colour}"{faint}/>')
            return
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.marks.append(
            f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}{faint}/>'
        )

    def line(
        self, x: Iterable[float], y: Iterable[float], role: str, width: float = 1.5, dash: str = ""
    ) -> None:
        """Join points."""
        points = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
        self.path(f"M{points}", role, width, dash)

    def dot(self, x: float, y: float, role: str, hollow: bool = False) -> None:
        """Draw a circle, filled or hollow."""
        if hollow:
            edge = f'fill="{COLOURS["surface"]}" stroke="{COLOURS[role]}" stroke-width="2"'
        else:
            edge = f'fill="{COLOURS[role]}"'
        self.marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" {edge}/>')

    def diamond(self, x: float, y: float, role: str) -> None:
        """Draw a filled diamond."""
        self.path(f"M{x - 5:.1f} {y:.1f}l5 -5l5 5l-5 5z", role, fill=True)

    def cross(self, x: float, y: float, role: str = "truth", upright: bool = False) -> None:
        """Draw the mark of a truth, or upright that of a yardstick."""
        d = f"M{x - 5} {y}h10m-5 -5v10" if upright else f"M{x - 4} {y - 4}l8 8m0 -8l-8 8"
        self.path(d, role, 2)

    def x_axis(self, scale: Scale, y: float, title: str = "", count: int = 5) -> None:
        """Draw a horizontal axis with round numbers below it, and its title below them."""
        start, end = scale.places
        self.path(f"M{start} {y}H{end}", "muted", 1)
        for value in ticks(scale.domain, count):
            self.text(scale(value), y + 16, _number(value), "middle", "muted")
        if title:
            self.text((start + end) / 2, y + 33, title, "middle", "muted")

    def y_axis(self, scale: Scale, x: float, count: int = 4) -> None:
        """Draw the numbers of a vertical axis to the left of `x`."""
        for value in ticks(scale.domain, count):
            self.text(x - 5, scale(value) + 4, _number(value), "end", "muted")

    def svg(self) -> str:
        """Return the figure."""
        return (
            f'<svg role="img" aria-label="{escape(self.label)}" '
            f'viewBox="0 0 {WIDTH} {self.height:g}" '
            f'style="width:100%;max-width:{MAX_WIDTH}px;height:auto" font-size="13" '
            f'fill="{COLOURS["ink"]}">{"".join(self.marks)}</svg>'
        )


def ticks(domain: Sequence[float], count: int) -> list[float]:
    """Choose about `count` round values inside a range."""
    low, high = domain
    rough = (high - low) / max(count, 1)
    if not 0 < rough < np.inf:
        return [low]
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= 0.75 * rough)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") + 0.0 for k in np.arange(first, last + 1)]


def padded(values: ArrayLike, share: float = 0.04) -> tuple[float, float]:
    """Give the range of the finite values, with a little room on both sides."""
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    low, high = float(finite.min()), float(finite.max())
    pad = share * (high - low) or max(abs(high) * 0.05, 1e-3)
    return low - pad, high + pad


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
