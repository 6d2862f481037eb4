"""Figures: the visual language, labels that stay apart, edges and bad input."""

import re
import subprocess
import sys
from itertools import combinations
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from hbmlib import datasets, plots, pooling, simulate, style
from hbmlib.pooling import Estimate
from tests import sampler_figures

COLOUR = style.colours("light")
LESSON = simulate.lesson_schools(1)
LESSON_GROUPS = pooling.summarise(LESSON.y, LESSON.group)
LESSON_PARTIAL = pooling.partial(LESSON_GROUPS, 5.0, 2.0, 3.0)
EDGE = pooling.from_means([5.0, 3.0, 9.0], n=[0, 1, 30], labels=["empty", "one", "many"])
ONE = pooling.from_means([5.0])
EQUAL = pooling.from_means([5.0, 5.0, 5.0], n=4)
TAU = SimpleNamespace(
    tau=SimpleNamespace(quantile=lambda p: -3 * np.log1p(-np.asarray(p))),
    tau_marginal=lambda: (np.linspace(0, 40, 400), np.exp(-np.linspace(0, 40, 400) / 3) / 3),
)


def hsb():
    data = datasets.load("hsb")
    return pooling.summarise(data["math"], data["school"])


def ten():
    data = datasets.load("hsb")
    rows = data[data["school"].isin(datasets.ten_schools())]
    return plots.group_ranges(rows["math"], rows["school"], unit="Mathematics score")


def both(function, groups, **options):
    return function(groups, pooling.partial(groups, 6.0, 2.0, 3.0), 6.0, **options)


FIGURES = {
    "ranges, ten schools": ten,
    "ranges, one observation": lambda: plots.group_ranges([3.0], ["A"]),
    "means": lambda: plots.group_means(LESSON_GROUPS, 3.0),
    "means, one group": lambda: plots.group_means(ONE, 3.0),
    "means, 160": lambda: plots.group_means(hsb(), 6.26),
    "arrows": lambda: plots.pooling_arrows(LESSON_GROUPS, LESSON_PARTIAL, 5.0, truth=LESSON.theta),
    "arrows, edges": lambda: both(plots.pooling_arrows, EDGE),
    "arrows, one group": lambda: both(plots.pooling_arrows, ONE),
    "arrows, equal": lambda: both(plots.pooling_arrows, EQUAL),
    "three": lambda: plots.three_estimates(LESSON_GROUPS, 3.0, LESSON_PARTIAL, truth=LESSON.theta),
    "three, edges": lambda: plots.three_estimates(EDGE, 3.0, pooling.partial(EDGE, 6, 2, 3)),
    "three, one group": lambda: plots.three_estimates(ONE, 3.0, pooling.partial(ONE, 6, 2, 3)),
    "by size, edges": lambda: both(plots.estimates_by_size, EDGE),
    "by size, one group": lambda: both(plots.estimates_by_size, ONE),
    "funnel": lambda: plots.means_by_size(hsb(), 6.26),
    "funnel, one group": lambda: plots.means_by_size(ONE, 3.0),
    "curves": plots.shrinkage_curves,
    "weight": lambda: plots.weight(tau=2, sigma=3, n=10),
    "weight, one": lambda: plots.weight(tau=0.1, sigma=9, n=1),
    "lines": lambda: plots.curves(
        [1, 2, 5, 25],
        {
            "no pooling": ("own", [9, 4.5, 1.8, 0.36]),
            "complete": ("complete", [4, 4, 4, 4]),
            "partial": ("partial", [2.8, 2.1, 1.2, 0.33]),
        },
        points=[("own", [1, 5], [8.8, 1.9], [0.2, 0.1])],
        xlabel="Group size",
        log_x=True,
    ),
    "lines, logarithmic": lambda: plots.curves(
        [1, 10, 100],
        {"with": ("accept", [20, 6, 4.1]), "without": ("refuse", [400, 6, 4])},
        log_x=True,
        log_y=True,
    ),
    "lines that end": lambda: plots.curves(
        [0, 1, 2],
        {"short": ("own", [0, 3, np.nan]), "long": ("partial", [1, 1, 1])},
        vlines={"here": 1.5},
    ),
    "lines, none to the end": lambda: plots.curves([0, 1], {"short": ("own", [0, np.nan])}),
    "histogram": lambda: plots.histogram(
        np.linspace(-9, 9, 500),
        curve=("normal", lambda z: np.exp(-(z**2) / 2) / 2.5),
        marks={"−1.96": -1.96, "1.96": 1.96},
        unit="z score",
    ),
    "histogram, log": lambda: plots.histogram(
        np.geomspace(1e-5, 1, 200), marks={"0.05": 0.05}, log=True
    ),
    "histogram, one": lambda: plots.histogram([3.0]),
    "movement": lambda: plots.movement(LESSON_GROUPS, LESSON_PARTIAL, mu=5),
    "movement, one group": lambda: plots.movement(ONE, Estimate([5.5], [1]), mu=6),
    "movement, none": lambda: plots.movement(ONE, Estimate([5.0], [1]), mu=5),
    "then and now": lambda: plots.then_and_now([17, 16, 5], [14, 13, 11], centre=12.7),
    "theta": lambda: both(plots.theta_against_means, LESSON_GROUPS),
    "theta, one group": lambda: both(plots.theta_against_means, ONE),
    "updating": lambda: plots.normal_updating(Estimate(12.6, 2.9), Estimate(4.6, 2.8)),
    "updating, equal": lambda: plots.normal_updating(Estimate(5.0, 2.0), Estimate(5.0, 2.0)),
    "updating, vague prior": lambda: plots.normal_updating(Estimate(0, 50), Estimate(5.0, 1.0)),
    "tau": lambda: plots.tau_posterior(TAU, unit="points"),
    **{f"graph, {m}": lambda m=m: plots.model_graph(m, known=["sigma"]) for m in plots.MODELS},
    **sampler_figures.FIGURES,
}


