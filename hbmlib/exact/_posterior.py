"""The posterior object that `normal_means` returns."""

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.exact._marginals import (
    Marginal,
    MixtureMarginal,
    ScaleMarginal,
    SincDensity,
    WeightMarginal,
    mixture_moments,
)
from hbmlib.exact._quadrature import Nodes, prune
from hbmlib.exact._surface import Surface
from hbmlib.pooling import Estimate
from hbmlib.priors import Prior

Floats = NDArray[np.float64]

GRID = 201
FINENESS = 8
CHUNK = 4096


class GivenTau(NamedTuple):
    """What is known at one value of tau.

    Parameters
    ----------
    mu : Estimate
        Mean and sd of the population mean, each of shape ().
    theta : Estimate
        Means and sds of the group means, each of shape (J,).
    """

    mu: Estimate
    theta: Estimate


class ExactPosterior:
    """The posterior of the normal hierarchical model, by quadrature over the scales.

    Made by `hbmlib.exact.normal_means`. `mu`, `tau`, `sigma` (None when known), `theta`,
    `shrinkage`, `new_group` and `new_observation` are marginals with `mean`, `sd`,
    `missing_moments`, `quantile`, `cdf` and `pdf`; `theta` and `shrinkage` hold all J groups.

    Attributes
    ----------
    error : float
        The estimated relative error of the quadrature.
    """

    def __init__(
        self, surface: Surface, nodes: Nodes, error: float, sigma: Floats | None, proper: bool
    ) -> None:
        self.error = error
        self._surface = surface
        self._nodes = nodes
        self._known_sigma = sigma
        self._proper = proper
        coarse = nodes.coarse()
        fields = (coarse.weight, coarse.tau, coarse.sigma, coarse.mean, coarse.precision)
        weight, *values = (a.ravel() for a in fields)
        self._weight, self._values = weight, values
        self._kept = prune(weight)

    def __repr__(self) -> str:
        J = self._surface.data.information.size
        return (
            f"ExactPosterior({J} groups, {self._nodes.weight.size} nodes, error {self.error:.1e})"
        )

    @cached_property
    def tau(self) -> ScaleMarginal:
        """The marginal posterior of the sd between groups."""
        nodes, axis = self._nodes, self._surface.tau_axis
        weight = nodes.weight.sum(0)
        density = SincDensity(nodes.tau_lattice, weight)
        scale = nodes.tau[0]
        mean = plain = weight @ scale
        if density.even:
            # tau has a kink at 0; sqrt(c**2 + tau**2) has none and takes the tail, the rest is small.
            lifted = np.hypot(axis.unit, scale)
            gap = density.expect(lambda u: np.hypot(axis.unit, t := axis.value(u)) - t)
            mean = weight @ lifted - gap
        variance = weight @ (scale - mean) ** 2 + 2 * mean * (plain - mean)
        return ScaleMarginal(*self._moments("tau", mean, np.sqrt(variance)), axis, density)

    @cached_property
    def sigma(self) -> ScaleMarginal | None:
        """The marginal posterior of the sd within groups; None when it is known."""
        nodes, axis = self._nodes, self._surface.sigma_axis
        if axis is None:
            return None
        weight, scale = nodes.weight.sum(1), nodes.sigma[:, 0]
        mean = weight @ scale
        sd = np.sqrt(weight @ (scale - mean) ** 2)
        density = SincDensity(nodes.sigma_lattice, weight)
        return ScaleMarginal(*self._moments("sigma", mean, sd), axis, density)

    @cached_property
    def mu(self) -> MixtureMarginal:
        """The marginal posterior of the population mean."""
        _, _, mean, precision = self._values
        return self._mixture("mu", mean, precision**-0.5)

    @cached_property
    def theta(self) -> MixtureMarginal:
        """The marginal posteriors of the J group means."""
        _, mean, sd = self._surface.data.theta(*self._values)
        return self._mixture("theta", mean, sd)

    @cached_property
    def new_group(self) -> MixtureMarginal:
        """The predictive distribution of the mean of a group not yet seen."""
        tau, _, mean, precision = self._values
        return self._mixture("new_group", mean, np.sqrt(tau**2 + 1 / precision))

    @cached_property
    def new_observation(self) -> MixtureMarginal:
        """The predictive distribution of one observation in a group not yet seen.

        Raises
        ------
        ValueError
            If the known sigma differs between groups, so that a new group has none.
        """
        tau, sigma, mean, precision = self._values
        if self._known_sigma is not None:
            known = self._known_sigma
            if np.ptp(known) > 0:
                raise ValueError(
                    "`sigma` must be common to all groups for a new observation; got "
                    "different ones. Add the new group's own variance to `new_group`."
                )
            sigma = known[0]
        return self._mixture("new_observation", mean, np.sqrt(tau**2 + sigma**2 + 1 / precision))

    @cached_property
    def shrinkage(self) -> WeightMarginal:
        """The marginal posteriors of the J shrinkage weights."""
        nodes, data = self._nodes, self._surface.data
        weight, _, _ = data.theta(*self._values)
        mean = weight @ self._weight
        sd = np.sqrt((weight - mean[:, np.newaxis]) ** 2 @ self._weight)
        shares = nodes.weight.sum(1)
        kept = shares > 1e-16
        rows = [
            (share, SincDensity(nodes.tau_lattice, row / share))
            for share, row in zip(shares[kept], nodes.weight[kept], strict=True)
        ]
        return WeightMarginal(
            mean, sd, {}, self._surface.tau_axis, data.information, nodes.sigma[kept, 0], rows
        )

    @property
    def log_marginal_likelihood(self) -> float:
        """The log of the density of the data, all parameters integrated out.

        Raises
        ------
        ValueError
            If a prior is improper: the value would depend on an arbitrary constant.
        """
        if not self._proper:
            flat = ", ".join(
                f"`{name}`"
                for name, prior in self._priors().items()
                if prior is None or not prior.proper
            )
            raise ValueError(
                f"`log_marginal_likelihood` must have proper priors; got a flat {flat}. "
                "Use a proper one."
            )
        return self._nodes.log_total

    def tau_marginal(self) -> tuple[Floats, Floats]:
        """Give the posterior density of tau for a plot.

        Returns
        -------
        grid : ndarray, shape (201,)
            Values of tau from 0 (or its lower bound) to its 99.5% quantile.
        density : ndarray, shape (201,)
            The density there.
        """
        grid = np.linspace(self._surface.tau_axis.lower, self.tau.quantile(0.995), GRID)
        return grid, self.tau.pdf(grid)

    def given_tau(self, tau: float) -> GivenTau:
        """Give what is known at one value of tau, averaged over sigma when it is unknown.

        Parameters
        ----------
        tau : float
            The sd between groups, zero or more.

        Returns
        -------
        GivenTau
            Mean and sd of mu and of every theta.

        Raises
        ------
        ValueError
            If `tau` is negative or outside the support of its prior.
        """
        tau = checks.non_negative("tau", tau, shape=())
        lower, upper = self._surface.tails.tau_prior.support
        if not lower <= tau <= upper:
            raise ValueError(
                f"`tau` must lie in the support of its prior, {lower:g} to {upper:g}; "
                f"got {tau:g}. Choose a value inside."
            )
        surface, nodes = self._surface, self._nodes
        sigma = nodes.sigma[:, 0]
        tau = np.full_like(sigma, tau)
        given = surface.data.given(tau, sigma)
        log_weight = given.log_likelihood.copy()
        if surface.sigma_axis is not None:
            log_weight += surface.tails.sigma_prior.log_density(sigma)
            log_weight += surface.sigma_axis.log_jacobian(nodes.sigma_lattice.points)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        centre = surface.data.centre
        _, mean, sd = surface.data.theta(tau, sigma, given.mean, given.precision)
        theta, theta_sd = mixture_moments(weight, mean, sd)
        mu, mu_sd = mixture_moments(weight, given.mean, given.precision**-0.5)
        return GivenTau(Estimate(centre + mu, mu_sd), Estimate(centre + theta, theta_sd))

    def draw(self, size: int, seed: int) -> dict[str, Floats]:
        """Draw independent samples from the joint posterior.

        Parameters
        ----------
        size : int
            How many.
        seed : int
            Seed of the random numbers.

        Returns
        -------
        dict of str to ndarray
            `mu` and `tau` with shape (size,), `theta` with shape (size, J), and `sigma` with
            shape (size,), or the known value repeated, (size,) or (size, J).

        Raises
        ------
        ValueError
            If `size` or `seed` is not a whole number in range.
        """
        size = int(checks.whole("size", size, minimum=1, shape=()))
        rng = np.random.default_rng(int(checks.whole("seed", seed, shape=())))
        tau, sigma = self._draw_scales(rng, size)
        data = self._surface.data
        given = data.given(tau, sigma)
        mu = given.mean + rng.standard_normal(size) / np.sqrt(given.precision)
        known_mu = np.full(size, np.inf)
        _, mean, sd = data.theta(tau, sigma, mu, known_mu)
        theta = mean.T + sd.T * rng.standard_normal((size, data.information.size))
        if self._known_sigma is not None:
            known = self._known_sigma
            common = np.ptp(known) == 0
            sigma = np.full(size, known[0]) if common else np.tile(known, (size, 1))
        centre = data.centre
        return {"mu": centre + mu, "tau": tau, "sigma": sigma, "theta": centre + theta}

    def _draw_scales(self, rng: np.random.Generator, size: int) -> tuple[Floats, Floats]:
        """Draw sigma from its marginal, then tau given it, both by inverting the cdf."""
        surface, nodes = self._surface, self._nodes
        uniform = rng.random((2, size))
        tau_density = SincDensity(nodes.tau_lattice, nodes.weight.sum(0))
        if surface.sigma_axis is None:
            u = _Inverse(tau_density)(uniform[1], tau_density.weight)
            return surface.tau_axis.value(u), np.ones(size)
        sigma_density = self.sigma.density
        w = _Inverse(sigma_density)(uniform[0], sigma_density.weight)
        inverse, u = _Inverse(tau_density), np.empty(size)
        for i in range(0, size, CHUNK):
            part = slice(i, i + CHUNK)
            u[part] = inverse(uniform[1, part], sigma_density.densities(w[part]) @ nodes.weight)
        return surface.tau_axis.value(u), surface.sigma_axis.value(w)

    def _moments(
        self, name: str, mean: Floats, sd: Floats
    ) -> tuple[Floats, Floats, Mapping[str, str]]:
        """Put nan and a reason where a moment does not exist."""
        tails = self._surface.tails
        growth = tails.growths()[name]
        missing = {
            moment: tails.reason(name, moment, growth, power)
            for power, moment in ((1, "mean"), (2, "sd"))
            if not tails.exists(growth, power)
        }
        nothing = np.full(np.shape(mean), np.nan)[()]
        mean, sd = nothing if "mean" in missing else mean, nothing if missing else sd
        return mean, sd, missing

    def _mixture(self, name: str, means: Floats, sds: Floats) -> MixtureMarginal:
        centre = self._surface.data.centre
        with np.errstate(over="ignore", invalid="ignore"):
            mean, sd = mixture_moments(self._weight, means, sds)
        moments = self._moments(name, centre + mean, sd)
        kept = self._kept
        weight = self._weight[kept] / self._weight[kept].sum()
        return MixtureMarginal(*moments, centre, weight, means[..., kept], sds[..., kept])

    def _priors(self) -> Mapping[str, Prior | None]:
        tails = self._surface.tails
        priors = {"tau_prior": tails.tau_prior}
        if tails.sigma_prior is not None:
            priors["sigma_prior"] = tails.sigma_prior
        return ({"mu_prior": None} if tails.flat_mu else {}) | priors


