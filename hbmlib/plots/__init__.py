"""The book's figures, all in one visual language.

A group's own mean is a hollow circle, its partially pooled estimate a filled one, the
complete-pooling mean a dashed line and the truth, where it is known, a small cross. An arrow runs
from the own mean to the pooled estimate. Intervals are 50% thick and 90% thin. Every function
returns a Matplotlib figure in the light colours; `use_book_style` makes notebooks show them as
SVG that follows the reader's theme.
"""

from hbmlib.plots._curves import (
    curves,
    histogram,
    normal_updating,
    shrinkage_curves,
    tau_posterior,
    weight,
)
from hbmlib.plots._graph import MODELS, model_graph
from hbmlib.plots._rows import group_means, group_ranges, pooling_arrows, three_estimates
from hbmlib.plots._scatter import (
    estimates_by_size,
    means_by_size,
    movement,
    then_and_now,
    theta_against_means,
)
from hbmlib.plots._show import to_svg, use_book_style
from hbmlib.plots._shrinkage import given_tau, quadrature, too_long

__all__ = [
    "MODELS",
    "curves",
    "estimates_by_size",
    "given_tau",
    "group_means",
    "group_ranges",
    "histogram",
    "means_by_size",
    "model_graph",
    "movement",
    "normal_updating",
    "pooling_arrows",
    "quadrature",
    "shrinkage_curves",
    "tau_posterior",
    "then_and_now",
    "theta_against_means",
    "three_estimates",
    "to_svg",
    "too_long",
    "use_book_style",
    "weight",
]
