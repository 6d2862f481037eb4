"""Warm-up finds the step size and the scales, from any start."""

import numpy as np
import pytest

from hbmlib import warmup
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.sample import sample
from hbmlib.targets import Gaussian

from .kernels.truth import ConjugateNormal

SD = np.array([1e-4, 1e-3, 3e-3])
WIDE = Gaussian(np.zeros(3), np.diag(SD**2))


@pytest.mark.parametrize("total", [0, 1, 19, 20, 21, 50, 150, 151, 300, 1000, 1001, 5000])
def test_windows_add_up(total):
    windows = warmup.windows(total)
    assert sum(window.length for window in windows) == total
    assert all(window.length > 0 for window in windows)
    scaling = [window.length for window in windows if window.scales]
    assert scaling == sorted(scaling)
    assert bool(scaling) == (total >= 20)
    if windows:
        assert [window.first for window in windows] == [True] + [False] * (len(windows) - 1)
        assert not windows[-1].scales  # the step size has the last word


def test_windows_double():
    lengths = [window.length for window in warmup.windows(5000) if window.scales]
    assert lengths[:6] == [25, 50, 100, 200, 400, 800]


@pytest.mark.parametrize("begin", [1e-6, 0.1, 1e6])
def test_dual_averaging_meets_its_target(begin):
    rng, tuner = np.random.default_rng(1), warmup.DualAveraging(begin, target=0.8)
    for _ in range(3000):
        rate = 1 / (1 + tuner.step_size / 7)  # 0.8 at 1.75
        tuner.update(np.clip(rate + 0.1 * rng.standard_normal(), 0, 1))
    assert tuner.averaged == pytest.approx(1.75, rel=0.1)


def test_dual_averaging_follows_the_paper():
    tuner, rates = warmup.DualAveraging(0.5, target=0.65), [0.9, 0.2, 0.7, 0.65, 0.0]
    mu, mean, log_averaged = np.log(5.0), 0.0, 0.0
    for t, rate in enumerate(rates, start=1):
        tuner.update(rate)
        mean = (1 - 1 / (t + 10)) * mean + (0.65 - rate) / (t + 10)
        log_size = mu - np.sqrt(t) / 0.05 * mean
        log_averaged = t**-0.75 * log_size + (1 - t**-0.75) * log_averaged
        assert tuner.step_size == pytest.approx(np.exp(log_size), rel=1e-12)
        assert tuner.averaged == pytest.approx(np.exp(log_averaged), rel=1e-12)


