"""What `hbmlib`'s targets, kernels and diagnostics give, which the page's samplers must repeat.

The kernels are fed a `tests.streams.Stream`, whose numbers the page can draw as well. Write the
files anew by `python -m tests.sampler_fixtures`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hbmlib import collapsed, datasets, diagnostics, pooling, simulate, warmup
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.models import (
    EightSchools,
    NormalMeans,
    Population,
    VaryingRegression,
    summarise_lines,
)
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform
from hbmlib.targets import Funnel, Gaussian
from tests.streams import Stream

FOLDER = Path(__file__).parent / "fixtures" / "samplers"
STEPS, EVERY = 400, 20
# Where paths nearly diverge they multiply a rounding error by thousands in a few steps: the page
# takes these chains up again from each state that is kept.
UNSTABLE = ("hmc-funnel", "hmc-schools", "nuts-lines", "nuts-schools")


class Case(NamedTuple):
    """A target of the library, and how the page makes the same one."""

    target: Any
    make: str
    options: dict


def targets() -> dict[str, Case]:
    """Name targets of every kind, with priors of every family."""
    schools = datasets.load("eight_schools")
    effect, se = schools["effect"].to_numpy(), schools["se"].to_numpy()
    known = {"effect": effect.tolist(), "se": se.tolist()}
    data = simulate.schools([3, 9, 1, 0, 25], mu=5, tau=2, sigma=3, seed=2)
    groups = pooling.summarise(data.y, data.group.tolist(), labels=range(5))
    plain = {"n": groups.n.tolist(), "mean": _plain(groups.mean), "ss": groups.ss.tolist()}
    cases = {}
    for name, *priors in (
        ("schools", Normal(0, 5), HalfCauchy(5)),
        ("schools-flat", Flat(), Flat()),
        ("schools-half-normal", Flat(), HalfNormal(8)),
        ("schools-uniform", Normal(0, 9), Uniform(0, 4)),
        ("schools-gamma", Flat(), GammaPrecision(1, 9)),
        ("means", Normal(0, 9), HalfNormal(3), HalfNormal(4)),
        ("means-cauchy", Flat(), HalfCauchy(2), HalfCauchy(3)),
        ("means-mixed", Flat(), Uniform(0, 2), Flat()),
    ):
        kind = EightSchools if len(priors) == 2 else NormalMeans
        make = "eightSchools" if len(priors) == 2 else "normalMeansTarget"
        names = ("mu_prior", "tau_prior", "sigma_prior")[: len(priors)]
        kept = dict(zip(names, priors, strict=True))
        arguments = (effect, se) if kind is EightSchools else (groups,)
        options = known if kind is EightSchools else {"groups": plain}
        for centred in (True, False):
            cases[name if centred else f"{name}-apart"] = Case(
                kind(*arguments, **kept, centred=centred),
                make,
                options | _priors(kept) | {"centred": centred},
            )
    kept = {"mu_prior": Normal(0, 5), "tau_prior": HalfCauchy(5)}
    cases["population"] = Case(Population(effect, se, **kept), "population", known | _priors(kept))
    mean, cov = [1.0, -2.0, 0.5], [[2.0, 0.6, -0.18], [0.6, 1.0, -0.3], [-0.18, -0.3, 0.5]]
    cases["gaussian"] = Case(Gaussian(mean, cov), "gaussian", {"mean": mean, "cov": cov})
    cases["funnel"] = Case(Funnel(4), "funnel", {"dim": 4, "scale": 3})
    people = simulate.bolstad_individuals(3, individuals=6, observations=4)
    people.x[2] = 1.5  # x does not vary
    lines, rows = summarise_lines(people.x, people.y), (people.x.tolist(), people.y.tolist())
    kept = {"mu_prior": Normal(0, 3), "tau_prior": Uniform(0, 10), "sigma_prior": Uniform(0, 10)}
    for centred in (True, False):
        cases[f"lines{'' if centred else '-apart'}"] = Case(
            VaryingRegression(lines, **kept, centred=centred),
            "varyingRegression",
            {"rows": rows} | _priors(kept) | {"centred": centred},
        )
    return cases


def kernels() -> dict[str, tuple[str, str, dict, Callable[[Any], Any]]]:
    """Name a target, the page's kernel with its options, and the library's."""
    sites = [[i] for i in range(2, 10)]
    each = [[0], [1], sites]
    mass = [4.0, 0.5, *[9.0] * 8]
    return {
        "metropolis-population": (
            "population", "metropolis", {"scale": [6.0, 1.2]},
            lambda t: Metropolis(t, [6.0, 1.2])),
        "metropolis-blocked": (
            "population", "metropolis", {"scale": [6.0, 1.2], "blocks": [[0], [1]]},
            lambda t: Metropolis(t, [6.0, 1.2], blocks=[[0], [1]])),
        "metropolis-sites": (
            "schools", "metropolis", {"scale": 4, "blocks": each},
            lambda t: Metropolis(t, 4, blocks=[[0], [1], sites])),
        "metropolis-lines": (
            "lines", "metropolis",
            {"scale": 0.5, "blocks": [[0, 1], [2], [3, 4], [[5 + i, 11 + i] for i in range(6)]]},
            lambda t: Metropolis(
                t, 0.5, blocks=[[0, 1], [2], [3, 4], [[5 + i, 11 + i] for i in range(6)]])),
        "metropolis-gaussian": (
            "gaussian", "metropolis", {"scale": 0.9, "blocks": [[[0], [2]], [1]]},
            lambda t: Metropolis(t, 0.9, blocks=[[[0], [2]], [1]])),
        **{
            f"gibbs-{name}": (name, "gibbs", {}, Gibbs)
            for name in ("schools", "schools-flat", "schools-half-normal", "schools-uniform",
                         "schools-gamma", "means", "means-cauchy", "means-mixed")
        },
        "gibbs-random": ("means", "gibbs", {"scan": "random"}, lambda t: Gibbs(t, "random")),
        "hmc-population": (
            "population", "hmc", {"stepSize": 0.4, "nSteps": 6},
            lambda t: HMC(t, 0.4, 6)),
        "hmc-schools": (
            "schools", "hmc", {"stepSize": 0.25, "nSteps": 8, "inverseMass": mass, "jitter": 0.2},
            lambda t: HMC(t, 0.25, 8, mass, jitter=0.2)),
        "hmc-gaussian": (
            "gaussian", "hmc", {"stepSize": 0.6, "nSteps": 5, "jitter": 0},
            lambda t: HMC(t, 0.6, 5, jitter=0)),
        "hmc-funnel": (
            "funnel", "hmc", {"stepSize": 0.5, "nSteps": 4}, lambda t: HMC(t, 0.5, 4)),
        "nuts-population": ("population", "nuts", {"stepSize": 0.5}, lambda t: NUTS(t, 0.5)),
        "nuts-schools": (
            "schools", "nuts", {"stepSize": 0.3, "inverseMass": mass, "maxDepth": 6},
            lambda t: NUTS(t, 0.3, mass, max_depth=6)),
        "nuts-schools-apart": (
            "schools-apart", "nuts", {"stepSize": 0.4}, lambda t: NUTS(t, 0.4)),
        "nuts-means": ("means-apart", "nuts", {"stepSize": 0.1}, lambda t: NUTS(t, 0.1)),
        "nuts-funnel": (
            "funnel", "nuts", {"stepSize": 0.4, "maxDepth": 4},
            lambda t: NUTS(t, 0.4, max_depth=4)),
        "nuts-lines": (
            "lines-apart", "nuts", {"stepSize": 0.1, "maxDepth": 7},
            lambda t: NUTS(t, 0.1, max_depth=7)),
    }  # fmt: skip


def target_numbers() -> dict:
    """Evaluate every target at its own starts and a little away from them."""
    found = {}
    for name, (target, make, options) in targets().items():
        points = [target.initial(Stream(seed), 1)[0] for seed in (1, 2)]
        q = np.array([*points, 0.3 * points[0] + 0.1, 0.5 * (points[0] + points[1])])
        logp, grad = target.logp_and_grad(q)
        found[name] = {
            "make": make,
            "options": options,
            "names": list(target.names),
            "q": _plain(q),
            "logp": _plain(logp),
            "grad": _plain(grad),
            "values": _plain(target.constrain(q)),
        }
    return found


def start(target: Any) -> np.ndarray:
    """Put one chain amid the wide starts of a target, (1, dim)."""
    return target.initial(np.random.default_rng(5), 200).mean(axis=0, keepdims=True)


def chain(name: str, steps: int = STEPS) -> dict:
    """Follow one chain; keep every so many states, and sums of what happened."""
    on, kind, options, make = kernels()[name]
    case = targets()[on]
    kernel, stream = make(case.target), Stream(7, 3)
    q = start(case.target)
    state, states, infos = kernel.init(q), [], []
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            state, info = kernel.step(stream, state)
            infos.append(info)
            if step % EVERY == 0:
                states.append(state.q[0])
    renamed = {name: name for name in ("accept", "energy", "diverging")}
    renamed |= {"n_grad": "nGrad", "tree_depth": "treeDepth"}
    sums = {
        new: float(np.sum([getattr(info, old) for info in infos]))
        for old, new in renamed.items()
        if old in infos[0]._fields
    }
    return {
        "target": on,
        "kernel": kind,
        "options": options,
        "seed": [7, 3],
        "every": EVERY,
        "resume": name in UNSTABLE,
        "start": _plain(q[0]),
        "states": _plain(np.array(states)),
        "sums": sums,
    }


def warm_ups() -> dict:
    """Tune three kernels on one chain by a warm-up of 40 steps."""
    found = {}
    for name in ("metropolis-blocked", "hmc-population", "nuts-schools-apart"):
        on, _, _, make = kernels()[name]
        kernel, stream = make(targets()[on].target), Stream(11)
        q = start(kernel.target)
        state = kernel.init(q)
        for window in warmup.windows(40):
            tuner, moments = warmup.tuner(kernel, None, window.first), warmup.Moments()
            for _ in range(window.length):
                state, info = warmup.trial(kernel, tuner).step(stream, state)
                warmup.observe(tuner, info)
                moments.add(state.q)
            kernel = warmup.tuned(kernel, tuner, moments if window.scales else None)
        metropolis = isinstance(kernel, Metropolis)
        found[name] = {
            "start": _plain(q[0]),
            "size": _plain(kernel.scale) if metropolis else [kernel.step_size],
            "mass": None if metropolis else _plain(kernel.inverse_mass),
            "end": _plain(state.q[0]),
        }
    far = targets()["schools-apart"].target
    kernel = NUTS(far, 0.3)
    starts = far.initial(np.random.default_rng(6), 4)
    guess = warmup.guessed(kernel, kernel.init(starts))
    lengths = {n: [list(w) for w in warmup.windows(n)] for n in (0, 10, 20, 100, 150, 1000, 1234)}
    guesses = {"starts": _plain(starts), "mass": _plain(guess.inverse_mass)}
    return {"chains": found, "windows": lengths, "guessed": guesses}


def draws() -> dict[str, np.ndarray]:
    """Name chains of many kinds, (chain, draw)."""
    rng = np.random.default_rng(4)
    walk = rng.normal(size=(4, 300)).cumsum(axis=1)
    ar = np.zeros((4, 251))
    for t in range(1, 251):
        ar[:, t] = 0.9 * ar[:, t - 1] + rng.normal(size=4)
    noise = rng.normal(size=(4, 200))
    return {
        "independent": noise,
        "autoregressive": ar,
        "walk": walk,
        "apart": noise + np.array([[0.0], [0], [0], [2]]),
        "wide": noise * np.array([[1.0], [1], [1], [5]]),
        "alternating": np.array([[1.0, -1] * 30, [-1, 1.0] * 30]) + 0.01 * noise[:2, :60],
        "stuck": np.repeat(noise[:, :20], 10, axis=1),
        "ties": noise.round(),
        "tails": np.tan(np.pi * (rng.random((3, 99)) - 0.5)),
        "one-chain": noise[:1],
        "constant": np.full((2, 50), 3.0),
        "constant-apart": np.repeat([[1.0], [2.0]], 50, axis=1),
        "short": noise[:, :3],
        "four": noise[:, :4],
        "missing": np.where(np.arange(200) == 7, np.nan, noise),
    }


def diagnosed() -> dict:
    """Diagnose all of them."""
    found = {}
    for name, x in draws().items():
        numbers = {
            "rhat": diagnostics.rhat(x),
            "essBulk": diagnostics.ess_bulk(x),
            "essTail": diagnostics.ess_tail(x),
            "essMean": diagnostics.ess_mean(x),
            "essQuantile": diagnostics.ess_quantile(x, 0.3),
            "mcseMean": diagnostics.mcse_mean(x),
            "mcseSd": diagnostics.mcse_sd(x),
            "mcseQuantile": diagnostics.mcse_quantile(x, 0.3),
            "mcseEdge": diagnostics.mcse_quantile(x, 0.98),
        }
        found[name] = {
            "draws": _plain(x),
            "numbers": {k: _number(v) for k, v in numbers.items()},
            "ebfmi": _plain(diagnostics.ebfmi(x)),
            "autocorrelation": _plain(diagnostics.autocorrelation(x, 10)),
        }
    return found


def regressions() -> dict:
    """Compute exact posteriors of Bølstad's individuals."""
    found = {}
    for name, arguments in {
        "whole": (1, 75, 5, 2.0),
        "dozen": (1, 12, 5, 0.5),
        "pairs": (1, 75, 2, 2.0),
        "two": (1, 2, 3, 2.0),
        "one": (1, 1, 5, 2.0),
        "long": (1, 5, 50, 6.0),
    }.items():
        data = simulate.bolstad_individuals(*arguments)
        lines = summarise_lines(data.x, data.y)
        fit = collapsed.varying_regression(VaryingRegression(lines))
        marginals = {
            "muAlpha": fit.mu_alpha, "muBeta": fit.mu_beta, "tauAlpha": fit.tau_alpha,
            "tauBeta": fit.tau_beta, "sigma": fit.sigma, "alpha": fit.alpha, "beta": fit.beta,
        }  # fmt: skip
        found[name] = {
            "arguments": list(arguments),
            "y": _plain(data.y[-1]),
            "truth": [float(data.alpha[0]), float(data.beta[0])],
            "unpooled": _plain(lines.slope),
            "rss": float(lines.rss.sum()),
            "posterior": {
                key: {"mean": _plain(m.mean), "sd": _plain(m.sd)} for key, m in marginals.items()
            },
        }
    return found


def _priors(kept: dict) -> dict:
    names = {"mu_prior": "muPrior", "tau_prior": "tauPrior", "sigma_prior": "sigmaPrior"}
    return {names[key]: prior.to_dict() for key, prior in kept.items()}


def _plain(values: Any) -> Any:
    """Turn an array into lists, nan into None."""
    values = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(values), None, values).tolist()


def _number(value: float) -> float | str | None:
    return None if np.isnan(value) else "inf" if np.isinf(value) else float(value)


def files() -> dict[str, Callable[[], Any]]:
    """Name the files, with what makes each."""
    return {
        "targets": target_numbers,
        **{name: lambda name=name: chain(name) for name in kernels()},
        "warm-ups": warm_ups,
        "diagnostics": diagnosed,
        "regressions": regressions,
    }


def write() -> None:
    """Write every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in files().items():
        text = json.dumps(make(), separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write()
