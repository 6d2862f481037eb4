"""Hamiltonian dynamics: a particle of position q and momentum p slides over -log π(q).

Its energy is H(q, p) = -log π(q) + K(p), with K(p) = pᵀ M⁻¹ p / 2 and M a diagonal mass matrix.
All functions take any number of leading axes: chains move side by side.
"""

import numpy as np
from numpy.typing import NDArray

from hbmlib.targets import Target

__all__ = ["MAX_ENERGY_ERROR", "kinetic_energy", "leapfrog", "momentum"]

Floats = NDArray[np.float64]

MAX_ENERGY_ERROR = 1000.0  # a step that loses more than this has left the trajectory


def leapfrog(
    target: Target,
    q: Floats,
    p: Floats,
    grad: Floats,
    step_size: float | Floats,
    inverse_mass: Floats,
    n_steps: int = 1,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Follow Hamilton's equations by the leapfrog integrator.

    It is reversible, keeps volume, and errs in the energy by a term of order step_size².

    Parameters
    ----------
    target : Target
        Gives log densities and gradients.
    q, p, grad : ndarray, shape (..., dim)
        Position, momentum, and the gradient of the log density at `q`.
    step_size : float or ndarray, shape (dim,)
        Length ε of a step in time; a negative one goes back in time.
    inverse_mass : ndarray, shape (dim,)
        Diagonal of M⁻¹.
    n_steps : int, optional
        Number of steps. Half steps of momentum that meet are taken as one.

    Returns
    -------
    tuple of ndarray
        The new q, p, log density and gradient.

    References
    ----------
    Neal (2011), "MCMC using Hamiltonian dynamics", Handbook of Markov Chain Monte Carlo, 5.2.3.

    Examples
    --------
    >>> from hbmlib.targets import Gaussian
    >>> q, p, *_ = leapfrog(  # half a turn of a spring of period 2π
    ...     Gaussian([0], [[1]]), np.ones(1), np.zeros(1), -np.ones(1), np.pi / 100, 1.0, 100)
    >>> print(q.round(3), abs(p.round(3)))
    [-1.] [0.]
    """
    half, drift = 0.5 * step_size, step_size * inverse_mass
    p = p + half * grad  # p ← p + (ε/2) ∇log π(q)
    for remaining in reversed(range(n_steps)):
        q = q + drift * p  # q ← q + ε M⁻¹ p
        logp, grad = target.logp_and_grad(q)
        p = p + (step_size if remaining else half) * grad  # p ← p + ε ∇log π(q), the last half
    return q, p, logp, grad


def momentum(rng: np.random.Generator, inverse_mass: Floats, shape: tuple[int, ...]) -> Floats:
    """Draw momenta p ~ N(0, M).

    Parameters
    ----------
    rng : numpy.random.Generator
        The source of randomness.
    inverse_mass : ndarray, shape (dim,)
        Diagonal of M⁻¹.
    shape : tuple of int
        Shape of the momenta, (..., dim).

    Returns
    -------
    ndarray
        Momenta of that shape.

    Examples
    --------
    >>> momentum(np.random.default_rng(1), np.array([1.0, 0.01]), (2,)).round(2)
    array([0.35, 8.22])
    """
    return rng.standard_normal(shape) / np.sqrt(inverse_mass)


def kinetic_energy(p: Floats, inverse_mass: Floats) -> Floats:
    """Return K(p) = pᵀ M⁻¹ p / 2.

    Parameters
    ----------
    p : ndarray, shape (..., dim)
        Momenta.
    inverse_mass : ndarray, shape (dim,)
        Diagonal of M⁻¹.

    Returns
    -------
    ndarray, shape (...)
        Their kinetic energies.

    Examples
    --------
    >>> print(kinetic_energy(np.array([1.0, 2.0]), np.ones(2)))
    2.5
    """
    return 0.5 * np.vecdot(p, inverse_mass * p)
