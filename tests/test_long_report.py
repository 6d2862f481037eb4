"""The committed report of `make test-long` speaks of the present sources, and of success."""

import json
import subprocess
import sys

from tests.long_report import REPORT, ROOT, fingerprint


def test_report_is_fresh():
    report = json.loads(REPORT.read_text())
    assert report["fingerprint"] == fingerprint(), (
        f"The long tests were last run on {report['date']}, on other sources. "
        "Run `make test-long` and commit its report."
    )


def test_every_long_test_is_reported_and_passed():
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "long", "--collect-only", "-q", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.partition("::")[2] for line in listed.stdout.splitlines() if "::" in line}
    tests = json.loads(REPORT.read_text())["tests"]
    assert names
    assert {name.partition("::")[2] for name in tests} == names
    assert all(outcome["passed"] for outcome in tests.values())
