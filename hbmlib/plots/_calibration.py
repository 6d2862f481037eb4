"""The outcome of a simulation-based calibration."""

import numpy as np
from matplotlib.figure import Figure

from hbmlib.calibration import Certificate
from hbmlib.plots._alt import count, described, joined
from hbmlib.plots._draws import Names, symbol
from hbmlib.plots._marks import COLOUR, in_book_style, new_figure, write

MOST = 6  # lines that are named
DASHES = ("-", (0, (5, 3)), (0, (1.2, 1.8)), (0, (6, 2, 1.2, 2)), (0, (8, 2)), (0, (3, 1)))


@in_book_style
def sbc_ecdf(certificate: Certificate, names: Names = None) -> Figure:
    """Draw the ranks' ECDF less that of uniform ranks, with its simultaneous band.

    A right sampler stays in the band; a quantity that leaves it anywhere is drawn bold.

    Parameters
    ----------
    certificate : Certificate
        What `hbmlib.calibration.calibrate` returns.
    names : str or sequence of str, optional
        The quantities, each named where it ends, six at most; by default all, of which only
        those that raise an alarm are named.

    Returns
    -------
    matplotlib.figure.Figure
        One line for each quantity.

    Raises
    ------
    ValueError
        If a name is unknown, or too many are given.

    References
    ----------
    T. Säilynoja, P.-C. Bürkner and A. Vehtari (2022), Graphical test for discrete uniformity and
    its applications in goodness-of-fit evaluation and multiple sample comparison. *Statistics
    and Computing* 32, 32.

    Examples
    --------
    >>> flat = Certificate("flat", "", "", "", 1, 400, 19, ("mu",), ((20,) * 20,), 0, (), {})
    >>> figure = sbc_ecdf(flat, "mu")
    >>> float(abs(figure.axes[0].lines[-1].get_ydata()).max())
    0.0
    """
    if not isinstance(certificate, Certificate):
        raise ValueError(
            f"`certificate` must be a Certificate; got {type(certificate).__name__}. "
            "Pass what `calibrate` returns, or load one."
        )
    wanted = [names] if isinstance(names, str) else list(names or certificate.names)
    if names is not None and len(wanted) > MOST:
        raise ValueError(
            f"`names` must be at most {MOST} quantities; got {len(wanted)}. Choose some."
        )
    band = certificate.band()
    figure, ax = new_figure(3.4)
    at = np.concatenate([[0], band.at, [1]])
    low, high = (np.concatenate([[0], edge, [0]]) for edge in (band.lower, band.upper))
    ax.fill_between(at, low, high, color=COLOUR["rule"], lw=0)
    ax.axhline(0, color=COLOUR["muted"], lw=0.8)
    alarms = set(certificate.alarms)
    named = wanted if names is not None else [n for n in wanted if n in alarms][:MOST]
    for name in wanted:
        difference = np.concatenate([[0], certificate.ecdf_difference(name), [0]])
        role, width = ("refuse", 2.2) if name in alarms else ("accept", 1.0)
        place = named.index(name) if name in named else 0
        ax.plot(at, difference, color=COLOUR[role], lw=width, ls=DASHES[place])
        if name in named:
            x = (place + 1) / (len(named) + 1)
            y = np.interp(x, at, difference)
            write(ax, x, y, symbol(name), role, ha="center", va="bottom", dy=2)
    ax.set(xlim=(0, 1), xlabel="Rank of the true value, as a fraction", ylabel="ECDF less uniform")
    inside = f"a right sampler leaves it in {band.level:.2g} of runs"
    shown = [name for name in wanted if name in alarms]
    return described(
        figure,
        f"Difference of the ECDF of ranks from uniform for "
        f"{count(len(wanted), 'quantity', 'quantities')} over "
        f"{count(certificate.simulations, 'simulation')}, with a simultaneous band: {inside}.",
        f"Alarm: {joined(shown)}." if shown else "No alarm.",
    )
