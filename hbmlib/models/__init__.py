"""The book's models as targets: data and priors in, log density, gradient and conditionals out."""

from hbmlib.models.eight_schools import EightSchools
from hbmlib.models.lines import LineSummaries, summarise_lines
from hbmlib.models.normal_means import NormalMeans
from hbmlib.models.population import Population
from hbmlib.models.unpooled_regression import UnpooledRegression
from hbmlib.models.varying_regression import VaryingRegression

__all__ = [
    "EightSchools",
    "LineSummaries",
    "NormalMeans",
    "Population",
    "UnpooledRegression",
    "VaryingRegression",
    "summarise_lines",
]
