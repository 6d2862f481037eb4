"""When the posterior of the scales, and its moments, exist.

Far out, where ``tau`` is large, the collapsed likelihood falls like ``tau**-(J - d)``, with
J groups that have observations, ``d = 1`` for a flat mean and 0 for a normal one: each
``v_j**-0.5`` gives one power, and a flat mean returns one by ``P**-0.5``. Where ``sigma`` is
large it falls like ``sigma**-(N - d)``, where both are large alike like ``r**-(N - d)``. Let the
priors fall like ``tau**-a`` and ``sigma**-b`` (0 flat, 2 half-Cauchy, ``2 shape + 1`` Gamma on
the precision, infinite for the others). Cut the plane into boxes that double along each axis:
the mass of a box is a power of its edge, so the integral of a function that grows like the k-th
power of a scale converges if each rate below is positive.

- tau alone: ``J - d + a - 1 - k``
- sigma alone: ``N - d + b - 1 - k``
- both together: ``N - d + a + b - 2 - k``

The power k counts only in the directions in which the function grows. Near zero only the
within-group sum of squares matters. When it is 0, the likelihood grows like ``sigma**-(N - J)``
as sigma goes to 0, which no density that is positive at 0 can integrate once N > J. When
all observations are equal, one in each group, it grows like ``r**-(J - 1)`` as both scales go to
0, which needs J <= 2, unless a prior excludes 0.
"""

from typing import NamedTuple

import numpy as np

from hbmlib.exact._collapsed import Collapsed
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, Prior, Uniform

#: A tail that falls more slowly than this power cannot be followed in floating point.
SLOWEST = 0.05


class Growth(NamedTuple):
    """Whether the sd of a quantity grows with tau alone, sigma alone, and both together."""

    tau: bool
    sigma: bool
    both: bool


def tail(prior: Prior) -> float:
    """Give the power at which a scale's prior falls far out."""
    if isinstance(prior, Flat):
        return 0.0
    if isinstance(prior, HalfCauchy):
        return 2.0
    return 2 * prior.shape + 1 if isinstance(prior, GammaPrecision) else np.inf


def reaches_zero(prior: Prior) -> bool:
    """Say whether a scale's prior has density at 0."""
    return not (isinstance(prior, GammaPrecision) or (isinstance(prior, Uniform) and prior.lower))


class Tails:
    """The rates at which the posterior of the scales falls."""

    def __init__(self, data: Collapsed, tau_prior: Prior, sigma_prior: Prior | None) -> None:
        self.data = data
        self.tau_prior = tau_prior
        self.sigma_prior = sigma_prior
        self.flat_mu = data.prior_precision == 0
        J, N, d = data.n_groups, data.n_total, int(self.flat_mu)
        a = tail(tau_prior)
        b = np.inf if sigma_prior is None else tail(sigma_prior)
        self.rates = Growth(J - d + a - 1, N - d + b - 1, N - d + a + b - 2)

    def rate(self, growth: Growth = Growth(False, False, False), power: int = 0) -> float:
        """Give the slowest rate for the given power of a quantity."""
        return min(rate - power * grows for rate, grows in zip(self.rates, growth, strict=True))

    def exists(self, growth: Growth, power: int) -> bool:
        """Say whether a moment exists (and its integral can be followed)."""
        return self.rate(growth, power) > SLOWEST

    def power(self, name: str) -> int:
        """Give the highest of the powers 0, 1 and 2 whose moment exists."""
        growth = self.growths()[name]
        return max(k for k in (0, 1, 2) if self.exists(growth, k))

    def growths(self) -> dict[str, Growth]:
        """Say how the sd of each quantity grows with the scales."""
        known, flat = self.sigma_prior is None, self.flat_mu
        return {
            "tau": Growth(True, False, True),
            "sigma": Growth(False, True, True),
            "mu": Growth(flat, flat, flat),
            "theta": Growth(False, flat and not known, not known),
            "new_group": Growth(True, flat, True),
            "new_observation": Growth(True, True, True),
        }

    def reason(self, name: str, moment: str, growth: Growth, power: int) -> str:
        """Explain why a moment is missing."""
        counts = ("groups with observations", "observations", "observations")
        rate, what = min(
            (rate - power * grows, count)
            for rate, grows, count in zip(self.rates, growth, counts, strict=True)
        )
        if rate > 0:
            return f"The {moment} of `{name}` exists but its tail is too long to integrate."
        have = self.data.n_total if what == "observations" else self.data.n_groups
        return (
            f"The {moment} of `{name}` does not exist: with these priors it needs at least "
            f"{int(np.floor(have - rate)) + 1} {what}; got {have}. Read its quantiles."
        )

    def fault(self) -> str | None:
        """Say why the posterior is improper, or None."""
        data, d = self.data, int(self.flat_mu)
        J, N = data.n_groups, data.n_total
        mu = "flat" if self.flat_mu else "normal"
        flat_tau = isinstance(self.tau_prior, Flat)
        flat_sigma = isinstance(self.sigma_prior, Flat)
        improper = "the posterior is improper."
        if flat_tau and self.rates.tau <= 0:
            return (
                f"`tau_prior` must be proper unless at least {d + 2} groups have observations "
                f"(`mu_prior` is {mu}); got a flat one with {J}: {improper} Use HalfNormal."
            )
        if flat_sigma and self.rates.sigma <= 0:
            return (
                f"`sigma_prior` must be proper unless there are at least {d + 2} observations "
                f"(`mu_prior` is {mu}); got a flat one with {N}: {improper} Use HalfNormal."
            )
        if self.rates.both <= 0:
            return (
                "`tau_prior` or `sigma_prior` must be proper unless there are at least "
                f"{d + 3} observations (`mu_prior` is {mu}); got two flat ones with {N}: "
                f"{improper} Use HalfNormal."
            )
        if self.rate() <= SLOWEST:
            name = "tau_prior" if self.rates.tau <= SLOWEST else "sigma_prior"
            return (
                f"`{name}` must fall faster for these data; got a Gamma on the precision with so "
                "small a shape that the posterior's tail is too long to compute. Raise its shape."
            )
        return self._fault_at_zero(improper)

    def _fault_at_zero(self, improper: str) -> str | None:
        data = self.data
        if self.sigma_prior is None or data.ss > 0 or not reaches_zero(self.sigma_prior):
            return None
        if data.n_total > data.n_groups:
            return (
                "`groups` must vary within at least one group; got a within-group sum of squares "
                f"of 0 from {data.n_total} observations in {data.n_groups} groups: {improper} "
                "Pass a known `sigma`, or a `sigma_prior` that excludes 0, such as GammaPrecision."
            )
        equal = np.ptp(data.own_mean[data.information > 0]) == 0
        if equal and data.n_groups > 2 and reaches_zero(self.tau_prior):
            return (
                f"`groups` must not all have the same mean; got {data.n_groups} equal "
                f"observations, one in each: {improper} "
                "Pass a known `sigma`, or a `sigma_prior` that excludes 0, such as GammaPrecision."
            )
        return None
