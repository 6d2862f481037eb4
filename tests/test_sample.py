"""The driver: seeds, chains, interruptions, memory and bad input."""

import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from hbmlib import diagnostics
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.models import EightSchools
from hbmlib.priors import Uniform
from hbmlib.sample import sample
from hbmlib.targets import Funnel, Gaussian

from .kernels.truth import ConjugateNormal

PLANE = Gaussian([0.0, 3.0], [[1.0, 0.5], [0.5, 4.0]])
NORMAL = ConjugateNormal()
KERNELS = {
    "metropolis": Metropolis(PLANE),
    "gibbs": Gibbs(NORMAL),
    "hmc": HMC(PLANE, 0.1, 5),
    "nuts": NUTS(PLANE),
}
SHORT = {"draws": 60, "warmup": 40, "progress": False}


@pytest.fixture(params=KERNELS)
def kernel(request):
    return KERNELS[request.param]


def test_same_seed_same_draws(kernel):
    first, second, other = (sample(kernel, seed=seed, **SHORT) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first.values, second.values)
    for name, x in first.stats.items():
        np.testing.assert_array_equal(x, second.stats[name])
    assert not np.isin(first.values, other.values).any()


def test_chains_are_independent(kernel):
    q = np.tile([0.5, 2.0], (4, 1))
    draws = sample(kernel, draws=2000, warmup=0 if kernel is KERNELS["gibbs"] else 200,
                   seed=1, inits=q, progress=False)  # fmt: skip
    for column in range(2):
        x = draws.values[..., column]
        assert len(np.unique(x)) > 1000
        bound = 5 / np.sqrt(diagnostics.ess_mean(x) / 4)
        assert np.abs(np.corrcoef(x) - np.eye(4)).max() < bound


def test_no_seed_leaves_one_that_repeats_the_run():
    first = sample(KERNELS["nuts"], **SHORT)
    second = sample(KERNELS["nuts"], **SHORT)
    assert first.meta["seed"] != second.meta["seed"]
    again = sample(KERNELS["nuts"], seed=first.meta["seed"], **SHORT)
    np.testing.assert_array_equal(first.values, again.values)


def test_what_comes_back(kernel):
    draws = sample(kernel, draws=150, warmup=37, chains=3, seed=2, progress=False)
    assert draws.values.shape == (3, 150, 2)
    assert draws.names == kernel.names
    assert type(draws.kernel) is type(kernel)
    assert draws.meta["warmup"] == 37
    assert draws.meta["asked"] == 150
    assert draws.meta["interrupted"] is False
    expected = {
        "Metropolis": {"accept": "f", "diverging": "b"},
        "Gibbs": {"diverging": "b"},
        "HMC": {"accept": "f", "diverging": "b", "energy": "f", "n_grad": "i"},
        "NUTS": {"accept": "f", "diverging": "b", "energy": "f", "n_grad": "i", "tree_depth": "i"},
    }[type(kernel).__name__]
    assert {name: x.dtype.kind for name, x in draws.stats.items()} == expected
    assert all(x.shape == (3, 150) for x in draws.stats.values())


def test_values_are_constrained():
    draws = sample(HMC(NORMAL, 0.1, 5), seed=1, **SHORT)
    assert (draws["sigma"] > 0).all()
    assert draws["sigma"].mean() > 3  # a logarithm would be about 2


@pytest.mark.parametrize("draws", [1, 2, 99, 100, 101, 250])
@pytest.mark.parametrize("chains", [1, 3])
def test_any_number_of_draws_and_chains(kernel, draws, chains):
    result = sample(kernel, draws=draws, warmup=5, chains=chains, seed=1, progress=False)
    assert result.values.shape == (chains, draws, 2)
    assert np.isfinite(result.values).all()
    if draws > 50:
        assert (np.diff(result.values, axis=1) != 0).any(axis=(1, 2)).all()


