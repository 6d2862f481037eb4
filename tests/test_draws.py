"""Draws: names, indexing, the summary table and its notes, pickling, display."""

import pickle
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass
from html.parser import HTMLParser

import numpy as np
import pytest

from hbmlib import diagnostics
from hbmlib.draws import Draws, Summary

NAMES = ("mu", "theta[A]", "tau", "theta[B]", "theta[C]", "corr[1,2]")


@dataclass(frozen=True)
class Kernel:
    step_size: float = 0.1


@pytest.fixture
def values():
    return np.random.default_rng(1).normal(size=(4, 200, 6))


@pytest.fixture
def draws(values):
    stats = {"diverging": np.zeros((4, 200), dtype=bool), "energy": np.ones((4, 200))}
    return Draws(values, NAMES, stats, kernel=Kernel(), meta={"seed": 3})


def test_indexing_by_element_vector_and_number(draws, values):
    np.testing.assert_array_equal(draws["mu"], values[..., 0])
    np.testing.assert_array_equal(draws["theta[B]"], values[..., 3])
    np.testing.assert_array_equal(draws["theta"], values[..., [1, 3, 4]])
    np.testing.assert_array_equal(draws["corr"], values[..., [5]])
    assert draws["mu"].shape == (4, 200)
    assert draws["corr"].shape == (4, 200, 1)


def test_a_vector_whose_elements_stand_together_is_not_copied(values):
    draws = Draws(values, ["mu", *(f"theta[{j}]" for j in range(4)), "tau"])
    np.testing.assert_array_equal(draws["theta"], values[..., 1:5])
    assert np.shares_memory(draws["theta"], values)


def test_names_in_order(draws):
    assert draws.parameters == ("mu", "theta", "tau", "corr")
    assert list(draws) == ["mu", "theta", "tau", "corr"]
    assert len(draws) == 4
    assert draws.labels("theta") == ("A", "B", "C")
    assert draws.labels("mu") == ()
    assert draws.labels("corr") == ("1,2",)
    assert "theta" in draws
    assert "theta[A]" in draws
    assert "theta[Z]" not in draws
    assert {name: x.shape for name, x in dict(draws).items()} == {
        "mu": (4, 200),
        "theta": (4, 200, 3),
        "tau": (4, 200),
        "corr": (4, 200, 1),
    }


def test_counts(draws, values):
    assert (draws.n_chains, draws.n_draws, draws.n_divergent) == (4, 200, 0)
    assert Draws(values, NAMES).n_divergent is None
    diverging = np.zeros((4, 200))
    diverging[1, :7] = 1
    assert Draws(values, NAMES, {"diverging": diverging}).n_divergent == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("thta", r"one of mu, theta, tau, corr, or an element such as 'theta\[A\]'.*mean 'theta'"),
        ("theta[Z]", r"got 'theta\[Z\]'\. Did you mean 'theta\[C\]' or"),
        ("sigma", r"got 'sigma'"),
        ("zzz", r"got 'zzz'\. Choose one of them"),
        (0, r"got 0"),
        ("", r"got ''"),
        ("theta[", r"got 'theta\['"),
    ],
)
def test_an_unknown_name_is_refused_with_near_ones(draws, name, message):
    for ask in (draws.__getitem__, draws.labels, draws.summary, draws.summary().__getitem__):
        with pytest.raises(ValueError, match=message):
            ask(name)


def test_a_long_vector_is_not_listed_whole():
    draws = Draws(np.ones((1, 1, 300)), [f"theta{j}" for j in range(300)])
    with pytest.raises(ValueError, match="300 in all") as refusal:
        draws["mu"]
    assert len(str(refusal.value)) < 250
    assert len(repr(draws)) < 250


