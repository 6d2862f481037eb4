"""The book's figures, all in one visual language.

A group's own mean is a hollow circle, its partially pooled estimate a filled one, the
complete-pooling mean a dashed line and the truth, where it is known, a small cross. An arrow runs
from the own mean to the pooled estimate. Intervals are 50% thick and 90% thin. Accepted moves are
solid, refused ones hollow; draws that diverged are triangles; chains are numbered.

Every function returns a Matplotlib figure in the light colours; `use_book_style` makes notebooks
show them as SVG that follows the reader's theme. Scatters of more than 1,000 points, and long
traces, become images inside it. Figures describe themselves, see `alt_text`.
"""

from hbmlib.plots._alt import alt_text
from hbmlib.plots._calibration import sbc_ecdf
from hbmlib.plots._contours import contours
from hbmlib.plots._convergence import autocorrelation, ess_growth, running_rhat
from hbmlib.plots._curves import curves, histogram
from hbmlib.plots._densities import densities, energy
from hbmlib.plots._graph import MODELS, model_graph
from hbmlib.plots._intervals import intervals
from hbmlib.plots._pairs import funnel, pairs
from hbmlib.plots._paths import acceptance_path, leapfrog_orbit, tree_path
from hbmlib.plots._program import program_graph
from hbmlib.plots._rows import group_means, group_ranges, pooling_arrows, three_estimates
from hbmlib.plots._scatter import (
    estimates_by_size,
    means_by_size,
    movement,
    then_and_now,
)
from hbmlib.plots._show import to_svg, use_book_style
from hbmlib.plots._shrinkage import shrinkage_by_size, theta_against_means
from hbmlib.plots._theory import given_tau, quadrature, risk_curves, too_long
from hbmlib.plots._trace import ranks, trace
from hbmlib.plots._tree import tree_checks
from hbmlib.plots._truth import arrows_to_truth
from hbmlib.plots._updating import normal_updating, tau_posterior
from hbmlib.plots._weight import shrinkage_curves, weight

__all__ = [
    "MODELS",
    "acceptance_path",
    "alt_text",
    "arrows_to_truth",
    "autocorrelation",
    "contours",
    "curves",
    "densities",
    "energy",
    "ess_growth",
    "estimates_by_size",
    "funnel",
    "given_tau",
    "group_means",
    "group_ranges",
    "histogram",
    "intervals",
    "leapfrog_orbit",
    "means_by_size",
    "model_graph",
    "movement",
    "normal_updating",
    "pairs",
    "pooling_arrows",
    "program_graph",
    "quadrature",
    "ranks",
    "risk_curves",
    "running_rhat",
    "sbc_ecdf",
    "shrinkage_by_size",
    "shrinkage_curves",
    "tau_posterior",
    "then_and_now",
    "theta_against_means",
    "three_estimates",
    "to_svg",
    "too_long",
    "trace",
    "tree_checks",
    "tree_path",
    "use_book_style",
    "weight",
]
