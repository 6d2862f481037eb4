"""The data against their checksums and against published facts."""

import hashlib
import re
import zlib

import numpy as np
import pytest

from hbmlib import datasets, james_stein, pooling


@pytest.fixture(scope="module")
def hsb():
    return datasets.load("hsb")


@pytest.mark.parametrize("name", datasets.names())
def test_notes_match_their_files(name):
    note, data = datasets.describe(name), datasets.load(name)
    assert list(data.columns) == list(note.columns)
    assert len(data) == note.rows
    assert not data.isna().to_numpy().any()
    assert all(isinstance(entry, str) for column in note.text for entry in data[column])
    assert all(line in str(note).replace("\n    ", " ") for line in note.columns.values())
    assert all(getattr(note, field) for field in ("title", "source", "reference", "licence"))


def test_every_file_is_described():
    assert {path.stem for path in datasets._DATA.glob("*.csv")} == set(datasets.names())
    assert set(datasets.describe()) == set(datasets.names())


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    for path in datasets._DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(datasets, "_DATA", tmp_path)
    assert len(datasets.load("eight_schools")) == 8
    with (tmp_path / "eight_schools.csv").open("a") as file:
        file.write("I,0,1\n")
    with pytest.raises(ValueError, match=r"'eight_schools' must have the checksum 2328.*; got "):
        datasets.load("eight_schools")


def test_a_new_data_set_needs_what_contributing_says(tmp_path, monkeypatch):
    content = b"group,y\nA,1\nB,2\n"
    (tmp_path / "tiny.csv").write_bytes(content)
    texts = [f'{key} = "some"' for key in ("title", "source", "reference", "licence")]
    digest = hashlib.sha256(content).hexdigest()
    columns = ["[columns]", 'group = "name"', 'y = "value"']
    note = [*texts, f'sha256 = "{digest}"', "rows = 2", *columns]
    (tmp_path / "tiny.toml").write_text("\n".join(note))
    monkeypatch.setattr(datasets, "_DATA", tmp_path)
    assert datasets.load("tiny")["y"].tolist() == [1, 2]
    assert (datasets.describe("tiny").text, datasets.describe("tiny").faults) == ((), ())


@pytest.mark.parametrize("call", [datasets.load, datasets.describe])
@pytest.mark.parametrize("name", ["hsp", "../hsb", "", 3, ["hsb"]])
def test_an_unknown_name_lists_those_known(call, name):
    known = "'baseball', 'eight_schools', 'hsb'"
    with pytest.raises(ValueError, match=f"`name` must be one of {known}; got "):
        call(name)


def test_load_takes_one_name():
    assert len(datasets.load(np.str_("eight_schools"))) == 8
    with pytest.raises(ValueError, match=r"`name` must be one of .* got None"):
        datasets.load(None)


def test_hsb_agrees_with_the_published_description(hsb):
    # Raudenbush and Bryk (2002), table 4.1: students, then schools.
    assert (len(hsb), hsb["school"].nunique()) == (7185, 160)
    assert hsb["math"].mean() == pytest.approx(12.75, abs=0.005)
    assert hsb["math"].std() == pytest.approx(6.88, abs=0.005)
    assert hsb["ses"].mean() == pytest.approx(0.00, abs=0.005)
    assert hsb["ses"].std() == pytest.approx(0.78, abs=0.005)
    schools = hsb.groupby("school")[["catholic", "mean_ses"]].agg(["first", "nunique"])
    assert schools[("catholic", "first")].sum() == 70
    assert schools[("mean_ses", "first")].mean() == pytest.approx(0.00, abs=0.005)
    assert schools[("mean_ses", "first")].std() == pytest.approx(0.41, abs=0.005)
    assert (schools.xs("nunique", axis=1, level=1) == 1).to_numpy().all()
    sizes = hsb.groupby("school").size()
    assert (sizes.min(), sizes.max()) == (14, 67)


def test_hsb_reml_variances_solve_the_published_equations(hsb):
    """The published REML fit is a stationary point of the restricted likelihood."""
    groups = pooling.summarise(hsb["math"], hsb["school"])

    def restricted(tau2, sigma2):
        v = tau2 + sigma2 / groups.n
        mu = np.sum(groups.mean / v) / np.sum(1 / v)
        return (
            -0.5 * np.sum(np.log(v) + (groups.mean - mu) ** 2 / v)
            - 0.5 * np.log(np.sum(1 / v))
            - 0.5 * (groups.n_total - groups.n_groups) * np.log(sigma2)
            - 0.5 * groups.ss.sum() / sigma2
        ), mu

    best, mu = restricted(8.614, 39.148)
    assert mu == pytest.approx(12.637, abs=0.0005)
    for step in (-0.01, 0.01):
        assert restricted(8.614 + step, 39.148)[0] < best
        assert restricted(8.614, 39.148 + step)[0] < best


def test_hsb_faults_are_as_stated(hsb):
    schools = hsb.groupby("school")
    offset = schools["mean_ses"].first() - schools["ses"].mean()
    np.testing.assert_allclose(offset, 0.006, atol=0.0005 + 1e-12)
    assert (hsb["math"] == 24.993).sum() == 42
    assert (hsb["math"] == -2.832).sum() == 25
    assert (hsb["math"].max(), hsb["math"].min()) == (24.993, -2.832)
    girls = schools["female"].mean()
    assert ((girls == 0).sum(), (girls == 1).sum()) == (19, 18)


