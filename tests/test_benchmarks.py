"""The benchmarks' arithmetic, their peers, and that the page says what the results say."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import page, profiles, record, regression, samplers
from benchmarks.contenders import Contender, prepare
from benchmarks.measure import Run, compare, describe, judge, spread
from benchmarks.problems import PROBLEMS, normal_means, regression_centred
from hbmlib.kernels import Metropolis

A = Run(seed=0, cpu=2.0, ess=100.0, rhat=1.001, n_grad=500)


def test_ratio_is_of_effective_draws_a_second():
    theirs = replace(A, cpu=1.0, ess=25.0)
    found = compare([A, A], [theirs, replace(theirs, cpu=4.0)])
    assert found["ratio_min"] == 2  # 50 a second against 25
    assert found["ratio_max"] == 8
    assert found["ratio_median"] == 5
    assert found["reps"] == 2


def test_added_seconds_go_to_the_peer():
    assert compare([A], [A], extra=2.0)["ratio_median"] == 2


@pytest.mark.parametrize("rhat", [1.01, 1.5, np.nan])
def test_runs_that_miss_the_gate_are_counted_and_left_out(rhat):
    missed = replace(A, rhat=rhat, ess=1e6)
    found = compare([A, missed, A], [A, A, missed])
    assert (found["reps"], found["missed_gate"], found["peer_missed_gate"]) == (1, 1, 1)
    assert found["ratio_max"] == 1
    nothing = compare([missed], [A])
    assert (nothing["reps"], nothing["ratio_median"]) == (0, None)


def test_a_pair_needs_both_runs():
    with pytest.raises(ValueError, match="zip"):
        compare([A, A], [A])


def test_gradients_a_draw():
    assert A.gradients_per_draw == 5
    found = describe([A, replace(A, n_grad=1500), replace(A, rhat=2.0, n_grad=10**9)])
    assert found["gradients_per_effective_draw_median"] == 10
    assert found["missed_gate"] == 1
    assert "gradients_per_effective_draw_median" not in describe([replace(A, n_grad=None)])


def test_spread_of_nothing_is_none():
    assert spread([]) == {"ratio_median": None, "ratio_min": None, "ratio_max": None}


def test_judge_takes_the_worst_quantity():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4, 500, 3))
    values[:, :, 1] = np.cumsum(values[:, :, 1], axis=1)
    run = judge(values, seed=1, cpu=1.0)
    assert run.ess < 100
    assert not run.passes
    assert judge(rng.normal(size=(4, 500, 2)), 1, 1.0).passes


def test_a_hundred_schools_have_as_many_students_as_the_lecture():
    groups = normal_means().model.groups
    assert (groups.n_groups, groups.n_total) == (100, 1993)
    assert groups.n.min() >= 5
    assert np.ptp(groups.n) > 10


@pytest.mark.parametrize(
    "contender",
    [
        Contender("hbmlib", "exact", "eight_schools", 4, 50),
        Contender("hbmlib", "exact", "normal_means", 4, 50),
        Contender("hbmlib", "gibbs", "normal_means", 4, 50, 10),
        Contender("hbmlib", "hmc", "eight_schools", 4, 50, 50, n_steps=5),
    ],
    ids=lambda c: c.label,
)
def test_draws_come_in_the_order_of_the_names(contender):
    names = PROBLEMS[contender.problem]().model.names
    result = prepare(contender)(1)
    assert result.values.shape == (4, 50, len(names))
    assert (result.values[..., names.index("tau")] > 0).all()
    assert result.cpu > 0
    assert (result.n_grad is None) == (contender.sampler in ("exact", "gibbs"))


def test_the_source_s_evaluation_is_the_library_s_density():
    problem = regression_centred()
    model, (x, y) = problem.model, problem.observations
    points = model.initial(np.random.default_rng(1), 3)
    for q, values in zip(points, model.constrain(points), strict=True):
        ours = float(model.logp(q) - q[2:5].sum())  # without the Jacobian of the log scales
        assert regression.density_as_written(y, x, values) == pytest.approx(ours, rel=1e-12)
        assert regression.density_by_plain_loop(y, x, values) == pytest.approx(ours, rel=1e-12)
        natural = regression.NaturalScale(model)
        assert float(natural.logp(values)) == pytest.approx(ours, rel=1e-12)


def test_natural_scales_end_at_zero():
    natural = regression.NaturalScale(regression_centred().model)
    q = natural.initial(np.random.default_rng(1), 4)
    q[1, 2], q[2, 4] = 0.0, -1.0
    assert np.isfinite(natural.logp(q)).tolist() == [True, False, False, True]


def test_every_scheme_can_start():
    for scheme in regression.SCHEMES:
        kernel = scheme.kernel()
        if isinstance(kernel, Metropolis):
            assert sorted(np.concatenate([b.ravel() for b in kernel.blocks])) == [*range(155)]


def test_a_target_is_met_by_its_shortest_beginning(monkeypatch):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(4, 4000, 2))
    monkeypatch.setattr(regression, "_run", lambda *given: values)
    scheme = replace(regression.SCHEMES[2], warmup=0, limit=4000, first=4000)
    found = regression.reach(scheme, seed=1)
    assert found["reached"]
    assert found["draws"] == 200  # the first twentieth has 800 independent draws
    stuck = values + 5 * np.arange(4)[:, None, None]
    monkeypatch.setattr(regression, "_run", lambda *given: stuck)
    found = regression.reach(scheme, seed=1)
    assert not found["reached"]
    assert found["rhat"] > 1.5


def test_results_are_changed_in_part(tmp_path):
    path = tmp_path / "results.json"
    record.update(lambda results: results.update(repaint={"a": 1}), path)
    rows = [{"model": "x", "ratio": 1}, {"model": "y", "ratio": 2}]
    record.update(lambda results: results.update(rows=rows), path)
    record.update(lambda r: record.replace_rows(r, "rows", "x", [{"model": "x"}]), path)
    found = json.loads(path.read_text("utf-8"))
    assert found["repaint"] == {"a": 1}
    assert found["rows"] == [{"model": "y", "ratio": 2}, {"model": "x"}]
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]
    with pytest.raises(ValueError, match="JSON"):
        record.update(lambda results: results.update(ratio=np.nan), path)
    assert json.loads(path.read_text("utf-8")) == found


def test_profile_names_functions_without_paths():
    found = profiles.shares(Contender("hbmlib", "gibbs", "normal_means", 4, 50, 10))
    assert found[0]["share"] > 0
    assert not [part for part in found if "/" in part["function"]]
    assert profiles.normals_ratio(10, 100.0, 100_000) == pytest.approx(
        10 * profiles.normals_ratio(100, 100.0, 100_000), rel=0.8
    )


@pytest.mark.parametrize(
    ("x", "text"),
    [(39.42, "39.4"), (0.05129, "0.0513"), (3208.0, "3,210"), (2.0, "2.00"), (None, "none")],
)
def test_numbers_have_three_figures(x, text):
    assert page.number(x) == text


@pytest.fixture(scope="module")
def results():
    return json.loads(record.RESULTS.read_text("utf-8"))


def test_rows_have_what_readers_expect(results):
    for row in results["rows"]:
        assert {"sampler", "model", "peer", "chains", "reps"} <= set(row)
        assert row["model"] in PROBLEMS
        assert row["ratio_min"] <= row["ratio_median"] <= row["ratio_max"]
        assert row["reps"] >= 10
    held = {(r["sampler"], r["model"], r["chains"], r["peer"]) for r in results["rows"]}
    assert set(samplers.GOALS) <= held


def test_results_name_no_place(results):
    text = json.dumps(results)
    assert not re.search(r"/\w+/\w+|\\\\|https?:", text)
    assert {"processor", "cores", "python", "packages", "date"} <= set(results["machine"])


def test_the_page_says_what_the_results_say(results):
    written = page.PAGE.read_text("utf-8")
    assert written == page.render(results), "run python -m benchmarks.page"
    assert "{{" not in written
