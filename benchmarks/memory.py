"""How much memory a large run takes: ``python -m benchmarks.memory``.

Each sampler draws normal means (100 groups) with 64 chains of 2,000 draws in a process of its
own, once with a short warm-up and once with a long one, and its largest resident size is read
from the system. The part named `memory` of `benchmarks/results.json` is replaced.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

from benchmarks import record
from benchmarks.problems import normal_means
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.sample import sample

KERNELS = {
    "gibbs": Gibbs,
    "metropolis": Metropolis,
    "hmc": lambda model: HMC(model, step_size=0.1, n_steps=10),
    "nuts": lambda model: NUTS(model, max_depth=3),  # the depth makes time, not memory
}
CHAINS, DRAWS = 64, 2000
SHORT, LONG = 200, 2000  # of warm-up
LIMIT_MB = 500


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", choices=KERNELS, help="draw in this process and print its peak")
    parser.add_argument("--warmup", type=int, default=SHORT)
    given = parser.parse_args()
    if given.draw:
        print(json.dumps(peaks(given.draw, given.warmup)))
        return
    rows = [measure(name) for name in KERNELS]
    for row in rows:
        print(row, flush=True)
    found = {
        "date": time.strftime("%Y-%m-%d"),
        "model": "normal_means",
        "chains": CHAINS,
        "draws": DRAWS,
        "limit_mb": LIMIT_MB,
        "rows": rows,
    }
    record.update(lambda results: results.update(memory=found))


def measure(name: str) -> dict[str, float | str]:
    """Run a sampler in two processes; peaks in megabytes."""
    short, long = (_in_a_process(name, warmup) for warmup in (SHORT, LONG))
    return {
        "sampler": name,
        "before_mb": short["before"],
        f"peak_mb_warmup_{SHORT}": short["peak"],
        f"peak_mb_warmup_{LONG}": long["peak"],
    }


def peaks(name: str, warmup: int) -> dict[str, float]:
    """Draw, and return the largest resident size before and after, in megabytes."""
    kernel = KERNELS[name](normal_means().model)
    before = _peak()
    sample(kernel, draws=DRAWS, warmup=warmup, chains=CHAINS, seed=1, progress=False)
    return {"before": before, "peak": _peak()}


def _in_a_process(name: str, warmup: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.memory", "--draw", name, f"--warmup={warmup}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _peak() -> float:
    units = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes on Linux
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / units, 1)


if __name__ == "__main__":
    main()
