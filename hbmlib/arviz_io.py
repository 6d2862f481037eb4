"""The way to ArviZ and back: draws as a DataTree, a DataTree as draws, and leave-one-out.

ArviZ is imported when a function is called; ``pip install "hbmlib[pymc]"`` brings it.
"""

import warnings
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import hbmlib
from hbmlib import checks
from hbmlib.draws import Draws

if TYPE_CHECKING:
    import xarray as xr
    from arviz_stats.utils import ELPDDataLOO

__all__ = ["from_arviz", "psis_loo", "to_arviz"]

STAT_NAMES = {"accept": "acceptance_rate", "logp": "lp", "n_grad": "n_steps"}
TAKEN_STATS = {"diverging": "diverging", "energy": "energy", "n_grad": "n_steps"}
DATA_NAME, DATA_DIM = "y", "observation"

Data = ArrayLike | Mapping[str, ArrayLike]


def to_arviz(
    draws: Draws,
    *,
    log_likelihood: Data | None = None,
    predictive: Data | None = None,
    observed: Data | None = None,
    dims: Mapping[str, str] | None = None,
) -> "xr.DataTree":
    """Convert draws to the form that ArviZ 1 reads.

    Parameters
    ----------
    draws : Draws
        The draws; a vector such as theta keeps its labels as a coordinate.
    log_likelihood : array_like, shape (chain, draw, n), or mapping of them, optional
        Log density of each observation at each draw.
    predictive : array_like, shape (chain, draw, n), or mapping of them, optional
        Replicated data.
    observed : array_like, shape (n,), or mapping of them, optional
        The data. A single array is called ``y``, here and above, with dimension ``observation``.
    dims : mapping of str to str, optional
        The dimension of each vector. By default the first vector, and those with the same
        labels, have the dimension ``group``; another has its name followed by ``_dim``.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior``, ``sample_stats`` (in ArviZ's names) and what else was given.

    Raises
    ------
    ValueError
        If shapes do not fit, a name is unknown or used twice, or two vectors with different
        labels are given one dimension.
    ImportError
        If ArviZ is not installed.

    References
    ----------
    Kumar, Carroll, Hartikainen and Martin (2019), "ArviZ a unified library for exploratory
    analysis of Bayesian models in Python", Journal of Open Source Software 4.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(4, 100, 3))
    >>> tree = to_arviz(Draws(values, ["mu", "theta[A]", "theta[B]"]))
    >>> tree.posterior.theta.dims
    ('chain', 'draw', 'group')
    >>> tree.posterior.theta.sel(group="B").shape
    (4, 100)
    """
    dimensions, coords = _dimensions(draws, dims or {})
    groups: dict[str, dict[str, NDArray[Any]]] = {"posterior": dict(draws)}
    if draws.stats:
        groups["sample_stats"] = {
            STAT_NAMES.get(name, name): x.astype(bool) if name == "diverging" else x
            for name, x in draws.stats.items()
        }
    leading = draws.values.shape[:2]
    for group, name, data, shape in (
        ("log_likelihood", "log_likelihood", log_likelihood, leading),
        ("posterior_predictive", "predictive", predictive, leading),
        ("observed_data", "observed", observed, ()),
    ):
        if data is not None:
            groups[group] = _data(name, data, shape, draws)
            dimensions |= {variable: [DATA_DIM] for variable in groups[group]}
    return _arviz("arviz_base").from_dict(
        groups,
        coords=coords,
        dims=dimensions,
        attrs={"posterior": _attributes(draws)},
        check_conventions=False,
    )


def from_arviz(tree: "xr.DataTree", *names: str) -> Draws:
    """Take draws from what PyMC, Bambi or another program keeps them in.

    Parameters
    ----------
    tree : xarray.DataTree
        A tree with a group ``posterior``, as ``pymc.sample`` returns it.
    *names : str
        The variables to take, in order; by default all of them. The elements of a vector are
        named by its coordinate, as in ``theta[A]``.

    Returns
    -------
    Draws
        The draws, with what ``sample_stats`` tells of `diverging` and `energy`, and the number of
        steps as `n_grad`.

    Raises
    ------
    ValueError
        If there are no draws, a variable is missing, or it is a matrix.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(4, 100, 3))
    >>> tree = to_arviz(Draws(values, ["mu", "theta[A]", "theta[B]"]))
    >>> from_arviz(tree, "theta")
    <Draws: 4 chains x 100 draws of theta[2]>
    """
    if "posterior" not in getattr(tree, "children", ()):
        raise ValueError(
            f"`tree` must have a group named posterior; got {type(tree).__name__} without one. "
            "Pass what `pymc.sample` returns."
        )
    posterior = tree["posterior"].to_dataset()
    columns, labels = [], []
    for name in names or posterior.data_vars:
        checks.one_of("names", name, list(posterior.data_vars))
        variable = posterior[name].transpose("chain", "draw", ...)
        if variable.ndim > 3:
            raise ValueError(
                f"`names` must be numbers or vectors; got {name!r}, of {variable.ndim - 2} "
                "dimensions. Take others."
            )
        columns.append(variable.to_numpy().reshape(*variable.shape[:2], -1))
        if variable.ndim == 2:
            labels.append(name)
        else:
            of = variable[variable.dims[2]].to_numpy()
            labels += [f"{name}[{label}]" for label in of]
    kept = tree["sample_stats"].to_dataset() if "sample_stats" in tree.children else {}
    stats = {
        ours: kept[theirs].transpose("chain", "draw").to_numpy().astype(float)
        for ours, theirs in TAKEN_STATS.items()
        if theirs in kept
    }
    return Draws(np.concatenate(columns, axis=-1), labels, stats=stats)


