"""What each kernel's step promises, beside drawing from the right distribution."""

import inspect
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import hbmlib.kernels
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis, tree
from hbmlib.kernels.leapfrog import leapfrog, momentum
from hbmlib.models import VaryingRegression, summarise_lines
from hbmlib.targets import Funnel, Gaussian

from .truth import ConjugateNormal, LogGamma

NORMAL = ConjugateNormal()
CORRELATED = VaryingRegression(summarise_lines([[0, 1, 2]] * 3, np.eye(3)), lkj=1)
SPHERE = Gaussian(np.zeros(100), np.eye(100))


class Broken(Gaussian):
    """A standard normal whose density breaks down beyond 1."""

    value = np.nan

    def logp_and_grad(self, q):
        logp, grad = super().logp_and_grad(q)
        outside = (np.abs(q) > 1).any(axis=-1)
        return np.where(outside, self.value, logp), np.where(outside[..., None], np.nan, grad)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("make", [Metropolis, lambda t: HMC(t, 0.5, 3), lambda t: NUTS(t, 0.5)])
def test_broken_density_is_a_divergence_and_the_chain_goes_on(make, value):
    kernel = make(Broken([0, 0], np.eye(2)))
    object.__setattr__(kernel.target, "value", value)
    state, rng = kernel.init(np.zeros((1, 2))), np.random.default_rng(1)
    diverging, path = [], []
    with np.errstate(all="ignore"):
        for _ in range(400):
            state, info = kernel.step(rng, state)
            diverging.append(bool(np.all(info.diverging)))
            path.append(np.ravel(state.q))
    path = np.array(path)
    assert (np.abs(path) <= 1).all()
    out_of_support = value == -np.inf and isinstance(kernel, Metropolis)  # an ordinary refusal
    assert any(diverging) != out_of_support
    assert (np.diff(path[200:, 0]) != 0).any()
    assert np.isfinite(state.logp).all()


def test_harmless_steps_do_not_diverge():
    for kernel in (HMC(SPHERE, 0.2, 5), NUTS(SPHERE, 0.2), Metropolis(SPHERE, 0.1)):
        _, info = kernel.step(np.random.default_rng(1), kernel.init(np.ones((3, 100))))
        assert not np.any(info.diverging)


def test_hmc_accepts_by_the_error_in_energy():
    target, size, n_steps = LogGamma(), 0.9, 4
    kernel = HMC(target, size, n_steps, jitter=0)
    q = np.linspace(-2, 1, 50)[:, None]
    state, info = kernel.step(np.random.default_rng(7), kernel.init(q))
    rng = np.random.default_rng(7)
    p = momentum(rng, np.ones(1), q.shape)
    new_q, new_p, *_ = leapfrog(target, q, p, target.logp_and_grad(q)[1], size, np.ones(1), 4)
    before = 0.5 * p[:, 0] ** 2 - target.logp(q)
    after = 0.5 * new_p[:, 0] ** 2 - target.logp(new_q)
    np.testing.assert_allclose(info.accept, np.minimum(1, np.exp(before - after)), rtol=1e-12)
    stayed = state.q == q
    np.testing.assert_array_equal(np.where(stayed, q, new_q), state.q)
    np.testing.assert_allclose(info.energy, np.where(stayed[:, 0], before, after), rtol=1e-12)
    logp, grad = target.logp_and_grad(state.q)
    np.testing.assert_array_equal(state.logp, logp)
    np.testing.assert_array_equal(state.grad, grad)
    assert 0 < stayed.sum() < 50


@pytest.mark.parametrize(("jitter", "shortest", "longest"), [(0, 6, 6), (0.5, 3, 9), (1, 1, 12)])
def test_hmc_jitters_the_length_of_a_path(jitter, shortest, longest):
    kernel = HMC(LogGamma(), 0.1, 6, jitter=jitter)
    state, rng = kernel.init(np.zeros((1, 1))), np.random.default_rng(1)
    lengths = {kernel.step(rng, state)[1].n_grad for _ in range(300)}
    assert lengths == set(range(shortest, longest + 1))


def test_nuts_draws_a_point_of_its_path():
    target, size = Gaussian([0.0, 1.0], [[1.0, 0.3], [0.3, 2.0]]), 0.3
    kernel, start = NUTS(target, size), np.array([0.5, -1.0])
    for seed in range(30):
        state, info = kernel.step(np.random.default_rng(seed), kernel.init(start))
        p = momentum(np.random.default_rng(seed), np.ones(2), (2,))
        orbit = [start]
        for step in (size, -size):
            for n in range(1, int(info.n_grad[0]) + 1):
                q = leapfrog(target, start, p, target.logp_and_grad(start)[1], step, np.ones(2), n)
                orbit.append(q[0])
        assert np.abs(np.array(orbit) - state.q).max(axis=1).min() < 1e-10
        logp, grad = target.logp_and_grad(state.q[0])
        assert state.logp[0] == pytest.approx(float(logp), abs=1e-12)
        np.testing.assert_allclose(state.grad[0], grad, atol=1e-12)


