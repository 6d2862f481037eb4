"""Figures of draws and samplers: what is drawn is the data, and the edges are held."""

import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from hbmlib import diagnostics, plots, pooling, style
from hbmlib.draws import Draws
from hbmlib.plots import _draws, _trace
from tests.sampler_figures import (
    ACCEPTED,
    DIVERGED,
    DRAWS,
    EMPTY,
    ENERGY,
    EXACT,
    FIGURES,
    GROUPS,
    LESSON,
    LOG,
    LONG,
    MANY,
    NOISY,
    ORBIT,
    SINGLE,
    TIMES,
    TREE,
    TRUTH,
    certificate,
    constant,
    make,
    normal,
    wide,
)

COLOUR = style.colours("light")
BAD = DIVERGED.stats["diverging"].astype(bool)


def marked(ax, marker):
    return [line for line in ax.lines if line.get_marker() == marker]


def words(ax):
    return [text.get_text() for text in ax.texts]


def polygon(artist):
    (path,) = artist.get_paths()
    return path.vertices


# Traces and ranks


def test_trace_draws_every_chain_in_order():
    strips = plots.trace(DRAWS, "tau").axes[:4]
    for chain, ax in enumerate(strips):
        line, median = ax.lines
        assert_array_equal(line.get_ydata(), DRAWS["tau"][chain])
        assert_array_equal(line.get_xdata(), np.arange(400))
        assert set(median.get_ydata()) == {np.median(DRAWS["tau"])}
        assert str(chain + 1) in words(ax)
    assert len({to_hex(ax.lines[0].get_color()) for ax in strips}) == 4
    assert len({ax.get_ylim() for ax in strips}) == 1


def test_trace_marks_divergences_by_triangles_on_their_draws():
    figure = plots.trace(DIVERGED, "mu")
    at = [(chain, x, y) for chain, ax in enumerate(figure.axes[:4]) for line in marked(ax, "^")
          for x, y in zip(*line.get_data(), strict=True)]  # fmt: skip
    assert at == [(c, d, DIVERGED["mu"][c, d]) for c, d in np.argwhere(BAD)]
    assert "12 divergences" in plots.alt_text(figure)
    assert not any(marked(ax, "^") for ax in plots.trace(DRAWS, "mu").axes)


def test_trace_draws_the_density_of_each_chain():
    curves = plots.trace(DRAWS, "mu").axes[4].lines
    assert len({line.get_linestyle() + str(line._dash_pattern) for line in curves}) == 4
    for line, x in zip(curves, DRAWS["mu"], strict=True):
        assert_allclose(line.get_data(), _draws.density(x))


def test_trace_puts_many_chains_into_one_panel():
    strip, density = plots.trace(MANY, "tau").axes
    assert_array_equal([line.get_ydata() for line in strip.lines[:9]], MANY["tau"])
    assert len(density.lines) == 9


def test_a_chain_that_never_moves_has_no_density():
    _, _, density = plots.trace(constant(), "mu").axes
    assert not density.lines
    assert words(density) == ["does not vary"]


def test_the_default_is_the_quantities_that_are_single_numbers():
    assert len(plots.trace(DRAWS).axes) == 3 * 5
    thetas = make(names=("theta[1]", "theta[2]"))
    assert [ax.get_xlabel() for ax in plots.densities(thetas).axes] == [
        r"$\theta_{\mathrm{1}}$", r"$\theta_{\mathrm{2}}$"]  # fmt: skip


@pytest.mark.parametrize(
    "family",
    [stats.norm(), stats.norm(3), stats.expon(), stats.t(2)],
    ids=["0", "3", "positive", "heavy"],
)
def test_density_is_a_sum_of_kernels_of_silvermans_width(family):
    x = family.rvs(size=(2, 300), random_state=5)
    grid, height = _draws.density(x)
    spread = min(x.std(), stats.iqr(x) / 1.34)
    points = np.concatenate([x.ravel(), -x.ravel()]) if x.min() > 0 else x.ravel()
    kernels = stats.norm.pdf(grid[:, None], points, 0.9 * spread * 600**-0.2)
    assert_allclose(height, kernels.sum(axis=1) / 600, atol=3e-3 * height.max())
    assert_allclose(np.trapezoid(height, grid), 1, atol=0.005)


