"""The page's samplers are tested on numbers that the library still gives."""

import json

import pytest

from tests import sampler_fixtures


def close(expected, rel=1e-6):
    """Compare nested numbers."""
    if isinstance(expected, dict):
        return {key: close(value, rel) for key, value in expected.items()}
    if isinstance(expected, list):
        return [close(value, rel) for value in expected]
    if isinstance(expected, float):
        return pytest.approx(expected, rel=rel, abs=1e-9)
    return expected


@pytest.mark.parametrize("name", sorted(sampler_fixtures.kernels()))
def test_chain_is_fresh(name):
    stored = json.loads((sampler_fixtures.FOLDER / f"{name}.json").read_text())
    fresh = json.loads(json.dumps(sampler_fixtures.chain(name, steps=3 * sampler_fixtures.EVERY)))
    del stored["sums"], fresh["sums"]
    stored["states"] = stored["states"][:3]
    assert fresh == close(stored)


@pytest.mark.parametrize("name", ["targets", "diagnostics", "regressions", "warm-ups"])
def test_numbers_are_fresh(name):
    stored = json.loads((sampler_fixtures.FOLDER / f"{name}.json").read_text())
    fresh = json.loads(json.dumps(sampler_fixtures.files()[name]()))
    assert fresh == close(stored)


def test_no_fixture_is_left_over():
    stored = {path.stem for path in sampler_fixtures.FOLDER.glob("*.json")}
    assert stored == set(sampler_fixtures.files())
