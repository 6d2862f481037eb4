"""Truncated draws follow their distributions, in the middle and far in the tails."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from hbmlib.models import truncated
from hbmlib.models.truncated import truncated_normal, truncated_scale

DRAWS = 20_000
FALSE_ALARM = 1e-3
LEVELS = np.array([0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999])


def uniform_fault(p, tests):
    """Say whether probabilities are too unlike uniform ones, as one of so many tests."""
    below = (p[:, None] < LEVELS).mean(axis=0)
    z = (below - LEVELS) / np.sqrt(LEVELS * (1 - LEVELS) / len(p))
    z = np.append(z, (p.mean() - 0.5) * np.sqrt(12 * len(p)))
    return not (np.abs(z) < -ndtri(FALSE_ALARM / 2 / z.size / tests)).all()  # nan is a fault


NORMALS = [
    (0.0, 1.0, -1.0, 2.0),
    (0.0, 1.0, 6.0, 9.0),
    (0.0, 1.0, -9.0, -6.0),
    (0.0, 1.0, -100.0, 100.0),
    (50.0, 60.0, -100.0, 100.0),
]


@pytest.mark.parametrize("case", NORMALS)
def test_normal_follows_scipy(case, rng):
    mean, sd, lower, upper = case
    x = truncated_normal(rng, np.full(DRAWS, mean), sd, lower, upper)
    truth = stats.truncnorm((lower - mean) / sd, (upper - mean) / sd, mean, sd)
    assert not uniform_fault(truth.cdf(x), len(NORMALS))


@pytest.mark.parametrize("distance", [40.0, 1e3, 1e6])
@pytest.mark.parametrize("side", [-1, 1])
def test_normal_far_in_the_tail_is_exponential_at_the_bound(distance, side, rng):
    # At depth d below the bound that is nearest to the mean, at distance a from it, the density
    # is proportional to exp(-a d - d² / 2), where the square adds less than its rounding.
    x = truncated_normal(rng, np.full(DRAWS, side * (distance + 1)), 1.0, -1.0, 1.0)
    depth = 1 - side * x
    assert depth.max() < 0.5
    assert not uniform_fault(-np.expm1(-distance * depth), 6)


@pytest.mark.parametrize("sd", [1e9, 1e12, np.inf])
def test_normal_with_a_huge_sd_is_uniform(sd, rng):
    x = truncated_normal(rng, np.full(DRAWS, 3.0), sd, -100, 100)
    assert not uniform_fault((x + 100) / 200, 3)


def test_normals_keep_their_bounds_and_shape(rng):
    mean = np.array([[-1e8, -150.0, 0.0], [99.9, 1e3, 1e8]])
    sd = np.array([[1.0], [1e-3]])
    x = truncated_normal(rng, mean, sd, -100, 100)
    assert x.shape == (2, 3)
    assert (np.abs(x) <= 100).all()


SCALES = [
    (n, ss, settings)
    for n in (1, 2, 5, 60, 2000)
    for ss in (1e-6, 1.0, 1e6)
    for settings in (
        {},
        {"width": 0.5},
        {"width": 1e3},
        {"upper": 10.0},
        {"lower": 0.5, "upper": 2.0},
        {"lower": 1e-3, "upper": 1e3},
    )
    if n > 1 or settings
]


def log_density(u, n, ss, width=np.inf, lower=0.0, upper=np.inf):
    """Log density of u = log s, from its definition."""
    s = np.exp(u)
    value = -n * np.log(s) - ss / (2 * s**2) - s**2 / (2 * width**2) + np.log(s)
    return np.where((s >= lower) & (s <= upper), value, -np.inf)


def distribution(x, n, ss, settings):
    """Distribution function at x, by the trapezoidal rule where the density is not negligible."""
    low, high = np.log(1e-12), np.log(1e12)
    low = max(low, np.log(settings["lower"])) if "lower" in settings else low
    high = min(high, np.log(settings["upper"])) if "upper" in settings else high
    for _ in range(60):
        u = np.linspace(low, high, 40_001)
        f = log_density(u, n, ss, **settings)
        kept = np.flatnonzero(f > f.max() - 40)
        if kept[-1] - kept[0] > 20_000:
            break
        low, high = u[max(kept[0] - 1, 0)], u[min(kept[-1] + 1, len(u) - 1)]
    f = np.exp(f - f.max())
    table = np.concatenate([[0], np.cumsum(f[1:] + f[:-1])])
    return np.interp(np.log(x), u, table / table[-1])


@pytest.mark.parametrize("rounds", [0, truncated.ROUNDS])
@pytest.mark.parametrize("case", SCALES, ids=str)
def test_scale_follows_its_density(case, rounds, rng, monkeypatch):
    n, ss, settings = case
    monkeypatch.setattr(truncated, "ROUNDS", rounds)  # 0 leaves all to the tangents
    x = truncated_scale(rng, n, np.full(DRAWS, ss), **settings)
    assert not uniform_fault(distribution(x, n, ss, settings), 2 * len(SCALES))


def test_wrong_scales_are_caught(rng):
    x = truncated_scale(rng, 6, np.full(DRAWS, 1.0), upper=10)
    assert uniform_fault(distribution(x, 5, 1.0, {"upper": 10.0}), 100)
    assert uniform_fault(distribution(x, 6, 1.1, {"upper": 10.0}), 100)
    assert uniform_fault(distribution(x, 6, 1.0, {"width": 1.0}), 100)


def test_scales_differ_from_each_other_by_row(rng):
    ss = np.array([[1e-4, 1.0], [1e4, np.nan]])
    x = truncated_scale(rng, 50, ss, width=1e3)
    assert x.shape == (2, 2)
    np.testing.assert_allclose(x[0] / np.sqrt(ss[0] / 50), 1, atol=0.6)
    assert np.isnan(x[1, 1])


def test_nothing_varies_gives_a_positive_scale(rng):
    assert (truncated_scale(rng, 5, np.zeros(100), width=1.0) > 0).all()
    x = truncated_scale(rng, 5, np.zeros(100), lower=0.2, upper=1.0)
    assert ((x >= 0.2) & (x <= 1)).all()
