"""The samplers that run beside each other, each ready to be run again with another seed."""

import importlib.util
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Run, cpu_seconds, judge
from benchmarks.problems import PROBLEMS, Problem
from hbmlib.kernels import HMC, NUTS, Gibbs
from hbmlib.sample import sample

#: Packages beside the locked ones, installed by `make bench`.
PEERS = Path(__file__).parents[1] / "_build" / "peers"
WARM_SEED = 999_983  # of the first run, which is not recorded


@dataclass(frozen=True)
class Contender:
    """A sampler on a problem, with the length of its runs."""

    library: str
    sampler: str
    problem: str
    chains: int = 4
    draws: int = 1000
    warmup: int = 1000
    likelihood: str = "reduced"
    n_steps: int | None = None  # of a path of HMC

    @property
    def label(self) -> str:
        """Name it in one line."""
        return f"{self.library} {self.sampler} {self.chains}, {self.problem}, {self.likelihood}"


class Result(NamedTuple):
    """What one run leaves."""

    values: NDArray[np.float64]  # (chain, draw, dim)
    n_grad: int | None
    cpu: float


Prepared = Callable[[int], Result]


def prepare(contender: Contender) -> Prepared:
    """Build the model and compile what there is to compile."""
    return _built(contender, PROBLEMS[contender.problem]())


def _built(contender: Contender, problem: Problem) -> Prepared:
    return LIBRARIES[contender.library](contender, problem)


class Session:
    """A contender kept alive in its own process."""

    _prepared: Prepared

    @classmethod
    def open(cls, contender: Contender) -> float:
        """Prepare it and run once unrecorded; CPU seconds of this less those of a second run."""
        warnings.simplefilter("ignore")
        sys.path.append(str(PEERS))  # last: the locked packages come first
        _import(contender.library)
        problem = PROBLEMS[contender.problem]()
        before = cpu_seconds()
        cls._prepared = _built(contender, problem)
        cls._prepared(WARM_SEED)
        first = cpu_seconds() - before
        return max(0.0, first - cls._prepared(WARM_SEED).cpu)

    @classmethod
    def run(cls, seed: int) -> Run:
        """Run with a seed and judge the draws; judging costs no counted time."""
        result = cls._prepared(seed)
        return judge(result.values, seed, result.cpu, result.n_grad)


def available(library: str) -> bool:
    """Say whether a peer is installed."""
    sys.path.append(str(PEERS))
    try:
        return importlib.util.find_spec(library) is not None
    finally:
        sys.path.remove(str(PEERS))


def _import(library: str) -> None:
    if library != "hbmlib":
        importlib.import_module("jax" if library == "numpyro" else library)


def _hbmlib(contender: Contender, problem: Problem) -> Prepared:
    if contender.sampler == "exact":
        return lambda seed: _exact(contender, problem, seed)
    model = problem.model
    kernel = {
        "gibbs": lambda: Gibbs(model),
        "hmc": lambda: HMC(model, step_size=0.1, n_steps=contender.n_steps),
        "nuts": lambda: NUTS(model),
    }[contender.sampler]()
    lengths = {"draws": contender.draws, "warmup": contender.warmup, "chains": contender.chains}

    def run(seed: int) -> Result:
        before = cpu_seconds()
        draws = sample(kernel, **lengths, seed=seed, progress=False)
        cpu = cpu_seconds() - before
        counts = draws.stats.get("n_grad")
        return Result(draws.values, None if counts is None else int(counts.sum()), cpu)

    return run


def _exact(contender: Contender, problem: Problem, seed: int) -> Result:
    """Integrate and draw anew; the draws are cut into rows for the diagnostics alone."""
    before = cpu_seconds()
    draws = problem.exactly().draw(contender.chains * contender.draws, seed)
    cpu = cpu_seconds() - before
    names = [name for name in draws if f"{name}[" not in " ".join(problem.model.names)]
    columns = [draws[name] for name in names if name in problem.model.names]
    values = np.column_stack([*columns, draws["theta"]])
    return Result(values.reshape(contender.chains, contender.draws, -1), None, cpu)


