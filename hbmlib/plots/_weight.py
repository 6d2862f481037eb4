"""What the shrinkage weight depends on."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from hbmlib import checks, pooling
from hbmlib.plots._alt import described, joined
from hbmlib.plots._marks import (
    COLOUR,
    THIN,
    WIDTH,
    in_book_style,
    name_level,
    new_figure,
    partial_style,
    spread,
)


@in_book_style
def shrinkage_curves(ratios: Sequence[float] = (1, 2, 4, 8), n_max: int = 40) -> Figure:
    """Draw the shrinkage weight against group size for several ratios of the sds.

    Parameters
    ----------
    ratios : sequence of float, optional
        Values of ``sigma / tau``, one curve each.
    n_max : int, optional
        The largest group size, 1 or more.

    Returns
    -------
    matplotlib.figure.Figure
        One labelled curve for each ratio, from ``n = 0`` to `n_max`.

    Raises
    ------
    ValueError
        If a ratio is not positive or `n_max` is not a positive whole number.

    Examples
    --------
    >>> len(shrinkage_curves([1, 3]).axes[0].lines)
    2
    """
    ratios = checks.positive("ratios", ratios, shape=("curves",))
    n = np.arange(int(checks.whole("n_max", n_max, minimum=1, shape=())) + 1)
    figure, ax = new_figure(3.2)
    weights = pooling.shrinkage_weight(n, 1.0, ratios[:, None])
    for weight in weights:
        ax.plot(n, weight, color=COLOUR["partial"])
    for ratio, y in zip(ratios, spread(weights[:, -1], 0.07), strict=True):
        name_level(ax, y, rf"$\sigma/\tau = {ratio:g}$", "partial")
    ax.set(
        xlabel="Group size $n$",
        ylabel=r"Shrinkage weight $\lambda$",
        xlim=(0, n[-1]),
        ylim=(0, 1.02),
    )
    ends = [
        f"{w[-1]:.2f} where sigma / tau is {r:g}" for r, w in zip(ratios, weights, strict=True)
    ]
    return described(
        figure,
        f"The shrinkage weight rises from 0 with group size; at n = {n[-1]} it is {joined(ends)}.",
    )


@in_book_style
def weight(tau: float, sigma: float, n: int) -> Figure:
    r"""Draw how the shrinkage weight depends on each of its three ingredients.

    Parameters
    ----------
    tau, sigma : float
        The sds between and within groups, positive.
    n : int
        The group size, 1 or more.

    Returns
    -------
    matplotlib.figure.Figure
        Three panels: the weight against n, tau and sigma, the other two held fixed. A dot marks
        the values given; thin curves are for other values of what is held.

    Raises
    ------
    ValueError
        If `tau` or `sigma` is not positive or `n` is not a positive whole number.

    Examples
    --------
    >>> len(weight(tau=2, sigma=3, n=10).axes)
    3
    """
    tau = float(checks.positive("tau", tau, shape=()))
    sigma = float(checks.positive("sigma", sigma, shape=()))
    n = int(checks.whole("n", n, minimum=1, shape=()))
    sizes = sorted({max(1, n // 5), n, 5 * n})
    shrink = pooling.shrinkage_weight
    panels = [
        ("Group size $n$", np.arange(int(2.5 * n) + 1), n, r"\tau", (tau / 2, tau, 2 * tau), tau,
         lambda x, held: shrink(x, held, sigma)),
        (r"Between-group sd $\tau$", np.linspace(0, 1.5 * tau, 200), tau, "n", sizes, n,
         lambda x, held: shrink(held, x, sigma)),
        (r"Within-group sd $\sigma$", np.linspace(sigma / 100, 2 * sigma, 200), sigma, "n", sizes,
         n, lambda x, held: shrink(held, tau, x)),
    ]  # fmt: skip
    figure = Figure(figsize=(WIDTH, 5.4))
    for ax, (words, x, at, symbol, values, held, curve) in zip(
        figure.subplots(3, 1), panels, strict=True
    ):
        ends = []
        for value in values:
            y = curve(x, value)
            ax.plot(x, y, color=COLOUR["partial"], lw=1.8 if value == held else THIN)
            ends.append(y[-1])
        for value, y in zip(values, spread(np.array(ends), 0.2), strict=True):
            name_level(ax, y, f"${symbol} = {value:g}$", "partial")
        ax.plot(at, curve(np.array([at]), held), **partial_style())
        ax.set(xlabel=words, ylabel=r"$\lambda$", xlim=(0, x[-1]), ylim=(0, 1.04))
        ax.set_yticks([0, 0.5, 1])
    at = float(shrink(n, tau, sigma))
    return described(
        figure,
        "The shrinkage weight rises with group size and with the between-group sd, and falls with "
        f"the within-group sd. It is {at:.2f} at n = {n}, tau = {tau:g}, sigma = {sigma:g}.",
    )
