"""What a sampler needs to know of a distribution, and two toy targets with known answers.

A point `q` has shape (..., dim): any leading axes are chains. A target gives log densities of
shape (...) and gradients of shape (..., dim). The coordinates of `q` are unbounded; `constrain`
turns them into the values that have names, say a scale from its logarithm.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks

__all__ = ["Funnel", "Gaussian", "Target", "initial_points", "start"]

Floats = NDArray[np.float64]

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
ROUNDING = 1e-9  # a partial correlation below this counts as zero
TRIES = 100  # for a default start with a density above zero


class Target(Protocol):
    """A distribution to sample from.

    A target for Metropolis alone may leave `logp_and_grad` out. One whose blocks of coordinates
    are conditionally independent may offer ``logp_terms(q, block)`` as well: `block` has shape
    (sites, width), a row holds the coordinates of one site, and the answer has shape (..., sites),
    the part of the log density that depends on each site given everything else.

    Attributes
    ----------
    dim : int
        Number of coordinates.
    names : tuple of str
        Names of the constrained values, such as ``mu``, ``tau``, ``theta[A]``.
    """

    dim: int
    names: tuple[str, ...]

    def logp(self, q: Floats) -> Floats:
        """Log density, up to a constant: (..., dim) -> (...)."""

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""

    def constrain(self, q: Floats) -> Floats:
        """Return the named values: (..., dim) -> (..., len(names))."""

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points, wider than the target: (size, dim)."""


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A normal distribution in any number of dimensions.

    Parameters
    ----------
    mean : array_like, shape (dim,)
        Its mean.
    cov : array_like, shape (dim, dim)
        Its covariance matrix.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `cov` is not symmetric and positive definite.

    Examples
    --------
    >>> target = Gaussian([0, 3], [[1, 0.5], [0.5, 4]])
    >>> logp, grad = target.logp_and_grad(np.array([0.0, 3.0]))
    >>> print(logp.round(3), grad + 0)
    -2.499 [0. 0.]
    """

    mean: Floats
    cov: Floats
    dim: int = field(init=False, repr=False)
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mean = checks.finite("mean", self.mean, shape=("dim",))
        cov = checks.finite("cov", self.cov, shape=(len(mean), len(mean)))
        try:
            cholesky = np.linalg.cholesky(cov)
        except np.linalg.LinAlgError:
            cholesky = None
        if cholesky is None or not np.allclose(cov, cov.T):
            raise ValueError(
                "`cov` must be symmetric and positive definite; got a matrix that is not. "
                "Give variances on its diagonal and correlations inside (-1, 1)."
            )
        dim = len(mean)
        self.__dict__.update(
            mean=mean,
            cov=cov,
            dim=dim,
            names=tuple(f"x[{i}]" for i in range(dim)),
            _cholesky=cholesky,
            _precision=np.linalg.inv(cov),
            _constant=-dim * HALF_LOG_2PI - np.log(np.diag(cholesky)).sum(),
        )

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        x = q - self.mean
        grad = -(x @ self._precision)  # ∇log π = -Σ⁻¹(q - m)
        return 0.5 * np.vecdot(x, grad) + self._constant, grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each site: (..., dim) -> (..., sites)."""
        x = q - self.mean
        within = self._precision[block[:, :, None], block[:, None, :]]  # (sites, width, width)
        sd = np.sqrt(np.diag(self._precision))
        partial = (self._precision / sd / sd[:, None])[block[:, None, :, None], block[:, None]]
        if (np.abs(partial[~np.eye(len(block), dtype=bool)]) > ROUNDING).any():
            raise ValueError(
                "`block` must hold sites that are independent given the rest; got sites with a "
                "partial correlation. Give each of them a block of its own."
            )
        own = x[..., block]  # (..., sites, width)
        pull = (x @ self._precision)[..., block]
        return -np.vecdot(own, pull) + 0.5 * np.vecdot(own, np.matvec(within, own))

    def constrain(self, q: Floats) -> Floats:
        """Return the coordinates as they are."""
        return q

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points with twice the target's sd: (size, dim)."""
        return self.mean + 2 * rng.standard_normal((size, self.dim)) @ self._cholesky.T


