"""Sufficient statistics of lines stand for the observations, and awkward x is handled."""

import re

import numpy as np
import pytest

from hbmlib.models import LineSummaries, summarise_lines
from tests.models import truth


def squares(alpha, beta, x, y, which):
    return ((y - alpha[which] - beta[which] * x) ** 2).sum()


def test_misfit_is_the_sum_of_squares_and_its_slopes(rng):
    alpha, beta = rng.normal(0, 5, (2, 4))
    ss, pull_a, pull_b = truth.LINES.misfit(alpha, beta)
    data = truth.X, truth.LINE_Y, truth.WHICH
    assert ss == pytest.approx(squares(alpha, beta, *data), rel=1e-12)
    residual = truth.LINE_Y - alpha[truth.WHICH] - beta[truth.WHICH] * truth.X
    np.testing.assert_allclose(pull_a, np.bincount(truth.WHICH, residual), rtol=1e-10)
    np.testing.assert_allclose(pull_b, np.bincount(truth.WHICH, residual * truth.X), rtol=1e-10)


def test_misfit_of_each_adds_up_to_the_change_of_the_whole(rng):
    alpha, beta = rng.normal(0, 5, (2, 4))
    each = truth.LINES.misfit_each(alpha, beta, np.arange(4))
    assert truth.LINES.misfit(alpha, beta)[0] - truth.LINES.rss.sum() == pytest.approx(each.sum())


def test_rows_and_flat_arrays_agree(rng):
    x, y = rng.normal(size=(2, 6, 3))
    rows = summarise_lines(x, y, labels="abcdef")
    order = rng.permutation(18)
    group = np.repeat(list("abcdef"), 3)[order]
    flat = summarise_lines(x.ravel()[order], y.ravel()[order], group)
    assert rows.labels == flat.labels == tuple("abcdef")
    for name in ("n", "x_mean", "y_mean", "xx", "slope", "rss"):
        np.testing.assert_allclose(getattr(rows, name), getattr(flat, name), rtol=1e-12)
    slope, intercept = np.polyfit(x[2], y[2], 1)
    assert rows.slope[2] == pytest.approx(slope)
    assert rows.rss[2] == pytest.approx(((y[2] - intercept - slope * x[2]) ** 2).sum())


def test_large_offsets_keep_their_digits(rng):
    x, y = rng.normal(size=(2, 5, 4))
    near, far = summarise_lines(x, y), summarise_lines(x + 1e6, y + 1e6)
    np.testing.assert_allclose(far.slope, near.slope, rtol=1e-7)
    np.testing.assert_allclose(far.rss, near.rss, rtol=1e-7)


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1e8 + 0.1])
@pytest.mark.parametrize("n", [1, 3, 7])
def test_x_that_does_not_vary_is_named_and_leaves_the_slope_open(value, n):
    lines = summarise_lines([[value] * n, list(range(n))], np.arange(2.0 * n).reshape(2, n))
    assert lines.without_slope == ((0,) if n > 1 else (0, 1))
    assert lines.xx[0] == lines.slope[0] == 0
    assert lines.freedom == (2 * n - 3 if n > 1 else 0)


def test_as_many_observations_as_coefficients_fit_exactly(rng):
    x, y = rng.normal(size=(2, 5, 2))
    lines = summarise_lines(x, y)
    assert (lines.rss == 0).all()
    assert lines.freedom == 0


BAD = {
    "shapes": (dict(x=[[1, 2]], y=[[1, 2, 3]]), "`y` must be finite numbers, shape (1, 2)"),
    "flat without group": (dict(x=[1, 2], y=[1, 2]), "shape (J, n); got shape (2,)"),
    "rows with group": (dict(x=[[1, 2]], y=[[1, 2]], group="ab"), "shape (N,); got shape (1, 2)"),
    "group too short": (dict(x=[1, 2], y=[1, 2], group="a"), "must have the same length"),
    "nan": (dict(x=[[1, np.nan]], y=[[1, 2]]), "`x` must be finite"),
    "strings": (dict(x=[[1, 2]], y=[["a", "b"]]), "`y` must be finite"),
    "empty": (dict(x=[], y=[]), "got none at all"),
    "ragged": (dict(x=[[1, 2], [3]], y=[[1, 2], [3]]), "ragged"),
    "nobody": (dict(x=[1, 2], y=[1, 2], group="aa", labels="ab"), "got 'b' with none"),
    "labels short": (dict(x=[[1, 2]], y=[[1, 2]], labels="ab"), "must have the same length"),
    "labels repeated": (dict(x=[[1], [2]], y=[[1], [2]], labels="aa"), "must be distinct"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused(case):
    given, message = BAD[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        summarise_lines(**given)


def test_summaries_stand_for_themselves():
    assert isinstance(truth.LINES, LineSummaries)
    assert (truth.LINES.n_groups, truth.LINES.n_total) == (4, 11)
    assert truth.LINES.without_slope == ("b",)