def psis_loo(draws: Draws, log_likelihood: ArrayLike) -> "ELPDDataLOO":
    """Estimate leave-one-out predictive accuracy by Pareto-smoothed importance sampling.

    Parameters
    ----------
    draws : Draws
        The draws, whose mixing tells ArviZ how many of them count.
    log_likelihood : array_like, shape (chain, draw, n)
        Log density of each observation at each draw, natural logs.

    Returns
    -------
    ELPDDataLOO
        ArviZ's result with `elpd`, `se`, `p`, `elpd_i`, `pareto_k` and `good_k`. Its `warning`
        is true when a Pareto k is above `good_k`; no warning is printed. `arviz.compare` takes it.

    Raises
    ------
    ValueError
        If the shape is not that of the draws, or a number is not finite.
    ImportError
        If ArviZ is not installed.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), "Practical Bayesian model evaluation using leave-one-out
    cross-validation and WAIC", Statistics and Computing 27. Vehtari, Simpson, Gelman, Yao and
    Gabry (2024), "Pareto smoothed importance sampling", Journal of Machine Learning Research 25.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=100)
    >>> mu = rng.normal(y.mean(), 0.1, size=(4, 1000, 1))  # posterior of a mean, sd 1 known
    >>> loo = psis_loo(Draws(mu, ["mu"]), -0.5 * np.log(2 * np.pi) - (y - mu) ** 2 / 2)
    >>> print(f"{loo.elpd:.1f}, se {loo.se:.1f}, p {loo.p:.1f}, {loo.warning}")
    -129.0, se 5.8, p 0.7, False
    """
    tree = to_arviz(draws, log_likelihood={DATA_NAME: log_likelihood})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the same is told by `warning`
        return _arviz("arviz_stats").loo(tree, var_name=DATA_NAME, pointwise=True)


def _arviz(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f'ArviZ 1 is needed here, and {error.name} is missing. Run: pip install "hbmlib[pymc]"'
        ) from error


def _dimensions(
    draws: Draws, given: Mapping[str, str]
) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
    """Name the dimension of each vector; vectors with the same labels share one."""
    vectors = {name: draws.labels(name) for name in draws.parameters if draws.labels(name)}
    for name, dimension in given.items():
        if not draws.labels(name):
            raise ValueError(f"`dims` must name vectors; got {name!r}, one number. Leave it out.")
        if dimension in ("chain", "draw", DATA_DIM):
            raise ValueError(f"`dims` must not be {dimension!r}; it is taken. Choose another.")
    named = {labels: f"{name}_dim" for name, labels in reversed(vectors.items())}
    if vectors:
        named[next(iter(vectors.values()))] = "group"
    dims, coords = {}, {}
    for name, labels in vectors.items():
        dimension = given.get(name, named[labels])
        if coords.setdefault(dimension, list(labels)) != list(labels):
            raise ValueError(
                f"`dims` must give vectors with different labels different dimensions; got "
                f"{dimension!r} for {name!r} and another. Choose two names."
            )
        dims[name] = [dimension]
    return dims, coords


def _data(
    name: str, data: Data, leading: tuple[int, ...], draws: Draws
) -> dict[str, NDArray[np.float64]]:
    """Check data by name: finite, of shape (*leading, n), and not called like a parameter."""
    named = dict(data) if isinstance(data, Mapping) else {DATA_NAME: data}
    for variable in named:
        if variable in draws.parameters:
            raise ValueError(
                f"`{name}` must not be called like a parameter; got {variable!r}. Pass a mapping "
                "with another name."
            )
    return {
        variable: checks.finite(name, x, shape=(*leading, "n")) for variable, x in named.items()
    }


def _attributes(draws: Draws) -> dict[str, Any]:
    kernel = {} if draws.kernel is None else {"kernel": type(draws.kernel).__name__}
    plain = {k: v if type(v) in (int, float, str) else repr(v) for k, v in draws.meta.items()}
    library = {
        "inference_library": "hbmlib",
        "inference_library_version": hbmlib.__version__,
    }
    return plain | kernel | library