def test_nothing_can_be_written(draws, values):
    with pytest.raises(ValueError, match="read-only"):
        draws["mu"][0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        draws.stats["energy"][0, 0] = 1
    with pytest.raises(FrozenInstanceError):
        draws.names = ()
    values[0, 0, 0] = 5.0  # the caller's own array stays theirs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"values": np.ones((4, 10))},
            r"`values` must have shape \(chain, draw, dim\).*\(4, 10\)",
        ),
        ({"values": np.ones((4, 0, 2))}, r"none of them 0; got \(4, 0, 2\)"),
        ({"values": np.ones((0, 10, 2))}, r"got \(0, 10, 2\)"),
        ({"values": np.ones((4, 10, 0))}, r"got \(4, 10, 0\)"),
        ({"values": [[[1.0, 2.0]], [[1.0]]]}, "ragged"),
        ({"values": np.full((4, 10, 2), "a")}, "`values` must be numbers"),
        ({"names": ["mu"]}, "length 2.*got 1"),
        ({"names": ["mu", "mu"]}, "'mu' twice"),
        ({"names": ["theta", "theta[A]"]}, "'theta' twice, or as a number and a vector"),
        ({"names": "mu"}, "sequence of text"),
        ({"names": ["mu", 1]}, "sequence of text"),
        ({"names": ["mu", ""]}, "sequence of text"),
        ({"stats": {"energy": np.ones(40)}}, r"`stats\['energy'\]`.*\(4, 10\).*got \(40,\)"),
        ({"stats": {"energy": np.full((4, 10), "x")}}, "must be numbers"),
    ],
)
def test_refuses_what_does_not_fit(change, message):
    fitting = {"values": np.ones((4, 10, 2)), "names": ["mu", "tau"], "stats": {}}
    with pytest.raises(ValueError, match=message):
        Draws(**(fitting | change))


def test_pickling_keeps_everything(draws):
    again = pickle.loads(pickle.dumps(draws))
    np.testing.assert_array_equal(again.values, draws.values)
    np.testing.assert_array_equal(again.stats["energy"], draws.stats["energy"])
    assert again.names == draws.names
    assert again.kernel == Kernel()
    assert again.meta == {"seed": 3}
    assert not again.values.flags.writeable


def test_summary_holds_the_statistics_of_all_draws(draws, values):
    summary = draws.summary()
    assert summary.names == NAMES
    pooled = values.reshape(-1, 6)
    columns = {
        "mean": pooled.mean(axis=0),
        "sd": pooled.std(axis=0, ddof=1),
        "5%": np.quantile(pooled, 0.05, axis=0),
        "50%": np.median(pooled, axis=0),
        "95%": np.quantile(pooled, 0.95, axis=0),
        "mcse": diagnostics.mcse_mean(values),
        "ess_bulk": diagnostics.ess_bulk(values),
        "ess_tail": diagnostics.ess_tail(values),
        "rhat": diagnostics.rhat(values),
    }
    assert list(summary.columns) == list(columns)
    for name, expected in columns.items():
        np.testing.assert_allclose(summary.columns[name], expected, rtol=1e-12, atol=1e-15)
    assert summary.notes == ()


def test_summary_of_some_names_in_the_order_asked(draws):
    summary = draws.summary("tau", "theta", "theta[B]", probs=[0.025, 0.5])
    assert summary.names == ("tau", "theta[A]", "theta[B]", "theta[C]")
    assert list(summary.columns)[2:4] == ["2.5%", "50%"]
    whole = draws.summary()
    assert summary["tau"]["mean"] == whole["tau"]["mean"]
    np.testing.assert_array_equal(summary["theta"]["rhat"], whole["theta"]["rhat"])
    assert type(summary["tau"]["mean"]) is float


@pytest.mark.parametrize("probs", [[5, 95], [], 0.5, ["a"], [np.nan]])
def test_summary_refuses_odd_probabilities(draws, probs):
    with pytest.raises(ValueError, match="`probs` must be"):
        draws.summary(probs=probs)


def test_summary_becomes_a_data_frame(draws):
    frame = draws.summary().to_pandas()
    assert list(frame.index) == list(NAMES)
    assert list(frame.columns) == list(draws.summary().columns)
    assert frame.loc["tau", "sd"] == draws.summary()["tau"]["sd"]


