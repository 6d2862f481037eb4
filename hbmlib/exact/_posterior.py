"""The posterior object that `normal_means` returns."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.exact._marginals import WeightMarginal
from hbmlib.exact._quadrature import Nodes, density_of_scale
from hbmlib.exact._surface import Surface
from hbmlib.pooling import Estimate
from hbmlib.priors import Prior
from hbmlib.propriety import reaches_zero
from hbmlib.quadrature.lattice import prune
from hbmlib.quadrature.marginals import MixtureMarginal, ScaleMarginal, scale_moments
from hbmlib.quadrature.mixtures import mixture_moments
from hbmlib.quadrature.sinc import InverseCdf, SincDensity

Floats = NDArray[np.float64]

GRID = 201
CHUNK = 4096
LARGEST = 1e100


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
        density = SincDensity(nodes.tau_lattice, nodes.weight.sum(0))
        moments = self._moments("tau", *scale_moments(axis, density))
        return ScaleMarginal(*moments, axis, density, self._near("tau"))

    @cached_property
    def sigma(self) -> ScaleMarginal | None:
        """The marginal posterior of the sd within groups; None when it is known."""
        nodes, axis = self._nodes, self._surface.sigma_axis
        if axis is None:
            return None
        density = SincDensity(nodes.sigma_lattice, nodes.weight.sum(1))
        moments = self._moments("sigma", *scale_moments(axis, density))
        return ScaleMarginal(*moments, axis, density, self._near("sigma"))

    @cached_property
    def mu(self) -> MixtureMarginal:
        """The marginal posterior of the population mean."""
        _, _, mean, precision = self._values
        return self._mixture("mu", mean, precision**-0.5)

    @cached_property
    def theta(self) -> MixtureMarginal:
        """The marginal posteriors of the J group means; an empty group's is a new group's."""
        data = self._surface.data
        _, mean, sd = data.theta(*self._values)
        theta = self._mixture("theta", mean, sd)
        empty = data.information == 0
        if not empty.any():
            return theta
        missing = self._missing("new_group", "`theta` of an empty group") | theta.missing_moments
        mean = np.where(empty & ("mean" in missing), np.nan, theta.mean)
        sd = np.where(empty & bool(missing), np.nan, theta.sd)
        return replace(theta, mean=mean, sd=sd, missing_moments=missing)

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
            The density there; infinite at 0 for two equal observations.
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
        ArithmeticError
            If `tau` is so large that its square overflows.
        """
        tau = checks.non_negative("tau", tau, shape=())
        lower, upper = self._surface.tails.tau_prior.support
        if not lower <= tau <= upper:
            raise ValueError(
                f"`tau` must lie in the support of its prior, {lower:g} to {upper:g}; "
                f"got {tau:g}. Choose a value inside."
            )
        if tau > LARGEST:
            raise ArithmeticError(
                f"`tau` must be at most {LARGEST:g} to be squared; got {tau:g}. "
                "Choose a smaller value."
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
            u = InverseCdf(tau_density)(uniform[1], tau_density.weight)
            return surface.tau_axis.value(u), np.ones(size)
        sigma_density = self.sigma.density
        w = InverseCdf(sigma_density)(uniform[0], sigma_density.weight)
        inverse, u = InverseCdf(tau_density), np.empty(size)
        for i in range(0, size, CHUNK):
            part = slice(i, i + CHUNK)
            u[part] = inverse(uniform[1, part], sigma_density.densities(w[part]) @ nodes.weight)
        return surface.tau_axis.value(u), surface.sigma_axis.value(w)

    def _moments(
        self, name: str, mean: Floats, sd: Floats
    ) -> tuple[Floats, Floats, Mapping[str, str]]:
        """Put nan and a reason where a moment does not exist."""
        missing = self._missing(name, f"`{name}`")
        nothing = np.full(np.shape(mean), np.nan)[()]
        mean, sd = nothing if "mean" in missing else mean, nothing if missing else sd
        return mean, sd, missing

    def _near(self, name: str) -> Callable[[float], float]:
        """Give the density of a scale as a function to use near the ends of its support."""
        surface, tails = self._surface, self._surface.tails
        data = surface.data
        # Two equal observations have the likelihood 1 / hypot(tau, sigma) near 0.
        pole = (
            surface.sigma_axis is not None
            and data.n_total == data.n_groups == 2
            and np.ptp(data.own_mean[data.information > 0]) == 0
            and reaches_zero(tails.tau_prior)
            and reaches_zero(tails.sigma_prior)
        )
        axis = surface.tau_axis if name == "tau" else surface.sigma_axis

        def density(scale: float) -> float:
            if scale == 0 and pole:
                return np.inf
            return density_of_scale(surface, self._nodes, name, max(scale, 1e-20 * axis.unit))

        return density

    def _missing(self, name: str, quantity: str) -> dict[str, str]:
        """Say why moments do not exist."""
        tails = self._surface.tails
        growth = tails.growths()[name]
        return {
            moment: tails.reason(quantity, moment, growth, power)
            for power, moment in ((1, "mean"), (2, "sd"))
            if not tails.exists(growth, power)
        }

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
