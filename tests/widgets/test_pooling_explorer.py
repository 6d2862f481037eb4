"""PoolingExplorer from Python: traits, refusals, posterior, draws, static figure."""

import json
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import traitlets
from arviz_stats.base import array_stats

from hbmlib import datasets, exact, pooling, priors, simulate
from hbmlib.widgets import PoolingExplorer
from hbmlib.widgets import _static_view as static_view
from hbmlib.widgets.pooling_explorer import STATE

PRESETS = ["hsb", "lesson", "scholz", "simulated"]


def state(explorer: PoolingExplorer) -> str:
    return json.dumps({name: getattr(explorer, name) for name in STATE})


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_has_its_data(preset):
    explorer = PoolingExplorer(preset)
    assert explorer.n_groups == len(explorer.group_sizes) == explorer.groups.n_groups
    assert explorer.groups.n.tolist() == explorer.group_sizes
    assert explorer.target.shape == (explorer.n_groups,)


def test_lesson_and_scholz_are_the_librarys():
    for preset, data in [
        ("lesson", simulate.lesson_schools(1)),
        ("scholz", simulate.scholz_schools(1)),
    ]:
        explorer = PoolingExplorer(preset)
        assert explorer.group_sizes == data.sizes.tolist()
        expected = pooling.summarise(data.y, data.group)
        np.testing.assert_array_equal(explorer.groups.mean, expected.mean)
        np.testing.assert_array_equal(explorer.target, data.theta)


def test_real_schools_use_one_half_and_are_judged_by_the_other():
    explorer = PoolingExplorer("hsb")
    table = datasets.load("hsb")
    for j, name in enumerate(datasets.ten_schools()):
        scores = table["math"][table["school"] == name].to_numpy()
        assert explorer.group_sizes[j] == scores.size // 2
        halves = explorer.given["real"]["used"][j] + explorer.given["real"]["held_out"][j]
        assert sorted(halves) == sorted(scores.tolist())
        assert explorer.target[j] == pytest.approx(np.mean(explorer.given["real"]["held_out"][j]))


def test_posterior_is_the_librarys():
    explorer = PoolingExplorer("lesson", sigma_known=True, tau_prior=priors.HalfCauchy(5))
    expected = exact.normal_means(
        explorer.groups,
        sigma=3.0,
        mu_prior=priors.Normal(0, 100),
        tau_prior=priors.HalfCauchy(5),
    )
    np.testing.assert_allclose(explorer.posterior.theta.mean, expected.theta.mean, rtol=1e-12)
    explorer.group_sizes = [1, *explorer.group_sizes[1:]]
    assert explorer.posterior.shrinkage.mean[0] < expected.shrinkage.mean[0]


def test_setting_one_trait_moves_those_that_belong_to_it():
    explorer = PoolingExplorer("lesson")
    explorer.n_groups = 10
    assert explorer.group_sizes == [*simulate.LESSON_SIZES, 18, 18]
    explorer.group_sizes = [3, 4]
    assert explorer.n_groups == 2
    explorer.preset = "scholz"
    assert (explorer.n_groups, explorer.mu, explorer.tau) == (20, 0, 5)
    assert explorer.group_sizes == simulate.scholz_sizes(1).tolist()


def test_a_message_of_the_page_is_taken_whole():
    explorer = PoolingExplorer("lesson")
    explorer.set_state({"preset": "hsb", "n_groups": 2, "group_sizes": [3, 4], "seed": 9})
    assert (explorer.preset, explorer.group_sizes, explorer.seed) == ("hsb", [3, 4], 9)


def test_a_faulty_message_changes_nothing():
    explorer = PoolingExplorer("lesson")
    before = state(explorer)
    with pytest.raises(ValueError, match="`tau` must be"):
        explorer.set_state({"sigma": 7, "tau": -1})
    assert state(explorer) == before
    explorer.tau = 3
    assert explorer.tau == 3


