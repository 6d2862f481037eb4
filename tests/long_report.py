"""Keep the outcome of the long tests: `python -m tests.long_report` runs them and writes it.

The report is committed. Each test's line carries a hash of the sources that it exercises, so that
`make test` notices when the line no longer speaks of them. A test that passed on the present
sources is not run again.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from xml.etree import ElementTree

from tqdm import tqdm

from tests.widgets.registry import CASE_IDS

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "tests" / "long-report.json"

INTERACTIONS = "tests/widgets/test_standalone.py::test_10_000_random_interactions_without_growth"
ANSWERS = "tests/test_stochastic.py::test_two_thousand_whole_right_answers_pass"

#: Each long test, and the files that it exercises.
TESTS = {
    ANSWERS: (
        "tests/test_stochastic.py",
        "hbmlib/exercises/registry.py",
        "hbmlib/exercises/stochastic.py",
    )
} | {
    f"{INTERACTIONS}[{name}]": (
        f"hbmlib/widgets/static/{name}.js",
        "site/hydrate.js",
        "tests/browser/monkey.js",
        "tests/widgets/conftest.py",
        "tests/widgets/pages.py",
    )
    for name in CASE_IDS
}


def fingerprint(sources: Iterable[str]) -> str:
    """Hash the names and contents of files."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.encode() + b"\0" + (ROOT / source).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def read() -> dict[str, dict]:
    """Read the report; a test that is no longer declared is left out."""
    lines = json.loads(REPORT.read_text("utf-8")) if REPORT.exists() else {}
    return {test: lines[test] for test in TESTS if test in lines}


def missing() -> list[str]:
    """Name the tests that have not passed on the present sources."""
    lines = read()
    return [
        test
        for test, sources in TESTS.items()
        if not lines.get(test, {}).get("passed") or lines[test]["sources"] != fingerprint(sources)
    ]


def run(test: str) -> dict:
    """Run one test and describe how it went."""
    before = fingerprint(TESTS[test])
    results = ROOT / "_build" / f"long-{before}.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={results}", test]
    started = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    counts = ElementTree.parse(results).getroot().find("testsuite").attrib
    return {
        "date": time.strftime("%Y-%m-%d"),
        "passed": code == 0 and counts["tests"] == "1" and counts["skipped"] == "0",
        "seconds": round(time.monotonic() - started),
        "sources": before,
    }


def main() -> int:
    """Run what has not passed on the present sources; write the report after each test."""
    due = missing()
    (ROOT / "_build").mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run, test): test for test in due}
        for done in tqdm(as_completed(running), total=len(due)):
            lines = read() | {running[done]: done.result()}
            REPORT.write_text(json.dumps(lines, indent=2, sort_keys=True) + "\n", "utf-8")
    failed = missing()
    print(
        "\n".join(["Not passed:", *failed]) if failed else f"All {len(TESTS)} long tests passed."
    )
    print(f"Commit {REPORT.relative_to(ROOT)}.")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