@pytest.fixture(params=FIGURES, scope="module")
def draw(request):
    return FIGURES[request.param]


@pytest.fixture(scope="module")
def figure(draw):
    return draw()


@pytest.fixture(scope="module")
def texts(figure):
    return boxes(figure)


def boxes(figure):
    """Name and box of every text of a figure, in points."""
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(72)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [*figure.texts]
    for ax in figure.axes:
        texts += [child for child in ax.get_children() if isinstance(child, Text)]
        texts += [ax.xaxis.label, ax.yaxis.label]
        texts += [
            tick.label1
            for axis in (ax.xaxis, ax.yaxis)
            for tick in axis.get_major_ticks()
            if ax.axison
            and tick.label1.get_visible()
            and axis.get_view_interval()[0] <= tick.get_loc() <= axis.get_view_interval()[1]
        ]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in texts if t.get_text()]


def test_figures_are_labelled_directly(figure):
    assert isinstance(figure, Figure)
    assert [ax.get_legend() for ax in figure.axes] == [None] * len(figure.axes)
    assert not figure.legends


def test_figures_describe_themselves(figure):
    text = plots.alt_text(figure)
    assert text.endswith(".")
    assert not re.search(r"nan|inf\b|  |\.\.", text)


def test_texts_do_not_overlap(texts):
    clashes = []
    for (one, a), (other, b) in combinations(texts, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > 0.5 and high > 3:  # a line's box reaches about 3 points beyond its letters
            clashes.append((one, other, round(wide), round(high)))
    assert clashes == []


def test_texts_stay_in_the_figure(figure, texts):
    width, height = figure.get_size_inches() * 72
    for text, box in texts:
        assert box.x0 > -1, text
        assert box.x1 < width + 1, text
        assert box.y0 > -1, text
        assert box.y1 < height + 1, text


def test_svg_is_well_formed_stable_and_in_token_colours(draw):
    svg = plots.to_svg(draw())
    ElementTree.fromstring(svg)
    assert svg == plots.to_svg(draw())
    body = svg.split("</style>", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", body)) <= set(COLOUR.values())
    assert not re.search(r"(?:fill|stroke): (?!#|none|url)", body)
    assert "nan" not in re.findall(r' d="([^"]*)"', body.lower())
    assert "http" not in re.sub(
        r'xmlns(:\w+)?="[^"]*"|<!DOCTYPE[^>]*>|<metadata>.*</metadata>', "", svg
    )


def markers(figure, marker):
    return [line for line in figure.axes[0].lines if line.get_marker() == marker]


def test_visual_language():
    figure = FIGURES["arrows"]()
    own, partial = markers(figure, "o")
    (truth,) = markers(figure, "x")
    assert to_hex(own.get_markerfacecolor()) == COLOUR["surface"]
    assert to_hex(own.get_markeredgecolor()) == COLOUR["own"]
    assert to_hex(partial.get_markerfacecolor()) == COLOUR["partial"]
    assert to_hex(truth.get_color()) == COLOUR["truth"]
    np.testing.assert_array_equal(own.get_xdata(), LESSON_GROUPS.mean)
    np.testing.assert_array_equal(partial.get_xdata(), LESSON_PARTIAL.mean)
    np.testing.assert_array_equal(truth.get_xdata(), LESSON.theta)
    (dashed,) = [line for line in figure.axes[0].lines if line.is_dashed()]
    assert set(dashed.get_xdata()) == {5.0}
    assert to_hex(dashed.get_color()) == COLOUR["complete"]


def test_arrows_run_from_own_to_pooled():
    groups = pooling.from_means([0.0, 10.0], n=4)
    figure = plots.pooling_arrows(groups, Estimate(np.array([3.0, 7.0]), np.ones(2)))
    arrows = [text for text in figure.axes[0].texts if text.arrow_patch is not None]
    assert [(a.xyann[0], a.xy[0]) for a in arrows] == [(0.0, 3.0), (10.0, 7.0)]


def test_intervals_are_fifty_and_ninety_per_cent():
    figure = plots.group_means(pooling.from_means([4.0], n=9), sigma=3.0)
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
    thin, thick = lines[0], lines[1]
    np.testing.assert_allclose(thin.get_xdata()[:2], 4 + 1.6448536 * np.array([-1, 1]), rtol=1e-6)
    np.testing.assert_allclose(thick.get_xdata()[:2], 4 + 0.6744898 * np.array([-1, 1]), rtol=1e-6)
    assert thick.get_linewidth() > 2 * thin.get_linewidth()


def test_a_distribution_is_drawn_by_its_own_quantiles():
    def quantile(p):
        return np.asarray(p)[:, None] * np.array([1.0, 100.0])

    skewed = SimpleNamespace(mean=np.array([0.4, 40.0]), quantile=quantile)
    figure = plots.three_estimates(pooling.from_means([1.0, 50.0]), 3.0, skewed)
    ends = [line.get_xdata()[:2].tolist() for line in figure.axes[0].lines]
    assert [0.05, 0.95] in ends
    assert [0.25, 0.75] in ends


def test_ranges_show_the_quantiles_of_the_observations():
    y = np.concatenate([np.arange(101.0), np.arange(101.0) + 50])
    figure = plots.group_ranges(y, np.repeat(["low", "high"], 101))
    thin, thick = figure.axes[0].lines[:2]
    assert thin.get_ydata()[:2].tolist() == [5, 95]
    assert thick.get_ydata()[:2].tolist() == [25, 75]
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["low", "high"]


def test_updating_draws_the_posterior():
    figure = plots.normal_updating(Estimate(0.0, 1.0), Estimate(4.0, 1.0))
    peaks = [line.get_xdata()[np.argmax(line.get_ydata())] for line in figure.axes[0].lines[:3]]
    np.testing.assert_allclose(peaks, [0.0, 4.0, 2.0], atol=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.group_ranges([1, np.nan], "ab"), "`y` must be finite numbers"),
        (lambda: plots.group_means(EDGE, 3.0), "got group 'empty' with none"),
        (lambda: plots.group_means(ONE, 0), "`sigma` must be a positive number"),
        (lambda: plots.pooling_arrows(EDGE, LESSON_PARTIAL), "`partial` must be finite numbers"),
        (lambda: both(plots.pooling_arrows, EDGE, truth=[1, 2]), "`truth` must be"),
        (lambda: plots.pooling_arrows(ONE, Estimate([5], [1]), "mid"), "`complete` must be"),
        (lambda: plots.three_estimates(ONE, -1, Estimate([5], [1])), "`sigma` must be"),
        (lambda: plots.means_by_size(pooling.from_means([1], n=0), 3), "at least one observation"),
        (lambda: plots.group_means([5], 3), "`groups` must be GroupSummaries; got list"),
        (lambda: plots.means_by_size([5], 3, 5), "`groups` must be GroupSummaries; got list"),
        (lambda: plots.pooling_arrows([5], [5]), "`groups` must be GroupSummaries; got list"),
        (lambda: plots.three_estimates(ONE, 1, [5]), "`partial` must be an Estimate, a"),
        (lambda: plots.movement(ONE, np.ones(1), 5), "a marginal or Draws; got ndarray"),
        (lambda: plots.shrinkage_curves([]), "`ratios` must be"),
        (lambda: plots.shrinkage_curves([0]), "`ratios` must be"),
        (lambda: plots.shrinkage_curves(n_max=0), "`n_max` must be"),
        (lambda: plots.normal_updating(Estimate(0, 0), Estimate(1, 1)), "`sd` must be a positive"),
        (lambda: plots.weight(2, 3, 0), "`n` must be a positive whole number"),
        (lambda: plots.weight(0, 3, 5), "`tau` must be a positive number"),
        (lambda: plots.curves([1, 2], {"a": ("owns", [1, 2])}), "Did you mean 'own'?"),
        (lambda: plots.curves([1, 2], {"a": ("own", [1])}), "the same length; got 2 and 1"),
        (lambda: plots.curves([1, 2], {"a": ("own", [np.nan] * 2)}), "`y` must be"),
        (lambda: plots.curves([0, 2], {"a": ("own", [1, 1])}, log_x=True), "`x` must be positive"),
        (lambda: plots.curves([1, 2], {"a": ("own", [0, 1])}, log_y=True), "`y` must be positive"),
        (lambda: plots.histogram([]), "`values` must be"),
        (lambda: plots.histogram([0.0, 1.0], log=True), "`values` must be positive"),
        (lambda: plots.movement(EDGE, Estimate([1, 2, 3], [1, 1, 1]), 5), "group 'empty'"),
        (lambda: plots.movement(ONE, Estimate([5], [1]), np.inf), "`mu` must be"),
        (lambda: plots.then_and_now([1, 2], [1]), "`now` must be finite numbers, shape (2,)"),
        (lambda: plots.model_graph("plates"), "`model` must be one of"),
        (lambda: plots.model_graph(known=["lambda"]), "`known` must be one of"),
        (lambda: plots.model_graph("one group", known=["tau"]), "`known` must be one of"),
    ],
)
def test_bad_input_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_a_notebook_shows_theme_aware_svg(monkeypatch):
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell()
    monkeypatch.setattr(plots._show, "get_ipython", lambda: shell, raising=False)
    plots.use_book_style()
    data, _ = shell.display_formatter.format(plots.shrinkage_curves())
    assert "prefers-color-scheme" in data["image/svg+xml"]
    assert "image/png" not in data


def test_no_pyplot_is_imported():
    code = "import sys, hbmlib.plots; print('matplotlib.pyplot' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "False", answer.stderr
