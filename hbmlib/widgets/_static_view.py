"""What a widget shows without JavaScript: its numbers, a figure and a summary in words."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import exact, pooling

__all__ = ["html", "values"]

ROW, TOP, BOTTOM, WIDTH = 26, 10, 44, 640
PLOT = (70, 560)
#: Colours for places without the book's style sheet: the light roles of the token file.
COLOURS = {
    "own": "var(--hbm-own, #b34700)",
    "partial": "var(--hbm-partial, #0b5fa5)",
    "complete": "var(--hbm-complete, #55555f)",
    "truth": "var(--hbm-truth, #7b2d8b)",
    "ink": "var(--hbm-ink, currentColor)",
    "surface": "var(--hbm-surface, #ffffff)",
}


def values(
    groups: pooling.GroupSummaries,
    target: NDArray[np.float64],
    posterior: exact.ExactPosterior,
    noise: float | None = None,
) -> dict[str, Any]:
    """Gather the numbers that a PoolingExplorer states.

    Parameters
    ----------
    groups : GroupSummaries
        The observations in use.
    target : ndarray of shape (J,)
        What the estimates are held against.
    posterior : ExactPosterior
        The fit.
    noise : float, optional
        Standard error of the target, when it is itself an estimate.

    Returns
    -------
    dict
        Plain lists and numbers; None stands where a number does not exist. Errors are taken over
        the groups with observations.
    """
    complete = float(pooling.grand_mean(groups))
    partial = posterior.theta.mean
    low, high = posterior.theta.quantile([0.05, 0.95])
    p = [0.05, 0.5, 0.95]

    def rmse(estimate: ArrayLike) -> float:
        return float(np.sqrt(np.mean((estimate - target)[groups.n > 0] ** 2)))

    return {
        "n": groups.n.tolist(),
        "own": _numbers(groups.mean),
        "complete": complete,
        "partial": _numbers(partial),
        "partial_low": _numbers(low),
        "partial_high": _numbers(high),
        "shrinkage": _numbers(posterior.shrinkage.mean),
        "mu": _numbers(posterior.mu.quantile(p)),
        "tau": _numbers(posterior.tau.quantile(p)),
        "sigma": None if posterior.sigma is None else _numbers(posterior.sigma.quantile(p)),
        "rmse": {
            "own": rmse(groups.mean),
            "complete": rmse(complete),
            "partial": rmse(partial),
        },
        "yardstick_noise": noise,
    }


def html(
    model_id: str,
    labels: Sequence[str],
    stated: dict[str, Any],
    target: NDArray[np.float64],
    *,
    real: bool,
) -> str:
    """Draw a PoolingExplorer's state as a figure with a summary, and mark the widget's place.

    Parameters
    ----------
    model_id : str
        The widget that takes the place when the page can run it.
    labels : sequence of str
        The groups' names.
    stated : dict
        What `values` returned.
    target : ndarray of shape (J,)
        What the estimates are held against.
    real : bool
        Whether the target is the mean of real students who are not used, not a simulated truth.

    Returns
    -------
    str
        A ``div`` with an inline SVG, safe to put on any page.
    """
    words = escape(summary(labels, stated, real=real))
    return place(model_id, f"{figure(labels, stated, target, real=real)}<p>{words}</p>")


def place(model_id: str, content: str) -> str:
    """Mark the place of a widget, with what stands there until the widget does."""
    mark = f'class="hbm-static" data-hbm-model="{escape(model_id, quote=True)}"'
    return f"<div {mark}>{content}</div>"


def summary(labels: Sequence[str], stated: dict[str, Any], *, real: bool) -> str:
    """Put the state into words."""
    n, weight, errors = stated["n"], stated["shrinkage"], stated["rmse"]
    low, high = int(np.argmin(weight)), int(np.argmax(weight))
    tau = stated["tau"]
    against = "the means of the unused students" if real else "the true means"
    groups = f"{len(n)} group{'s' if len(n) > 1 else ''}, {sum(n)} observations"
    return (
        f"{groups}. Complete pooling gives every group {stated['complete']:.2f}. "
        f"The between-group sd τ is about {tau[1]:.2f} (90% interval {tau[0]:.2f} to "
        f"{tau[2]:.2f}). The weight λ on a group's own mean runs from {weight[low]:.2f} in group "
        f"{labels[low]} (n = {n[low]}) to {weight[high]:.2f} in group {labels[high]} "
        f"(n = {n[high]}). Root mean squared error from {against}: own means {errors['own']:.2f}, "
        f"complete pooling {errors['complete']:.2f}, partial pooling {errors['partial']:.2f}."
    )


def figure(
    labels: Sequence[str], stated: dict[str, Any], target: NDArray[np.float64], *, real: bool
) -> str:
    """Draw own means, partially pooled estimates with 90% intervals, and the target."""
    J = len(labels)
    numbers = [*stated["partial_low"], *stated["partial_high"], *target, *stated["own"]]
    finite = [x for x in numbers if x is not None]
    low, high = min(finite), max(finite)
    span = (high - low) or 1.0

    def x(value: float) -> str:
        return f"{PLOT[0] + (value - low) / span * (PLOT[1] - PLOT[0]):.1f}"

    bottom = TOP + J * ROW
    rows = [_row(x, j, labels[j], stated, target[j], real=real) for j in range(J)]
    legend = "○ own mean   ● partially pooled, 90% interval   ┆ complete pooling   "
    legend += "+ mean of unused students" if real else "× truth"
    ends = (
        f'<text x="{x(low)}" y="{bottom + 18}">{low:.1f}</text>'
        f'<text x="{x(high)}" y="{bottom + 18}" text-anchor="end">{high:.1f}</text>'
        f'<text x="{PLOT[1] + 20}" y="{bottom + 18}">λ</text>'
        f'<text x="0" y="{bottom + 38}" xml:space="preserve">{legend}</text>'
    )
    pooled = x(stated["complete"])
    described = "Own means and partially pooled estimates by group; the text below states them."
    return (
        f'<svg role="img" aria-label="{described}" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" '
        f'style="width:100%;max-width:{WIDTH}px;height:auto" font-size="13" '
        f'fill="{COLOURS["ink"]}">'
        f'<path d="M{pooled} {TOP}V{bottom}" stroke="{COLOURS["complete"]}" '
        f'stroke-dasharray="5 4"/>{"".join(rows)}{ends}</svg>'
    )


def _row(x: Any, j: int, label: str, stated: dict[str, Any], target: float, *, real: bool) -> str:
    y = TOP + j * ROW + ROW / 2
    at = float(x(target))
    mark = f"M{at - 5} {y}h10m-5 -5v10" if real else f"M{at - 4} {y - 4}l8 8m0 -8l-8 8"
    own, partial = stated["own"][j], stated["partial"][j]
    marks = ""
    if own is not None and partial is not None:
        path = f"M{x(own)} {y - 4}L{x(partial)} {y + 5}"
        marks += f'<path d="{path}" stroke="{COLOURS["complete"]}"/>'
    if own is not None:
        marks += (
            f'<circle cx="{x(own)}" cy="{y - 4}" r="4.5" fill="{COLOURS["surface"]}" '
            f'stroke="{COLOURS["own"]}" stroke-width="2"/>'
        )
    if partial is not None:
        marks += f'<circle cx="{x(partial)}" cy="{y + 5}" r="4.5" fill="{COLOURS["partial"]}"/>'
    return (
        f'<text x="0" y="{y + 4}">{escape(label)}</text>'
        f'<path d="M{x(stated["partial_low"][j])} {y + 5}H{x(stated["partial_high"][j])}" '
        f'stroke="{COLOURS["partial"]}" stroke-width="1.5"/>{marks}'
        f'<path d="{mark}" stroke="{COLOURS["truth"]}" stroke-width="2" fill="none"/>'
        f'<text x="{PLOT[1] + 20}" y="{y + 4}">{stated["shrinkage"][j]:.2f}</text>'
    )


def _numbers(numbers: ArrayLike) -> list[float | None]:
    return [float(x) if np.isfinite(x) else None for x in np.atleast_1d(numbers)]