def test_nuts_counts_gradients_and_doublings():
    calls = []

    class Counted(Gaussian):
        def logp_and_grad(self, q):
            calls.append(q)
            return super().logp_and_grad(q)

    kernel = NUTS(Counted(np.zeros(2), np.eye(2)), 0.2)
    state, rng = kernel.init(np.zeros(2)), np.random.default_rng(1)
    for _ in range(50):
        calls.clear()
        state, info = kernel.step(rng, state)
        assert len(calls) == info.n_grad
        assert 2 ** (info.tree_depth - 1) <= info.n_grad <= 2**info.tree_depth - 1
        assert 0 < info.accept <= 1


def test_nuts_takes_chains_beside_each_other():
    target, starts = Funnel(5), np.random.default_rng(2).normal(size=(9, 5))
    state, info = NUTS(target, 0.3).step(np.random.default_rng(1), NUTS(target).init(starts))
    assert len(set(info.n_grad)) > 1  # paths of several lengths
    logp, grad = target.logp_and_grad(state.q)
    np.testing.assert_allclose(state.logp, logp, atol=1e-11)
    np.testing.assert_allclose(state.grad, grad, atol=1e-11)
    short = NUTS(target, 0.01, max_depth=3)
    near, _ = short.step(np.random.default_rng(1), short.init(starts))
    nearest = np.abs(near.q[:, None] - starts).max(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.arange(9))  # each goes on from its own start


def test_nuts_stops_at_the_depth_allowed():
    kernel = NUTS(SPHERE, 1e-4, max_depth=4)
    _, info = kernel.step(np.random.default_rng(1), kernel.init(np.ones(100)))
    assert (info.tree_depth, info.n_grad) == (4, 15)


def test_nuts_turns_back_within_a_period():
    assert longest_path() < 1.1 * 2 * np.pi


def test_paths_would_go_round_and_round_without_the_checks_across_halves(monkeypatch):
    complete = tree.Path.join

    def whole_only(self, a, b, biased=False):
        joined, _ = complete(self, a, b, biased)
        return joined, tree.turns(joined.p_sum, a.start, b.end)

    monkeypatch.setattr(tree.Path, "join", whole_only)
    assert longest_path() > 5 * 2 * np.pi


def longest_path() -> float:
    rng, longest = np.random.default_rng(1), 0.0
    for step_size in (0.2, 0.4, 0.6, 0.8, 0.95):  # some of them divide the period
        kernel = NUTS(SPHERE, step_size, max_depth=8)
        state = kernel.init(rng.normal(size=100))
        for _ in range(10):
            state, info = kernel.step(rng, state)
            longest = max(longest, info.n_grad * step_size)
    return longest


def test_metropolis_keeps_its_log_density_true():
    kernel = Metropolis(Funnel(5, 1.0), 0.5, blocks=[[0], [[1], [2]], [3, 4]])
    state, rng = kernel.init(np.zeros((6, 5))), np.random.default_rng(1)
    for _ in range(500):
        state, _ = kernel.step(rng, state)
    np.testing.assert_allclose(state.logp, kernel.target.logp(state.q), atol=1e-10)


def test_metropolis_decides_for_each_site():
    kernel = Metropolis(Funnel(6, 1.0), 3.0, blocks=[[0], np.arange(1, 6)[:, None]])
    state = kernel.init(np.ones((200, 6)))
    new, info = kernel.step(np.random.default_rng(1), state)
    moved = new.q != state.q
    assert len({tuple(row) for row in moved[:, 1:]}) > 1  # not all or none
    np.testing.assert_allclose(moved.mean(axis=0), info.accept_each.mean(axis=0), atol=0.12)


def test_gibbs_refuses_numbers_that_are_not_finite():
    class Odd(ConjugateNormal):
        @property
        def conditionals(self):
            usual = super().conditionals

            def mu(rng, x):
                value = usual["mu"](rng, x)
                value[0] = np.nan
                return value

            return {"mu": mu, "sigma": usual["sigma"]}

    kernel = Gibbs(Odd())
    state = kernel.init(np.array([[50.0, 2.0], [60.0, 2.0]]))
    new, info = kernel.step(np.random.default_rng(1), state)
    assert info.diverging.tolist() == [True, False]
    assert new.q[0, 0] == 50.0
    assert new.q[1, 0] != 60.0
    assert np.isfinite(new.q).all()


