"""The file of results, shared by all benchmarks: each replaces its own part."""

import json
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
PACKAGES = ("numpy", "scipy", "pymc", "nutpie", "pytensor", "numba")


def update(change: Callable[[dict[str, Any]], None], path: Path = RESULTS) -> None:
    """Read the results, change them, and put the new file in the old one's place."""
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    change(results)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    new.replace(path)


def replace_rows(results: dict[str, Any], key: str, model: str, rows: list[dict]) -> None:
    """Put the rows of a model in the place of its earlier ones."""
    others = [row for row in results.get(key, []) if row["model"] != model]
    results[key] = others + rows


def machine(beside: dict[str, str] | None = None) -> dict[str, Any]:
    """Describe the processor and the versions; nothing that identifies the machine."""
    names = {name: version(name) for name in PACKAGES}
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": names | (beside or {}),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0]}, {platform.machine()}" if named else platform.machine()
