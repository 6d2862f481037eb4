"""The posterior density of the scales over two coordinates, and where it is not negligible."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib.exact._collapsed import Collapsed, Conditional
from hbmlib.exact._propriety import Growth, Tails
from hbmlib.priors import GammaPrecision, Prior
from hbmlib.quadrature.axis import Axis
from hbmlib.quadrature.lattice import Range
from hbmlib.quadrature.reach import axis_for, energy_floor, prior_scale

Floats = NDArray[np.float64]

#: Density below exp(-DROP) of its peak is cut off.
DROP = 24.0
SCAN = 17
GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, eq=False)
class Surface:
    """The joint density of the scales, in coordinates (u for tau, w for sigma)."""

    data: Collapsed
    tails: Tails
    tau_axis: Axis
    sigma_axis: Axis | None
    tau_scan: Range
    sigma_scan: Range

    def scales(self, u: Floats, w: Floats) -> tuple[Floats, Floats]:
        """Give tau at u and sigma at w; a known sigma counts as 1."""
        sigma = np.ones_like(w) if self.sigma_axis is None else self.sigma_axis.value(w)
        return self.tau_axis.value(u), sigma

    def log_density(self, u: Floats, w: Floats) -> tuple[Floats, Conditional]:
        """Give the log of prior times likelihood times Jacobian, and mu given the scales."""
        tau, sigma = self.scales(u, w)
        given = self.data.given(tau, sigma)
        log_density = given.log_likelihood + self.tails.tau_prior.log_density(tau)
        log_density = log_density + self.tau_axis.log_jacobian(u)
        if self.sigma_axis is not None:
            log_density = log_density + self.tails.sigma_prior.log_density(sigma)
            log_density = log_density + self.sigma_axis.log_jacobian(w)
        return log_density, given

    def support(self) -> tuple[Range, Range]:
        """Find the ranges of u and w outside which density and moments are negligible."""
        if self.sigma_axis is None:
            only = Range(0.0, 0.0)
            along_u = lambda u: self.log_density(u, np.zeros_like(u))[0]  # noqa: E731
            return _crop(along_u, self.tau_scan, self.tau_axis, self.tails.power("tau")), only

        def over_w(u: Floats) -> Floats:
            return _highest(lambda w: self.log_density(u, w)[0], self.sigma_scan, u.size)

        tau_range = _crop(over_w, self.tau_scan, self.tau_axis, self.tails.power("tau"))

        def over_u(w: Floats) -> Floats:
            return _highest(lambda u: self.log_density(u, w)[0], tau_range, w.size)

        return tau_range, _crop(
            over_u, self.sigma_scan, self.sigma_axis, self.tails.power("sigma")
        )


def _highest(function, scan: Range, size: int) -> Floats:
    """Maximise `function` over `scan`, for `size` problems side by side.

    The best of a coarse scan is refined by golden sections to about two thousandths of the range.
    """
    points = np.linspace(scan.low, scan.high, SCAN)
    values = np.array([function(np.full(size, point)) for point in points])
    best = values.argmax(0)
    highest = values.max(0)
    low = points[np.maximum(best - 1, 0)]
    high = points[np.minimum(best + 1, SCAN - 1)]
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(7):
        highest = np.maximum(highest, np.maximum(at_left, at_right))
        lower = at_left > at_right
        high, low = np.where(lower, right, high), np.where(lower, low, left)
        kept, at_kept = np.where(lower, left, right), np.where(lower, at_left, at_right)
        new = np.where(lower, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        at_new = function(new)
        left, right = np.where(lower, new, kept), np.where(lower, kept, new)
        at_left, at_right = np.where(lower, at_new, at_kept), np.where(lower, at_kept, at_new)
    return highest


def _crop(profile, scan: Range, axis: Axis, power: int) -> Range:
    """Narrow `scan` to where the profile is within DROP of its peak.

    The same is asked of the profile times the scale to the given power, so that tails which only
    a moment feels are kept. The scan is repeated on the cropped range until it resolves it.
    """
    low, high = scan
    for _ in range(12):
        points = np.linspace(low, high, SCAN)
        values = profile(points)
        with np.errstate(divide="ignore"):
            weighted = values + np.log(axis.value(points) ** power)
        keep = (values > values.max() - DROP) | (weighted > weighted.max() - DROP)
        if not keep.any():
            raise ArithmeticError(
                "`normal_means` must find a density above 0; got none wherever it looked. "
                "Check the units of the data and the priors."
            )
        first, last = np.flatnonzero(keep)[[0, -1]]
        low, high = points[max(first - 1, 0)], points[min(last + 1, SCAN - 1)]
        if last - first >= 8:
            break
    return Range(float(low), float(high))


def surface(data: Collapsed, tails: Tails) -> Surface:
    """Choose the axes, and where to look, from the scales of the data and the priors."""
    tau_prior, sigma_prior = tails.tau_prior, tails.sigma_prior
    N, J = data.n_total, data.n_groups
    spread = float(np.sqrt(np.mean(data.own_mean[data.information > 0] ** 2)))
    far = spread + abs(data.prior_mean)
    if sigma_prior is None:
        axis = axis_for(tau_prior, _tau_unit(data, 1.0))
        far = max(far, np.sqrt(data.error[-1]))
        scan = _scan(
            axis, tau_prior, far, tails, "tau", floor=energy_floor(tau_prior, 0.0, J, DROP)
        )
        return Surface(data, tails, axis, None, scan, Range(0.0, 0.0))

    gamma = isinstance(sigma_prior, GammaPrecision)
    energy = 0.5 * data.ss + (sigma_prior.rate if gamma else 0.0)
    freedom = N - J + (2 * sigma_prior.shape if gamma else 0)
    if energy > 0:
        within = np.sqrt(2 * energy / freedom)
    elif spread > 0:
        within = spread
    else:
        scales = [prior_scale(sigma_prior), prior_scale(tau_prior)]
        scales += [data.prior_precision**-0.5] if data.prior_precision else []
        within = min(scales)
    # Equal observations, one in each group: much happens near tau = sigma = 0.
    corner = N == J and spread == 0
    tau_axis = axis_for(tau_prior, _tau_unit(data, within), "log" if corner else "even")
    sigma_axis = axis_for(sigma_prior, within, "log" if corner or N > J else "stretched")
    far = max(far, within)
    return Surface(
        data,
        tails,
        tau_axis,
        sigma_axis,
        _scan(tau_axis, tau_prior, far, tails, "tau", energy_floor(tau_prior, 0.0, J, DROP)),
        _scan(
            sigma_axis,
            sigma_prior,
            far,
            tails,
            "sigma",
            energy_floor(sigma_prior, data.ss, N, DROP),
        ),
    )


def _tau_unit(data: Collapsed, within: float) -> float:
    """Give the sd of mu at tau = 0: at i times it the sds of mu and new groups branch."""
    return (data.prior_precision + (data.count / data.error).sum() / within**2) ** -0.5


def _scan(axis: Axis, prior: Prior, far: float, tails: Tails, name: str, floor: float) -> Range:
    """Give a generous range of the coordinate: beyond it everything falls."""
    growth = tails.growths()[name]
    power = tails.power(name)
    own = Growth(name == "tau", name == "sigma", True)
    rate = min(
        rate - power * grows
        for rate, grows, counts in zip(tails.rates, growth, own, strict=True)
        if counts
    )
    a, b = axis.bounds
    if np.isfinite(b):
        high = b + 24
    else:
        high = float(axis.inverse(max(far, _finite(prior_scale(prior))))) + 3 + DROP / rate
    if axis.even:
        return Range(0.0, high)
    if np.isfinite(a):
        return Range(a - 24, high)
    if axis.kind == "stretched":
        return Range(-np.log(DROP + 6), high)
    if floor == 0:
        return Range(-DROP - 6, high)
    below = min(floor, 0.2 * _finite(prior_scale(prior), floor))
    return Range(float(axis.inverse(below)), high)


def _finite(x: float, other: float = 0.0) -> float:
    return x if np.isfinite(x) else other
