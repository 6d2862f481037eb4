"""How fast the samplers are, beside named peers on the same posterior.

`python -m benchmarks.samplers` keeps one process for each sampler, prepares it, and then lets
them run in turn, a seed at a time, so that a slow moment of the machine touches all. What counts
is effective draws (the smallest bulk ESS of all quantities) for each second of CPU, children
and warm-up included, compilation apart, if R-hat is below 1.01 for every quantity. Results go to
`benchmarks/results.json` after every repetition; a run that is stopped keeps them.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.metadata import Distribution, distributions
from multiprocessing import get_context

from tqdm import tqdm

from benchmarks import profiles, record, regression
from benchmarks.contenders import PEERS, Contender, Session, available, single_thread
from benchmarks.measure import Run, compare, describe, spread
from benchmarks.problems import PROBLEMS

NUTPIE = {"library": "nutpie", "sampler": "nuts", "warmup": 400}  # its own default
PYMC = {"library": "pymc", "sampler": "nuts"}
NUMPYRO = {"library": "numpyro", "sampler": "nuts"}

CONTENDERS = [
    Contender("hbmlib", "exact", "eight_schools", draws=10_000, warmup=0),
    Contender("hbmlib", "hmc", "eight_schools", 64, 1000, 100, n_steps=5),
    Contender("hbmlib", "nuts", "eight_schools"),
    Contender(problem="eight_schools", **NUTPIE),
    Contender(problem="eight_schools", **PYMC),
    Contender(problem="eight_schools", **NUMPYRO),
    Contender("hbmlib", "exact", "normal_means", draws=10_000, warmup=0),
    Contender("hbmlib", "gibbs", "normal_means", 4, 1000, 50),
    Contender("hbmlib", "gibbs", "normal_means", 64, 1000, 50),
    Contender("hbmlib", "hmc", "normal_means", 64, 1000, 200, n_steps=5),
    Contender("hbmlib", "nuts", "normal_means"),
    Contender(problem="normal_means", **NUTPIE),
    Contender(problem="normal_means", likelihood="full", **NUTPIE),
    Contender(problem="normal_means", **PYMC),
    Contender(problem="normal_means", **NUMPYRO),
    Contender("hbmlib", "gibbs", "regression_75x5", 4, 16_000, 100),
    Contender("hbmlib", "nuts", "regression_75x5"),
    Contender(problem="regression_75x5", **NUTPIE),
    Contender(problem="regression_75x5", likelihood="full", **NUTPIE),
    Contender(problem="regression_75x5", **PYMC),
    Contender(problem="regression_75x5", **NUMPYRO),
]

#: The least ratio wanted, by sampler, problem, chains and peer.
GOALS = {
    ("gibbs", "normal_means", 4, "nutpie"): 6,
    ("gibbs", "normal_means", 64, "nutpie"): 25,
    ("hmc", "eight_schools", 64, "nutpie"): 4,
    ("hmc", "normal_means", 64, "nutpie"): 6,
    ("exact", "eight_schools", 4, "nutpie"): 100,
    ("exact", "normal_means", 4, "nutpie"): 60,
    ("nuts", "eight_schools", 4, "pymc"): 1.5,
    ("nuts", "normal_means", 4, "pymc"): 1,
}
DENSITY_GOAL, GRADIENT_GOAL = 500, 1.2
PARTS = ("density", "target", "profile")


def main() -> None:
    """Run all, or the parts asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reps", type=int, default=12)
    arguments.add_argument("--target-reps", type=int, default=3, help="of seconds to a target")
    arguments.add_argument("--only", nargs="+", choices=[*PROBLEMS, *PARTS])
    options = arguments.parse_args()
    chosen = options.only or [*PROBLEMS, *PARTS]
    single_thread()
    record.update(lambda results: results.update(machine=record.machine(_beside())))
    try:
        for problem in (name for name in PROBLEMS if name in chosen):
            run_in_turn(problem, options.reps)
        if "density" in chosen:
            densities(options.reps)
        if "target" in chosen:
            seconds_to_target(options.target_reps)
        if "profile" in chosen:
            profile_short_rows()
    except KeyboardInterrupt:
        raise SystemExit("Stopped; what was measured is kept.") from None


