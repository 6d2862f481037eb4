"""Small problems to calibrate samplers on: proper priors, eight groups, few observations.

Parameters and data are drawn here without the code of the models that are fitted.
"""

from hbmlib.calibration.problems.eight_schools import EightSchools
from hbmlib.calibration.problems.normal_means import NormalMeans
from hbmlib.calibration.problems.varying_regression import VaryingRegression

__all__ = ["EightSchools", "NormalMeans", "VaryingRegression"]
