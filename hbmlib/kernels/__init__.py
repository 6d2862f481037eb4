"""Kernels: one transition of a Markov chain each, frozen and without adaptation.

Every kernel has `init(q)`, which makes a state, `step(rng, state)`, which returns the next state
and an Info of what happened, and `constrain(q)`, which turns recorded `state.q` into the values
that `names` names. Divergences are data in Info, never exceptions.
"""

from hbmlib.kernels.gibbs import Gibbs
from hbmlib.kernels.hmc import HMC
from hbmlib.kernels.metropolis import Metropolis
from hbmlib.kernels.nuts import NUTS

__all__ = ["HMC", "NUTS", "Gibbs", "Metropolis"]
