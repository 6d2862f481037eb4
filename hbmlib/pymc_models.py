"""The book's models in PyMC, from the same data, priors and coordinates.

Each function takes a model of `hbmlib.models` and returns a PyMC model of the same posterior,
with the same names and the same centring. By default the data enter through their sufficient
statistics, as in `hbmlib.models`; given the observations, the likelihood goes through each.

PyMC is imported when a function is called; ``pip install "hbmlib[pymc]"`` brings it.
"""

from collections.abc import Hashable, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.models import EightSchools, NormalMeans, VaryingRegression
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Prior, Uniform

if TYPE_CHECKING:
    import pymc

__all__ = ["eight_schools", "normal_means", "varying_regression"]

SIDES = ("alpha", "beta")


def eight_schools(model: EightSchools) -> "pymc.Model":
    """Write the eight-schools model in PyMC.

    Parameters
    ----------
    model : EightSchools
        The data, priors and centring.

    Returns
    -------
    pymc.Model
        Variables `mu`, `tau`, `theta` with dimension ``group``, and `z` if not centred.

    Raises
    ------
    ValueError
        If `model` is not an `EightSchools`.
    ImportError
        If PyMC is not installed.

    Examples
    --------
    >>> from hbmlib.models import EightSchools
    >>> schools = eight_schools(EightSchools([28, 8, -3], [15, 10, 16], labels="ABC"))
    >>> [variable.name for variable in schools.free_RVs]
    ['mu', 'tau', 'theta']
    """
    _checked(model, EightSchools)
    pm = _pymc()
    with pm.Model(coords={"group": list(model.labels)}) as written:
        mu, tau = _mean("mu", model.mu_prior), _scale("tau", model.tau_prior)
        theta = _groups("theta", mu, tau, "group", model.centred)
        pm.Normal("effect", theta, model.se, observed=model.effect)
    return written


def normal_means(
    model: NormalMeans, y: ArrayLike | None = None, group: Sequence[Hashable] | None = None
) -> "pymc.Model":
    """Write the model of group means in PyMC.

    Parameters
    ----------
    model : NormalMeans
        The data, priors and centring.
    y : array_like, shape (N,), optional
        The observations that `model.groups` summarises. Without them the likelihood is that of
        the group means and the sum of squares within groups.
    group : sequence of hashable, length N, optional
        The label of each observation's group.

    Returns
    -------
    pymc.Model
        Variables `mu`, `tau`, `sigma`, `theta` with dimension ``group``, and `z` if not centred.

    Raises
    ------
    ValueError
        If `model` is not a `NormalMeans`, or the observations are not those that it summarises.
    ImportError
        If PyMC is not installed.

    Examples
    --------
    >>> from hbmlib import pooling
    >>> from hbmlib.models import NormalMeans
    >>> y, group = [4, 6, 9, 5], ["A", "A", "B", "C"]
    >>> model = NormalMeans(pooling.summarise(y, group))
    >>> [variable.name for variable in normal_means(model).observed_RVs]
    ['group_mean', 'within_ss']
    >>> [variable.name for variable in normal_means(model, y, group).observed_RVs]
    ['y']
    """
    _checked(model, NormalMeans)
    pm, groups = _pymc(), model.groups
    seen = np.flatnonzero(groups.n)
    with pm.Model(coords={"group": list(groups.labels)}) as written:
        mu, tau = _mean("mu", model.mu_prior), _scale("tau", model.tau_prior)
        sigma = _scale("sigma", model.sigma_prior)
        theta = _groups("theta", mu, tau, "group", model.centred)
        if y is not None:
            y, i = _observations(y, group, groups.labels, groups.n)
            pm.Normal("y", theta[i], sigma, observed=y)
        else:
            error = sigma / np.sqrt(groups.n[seen])
            pm.Normal("group_mean", theta[seen], error, observed=groups.mean[seen])
            _sum_of_squares("within_ss", groups.ss.sum(), groups.n_total - len(seen), sigma)
    return written


def varying_regression(
    model: VaryingRegression,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    group: Sequence[Hashable] | None = None,
) -> "pymc.Model":
    """Write the regression with varying intercepts and slopes in PyMC.

    Parameters
    ----------
    model : VaryingRegression
        The data, priors and centring.
    x, y : array_like, shape (J, n) or (N,), optional
        The observations that `model.lines` summarises. Without them the likelihood is that of
        each individual's mean, least-squares slope, and the sum of squares about the lines.
    group : sequence of hashable, length N, optional
        The label of each flat observation's individual; not needed for rows.

    Returns
    -------
    pymc.Model
        Variables `mu_alpha`, `mu_beta`, `tau_alpha`, `tau_beta`, `sigma`, `alpha` and `beta` with
        dimension ``group``, `rho` if there is one, and `z_alpha` and `z_beta` if not centred.

    Raises
    ------
    ValueError
        If `model` is not a `VaryingRegression`, or the observations are not those that it
        summarises.
    ImportError
        If PyMC is not installed.

    Examples
    --------
    >>> from hbmlib import simulate
    >>> from hbmlib.models import VaryingRegression, summarise_lines
    >>> data = simulate.bolstad_individuals(1)
    >>> model = VaryingRegression(summarise_lines(data.x, data.y))
    >>> written = varying_regression(model, data.x, data.y)
    >>> written["alpha"].eval().shape
    (75,)
    """
    _checked(model, VaryingRegression)
    pm, lines = _pymc(), model.lines
    with pm.Model(coords={"group": list(lines.labels)}) as written:
        mu = [_mean(f"mu_{s}", p) for s, p in zip(SIDES, model.mu_prior, strict=True)]
        tau = [_scale(f"tau_{s}", p) for s, p in zip(SIDES, model.tau_prior, strict=True)]
        sigma = _scale("sigma", model.sigma_prior)
        if model.lkj is None:
            alpha, beta = (
                _groups(name, m, t, "group", model.centred)
                for name, m, t in zip(SIDES, mu, tau, strict=True)
            )
        else:
            alpha, beta = _correlated(mu, tau, model)
        if y is not None:
            x, y, i = _points(x, y, group, lines)
            pm.Normal("y", alpha[i] + beta[i] * x, sigma, observed=y)
        else:
            sloped = np.flatnonzero(lines.xx)
            middle, error = alpha + beta * lines.x_mean, sigma / np.sqrt(lines.n)
            pm.Normal("y_mean", middle, error, observed=lines.y_mean)
            if len(sloped):
                error = sigma / np.sqrt(lines.xx[sloped])
                pm.Normal("slope", beta[sloped], error, observed=lines.slope[sloped])
            _sum_of_squares("residual_ss", lines.rss.sum(), lines.freedom, sigma)
    return written


