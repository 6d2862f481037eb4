"""Every bad input gets a message of what was expected, what came and what to do."""

import re

import numpy as np
import pandas as pd
import pytest

from hbmlib import checks

NOT_NUMBERS = [
    ([1.0, np.nan], "nan at index 1"),
    ([np.inf, 1.0], "inf at index 0"),
    ([[1.0, 2.0], [3.0, -np.inf]], "-inf at index (1, 1)"),
    ([], "none at all"),
    (np.zeros((0, 3)), "none at all"),
    ("3", "'3'"),
    (["1", "2"], "'1' at index 0"),
    ([1.0, "two"], "'two' at index 1"),
    (True, "True"),
    ([1.0, True], "True at index 1"),
    (np.array([False, True]), "False at index 0"),
    (None, "None"),
    ([1.0, None], "None at index 1"),
    ([[1.0, 2.0], [3.0]], "a ragged list"),
    (1 + 2j, "(1+2j)"),
    ({"a": 1.0}, "{'a': 1.0}"),
    (np.ma.array([1.0, 2.0], mask=[False, True]), "masked values"),
    (pd.Series([1, None], dtype="Int64"), "nan at index 1"),
    (np.array(["2020-01-01"], dtype="M8[D]"), "datetime.date(2020, 1, 1) at index 0"),
]


@pytest.mark.parametrize("check", [checks.finite, checks.positive, checks.non_negative,
                                   checks.probability, checks.whole])  # fmt: skip
@pytest.mark.parametrize(("value", "came"), NOT_NUMBERS)
def test_refuses_what_is_not_a_finite_number(check, value, came):
    with pytest.raises(ValueError, match=rf"^`x` must be .*; got {re.escape(came)}\. \w.*\.$"):
        check("x", value)


@pytest.mark.parametrize(
    ("check", "value", "message"),
    [
        (checks.positive, 0, "`x` must be positive numbers; got 0."),
        (checks.positive, [2, -0.5], "`x` must be positive numbers; got -0.5 at index 1."),
        (checks.non_negative, -1e-300, "`x` must be non-negative numbers; got -1e-300."),
        (checks.probability, [0.5, 1.01], "`x` must be numbers from 0 to 1; got 1.01 at index 1."),
        (checks.probability, -0.1, "`x` must be numbers from 0 to 1; got -0.1."),
        (checks.whole, 2.5, "`x` must be non-negative whole numbers; got 2.5."),
        (checks.whole, -1, "`x` must be non-negative whole numbers; got -1."),
        (checks.whole, 1e300, "`x` must be non-negative whole numbers; got 1e+300."),
    ],
)
def test_refuses_numbers_out_of_range(check, value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)} "):
        check("x", value)


@pytest.mark.parametrize(
    ("minimum", "value", "quality"),
    [(1, 0, "positive whole numbers"), (3, 2, "whole numbers of 3 or more")],
)
def test_whole_names_its_minimum(minimum, value, quality):
    with pytest.raises(ValueError, match=f"^`J` must be {quality}; got {value}"):
        checks.whole("J", value, minimum=minimum)
    assert checks.whole("J", minimum, minimum=minimum) == minimum


@pytest.mark.parametrize(
    ("shape", "good", "bad", "expected"),
    [
        ((), 3.0, [3.0], "a finite number; got shape (1,)"),
        (("J",), [3.0], 3.0, "finite numbers, shape (J,); got shape ()"),
        ((3,), [1, 2, 3], [1, 2], "finite numbers, shape (3,); got shape (2,)"),
        (("J", "J"), np.eye(2), np.ones((2, 3)), "shape (J, J); got shape (2, 3)"),
        (("J", 2), np.ones((5, 2)), np.ones((2, 5)), "shape (J, 2); got shape (2, 5)"),
        ([(), (2,)], [1, 2], [1, 2, 3], "a finite number or finite numbers, shape (2,); got"),
    ],
)
def test_shapes(shape, good, bad, expected):
    assert checks.finite("x", good, shape).shape == np.shape(good)
    with pytest.raises(ValueError, match=re.escape(expected)):
        checks.finite("x", bad, shape)


def test_percentages_are_told_apart_from_what_is_missing():
    with pytest.raises(ValueError, match="Divide percentages by 100"):
        checks.probability("p", [0.5, 95])
    with pytest.raises(ValueError, match="Drop or replace it"):
        checks.probability("p", [0.5, np.nan])


def test_advice_is_the_last_sentence():
    with pytest.raises(ValueError, match=r"got 0 at index 3\. Drop empty groups\.$"):
        checks.whole("n", [3, 2, 1, 0], 1, ("J",), advice="Drop empty groups.")


@pytest.mark.parametrize("value", [[1, 2], (1.0, 2.0), np.array([1, 2], np.uint8),
                                   pd.Series([1, 2]), np.array([1.0, 2.0], object),
                                   [np.float32(1), np.int16(2)]])  # fmt: skip
def test_returns_plain_arrays(value):
    numbers = checks.finite("x", value, ("J",))
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [1.0, 2.0]
    assert checks.whole("x", value).dtype == np.int64


@pytest.mark.parametrize("check", [checks.finite, checks.whole])
def test_result_is_a_copy(check):
    given = np.array([1, 2, 3], dtype=check("x", [1]).dtype)
    check("x", given)[0] = 9
    assert given[0] == 1


@pytest.mark.parametrize("value", [3, ["hsb"], None, "HSB", True, np.array(["hsb"])])
def test_one_of_refuses(value):
    with pytest.raises(ValueError, match=r"^`preset` must be one of 'hsb', 'lesson'; got "):
        checks.one_of("preset", value, ["hsb", "lesson"])


def test_one_of_does_not_take_true_for_one():
    assert checks.one_of("J", 1, [1, 2]) == 1
    with pytest.raises(ValueError, match="got True"):
        checks.one_of("J", True, [1, 2])


def test_same_length_names_every_argument():
    assert checks.same_length(y=[1, 2], group="AB", x=np.ones(2)) == 2
    with pytest.raises(ValueError, match=r"^`y`, `group` and `x` must have .* got 2, 1 and 2"):
        checks.same_length(y=[1, 2], group="A", x=np.ones(2))
    with pytest.raises(ValueError, match="got no length and 1"):
        checks.same_length(y=3, group="A")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "`group` must be a flat sequence of labels; got 3."),
        ([[1], [2]], "`group` must be a flat sequence of labels; got [[1], [2]]."),
        (["A", None], "`group` must name a group in every entry; got None at index 1."),
        ([np.nan, 1.0], "`group` must name a group in every entry; got nan at index 0."),
        (pd.Series(["A", pd.NA]), "`group` must name a group in every entry; got "),
    ],
)
def test_labels_refuse(value, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        checks.labels("group", value)
