"""The trapezoidal rule on the surface, with steps shortened until the error is small enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.exact._surface import Surface
from hbmlib.quadrature.lattice import Lattice, Range

Floats = NDArray[np.float64]

#: Steps across the support to begin with; a normal peak needs no more.
START = 18
MAX_NODES = 1_000_000
#: Along one axis; more would only average rounding errors away.
MAX_POINTS = 4096


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
        float(surface.data.constant + peak + np.log(total)),
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
        full = 2 * nodes.weight.size > MAX_NODES or 2 * max(nodes.weight.shape) > MAX_POINTS
        if full or not error > rtol:
            return nodes, error
        tau_step *= _shorter(along_tau, rtol)
        sigma_step *= _shorter(along_sigma, rtol)


def density_of_scale(surface: Surface, nodes: Nodes, name: str, scale: float) -> float:
    """Give the density of tau or sigma at one value, by the sum over the other's lattice."""
    tails = surface.tails
    tau, sigma = nodes.tau[0], nodes.sigma[:, 0]
    if name == "tau":
        tau, log_density = np.full_like(sigma, scale), tails.tau_prior.log_density(scale)
        lattice, axis, prior, other = (
            nodes.sigma_lattice, surface.sigma_axis, tails.sigma_prior, sigma
        )  # fmt: skip
    else:
        sigma, log_density = np.full_like(tau, scale), tails.sigma_prior.log_density(scale)
        lattice, axis, prior, other = (
            nodes.tau_lattice, surface.tau_axis, tails.tau_prior, tau
        )  # fmt: skip
    log_density = log_density + surface.data.given(tau, sigma).log_likelihood
    if axis is not None:
        log_density = log_density + prior.log_density(other) + axis.log_jacobian(lattice.points)
    log_total = nodes.log_total - surface.data.constant
    return float(np.exp(log_density - log_total) @ lattice.weights)


def _shorter(error: float, rtol: float) -> float:
    """Say by how much to shorten a step: the error falls like exp(-c / step), or faster."""
    if error <= rtol:
        return 1.0
    factor = 0.95 * np.log(min(error, 1.0)) / np.log(rtol)
    return max(np.floor(16 * factor), 8) / 16


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
    """Bound the ripple that discrete nodes leave in the distributions of mu, theta, new groups.

    A normal cdf whose mean moves by D from node to node, while its sd s stays, is summed with an
    error of ``exp(-2 * (pi * s / D)**2)``; one whose log sd moves by t, with one of
    ``exp(-pi**2 / (2 * t))``, because it stays bounded only for complex shifts of the log sd below
    pi/4. Both are taken together, ``exp(-1 / x)``, and weighed by the nodes.
    """
    along_tau = along_sigma = 0.0
    before = None
    for tau, sigma, weight, mu, precision in zip(
        nodes.tau, nodes.sigma, nodes.weight, nodes.mean, nodes.precision, strict=True
    ):
        _, mean, sd = surface.data.theta(tau, sigma, mu, precision)
        variance = np.vstack([sd**2, 1 / precision, tau**2 + 1 / precision])
        row = np.vstack([mean, mu, mu]), variance, weight
        along_tau += _ripple([a[..., :-1] for a in row], [a[..., 1:] for a in row])
        along_sigma += _ripple(before, row) if before else 0.0
        before = row
    return float(np.max(along_tau)), float(np.max(along_sigma))


def _ripple(one: Sequence[Floats], other: Sequence[Floats]) -> Floats:
    least = np.maximum(np.minimum(one[1], other[1]), 1e-300)
    x = (0.5 * (one[0] - other[0]) ** 2 + np.abs(one[1] - other[1])) / (np.pi**2 * least)
    return np.exp(-1 / np.maximum(x, 0.01)) @ np.maximum(one[2], other[2])
