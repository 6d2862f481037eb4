"""The figure on the first page: the eight schools, partially pooled, in the visual language."""

from functools import cache

import numpy as np
from sphinx.application import Sphinx

from hbmlib import datasets, pooling

WIDTH, HEIGHT, MARGIN, RADIUS = 640, 210, 40, 7
TAU = 8.0  # points; wide enough that the arrows can be seen to differ


@cache
def drawing() -> str:
    """Draw each school's own estimate, its pooled one, and the arrow between them."""
    schools = datasets.load("eight_schools")
    sigma = schools["se"].to_numpy(float)
    groups = pooling.from_means(schools["effect"].to_numpy(float))
    centre = float(np.ravel(pooling.complete(groups, sigma).mean)[0])
    pooled = pooling.partial(groups, centre, TAU, sigma).mean
    across = np.linspace(MARGIN, WIDTH - MARGIN, groups.n_groups)
    low, high = groups.mean.min(), groups.mean.max()

    def down(value: float) -> float:
        return MARGIN / 2 + (high - value) / (high - low) * (HEIGHT - MARGIN)

    shapes = [f'<path class="complete" d="M0 {down(centre):.1f}H{WIDTH}"/>']
    for x, own, partial in zip(across, groups.mean, pooled, strict=True):
        start, end = down(own), down(partial)
        if abs(end - start) > 3 * RADIUS:
            shapes.append(_arrow(x, start, end))
        shapes += [
            f'<circle class="own" cx="{x:.1f}" cy="{start:.1f}" r="{RADIUS}"/>',
            f'<circle class="partial" cx="{x:.1f}" cy="{end:.1f}" r="{RADIUS}"/>',
        ]
    return (
        f'<svg class="hbm-cover" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">'
        f"{''.join(shapes)}</svg>"
    )


def _arrow(x: float, start: float, end: float) -> str:
    way = 1 if end > start else -1
    tail, tip = start + way * (RADIUS + 2), end - way * (RADIUS + 3)
    head = f"m-4 {-6 * way}l4 {6 * way}l4 {-6 * way}"
    return f'<path class="arrow" d="M{x:.1f} {tail:.1f}V{tip:.1f}{head}"/>'


def setup(app: Sphinx) -> None:
    """Hand the drawing to the template of the first page."""
    app.connect("html-page-context", _add)


def _add(app: Sphinx, pagename: str, _: str, context: dict, *__: object) -> None:
    if pagename == app.config.root_doc:
        context["cover"] = drawing()
