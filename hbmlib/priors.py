"""Prior distributions for a population mean and for standard deviations.

`Normal` and `Flat` suit the mean ``mu``; `Flat`, `HalfNormal`, `HalfCauchy`, `Uniform` and
`GammaPrecision` suit the scales ``tau`` and ``sigma``. All are densities of the quantity itself,
never of its logarithm or square.
"""

from dataclasses import asdict, dataclass, fields
from math import log, pi
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from hbmlib import checks

__all__ = [
    "Flat",
    "GammaPrecision",
    "HalfCauchy",
    "HalfNormal",
    "Normal",
    "Uniform",
    "from_dict",
]

Size = int | tuple[int, ...] | None
Floats = NDArray[np.float64]


class Prior:
    """What every prior offers."""

    family: ClassVar[str]
    proper: ClassVar[bool] = True

    @property
    def support(self) -> tuple[float, float]:
        """The lower and upper end of the values that have density."""
        return (0.0, np.inf)

    def log_density(self, x: ArrayLike) -> Floats:
        """Compute the logarithm of the density, -inf outside the support.

        Parameters
        ----------
        x : array_like
            Values on the scale of the quantity itself; they may be infinite.

        Returns
        -------
        ndarray
            One log density for each value.

        Raises
        ------
        ValueError
            If a value is not a number.
        """
        return self.log_density_at(checks.numbers("x", x))

    def log_density_at(self, x: Floats) -> Floats:
        """Compute the log density of floats that need no check; nan has no density.

        Parameters
        ----------
        x : ndarray
            Values on the scale of the quantity itself.

        Returns
        -------
        ndarray
            One log density for each value.
        """
        lower, upper = self.support
        inside = (x >= lower) & (x <= upper)
        anchor = 1.0 if np.isinf(upper) else upper
        with np.errstate(over="ignore"):  # so far out the density is 0
            return np.where(inside, self._log_density(np.where(inside, x, anchor)), -np.inf)

    def gradient(self, x: ArrayLike) -> Floats:
        """Compute the derivative of the log density, 0 outside the support.

        Parameters
        ----------
        x : array_like
            Values on the scale of the quantity itself.

        Returns
        -------
        ndarray
            One derivative for each value.
        """
        x = np.asarray(x, dtype=np.float64)
        lower, upper = self.support
        inside = (x >= lower) & (x <= upper)
        anchor = 1.0 if np.isinf(upper) else upper
        return np.where(inside, self._gradient(np.where(inside, x, anchor)), 0.0)

    def log_density_and_gradient(self, x: Floats) -> tuple[Floats, Floats]:
        """Compute both at floats that need no check.

        Parameters
        ----------
        x : ndarray
            Values on the scale of the quantity itself.

        Returns
        -------
        tuple of ndarray
            What `log_density_at` and `gradient` give.
        """
        return self.log_density_at(x), self.gradient(x)

    def on_log_axis(self, u: Floats) -> tuple[Floats, Floats]:
        """Compute the log density of a scale's logarithm, and its derivative.

        Parameters
        ----------
        u : ndarray
            Logarithms of the scale, which need no check.

        Returns
        -------
        tuple of ndarray
            The log density, Jacobian included, and its derivative in u.
        """
        scale = np.exp(u)
        log_density, gradient = self.log_density_and_gradient(scale)
        return log_density + u, scale * gradient + 1

    def draw(self, rng: np.random.Generator, size: Size = None) -> Floats:
        """Draw independent values.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of random numbers.
        size : int or tuple of int, optional
            The shape of the draws.

        Returns
        -------
        ndarray
            The draws.

        Raises
        ------
        ValueError
            If the prior is improper, `rng` is not a generator, `size` is not a shape, or a draw
            is too large to compute with.
        """
        rng = checks.generator("rng", rng)
        if not (size is None or (isinstance(size, tuple) and not size)):
            lengths = checks.whole("size", size, shape=[(), ("axes",)])
            size = tuple(np.atleast_1d(lengths).tolist())
        with np.errstate(divide="ignore", over="ignore"):
            draws = self._draw(rng, size)
        if not np.isfinite(draws).all():
            raise ValueError(
                f"`draw` must have a prior whose draws can be computed with; got {self}, which "
                "reaches beyond the largest number. Use one with a shorter tail."
            )
        return draws

    def to_dict(self) -> dict[str, Any]:
        """Write the prior as plain data, which `from_dict` reads.

        Returns
        -------
        dict
            The family's name and the parameters.
        """
        return {"family": self.family} | asdict(self)

    def _log_density(self, x: Floats) -> Floats:
        raise NotImplementedError

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        raise NotImplementedError

    def _gradient(self, x: Floats) -> Floats:
        raise NotImplementedError

    def _clean(self, **values: Floats) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, float(value))


