"""The exact posterior of a regression whose lines vary, by quadrature over its three scales.

Given the scales tau_alpha, tau_beta and sigma everything else is normal. Each individual's
intercept and slope, then the two population means, are integrated out by algebra. What remains is
an integral over three scales, done by the trapezoidal rule on axes where it converges
exponentially. There is no Monte Carlo error, and the quadrature's is estimated.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.models import VaryingRegression
from hbmlib.priors import Flat
from hbmlib.quadrature.axis import Axis
from hbmlib.quadrature.lattice import Lattice, Range, prune
from hbmlib.quadrature.marginals import MixtureMarginal, ScaleMarginal
from hbmlib.quadrature.mixtures import mixture_moments
from hbmlib.quadrature.reach import axis_for, energy_floor, prior_scale
from hbmlib.quadrature.sinc import InverseCdf, SincDensity

__all__ = ["RegressionPosterior", "varying_regression"]

Floats = NDArray[np.float64]

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
RTOL = 1e-7
WORST = 1e-5  # an error above this is refused
DROP = 28.0  # density below exp(-DROP) of its peak is cut off
LOOSE = 60.0  # the same while the grid is still too coarse to trust
SCAN = 17
START = 24  # steps across an axis to begin with
FINER = 1.4  # times as many, on the axis with the largest error
MAX_NODES = 4_000_000
CHUNK = 50_000  # numbers in one temporary array
DRAWN = 4096  # draws made together


class Given(NamedTuple):
    """What is known at given scales: arrays of shape (...), about the common line."""

    log_likelihood: Floats
    mu_alpha: Floats  # posterior mean of the population's intercept
    mu_beta: Floats
    var_alpha: Floats  # posterior covariance of the two
    cov: Floats
    var_beta: Floats


class Lines(NamedTuple):
    """Intercept and slope of every individual given scales, before and after integrating mu.

    With m = (mu_alpha, mu_beta), an intercept has mean ``shift_a + a_a m_alpha + a_b m_beta`` and
    a slope ``shift_b + b_a m_alpha + b_b m_beta``; V is their covariance given m.
    """

    shift_a: Floats  # (..., J), as all below
    shift_b: Floats
    a_a: Floats
    a_b: Floats
    b_a: Floats
    b_b: Floats
    V_aa: Floats
    V_ab: Floats
    V_bb: Floats


@dataclass(frozen=True, eq=False)
class Collapsed:
    """The data about their common least-squares line, and the priors of the means about it."""

    n: Floats  # (J,) as all below
    xx: Floats
    cross: Floats  # Σx
    square: Floats  # Σx²
    alpha: Floats  # least-squares intercepts
    beta: Floats
    pull_a: Floats  # Σy
    pull_b: Floats  # Σxy
    x: Floats  # mean of x
    level: Floats  # mean of y
    rss: float
    n_total: int
    line: Floats  # (2,) the common intercept and slope
    prior_mean: Floats  # (2,) about the common line
    prior_precision: Floats  # (2,) 0 where flat
    constant: float

    @classmethod
    def reduce(cls, model: VaryingRegression) -> "Collapsed":
        """Collect the sums."""
        lines = model.lines
        n, x, xx = lines.n.astype(np.float64), lines.x_mean, lines.xx
        line = _common_line(n, x, lines.y_mean, xx, lines.slope)
        # Where x does not vary, the line through the mean with the common slope stands in.
        beta = np.where(xx > 0, lines.slope - line[1], 0.0)
        level = lines.y_mean - line[0] - line[1] * x
        flat = np.array([isinstance(prior, Flat) for prior in model.mu_prior])
        mean, precision = np.array(
            [(0, 0) if isinstance(p, Flat) else (p.mean, p.sd**-2.0) for p in model.mu_prior]
        ).T
        return cls(
            n=n,
            xx=xx,
            cross=n * x,
            square=n * x**2 + xx,
            alpha=level - beta * x,
            beta=beta,
            pull_a=n * level,
            pull_b=n * x * level + xx * beta,
            x=x,
            level=level,
            rss=float(lines.rss.sum()),
            n_total=lines.n_total,
            line=line,
            prior_mean=np.where(flat, 0.0, mean - line),
            prior_precision=precision,
            constant=float(0.5 * np.log(np.where(flat, 2 * np.pi, precision)).sum()),
        )

    def given(self, tau_a: Floats, tau_b: Floats, sigma: Floats) -> Given:
        r"""Integrate lines and means out at scales of one shape (...).

        With A = X'X / σ² of an individual and T the diagonal of the two variances between
        individuals, its observations have :math:`\log|\Sigma| = 2 n \log σ + \log D` where
        D = det(I + A T), and about the means a quadratic form with matrix (A⁻¹ + T)⁻¹. Both are
        sums of positive terms, without cancellation. The form is taken at the means' posterior
        mode, where rounding has no first-order effect.
        """
        ta, tb, w = (x[..., None] ** 2 for x in (tau_a, tau_b, 1 / sigma))
        det = self.n * self.xx * w**2
        D = 1 + w * (ta * self.n + tb * self.square) + ta * tb * det
        P_aa = ((self.n * w + tb * det) / D).sum(axis=-1)
        P_ab = (self.cross * w / D).sum(axis=-1)
        P_bb = ((self.square * w + ta * det) / D).sum(axis=-1)
        h_a, h_b = (h.sum(axis=-1) for h in self._pulls(ta, tb, w, det, D))

        (at_a, at_b), (S_a, S_b) = self.prior_mean, self.prior_precision
        K_aa, K_bb = P_aa + S_a, P_bb + S_b
        K = K_aa * K_bb - P_ab**2
        h_a, h_b = h_a - P_aa * at_a - P_ab * at_b, h_b - P_ab * at_a - P_bb * at_b
        step_a, step_b = (K_bb * h_a - P_ab * h_b) / K, (K_aa * h_b - P_ab * h_a) / K
        mu_a, mu_b = at_a + step_a, at_b + step_b

        off_a, off_b = self.alpha - mu_a[..., None], self.beta - mu_b[..., None]
        off = self.level - mu_a[..., None] - mu_b[..., None] * self.x
        form = w * (self.n * off**2 + self.xx * off_b**2) + det * (tb * off_a**2 + ta * off_b**2)
        log_likelihood = (
            -0.5 * (np.log(D) + form / D).sum(axis=-1)
            - 0.5 * (self.rss / sigma**2 + S_a * step_a**2 + S_b * step_b**2 + np.log(K))
            - self.n_total * (np.log(sigma) + HALF_LOG_2PI)
            + self.constant
        )
        return Given(log_likelihood, mu_a, mu_b, K_bb / K, -P_ab / K, K_aa / K)

    def lines(self, tau_a: Floats, tau_b: Floats, sigma: Floats) -> Lines:
        """Give every individual's line at scales of one shape (...)."""
        ta, tb, w = (x[..., None] ** 2 for x in (tau_a, tau_b, 1 / sigma))
        det = self.n * self.xx * w**2
        D = 1 + w * (ta * self.n + tb * self.square) + ta * tb * det
        h_a, h_b = self._pulls(ta, tb, w, det, D)
        left, right, cross = 1 + self.square * w * tb, 1 + self.n * w * ta, -self.cross * w
        return Lines(
            shift_a=ta * h_a,
            shift_b=tb * h_b,
            a_a=left / D,
            a_b=cross * ta / D,
            b_a=cross * tb / D,
            b_b=right / D,
            V_aa=ta * left / D,
            V_ab=cross * ta * tb / D,
            V_bb=tb * right / D,
        )

    def _pulls(
        self, ta: Floats, tb: Floats, w: Floats, det: Floats, D: Floats
    ) -> tuple[Floats, Floats]:
        """Give (A⁻¹ + T)⁻¹ times the least-squares line of every individual."""
        h_a = (w * self.pull_a + tb * det * self.alpha) / D
        h_b = (w * self.pull_b + ta * det * self.beta) / D
        return h_a, h_b


