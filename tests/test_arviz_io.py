"""Conversion to ArviZ, and leave-one-out through it."""

import subprocess
import sys
import warnings

import arviz_stats
import numpy as np
import pytest

import hbmlib
from hbmlib.arviz_io import from_arviz, psis_loo, to_arviz
from hbmlib.criteria import waic
from hbmlib.draws import Draws

NAMES = ["mu", "theta[A]", "theta[B]", "theta[C]", "eta[A]", "eta[B]", "eta[C]", "corr[1,2]"]


@pytest.fixture
def draws():
    rng = np.random.default_rng(1)
    stats = {
        "accept": rng.random((4, 300)),
        "diverging": np.zeros((4, 300), dtype=int),
        "energy": rng.normal(size=(4, 300)),
        "n_grad": np.full((4, 300), 7),
        "tree_depth": np.full((4, 300), 3),
    }
    return Draws(rng.normal(size=(4, 300, 8)), NAMES, stats, meta={"seed": 1, "tuned": [1, 2]})


def log_likelihood(y, mu):
    return -0.5 * np.log(2 * np.pi) - (y - mu[..., None]) ** 2 / 2


def test_values_dims_and_labels_arrive(draws):
    tree = to_arviz(draws)
    posterior = tree.posterior
    np.testing.assert_array_equal(posterior["mu"], draws["mu"])
    np.testing.assert_array_equal(posterior["theta"], draws["theta"])
    np.testing.assert_array_equal(posterior["theta"].sel(group="B"), draws["theta[B]"])
    assert posterior["mu"].dims == ("chain", "draw")
    assert posterior["eta"].dims == ("chain", "draw", "group")
    assert posterior["corr"].dims == ("chain", "draw", "corr_dim")
    assert list(posterior["group"].values) == ["A", "B", "C"]
    assert list(posterior["corr_dim"].values) == ["1,2"]
    assert posterior.attrs["inference_library"] == "hbmlib"
    assert posterior.attrs["inference_library_version"] == hbmlib.__version__
    assert posterior.attrs["seed"] == 1
    assert posterior.attrs["tuned"] == "[1, 2]"


def test_statistics_arrive_in_the_names_of_arviz(draws):
    stats = to_arviz(draws).sample_stats
    assert set(stats.data_vars) == {
        "acceptance_rate",
        "diverging",
        "energy",
        "n_steps",
        "tree_depth",
    }
    assert stats["diverging"].dtype == bool
    np.testing.assert_array_equal(stats["energy"], draws.stats["energy"])


def test_arviz_summary_agrees_with_ours(draws):
    table = arviz_stats.summary(to_arviz(draws), round_to="none")
    ours = draws.summary()
    # ArviZ writes theta[A] as we do; its tail quantiles are others, so ess_tail is left out.
    for theirs, column in (("mean", "mean"), ("sd", "sd"), ("r_hat", "rhat"), ("ess_bulk",) * 2):
        np.testing.assert_allclose(
            table.loc[["mu", "theta[B]"], theirs].astype(float),
            [ours["mu"][column], ours["theta[B]"][column]],
            rtol=1e-10,
        )


def test_data_arrive(draws):
    y = np.arange(5.0)
    ll = log_likelihood(y, draws["mu"])
    tree = to_arviz(draws, log_likelihood=ll, predictive={"y": ll + 1}, observed=y)
    assert set(tree.children) == {
        "posterior",
        "sample_stats",
        "log_likelihood",
        "posterior_predictive",
        "observed_data",
    }
    for group in ("log_likelihood", "posterior_predictive"):
        assert tree[group]["y"].dims == ("chain", "draw", "observation")
    np.testing.assert_array_equal(tree.posterior_predictive["y"], ll + 1)
    np.testing.assert_array_equal(tree.observed_data["y"], y)
    assert tree.observed_data["y"].dims == ("observation",)


def test_more_chains_than_draws_and_no_statistics_pass_silently():
    tree = to_arviz(Draws(np.ones((64, 5, 1)), ["mu"]))
    assert tree.posterior["mu"].shape == (64, 5)
    assert set(tree.children) == {"posterior"}


def test_later_vectors_with_the_same_labels_share_the_first_ones_name():
    names = ["theta[A]", "beta[0]", "beta[1]", "sd[0]", "sd[1]"]
    posterior = to_arviz(Draws(np.ones((2, 5, 5)), names)).posterior
    assert [posterior[v].dims[2] for v in ("theta", "beta", "sd")] == [
        "group",
        "beta_dim",
        "beta_dim",
    ]


