"""Simulated data: what the processes say, and the same numbers in Python and JavaScript."""

import json

import numpy as np
import pytest

from hbmlib import simulate
from tests.node import run_module

SEEDS = [0, 1, 42, 2026, 2**31 + 7, 2**32 - 1]


@pytest.fixture(scope="module")
def drawn_by_javascript() -> dict:
    return json.loads(
        run_module(f"""
        import {{ generator, standardNormal }} from "./engine/random.js";
        import {{ reorder, schools }} from "./engine/simulate.js";
        const draws = {{}};
        for (const seed of {SEEDS}) {{
          const random = generator(seed);
          const uniforms = Array.from({{ length: 2000 }}, random);
          const {{ theta, rows }} = schools({{ groups: 7, mu: 5, tau: 2, sigma: 3, seed }});
          draws[seed] = {{
            uniforms,
            stream: Array.from({{ length: 5 }}, generator(seed, 1)),
            normals: Array.from(standardNormal(generator(seed), 7)),
            reordered: reorder(rows, seed).map((row) => Array.from(row)),
            theta: Array.from(theta),
            rows: rows.map((row) => Array.from(row)),
          }};
        }}
        console.log(JSON.stringify(draws));
        """)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_javascript_draws_the_same(drawn_by_javascript, seed):
    there = drawn_by_javascript[str(seed)]
    assert simulate.generator(seed).random(2000).tolist() == there["uniforms"]
    assert simulate.generator(seed, stream=1).random(5).tolist() == there["stream"]
    here = simulate.standard_normal(simulate.generator(seed), 7)
    np.testing.assert_allclose(here, there["normals"], rtol=1e-12)
    data = simulate.schools([simulate.CAPACITY] * 7, mu=5, tau=2, sigma=3, seed=seed)
    np.testing.assert_allclose(data.theta, there["theta"], rtol=1e-12)
    np.testing.assert_allclose(data.y.reshape(7, -1), there["rows"], rtol=1e-12, atol=1e-12)
    assert np.array_equal(simulate.reorder(there["rows"], seed), there["reordered"])


def test_uniforms_are_numpys_own():
    ours = simulate.generator(7).random(10)
    assert (ours == np.random.Generator(np.random.MT19937(7)).random(10)).all()


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_normals_come_in_any_number(size):
    assert simulate.standard_normal(simulate.generator(3), size).shape == (size,)


def test_normals_have_the_moments_of_a_normal():
    z = simulate.standard_normal(simulate.generator(3), 200_000)
    moments = [np.mean(z**k) for k in (1, 2, 3, 4)]
    errors = np.sqrt(np.array([1, 2, 15, 96]) / z.size)
    assert (np.abs(np.array(moments) - [0, 1, 0, 3]) < 4 * errors).all()
    pairs = z.reshape(-1, 2)
    assert abs(np.mean(pairs[:, 0] * pairs[:, 1])) < 4 / np.sqrt(len(pairs))


@pytest.mark.parametrize("mean", [0.2, 4.5, 25])
def test_poisson_has_its_mean_and_variance(mean):
    counts = simulate.poisson(simulate.generator(3), mean, 50_000)
    assert abs(counts.mean() - mean) < 4 * np.sqrt(mean / counts.size)
    assert abs(counts.var() - mean) < 4 * np.sqrt((mean + 2 * mean**2) / counts.size)


def test_a_new_order_keeps_every_observation():
    rows = [np.arange(40.0), np.arange(7.0)]
    first, second = simulate.reorder(rows, seed=1), simulate.reorder(rows, seed=2)
    for row, a, b in zip(rows, first, second, strict=True):
        assert (np.sort(a) == row).all()
        assert not (a == b).all()


def test_schools_follow_their_scales():
    data = simulate.schools([30] * 2000, mu=5, tau=2, sigma=3, seed=8)
    assert abs(data.theta.mean() - 5) < 4 * 2 / np.sqrt(2000)
    assert abs(data.theta.std() - 2) < 4 * 2 / np.sqrt(2 * 2000)
    residual = data.y - data.theta[data.group]
    assert abs(residual.std() - 3) < 4 * 3 / np.sqrt(2 * residual.size)


def test_a_group_keeps_its_observations():
    small = simulate.schools([4, 0, 3], mu=5, tau=2, sigma=3, seed=1)
    large = simulate.schools([9, 6, 12, 5], mu=5, tau=2, sigma=3, seed=1)
    for j, n in enumerate([4, 0, 3]):
        assert (small.y[small.group == j] == large.y[large.group == j][:n]).all()
    assert (small.theta == large.theta[:3]).all()


def test_scales_stretch_the_same_draws():
    narrow = simulate.schools([5, 5], mu=0, tau=1, sigma=1, seed=1)
    wide = simulate.schools([5, 5], mu=10, tau=3, sigma=2, seed=1)
    np.testing.assert_allclose(wide.theta, 10 + 3 * narrow.theta, rtol=1e-12)


def test_no_spread_gives_equal_means():
    assert (simulate.schools([5, 5], mu=4, tau=0, sigma=1, seed=1).theta == 4).all()


def test_the_sources_schools():
    lesson = simulate.lesson_schools(3)
    assert lesson.sizes.tolist() == [15, 22, 12, 18, 10, 25, 14, 20]
    assert (lesson.mu, lesson.tau, lesson.sigma) == (5, 2, 3)
    assert lesson.y.size == lesson.group.size == 136
    scholz = simulate.scholz_schools(3)
    assert (scholz.sizes == simulate.scholz_sizes(3)).all()
    assert (scholz.mu, scholz.tau, scholz.sigma) == (0, 5, 3)


def test_individuals_keep_their_noise_when_sigma_changes():
    one, other = (simulate.bolstad_individuals(3, 8, 4, sigma=sigma) for sigma in (1.0, 2.5))
    line = one.alpha[:, None] + one.beta[:, None] * one.x
    np.testing.assert_allclose(other.y - line, 2.5 * (one.y - line), rtol=1e-12)
    assert (one.sigma, simulate.bolstad_individuals(3, 8, 4).sigma) == (1.0, 2.0)
    with pytest.raises(ValueError, match="`sigma` must be"):
        simulate.bolstad_individuals(3, sigma=0)


def test_individuals_follow_the_process():
    data = simulate.bolstad_individuals(3, individuals=4000)
    for draws, mean in [(data.alpha, 2), (data.beta, -2)]:
        assert abs(draws.mean() - mean) < 4 / np.sqrt(4000)
        assert abs(draws.std() - 1) < 4 / np.sqrt(2 * 4000)
    residual = data.y - data.alpha[:, np.newaxis] - data.beta[:, np.newaxis] * data.x
    assert abs(residual.std() - 2) < 4 * 2 / np.sqrt(2 * residual.size)
    assert abs(np.corrcoef(data.alpha, data.beta)[0, 1]) < 4 / np.sqrt(4000)


GOOD = {"sizes": [3, 4], "mu": 5, "tau": 2, "sigma": 3, "seed": 1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sizes", []),
        ("sizes", [3, -1]),
        ("sizes", [3, 2.5]),
        ("sizes", 3),
        ("sizes", ["a", "b"]),
        ("mu", float("nan")),
        ("tau", -1),
        ("sigma", 0),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", 2**32),
        ("seed", "one"),
        ("capacity", 3),
    ],
)
def test_bad_input_is_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` must be"):
        simulate.schools(**(GOOD | {name: value}))


@pytest.mark.parametrize("name", ["tau", "sigma"])
def test_overflow_is_named(name):
    with pytest.raises(ValueError, match=r"must be of a size to compute with; got .*1\.7e\+308"):
        simulate.schools(**(GOOD | {"sizes": [50] * 20, name: 1.7e308}))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: simulate.generator(1, stream=-1), "stream"),
        (lambda: simulate.generator(1, stream="two"), "stream"),
        (lambda: simulate.standard_normal(1, 3), "rng"),
        (lambda: simulate.standard_normal(simulate.generator(1), 1.5), "size"),
        (lambda: simulate.poisson(1, 25, 3), "rng"),
        (lambda: simulate.reorder(3, seed=1), "rows"),
    ],
)
def test_a_wrong_argument_is_named(call, name):
    with pytest.raises(ValueError, match=f"`{name}` must be "):
        call()


@pytest.mark.parametrize("mean", [0, -1, 501, float("inf")])
def test_bad_poisson_mean_is_named(mean):
    with pytest.raises(ValueError, match="`mean` must be"):
        simulate.poisson(simulate.generator(1), mean, 3)