def _common_line(n: Floats, x: Floats, y: Floats, xx: Floats, slope: Floats) -> Floats:
    """Fit one least-squares line to all observations; flat where x does not vary."""
    x_mean, y_mean = n @ x / n.sum(), n @ y / n.sum()
    total = xx.sum() + n @ (x - x_mean) ** 2
    b = (xx @ slope + n @ ((x - x_mean) * (y - y_mean))) / total if total > 0 else 0.0
    return np.array([y_mean - b * x_mean, b])


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


@dataclass(frozen=True, eq=False)
class Nodes:
    """The surface on a product of three lattices: arrays have shape (n_alpha, n_beta, n_sigma)."""

    lattices: tuple[Lattice, Lattice, Lattice]
    scales: tuple[Floats, Floats, Floats]  # along each axis
    weight: Floats  # sums to 1
    given: Given
    log_total: float

    @classmethod
    def evaluate(cls, surface: Surface, lattices: tuple[Lattice, ...]) -> "Nodes":
        """Compute the surface at every point of the product."""
        log_density, given = surface.log_density([lattice.points for lattice in lattices])
        peak = log_density.max()
        a, b, s = (lattice.weights for lattice in lattices)
        weight = np.exp(log_density - peak) * a[:, None, None] * b[:, None] * s
        total = weight.sum()
        scales = [
            axis.value(lattice.points)
            for axis, lattice in zip(surface.axes, lattices, strict=True)
        ]
        log_total = float(peak + np.log(total))
        return cls(tuple(lattices), tuple(scales), weight / total, given, log_total)

    def grid(self) -> list[Floats]:
        """Give the three scales at every node."""
        return np.meshgrid(*self.scales, indexing="ij")

    def errors(self) -> list[float]:
        """Compare all nodes with every other one, along each axis.

        The integrals are those of the density, of the squares of the scales, and of the second
        moments of the two means, each relative to itself.
        """
        given = self.given
        seconds = [given.var_alpha + given.mu_alpha**2, given.var_beta + given.mu_beta**2]
        terms = [np.ones_like(self.weight), *(scale**2 for scale in self.grid()), *seconds]
        errors = []
        for every_other in _halves():
            ratios = [
                2
                * (self.weight[every_other] * term[every_other]).sum()
                / (self.weight * term).sum()
                for term in terms
            ]
            errors.append(float(np.abs(np.array(ratios) - 1).max()))
        return errors


