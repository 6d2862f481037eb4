"""Write the page of benchmarks from the results: ``python -m benchmarks.page``.

The words are in `page.md`; what stands there in double braces is filled in from
`results.json`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import RHAT_LIMIT
from benchmarks.problems import PROBLEMS, SCHOOLS, STUDENTS
from benchmarks.record import RESULTS
from benchmarks.samplers import is_short

TEMPLATE = Path(__file__).with_name("page.md")
PAGE = Path(__file__).parents[1] / "chapters" / "benchmarks.md"

TITLES = {
    "eight_schools": "eight schools",
    "normal_means": "normal means",
    "regression_75x5": "regression",
}
NAMES = {
    "exact": "exact draws",
    "gibbs": "Gibbs",
    "hmc": "HMC",
    "nuts": "NUTS",
    "metropolis": "Metropolis",
    "pymc": "PyMC's own NUTS",
    "numpyro": "NumPyro",
}
#: What was tried on rows that fall short, and what bounds them.
TRIED = {
    "exact": (
        "The draws are already arrays; what is left is drawing normal numbers and inverting "
        "distribution functions. If a draw cost nothing but its normal numbers in NumPy, the "
        "ratio would be {bound}."
    ),
    "gibbs": (
        "A sweep is a dozen array operations, and with few chains the time is NumPy's cost for "
        "each call, not arithmetic. Truncated scales are drawn from the likelihood first, which "
        "is mostly accepted at once. More chains in lock-step are what helps."
    ),
    "hmc": (
        "The gradient is one pass over arrays of all chains, the path's half steps are merged, "
        "and paths are short: five steps on average, among the best of three to eight."
    ),
    "nuts": (
        "Chains take their leapfrog steps together, so that a gradient serves all of them; the "
        "tree itself is Python, a few dozen small operations for each point of each chain."
    ),
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(render(json.loads(RESULTS.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"Wrote chapters/{PAGE.name}.")


def render(results: dict[str, Any]) -> str:
    """Fill the words of the page with the results."""
    runs = results.get("runs", [])
    nutpie = next((run["warmup"] for run in runs if run["library"] == "nutpie"), "no")
    parts = {
        "rhat_limit": RHAT_LIMIT,
        "groups": SCHOOLS,
        "observations": f"{STUDENTS:,}",
        "nutpie_warmup": nutpie,
        "ratios": _ratios(results.get("rows", [])),
        "runs": _runs(runs),
        "gradients": _gradients(results.get("gradients", [])),
        "target": _target(results.get("seconds_to_target", [])),
        "density": _density(results.get("rows", [])),
        "short": _short(results),
        "repaint": _repaint(results.get("repaint")),
        "frames": _frames(results.get("frames")),
        "rates": _rates(results.get("engine")),
        "memory": _memory(results.get("memory")),
        "machine": _machine(results.get("machine", {})),
    }
    words = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(parts[match[1]]), words)


def _table(title: str, head: Sequence[str], body: Iterable[Sequence[Any]]) -> str:
    """Write a list-table of MyST."""
    rows = [list(head), *(list(map(str, row)) for row in body)]
    if len(rows) == 1:
        return "*Not measured yet.*"
    lines = [f"```{{list-table}} {title}", ":header-rows: 1", ""]
    for row in rows:
        first, *others = row
        lines += [f"* - {first}", *(f"  - {cell}" for cell in others)]
    return "\n".join([*lines, "```"])


def number(x: float | None) -> str:
    """Write a number in three figures, without an exponent."""
    if x is None:
        return "none"
    if abs(x) >= 100:
        return f"{float(f'{x:.3g}'):,.0f}"
    return f"{x:#.3g}".rstrip(".")


def _range(row: dict, name: str) -> str:
    """Write a median with the least and the greatest."""
    median, low, high = (row[f"{name}_{kind}"] for kind in ("median", "min", "max"))
    return "none" if median is None else f"{number(median)} ({number(low)} to {number(high)})"


def _ratios(rows: list[dict]) -> str:
    head = ["sampler, chains", "peer", "ratio", "with compilation", "pairs", "to reach"]
    tables = []
    for model in PROBLEMS:
        body = [
            (
                _who(row),
                _peer(row),
                _range(row, "ratio"),
                number(row["ratio_with_compilation"]),
                _pairs(row),
                _goal(row),
            )
            for row in rows
            if row["model"] == model and "peer_likelihood" in row
        ]
        title = f"Effective draws a CPU second, the library's over the peer's: {TITLES[model]}"
        tables.append(_table(title, head, body))
    return "\n\n".join(tables)


def _pairs(row: dict) -> str:
    """Count the pairs of runs, and those that missed the gate on either side."""
    missed = [("ours", row["missed_gate"]), ("theirs", row["peer_missed_gate"])]
    words = [f"{count} of {whose} missed" for whose, count in missed if count]
    return "; ".join([str(row["reps"]), *words])


def _who(row: dict) -> str:
    name = NAMES.get(row["sampler"], row["sampler"])
    return name if row["sampler"] == "exact" else f"{name}, {row['chains']}"


def _peer(row: dict) -> str:
    name = NAMES.get(row["peer"], row["peer"])
    known = row["model"] == "eight_schools"  # whose data are summaries already
    return name if known else f"{name}, {row['peer_likelihood']}"


def _goal(row: dict) -> str:
    if not row["goal"]:
        return ""
    return f"{number_of_goal(row['goal'])}, {'not reached' if is_short(row) else 'reached'}"


def number_of_goal(goal: float) -> str:
    """Write a goal as it was set."""
    return f"{goal:g}"


def _runs(runs: list[dict]) -> str:
    head = "sampler|chains|warm-up and draws|CPU seconds|ESS|ESS a CPU second|compilation, CPU s"
    tables = []
    for model in PROBLEMS:
        body = [
            (
                _library(run) + _likelihood(run),
                "" if run["sampler"] == "exact" else run["chains"],
                _length(run),
                number(run["cpu"]),
                number(run["ess"]),
                _range(run, "ess_per_cpu_second"),
                number(run["compile_cpu"]) if run["library"] != "hbmlib" else "",
            )
            for run in runs
            if run["model"] == model
        ]
        tables.append(_table(f"Medians of the runs: {TITLES[model]}", head.split("|"), body))
    return "\n\n".join(tables)


def _length(run: dict) -> str:
    if run["sampler"] == "exact":
        return f"{run['chains'] * run['draws']:,} draws"
    return f"{run['warmup']:,} and {run['draws']:,}"


def _library(run: dict) -> str:
    if run["library"] == "hbmlib":
        return NAMES[run["sampler"]]
    return NAMES.get(run["library"], run["library"])


def _likelihood(run: dict) -> str:
    own = run["library"] == "hbmlib" or run["model"] == "eight_schools"
    return "" if own else f", {run['likelihood']}"


def _gradients(rows: list[dict]) -> str:
    body = [
        (
            TITLES[row["model"]],
            "the library" if row["library"] == "hbmlib" else NAMES.get(row["library"], "nutpie"),
            _range(row, "gradients_per_effective_draw"),
            row["reps"],
            row.get("ratio_of_medians", ""),
            _gradient_goal(row),
        )
        for row in rows
    ]
    head = ["model", "NUTS of", "gradients", "runs", "ratio", "to reach"]
    return _table("Gradients for each effective draw", head, body)


def _gradient_goal(row: dict) -> str:
    if "goal" not in row:
        return ""
    reached = row.get("ratio_of_medians", float("inf")) <= row["goal"]
    return f"at most {row['goal']}, {'reached' if reached else 'not reached'}"


def _target(rows: list[dict]) -> str:
    body = []
    for row in rows:
        at = row.get("given_up_at")
        seconds, draws = _range(row, "cpu_to_target"), _range(row, "draws_to_target")
        if at:
            draws = f"given up at {at['draws']:,}: R-hat {at['rhat']:.2f}, ESS {at['ess']:.0f}"
            seconds = "not reached" if not row["reached"] else seconds
        reached = f"{row['reached']} of {row['reps']}"
        body.append((row["scheme"], seconds, draws, reached))
    head = ["scheme", "CPU seconds", "draws a chain", "runs that reached it"]
    return _table("CPU seconds until the draws suffice", head, body)


def _density(rows: list[dict]) -> str:
    body = [
        (
            row["peer"].removeprefix("source, "),
            row["chains"],
            _range(row, "ratio"),
            row["reps"],
            _goal(row),
        )
        for row in rows
        if row["peer"].startswith("source")
    ]
    head = ["the source's evaluation", "points at once", "ratio", "turns", "to reach"]
    return _table("CPU time of one log density, the source's over the library's", head, body)


def _short(results: dict) -> str:
    found = [
        row
        for row in results.get("rows", [])
        if row.get("peer_likelihood") == "reduced" and is_short(row)
    ]
    if not found:
        return "Every goal that was set is reached."
    lines = [
        "Against nutpie's machine code, warmed up and with the reduced likelihood, these rows do "
        "not reach what was set. The shares are those of each function's own time in a profiled "
        "run, which exaggerates small functions."
    ]
    lines += [f"- **{_who(row)}, {TITLES[row['model']]}: {_reason(row, results)}" for row in found]
    lines += [
        f"- **One log density at {row['chains']} point: {number(row['ratio_median'])} of "
        f"{number_of_goal(row['goal'])}.** A single point leaves NumPy's cost for each call, "
        "which many points at once share."
        for row in results["rows"]
        if row["peer"].startswith("source") and is_short(row)
    ]
    return "\n\n".join([lines[0], "\n".join(lines[1:])])


def _reason(row: dict, results: dict) -> str:
    key = ("sampler", "model", "chains")
    peer = NAMES.get(row["peer"], row["peer"])
    text = f"{number(row['ratio_median'])} of {number_of_goal(row['goal'])} against {peer}.**"
    for profile in results.get("profiles", []):
        if all(profile[name] == row[name] for name in key):
            parts = [f"`{p['function']}` {100 * p['share']:.0f}%" for p in profile["functions"]]
            bound = number(profile.get("ratio_if_only_normals"))
            text += f" {TRIED[row['sampler']].format(bound=bound)} Profile: {', '.join(parts)}."
    return text


def _repaint(found: dict | None) -> str:
    rows = found["rows"] if found else []
    body = [(row["name"], row["median_ms"], row["p95_ms"], row["count"]) for row in rows]
    title = f"Milliseconds, {found['groups']} groups, {found['date']}" if found else ""
    return _table(title, ["what", "median", "95th percentile", "count"], body)


def _frames(found: dict | None) -> str:
    """Write what a reader waits for in each widget; longest tasks are known from 50 ms on."""
    rows = found["rows"] if found else []
    body = [
        (
            row["widget"],
            f"{row['ready_ms']:,} and {row['ready_slow_ms']:,}",
            _pair(row, "wait"),
            _pair(row, "frame"),
            f"{100 * row['late_share']:.1f}%" if "late_share" in row else "",
            max(row["longest_task_ms"], row.get("longest_task_running_ms", 0)) or "under 50",
        )
        for row in rows
    ]
    head = [
        "widget",
        "ready",
        "slider to repaint",
        "frame while running",
        "late frames",
        "longest task",
    ]
    title = f"Milliseconds of waiting, {found['date']}" if found else ""
    return _table(title, head, body)


def _pair(row: dict, name: str) -> str:
    key = f"{name}_median_ms"
    return f"{row[key]} and {row[f'{name}_p95_ms']}" if key in row else ""


def _rates(found: dict | None) -> str:
    """Write how many transitions the engine makes."""
    rows = found["rates"] if found else []
    body = [
        (row["lab"], row["what"], row["groups"], number(row["transitions_per_second"]))
        for row in rows
    ]
    title = f"Transitions of a chain for each second of CPU, {found['date']}" if found else ""
    return _table(title, ["lab", "sampler", "groups", "transitions"], body)


def _memory(found: dict | None) -> str:
    """Write the peaks; their columns are called after the length of the warm-up."""
    if not found:
        return "*Not measured yet.*"
    peaks = [key for key in found["rows"][0] if key.startswith("peak_mb_warmup_")]
    lengths = [f"{int(key.rpartition('_')[2]):,} steps of warm-up" for key in peaks]
    body = [
        (NAMES[row["sampler"]], *(f"{row[key]:.0f}" for key in ("before_mb", *peaks)))
        for row in found["rows"]
    ]
    title = (
        f"Largest resident size in MB, {found['chains']} chains of {found['draws']:,} draws, "
        f"{TITLES[found['model']]}, {found['date']}"
    )
    return _table(title, ["sampler", "before", *lengths], body)


def _machine(found: dict) -> str:
    if not found:
        return "*Not measured yet.*"
    packages = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    return (
        f"Measured on {found['date']}: {found['processor']}, {found['cores']} cores, "
        f"{found['system']}, Python {found['python']}, {packages}. "
        "CPU seconds, and ratios within a turn, bear with other work on the machine."
    )


if __name__ == "__main__":
    main()