def test_dims_can_be_named(draws):
    posterior = to_arviz(draws, dims={"theta": "school", "corr": "pair"}).posterior
    assert posterior["theta"].dims[2] == "school"
    assert posterior["eta"].dims[2] == "group"
    assert posterior["corr"].dims[2] == "pair"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dims": {"thta": "school"}}, "got 'thta'. Did you mean 'theta'"),
        ({"dims": {"mu": "school"}}, "must name vectors; got 'mu'"),
        ({"dims": {"theta": "draw"}}, "must not be 'draw'"),
        ({"dims": {"corr": "group"}}, "different dimensions; got 'group' for 'corr'"),
        (
            {"log_likelihood": np.ones((4, 299, 5))},
            r"shape \(4, 300, n\); got shape \(4, 299, 5\)",
        ),
        ({"log_likelihood": np.full((4, 300, 5), np.nan)}, "`log_likelihood`.*got nan"),
        ({"observed": {"mu": [1.0]}}, "called like a parameter; got 'mu'"),
        ({"observed": [[1.0, 2.0]]}, r"`observed` .* got shape \(1, 2\)"),
        ({"predictive": ["a"]}, "`predictive`"),
    ],
)
def test_refuses_what_does_not_fit(draws, arguments, message):
    with pytest.raises(ValueError, match=message):
        to_arviz(draws, **arguments)


def test_loo_is_near_exact_leave_one_out_and_near_waic():
    # y ~ N(mu, 1), flat prior. Left out, y_i has the predictive N(mean of the others,
    # sqrt(1 + 1/(n - 1))).
    rng = np.random.default_rng(2)
    n = 40
    y = rng.normal(size=n)
    mu = rng.normal(y.mean(), 1 / np.sqrt(n), size=(4, 5000))
    ll = log_likelihood(y, mu)
    loo = psis_loo(Draws(mu[..., None], ["mu"]), ll)
    others = (y.sum() - y) / (n - 1)
    variance = 1 + 1 / (n - 1)
    exact = -0.5 * np.log(2 * np.pi * variance) - (y - others) ** 2 / (2 * variance)
    np.testing.assert_allclose(loo.elpd_i, exact, atol=0.02)
    assert loo.elpd == pytest.approx(exact.sum(), abs=0.1)
    assert loo.elpd == pytest.approx(waic(ll).elpd, abs=0.1)
    assert not loo.warning


def test_a_far_observation_is_marked_and_not_warned_about():
    rng = np.random.default_rng(3)
    y = np.append(rng.normal(size=8), 25.0)
    mu = rng.normal(y.mean(), 1, size=(4, 1000))  # far too wide a posterior for an easy case
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loo = psis_loo(Draws(mu[..., None], ["mu"]), log_likelihood(y, mu))
        one = psis_loo(Draws(mu[..., None], ["mu"]), log_likelihood(y[:1], mu))
    assert loo.warning
    assert int(np.argmax(loo.pareto_k.values)) == 8
    assert one.n_data_points == 1


def test_results_can_be_compared():
    rng = np.random.default_rng(4)
    y = rng.normal(1.0, 1.0, size=50)
    mu = rng.normal(y.mean(), 0.14, size=(4, 1000))
    zero = np.zeros((4, 1000)) + 1e-3 * rng.normal(size=(4, 1000))
    fits = {
        name: psis_loo(Draws(x[..., None], ["mu"]), log_likelihood(y, x))
        for name, x in (("mean", mu), ("zero", zero))
    }
    assert list(arviz_stats.compare(fits).index) == ["mean", "zero"]


def test_without_arviz_the_error_says_what_to_install():
    program = (
        "import sys, numpy as np; sys.modules['arviz_base'] = None;"
        "from hbmlib.arviz_io import to_arviz; from hbmlib.draws import Draws\n"
        "try: to_arviz(Draws(np.ones((1, 4, 1)), ['mu']))\n"
        "except ImportError as error: assert 'hbmlib[pymc]' in str(error), error\n"
        "else: raise AssertionError"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_there_and_back_again(draws):
    back = from_arviz(to_arviz(draws))
    assert back.names == draws.names
    np.testing.assert_array_equal(back.values, draws.values)
    assert back.n_divergent == 0
    for name in ("energy", "n_grad"):
        np.testing.assert_array_equal(back.stats[name], draws.stats[name])


def test_chosen_variables_come_in_the_order_asked_for(draws):
    back = from_arviz(to_arviz(draws), "theta", "mu")
    assert back.names == ("theta[A]", "theta[B]", "theta[C]", "mu")
    np.testing.assert_array_equal(back["mu"], draws["mu"])


def test_a_posterior_alone_is_enough(draws):
    tree = to_arviz(Draws(draws.values, draws.names))
    assert "sample_stats" not in tree.children
    assert from_arviz(tree).n_divergent is None


@pytest.mark.parametrize(
    ("tree", "names", "words"),
    [
        (lambda d: d, (), "a group named posterior; got Draws"),
        (to_arviz, ("thata",), "theta"),
        (lambda d: matrix(), ("m",), "got 'm', of 2 dimensions"),
    ],
)
def test_trees_without_readable_draws(draws, tree, names, words):
    with pytest.raises(ValueError, match=words):
        from_arviz(tree(draws), *names)


def matrix():
    import arviz_base

    return arviz_base.from_dict({"posterior": {"m": np.zeros((2, 5, 3, 3))}})