def _nutpie(contender: Contender, problem: Problem) -> Prepared:
    import nutpie

    compiled = nutpie.compile_pymc_model(problem.in_pymc(contender.likelihood))
    given = {"draws": contender.draws, "tune": contender.warmup, "chains": contender.chains}
    given |= {"cores": 1, "save_warmup": False, "progress_bar": False}

    def run(seed: int) -> Result:
        before = cpu_seconds()
        tree = nutpie.sample(compiled, **given, seed=seed)
        cpu = cpu_seconds() - before
        n_grad = int(tree.sample_stats["n_steps"].values.sum())
        return Result(_columns(tree.posterior, problem), n_grad, cpu)

    return run


def _pymc(contender: Contender, problem: Problem) -> Prepared:
    """Count the loop over steps alone: `pymc.sample` compiles again at every call."""
    import pymc as pm

    model = problem.in_pymc(contender.likelihood)
    loop, spent = pm.sampling.mcmc._sample_many, [0.0]

    def timed_loop(**given: Any) -> None:
        before = cpu_seconds()
        loop(**given)
        spent[0] = cpu_seconds() - before

    pm.sampling.mcmc._sample_many = timed_loop
    given = {"draws": contender.draws, "tune": contender.warmup, "chains": contender.chains}
    given |= {"cores": 1, "nuts_sampler": "pymc", "progressbar": False, "quiet": True}

    def run(seed: int) -> Result:
        tree = pm.sample(**given, random_seed=seed, model=model, compute_convergence_checks=False)
        n_grad = int(tree.sample_stats["n_steps"].values.sum())
        return Result(_columns(tree.posterior, problem), n_grad, spent[0])

    return run


def _numpyro(contender: Contender, problem: Problem) -> Prepared:
    """Compile once, as `pymc.sample` with its numpyro back end would at every call."""
    import jax
    import numpyro
    from pymc.sampling.jax import get_jaxified_graph, get_jaxified_logp

    jax.config.update("jax_enable_x64", True)
    model = problem.in_pymc(contender.likelihood)
    sampler = numpyro.infer.MCMC(
        numpyro.infer.NUTS(potential_fn=get_jaxified_logp(model, negative_logp=False)),
        num_warmup=contender.warmup,
        num_samples=contender.draws,
        num_chains=contender.chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    names = [variable.name for variable in model.unobserved_value_vars]
    graph = get_jaxified_graph(model.value_vars, model.unobserved_value_vars)

    @jax.jit
    def sampled(key: Any, points: Any) -> tuple[Any, Any]:
        sampler.run(key, init_params=points, extra_fields=("num_steps",))
        samples = sampler.get_samples(group_by_chain=True)
        values = jax.vmap(jax.vmap(lambda point: graph(*point)))(samples)
        return values, sampler.get_extra_fields()["num_steps"].sum()

    start = model.initial_point()
    start = {value.name: start[value.name] for value in model.value_vars}

    def run(seed: int) -> Result:
        before = cpu_seconds()
        rng = np.random.default_rng(seed)
        points = [x + rng.uniform(-1, 1, (contender.chains, *np.shape(x))) for x in start.values()]
        values, n_grad = sampled(jax.random.PRNGKey(seed), points)
        posterior = {k: np.asarray(v) for k, v in zip(names, values, strict=True)}
        cpu = cpu_seconds() - before
        return Result(_columns(posterior, problem), int(n_grad), cpu)

    return run


def _columns(posterior: Any, problem: Problem) -> NDArray[np.float64]:
    """Put the named values into the order of the library's own: (chain, draw, dim)."""
    parameters = dict.fromkeys(name.partition("[")[0] for name in problem.model.names)
    arrays = [np.asarray(posterior[name]) for name in parameters]
    return np.concatenate([x.reshape(*x.shape[:2], -1) for x in arrays], axis=-1)


LIBRARIES = {"hbmlib": _hbmlib, "nutpie": _nutpie, "pymc": _pymc, "numpyro": _numpyro}

#: One thread for each sampler, so that idle threads do not count as work.
SINGLE_THREAD = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "TQDM_DISABLE": "1",
}


def single_thread() -> None:
    """Make this process and its children use one thread each."""
    os.environ.update(SINGLE_THREAD)
