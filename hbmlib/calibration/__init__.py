"""Simulation-based calibration: whether a sampler draws from the posterior it claims to.

Draw parameters from the prior, data given them, and let the sampler draw from the posterior given
the data. Over many repetitions the rank of a true value among its draws is uniform, if sampler,
model and data agree. `calibrate` does this for a `Pair` of a problem and a sampler, and returns a
`Certificate`, which knows with hashes of the code whether it is `stale`.
"""

from hbmlib.calibration._bands import Band, band, p_values
from hbmlib.calibration._certificate import Certificate, Finding, stale
from hbmlib.calibration._run import Pair, calibrate
from hbmlib.calibration._samplers import Chains
from hbmlib.calibration._simulation import Problem, Sampler

__all__ = [
    "Band",
    "Certificate",
    "Chains",
    "Finding",
    "Pair",
    "Problem",
    "Sampler",
    "band",
    "calibrate",
    "p_values",
    "stale",
]
