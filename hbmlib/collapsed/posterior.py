"""The posterior object that `varying_regression` returns."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.collapsed.nodes import Nodes
from hbmlib.collapsed.points import Points
from hbmlib.collapsed.scales import Surface
from hbmlib.quadrature.marginals import MixtureMarginal, ScaleMarginal, scale_moments
from hbmlib.quadrature.mixtures import mixture_moments
from hbmlib.quadrature.sinc import InverseCdf, SincDensity

__all__ = ["RegressionPosterior"]

Floats = NDArray[np.float64]

DRAWN = 4096  # draws made together


class RegressionPosterior:
    """The posterior of a regression whose lines vary.

    Made by `varying_regression`. `mu_alpha`, `mu_beta`, `tau_alpha`, `tau_beta`, `sigma`, `alpha`
    and `beta` are marginals with `mean`, `sd`, `quantile`, `cdf` and `pdf`; `alpha` and `beta`
    hold all J individuals.

    Attributes
    ----------
    error : float
        The estimated error of the quadrature: of means in units of their posterior sds, of sds
        relative to themselves.
    """

    def __init__(self, surface: Surface, nodes: Nodes, error: float) -> None:
        self.error = error
        self._surface, self._nodes = surface, nodes
        self._points = Points.every(nodes, 2)  # as accurate as `error` says

    def __repr__(self) -> str:
        J, size = self._surface.model.lines.n_groups, self._nodes.weight.size
        return f"RegressionPosterior({J} individuals, {size} nodes, error {self.error:.1e})"

    @property
    def log_marginal_likelihood(self) -> float:
        """The log density of the data, with all parameters integrated out.

        Raises
        ------
        ValueError
            If a prior is improper.
        """
        model = self._surface.model
        priors = {"mu_prior": model.mu_prior, "tau_prior": model.tau_prior}
        for name, prior in {**priors, "sigma_prior": (model.sigma_prior,)}.items():
            if not all(p.proper for p in prior):
                raise ValueError(
                    f"`{name}` must be proper for a marginal likelihood; got a flat one. "
                    "Use Normal or HalfNormal."
                )
        return self._nodes.log_total

    @cached_property
    def mu_alpha(self) -> MixtureMarginal:
        """The marginal posterior of the population's mean intercept."""
        given = self._points.given
        return self._mixture(0, given.mu_alpha, given.var_alpha)

    @cached_property
    def mu_beta(self) -> MixtureMarginal:
        """The marginal posterior of the population's mean slope."""
        given = self._points.given
        return self._mixture(1, given.mu_beta, given.var_beta)

    @cached_property
    def tau_alpha(self) -> ScaleMarginal:
        """The marginal posterior of the sd of intercepts between individuals."""
        return self._scale(0)

    @cached_property
    def tau_beta(self) -> ScaleMarginal:
        """The marginal posterior of the sd of slopes between individuals."""
        return self._scale(1)

    @cached_property
    def sigma(self) -> ScaleMarginal:
        """The marginal posterior of the sd about the lines."""
        return self._scale(2)

    @cached_property
    def alpha(self) -> MixtureMarginal:
        """The marginal posteriors of the J intercepts."""
        return self._mixture(0, *self._coefficients[:2])

    @cached_property
    def beta(self) -> MixtureMarginal:
        """The marginal posteriors of the J slopes."""
        return self._mixture(1, *self._coefficients[2:])

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
            The five population parameters with shape (size,), `alpha` and `beta` with shape
            (size, J).

        Raises
        ------
        ValueError
            If `size` or `seed` is not a whole number in range.
        """
        size = int(checks.whole("size", size, minimum=1, shape=()))
        rng = np.random.default_rng(int(checks.whole("seed", seed, shape=())))
        data, J = self._surface.data, self._surface.model.lines.n_groups
        scales = self._draw_scales(rng, size)
        given, lines = data.given(*scales), data.lines(*scales)
        z = rng.standard_normal((2, size))
        mu_a = given.mu_alpha + np.sqrt(given.var_alpha) * z[0]
        slope = given.cov / given.var_alpha
        left = np.maximum(given.var_beta - slope * given.cov, 0)
        mu_b = given.mu_beta + slope * (mu_a - given.mu_alpha) + np.sqrt(left) * z[1]

        z = rng.standard_normal((2, size, J))
        m_a, m_b = mu_a[:, None], mu_b[:, None]
        off_a = np.sqrt(lines.V_aa) * z[0]
        slope = np.divide(
            lines.V_ab, lines.V_aa, out=np.zeros_like(lines.V_ab), where=lines.V_aa > 0
        )
        left = np.maximum(lines.V_bb - slope * lines.V_ab, 0)
        alpha = lines.shift_a + lines.a_a * m_a + lines.a_b * m_b + off_a
        beta = lines.shift_b + lines.b_a * m_a + lines.b_b * m_b + slope * off_a
        beta += np.sqrt(left) * z[1]
        named = dict(zip(("tau_alpha", "tau_beta", "sigma"), scales, strict=True))
        a, b = data.line
        return {"mu_alpha": a + mu_a, "mu_beta": b + mu_b, **named} | {
            "alpha": a + alpha,
            "beta": b + beta,
        }

    def _draw_scales(self, rng: np.random.Generator, size: int) -> list[Floats]:
        """Draw sigma, then tau_alpha given it, then tau_beta given both, by inverting cdfs."""
        nodes, axes = self._nodes, self._surface.axes
        tables = [self._density(k) for k in range(3)]
        inverse = [InverseCdf(table) for table in tables]
        weight = np.moveaxis(nodes.weight, 2, 0)  # (n_sigma, n_alpha, n_beta)
        uniform = rng.random((3, size))
        u = np.empty((3, size))
        for i in range(0, size, DRAWN):
            part = slice(i, i + DRAWN)
            p = uniform[:, part]
            u[2, part] = inverse[2](p[2], tables[2].weight)
            at_sigma = np.tensordot(tables[2].densities(u[2, part]), weight, axes=1)
            u[0, part] = inverse[0](p[0], at_sigma.sum(axis=2))
            at_both = np.einsum("da,dab->db", tables[0].densities(u[0, part]), at_sigma)
            u[1, part] = inverse[1](p[1], at_both)
        return [axis.value(x) for axis, x in zip(axes, u, strict=True)]

    @cached_property
    def _coefficients(self) -> list[Floats]:
        return [x.T for x in self._points.coefficients(self._surface.data)]

    def _mixture(self, side: int, means: Floats, variances: Floats) -> MixtureMarginal:
        centre, sds = float(self._surface.data.line[side]), np.sqrt(variances)
        weight = self._points.weight
        mean, sd = mixture_moments(weight, means, sds)
        return MixtureMarginal(centre + mean, sd, {}, centre, weight, means, sds)

    def _density(self, k: int) -> SincDensity:
        others = tuple(i for i in range(3) if i != k)
        return SincDensity(self._nodes.lattices[k], self._nodes.weight.sum(axis=others))

    def _scale(self, k: int) -> ScaleMarginal:
        density, axis = self._density(k), self._surface.axes[k]
        return ScaleMarginal(*map(float, scale_moments(axis, density)), {}, axis, density)