def test_the_tuned_kernel_draws_on_without_warmup():
    first = sample(NUTS(PLANE), draws=500, warmup=300, seed=1, progress=False)
    more = sample(first.kernel, draws=500, warmup=0, seed=2, progress=False)
    assert more.kernel is first.kernel
    assert more.stats["accept"].mean() == pytest.approx(first.stats["accept"].mean(), abs=0.05)


def test_default_starts_are_over_dispersed():
    draws = sample(Metropolis(PLANE, 1e-9), draws=1, warmup=0, chains=500, seed=1, progress=False)
    np.testing.assert_allclose(draws.values[:, 0].std(axis=0), [2, 4], rtol=0.1)


def test_nothing_adapts_after_warmup():
    seen = []

    class Watched(NUTS):
        def step(self, rng, state):
            seen.append((self.step_size, self.inverse_mass.tolist()))
            return super().step(rng, state)

    draws = sample(Watched(PLANE), draws=50, warmup=100, chains=2, seed=1, progress=False)
    kept = seen[100:]
    assert len(kept) == 50
    assert all(x == (draws.kernel.step_size, draws.kernel.inverse_mass.tolist()) for x in kept)
    assert len({x[0] for x in seen[:100]}) > 90


class Interrupting(Gaussian):
    """Stands for a reader who stops the run after so many gradients."""

    def logp_and_grad(self, q):
        self.__dict__["left"] = self.__dict__.get("left", 10**9) - 1
        if self.__dict__["left"] == 0:
            raise KeyboardInterrupt
        return super().logp_and_grad(q)


def interrupting(after):
    target = Interrupting([0.0, 3.0], [[1.0, 0.5], [0.5, 4.0]])
    target.__dict__["left"] = after
    return target


@pytest.mark.parametrize(
    "make",
    [lambda t: HMC(t, 0.5, 1), lambda t: NUTS(t, 0.5, max_depth=1)],
    ids=["hmc", "nuts"],
)
def test_interruption_keeps_what_was_drawn(make):
    whole = sample(make(PLANE), draws=1000, warmup=50, seed=1, progress=False)
    kernel = make(interrupting(after=600))
    draws = sample(kernel, draws=1000, warmup=50, seed=1, progress=False)
    assert 500 < draws.n_draws < 600
    assert draws.meta["interrupted"] is True
    assert draws.meta["asked"] == 1000
    np.testing.assert_array_equal(draws.values, whole.values[:, : draws.n_draws])
    assert all(x.shape == (4, draws.n_draws) for x in draws.stats.values())
    assert "interrupted" in repr(draws)


@pytest.mark.parametrize("after", [20, 55])
def test_interruption_with_nothing_drawn_is_passed_on(after):
    with pytest.raises(KeyboardInterrupt):
        sample(HMC(interrupting(after), 0.5, 1), draws=1000, warmup=50, seed=1, progress=False)


class FailsBeyond(Gaussian):
    def logp_and_grad(self, q):
        logp, grad = super().logp_and_grad(q)
        return np.where(q[..., 0] > 1, np.nan, logp), grad


@pytest.mark.parametrize("make", [Metropolis, lambda t: HMC(t, 0.5, 3), NUTS])
def test_nan_half_way_is_counted_and_the_run_goes_on(make):
    target = FailsBeyond([0.0, 0.0], np.eye(2))
    inits = np.zeros((4, 2))
    draws = sample(make(target), draws=400, warmup=200, seed=1, inits=inits, progress=False)
    assert draws.n_divergent == draws.stats["diverging"].sum() > 0
    assert (draws["x"][..., 0] <= 1).all()
    assert (np.diff(draws["x"][:, 200:], axis=1) != 0).any(axis=(1, 2)).all()
    assert f"{draws.n_divergent} draw" in repr(draws.summary())


def test_funnel_diverges_and_says_so():
    draws = sample(NUTS(Funnel(10)), draws=500, warmup=500, seed=1, progress=False)
    assert draws.n_divergent > 0
    assert "divergence" in repr(draws)