@dataclass(frozen=True)
class Normal(Prior):
    """A normal distribution.

    Parameters
    ----------
    mean : float
        The mean.
    sd : float
        The standard deviation, positive.

    Raises
    ------
    ValueError
        If `mean` is not finite or `sd` is not positive.

    Examples
    --------
    >>> float(Normal(0, 1).log_density(0.0).round(4))
    -0.9189
    """

    mean: float
    sd: float
    family: ClassVar[str] = "normal"

    def __post_init__(self) -> None:
        self._clean(
            mean=checks.finite("mean", self.mean, shape=()),
            sd=checks.positive("sd", self.sd, shape=(), advice="Give a standard deviation."),
        )

    @property
    def support(self) -> tuple[float, float]:
        """The whole line."""
        return (-np.inf, np.inf)

    def log_density_and_gradient(self, x: Floats) -> tuple[Floats, Floats]:
        """Compute both; see `Prior.log_density_and_gradient`."""
        off = x - self.mean
        gradient = off * -(self.sd**-2)
        return 0.5 * off * gradient - (log(self.sd) + 0.5 * log(2 * pi)), gradient

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        return rng.normal(self.mean, self.sd, size)

    def _log_density(self, x: Floats) -> Floats:
        return -0.5 * ((x - self.mean) / self.sd) ** 2 - (log(self.sd) + 0.5 * log(2 * pi))

    def _gradient(self, x: Floats) -> Floats:
        return (self.mean - x) / self.sd**2


@dataclass(frozen=True)
class Flat(Prior):
    """A constant density of 1: improper, and it has no draws.

    For a scale it covers the positive half-line, for a mean the whole line.

    Examples
    --------
    >>> Flat().proper
    False
    >>> Flat().draw(np.random.default_rng(1))
    Traceback (most recent call last):
    ValueError: `draw` must have a proper prior; got a flat one. Use Normal or HalfNormal.
    """

    family: ClassVar[str] = "flat"
    proper: ClassVar[bool] = False

    @property
    def support(self) -> tuple[float, float]:
        """The whole line; a model restricts it to the positive half for a scale."""
        return (-np.inf, np.inf)

    def draw(self, rng: np.random.Generator, size: Size = None) -> Floats:
        """Refuse, because a flat prior cannot be drawn from; see `Prior.draw`."""
        raise ValueError(
            "`draw` must have a proper prior; got a flat one. Use Normal or HalfNormal."
        )

    def log_density_and_gradient(self, x: Floats) -> tuple[Floats, Floats]:
        """Compute both, which are 0; see `Prior.log_density_and_gradient`."""
        return np.zeros_like(x), np.zeros_like(x)

    def on_log_axis(self, u: Floats) -> tuple[Floats, Floats]:
        """Compute u and 1; see `Prior.on_log_axis`."""
        return u, np.ones_like(u)

    def _log_density(self, x: Floats) -> Floats:
        return np.zeros_like(x)

    def _gradient(self, x: Floats) -> Floats:
        return np.zeros_like(x)


@dataclass(frozen=True)
class HalfNormal(Prior):
    """The absolute value of a normal with mean 0.

    Parameters
    ----------
    scale : float
        The sd of the normal before its sign is dropped.

    Raises
    ------
    ValueError
        If `scale` is not positive.

    Examples
    --------
    >>> float(HalfNormal(1).log_density(0.0).round(4))
    -0.2258
    """

    scale: float
    family: ClassVar[str] = "half-normal"

    def __post_init__(self) -> None:
        self._clean(scale=checks.positive("scale", self.scale, shape=()))

    def on_log_axis(self, u: Floats) -> tuple[Floats, Floats]:
        """Compute both by the squared ratio to the scale; see `Prior.on_log_axis`."""
        square = np.exp(2 * (u - log(self.scale)))
        return u - 0.5 * square + (0.5 * log(2 / pi) - log(self.scale)), 1 - square

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        return np.abs(rng.normal(0, self.scale, size))

    def _log_density(self, x: Floats) -> Floats:
        return 0.5 * log(2 / pi) - log(self.scale) - 0.5 * (x / self.scale) ** 2

    def _gradient(self, x: Floats) -> Floats:
        return -x / self.scale**2


@dataclass(frozen=True)
class HalfCauchy(Prior):
    """The absolute value of a Cauchy centred at 0.

    Parameters
    ----------
    scale : float
        The median.

    Raises
    ------
    ValueError
        If `scale` is not positive.

    References
    ----------
    A. Gelman (2006), Prior distributions for variance parameters in hierarchical models.
    *Bayesian Analysis* 1(3), 515-534.

    Examples
    --------
    >>> HalfCauchy(5).to_dict()
    {'family': 'half-cauchy', 'scale': 5.0}
    """

    scale: float
    family: ClassVar[str] = "half-cauchy"

    def __post_init__(self) -> None:
        self._clean(scale=checks.positive("scale", self.scale, shape=()))

    def on_log_axis(self, u: Floats) -> tuple[Floats, Floats]:
        """Compute a hyperbolic secant about the log of the median; see `Prior.on_log_axis`."""
        v = u - log(self.scale)
        return log(2 / pi) - np.logaddexp(v, -v), -np.tanh(v)

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        return self.scale * np.abs(rng.standard_cauchy(size))

    def _log_density(self, x: Floats) -> Floats:
        return log(2 / pi) - log(self.scale) - 2 * np.log(np.hypot(1, x / self.scale))

    def _gradient(self, x: Floats) -> Floats:
        ratio = x / self.scale
        return -2 / self.scale * ratio / np.hypot(1, ratio) ** 2