def test_gibbs_starts_from_unbounded_coordinates():
    state = Gibbs(NORMAL).init([[50.0, np.log(9.0)]])
    np.testing.assert_allclose(state.q, [[50.0, 9.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HMC(NORMAL, 0, 3), "`step_size` must be a positive number; got 0."),
        (lambda: HMC(NORMAL, -0.1, 3), "`step_size` must be a positive number; got -0.1."),
        (lambda: HMC(NORMAL, np.nan, 3), "`step_size` must be a positive number; got nan."),
        (lambda: HMC(NORMAL, 0.1, 0), "`n_steps` must be a positive whole number; got 0."),
        (lambda: HMC(NORMAL, 0.1, 2.5), "`n_steps` must be a positive whole number; got 2.5."),
        (lambda: HMC(NORMAL, 0.1, 3, jitter=2), "`jitter` must be a number from 0 to 1; got 2."),
        (lambda: NUTS(NORMAL, 0), "`step_size` must be a positive number; got 0."),
        (lambda: NUTS(NORMAL, -0.1), "`step_size` must be a positive number; got -0.1."),
        (lambda: NUTS(NORMAL, max_depth=0), "`max_depth` must be a positive whole number; got 0."),
        (
            lambda: NUTS(NORMAL, inverse_mass=[1, 1, 1]),
            "`inverse_mass` must be positive numbers, shape (2,); got shape (3,).",
        ),
        (
            lambda: NUTS(NORMAL, inverse_mass=[1, -1]),
            "`inverse_mass` must be positive numbers, shape (2,); got -1 at index 1.",
        ),
        (lambda: Metropolis(NORMAL, 0), "`scale` must be a positive number or positive numbers"),
        (lambda: Metropolis(NORMAL, -1), "`scale` must be a positive number or positive numbers"),
        (
            lambda: Metropolis(NORMAL, [1, 0]),
            "`scale` must be a positive number or positive numbers, shape (2,); got 0 at index 1.",
        ),
        (
            lambda: Metropolis(NORMAL, blocks=[[0]]),
            "`blocks` must hold each of 0 to 1 once; got [[0]].",
        ),
        (
            lambda: Metropolis(NORMAL, blocks=[[0, 1], [1]]),
            "`blocks` must hold each of 0 to 1 once; got [[0, 1], [1]].",
        ),
        (
            lambda: Metropolis(NORMAL, blocks=[[[0], [1]]]),
            "Metropolis needs a target with `logp_terms`; got ConjugateNormal, which has none.",
        ),
        (
            lambda: NUTS(object()),
            "NUTS needs a target with `logp_and_grad`; got object, which has none. Metropolis",
        ),
        (
            lambda: Gibbs(Funnel(3)),
            "`model` must offer `conditionals`; got Funnel, which has none. Metropolis works",
        ),
        (
            lambda: Gibbs(CORRELATED),
            "`model` must offer `conditionals`; got VaryingRegression, which has none. "
            "Metropolis works without, and HMC and NUTS if it has gradients",
        ),
        (
            lambda: Gibbs(NORMAL, "sideways"),
            "`scan` must be one of 'systematic', 'random'; got 'sideways'.",
        ),
        (
            lambda: HMC(NORMAL, 0.1, 3).init([1, 2, 3]),
            "`q` must be finite numbers, shape (2,) or finite numbers, shape (chains, 2); got "
            "shape (3,).",
        ),
        (lambda: NUTS(NORMAL).init([1, np.nan]), "`q` must be finite numbers, shape (2,)"),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}.*\.$"):
        make()


@pytest.mark.parametrize(
    "kernel",
    [
        Metropolis(GAUSS := Gaussian([0, 1], np.eye(2)), 0.5, blocks=[[0], [1]]),
        HMC(GAUSS, 0.5, 4),
        NUTS(GAUSS, 0.5),
        Gibbs(NORMAL),
    ],
    ids=lambda kernel: type(kernel).__name__,
)
def test_kernels_print_and_travel(kernel):
    assert repr(kernel).startswith(f"{type(kernel).__name__}(")
    q = np.ones((2, 2))
    here, there = (
        k.step(np.random.default_rng(1), k.init(q))[0].q
        for k in (kernel, pickle.loads(pickle.dumps(kernel)))
    )
    np.testing.assert_array_equal(here, there)


def test_kernels_fit_on_a_screen():
    for path in Path(hbmlib.kernels.__file__).parent.glob("*.py"):
        assert len(path.read_text().splitlines()) <= 120, path.name
    for kernel in (Metropolis, Gibbs, HMC, NUTS):
        assert len(inspect.getsource(kernel.step).splitlines()) <= 25
    lines = sum(len(inspect.getsource(part).splitlines()) for part in (tree.Path, tree.turns))
    assert lines <= 60