def test_moments_of_batches_are_those_of_all():
    x = 1e6 + np.random.default_rng(1).normal(size=(1000, 4, 3)) * [1e-2, 1, 1e3]
    moments = warmup.Moments()
    for part in np.split(x, [1, 2, 50, 700]):
        moments.add(part)
    pooled = x.reshape(-1, 3)
    np.testing.assert_allclose(moments.mean, pooled.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(moments.variance(), pooled.var(axis=0, ddof=1), rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_regularisation_does_not_depend_on_units(unit):
    moments, previous = warmup.Moments(), np.array([3.0])
    moments.add(np.random.default_rng(1).normal(size=(15, 1)))
    plain = moments.regularised_variance(previous)
    assert np.sort([moments.variance(), plain, previous], axis=0)[1] == plain  # between the two
    rescaled = warmup.Moments()
    rescaled.add(unit * np.random.default_rng(1).normal(size=(15, 1)))
    np.testing.assert_allclose(
        rescaled.regularised_variance(unit**2 * previous), unit**2 * plain, rtol=1e-9
    )


def test_chains_that_never_moved_keep_the_earlier_variance():
    moments = warmup.Moments()
    moments.add(np.ones((5, 2)))
    np.testing.assert_allclose(moments.regularised_variance(np.array([2.0, 3.0])), [2.0, 3.0])


@pytest.mark.parametrize(
    ("kernel", "chains"),
    [(NUTS(WIDE, 1e-4), 4), (NUTS(WIDE, 10.0), 4), (HMC(WIDE, 10.0, 5), 16)],
    ids=["nuts from a small step", "nuts from a large step", "hmc"],
)
def test_learns_variances_and_acceptance(kernel, chains):
    draws = sample(kernel, draws=500, warmup=1000, chains=chains, seed=1, progress=False)
    np.testing.assert_allclose(np.sqrt(draws.kernel.inverse_mass) / SD, 1, atol=0.15)
    assert draws.stats["accept"].mean() == pytest.approx(0.8, abs=0.1)
    assert kernel.step_size in (1e-4, 10.0)  # the kernel given is as it was


@pytest.mark.parametrize("rate", [0.6, 0.9])
def test_meets_the_acceptance_asked_for(rate):
    settings = {"warmup": 1000, "target_accept": rate, "progress": False}
    hmc = [
        sample(HMC(ConjugateNormal(), 0.1, 5), draws=200, chains=16, seed=seed, **settings)
        for seed in range(5)
    ]
    assert np.mean([x.stats["accept"] for x in hmc]) == pytest.approx(rate, abs=0.06)
    walk = sample(Metropolis(WIDE), draws=500, chains=16, seed=1, **settings)
    assert walk.stats["accept"].mean() == pytest.approx(rate, abs=0.04)


def test_metropolis_gets_a_scale_for_each_coordinate():
    whole = sample(Metropolis(WIDE), draws=500, chains=16, seed=1, progress=False)
    assert whole.stats["accept"].mean() == pytest.approx(0.234 + 0.206 / 3, abs=0.05)
    np.testing.assert_allclose(np.std(np.log(whole.kernel.scale / SD)), 0, atol=0.15)
    apart = Metropolis(WIDE, blocks=[[0], [1], [2]])
    single = sample(apart, draws=500, chains=16, seed=1, progress=False)
    assert single.stats["accept"].mean() == pytest.approx(0.44, abs=0.05)
    np.testing.assert_allclose(single.kernel.scale / SD, 2.4, rtol=0.2)
    assert [block.tolist() for block in single.kernel.blocks] == [[[0]], [[1]], [[2]]]


def test_gibbs_has_nothing_to_tune():
    kernel = Gibbs(ConjugateNormal())
    assert warmup.tuner(kernel) is None
    draws = sample(kernel, draws=10, warmup=30, seed=1, progress=False)
    assert draws.kernel is kernel


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_gradients_at_the_starts_tell_the_variances_of_a_normal(unit):
    target = Gaussian(np.zeros(3), unit**2 * np.diag(SD**2))
    kernel = NUTS(target)
    q = 2 * unit * SD * np.random.default_rng(1).standard_normal((5, 3))
    q[0] *= 1e3  # one remote start does not matter
    guess = warmup.guessed(kernel, kernel.init(q)).inverse_mass
    wide = np.subtract(*np.quantile(q, [0.75, 0.25], axis=0)) ** 2 > unit**2 * SD**2
    np.testing.assert_allclose(guess[wide], (unit**2 * SD**2)[wide], rtol=1e-9)
    assert wide.any()
    assert (guess <= unit**2 * SD**2 * (1 + 1e-9)).all()


def test_starts_that_tell_nothing_leave_the_kernel_as_it_is():
    kernel = NUTS(WIDE, inverse_mass=[1.0, 2.0, 3.0])
    for q in (np.ones((1, 3)), np.ones((4, 3))):
        np.testing.assert_array_equal(
            warmup.guessed(kernel, kernel.init(q)).inverse_mass, [1, 2, 3]
        )
    walk = Metropolis(WIDE)
    assert warmup.guessed(walk, walk.init(np.ones((4, 3)))) is walk


def test_a_remote_chain_of_hmc_is_not_left_behind():
    target = ConjugateNormal()
    inits = np.tile([57.0, 2.0], (32, 1))
    inits[0] = [57.0, -3.0]  # steep: only a tiny step is accepted here
    draws = sample(
        HMC(target, 0.1, 6), draws=200, warmup=400, chains=32, seed=1, inits=inits, progress=False
    )
    assert len(np.unique(draws["sigma"][0])) > 100
    assert draws["sigma"][0].mean() == pytest.approx(draws["sigma"].mean(), rel=0.3)


def test_a_wrong_gradient_is_suspected_when_nothing_is_accepted():
    class Uphill(Gaussian):
        def logp_and_grad(self, q):
            logp, grad = super().logp_and_grad(q)
            return logp, np.full_like(grad, 1e200)

    kernel = HMC(Uphill([0], [[1]]), 1.0, 3)
    with pytest.raises(ValueError, match=r"got none\. Compare the target's gradient"):
        sample(kernel, draws=10, warmup=3000, seed=1, progress=False)
