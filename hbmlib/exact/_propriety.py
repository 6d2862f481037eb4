"""When the posterior of the scales, and its moments, exist: the rules of `hbmlib.propriety`.

The integral of a function that grows like the k-th power of a scale converges if the excess of
tau alone, of sigma alone and of both together is above k in each direction in which the function
grows.
"""

from typing import NamedTuple

import numpy as np

from hbmlib.exact._collapsed import Collapsed
from hbmlib.priors import Flat, Prior
from hbmlib.propriety import excess, infinite_at_zero

#: A tail that falls more slowly than this power cannot be followed in floating point: the
#: squares of its scales overflow.
SLOWEST = 0.1


class Growth(NamedTuple):
    """Whether the sd of a quantity grows with tau alone, sigma alone, and both together."""

    tau: bool
    sigma: bool
    both: bool


class Tails:
    """The rates at which the posterior of the scales falls."""

    def __init__(self, data: Collapsed, tau_prior: Prior, sigma_prior: Prior | None) -> None:
        self.data = data
        self.tau_prior = tau_prior
        self.sigma_prior = sigma_prior
        self.flat_mu = data.prior_precision == 0
        J, N, d = data.n_groups, data.n_total, int(self.flat_mu)
        tau = excess(J - d, tau_prior)
        if sigma_prior is None:
            self.rates = Growth(tau, np.inf, np.inf)
        else:
            sigma, both = excess(N - d, sigma_prior), excess(N - d, tau_prior, sigma_prior)
            self.rates = Growth(tau, sigma, both)

    def rate(self, growth: Growth, power: int) -> float:
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

    def reason(self, quantity: str, moment: str, growth: Growth, power: int) -> str:
        """Explain why a moment is missing."""
        counts = ("groups with observations", "observations", "observations")
        rate, what = min(
            (rate - power * grows, count)
            for rate, grows, count in zip(self.rates, growth, counts, strict=True)
        )
        if rate > 0:
            return f"The {moment} of {quantity} exists but its tail is too long to integrate."
        have = self.data.n_total if what == "observations" else self.data.n_groups
        return (
            f"The {moment} of {quantity} does not exist: with these priors it needs at least "
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
        if min(self.rates) <= SLOWEST:
            name = "tau_prior" if self.rates.tau <= SLOWEST else "sigma_prior"
            return (
                f"`{name}` must fall faster for these data; got a Gamma on the precision with so "
                "small a shape that the posterior's tail is too long to compute. Raise its shape."
            )
        return self._fault_at_zero(improper)

    def _fault_at_zero(self, improper: str) -> str | None:
        data = self.data
        if self.sigma_prior is None or data.ss > 0:
            return None
        J, N = data.n_groups, data.n_total
        equal = np.ptp(data.own_mean[data.information > 0]) == 0
        if not infinite_at_zero(J, N, equal, self.tau_prior, self.sigma_prior):
            return None
        mend = "Pass a known `sigma`, or a `sigma_prior` that excludes 0, such as GammaPrecision."
        if N > J:
            return (
                "`groups` must vary within at least one group; got a within-group sum of squares "
                f"of 0 from {N} observations in {J} groups: {improper} {mend}"
            )
        return (
            f"`groups` must not all have the same mean; got {J} equal observations, one in each: "
            f"{improper} {mend}"
        )