@dataclass(frozen=True)
class Uniform(Prior):
    """A constant density between two bounds.

    Parameters
    ----------
    lower, upper : float
        The bounds, ``0 <= lower < upper``.

    Raises
    ------
    ValueError
        If a bound is not finite, `lower` is negative or `upper` is not above it.

    Examples
    --------
    >>> Uniform(0, 10).support
    (0.0, 10.0)
    """

    lower: float
    upper: float
    family: ClassVar[str] = "uniform"

    def __post_init__(self) -> None:
        self._clean(
            lower=checks.non_negative("lower", self.lower, shape=()),
            upper=checks.positive("upper", self.upper, shape=()),
        )
        if self.upper <= self.lower:
            raise ValueError(
                f"`upper` must be above `lower`, {self.lower:g}; got {self.upper:g}. Raise it."
            )

    @property
    def support(self) -> tuple[float, float]:
        """The two bounds."""
        return (self.lower, self.upper)

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        return rng.uniform(self.lower, self.upper, size)

    def _log_density(self, x: Floats) -> Floats:
        return np.full_like(x, -log(self.upper - self.lower))

    def _gradient(self, x: Floats) -> Floats:
        return np.zeros_like(x)


@dataclass(frozen=True)
class GammaPrecision(Prior):
    """A Gamma distribution on the precision ``1 / scale**2``, as a density of the scale.

    With ``g`` the Gamma density and ``s`` the scale, the density of ``s`` is
    ``g(1 / s**2) * 2 / s**3``; the last factor is the Jacobian.

    Parameters
    ----------
    shape, rate : float
        The parameters of the Gamma; the mean precision is ``shape / rate``.

    Raises
    ------
    ValueError
        If a parameter is not positive.

    Examples
    --------
    >>> prior = GammaPrecision(shape=1, rate=4)
    >>> float(prior.log_density(2.0).round(4))
    -1.0
    """

    shape: float
    rate: float
    family: ClassVar[str] = "gamma-precision"

    def __post_init__(self) -> None:
        self._clean(
            shape=checks.positive("shape", self.shape, shape=()),
            rate=checks.positive("rate", self.rate, shape=()),
        )

    def on_log_axis(self, u: Floats) -> tuple[Floats, Floats]:
        """Compute both by the precision; see `Prior.on_log_axis`."""
        constant = log(2) + self.shape * log(self.rate) - gammaln(self.shape)
        scaled, power = self.rate * np.exp(-2 * u), 2 * self.shape
        return constant - power * u - scaled, 2 * scaled - power

    def _draw(self, rng: np.random.Generator, size: Size) -> Floats:
        return 1 / np.sqrt(rng.gamma(self.shape, 1 / self.rate, size))

    def _log_density(self, x: Floats) -> Floats:
        constant = log(2) + self.shape * log(self.rate) - gammaln(self.shape)
        safe = np.maximum(x, 1e-150)  # exp(-rate / scale**2) is 0 long before
        log_density = constant - (2 * self.shape + 1) * np.log(safe) - self.rate / safe**2
        return np.where(x > 0, log_density, -np.inf)

    def _gradient(self, x: Floats) -> Floats:
        safe = np.maximum(x, 1e-100)
        slope = (2 * self.rate / safe**2 - (2 * self.shape + 1)) / safe
        return np.where(x > 0, slope, 0.0)


FAMILIES = {
    prior.family: prior
    for prior in (Normal, Flat, HalfNormal, HalfCauchy, Uniform, GammaPrecision)
}


def from_dict(data: dict[str, Any]) -> Prior:
    """Read a prior from plain data.

    Parameters
    ----------
    data : dict
        The family's name and its parameters, as `to_dict` writes them.

    Returns
    -------
    Prior
        The prior.

    Raises
    ------
    ValueError
        If the family is unknown or its parameters are not those expected.

    Examples
    --------
    >>> from_dict({"family": "half-normal", "scale": 5})
    HalfNormal(scale=5.0)
    """
    if not isinstance(data, dict) or "family" not in data:
        raise ValueError(
            f"`prior` must be a dict with a family; got {data!r}. "
            'Write {"family": "half-normal", "scale": 5}.'
        )
    cls = FAMILIES[checks.one_of("family", data["family"], list(FAMILIES))]
    expected = [field.name for field in fields(cls)]
    given = [key for key in data if key != "family"]
    if set(given) != set(expected):
        raise ValueError(
            f"`{cls.family}` must have the parameters {expected}; got {given}. Name each once."
        )
    return cls(**{key: data[key] for key in expected})