def test_progress_bar(capsys, monkeypatch):
    settings = {"draws": 20, "warmup": 20, "seed": 1}
    sample(KERNELS["hmc"], progress=False, **settings)
    assert capsys.readouterr().err == ""
    sample(KERNELS["hmc"], **settings)
    assert "40/40" in capsys.readouterr().err


def peak(**settings) -> float:
    """Largest memory in megabytes that a run holds at once."""
    tracemalloc.start()
    try:
        sample(seed=1, progress=False, **settings)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_memory_holds_little_beside_the_draws():
    target = Gaussian(np.zeros(104), np.eye(104))
    kernel = HMC(target, 0.5, 2)
    size = 64 * 500 * 104 * 8 / 1e6
    assert peak(kernel=kernel, draws=500, warmup=100, chains=64) < 1.5 * size
    assert 4 * 1.5 * size < 500  # 2,000 draws


def test_memory_does_not_grow_with_warmup():
    target = Gaussian(np.zeros(50), np.eye(50))
    for kernel in (HMC(target, 0.5, 1), Metropolis(target)):
        short, long = (peak(kernel=kernel, draws=10, warmup=n, chains=16) for n in (500, 4000))
        assert long - short < 0.25 * 3500 * 16 * 50 * 8 / 1e6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 0}, "`draws` must be a positive whole number; got 0."),
        ({"draws": 2.5}, "`draws` must be a positive whole number; got 2.5."),
        ({"chains": 0}, "`chains` must be a positive whole number; got 0."),
        ({"chains": -1}, "`chains` must be a positive whole number; got -1."),
        ({"warmup": -1}, "`warmup` must be a non-negative whole number; got -1."),
        ({"seed": -1}, "`seed` must be a non-negative whole number; got -1."),
        ({"seed": "one"}, "`seed` must be a non-negative whole number; got 'one'."),
        ({"target_accept": 0}, "`target_accept` must be inside 0 and 1; got 0."),
        ({"target_accept": 1.0}, "`target_accept` must be inside 0 and 1; got 1."),
        ({"target_accept": 80}, "`target_accept` must be a number from 0 to 1; got 80."),
        ({"inits": np.zeros(2)}, "`inits` must be finite numbers, shape (4, 2); got shape (2,)."),
        ({"inits": np.zeros((3, 2))}, "`inits` must be finite numbers, shape (4, 2); got shape"),
        ({"inits": np.full((4, 2), np.nan)}, "`inits` must be finite numbers, shape (4, 2); got"),
        ({"kernel": PLANE}, "`kernel` must be a kernel such as NUTS(target); got Gaussian("),
        ({"kernel": NUTS}, "`kernel` must be a kernel such as NUTS(target); got <class"),
        (
            {"kernel": NUTS(FailsBeyond([0, 0], np.eye(2))), "inits": [[0, 0]] * 3 + [[4, 0]]},
            "A chain must start where the density is above zero; chain 3 got log density nan, "
            "from `x[0]` (q[0] = 4).",
        ),
    ],
)
def test_refuses(settings, message):
    with pytest.raises(ValueError, match=rf"(?s)^{re.escape(message)}.*\.$"):
        sample(**({"kernel": KERNELS["nuts"], "seed": 1} | settings))


@pytest.mark.parametrize("kernel", [NUTS, lambda m: HMC(m, 0.1, 3), Metropolis, Gibbs])
def test_a_start_outside_a_prior_names_the_parameter(kernel):
    model = EightSchools([28, 8, -3], [15, 10, 16], tau_prior=Uniform(0, 10))
    inits = model.initial(np.random.default_rng(1), 4)
    inits[2, 1] = np.log(11)
    message = "chain 2 got log density -inf, from `tau` (q[1] = 2.398)."
    with pytest.raises(ValueError, match=re.escape(message)):
        sample(kernel(model), seed=1, inits=inits, progress=False)


def test_import_leaves_scipy_to_those_who_need_it():
    program = "import sys; from hbmlib import sample; print('scipy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
