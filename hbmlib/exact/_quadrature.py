"""The trapezoidal rule on the surface, with steps halved until the error is small enough."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.exact._surface import Range, Surface

Floats = NDArray[np.float64]

#: Steps across the support to begin with; a normal peak needs no more.
START = 20
MAX_NODES = 1_000_000
#: Weight that mixtures may leave out.
PRUNED = 1e-10


@dataclass(frozen=True, eq=False)
class Lattice:
    """Points ``step * index`` of one coordinate; an even one carries half the weight at 0."""

    step: float
    index: NDArray[np.int64]
    even: bool

    @classmethod
    def cover(cls, span: Range, step: float, even: bool) -> "Lattice":
        """Cover a range by points; the outer ones are even, so that every other can be left out."""
        low = 2 * int(np.floor(span.low / step / 2))
        high = 2 * int(np.ceil(span.high / step / 2))
        return cls(step, np.arange(max(low, 0) if even else low, high + 1), even)

    @property
    def points(self) -> Floats:
        """The coordinates."""
        return self.step * self.index

    @property
    def weights(self) -> Floats:
        """The weight of each point."""
        return self.step * np.where(self.even & (self.index == 0), 0.5, 1.0)


@dataclass(frozen=True, eq=False)
class Nodes:
    """The surface on a product of two lattices: arrays have shape (n_sigma, n_tau)."""

    tau_lattice: Lattice
    sigma_lattice: Lattice
    tau: Floats
    sigma: Floats
    weight: Floats  # sums to 1
    mean: Floats  # of mu, about the centre
    precision: Floats
    log_total: float

    def coarse(self) -> "Nodes":
        """Keep every other point of each lattice."""
        rows = slice(None, None, 2) if self.sigma.shape[0] > 1 else slice(None)
        cut = (rows, slice(None, None, 2))
        weight = self.weight[cut] / self.weight[cut].sum()
        lattices = self.tau_lattice, self.sigma_lattice
        return Nodes(
            *lattices, self.tau[cut], self.sigma[cut], weight, self.mean[cut],
            self.precision[cut], self.log_total,
        )  # fmt: skip


def evaluate(surface: Surface, tau_lattice: Lattice, sigma_lattice: Lattice) -> Nodes:
    """Compute the surface at every pair of points."""
    w, u = np.meshgrid(sigma_lattice.points, tau_lattice.points, indexing="ij")
    log_density, given = surface.log_density(u, w)
    tau, sigma = surface.scales(u, w)
    peak = log_density.max()
    weight = np.exp(log_density - peak)
    weight *= sigma_lattice.weights[:, np.newaxis] * tau_lattice.weights
    total = weight.sum()
    return Nodes(
        tau_lattice, sigma_lattice, tau, sigma, weight / total, given.mean, given.precision,
        float(peak + np.log(total)),
    )  # fmt: skip


def integrate(surface: Surface, rtol: float) -> tuple[Nodes, float]:
    """Refine until leaving out every other point, along either axis, changes nothing.

    Returns the nodes and the estimated relative error of their every other point. The rule's
    error is roughly squared by each halving, so the nodes themselves are far better than that.
    """
    tau_range, sigma_range = surface.support()
    known = surface.sigma_axis is None
    even_tau = surface.tau_axis.even
    tau_step = _first_step(tau_range, even_tau)
    sigma_step = _first_step(sigma_range, even=False)
    while True:
        tau_lattice = Lattice.cover(tau_range, tau_step, even_tau)
        if known:
            sigma_lattice = Lattice(1.0, np.zeros(1, int), False)
        else:
            sigma_lattice = Lattice.cover(sigma_range, sigma_step, even=False)
        nodes = evaluate(surface, tau_lattice, sigma_lattice)
        along_tau, along_sigma = _errors(surface, nodes)
        error = max(along_tau, along_sigma)
        if error <= rtol or 2 * nodes.weight.size > MAX_NODES:
            return nodes, error
        if along_tau > rtol:
            tau_step /= 2
        if along_sigma > rtol:
            sigma_step /= 2


def _first_step(span: Range, even: bool) -> float:
    width = 2 * span.high if even and span.low <= 0 else span.high - span.low
    return width / START / 2


def _errors(surface: Surface, nodes: Nodes) -> tuple[float, float]:
    """Compare all nodes with every other one, along tau and along sigma."""
    integrals = _integrals(surface, nodes)
    every, half = slice(None), slice(None, None, 2)
    full = integrals(every, every)
    along_tau = np.abs(2 * integrals(every, half) - full).max()
    along_sigma = 0.0
    if surface.sigma_axis is not None:
        along_sigma = np.abs(2 * integrals(half, every) - full).max()
    rough_tau, rough_sigma = _roughness(surface, nodes.coarse())
    return max(float(along_tau), rough_tau), max(float(along_sigma), rough_sigma)


def _integrals(surface: Surface, nodes: Nodes):
    """Weigh 1, the scales' highest moments and those of mu, each against its full sum.

    On an even axis tau itself has a kink at 0, so that only its square converges fast.
    """
    tails, weight = surface.tails, nodes.weight
    terms = [weight]
    if (power := tails.power("tau")) > surface.tau_axis.even:
        terms.append(weight * nodes.tau**power)
    if surface.sigma_axis is not None:
        terms.append(weight * nodes.sigma ** tails.power("sigma"))
    if tails.power("mu") == 2:
        terms.append(weight * (1 / nodes.precision + nodes.mean**2))
    stack = np.array([term / term.sum() for term in terms])
    return lambda rows, columns: stack[:, rows, columns].sum((1, 2))


def _roughness(surface: Surface, nodes: Nodes) -> tuple[float, float]:
    """Bound the ripple that discrete nodes leave in the distributions of mu and theta.

    Where neighbouring nodes put a mean a distance D apart and its sd is s, the sum of normals
    ripples about the integral by ``exp(-2 * (pi * s / D)**2)`` of the nodes' weight.
    """
    along_tau = along_sigma = 0.0
    before = None
    for tau, sigma, weight, mu, precision in zip(
        nodes.tau, nodes.sigma, nodes.weight, nodes.mean, nodes.precision, strict=True
    ):
        _, mean, sd = surface.data.theta(tau, sigma, mu, precision)
        row = np.vstack([mean, mu]), np.vstack([sd, precision**-0.5]), weight
        along_tau += _ripple([a[..., :-1] for a in row], [a[..., 1:] for a in row])
        along_sigma += _ripple(before, row) if before else 0.0
        before = row
    return float(np.max(along_tau)), float(np.max(along_sigma))


def _ripple(one: list[Floats], other: list[Floats]) -> Floats:
    distance = np.abs(one[0] - other[0])
    ratio = distance / np.maximum(np.minimum(one[1], other[1]), 1e-150)
    ripple = np.exp(-2 * (np.pi / np.maximum(ratio, 0.1)) ** 2)
    return ripple @ np.maximum(one[2], other[2])


def prune(weight: Floats) -> NDArray[np.bool_]:
    """Mark the nodes to keep: the lightest, up to a total weight of PRUNED, are left out."""
    flat = weight.ravel()
    order = np.argsort(flat, kind="stable")
    keep = np.ones(flat.size, bool)
    keep[order[np.cumsum(flat[order]) <= PRUNED]] = False
    return keep.reshape(weight.shape)
