"""Exercise 11.2: right models in PyMC pass, however written, and wrong ones get their message."""

import numpy as np
import pytest

from hbmlib import pooling
from hbmlib.exercises import check, data
from hbmlib.exercises.ch11 import MODEL, MU_PRIOR, SIGMA_PRIOR, _draws, _scores
from hbmlib.kernels import NUTS, Gibbs
from hbmlib.models import NormalMeans
from hbmlib.priors import HalfNormal
from hbmlib.sample import sample

# PyTensor warns once a process that no BLAS library is linked.
pytestmark = pytest.mark.filterwarnings("ignore:.*BLAS.*:UserWarning")

QUIET = {"cores": 1, "quiet": True, "progressbar": False, "random_seed": 1}


def in_pymc(y, group, *, precision=False, draws=3000):
    import pymc as pm

    with pm.Model():
        mu = pm.Normal("mu", 10, sigma=10)
        tau = pm.HalfNormal("tau", 5)
        sigma = pm.HalfNormal("sigma", 10)
        if precision:
            theta = pm.Normal("theta", mu, tau=tau, shape=15)
        else:
            theta = mu + tau * pm.Normal("z", 0, sigma=1, shape=15)
        pm.Normal("y", theta[group], sigma=sigma, observed=y)
        tree = pm.sample(draws, tune=1000, chains=4, target_accept=0.95, **QUIET)
    found = {name: tree["posterior"][name].to_numpy() for name in ("mu", "tau", "sigma")}
    found["new"] = np.random.default_rng(1).normal(found["mu"], found["tau"])
    return found


def by_library(kernel, centred, **settings):
    given = data("11.2")
    model = NormalMeans(
        pooling.summarise(given["y"], given["group"]),
        mu_prior=MU_PRIOR,
        tau_prior=HalfNormal(5),
        sigma_prior=SIGMA_PRIOR,
        centred=centred,
    )
    draws = sample(kernel(model), seed=1, progress=False, **settings)
    found = {name: draws[name] for name in ("mu", "tau", "sigma")}
    return found | {"new": np.random.default_rng(2).normal(found["mu"], found["tau"])}


def test_pymc_passes():
    assert check("11.2", in_pymc(**data("11.2"))).state == "correct"


def test_precision_for_sd_in_pymc_is_recognised():
    verdict = check("11.2", in_pymc(**data("11.2"), precision=True))
    assert (verdict.state, "write `sigma=tau`" in verdict.message) == ("not yet", True)


def test_a_short_run_is_told_how_much_longer():
    verdict = check("11.2", in_pymc(**data("11.2"), draws=300))
    assert verdict.state == "not converged"
    assert "draws a chain more" in verdict.message


@pytest.mark.parametrize(
    ("kernel", "settings"),
    [
        (NUTS, {"centred": False, "draws": 3000, "warmup": 500}),
        (Gibbs, {"centred": True, "draws": 16_000, "warmup": 500, "chains": 16}),
    ],
)
def test_other_samplers_pass(kernel, settings):
    assert check("11.2", by_library(kernel, **settings)).state == "correct"


def test_wrong_answers_on_other_streams_get_their_own_message():
    given = data("11.2", student="s1")
    for wrong in MODEL.judge.misconceptions:
        verdict = check("11.2", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_other_draws_of_the_solution_pass():
    given = data("11.2", student="s1")
    for seed in range(2, 22):
        assert check("11.2", _draws(**given, seed=seed), student="s1").state == "correct"


def test_data_are_students_of_real_schools():
    everybody = np.unique(np.concatenate(list(_scores().values())))
    for student in ("", "s1", "s2"):
        given = data("11.2", student=student)
        sizes = np.bincount(given["group"])
        assert sizes.size == 15
        assert 3 <= sizes.min() <= sizes.max() <= 10
        assert np.isin(given["y"], everybody).all()


def test_chances_may_be_counted_or_computed():
    given = data("11.4")
    rng = np.random.default_rng(1)
    counted = np.mean(rng.normal(given["mu"], given["tau"]) > given["mark"])
    assert check("11.4", counted).state == "correct"