def test_a_density_of_positive_draws_stays_above_zero_and_does_not_sink_there():
    x = stats.expon.rvs(size=(4, 2000), random_state=5)
    grid, height = _draws.density(x)
    assert grid[0] == 0
    assert 0.85 < height[0] < 1.15


def test_rank_counts_count_every_draw():
    x = np.random.default_rng(1).normal(size=(4, 250)) + np.array([[0], [0], [0], [3]])
    counts, expected, _ = _trace.rank_counts(x)
    bins = np.floor((stats.rankdata(x).reshape(x.shape) - 0.5) / 50).astype(int)
    assert_array_equal(counts, [np.bincount(row, minlength=20) for row in bins])
    assert_allclose(expected, 12.5)


def test_ties_share_a_bin():
    counts, _, _ = _trace.rank_counts(np.ones((2, 50)))
    assert_array_equal(np.count_nonzero(counts, axis=1), [1, 1])
    assert_array_equal(counts.sum(axis=1), [50, 50])


@pytest.mark.parametrize(("total", "marked", "drawn"), [(1000, 50, 250), (40, 4, 20), (8, 1, 4)])
def test_limits_are_those_of_the_hypergeometric_distribution(total, marked, drawn):
    low, high = _trace._hypergeometric_limits(total, marked, drawn, 0.01)
    count = stats.hypergeom(total, marked, drawn)
    assert count.cdf(low - 1) <= 0.01 < count.cdf(low)
    assert count.sf(high) <= 0.01 < count.sf(high - 1)


def test_the_band_of_ranks_holds_independent_chains_and_no_others():
    rng = np.random.default_rng(7)

    def leaves(x):
        counts, _, (lower, upper) = _trace.rank_counts(x)
        return ((counts < lower) | (counts > upper)).any()

    same = sum(leaves(rng.normal(size=(4, 200))) for _ in range(400))
    assert stats.binom.cdf(same, 400, 0.05) < 0.999  # not more than 5%
    assert same > 0  # and not by being too wide for anything
    shifted = rng.normal(size=(4, 200)) + np.array([[0], [0], [0], [1]])
    assert leaves(shifted)


def test_ranks_are_drawn_as_counted():
    counts, _, (lower, upper) = _trace.rank_counts(DRAWS["mu"])
    for chain, ax in enumerate(plots.ranks(DRAWS, "mu").axes):
        band, bars = ax.patches
        assert_array_equal(bars.get_data().values, counts[chain])
        assert_array_equal(band.get_data().values, upper)
        assert_array_equal(band.get_data().baseline, lower)


# Densities and intervals


def test_densities_show_all_chains_with_interval_mean_exact_answer_and_truth():
    (ax,) = plots.densities(DRAWS, "theta[3]", exact=EXACT, truth={"theta[3]": 4.5}).axes
    x = DRAWS["theta[3]"]
    own, exact = ax.lines[:2]
    assert_allclose(own.get_data(), _draws.density(x))
    grid = exact.get_xdata()
    assert_allclose(exact.get_ydata(), EXACT.theta.pdf(np.tile(grid[:, None], 8))[:, 3])
    thin, thick = ax.lines[2:4]
    assert_allclose(thin.get_xdata()[:2], np.quantile(x, [0.05, 0.95]))
    assert_allclose(thick.get_xdata()[:2], np.quantile(x, [0.25, 0.75]))
    (mean,) = marked(ax, "o")
    assert_allclose(mean.get_xdata(), x.mean())
    (cross,) = marked(ax, "x")
    assert cross.get_xdata()[0] == 4.5


