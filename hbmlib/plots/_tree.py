"""The tree of a NUTS step: which stretches were checked, and which turned back."""

import numpy as np
from matplotlib.figure import Figure

from hbmlib.plots._alt import count, described
from hbmlib.plots._marks import COLOUR, WIDTH, in_book_style
from hbmlib.trajectories import Trajectory


@in_book_style
def tree_checks(path: Trajectory) -> Figure:
    """Draw the stretches of a NUTS path that were checked for turning back.

    Parameters
    ----------
    path : Trajectory
        A step of NUTS as `hbmlib.trajectories.record` gives it.

    Returns
    -------
    matplotlib.figure.Figure
        Points in the order of time at the bottom, and above them a bar for each stretch: solid
        if it goes on, dashed if it turns back, thick if it is the whole path so far. Points that
        were thrown away are hollow; the point drawn has a ring.

    References
    ----------
    M. D. Hoffman and A. Gelman (2014), The No-U-Turn Sampler. *Journal of Machine Learning
    Research* 15, 1593-1623.

    Examples
    --------
    >>> from hbmlib.kernels import NUTS
    >>> from hbmlib.targets import Gaussian
    >>> from hbmlib.trajectories import record
    >>> kernel = NUTS(Gaussian([0], [[1]]), step_size=0.5)
    >>> figure = tree_checks(record(kernel, [0.0], [1.0], np.random.default_rng(1)))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['start', 'drawn']
    """
    top = max((s.last - s.first + 1 for s in path.stretches), default=1)
    figure = Figure(figsize=(WIDTH, 1.6 + 0.42 * np.log2(top)))
    ax = figure.subplots()
    lost = path.thrown_away & (path.doubling == path.depth)
    style = {"ls": "none", "marker": "o", "ms": 5, "mew": 1.2, "zorder": 4}
    ax.plot(path.times[~lost], 0 * path.times[~lost], color=COLOUR["accept"], **style)
    hollow = {"mfc": COLOUR["surface"], "mec": COLOUR["refuse"]}
    ax.plot(path.times[lost], 0 * path.times[lost], **style, **hollow)
    for stretch in path.stretches:
        level = np.log2(stretch.last - stretch.first + 1)
        role, dash = ("refuse", (0, (3, 2))) if stretch.turned else ("accept", "-")
        x = [stretch.first - 0.28, stretch.last + 0.28]
        ax.plot(x, [level, level], color=COLOUR[role], ls=dash, lw=4 if stretch.doubling else 1.8)
    square = {"ms": 7, "mew": 1.5, "mfc": COLOUR["surface"], "mec": COLOUR["ink"]}
    ax.plot(0, 0, ls="none", marker="s", zorder=5, **square)
    drawn = path.times[path.drawn]
    ring = {"ms": 12, "mew": 1.8, "mfc": "none", "mec": COLOUR["truth"]}
    ax.plot(drawn, 0, ls="none", marker="o", zorder=6, **ring)
    for time, name, role in ((0, "start", "ink"), (drawn, "drawn", "truth")):
        if name == "drawn" or drawn != 0:
            at = {"xytext": (0, -10), "textcoords": "offset points", "ha": "center", "va": "top"}
            ax.annotate(name, (time, 0), color=COLOUR[role], **at)
    levels = np.arange(int(np.log2(top)) + 1)
    ax.set_yticks(levels, [f"{2**k}" for k in levels])
    ax.set(xlabel="Leapfrog steps from the start", ylabel="Points in the stretch")
    ax.set_ylim(-1.0, levels[-1] + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True)
    turned = [s for s in path.stretches if s.turned]
    named = ", ".join(f"from {s.first} to {s.last}" for s in turned)
    return described(
        figure,
        f"The checks of a NUTS path of {count(len(path.times), 'point')} by "
        f"{count(path.depth, 'doubling')}: {count(len(path.stretches), 'stretch', 'stretches')}.",
        f"Those {named} turn back." if turned else "None turns back.",
        f"The last doubling, {count(int(lost.sum()), 'point')}, was thrown away."
        if path.thrown_away
        else "",
        f"The point drawn lies {drawn:+d} steps from the start.",
    )
