"""Keep the outcome of the long tests: `python -m tests.long_report` runs them and writes it.

The report is committed. It carries a hash of the sources that the long tests exercise, so that
`make test` notices when it no longer speaks of them.
"""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "tests" / "long-report.json"
#: What the long tests exercise, and the tests themselves.
SOURCES = ("frontend/engine", "frontend/views", "site/hydrate.js", "tests/browser")
SUFFIXES = {".js", ".py", ".css"}


def fingerprint() -> str:
    """Hash the names and contents of the sources."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            if file.suffix in SUFFIXES:
                digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def main() -> int:
    """Run the long tests and write their report; return pytest's exit code."""
    before = fingerprint()
    results = ROOT / "_build" / "long-tests.xml"
    command = [sys.executable, "-m", "pytest", "-m", "long", f"--junitxml={results}", "tests"]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    cases = ElementTree.parse(results).getroot().iter("testcase")
    report = {
        "date": time.strftime("%Y-%m-%d"),
        "fingerprint": before,
        "tests": {
            f"{case.get('classname')}::{case.get('name')}": {
                "passed": len(case.findall("failure") + case.findall("error")) == 0
                and case.find("skipped") is None,
                "seconds": round(float(case.get("time")), 1),
            }
            for case in cases
        },
    }
    REPORT.write_text(json.dumps(report, indent=2) + "\n")
    print(f"Wrote {REPORT.relative_to(ROOT)}; commit it.")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