def test_exact_densities_may_be_functions_by_name():
    axes = plots.densities(DRAWS, ["mu", "tau"], exact={"tau": lambda x: 0 * x + 0.25}).axes
    assert ["exact" in words(ax) for ax in axes] == [False, True]
    assert set(axes[1].lines[1].get_ydata()) == {0.25}


def test_a_quantity_that_never_moved_is_a_line():
    (ax,) = plots.densities(constant(), "mu").axes
    assert_array_equal(ax.lines[0].get_xdata(), [1, 1])


def test_energy_shows_both_densities_and_the_fraction():
    (ax,) = plots.energy(DIVERGED).axes
    level = DIVERGED.stats["energy"]
    assert_allclose(ax.lines[0].get_data(), _draws.density(level - level.mean()))
    assert_allclose(ax.lines[1].get_data(), _draws.density(np.diff(level, axis=1)))
    assert f"{diagnostics.ebfmi(level)[0]:.2f}" in ax.get_title(loc="left")


def rows_of(ax, marker="o"):
    (line,) = marked(ax, marker)
    return np.array(line.get_data())


def test_intervals_are_the_quantiles_of_each_row():
    (ax,) = plots.intervals(DRAWS, ["mu", "theta"], truth=[5, *LESSON.theta]).axes
    names = ["mu", *(f"theta[{j}]" for j in range(8))]
    q = np.quantile([DRAWS[n].ravel() for n in names], [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    assert_allclose(rows_of(ax), [q[2], np.arange(9)[::-1]])
    thin, thick = (line.get_xdata().reshape(9, 3) for line in ax.lines[:2])
    assert_allclose(thin[:, :2], q[[0, 4]].T)
    assert_allclose(thick[:, :2], q[[1, 3]].T)
    assert_allclose(rows_of(ax, "x"), [[5, *LESSON.theta], np.arange(9)[::-1]])


def test_fits_lie_side_by_side_with_a_name_and_a_shape_each():
    (ax,) = plots.intervals({"draws": DRAWS, "exact": EXACT}, ["theta[5]", "theta[2]", "mu"]).axes
    (x, y), (x_exact, y_exact) = rows_of(ax), rows_of(ax, "s")
    assert_allclose(x[:2], [np.median(DRAWS[f"theta[{j}]"]) for j in (5, 2)])
    assert_allclose(x_exact, [*EXACT.theta.quantile(0.5)[[5, 2]], EXACT.mu.quantile(0.5)])
    assert (y > y_exact).all()
    assert_allclose((y + y_exact) / 2, [2, 1, 0])
    assert words(ax) == ["draws", "exact"]


def test_many_rows_lie_in_the_order_of_their_medians():
    (ax,) = plots.intervals(wide(1), "theta").axes
    x, y = rows_of(ax)
    assert_array_equal(np.argsort(x), np.argsort(y))
    assert len(ax.get_yticks()) == 0


@pytest.mark.parametrize(
    "draw", [plots.energy, plots.running_rhat, plots.autocorrelation, plots.trace]
)
def test_what_does_not_vary_is_said_not_to(draw):
    axes = draw(constant()).axes
    written = [text for ax in axes for text in (*words(ax), ax.get_title(loc="left"))]
    assert "does not vary" in written
    assert not any("nan" in text for text in written)


# Pairs


def test_pairs_draw_every_draw_once():
    axes = plots.pairs(DIVERGED, ["mu", "tau", "theta[4]"], log="tau").axes
    assert len(axes) == 6
    below = {(ax.get_subplotspec().rowspan.start, ax.get_subplotspec().colspan.start): ax
             for ax in axes}  # fmt: skip
    tau_by_mu, theta_by_tau = below[1, 0], below[2, 1]
    dots, triangles = tau_by_mu.lines
    assert_array_equal(dots.get_data(), [DIVERGED["mu"][~BAD], DIVERGED["tau"][~BAD]])
    assert_array_equal(triangles.get_data(), [DIVERGED["mu"][BAD], DIVERGED["tau"][BAD]])
    assert triangles.get_marker() == "^"
    assert (tau_by_mu.get_xscale(), tau_by_mu.get_yscale()) == ("linear", "log")
    assert (theta_by_tau.get_xscale(), theta_by_tau.get_yscale()) == ("log", "linear")
    r = np.corrcoef(DIVERGED["mu"].ravel(), np.log(DIVERGED["tau"].ravel()))[0, 1]
    assert f"mu and tau {r:.2f}" in plots.alt_text(axes[0].figure)


def test_the_diagonal_is_a_density_per_unit_of_the_axis():
    ax = plots.pairs(DRAWS, ["mu", "tau"], log="tau").axes[2]
    x, height = ax.lines[0].get_data()
    assert_allclose(np.trapezoid(height, np.log(x)), 1, atol=0.02)


def test_funnel_draws_the_scale_against_the_group():
    centred, other = plots.funnel({"centred": DIVERGED, "other": LONG}, "theta[0]").axes
    dots, triangles = centred.lines
    assert_array_equal(dots.get_data(), [DIVERGED["theta[0]"][~BAD], DIVERGED["tau"][~BAD]])
    assert_array_equal(triangles.get_data(), [DIVERGED["theta[0]"][BAD], DIVERGED["tau"][BAD]])
    assert_array_equal(other.lines[0].get_data(), [x.ravel() for x in
                                                   (LONG["theta[0]"], LONG["tau"])])  # fmt: skip
    assert centred.get_title(loc="left").endswith("12 divergences")
    assert other.get_title(loc="left").endswith("no divergence")
    assert centred.get_ylim() == other.get_ylim()


# Groups


def test_draws_serve_where_estimates_do():
    figure = plots.three_estimates(GROUPS, 3.0, DRAWS)
    partial = marked(figure.axes[0], "o")[1]
    assert_allclose(partial.get_xdata(), DRAWS["theta"].mean(axis=(0, 1)))
    ends = [line.get_xdata() for line in figure.axes[0].lines if line.get_marker() == "None"]
    assert any(np.allclose(x[0::3], np.quantile(DRAWS["theta"], 0.05, axis=(0, 1))) for x in ends)


def test_theta_against_means_tells_sizes_apart_by_shape_and_colour():
    (ax,) = plots.theta_against_means(GROUPS, DRAWS, 5.0).axes
    pooled = DRAWS["theta"].mean(axis=(0, 1))
    shown, colours, sizes = {}, set(), []
    for marker in "vos":
        (line,) = marked(ax, marker)
        colours.add(to_hex(line.get_color()))
        sizes.append(line.get_markersize())
        shown |= dict(zip(*line.get_data(), strict=True))
    assert shown == dict(zip(GROUPS.mean, pooled, strict=True))
    assert len(colours) == 3
    assert sizes == sorted(sizes)
    smallest = marked(ax, "v")[0].get_xdata()
    assert set(smallest) == set(GROUPS.mean[GROUPS.n <= 14])
    assert "▼ n = 10 to 14" in words(ax)


def test_groups_of_one_size_have_one_shape():
    even = pooling.from_means(GROUPS.mean, n=15, labels=GROUPS.labels)
    (ax,) = plots.theta_against_means(even, DRAWS).axes
    assert len(marked(ax, "o")) == 1
    assert not marked(ax, "v") + marked(ax, "s")


def test_arrows_run_to_the_truth_with_the_errors_written():
    figure = plots.arrows_to_truth({"none": ("own", *NOISY), "same": ("partial", *TRUTH)}, TRUTH)
    for ax, estimate in zip(figure.axes, (NOISY, TRUTH), strict=True):
        arrows = [text for text in ax.texts if text.arrow_patch is not None]
        assert_allclose([arrow.xyann for arrow in arrows], np.transpose(estimate))
        assert_allclose([arrow.xy for arrow in arrows], np.transpose(TRUTH))
        (cross,), (dot,) = marked(ax, "x"), marked(ax, "o")
        assert_allclose(cross.get_data(), TRUTH)
        assert_allclose(dot.get_data(), estimate)
    rmse = [np.sqrt(np.mean((e - t) ** 2)) for e, t in zip(NOISY, TRUTH, strict=True)]
    assert figure.axes[0].get_title(loc="left") == (
        rf"none{chr(10)}RMSE: $\alpha$ {rmse[0]:.2f}, $\beta$ {rmse[1]:.2f}"
    )
    assert "0.00" in figure.axes[1].get_title(loc="left")
    assert to_hex(marked(figure.axes[0], "o")[0].get_markerfacecolor()) == COLOUR["surface"]
    assert to_hex(marked(figure.axes[1], "o")[0].get_markerfacecolor()) == COLOUR["partial"]


def test_shrinkage_is_the_posterior_of_the_weight_itself():
    upper, lower = plots.shrinkage_by_size(GROUPS, EXACT).axes
    (dots,) = marked(lower, "o")
    assert_allclose(dots.get_data(), [GROUPS.n, 1 - EXACT.shrinkage.mean])
    thin = lower.lines[0].get_ydata().reshape(8, 3)[:, :2]
    assert_allclose(thin, 1 - EXACT.shrinkage.quantile([0.95, 0.05]).T)
    (moved,) = marked(upper, "o")
    assert_allclose(moved.get_data(), [GROUPS.n, np.abs(GROUPS.mean - EXACT.theta.mean)])


def test_shrinkage_of_draws_agrees_with_the_exact_one():
    lower = plots.shrinkage_by_size(GROUPS, make(draws=4000)).axes[1]
    (dots,) = marked(lower, "o")
    assert_allclose(dots.get_ydata(), 1 - EXACT.shrinkage.mean, atol=0.01)
    lower = plots.shrinkage_by_size(GROUPS, DRAWS, sigma=3.0).axes[1]
    tau2 = DRAWS["tau"].ravel()[:, None] ** 2
    weight = tau2 / (tau2 + 9 / GROUPS.n)
    assert_allclose(marked(lower, "o")[0].get_ydata(), 1 - weight.mean(axis=0))


def test_an_empty_group_goes_the_whole_way():
    upper, lower = FIGURES["shrinkage, empty group"]().axes
    assert marked(lower, "o")[0].get_ydata()[0] == 1
    assert np.isnan(marked(upper, "o")[0].get_ydata()[0])
    assert set(words(upper)) == {str(label) for label in EMPTY.labels[1:]}


# Convergence and calibration


def test_autocorrelation_of_chains_and_their_mean():
    (ax,) = plots.autocorrelation(DRAWS, "mu", max_lag=25).axes
    r = diagnostics.autocorrelation(DRAWS["mu"], 25)
    drawn = [line.get_ydata() for line in ax.lines[1:]]
    assert_allclose(drawn, [*r, r.mean(axis=0)])
    assert words(ax) == [f"{diagnostics.ess_mean(DRAWS['mu']):,.0f} effective draws of 1,600"]


def test_running_diagnostics_end_in_those_of_all_draws():
    limit, mu, tau, sigma = plots.running_rhat(DRAWS).axes[0].lines
    assert set(limit.get_ydata()) == {1.01}
    assert (mu.get_xdata()[0], mu.get_xdata()[-1]) == (10, 400)
    for line, name in ((mu, "mu"), (tau, "tau"), (sigma, "sigma")):
        assert line.get_ydata()[-1] == diagnostics.rhat(DRAWS[name])
        assert line.get_ydata()[0] == diagnostics.rhat(DRAWS[name][:, :10])
    limit, bulk, tail = plots.ess_growth(DRAWS, "tau").axes[0].lines
    assert set(limit.get_ydata()) == {400}
    assert bulk.get_ydata()[-1] == diagnostics.ess_bulk(DRAWS["tau"])
    assert tail.get_ydata()[-1] == diagnostics.ess_tail(DRAWS["tau"])
    assert (bulk.is_dashed(), tail.is_dashed()) == (False, True)
    assert len({line.get_marker() for line in (mu, tau, sigma)}) == 3


def test_the_axis_of_rhat_is_logarithmic_above_one():
    ax = plots.running_rhat(DRAWS).axes[0]
    place = ax.transData.transform([(100, r) for r in (1.001, 1.01, 1.1, 1.0)])[:, 1]
    assert_allclose(place[2] - place[1], place[1] - place[0])
    assert place[3] == place[0]  # nearer to 1 is drawn as 1.001


def test_sbc_draws_differences_in_their_band_and_alarms_bold():
    found = certificate()
    (ax,) = plots.sbc_ecdf(found).axes
    lines = ax.lines[1:]  # after the zero line
    for line, name in zip(lines, found.names, strict=True):
        assert_allclose(line.get_ydata(), [0, *found.ecdf_difference(name), 0])
        bold = line.get_linewidth() > 2
        assert bold == (name in found.alarms)
        assert to_hex(line.get_color()) == COLOUR["refuse" if bold else "accept"]
    assert found.alarms == ("tau",)
    assert words(ax) == [r"$\tau$"]
    band, (area,) = found.band(), ax.collections
    corners = {tuple(np.round(corner, 9)) for corner in polygon(area)}
    for edge in (band.lower, band.upper):
        assert {tuple(np.round(c, 9)) for c in zip(band.at, edge, strict=True)} <= corners
    assert plots.alt_text(ax.figure).endswith("Alarm: tau.")


# Paths


def test_contours_hold_the_mass_they_say():
    (ax,) = plots.contours(normal, (-5, 5), (-5, 5)).axes
    (lines,) = ax.collections
    radii = [np.hypot(*path.vertices.T) for path in lines.get_paths()]
    expected = np.sqrt(-2 * np.log1p(-np.array([0.99, 0.9, 0.5])))
    for radius, value in zip(radii, expected, strict=True):
        assert_allclose(radius, value, rtol=0.02)
    assert sorted(words(ax)) == ["50%", "90%", "99%"]


def test_contours_of_a_density_on_a_part_of_the_plane():
    def half(q):
        return np.where(q[..., 0] > 0, normal(q), np.nan)

    (ax,) = plots.contours(half, (-5, 5), (-5, 5)).axes
    (lines,) = ax.collections
    assert min(path.vertices[:, 0].min() for path in lines.get_paths()) > -0.1


def test_the_path_goes_where_it_was_accepted():
    (ax,) = plots.acceptance_path([-1, 0], LOG, ACCEPTED).axes
    way = ax.lines[0]
    assert_array_equal(np.transpose(way.get_data()), [[-1, 0], *LOG[ACCEPTED]])
    refused_moves = np.transpose(ax.lines[1].get_data()).reshape(2, 3, 2)[:, :2]
    assert_array_equal(refused_moves, [[LOG[0], LOG[1]], [LOG[2], LOG[3]]])
    hollow, filled = marked(ax, "o")
    assert_array_equal(np.transpose(hollow.get_data()), LOG[~ACCEPTED])
    assert_array_equal(np.transpose(filled.get_data()), LOG[ACCEPTED])
    assert to_hex(hollow.get_markerfacecolor()) == COLOUR["surface"]
    assert not way.is_dashed()
    assert ax.lines[1].is_dashed()
    assert ax.get_title(loc="left") == "● 3 accepted   ○ 2 refused"


def test_a_leapfrog_orbit_with_the_error_of_its_energy():
    path, strip = plots.leapfrog_orbit(ORBIT, ENERGY).axes
    assert_array_equal(np.transpose(path.lines[0].get_data()), ORBIT)
    assert_allclose(strip.lines[1].get_data(), [np.arange(12), ENERGY - ENERGY[0]])
    assert set(words(path)) == {"start", "end"}


def test_the_tree_shows_each_doubling_by_a_shape():
    (ax,) = plots.tree_path(TREE, TIMES, drawn=2).axes
    for marker, own in {"o": [1], "s": [2, 3], "D": [4, 5, 6, 7]}.items():
        shown = [np.transpose(line.get_data()) for line in marked(ax, marker)]
        assert any(np.array_equal(points, TREE[own]) for points in shown)
    segments = [np.transpose(line.get_data()) for line in marked(ax, "None")]
    order = np.argsort(TIMES)
    assert_array_equal(segments, [TREE[[a, b]] for a, b in pairwise(order)])
    (ring,) = [line for line in ax.lines if line.get_markersize() == 12]
    assert_array_equal(np.ravel(ring.get_data()), TREE[2])
    assert set(words(ax)) == {"start", "1", "2", "3", "drawn"}


def test_what_the_tree_throws_away_is_hollow_and_dashed():
    (ax,) = plots.tree_path(TREE[:6], TIMES[:6], turned=True).axes
    (lost,) = marked(ax, "D")
    assert_array_equal(np.transpose(lost.get_data()), TREE[4:6])
    assert to_hex(lost.get_markerfacecolor()) == COLOUR["surface"]
    dashed = [line.is_dashed() for line in marked(ax, "None")]
    assert dashed == [False, False, False, True, True]


# Words, images, refusals


def test_words_go_into_the_svg_and_are_escaped():
    fits = {'"a" < b': DRAWS}
    svg = plots.to_svg(plots.intervals(fits, "mu"))
    (label,) = re.findall(r'aria-label="([^"]*)"', svg)
    assert "&quot;a&quot; &lt; b" in label


def test_a_figure_without_words_says_so():
    with pytest.raises(ValueError, match="Write the text by hand"):
        plots.alt_text(Figure())


def test_many_points_are_an_image_that_follows_the_theme():
    many, few = (plots.funnel(make(draws=n), "theta[0]") for n in (251, 250))
    assert [fig.axes[0].lines[0].get_rasterized() for fig in (many, few)] == [True, False]
    svg = plots.to_svg(many)
    (mask,) = re.findall(r'<mask id="([^"]*)"', svg)
    assert re.search(rf'<g mask="url\(#{mask}\)"><rect style="fill: {COLOUR["partial"]}"', svg)
    assert svg.count("<image") == svg.count("</mask>") == 1
    assert "<image" not in plots.to_svg(few)


NAN = Draws(np.full((2, 20, 1), np.nan), ["mu"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.trace(NAN), "`draws['mu']` must be finite numbers"),
        (lambda: plots.densities(NAN), "got nan at index (0, 0)"),
        (lambda: plots.intervals(NAN), "got nan"),
        (lambda: plots.running_rhat(NAN), "got nan"),
        (lambda: plots.trace(np.ones((2, 20))), "`draws` must be Draws; got ndarray"),
        (lambda: plots.trace(DRAWS, ["mu", "theta"]), "at most 8 quantities in `trace`; got 9"),
        (lambda: plots.trace(DRAWS, "thta"), "Did you mean 'theta'"),
        (lambda: plots.trace(DRAWS, []), "one name or more"),
        (lambda: plots.ranks(SINGLE), "2 to 16 chains to compare their ranks; got 1"),
        (lambda: plots.densities(DRAWS, truth={"mu": np.inf}), "`truth` must be"),
        (lambda: plots.energy(Draws(np.ones((1, 9, 1)), ["mu"])), "Sample with HMC or NUTS"),
        (lambda: plots.energy(SINGLE), "two draws a chain or more; got 1"),
        (lambda: plots.intervals({}), "one to 5 fits; got 0"),
        (lambda: plots.intervals({"exact": EXACT}), "`names` must be given"),
        (lambda: plots.intervals({"exact": EXACT}, "rho"), "have a marginal 'rho'"),
        (lambda: plots.intervals(DRAWS, "mu", truth=[1, 2]), "`truth` must be"),
        (lambda: plots.pairs(DRAWS, "mu"), "two quantities or more; got 1"),
        (lambda: plots.pairs(DRAWS, ["mu", "tau"], log="sigma"), "`log` must be one of"),
        (lambda: plots.pairs(wide(1), ["theta[0]", "theta[1]"], log="theta[0]"), "positive"),
        (lambda: plots.funnel({}, "theta[0]"), "one to three fits; got 0"),
        (lambda: plots.funnel(DRAWS, "tau"), "must differ from `scale`"),
        (lambda: plots.funnel(DRAWS, "theta"), "at most 1 quantities in `funnel`; got 8"),
        (lambda: plots.theta_against_means(EMPTY, DRAWS), "the same labels"),
        (lambda: plots.shrinkage_by_size(GROUPS, make(names=("mu", "tau"))), "'theta'"),
        (lambda: plots.shrinkage_by_size(GROUPS, EXACT.theta), "or an exact posterior"),
        (lambda: plots.arrows_to_truth({}, TRUTH), "one to three sets; got 0"),
        (lambda: plots.arrows_to_truth({"a": ("truth", [1], [1])}, ([1], [1])), "`role`"),
        (lambda: plots.arrows_to_truth({"a": ("own", [1], [1])}, TRUTH), "shape (8,)"),
        (lambda: plots.arrows_to_truth({"a": ("own", [1], [1])}, ([1], [1, 2])), "same length"),
        (lambda: plots.autocorrelation(DRAWS, max_lag=0), "`max_lag` must be"),
        (lambda: plots.running_rhat(make(chains=1)), "two chains or more to have an R-hat"),
        (lambda: plots.ess_growth(make(draws=9)), "10 draws a chain or more; got 9"),
        (lambda: plots.sbc_ecdf(DRAWS), "`certificate` must be a Certificate; got Draws"),
        (lambda: plots.sbc_ecdf(certificate(), "nu"), "`name` must be one of"),
        (lambda: plots.contours(normal, (3, -3), (0, 1)), "`x` must be two rising numbers"),
        (lambda: plots.contours("normal", (-3, 3), (0, 1)), "`target` must be a log density"),
        (lambda: plots.contours(lambda q: q, (-3, 3), (0, 1)), "Work on the last axis only"),
        (lambda: plots.contours(lambda q: q[..., 0] * np.nan, (-3, 3), (0, 1)), "-inf at most"),
        (lambda: plots.acceptance_path([0, 0], LOG, [1, 0, 1, 0, 1]), "true or false"),
        (lambda: plots.acceptance_path([0, 0], LOG, [True]), "shape (5,)"),
        (lambda: plots.acceptance_path([0, np.nan], LOG, ACCEPTED), "`start` must be finite"),
        (lambda: plots.leapfrog_orbit(ORBIT, ENERGY[1:]), "`energy` must be"),
        (lambda: plots.tree_path(TREE, TIMES[1:]), "Give one for each point"),
        (lambda: plots.tree_path(TREE[:3], [0, 1, 3]), "count steps without gaps"),
        (lambda: plots.tree_path(TREE[:3], [1, 0, 2]), "`times` must be 0 for the start"),
        (lambda: plots.tree_path(TREE[:2], [0, 1], drawn=2), "a point that was kept; got 2 of 2"),
        (lambda: plots.tree_path(TREE[:2], [0, 1], drawn=1, turned=True), "that was kept; got 1"),
        (lambda: plots.model_graph("lines", known=["mu"]), "`known` must be one of"),
    ],
)
def test_bad_input_gets_a_clear_error(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
