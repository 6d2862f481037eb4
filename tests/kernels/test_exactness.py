"""Every kernel meets exact answers, and the same judge catches every wrong kernel."""

import dataclasses

import numpy as np
import pytest

from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis, hmc, nuts
from hbmlib.sample import sample
from hbmlib.targets import Funnel, Gaussian

from .truth import (
    GAUSSIAN,
    ConjugateNormal,
    LogGamma,
    Quantity,
    asymmetry,
    faults,
    gaussian_truth,
    judge,
)

MANY = {"chains": 32, "draws": 3000, "warmup": 400}
FEW = {"chains": 8, "draws": 1000, "warmup": 400}

NORMAL = ConjugateNormal()
TARGETS = {
    "gaussian": (GAUSSIAN, gaussian_truth(GAUSSIAN)),
    "log-gamma": (LogGamma(), LogGamma().truth()),
    "conjugate normal": (NORMAL, NORMAL.truth()),
}
KERNELS = {
    "metropolis": (Metropolis, MANY),
    "metropolis, one by one": (
        lambda target: Metropolis(target, blocks=[[i] for i in range(target.dim)]),
        MANY,
    ),
    "hmc": (lambda target: HMC(target, step_size=0.1, n_steps=6), MANY),
    "nuts": (NUTS, FEW),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_meet_exact_answers(kernel, target):
    make, settings = KERNELS[kernel]
    density, truth = TARGETS[target]
    assert faults(make(density), truth, **settings) == []


@pytest.mark.parametrize("scan", ["systematic", "random"])
def test_gibbs_meets_exact_answers(scan):
    assert faults(Gibbs(NORMAL, scan), NORMAL.truth(), **MANY) == []


def test_sites_with_decisions_of_their_own_meet_exact_answers():
    scale = 0.7
    target = Funnel(6, scale)
    truth = {
        "v": Quantity(lambda d: d["v"], 0.0),
        "variance of v": Quantity(lambda d: d["v"] ** 2, scale**2),
        "x²": Quantity(lambda d: (d["x"] ** 2).mean(axis=-1), np.exp(scale**2 / 2)),
        "x² y²": Quantity(
            lambda d: d["x"][..., 0] ** 2 * d["x"][..., 1] ** 2, np.exp(2 * scale**2)
        ),
    }
    by_site = Metropolis(target, blocks=[[0], np.arange(1, 6)[:, None]])
    assert faults(by_site, truth, **MANY) == []
    unequal_blocks = Metropolis(target, blocks=[[[1, 2], [3, 4]], [5], [0]])
    assert faults(unequal_blocks, truth, **MANY) == []


def test_pairs_with_decisions_of_their_own_meet_exact_answers():
    # two pairs that depend on each other through the mean alone
    precision = np.diag([6.0, 2.0, 3.0, 2.0, 3.0])
    for i, j, x in [(0, 1, -1), (0, 2, 1), (0, 3, -1), (0, 4, 1), (1, 2, 0.8), (3, 4, -0.5)]:
        precision[i, j] = precision[j, i] = x
    target = Gaussian([3.0, 0.0, -1.0, 2.0, 5.0], np.linalg.inv(precision))
    kernel = Metropolis(target, blocks=[[0], [[1, 2], [3, 4]]])
    assert faults(kernel, gaussian_truth(target), **MANY) == []


START = np.log(np.random.default_rng(5).gamma(0.8, size=400_000))  # in equilibrium
EDGES = np.quantile(START, np.linspace(0, 1, 9)[1:-1])


@pytest.mark.parametrize(
    "kernel",
    [Metropolis(LogGamma(), scale=1.5), HMC(LogGamma(), step_size=0.7, n_steps=3)],
    ids=["metropolis", "hmc"],
)
def test_detailed_balance(kernel):
    state, _ = kernel.step(np.random.default_rng(1), kernel.init(START[:, None]))
    assert asymmetry(START, state.q[:, 0], EDGES) > 1e-3


def test_detailed_balance_of_nuts():
    rng, kernel = np.random.default_rng(1), NUTS(LogGamma(), step_size=0.8)
    before = START[:40_000]
    state, _ = kernel.step(rng, kernel.init(before[:, None]))
    assert asymmetry(before, state.q[:, 0], EDGES) > 1e-3


class Altered:
    """A source of randomness whose normal draws z become scale · z + shift."""

    def __init__(self, rng, scale=1.0, shift=0.0):
        self.rng, self.random, self.scale, self.shift = rng, rng.random, scale, shift

    def standard_normal(self, size):
        return self.scale * self.rng.standard_normal(size) + self.shift


class AsymmetricProposal(Metropolis):
    """Proposals lean to the right, and no Hastings term makes up for it."""

    def step(self, rng, state):
        return super().step(Altered(rng, shift=0.1), state)


class AdaptsOnItsState(Metropolis):
    """The size of a chain's proposals depends on where it is."""

    def step(self, rng, state):
        return super().step(Altered(rng, scale=0.5 + np.abs(state.q)[:, None]), state)


class OneSourceForAllChains(Metropolis):
    """All chains take the same random numbers."""

    def step(self, rng, state):
        class Same:
            def standard_normal(self, size):
                return np.broadcast_to(rng.standard_normal((1, *size[1:])), size)

            def random(self, size):
                return np.broadcast_to(rng.random((1, *size[1:])), size)

        return super().step(Same(), state)


def test_asymmetric_proposal_is_caught():
    kernel = AsymmetricProposal(LogGamma(), scale=1.5)
    assert any("z =" in fault for fault in faults(kernel, LogGamma().truth(), **MANY))
    state, _ = kernel.step(np.random.default_rng(1), kernel.init(START[:, None]))
    assert asymmetry(START, state.q[:, 0], EDGES) < 1e-3


def test_precision_for_variance_is_caught_in_gibbs():
    wrong = ConjugateNormal(faulty="precision")
    assert any("z =" in fault for fault in faults(Gibbs(wrong), NORMAL.truth(), **MANY))


@pytest.mark.parametrize(
    ("kernel", "module", "settings"),
    [
        (HMC(LogGamma(), 0.4, 4, inverse_mass=[4.0]), hmc, MANY | {"warmup": 0}),
        (NUTS(LogGamma(), 0.4, inverse_mass=[4.0]), nuts, FEW | {"warmup": 0}),
    ],
    ids=["hmc", "nuts"],
)
def test_precision_for_variance_is_caught_in_momenta(kernel, module, settings, monkeypatch):
    def momentum(rng, inverse_mass, shape):
        return rng.standard_normal(shape) * np.sqrt(inverse_mass)

    assert faults(kernel, LogGamma().truth(), **settings) == []
    monkeypatch.setattr(module, "momentum", momentum)
    assert any("z =" in fault for fault in faults(kernel, LogGamma().truth(), **settings))


@pytest.mark.parametrize("kernel", KERNELS)
def test_dropped_jacobian_is_caught(kernel):
    make, settings = KERNELS[kernel]
    wrong = ConjugateNormal(faulty="jacobian")
    assert any("z =" in fault for fault in faults(make(wrong), NORMAL.truth(), **settings))


def test_kernel_that_adapts_on_its_state_is_caught():
    kernel = AdaptsOnItsState(LogGamma(), scale=1.0)
    assert any("z =" in fault for fault in faults(kernel, LogGamma().truth(), **MANY))


@pytest.mark.parametrize(
    "kernel", [Metropolis(NORMAL), HMC(NORMAL, 0.1, 3), NUTS(NORMAL), Gibbs(NORMAL)]
)
def test_kernels_are_frozen(kernel):
    for name in [*vars(kernel), "state"]:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(kernel, name, 1.0)
    arrays = [value for value in vars(kernel).values() if isinstance(value, np.ndarray)]
    assert not any(array.flags.writeable for array in arrays)
    before = repr(kernel)
    sample(kernel, draws=50, warmup=0, seed=1, progress=False)
    assert repr(kernel) == before


def test_warmup_kept_from_remote_starts_is_caught():
    truth = gaussian_truth(GAUSSIAN)
    scale = 2 * np.sqrt(np.diag(GAUSSIAN.cov)) / np.sqrt(3)
    remote = GAUSSIAN.mean + np.sqrt(np.diag(GAUSSIAN.cov)) * np.full((4, 3), 200.0)
    settings = {"chains": 4, "draws": 1000, "inits": remote}
    kernel = Metropolis(GAUSSIAN, scale)
    assert any("R-hat" in fault for fault in faults(kernel, truth, warmup=0, **settings))


def test_one_seed_for_all_chains_is_caught():
    target = LogGamma()
    inits = np.zeros((MANY["chains"], 1))
    wrong = faults(OneSourceForAllChains(target, 2.0), target.truth(), **MANY, inits=inits)
    right = faults(Metropolis(target, 2.0), target.truth(), **MANY, inits=inits)
    assert any("z =" in fault for fault in wrong)
    assert right == []


def test_judge_catches_draws_that_are_off_by_a_tenth_of_an_sd():
    kernel = HMC(GAUSSIAN, step_size=0.1, n_steps=6)
    runs = [sample(kernel, seed=seed, progress=False, **MANY) for seed in range(4)]
    assert judge(runs, gaussian_truth(GAUSSIAN)) == []
    shift = np.array([0, 0, 0.2])
    moved = [dataclasses.replace(run, values=run.values + shift) for run in runs]
    assert any("x[2]" in fault for fault in judge(moved, gaussian_truth(GAUSSIAN)))