def _halves() -> list[tuple[slice, ...]]:
    every, half = slice(None), slice(None, None, 2)
    return [tuple(half if i == k else every for i in range(3)) for k in range(3)]


class Points(NamedTuple):
    """Nodes of more than negligible weight, in a row: arrays of shape (K,)."""

    weight: Floats  # sums to 1
    scales: list[Floats]
    given: Given

    @classmethod
    def every(cls, nodes: Nodes, step: int) -> "Points":
        """Take every so many nodes along each axis."""
        cut = (slice(None, None, step),) * 3
        weight = nodes.weight[cut].ravel()
        kept = prune(weight / weight.sum())
        scales = [scale[cut].ravel()[kept] for scale in nodes.grid()]
        given = Given(*(x[cut].ravel()[kept] for x in nodes.given))
        return cls(weight[kept] / weight[kept].sum(), scales, given)

    def part(self, rows: slice) -> "Points":
        """Take a stretch of the row."""
        given = Given(*(x[rows] for x in self.given))
        return Points(self.weight[rows], [x[rows] for x in self.scales], given)

    def coefficients(self, data: Collapsed) -> tuple[Floats, Floats, Floats, Floats]:
        """Give means and variances of alpha, then of beta, mu integrated out: (K, J) each."""
        at = data.lines(*self.scales)
        mu_a, mu_b, var_a, cov, var_b = (x[:, None] for x in self.given[1:])
        found = []
        for shift, by_a, by_b, variance in (
            (at.shift_a, at.a_a, at.a_b, at.V_aa),
            (at.shift_b, at.b_a, at.b_b, at.V_bb),
        ):
            found.append(shift + by_a * mu_a + by_b * mu_b)
            spread = by_a**2 * var_a + 2 * by_a * by_b * cov + by_b**2 * var_b
            found.append(variance + spread)
        return tuple(found)

    def moments(self, data: Collapsed) -> tuple[Floats, Floats]:
        """Give the means and sds of all coefficients, (2, J) each."""
        J, size = len(data.n), len(self.weight)
        step = max(1, CHUNK // J)
        best = int(np.argmax(self.weight))
        near = self.part(slice(best, best + 1)).coefficients(data)
        near = np.concatenate(near[::2])  # (2, J), close to the means
        first, second = np.zeros((2, J)), np.zeros((2, J))
        for i in range(0, size, step):
            some = self.part(slice(i, i + step))
            coefficients = some.coefficients(data)
            for k in range(2):
                off, variance = coefficients[2 * k] - near[k], coefficients[2 * k + 1]
                first[k] += some.weight @ off
                second[k] += some.weight @ (variance + off**2)
        return near + first, np.sqrt(second - first**2)


def _coefficient_error(data: Collapsed, nodes: Nodes) -> float:
    """Compare the coefficients' means and sds with those from every other node of each axis."""
    mean, sd = Points.every(nodes, 1).moments(data)
    coarse_mean, coarse_sd = Points.every(nodes, 2).moments(data)
    return float(max(np.abs((coarse_mean - mean) / sd).max(), np.abs(coarse_sd / sd - 1).max()))


def integrate(surface: Surface, box: list[Range], rtol: float) -> tuple[Nodes, float]:
    """Make the worst axis finer until leaving out every other point changes nothing."""
    even = [axis.even for axis in surface.axes]
    steps = [
        (2 * side.high if e and side.low <= 0 else side.high - side.low) / START / 2
        for side, e in zip(box, even, strict=True)
    ]
    while True:
        lattices = tuple(
            Lattice.cover(side, step, e and side.low <= 0)
            for side, step, e in zip(box, steps, even, strict=True)
        )
        nodes = Nodes.evaluate(surface, lattices)
        errors = nodes.errors()
        error, full = sum(errors), FINER * nodes.weight.size > MAX_NODES
        if error <= rtol or full:
            error = max(error, _coefficient_error(surface.data, nodes))
        if error <= rtol or full:
            return nodes, error
        steps[int(np.argmax(errors))] /= FINER


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
        density, axis, scale = self._density(k), self._surface.axes[k], self._nodes.scales[k]
        mean = plain = density.weight @ scale
        if density.even:
            # The scale has a kink at 0. A smooth function close to it takes the tail.
            lifted = np.hypot(axis.unit, scale)
            gap = density.expect(lambda u: np.hypot(axis.unit, t := axis.value(u)) - t)
            mean = density.weight @ lifted - gap
        variance = density.weight @ (scale - mean) ** 2 + 2 * mean * (plain - mean)
        return ScaleMarginal(float(mean), float(np.sqrt(variance)), {}, axis, density)


def varying_regression(model: VaryingRegression, *, rtol: float = RTOL) -> RegressionPosterior:
    """Compute the posterior of a regression whose lines vary.

    Parameters
    ----------
    model : VaryingRegression
        Data and priors, without correlation; the coordinates do not matter.
    rtol : float, optional
        The error asked of the quadrature: of means in posterior sds, of sds relative.

    Returns
    -------
    RegressionPosterior
        Marginals with moments, quantiles, cdf and pdf; independent draws; the log marginal
        likelihood.

    Raises
    ------
    ValueError
        If `model` is another model or has a correlation, or its posterior lacks second moments.
    ArithmeticError
        If the quadrature does not reach an error of 1e-5.

    References
    ----------
    Lindley and Smith (1972), "Bayes estimates for the linear model", Journal of the Royal
    Statistical Society B 34, for the algebra given the scales.

    Examples
    --------
    >>> from hbmlib import simulate
    >>> from hbmlib.models import summarise_lines
    >>> data = simulate.bolstad_individuals(1, individuals=12)
    >>> posterior = varying_regression(VaryingRegression(summarise_lines(data.x, data.y)))
    >>> posterior.alpha.mean.shape
    (12,)
    """
    if not isinstance(model, VaryingRegression) or model.lkj is not None:
        came = "one with a correlation" if isinstance(model, VaryingRegression) else repr(model)
        raise ValueError(
            f"`model` must be a VaryingRegression without `lkj`; got {came[:80]}. "
            "Sample other models instead."
        )
    if not model.slowest_tail > 2.05:
        raise ValueError(
            "`model` must have a posterior with means and sds; got priors whose tails are too "
            "long for so few data. Use HalfNormal scales, or sample and read quantiles."
        )
    rtol = float(checks.positive("rtol", rtol, shape=()))
    shape, scan = surface(model)
    nodes, error = integrate(shape, shape.box(scan), rtol)
    if not error < max(rtol, WORST):
        raise ArithmeticError(
            f"`varying_regression` must reach an error of {WORST:g}; got {error:.1e}. "
            "Check the units of the data and the priors."
        )
    return RegressionPosterior(shape, nodes, error)