def test_eight_schools_are_rubins():
    data = datasets.load("eight_schools")
    assert data["school"].str.cat() == "ABCDEFGH"
    # Gelman et al. (2013), section 5.5: pooled estimate 7.7 with standard error 4.1.
    pooled = pooling.complete(pooling.from_means(data["effect"]), data["se"])
    assert pooled.mean == pytest.approx(7.7, abs=0.05)
    assert pooled.sd == pytest.approx(4.1, abs=0.05)


def test_baseball_is_efron_and_morris():
    data = datasets.load("baseball")
    assert (data["at_bats"] == 45).all()
    # Efron and Morris (1975): a grand average of .265, and .346 for Clemente's later season.
    assert data["hits"].sum() / data["at_bats"].sum() == pytest.approx(0.265, abs=0.0005)
    assert data.set_index("player").loc["Roberto Clemente", "rest_average"] == 0.346
    # Their section 2: after x = sqrt(45) arcsin(2p - 1), total squared prediction errors of
    # 17.56, and 5.01 after shrinking; they computed with two decimals.
    x, later = (
        np.sqrt(45) * np.arcsin(2 * p - 1)
        for p in (data["hits"] / data["at_bats"], data["rest_average"])
    )
    shrunk = james_stein.james_stein(x, 1.0, "mean")
    assert ((x - later) ** 2).sum() == pytest.approx(17.56, abs=0.02)
    assert ((shrunk - later) ** 2).sum() == pytest.approx(5.01, abs=0.02)


def test_baseball_faults_are_as_stated():
    data = datasets.load("baseball").set_index("player")
    hits = data["rest_average"] * data["rest_at_bats"]
    np.testing.assert_allclose(hits, hits.round(), atol=0.35)
    assert ((hits.round() / data["rest_at_bats"]).round(3) == data["rest_average"]).all()
    williams = data.loc["Billy Williams"]
    season = williams["at_bats"] + williams["rest_at_bats"]
    assert season == 315
    assert (williams["hits"] + hits["Billy Williams"].round()) / season == pytest.approx(
        0.251, abs=0.0005
    )
    assert tuple(data.loc["Max Alvis", ["team", "league"]]) == ("Mil", "NL")


def test_load_returns_a_new_frame():
    data = datasets.load("eight_schools")
    data.loc[0, "effect"] = 99
    assert datasets.load("eight_schools").loc[0, "effect"] == 28


def test_half_split_uses_each_observation_once(hsb):
    used, held_out = datasets.half_split(hsb["math"], hsb["school"], seed=1)
    for school, rows in hsb.groupby("school"):
        assert used[school].size == len(rows) // 2
        both = np.concatenate([used[school], held_out[school]])
        np.testing.assert_array_equal(np.sort(both), np.sort(rows["math"]))


def test_half_split_is_fixed_by_the_seed_and_blind_to_other_groups(hsb):
    ten = hsb[hsb["school"].isin(datasets.ten_schools())]
    few, _ = datasets.half_split(ten["math"], ten["school"], seed=4)
    many, _ = datasets.half_split(hsb["math"], hsb["school"], seed=4)
    other, _ = datasets.half_split(ten["math"], ten["school"], seed=5)
    for school in datasets.ten_schools():
        np.testing.assert_array_equal(few[school], many[school])
        assert (few[school] != other[school]).any()


def test_half_split_orders_groups_independently():
    y = np.tile(np.arange(40.0), 2)
    used, _ = datasets.half_split(y, np.repeat(["A", "B"], 40), seed=1)
    assert zlib.crc32(b"A") != zlib.crc32(b"B")
    assert (used["A"] != used["B"]).any()


def test_half_split_of_one_observation_holds_it_out():
    used, held_out = datasets.half_split([3.0], ["A"], seed=0)
    assert used["A"].size == 0
    assert held_out["A"].tolist() == [3.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, np.nan], "ab", 1), "`y` must be finite numbers"),
        (([], [], 1), "got none at all"),
        (([1, 2], "abc", 1), "the same length; got 2 and 3"),
        (([1, 2], ["a", None], 1), "got None at index 1"),
        (([1, 2], [["a"], ["b"]], 1), "a flat sequence of labels"),
        (([1, 2], "ab", -1), "`seed` must be a non-negative whole number; got -1"),
        (([1, 2], "ab", 0.5), "got 0.5"),
        (([1, 2], "ab", None), "got None"),
    ],
)
def test_half_split_refuses(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        datasets.half_split(*arguments)


def test_ten_schools_span_sizes_and_means(hsb):
    ten = datasets.ten_schools()
    assert len(set(ten)) == 10
    schools = hsb.groupby("school")["math"].agg(["size", "mean"])
    by_size = schools.sort_values("size", kind="stable").index
    tenth = [list(by_size).index(school) // 16 for school in ten]
    assert tenth == list(range(10))
    rank = schools["mean"].rank(pct=True)[list(ten)].to_numpy()
    for half in (rank[:5], rank[5:]):
        assert half.min() < 1 / 3
        assert half.max() > 2 / 3
