"""Figures of chapters 3 and 4: what they show agrees with what they are given."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hbmlib import datasets, exact, plots, pooling
from hbmlib.plots._theory import _apart
from hbmlib.priors import HalfCauchy, Normal


@pytest.fixture(scope="module")
def schools():
    data = datasets.load("eight_schools")
    groups = pooling.from_means(data["effect"], labels=data["school"])
    sigma = data["se"].to_numpy(float)
    priors = {"mu_prior": Normal(0, 5), "tau_prior": HalfCauchy(5)}
    return groups, exact.normal_means(groups, sigma=sigma, **priors)


def drawn(figure):
    FigureCanvasAgg(figure).draw()
    return figure


def marked(ax, marker):
    return next(line.get_xydata()[0] for line in ax.lines if line.get_marker() == marker)


@pytest.mark.parametrize(
    ("J", "distance2", "sigma"), [(18, 12.0, 1.0), (4, 400.0, 3.0), (1, 1, 1)]
)
def test_the_triangle_has_a_right_angle_at_the_best_point(J, distance2, sigma):
    ax = drawn(plots.too_long(J, distance2, sigma)).axes[0]
    theta, best = marked(ax, "x"), ax.lines[6].get_xydata()[0]
    y = ax.lines[5].get_xydata()[0]
    assert theta @ theta == pytest.approx(distance2)
    assert y @ y == pytest.approx(distance2 + J * sigma**2)
    assert (theta - best) @ best == pytest.approx(0, abs=1e-9)
    # What is left over is the oracle's risk.
    left = np.sum((theta - best) ** 2)
    assert left == pytest.approx(J * sigma**2 * distance2 / (J * sigma**2 + distance2))


@pytest.mark.parametrize("arguments", [(0, 1.0), (5, 0.0), (5, np.nan), (5, 1.0, -1)])
def test_the_triangle_refuses(arguments):
    with pytest.raises(ValueError, match="must"):
        plots.too_long(*arguments)


def test_given_tau_starts_from_one_point_and_ends_apart(schools):
    groups, posterior = schools
    above, below = drawn(plots.given_tau(groups, posterior, largest=20, marks=[3.6])).axes
    paths = np.array([line.get_ydata() for line in above.lines[:8]])
    assert np.ptp(paths[:, 0]) < 1e-9
    np.testing.assert_allclose(paths[:, -1], posterior.given_tau(20).theta.mean)
    assert [text.get_text() for text in above.texts] == [*groups.labels, r"$\mu$"]
    np.testing.assert_allclose(below.lines[0].get_ydata()[1:], posterior.tau.pdf(
        below.lines[0].get_xdata()[1:]))  # fmt: skip
    assert all(ax.lines[-1].get_xdata()[0] == 3.6 for ax in (above, below))


def test_names_of_paths_stay_apart(schools):
    groups, posterior = schools
    for largest in (None, 1e-3, 1000):
        above = drawn(plots.given_tau(groups, posterior, largest=largest)).axes[0]
        heights = np.sort([text.xy[1] for text in above.texts])
        assert np.diff(heights).min() > 0.06 * np.ptp(above.get_ylim())


def test_labels_move_up_and_down_alike():
    np.testing.assert_allclose(_apart(np.array([5.0, 5.0, 5.0]), 1.0), [4, 5, 6])
    np.testing.assert_allclose(_apart(np.array([1.0, 9.0, 4.0]), 1.0), [1, 9, 4])


@pytest.mark.parametrize("options", [{"largest": 0}, {"largest": np.inf}, {"marks": [-1.0]}])
def test_given_tau_refuses(schools, options):
    with pytest.raises(ValueError, match="must"):
        plots.given_tau(*schools, **options)


def test_quadrature_has_a_bar_for_each_node():
    x = np.linspace(0, 4, 9)
    figure = drawn(plots.quadrature([1, 3], [2, 1], curve=(x, x), unit="tau"))
    bars = figure.axes[0].patches
    assert [(b.get_x(), b.get_width(), b.get_height()) for b in bars] == [(0, 2, 2), (2, 2, 1)]


@pytest.mark.parametrize("nodes", [[1.0], [1.0, 2.0, 4.0], [2.0, 1.0], [1.0, 1.0], [1.0, np.nan]])
def test_quadrature_refuses(nodes):
    with pytest.raises(ValueError, match="must"):
        plots.quadrature(nodes, np.ones(len(nodes)), curve=([0, 1], [1, 1]))


def test_risks_are_named_where_they_start():
    x = np.linspace(0, 5, 21)
    lines = {"own": ("complete", 1 + 0 * x), "a": ("partial", x / 9), "b": ("partial", x / 10)}
    points = [("partial", [1.0], [0.11], [0.01])]
    ax = drawn(plots.risk_curves(x, lines, points=points)).axes[0]
    assert [text.get_text() for text in ax.texts] == list(lines)
    heights = [text.xy[1] for text in ax.texts]
    assert heights[0] == 1
    assert np.diff(np.sort(heights)).min() > 0.07 * np.ptp(ax.get_ylim())
    assert min(ax.get_xticks()) == 0


@pytest.mark.parametrize(
    ("x", "y", "role"),
    [([1, 2], [1, 1], "own"), ([0], [1], "own"), ([0, 2, 1], [1, 1, 1], "own"),
     ([0, 1], [1], "own"), ([0, 1], [1, np.nan], "own"), ([0, 1], [1, 1], "odd")],
)  # fmt: skip
def test_risk_curves_refuse(x, y, role):
    with pytest.raises(ValueError, match="must"):
        plots.risk_curves(x, {"name": (role, y)})
