"""Estimates of lines, and how far they are from the truth."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from hbmlib import checks
from hbmlib.plots._alt import count, described
from hbmlib.plots._draws import symbol
from hbmlib.plots._marks import (
    COLOUR,
    WIDTH,
    in_book_style,
    own_style,
    partial_style,
    truth_style,
    write,
)


@in_book_style
def arrows_to_truth(
    estimates: Mapping[str, tuple[str, ArrayLike, ArrayLike]],
    truth: tuple[ArrayLike, ArrayLike],
    *,
    names: tuple[str, str] = ("alpha", "beta"),
) -> Figure:
    """Draw an arrow from each individual's estimated line to its true one.

    Parameters
    ----------
    estimates : dict of str to (role, array_like, array_like), each of shape (J,)
        Up to three sets of estimates by name: their role, ``"own"`` or ``"partial"``, and the
        first and second coordinate of each individual, such as intercept and slope.
    truth : pair of array_like, each of shape (J,)
        The true coordinates.
    names : tuple of str, optional
        The coordinates.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each set, on the same axes, with the root mean squared error of both
        coordinates.

    Raises
    ------
    ValueError
        If a role is neither, a number is not finite, or the lengths differ.

    References
    ----------
    J. Bølstad (2018), The benefits of Bayesian hierarchical modeling: comparing partially pooled
    and unpooled models in R. *Playing with Numbers*.

    Examples
    --------
    >>> figure = arrows_to_truth({"no pooling": ("own", [1, 4], [0, 2])}, ([1, 2], [0, 2]))
    >>> figure.axes[0].get_title(loc="left").splitlines()[0]
    'no pooling'
    """
    x, y = (checks.finite("truth", t, shape=("J",)) for t in truth)
    checks.same_length(**{f"truth[{i}]": t for i, t in enumerate((x, y))})
    if not 1 <= len(estimates) <= 3:
        raise ValueError(
            f"`estimates` must be one to three sets; got {len(estimates)}. Choose some."
        )
    figure = Figure(figsize=(WIDTH, 3.5 if len(estimates) > 1 else 4.6))
    axes = figure.subplots(1, len(estimates), sharex=True, sharey=True, squeeze=False)[0]
    said = []
    for (label, (role, a, b)), ax in zip(estimates.items(), axes, strict=True):
        checks.one_of("role", role, ("own", "partial"))
        a, b = (checks.finite(f"estimates[{label!r}]", e, shape=(x.size,)) for e in (a, b))
        for end, start in zip(zip(x, y, strict=True), zip(a, b, strict=True), strict=True):
            arrow = {"arrowstyle": "-|>,head_length=0.35,head_width=0.18", "lw": 0.7}
            ax.annotate(
                "",
                end,
                start,
                zorder=2,
                arrowprops=arrow | {"color": COLOUR["muted"], "shrinkA": 0, "shrinkB": 2.5},
            )
        ax.plot(x, y, **truth_style() | {"ms": 3.5, "mew": 1, "zorder": 3})
        ax.plot(a, b, **own_style(3.8, 1) if role == "own" else partial_style(3.8))
        rmse = [np.sqrt(np.mean((e - t) ** 2)) for e, t in ((a, x), (b, y))]
        errors = [f"{symbol(n)} {r:.2f}" for n, r in zip(names, rmse, strict=True)]
        ax.set_title(f"{label}\nRMSE: {', '.join(errors)}", loc="left")
        ax.set_xlabel(symbol(names[0]))
        said.append(f"{label}: {names[0]} {rmse[0]:.2f}, {names[1]} {rmse[1]:.2f}")
    axes[0].set_ylabel(symbol(names[1]))
    far = int(np.argmin(y))
    write(axes[0], x[far], y[far], "truth", "truth", ha="center", va="top", dy=-6)
    axes[0].margins(0.08)
    return described(
        figure,
        f"Arrows from estimated to true {names[0]} and {names[1]} of "
        f"{count(x.size, 'individual')}.",
        f"Root mean squared errors: {'; '.join(said)}.",
    )
