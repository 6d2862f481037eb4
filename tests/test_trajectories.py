"""The recorder of NUTS changes nothing, and what it writes down is what happened."""

import numpy as np
import pytest

from hbmlib import plots
from hbmlib.kernels import NUTS
from hbmlib.targets import Funnel, Gaussian
from hbmlib.trajectories import record

TARGET = Gaussian([0.0, 1.0, -1.0], [[1.0, 0.6, 0.0], [0.6, 2.0, 0.3], [0.0, 0.3, 0.5]])
KERNEL = NUTS(TARGET, step_size=0.25, inverse_mass=[1.0, 2.0, 0.5])
SEEDS = range(40)


def start(seed):
    rng = np.random.default_rng([7, seed])
    return rng.normal(size=3), rng.normal(size=3)


def paths():
    return [record(KERNEL, *start(seed), np.random.default_rng(seed)) for seed in SEEDS]


def test_the_step_is_that_of_the_kernel():
    class Given:
        """Gives the push as written, then the same numbers as the recorder got."""

        def __init__(self, seed, p):
            self.p, self.random = p, np.random.default_rng(seed).random

        def standard_normal(self, shape):
            return self.p.reshape(shape) * np.sqrt(KERNEL.inverse_mass)

    for seed, path in zip(SEEDS, paths(), strict=True):
        q, p = start(seed)
        state, info = KERNEL.step(Given(seed, p), KERNEL.init(q))
        np.testing.assert_allclose(state.q[0], path.q[path.drawn])
        assert info.n_grad[0] == len(path.times) - 1
        assert info.tree_depth[0] == path.depth
        assert not path.diverging


def test_times_count_the_steps_of_one_path():
    for path in paths():
        order = np.argsort(path.times)
        assert np.all(np.diff(path.times[order]) == 1)
        q, p = path.q[order], path.p[order]
        step, mass = KERNEL.step_size, KERNEL.inverse_mass
        halfway = p[:-1] + step / 2 * TARGET.logp_and_grad(q[:-1])[1]
        np.testing.assert_allclose(q[1:], q[:-1] + step * mass * halfway, atol=1e-10)


def test_stretches_and_margins_follow_from_the_momenta():
    seen = set()
    for path in paths():
        p = path.p[np.argsort(path.times)]
        v, first = KERNEL.inverse_mass * p, path.times.min()
        for stretch in path.stretches:
            part = slice(stretch.first - first, stretch.last - first + 1)
            ps, vs, n = p[part], v[part], stretch.last - stretch.first + 1
            assert n & (n - 1) == 0
            margin = (vs[[0, -1]] @ ps.sum(axis=0)).min()
            assert stretch.margins[0] == pytest.approx(margin)
            if n > 2:
                m = n // 2
                left = (vs[[0, m]] @ ps[: m + 1].sum(axis=0)).min()
                right = (vs[[m - 1, -1]] @ ps[m - 1 :].sum(axis=0)).min()
                assert sorted(stretch.margins[1:]) == pytest.approx(sorted([left, right]))
            assert stretch.turned == any(m <= 0 for m in stretch.margins)
        inner = [s.turned for s in path.stretches if not s.doubling]
        assert path.thrown_away == any(inner)
        seen.add(path.thrown_away)
    assert seen == {True, False}


def test_what_was_thrown_away_is_never_drawn():
    for path in paths():
        if path.thrown_away:
            assert path.doubling[path.drawn] < path.depth


def test_a_divergence_ends_the_path():
    path = record(NUTS(Funnel(2), 2.0), [-6.0, 0.0], [0.5, 2.0], np.random.default_rng(1))
    assert path.diverging
    assert path.thrown_away
    assert path.energy[-1] - path.energy[0] > 1000


@pytest.mark.parametrize("q", [[0.0, 0.0], [np.nan, 0.0, 0.0]])
def test_a_start_that_does_not_fit_is_refused(q):
    with pytest.raises(ValueError, match="`q`"):
        record(KERNEL, q, np.ones(3), np.random.default_rng(1))


def test_the_figure_marks_what_turned_and_what_was_drawn():
    path = next(path for path in paths() if path.thrown_away and path.times[path.drawn])
    figure = plots.tree_checks(path)
    (ax,) = figure.axes
    ring = ax.lines[-1]
    assert ring.get_xdata() == path.times[path.drawn]
    bars = [line for line in ax.lines if line.get_marker() == "None"]
    assert len(bars) == len(path.stretches)
    dashed = [line.get_linestyle() != "-" for line in bars]
    assert dashed == [stretch.turned for stretch in path.stretches]
    text = plots.alt_text(figure)
    assert "turn back" in text
    assert "was thrown away" in text
    assert f"{path.times[path.drawn]:+d} steps from the start" in text
