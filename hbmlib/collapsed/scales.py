"""The posterior density of the scales over three coordinates, and where it is not negligible."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib.collapsed.algebra import Collapsed, Given
from hbmlib.models import VaryingRegression
from hbmlib.quadrature.axis import Axis
from hbmlib.quadrature.lattice import Range
from hbmlib.quadrature.reach import axis_for, energy_floor, prior_scale

__all__: list[str] = []

Floats = NDArray[np.float64]

DROP = 28.0  # density below exp(-DROP) of its peak is cut off
LOOSE = 60.0  # the same while the grid is still too coarse to trust
SCAN = 17
CHUNK = 50_000  # numbers in one temporary array


@dataclass(frozen=True, eq=False)
class Surface:
    """The posterior density of the scales on three axes: tau_alpha, tau_beta, sigma."""

    data: Collapsed
    model: VaryingRegression
    axes: tuple[Axis, Axis, Axis]

    @property
    def priors(self) -> tuple[Any, Any, Any]:
        """The priors of the three scales."""
        return (*self.model.tau_prior, self.model.sigma_prior)

    def log_density(self, points: list[Floats]) -> tuple[Floats, Given]:
        """Give prior times likelihood times Jacobian, and mu, on the product of three axes."""
        coordinates = np.meshgrid(*points, indexing="ij")
        shape = coordinates[0].shape
        flat = [u.ravel() for u in coordinates]
        step = max(1, CHUNK // len(self.data.n))
        parts = [self._at([u[i : i + step] for u in flat]) for i in range(0, flat[0].size, step)]
        log_density, *given = (
            np.concatenate(part).reshape(shape) for part in zip(*parts, strict=True)
        )
        return log_density, Given(*given)

    def _at(self, coordinates: list[Floats]) -> tuple[Floats, ...]:
        scales = [axis.value(u) for axis, u in zip(self.axes, coordinates, strict=True)]
        given = self.data.given(*scales)
        log_density = given.log_likelihood.copy()
        for axis, prior, u, scale in zip(self.axes, self.priors, coordinates, scales, strict=True):
            log_density += prior.log_density(scale) + axis.log_jacobian(u)
        return log_density, *given

    def box(self, scan: list[Range]) -> list[Range]:
        """Find ranges outside which the density, and its second moments, are negligible.

        The grid is narrowed to what lies within LOOSE of its peak until it resolves that, then to
        DROP. A side on which the density has not fallen so far is moved out again.
        """
        box = scan
        for _ in range(60):
            new = [
                _crop(points, profile, LOOSE)
                for points, profile in zip(*self._profiles(box), strict=True)
            ]
            settled = all(
                r.high - r.low > 0.7 * (old.high - old.low)
                for r, old in zip(new, box, strict=True)
            )
            box = new
            if settled:
                break
        box = [
            _crop(points, profile, DROP)
            for points, profile in zip(*self._profiles(box), strict=True)
        ]
        for _ in range(60):
            grown = [
                _grow(points, profile, limit)
                for points, profile, limit in zip(*self._profiles(box), scan, strict=True)
            ]
            if grown == box:
                break
            box = grown
        return box

    def _profiles(self, box: list[Range]) -> tuple[list[Floats], list[Floats]]:
        """Give points along each axis, and the highest density over the others, less the peak."""
        points = [np.linspace(*side, SCAN) for side in box]
        log_density, _ = self.log_density(points)
        profiles = []
        for k, (axis, u) in enumerate(zip(self.axes, points, strict=True)):
            others = tuple(i for i in range(3) if i != k)
            profile = log_density.max(axis=others)
            with np.errstate(divide="ignore"):
                heavy = profile + 2 * np.log(axis.value(u))
            profiles.append(np.maximum(profile - profile.max(), heavy - heavy.max()))
        return points, profiles


def _crop(points: Floats, profile: Floats, drop: float) -> Range:
    first, last = np.flatnonzero(profile > -drop)[[0, -1]]
    return Range(float(points[max(first - 1, 0)]), float(points[min(last + 1, SCAN - 1)]))


def _grow(points: Floats, profile: Floats, limit: Range) -> Range:
    low, high = points[0], points[-1]
    width = high - low
    if profile[0] > -DROP:
        low = max(low - 0.3 * width, limit.low)
    if profile[-1] > -DROP:
        high = min(high + 0.3 * width, limit.high)
    return Range(float(low), float(high))


def surface(model: VaryingRegression) -> tuple[Surface, list[Range]]:
    """Choose the axes, and where to look, from the scales of the data and of the priors."""
    data, lines = Collapsed.reduce(model), model.lines
    noise = lines.noise()
    between = data.n @ data.level**2 + data.xx @ data.beta**2
    spread = np.sqrt((between + data.rss) / data.n_total)
    gentlest = data.square[data.square > 0].min(initial=np.inf)
    ranges = [
        np.abs(data.alpha).max() + abs(data.prior_mean[0]) + spread,
        np.abs(data.beta).max() + abs(data.prior_mean[1]) + spread / np.sqrt(gentlest),
        spread + noise,
    ]
    units = [
        noise / np.sqrt(data.n.max()),
        noise / np.sqrt(data.square.max()) if data.square.any() else np.inf,
        noise,
    ]
    priors = (*model.tau_prior, model.sigma_prior)
    axes, scan = [], []
    for k, (prior, unit, far) in enumerate(zip(priors, units, ranges, strict=True)):
        reach = prior_scale(prior)
        unit = unit if np.isfinite(unit) else reach
        sizes = (lines.n_groups, lines.n_groups, data.n_total)[k]
        ss = data.rss if k == 2 else 0.0
        kind = "even" if k < 2 else "log" if lines.freedom > 0 else "stretched"
        axis = axis_for(prior, unit, kind)
        axes.append(axis)
        if np.isfinite(reach):
            far = max(far, reach)
        scan.append(_scan(axis, far, energy_floor(prior, ss, sizes, DROP), model.slowest_tail))
    return Surface(data, model, tuple(axes)), scan


def _scan(axis: Axis, far: float, floor: float, tail: float) -> Range:
    """Give a generous range of a coordinate: beyond it everything falls."""
    a, b = axis.bounds
    high = b + 24 if np.isfinite(b) else float(axis.inverse(far)) + 3 + DROP / (tail - 2)
    if axis.even:
        return Range(0.0, high)
    if np.isfinite(a):
        return Range(a - 24, high)
    if axis.kind == "stretched":
        return Range(-np.log(DROP + 6), high)
    return Range(float(axis.inverse(min(floor, 0.2 * far))), high)