HALF_NORMAL = priors.HalfNormal(5)
BAD = [
    ("preset", "hsp"),
    ("preset", 3),
    ("n_groups", 0),
    ("n_groups", 101),
    ("n_groups", 2.5),
    ("group_sizes", []),
    ("group_sizes", [1, -2]),
    ("group_sizes", [1, 2.5]),
    ("group_sizes", [0, 0]),
    ("group_sizes", [101]),
    ("group_sizes", "many"),
    ("group_sizes", [[1, 2], [3]]),
    ("mu", float("nan")),
    ("tau", -1),
    ("tau", float("inf")),
    ("sigma", 0),
    ("sigma", "three"),
    ("sigma", True),
    ("seed", -1),
    ("seed", 2**32),
    ("sigma_known", 1),
    ("sigma_known", None),
    ("controls", ["preset", "wheel"]),
    ("controls", "seed"),
    ("controls", None),
    ("tau_prior", priors.Normal(0, 1)),
    ("tau_prior", "half-normal"),
    ("mu_prior", priors.HalfNormal(1)),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_value_is_refused_by_name(name, value):
    explorer = PoolingExplorer("lesson")
    before = state(explorer)
    with pytest.raises(ValueError, match="must be") as refusal:
        setattr(explorer, name, value)
    assert isinstance(refusal.value, traitlets.TraitError)
    assert state(explorer) == before
    with pytest.raises(ValueError, match="must be"):
        PoolingExplorer(**({"preset": "lesson", name: value}))


@pytest.mark.parametrize(
    "form", [{"family": "beta"}, {"family": "half-normal", "scale": 0}, {"family": "half-normal"}]
)
def test_bad_prior_is_refused(form):
    explorer = PoolingExplorer("lesson")
    before = state(explorer)
    with pytest.raises(ValueError, match="must"):
        explorer.tau_prior = form
    assert state(explorer) == before


def test_real_schools_have_limits():
    explorer = PoolingExplorer("hsb")
    most = explorer.group_sizes[0]
    with pytest.raises(ValueError, match=rf"from 0 to {most}; got {most + 1} at index 0"):
        explorer.group_sizes = [most + 1, *explorer.group_sizes[1:]]
    with pytest.raises(ValueError, match="`n_groups` must be a whole number from 1 to 10"):
        explorer.n_groups = 11


def test_sizes_must_match_the_groups():
    with pytest.raises(ValueError, match="`group_sizes` must be of length 3; got 2"):
        PoolingExplorer("lesson", n_groups=3, group_sizes=[1, 2])


def test_unknown_argument_is_named():
    with pytest.raises(ValueError, match="Did you mean 'sigma'"):
        PoolingExplorer("lesson", sigme=3)


@pytest.mark.parametrize("preset", PRESETS)
def test_static_figure_draws_both_means_of_every_group(preset):
    explorer = PoolingExplorer(preset)
    root = ET.fromstring(explorer._repr_mimebundle_()[0]["text/html"])
    assert len(root.find("svg").findall("circle")) == 2 * explorer.n_groups
    assert f"{explorer.values['rmse']['partial']:.2f}" in root.find("p").text


@pytest.mark.parametrize(
    "sizes", [[1], [5], [1, 1, 1], [0, 3, 2], [0, 0, 1, 40]], ids=lambda sizes: str(sizes)
)
def test_small_cases_have_numbers(sizes):
    explorer = PoolingExplorer("simulated", group_sizes=sizes)
    stated = explorer.values
    assert stated["own"] == [
        None if n == 0 else pytest.approx(x)
        for n, x in zip(sizes, explorer.groups.mean, strict=True)
    ]
    for name in ("partial", "partial_low", "partial_high", "shrinkage", "tau"):
        assert None not in stated[name], name
    assert [w == 0 for w in stated["shrinkage"]] == [n == 0 for n in sizes]
    assert "nan" not in explorer._repr_mimebundle_()[0]["text/html"]


def test_improper_posterior_is_shown_by_name():
    explorer = PoolingExplorer("simulated", group_sizes=[3, 4], tau_prior=priors.Flat())
    explorer.mu_prior = priors.Flat()
    with pytest.raises(ValueError, match="improper") as fault:
        _ = explorer.posterior
    words = ET.fromstring(explorer._repr_mimebundle_()[0]["text/html"]).find("p").text
    assert words == str(fault.value)


def test_estimate_without_a_mean_is_left_out():
    explorer = PoolingExplorer("simulated", group_sizes=[5, 6, 4, 0])
    stated = explorer.values | {"partial": [*explorer.values["partial"][:3], None]}
    markup = static_view.figure(explorer.groups.labels, stated, explorer.target, real=False)
    assert len(ET.fromstring(markup).findall("circle")) == 6


def test_repr_says_the_state():
    explorer = PoolingExplorer("lesson", sigma_known=True)
    assert repr(explorer) == (
        "PoolingExplorer(preset='lesson', n_groups=8, n from 10 to 25, mu=5, tau=2, sigma=3, "
        "seed=1, sigma_known=True)"
    )


def test_state_on_the_page_is_json_and_not_large():
    explorer = PoolingExplorer("hsb")
    own = {k: v for k, v in explorer.get_state().items() if k not in ("_esm", "_css", "layout")}
    assert len(json.dumps(own)) < 16_000


def test_exact_draws_follow_the_posterior():
    explorer = PoolingExplorer("lesson")
    drawn = explorer.refit("exact", draws=4000, seed=3)
    posterior = explorer.posterior
    z = (drawn["theta"].mean(axis=0) - posterior.theta.mean) / (posterior.theta.sd / np.sqrt(4000))
    assert np.abs(z).max() < 4.5
    assert explorer.overlay["method"] == "exact"
    assert len(explorer.overlay["mean"]) == 8
    json.dumps(explorer.overlay)
    explorer.tau = 3
    assert explorer.overlay is None


def test_unknown_method_is_named():
    with pytest.raises(ValueError, match="`method` must be one of 'exact', 'pymc'"):
        PoolingExplorer("lesson").refit("nuts")


def test_missing_pymc_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymc", None)
    explorer = PoolingExplorer("lesson")
    with pytest.raises(ImportError, match=r"Install it with `pip install hbmlib\[pymc\]`"):
        explorer.refit("pymc")
    assert explorer.overlay is None


@pytest.mark.parametrize("known", [True, False])
def test_pymc_draws_follow_the_exact_posterior(known):
    explorer = PoolingExplorer(
        "simulated", group_sizes=[1, 3, 0, 6, 9], tau=3, sigma_known=known, tau_prior=HALF_NORMAL
    )
    drawn = explorer.refit("pymc", draws=4000, seed=5)
    posterior = explorer.posterior
    exactly = {"mu": [posterior.mu.mean], "tau": [posterior.tau.mean]}
    exactly["theta"] = posterior.theta.mean
    if not known:
        exactly["sigma"] = [posterior.sigma.mean]
    assert set(drawn) == set(exactly)
    for name, expected in exactly.items():
        chains = drawn[name].reshape(4, -1, len(expected))
        error = array_stats.mcse(chains, chain_axis=0, draw_axis=1)
        assert np.abs((chains.mean(axis=(0, 1)) - expected) / error).max() < 4.5, name
    assert explorer.overlay["method"] == "pymc"
