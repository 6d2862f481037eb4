"""The committed report of `make test-long` speaks of the present sources, and of success."""

from tests import long_report
from tests.long_report import ROOT, TESTS, fingerprint, missing


def test_every_long_test_has_passed_on_the_present_sources():
    assert not missing(), "Run `make test-long` and commit its report."


def test_every_long_test_is_declared():
    marked = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "tests").rglob("test_*.py")
        if "@pytest.mark." + "long" in file.read_text("utf-8")
    }
    assert marked == {test.partition("::")[0] for test in TESTS}


def test_a_changed_source_is_noticed(tmp_path, monkeypatch):
    sources = next(iter(TESTS.values()))
    for source in sources:
        copy = tmp_path / source
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / source).read_bytes())
    before = fingerprint(sources)
    monkeypatch.setattr(long_report, "ROOT", tmp_path)
    assert fingerprint(sources) == before
    copy.write_bytes(copy.read_bytes() + b"\n")
    assert fingerprint(sources) != before


def test_a_failed_or_forgotten_test_is_missing(tmp_path, monkeypatch):
    report = tmp_path / "report.json"
    monkeypatch.setattr(long_report, "REPORT", report)
    assert missing() == list(TESTS)
    test = next(iter(TESTS))
    line = '{"%s": {"passed": %s, "sources": "%s"}}'
    report.write_text(line % (test, "true", fingerprint(TESTS[test])))
    assert test not in missing()
    report.write_text(line % (test, "false", fingerprint(TESTS[test])))
    assert test in missing()