def run_in_turn(problem: str, reps: int) -> None:
    """Let the samplers of a problem run in turn, one seed after the other."""
    contenders = [c for c in CONTENDERS if c.problem == problem and available(c.library)]
    runs: dict[Contender, list[Run]] = {contender: [] for contender in contenders}
    with ExitStack() as stack:
        processes = {c: stack.enter_context(_process()) for c in contenders}
        compiled = {}
        for c in tqdm(contenders, desc=f"{problem}: prepare"):
            compiled[c] = processes[c].submit(Session.open, c).result()
        for seed in tqdm(range(reps), desc=f"{problem}: run in turn"):
            for c in contenders:
                runs[c].append(processes[c].submit(Session.run, seed).result())
            _write(problem, runs, compiled)
    for row in rows(runs, compiled):
        print(_line(row))


def rows(runs: dict[Contender, list[Run]], compiled: dict[Contender, float]) -> list[dict]:
    """Compare each sampler of the library with each peer."""
    ours = [c for c in runs if _own(c)]
    found = []
    for a in ours:
        for b in (c for c in runs if c.library != "hbmlib"):
            with_compilation = compare(runs[a], runs[b], compiled[b])["ratio_median"]
            found.append(
                {
                    "sampler": a.sampler,
                    "model": a.problem,
                    "peer": b.library,
                    "peer_likelihood": b.likelihood,
                    "chains": a.chains,
                    "peer_chains": b.chains,
                    "quantity": "effective draws a CPU second",
                    **compare(runs[a], runs[b]),
                    "ratio_with_compilation": with_compilation,
                    "goal": GOALS.get((a.sampler, a.problem, a.chains, b.library)),
                }
            )
    return found


def gradients(runs: dict[Contender, list[Run]]) -> list[dict]:
    """Compare the gradients for each effective draw of NUTS, warm-up apart."""
    counts = {
        c: [run.gradients_per_draw for run in runs[c] if run.passes]
        for c in runs
        if c.sampler == "nuts" and c.likelihood == "reduced" and any(r.passes for r in runs[c])
    }
    ours = next((c for c in counts if c.library == "hbmlib"), None)
    found = []
    for c in counts:
        both = spread(counts[c], "gradients_per_effective_draw") | {"reps": len(counts[c])}
        mine = spread(counts[ours])["ratio_median"] if ours else None
        theirs = both["gradients_per_effective_draw_median"]
        against = (
            {} if c is ours or ours is None else {"ratio_of_medians": round(mine / theirs, 3)}
        )
        goal = {"goal": GRADIENT_GOAL} if c.library == "nutpie" else {}
        found.append({"sampler": "nuts", "model": c.problem, "library": c.library, **both})
        found[-1] |= against | goal
    return found


def densities(reps: int) -> None:
    """Compare one log density of the regression with the source's own evaluation."""
    found = []
    for name, ratios in regression.density_ratios(reps).items():
        way, points = name.split(", ")
        chains = 64 if points.startswith("64") else 1
        goal = DENSITY_GOAL if way == "as written" else None
        row = {"sampler": "metropolis", "model": "regression_75x5", "peer": f"source, {way}"}
        row |= {"chains": chains, "quantity": "log densities a CPU second"}
        found.append(row | spread(ratios) | {"reps": len(ratios), "goal": goal})
        print(_line(found[-1]))

    def change(results: dict) -> None:
        others = [r for r in results.get("rows", []) if not r["peer"].startswith("source")]
        results["rows"] = others + found

    record.update(change)


def seconds_to_target(reps: int) -> None:
    """Time each scheme of Metropolis on the regression until its draws suffice."""
    found: dict[str, dict] = {}
    for scheme in tqdm(regression.SCHEMES, desc="regression_75x5: to the target"):
        with _process() as process:
            tries = []
            for seed in range(reps):
                tries.append(process.submit(_reach, scheme.name, seed).result())
                found[scheme.name] = _summed(scheme.name, tries)
                record.update(lambda results: results.update(seconds_to_target=[*found.values()]))
        print(found[scheme.name])


