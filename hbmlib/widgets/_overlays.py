"""Draws that a live widget shows over its exact curves."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import priors

__all__ = ["METHODS", "summary"]

Draws = dict[str, NDArray[np.float64]]


def exact_draws(widget: Any, draws: int, seed: int) -> Draws:
    """Draw independently from the exact posterior."""
    drawn = widget.posterior.draw(draws, seed)
    return {name: values for name, values in drawn.items() if values is not None}


def pymc_draws(widget: Any, draws: int, seed: int) -> Draws:
    """Draw by PyMC's NUTS from the same model, in its non-centred form."""
    try:
        import pymc as pm
    except ImportError as missing:
        raise ImportError(
            'refit(method="pymc") needs PyMC. Install it with `pip install hbmlib[pymc]`, or use '
            'refit(method="exact").'
        ) from missing

    groups = widget.groups
    seen = groups.n > 0
    with pm.Model():
        mu = _location(pm, widget.mu_prior)
        tau = _scale(pm, "tau", widget.tau_prior)
        known = widget.known_sigma is not None  # one, or one for each group
        sigma = widget.known_sigma if known else _scale(pm, "sigma", widget.sigma_prior)
        each = np.broadcast_to(sigma, groups.n.shape)[seen] if known else sigma
        z = pm.Normal("z", 0, 1, shape=groups.n_groups)
        theta = pm.Deterministic("theta", mu + tau * z)
        pm.Normal("mean", theta[seen], each / np.sqrt(groups.n[seen]), observed=groups.mean[seen])
        freedom = int((groups.n[seen] - 1).sum())
        if not known and freedom:
            ss = groups.ss.sum()
            pm.Potential("ss", -freedom * pm.math.log(sigma) - ss / (2 * sigma**2))
        chains = 4
        trace = pm.sample(
            -(-draws // chains),
            tune=1000,
            chains=chains,
            cores=1,
            random_seed=seed,
            target_accept=0.95,
            quiet=True,
        )
    names = ["mu", "tau", "theta"] + ([] if known else ["sigma"])
    posterior = trace["posterior"]
    return {
        name: (values := posterior[name].to_numpy()).reshape(-1, *values.shape[2:])[:draws]
        for name in names
    }


METHODS: dict[str, Callable[[Any, int, int], Draws]] = {
    "exact": exact_draws,
    "pymc": pymc_draws,
}


def summary(drawn: Draws) -> dict[str, Any]:
    """Reduce draws to what the figure shows: means, 90% intervals, a histogram of tau."""
    low, high = np.quantile(drawn["theta"], [0.05, 0.95], axis=0)
    tau = drawn["tau"]
    heights, edges = np.histogram(tau, bins=40, range=(0, np.quantile(tau, 0.995)), density=False)
    heights = heights / (tau.size * np.diff(edges))
    return {
        "mean": drawn["theta"].mean(axis=0).tolist(),
        "low": low.tolist(),
        "high": high.tolist(),
        "tau": {"edges": edges.tolist(), "heights": heights.tolist()},
    }


def _location(pm: Any, form: dict[str, Any]) -> Any:
    prior = priors.from_dict(form)
    return (
        pm.Flat("mu") if isinstance(prior, priors.Flat) else pm.Normal("mu", prior.mean, prior.sd)
    )


def _scale(pm: Any, name: str, form: dict[str, Any]) -> Any:
    match priors.from_dict(form):
        case priors.Flat():
            return pm.HalfFlat(name)
        case priors.HalfNormal(scale):
            return pm.HalfNormal(name, scale)
        case priors.HalfCauchy(scale):
            return pm.HalfCauchy(name, scale)
        case priors.Uniform(lower, upper):
            return pm.Uniform(name, lower, upper)
        case priors.GammaPrecision(shape, rate):
            return pm.Deterministic(
                name, 1 / pm.math.sqrt(pm.Gamma(f"{name}_precision", shape, rate))
            )
