"""Interactive figures that refit real models: in a static page by themselves, in a kernel with it.

Each widget is one class here and one view in ``frontend/views/``. In a live kernel its traits are
read and set from Python; on a static page its state is embedded and the page computes alone.
"""

from hbmlib.widgets.convergence_lab import ConvergenceLab
from hbmlib.widgets.funnel_lab import FunnelLab
from hbmlib.widgets.gibbs_lab import GibbsLab
from hbmlib.widgets.hamiltonian_lab import HamiltonianLab
from hbmlib.widgets.james_stein_explorer import JamesSteinExplorer
from hbmlib.widgets.metropolis_lab import MetropolisLab
from hbmlib.widgets.nuts_lab import NutsLab
from hbmlib.widgets.pooling_explorer import PoolingExplorer
from hbmlib.widgets.regression_pooling import RegressionPooling
from hbmlib.widgets.tau_dial import TauDial

__all__ = [
    "ConvergenceLab",
    "FunnelLab",
    "GibbsLab",
    "HamiltonianLab",
    "JamesSteinExplorer",
    "MetropolisLab",
    "NutsLab",
    "PoolingExplorer",
    "RegressionPooling",
    "TauDial",
]
