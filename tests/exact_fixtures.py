"""Results of `hbmlib.exact` that the page's engine must repeat.

`python -m tests.exact_fixtures` writes them anew.
"""

import json
from pathlib import Path

import numpy as np

from hbmlib import datasets, exact, pooling, simulate
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform

FOLDER = Path(__file__).parent / "fixtures" / "exact"
PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95]
DEFAULT = {"mu_prior": Normal(0, 100), "tau_prior": HalfNormal(25), "sigma_prior": HalfNormal(50)}


def simulated(sizes, mu, tau, sigma, seed):
    """Simulate groups of the given sizes and summarise them, empty ones included."""
    data = simulate.schools(sizes, mu=mu, tau=tau, sigma=sigma, seed=seed)
    return pooling.summarise(data.y, data.group.tolist(), labels=range(len(sizes)))


def cases() -> dict:
    """Name groups, known sigma and priors."""
    schools = datasets.load("eight_schools")
    eight, se = pooling.from_means(schools["effect"]), schools["se"].to_numpy()
    hsb = datasets.load("hsb")
    ten = simulated([3, 9, 1, 0, 25, 14, 2, 6, 30, 11], 5, 2, 3, seed=2)
    many = [(7 * j) % 60 for j in range(100)]
    ones = simulated([1] * 10, 5, 2, 3, seed=5)
    return {
        "eight-half-cauchy": (
            eight,
            se,
            DEFAULT | {"mu_prior": Normal(0, 5), "tau_prior": HalfCauchy(5)},
        ),
        "eight-flat": (eight, se, DEFAULT | {"mu_prior": Flat(), "tau_prior": Flat()}),
        "eight-uniform": (eight, se, DEFAULT | {"mu_prior": Flat(), "tau_prior": Uniform(0, 10)}),
        "eight-bounded": (eight, se, DEFAULT | {"mu_prior": Flat(), "tau_prior": Uniform(3, 10)}),
        "eight-gamma": (eight, se, DEFAULT | {"tau_prior": GammaPrecision(0.001, 0.001)}),
        "three-flat": (
            pooling.from_means([28, 8, -3]),
            np.array([15.0, 10, 16]),
            DEFAULT | {"mu_prior": Flat(), "tau_prior": Flat()},
        ),
        "three-and-empty": (
            pooling.summarise([28.0, 8.0, -3.0], [0, 1, 3], labels=range(4)),
            10.0,
            DEFAULT | {"mu_prior": Flat(), "tau_prior": Flat()},
        ),
        "ten": (ten, None, DEFAULT),
        "ten-known": (ten, 3.0, DEFAULT),
        "ten-uniform": (ten, None, DEFAULT | {"tau_prior": Uniform(0, 1)}),
        "ten-gamma": (
            ten,
            None,
            {
                "mu_prior": Flat(),
                "tau_prior": GammaPrecision(1, 1),
                "sigma_prior": GammaPrecision(0.5, 2),
            },
        ),
        "ten-cauchy": (
            ten,
            None,
            {"mu_prior": Flat(), "tau_prior": HalfCauchy(5), "sigma_prior": HalfCauchy(5)},
        ),
        "ten-flat": (ten, None, {"mu_prior": Flat(), "tau_prior": Flat(), "sigma_prior": Flat()}),
        "ten-tiny-sigma": (ten, 1e-6, DEFAULT),
        "hundred": (simulated(many, 5, 2, 3, seed=3), None, DEFAULT),
        "hundred-alike": (simulated(many, 5, 0, 3, seed=4), None, DEFAULT),
        "single-observations": (ones, None, DEFAULT),
        "one-group": (simulated([6], 5, 2, 3, seed=6), None, DEFAULT),
        "one-observation": (simulated([1], 5, 2, 3, seed=6), None, DEFAULT),
        "one-of-two": (simulated([1, 0], 5, 2, 3, seed=6), 3.0, DEFAULT),
        "hsb": (pooling.summarise(hsb["math"], hsb["school"].tolist()), None, DEFAULT),
        "improper-tau": (
            pooling.from_means([3, 4]),
            1.0,
            DEFAULT | {"mu_prior": Flat(), "tau_prior": Flat()},
        ),
        "improper-sigma": (pooling.from_means([3.0], [2], [1.0]), None, DEFAULT | {
            "mu_prior": Flat(), "sigma_prior": Flat()}),
        "improper-both": (ones_of(3), None, {
            "mu_prior": Flat(), "tau_prior": Flat(), "sigma_prior": Flat()}),
        "no-variation": (pooling.from_means([3, 4], [2, 3]), None, DEFAULT),
        "density-out-of-sight": (
            simulated(np.full(20, 18), 5, 7.3, 24.2, seed=2),
            None,
            {"mu_prior": Flat(), "tau_prior": Flat(), "sigma_prior": Uniform(0, 1e-9)},
        ),
        "all-equal": (pooling.from_means([3, 3, 3]), None, DEFAULT),
        "long-tail": (
            pooling.from_means([3]),
            1.0,
            DEFAULT | {"mu_prior": Flat(), "tau_prior": GammaPrecision(0.01, 1)},
        ),
    }  # fmt: skip


def ones_of(J):
    """Give J single observations."""
    return pooling.from_means(np.arange(J) ** 1.5)


def result(groups, sigma, priors) -> dict:
    """Write one case with what `hbmlib` makes of it."""
    case = {
        "groups": {"n": groups.n.tolist(), "mean": _plain(groups.mean), "ss": groups.ss.tolist()},
        "options": {
            "sigma": sigma if sigma is None or np.isscalar(sigma) else sigma.tolist(),
            "muPrior": priors["mu_prior"].to_dict(),
            "tauPrior": priors["tau_prior"].to_dict(),
            "sigmaPrior": priors["sigma_prior"].to_dict(),
            "probs": PROBABILITIES,
        },
    }
    try:
        fit = exact.normal_means(groups, sigma=sigma, **priors)
    except (ValueError, ArithmeticError) as error:
        return case | {"error": str(error)}
    marginals = {"mu": fit.mu, "tau": fit.tau, "theta": fit.theta, "newGroup": fit.new_group}
    if fit.sigma is not None:
        marginals["sigma"] = fit.sigma
    numbers = {
        name: {
            "mean": _plain(marginal.mean),
            "sd": _plain(marginal.sd),
            "quantiles": _plain(marginal.quantile(PROBABILITIES)),
        }
        for name, marginal in marginals.items()
    }
    grid, density = fit.tau_marginal()
    numbers["tau"] |= {"grid": _plain(grid), "density": _plain(density)}
    numbers["shrinkage"] = {"mean": _plain(fit.shrinkage.mean)}
    proper = all(
        priors[name].proper
        for name in priors
        if name != "sigma_prior" or sigma is None
    )  # fmt: skip
    numbers["logMarginalLikelihood"] = fit.log_marginal_likelihood if proper else None
    return case | {"posterior": numbers}


def _plain(values):
    """Turn an array into lists, nan into None."""
    return np.where(np.isnan(values), None, values).tolist()


def write() -> None:
    """Write every case into its file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, case in cases().items():
        text = json.dumps(result(*case), indent=None, separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write()
