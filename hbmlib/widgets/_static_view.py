"""What a PoolingExplorer shows without JavaScript: its numbers, a figure and a summary."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import exact, pooling
from hbmlib.widgets._base import numbers
from hbmlib.widgets._svg import Figure, Scale, padded

__all__ = ["figure", "summary", "values"]

ROW, TOP, BOTTOM = 26, 22, 86
PLOT = (48, 292)
SIZE, WEIGHT = 326, 360


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

    def rmse(estimate: ArrayLike) -> float | None:
        return numbers(np.sqrt(np.mean((estimate - target)[groups.n > 0] ** 2)))[0]

    return {
        "n": groups.n.tolist(),
        "own": numbers(groups.mean),
        "complete": complete,
        "partial": numbers(partial),
        "partial_low": numbers(low),
        "partial_high": numbers(high),
        "shrinkage": numbers(posterior.shrinkage.mean),
        "mu": numbers(posterior.mu.quantile(p)),
        "tau": numbers(posterior.tau.quantile(p)),
        "sigma": None if posterior.sigma is None else numbers(posterior.sigma.quantile(p)),
        "rmse": {
            "own": rmse(groups.mean),
            "complete": rmse(complete),
            "partial": rmse(partial),
        },
        "yardstick_noise": noise,
    }


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
        f"(n = {n[high]}). Root mean squared error from {against}: "
        f"own means {_error(errors['own'])}, "
        f"complete pooling {_error(errors['complete'])}, "
        f"partial pooling {_error(errors['partial'])}."
    )


def _error(error: float | None) -> str:
    return "not defined" if error is None else f"{error:.2f}"


def figure(
    labels: Sequence[str], stated: dict[str, Any], target: NDArray[np.float64], *, real: bool
) -> str:
    """Draw own means, partially pooled estimates with 90% intervals, and the target."""
    J = len(labels)
    seen = [*stated["partial_low"], *stated["partial_high"], *target, *stated["own"]]
    x = Scale(padded([value for value in seen if value is not None], 0), PLOT)
    bottom = TOP + J * ROW
    drawn = Figure(
        bottom + BOTTOM,
        "Own means and partially pooled estimates by group; the text below states them.",
    )
    for place, head, anchor in ((0, "group", "start"), (SIZE, "n", "end"), (WEIGHT, "λ", "end")):
        drawn.text(place, 14, head, anchor, "muted")
    drawn.path(f"M{x(stated['complete'])} {TOP}V{bottom}", "complete", dash="5 4")
    for j, label in enumerate(labels):
        _row(drawn, x, j, label, stated, target[j], real=real)
    drawn.x_axis(x, bottom)
    drawn.text(0, bottom + 38, "○ own mean   ● partially pooled, 90% interval")
    drawn.text(0, bottom + 56, "┆ complete pooling")
    drawn.text(0, bottom + 74, "+ mean of unused students" if real else "× truth")
    return drawn.svg()


def _row(
    drawn: Figure,
    x: Scale,
    j: int,
    label: str,
    stated: dict[str, Any],
    target: float,
    *,
    real: bool,
) -> None:
    y = TOP + j * ROW + ROW / 2
    own, partial = stated["own"][j], stated["partial"][j]
    drawn.text(0, y + 4, label)
    drawn.text(SIZE, y + 4, str(stated["n"][j]), "end")
    drawn.text(WEIGHT, y + 4, f"{stated['shrinkage'][j]:.2f}", "end")
    drawn.path(f"M{x(stated['partial_low'][j])} {y + 5}H{x(stated['partial_high'][j])}", "partial")
    if own is not None and partial is not None:
        drawn.path(f"M{x(own)} {y - 4}L{x(partial)} {y + 5}", "complete", 1)
    if own is not None:
        drawn.dot(x(own), y - 4, "own", hollow=True)
    if partial is not None:
        drawn.dot(x(partial), y + 5, "partial")
    drawn.cross(x(target), y, upright=real)