def test_the_table_does_not_load_pandas():
    program = (
        "import sys, numpy as np; from hbmlib.draws import Draws;"
        "s = Draws(np.zeros((4, 9, 1)), ['mu']).summary(); repr(s); s._repr_html_();"
        "assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_notes_name_what_is_wrong():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(4, 1000, 6))
    values[0, :, 1] += 2
    values[..., 2] = np.repeat(rng.normal(size=(4, 20)), 50, axis=1)
    values[..., 3] = 7.0
    values[1, 4, 4] = np.nan
    values[1, 5, 5] = np.inf
    names = ["fine", "apart", "sticky", "still", "nan", "inf"]
    diverging = np.zeros((4, 1000), dtype=bool)
    diverging[0, 0] = True
    notes = Draws(values, names, {"diverging": diverging}).summary().notes
    assert notes[0].startswith("1 draw diverged, of 4000:")
    assert notes[1] == "Not finite in every draw: nan, inf."
    assert notes[2] == "Never moved: still."
    assert notes[3].startswith("R-hat above 1.01")
    assert "apart" in notes[3]
    assert "fine" not in notes[3]
    assert notes[4].startswith("Effective sample size below 400")
    assert "sticky" in notes[4]
    assert "fine" not in notes[4]
    assert len(notes) == 5


def test_either_effective_sample_size_raises_the_note():
    rng = np.random.default_rng(4)
    sticky = np.repeat(rng.uniform(-1, 1, size=(4, 10)), 100, axis=1)
    jumps = rng.choice([-5, 0, 5], p=[0.1, 0.8, 0.1], size=(4, 1000))
    bulk = np.where(jumps == 0, sticky, jumps + rng.normal(size=(4, 1000)))
    tail = np.exp(sticky) * rng.choice([-1, 1], size=(4, 1000))
    summary = Draws(np.stack([bulk, tail], axis=-1), ["bulk", "tail"]).summary()
    assert summary["bulk"]["ess_bulk"] < 400 < summary["bulk"]["ess_tail"]
    assert summary["tail"]["ess_tail"] < 400 < summary["tail"]["ess_bulk"]
    assert "bulk, tail" in summary.notes[-1]


def test_infinite_draws_are_not_said_to_stand_still():
    notes = Draws(np.full((4, 100, 1), np.inf), ["tau"]).summary().notes
    assert notes == ("Not finite in every draw: tau.",)


def test_a_bracket_left_open_is_part_of_the_name():
    draws = Draws(np.ones((1, 1, 3)), ["a[", "a[b", "[c]"])
    assert draws.parameters == ("a[", "a[b", "[c]")


def test_an_interrupted_run_says_so(values):
    meta = {"interrupted": True, "asked": 1000}
    notes = Draws(values, NAMES, meta=meta).summary().notes
    assert notes == ("Interrupted: 200 draws a chain of 1000.",)
    assert Draws(values, NAMES, meta=meta | {"interrupted": False}).summary().notes == ()


def test_notes_of_short_runs():
    notes = Draws(np.random.default_rng(3).normal(size=(1, 3, 1)), ["mu"]).summary().notes
    assert notes[0].startswith("One chain cannot show")
    assert notes[1].startswith("3 draws a chain cannot be diagnosed")
    one = Draws(np.ones((1, 1, 1)), ["mu"]).summary()
    assert np.isnan(one["mu"]["sd"])
    assert one["mu"]["95%"] == 1


def test_numbers_are_rounded_to_their_monte_carlo_error():
    columns = {
        "mean": np.array([3.14159, 271.828, 5.0, 1e-12]),
        "mcse": np.array([0.0123, 45.6, 0.0, 3e-14]),
        "ess_bulk": np.array([1234.56, np.nan, 4000.0, 4000.0]),
        "rhat": np.array([1.00049, np.inf, np.nan, 1.0]),
    }
    lines = repr(Summary(("a", "bb", "c", "d"), columns, ("A note.",))).splitlines()
    assert [line.split() for line in lines] == [
        ["mean", "mcse", "ess_bulk", "rhat"],
        ["a", "3.142", "0.012", "1235", "1.000"],
        ["bb", "272", "46", "nan", "inf"],
        ["c", "5", "0", "4000", "nan"],
        ["d", "1e-12", "3e-14", "4000", "1.000"],
        ["A", "note."],
    ]
    assert len({len(line) for line in lines[:-1]}) == 1


def test_repr_says_chains_draws_and_divergences(draws):
    assert repr(draws) == (
        "<Draws: 4 chains x 200 draws of mu, theta[3], tau, corr[1]; 0 divergences; Kernel>"
    )
    one = Draws(np.ones((1, 1, 1)), ["mu"], {"diverging": [[1]]})
    assert repr(one) == "<Draws: 1 chain x 1 draw of mu; 1 divergence>"


class Cells(HTMLParser):
    """Collect the text of cells, and the tags left open."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_html_is_well_formed_and_escaped():
    draws = Draws(np.ones((2, 5, 2)), ["<b>mu</b>", "theta[R&D]"])
    for shown in (draws._repr_html_(), draws.summary()._repr_html_()):
        cells = Cells()
        cells.feed(shown)
        assert cells.open == []
        assert "<b>mu</b>" in cells.text
        assert any("R&D" in text for text in cells.text)
