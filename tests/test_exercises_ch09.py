"""Chapter 9's exercises: other right answers pass, wrong ones on other streams do not."""

import numpy as np
import pytest

from hbmlib.exercises import check, data
from hbmlib.exercises.ch09 import DRAWN, SURVEY, _ends_at, _momenta, _target
from hbmlib.kernels import HMC, NUTS
from hbmlib.sample import sample

RIGHT = {
    "tuned NUTS": lambda y, se: sample(
        NUTS(_target(y, se)), draws=2000, warmup=300, seed=3, progress=False
    ),
    "HMC": lambda y, se: sample(
        HMC(_target(y, se), 0.3, 5), draws=3000, warmup=300, seed=4, progress=False
    ),
}


@pytest.mark.parametrize("way", RIGHT)
def test_other_right_samplers_pass(way):
    assert check("9.4", RIGHT[way](**data("9.4"))).state == "correct"


def test_wrong_samplers_on_other_streams_get_their_own_message():
    given = data("9.4", student="s1")
    for wrong in SURVEY.judge.misconceptions:
        verdict = check("9.4", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_the_survey_is_of_ten_schools():
    for student in ("", "s1", "s2"):
        given = data("9.4", student=student)
        assert given["y"].shape == given["se"].shape == (10,)
        n = (6.3 / given["se"]) ** 2
        np.testing.assert_allclose(n, np.round(n))


def test_the_draw_balances_and_sums_to_one():
    rng = np.random.default_rng(1)
    for _ in range(20):
        energy = rng.normal(size=8)
        ends = np.array([_ends_at(energy, start) for start in range(8)])
        np.testing.assert_allclose(ends.sum(axis=1), 1)
        flow = np.exp(-energy)[:, None] * ends
        np.testing.assert_allclose(flow, flow.T)


def test_the_probabilities_are_those_of_the_library():
    """Grow each tree by the library's own join, many times."""
    from hbmlib.kernels.tree import Path, Point, Tree

    energy, start = (data("9.2")[name] for name in ("energy", "start"))
    zero = np.zeros(1)
    points = [Point(zero, zero, 0.0, zero, zero, e) for e in energy]
    rng, counts, n = np.random.default_rng(1), np.zeros(8), 20_000
    for _ in range(n):
        path = Path(points[start], np.ones(1), rng.random)

        def tree(first, size, path=path):
            if size == 1:
                point = points[first]
                return Tree(point, point, zero, points[start].energy - point.energy, point)
            half = size // 2
            return path.join(tree(first, half), tree(first + half, half))[0]

        whole = tree(start, 1)
        for size in (1, 2, 4):
            new = tree((start // size ^ 1) * size, size)
            whole, _ = path.join(whole, new, biased=True)
        counts[points.index(whole.drawn)] += 1
    expected = n * DRAWN.judge.solution(energy, start)
    z = (counts - expected) / np.sqrt(expected + 1)
    assert np.abs(z).max() < 4.5


def test_some_paths_turn_back_and_some_only_across_the_halves():
    from hbmlib.exercises.ch09 import _margin

    cases = [case for seed in range(20) for case in _momenta(np.random.default_rng(seed))]
    whole = np.array([_margin(**case, across=False) for case in cases])
    all_three = np.array([_margin(**case) for case in cases])
    assert np.any(all_three > 0)
    assert np.any((whole > 0) & (all_three <= 0))