def profile_short_rows() -> None:
    """Say where the time goes in each row that falls short of its goal."""

    def change(results: dict) -> None:
        results["profiles"] = [_profile(results, c) for c in _short(results["rows"])]

    record.update(change)


def _short(found: list[dict]) -> list[Contender]:
    """Return the samplers that fall short of a goal against the reduced likelihood."""
    short = {
        (row["sampler"], row["model"], row["chains"])
        for row in found
        if row.get("peer_likelihood") == "reduced" and is_short(row)
    }
    return [c for c in CONTENDERS if (c.sampler, c.problem, c.chains) in short and _own(c)]


def _own(contender: Contender) -> bool:
    return contender.library == "hbmlib"


def is_short(row: dict) -> bool:
    """Whether a row has a goal and does not reach it."""
    return bool(row["goal"]) and (row["ratio_median"] or 0) < row["goal"]


def _profile(results: dict, contender: Contender) -> dict:
    found = {"sampler": contender.sampler, "model": contender.problem}
    found |= {"chains": contender.chains, "functions": profiles.shares(contender)}
    if contender.sampler == "exact":
        peer = next(
            run
            for run in results["runs"]
            if (run["library"], run["model"], run["likelihood"])
            == ("nutpie", contender.problem, "reduced")
        )
        dim = len(PROBLEMS[contender.problem]().model.names)
        bound = profiles.normals_ratio(dim, peer["ess_per_cpu_second_median"])
        found["ratio_if_only_normals"] = round(bound, 1)
    return found


def _reach(name: str, seed: int) -> dict:
    scheme = next(scheme for scheme in regression.SCHEMES if scheme.name == name)
    return regression.reach(scheme, seed)


def _summed(name: str, tries: list[dict]) -> dict:
    reached = [found for found in tries if found["reached"]]
    summed = {"scheme": name, "model": "regression_75x5", "chains": 4, "reps": len(tries)}
    summed["reached"] = len(reached)
    for key in ("cpu", "draws"):
        summed |= spread([found[key] for found in reached], f"{key}_to_target")
    missed = [found for found in tries if not found["reached"]]
    if missed:
        keys = ("cpu", "draws", "ess", "rhat")
        summed["given_up_at"] = {key: round(missed[0][key], 3) for key in keys}
    return summed


def _write(problem: str, runs: dict, compiled: dict) -> None:
    summaries = [
        {
            "library": c.library,
            "sampler": c.sampler,
            "model": problem,
            "chains": c.chains,
            "draws": c.draws,
            "warmup": c.warmup,
            "likelihood": c.likelihood,
            "compile_cpu": round(compiled[c], 2),
            **describe(runs[c]),
        }
        for c in runs
    ]

    def change(results: dict) -> None:
        kept = [r for r in results.get("rows", []) if r["peer"].startswith("source")]
        results["rows"] = [r for r in results.get("rows", []) if r not in kept]
        record.replace_rows(results, "rows", problem, rows(runs, compiled))
        results["rows"] += kept
        record.replace_rows(results, "runs", problem, summaries)
        record.replace_rows(results, "gradients", problem, gradients(runs))

    record.update(change)


@contextmanager
def _process() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        yield process


def _beside() -> dict[str, str]:
    """Return the versions of the packages beside the locked ones."""
    found: list[Distribution] = [*distributions(path=[str(PEERS)])] if PEERS.exists() else []
    wanted = ("numpyro", "jax")
    return {d.metadata["Name"]: d.version for d in found if d.metadata["Name"] in wanted}


def _line(row: dict) -> str:
    goal = f"  goal {row['goal']}" if row.get("goal") else ""
    peer = f"{row['peer']} {row.get('peer_likelihood', '')}"
    return (
        f"{row['sampler']:11s}{row['model']:17s}{row['chains']:3d} chains  {peer:22s}"
        f"{row['ratio_median']!s:>8}x  ({row['ratio_min']} to {row['ratio_max']}, "
        f"{row['reps']} pairs){goal}"
    )


if __name__ == "__main__":
    main()
