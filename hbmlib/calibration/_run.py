"""Running a calibration: in parallel, in chunks, and on from where it was stopped."""

import json
import re
from collections.abc import Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from hbmlib import checks
from hbmlib.calibration import _simulation
from hbmlib.calibration._certificate import Certificate
from hbmlib.calibration._simulation import LIKELIHOOD, Problem, Sampler
from hbmlib.calibration._syntax import module_hashes

__all__ = ["Pair", "calibrate", "roots"]

LIBRARY = "hbmlib"


@dataclass(frozen=True)
class Pair:
    """A problem and the sampler to be calibrated on it.

    Parameters
    ----------
    name : str
        What the certificate is called.
    problem : Problem
        Where parameters and data come from.
    sampler : Sampler
        What fits them.
    fails : str, optional
        Why the pair is expected to fail; it then has to.

    Examples
    --------
    >>> from hbmlib.calibration import Chains, problems
    >>> from hbmlib.kernels import NUTS
    >>> Pair("eight-schools-nuts", problems.EightSchools(centred=False), Chains(NUTS)).fails
    ''
    """

    name: str
    problem: Problem
    sampler: Sampler
    fails: str = ""


def calibrate(
    pair: Pair,
    simulations: int = 1000,
    *,
    n_draws: int = 59,
    seed: int = 1,
    chunk: int = 50,
    path: str | Path | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> Certificate:
    """Calibrate a sampler by simulation.

    Parameters are drawn from the prior, data from the model given them, and the sampler draws
    from the posterior given these data. If it draws rightly, the rank of a true value among its
    draws is uniform, for every quantity.

    Parameters
    ----------
    pair : Pair
        The problem and the sampler. Executors of processes need both to be importable.
    simulations : int, optional
        Number of data sets.
    n_draws : int, optional
        Draws to keep of each fit; ranks run from 0 to `n_draws`.
    seed : int, optional
        The same seed gives the same certificate, whatever the executor and the interruptions.
    chunk : int, optional
        Simulations of one task. Each chunk has a seed of its own.
    path : str or Path, optional
        A file that collects the finished chunks. A run that was stopped goes on from there.
    executor : concurrent.futures.Executor, optional
        Where the chunks run; by default in as many processes as there are cores. It is not shut
        down.
    progress : bool, optional
        Whether to show a progress bar.

    Returns
    -------
    Certificate
        The ranks by quantity, the verdict and the hashes of the code.

    Raises
    ------
    ValueError
        If a count is wrong, or the file at `path` belongs to another calibration.
    RuntimeError
        If the code changed meanwhile, so that nobody knows which code the ranks are of.

    References
    ----------
    See `hbmlib.calibration`.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from hbmlib.calibration import Chains, problems
    >>> from hbmlib.kernels import Gibbs
    >>> pair = Pair("gibbs", problems.NormalMeans(), Chains(Gibbs, together=True))
    >>> with ThreadPoolExecutor(1) as executor:
    ...     calibrate(pair, 40, n_draws=19, executor=executor, progress=False)
    <Certificate: gibbs passed, 40 simulations of 12 quantities>
    """
    counts = {"simulations": simulations, "n_draws": n_draws, "chunk": chunk}
    counts = {name: int(checks.whole(name, x, 1, shape=())) for name, x in counts.items()}
    seed = int(checks.whole("seed", seed, shape=()))
    named = roots(pair)
    plan = {
        "name": pair.name,
        "problem": described(pair.problem),
        "sampler": described(pair.sampler),
        "seed": seed,
        **counts,
        "hashes": module_hashes(named),
    }
    chunks = _Chunks(plan, path)
    _finish(pair, plan, chunks, executor, progress)
    if module_hashes(named) != plan["hashes"]:
        raise RuntimeError(
            f"The code of {pair.name} must stay as it is while it is calibrated; it changed. "
            "Start again, without the file at `path`."
        )
    ranks = np.concatenate([np.array(chunks[i]["ranks"]) for i in range(len(chunks.sizes))])
    del plan["chunk"]
    return Certificate(
        **plan,
        fails=pair.fails,
        names=(*pair.problem.names, LIKELIHOOD),
        counts=tuple(
            tuple(np.bincount(column, minlength=plan["n_draws"] + 1).tolist())
            for column in ranks.T
        ),
        short=sum(chunks[i]["short"] for i in range(len(chunks.sizes))),
        roots=named,
        date=date.today().isoformat(),
    )


def described(thing: Any) -> str:
    """Write a problem or sampler in full, without the addresses of its functions."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))


def roots(pair: Pair) -> tuple[str, ...]:
    """Name the modules of the library whose classes and functions a pair is made of.

    Parameters
    ----------
    pair : Pair
        The problem and the sampler.

    Returns
    -------
    tuple of str
        Sorted names of modules, with that of the calibration's own loop.

    Examples
    --------
    >>> from hbmlib.calibration import Chains, problems
    >>> from hbmlib.kernels import Gibbs
    >>> pair = Pair("gibbs", problems.NormalMeans(), Chains(Gibbs, {"scan": "random"}))
    >>> [name for name in roots(pair) if "calibration" not in name]
    ['hbmlib.kernels.gibbs', 'hbmlib.priors']
    """
    found = {_simulation.__name__, *_modules(pair.problem), *_modules(pair.sampler)}
    return tuple(sorted(name for name in found if name.partition(".")[0] == LIBRARY))


class _Chunks(dict[int, Any]):
    """The results by chunk, kept in a file if there is a path: one line of JSON each."""

    def __init__(self, plan: dict[str, Any], path: str | Path | None) -> None:
        whole, rest = divmod(plan["simulations"], plan["chunk"])
        self.sizes = [plan["chunk"]] * whole + [rest] * (rest > 0)
        self.path = None if path is None else Path(path)
        if self.path is None:
            return
        header = json.dumps(plan)
        if not self.path.exists():
            self.path.write_text(header + "\n", encoding="utf-8")
            return
        content = self.path.read_bytes()
        content = content[: content.rfind(b"\n") + 1]  # a line cut off is lost
        first, *lines = content.decode("utf-8").splitlines() or [header]
        if first != header:
            raise ValueError(
                f"`path` must be a new file or that of the same calibration; got "
                f"{self.path.name}, which differs in {_differences(first, plan)}. "
                "Remove it, or give another path."
            )
        for line in lines:
            index, result = json.loads(line)
            self[index] = result
        self.path.write_bytes(content or f"{header}\n".encode())

    def add(self, index: int, ranks: _simulation.Ranks) -> None:
        self[index] = {"ranks": ranks.ranks.tolist(), "short": ranks.short}
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([index, self[index]]) + "\n")


def _differences(first: str, plan: dict[str, Any]) -> str:
    try:
        found = json.loads(first)
        return ", ".join(name for name in plan if found.get(name) != plan[name]) or "its layout"
    except (json.JSONDecodeError, AttributeError):
        return "everything"


def _finish(
    pair: Pair, plan: dict[str, Any], chunks: _Chunks, executor: Executor | None, progress: bool
) -> None:
    """Run the chunks that are missing; if stopped, keep those that have ended."""
    from tqdm.auto import tqdm  # slow to import

    seeds = np.random.SeedSequence(plan["seed"]).spawn(len(chunks.sizes))
    todo = [i for i in range(len(chunks.sizes)) if i not in chunks]
    futures: dict[Future[Any], int] = {}
    hidden = {} if progress else {"disable": True}
    with ExitStack() as stack:
        done = sum(chunks.sizes[i] for i in chunks)
        bar = stack.enter_context(
            tqdm(total=plan["simulations"], initial=done, desc=pair.name, **hidden)
        )
        if todo and executor is None:
            executor = stack.enter_context(ProcessPoolExecutor(mp_context=get_context("spawn")))
        try:
            for i in todo:
                work = (pair.problem, pair.sampler, chunks.sizes[i], plan["n_draws"], seeds[i])
                futures[executor.submit(_simulation.simulate, *work)] = i
            for future in as_completed(futures):
                chunks.add(futures[future], future.result())
                bar.update(chunks.sizes[futures[future]])
        except BaseException:
            for future, i in futures.items():
                future.cancel()
                ended = future.done() and not future.cancelled()
                if ended and i not in chunks and future.exception() is None:
                    chunks.add(i, future.result())
            raise


def _modules(thing: Any) -> set[str]:
    """Modules of the classes and functions that an object is made of."""
    if isinstance(thing, partial):
        return _modules([thing.func, thing.args, thing.keywords])
    if isinstance(thing, Mapping):
        return _modules(list(thing.values()))
    if isinstance(thing, list | tuple | set | frozenset):
        return set().union(*map(_modules, thing))
    if isinstance(thing, type) or hasattr(thing, "__qualname__"):
        return {thing.__module__}
    parts = [getattr(thing, field.name) for field in fields(thing)] if is_dataclass(thing) else []
    return {type(thing).__module__} | _modules(parts)
