"""How Bambi predicts a group that is not in the data, as chapter 11 describes it."""

import bambi as bmb
import numpy as np
import pandas as pd
import pytest

GROUPS = 4

# Bambi and PyTensor warn of what their next versions will change, and that no BLAS is linked.
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*BLAS.*:UserWarning"),
]


def test_a_new_group_is_one_of_the_old_at_each_draw():
    rng = np.random.default_rng(1)
    group = np.repeat(list("abcd"), 8)
    table = pd.DataFrame({"score": rng.normal(np.repeat([0, 2, 5, 9], 8)), "school": group})
    model = bmb.Model("score ~ (1 | school)", table, noncentered=False)
    quiet = {"progressbar": False, "quiet": True, "compute_convergence_checks": False}
    fit = model.fit(draws=500, tune=500, chains=2, cores=1, random_seed=1, **quiet)
    new = pd.DataFrame({"school": ["e"]})
    with pytest.raises(ValueError, match="sample_new_groups"):
        model.predict(fit, data=new, inplace=False)
    asked = model.predict(fit, data=new, sample_new_groups=True, inplace=False, random_seed=1)
    mean = fit["posterior"]["Intercept"].to_numpy().ravel()
    deviation = fit["posterior"]["1|school"].to_numpy().reshape(-1, GROUPS)
    predicted = asked["posterior"]["mu"].to_numpy().ravel()
    away = np.abs((predicted - mean)[:, np.newaxis] - deviation)
    assert np.all(np.sum(away < 1e-9, axis=1) == 1)
    assert np.bincount(away.argmin(axis=1), minlength=GROUPS).min() > 0.7 * mean.size / GROUPS