@dataclass(frozen=True)
class Funnel:
    """Neal's funnel: the sd of every x is exp(v/2), and v itself is normal.

    Hierarchical models with a small scale have this shape: a wide mouth, and a neck that no
    single step size suits.

    Parameters
    ----------
    dim : int
        Number of coordinates: v and dim - 1 of x.
    scale : float, optional
        Standard deviation of v.

    Raises
    ------
    ValueError
        If `dim` is below 2 or `scale` is not positive.

    References
    ----------
    Neal (2003), "Slice sampling", Annals of Statistics 31, section 8.

    Examples
    --------
    >>> target = Funnel(10)
    >>> target.names[:3]
    ('v', 'x[1]', 'x[2]')
    >>> round(float(target.logp(np.zeros(10))), 3)
    -10.288
    """

    dim: int
    scale: float = 3.0
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        dim = int(checks.whole("dim", self.dim, minimum=2, shape=()))
        self.__dict__.update(
            dim=dim,
            scale=float(checks.positive("scale", self.scale, shape=())),
            names=("v", *(f"x[{i}]" for i in range(1, dim))),
        )

    def logp(self, q: Floats) -> Floats:
        """Log density: (..., dim) -> (...)."""
        return self.logp_and_grad(q)[0]

    def logp_and_grad(self, q: Floats) -> tuple[Floats, Floats]:
        """Log density and its gradient: (..., dim) -> (...), (..., dim)."""
        v, x, n = q[..., 0], q[..., 1:], self.dim - 1
        precision = np.exp(-v)
        half_square = 0.5 * precision * np.vecdot(x, x)
        logp = -0.5 * (v / self.scale) ** 2 - 0.5 * n * v - half_square
        grad = np.empty_like(q)
        grad[..., 0] = -v / self.scale**2 - 0.5 * n + half_square
        grad[..., 1:] = -precision[..., None] * x
        return logp - self.dim * HALF_LOG_2PI - np.log(self.scale), grad

    def logp_terms(self, q: Floats, block: NDArray[np.int64]) -> Floats:
        """Part of the log density that depends on each site of x: (..., dim) -> (..., sites)."""
        if 0 in block:
            raise ValueError(
                "`block` must hold sites of x, which are independent given v; got v among them. "
                "Give v a block of its own."
            )
        x = q[..., block]  # (..., sites, width)
        return -0.5 * np.exp(-q[..., :1]) * np.vecdot(x, x)

    def constrain(self, q: Floats) -> Floats:
        """Return the coordinates as they are."""
        return q

    def initial(self, rng: np.random.Generator, size: int) -> Floats:
        """Draw starting points around the mouth of the funnel: (size, dim)."""
        return rng.uniform(-2, 2, size=(size, self.dim))


def start(target: Target, q: ArrayLike, grad: bool = True) -> tuple[Any, ...]:
    """Evaluate a target at the points where chains start, or say what is wrong with them.

    Parameters
    ----------
    target : Target
        The distribution.
    q : array_like, shape (dim,) or (chain, dim)
        One point, or one for each chain.
    grad : bool, optional
        Whether the gradient is wanted.

    Returns
    -------
    tuple of ndarray
        The points, their log densities and, if wanted, the gradients.

    Raises
    ------
    ValueError
        If a shape is wrong, a density is zero or nan, or a gradient not finite. The message names
        the parameter.

    Examples
    --------
    >>> q, logp = start(Funnel(2), [0, 1], grad=False)
    >>> q
    array([0., 1.])
    """
    q = checks.finite("q", q, shape=[(target.dim,), ("chains", target.dim)])
    gradient = ()
    with np.errstate(all="ignore"):
        if grad:
            logp, *gradient = target.logp_and_grad(q)
        else:
            logp = target.logp(q)
        if np.shape(logp) != q.shape[:-1] or any(np.shape(g) != q.shape for g in gradient):
            shapes = " and ".join(str(np.shape(x)) for x in (logp, *gradient))
            raise ValueError(
                f"The target must give log densities of shape {q.shape[:-1]}"
                f"{f' and gradients of shape {q.shape}' if grad else ''} for points of shape "
                f"{q.shape}; got {shapes}. Sum over the last axis only."
            )
        fine = np.isfinite(logp) & np.all([np.isfinite(g).all(axis=-1) for g in gradient], axis=0)
        if not fine.all():
            raise ValueError(_zero_density(target, q, logp, fine))
    return q, np.asarray(logp, dtype=np.float64), *gradient


def initial_points(target: Target, rng: np.random.Generator, size: int) -> Floats:
    """Draw over-dispersed starting points whose density is not zero.

    Parameters
    ----------
    target : Target
        The distribution; its `initial` makes the proposals.
    rng : numpy.random.Generator
        The source of randomness.
    size : int
        Number of points.

    Returns
    -------
    ndarray, shape (size, dim)
        One start a chain. A point of zero density is drawn again, up to 100 times, and then left
        for `start` to name.

    Examples
    --------
    >>> initial_points(Funnel(3), np.random.default_rng(1), 4).shape
    (4, 3)
    """
    q = np.array(target.initial(rng, size), dtype=np.float64)
    with np.errstate(all="ignore"):
        for _ in range(TRIES):
            bad = ~np.isfinite(target.logp(q))
            if not bad.any():
                break
            q[bad] = target.initial(rng, size)[bad]
    return q


def _zero_density(target: Target, q: Floats, logp: Floats, fine: NDArray[np.bool_]) -> str:
    """Name the coordinates that make a start impossible.

    Each coordinate is put by itself into a point that has a density; where the density goes, that
    coordinate is at fault.
    """
    chain = int(np.flatnonzero(~np.atleast_1d(fine))[0])
    at, value = np.atleast_2d(q)[chain], float(np.atleast_1d(logp)[chain])
    good = target.initial(np.random.default_rng(0), TRIES)
    good = good[np.isfinite(target.logp(good))][:1]
    faults = []
    if len(good):
        trial = np.repeat(good, target.dim, axis=0)
        np.fill_diagonal(trial, at)
        faults = list(np.flatnonzero(~np.isfinite(target.logp(trial))))
    faults = faults or range(target.dim)
    named = (
        target.names if len(target.names) == target.dim else [f"q[{i}]" for i in range(len(at))]
    )
    listed = ", ".join(f"`{named[i]}` (q[{i}] = {at[i]:.4g})" for i in list(faults)[:4])
    more = f" and {len(faults) - 4} more" if len(faults) > 4 else ""
    what = f"log density {value:.4g}" + ("" if not np.isfinite(value) else " but no gradient")
    return (
        f"A chain must start where the density is above zero; chain {chain} got {what}, from "
        f"{listed}{more}. Start inside the support, or leave `inits` out."
    )