def _mean(name: str, prior: Normal | Flat) -> Any:
    pm = _pymc()
    return pm.Flat(name) if isinstance(prior, Flat) else pm.Normal(name, prior.mean, prior.sd)


def _scale(name: str, prior: Prior) -> Any:
    """Make a scale; one with a Gamma on its precision comes from that precision."""
    pm = _pymc()
    match prior:
        case Flat():
            return pm.HalfFlat(name)
        case HalfNormal(scale):
            return pm.HalfNormal(name, scale)
        case HalfCauchy(scale):
            return pm.HalfCauchy(name, scale)
        case Uniform(lower, upper):
            return pm.Uniform(name, lower, upper)
        case GammaPrecision(shape, rate):
            precision = pm.Gamma(f"{name}_precision", alpha=shape, beta=rate)
            return pm.Deterministic(name, precision**-0.5)
    raise TypeError(f"`{name}` has a prior that PyMC is not taught yet: {prior!r}.")


def _groups(name: str, mu: Any, tau: Any, dim: str, centred: bool) -> Any:
    pm = _pymc()
    if centred:
        return pm.Normal(name, mu, tau, dims=dim)
    z = pm.Normal("z" if name == "theta" else f"z_{name}", 0, 1, dims=dim)
    return pm.Deterministic(name, mu + tau * z, dims=dim)


def _correlated(mu: list[Any], tau: list[Any], model: VaryingRegression) -> tuple[Any, Any]:
    """Make intercepts and slopes with correlation rho; (1 + rho) / 2 is Beta(eta, eta)."""
    pm = _pymc()
    half = pm.Beta("rho_half", model.lkj, model.lkj)
    rho = pm.Deterministic("rho", 2 * half - 1)
    root = (1 - rho**2) ** 0.5
    if model.centred:
        alpha = pm.Normal("alpha", mu[0], tau[0], dims="group")
        mean = mu[1] + rho * tau[1] / tau[0] * (alpha - mu[0])
        return alpha, pm.Normal("beta", mean, tau[1] * root, dims="group")
    z_a, z_b = (pm.Normal(f"z_{side}", 0, 1, dims="group") for side in SIDES)
    alpha = pm.Deterministic("alpha", mu[0] + tau[0] * z_a, dims="group")
    beta = mu[1] + tau[1] * (rho * z_a + root * z_b)
    return alpha, pm.Deterministic("beta", beta, dims="group")


def _sum_of_squares(name: str, ss: float, freedom: int, sigma: Any) -> None:
    """Observe a sum of squares: sigma² times a chi-square."""
    if freedom:
        _pymc().Gamma(name, alpha=freedom / 2, beta=0.5 / sigma**2, observed=ss)


def _observations(
    y: ArrayLike,
    group: Sequence[Hashable] | None,
    labels: Sequence[Hashable],
    n: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return observations and the place of each one's group among the labels."""
    y = checks.finite("y", y, shape=("N",))
    group = () if group is None else list(group)
    checks.same_length(y=y, group=group)
    place = {label: i for i, label in enumerate(labels)}
    i = np.array([place.get(label, -1) for label in group])
    if (i < 0).any() or (np.bincount(i, minlength=len(labels)) != n).any():
        raise ValueError(
            "`y` and `group` must be the observations that the model summarises; got other "
            "groups or sizes. Give the arrays that the summary was made of."
        )
    return y, i


class _Points(NamedTuple):
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    group: NDArray[np.int64]


def _points(x: ArrayLike, y: ArrayLike, group: Any, lines: Any) -> _Points:
    if group is None:
        y = checks.finite("y", y, shape=(lines.n_groups, "n"))
        group = [label for label in lines.labels for _ in range(y.shape[1])]
    x = checks.finite("x", x, shape=np.shape(y), advice="`x` and `y` need the same shape.")
    y, i = _observations(np.ravel(y), group, lines.labels, lines.n)
    return _Points(x.ravel(), y, i)


def _checked(model: Any, kind: type) -> None:
    if not isinstance(model, kind):
        raise ValueError(
            f"`model` must be of hbmlib.models.{kind.__name__}; got {type(model).__name__}. "
            "Take the function of the same name."
        )


def _pymc() -> ModuleType:
    try:
        return import_module("pymc")
    except ModuleNotFoundError as error:
        raise ImportError(
            f'PyMC is needed here, and {error.name} is missing. Run: pip install "hbmlib[pymc]"'
        ) from error