class _Inverse:
    """Inverts cdfs that share a lattice, through a table with cubic interpolation between."""

    def __init__(self, density: SincDensity) -> None:
        points = density.lattice.points
        self.u = np.linspace(points[0], points[-1], FINENESS * (points.size - 1) + 1)
        self.probabilities = density.probabilities(self.u).T.copy()
        self.densities = density.densities(self.u).T.copy()

    def __call__(self, p: Floats, weight: Floats) -> Floats:
        """Give u at probabilities p, for weights of shape (K,) or one row for each p."""
        step = self.u[1] - self.u[0]
        cdf, pdf = weight @ self.probabilities, weight @ self.densities * step
        total = cdf[..., -1:]
        if weight.ndim == 1:
            cell = np.searchsorted(cdf, p * total, side="right") - 1
            row = ()
        else:
            cell = (cdf <= p[:, np.newaxis] * total).sum(-1) - 1
            row = (np.arange(p.size),)
            total = total[:, 0]
        cell = np.clip(cell, 0, self.u.size - 2)
        start, end = cdf[(*row, cell)], cdf[(*row, cell + 1)]
        rise, slope, last = end - start, pdf[(*row, cell)], pdf[(*row, cell + 1)]
        target = p * total - start
        square, cube = 3 * rise - 2 * slope - last, slope + last - 2 * rise
        t = np.clip(target / np.maximum(rise, 1e-300), 0, 1)
        for _ in range(4):
            value = t * (slope + t * (square + t * cube)) - target
            steepness = slope + t * (2 * square + 3 * t * cube)
            t = np.clip(t - value / np.maximum(steepness, 1e-300), 0, 1)
        return self.u[cell] + step * t
