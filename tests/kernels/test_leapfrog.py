"""The integrator obeys the physics: reversible, keeps volume, errs by step_size²."""

import numpy as np
import pytest

from hbmlib.kernels.leapfrog import kinetic_energy, leapfrog, momentum
from hbmlib.targets import Funnel, Gaussian

from .truth import LogGamma

MASS = np.array([1.0, 0.5, 2.0])
FUNNEL = Funnel(3, scale=2.0)


def energy(target, q, p, inverse_mass):
    return kinetic_energy(p, inverse_mass) - target.logp(q)


def follow(target, q, p, step_size, inverse_mass, n_steps):
    return leapfrog(target, q, p, target.logp_and_grad(q)[1], step_size, inverse_mass, n_steps)


@pytest.fixture
def chains():
    rng = np.random.default_rng(3)
    return rng.normal(size=(20, 3)), momentum(rng, MASS, (20, 3))


def test_many_steps_are_single_steps_in_a_row(chains):
    q, p = chains
    together = follow(FUNNEL, q, p, 0.07, MASS, 9)
    grad = FUNNEL.logp_and_grad(q)[1]
    for _ in range(9):
        q, p, logp, grad = leapfrog(FUNNEL, q, p, grad, 0.07, MASS)
    for one, other in zip(together, (q, p, logp, grad), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_chains_do_not_touch_each_other(chains):
    q, p = chains
    together = follow(FUNNEL, q, p, 0.07, MASS, 9)
    for chain in range(len(q)):
        alone = follow(FUNNEL, q[chain], p[chain], 0.07, MASS, 9)
        for one, other in zip(together, alone, strict=True):
            np.testing.assert_allclose(one[chain], other, rtol=1e-13)


@pytest.mark.parametrize("back", ["turned momentum", "negative step"])
def test_reversible(chains, back):
    q, p = chains
    end_q, end_p, *_ = follow(FUNNEL, q, p, 0.1, MASS, 15)
    assert np.abs(end_q - q).min() > 1e-3  # it went somewhere
    sign = -1 if back == "turned momentum" else 1
    step = 0.1 if back == "turned momentum" else -0.1
    home_q, home_p, *_ = follow(FUNNEL, end_q, sign * end_p, step, MASS, 15)
    np.testing.assert_allclose(home_q, q, atol=1e-11)
    np.testing.assert_allclose(sign * home_p, p, atol=1e-11)


def test_keeps_volume():
    point = np.array([0.4, -1.0, 0.7, 0.3, 0.9, -0.8])

    def flow(x):
        q, p, *_ = follow(FUNNEL, x[..., :3], x[..., 3:], 0.2, MASS, 10)
        return np.concatenate([q, p], axis=-1)

    h = 1e-5 * np.eye(6)
    jacobian = ((flow(point + h) - flow(point - h)) / 2e-5).T
    assert np.linalg.det(jacobian) == pytest.approx(1, abs=1e-7)
    swap = np.block([[np.zeros((3, 3)), np.eye(3)], [-np.eye(3), np.zeros((3, 3))]])
    np.testing.assert_allclose(jacobian.T @ swap @ jacobian, swap, atol=1e-6)  # symplectic


@pytest.mark.parametrize("target", [LogGamma(0.8), LogGamma(5.0), FUNNEL])
def test_energy_error_is_of_second_order(target):
    rng, mass = np.random.default_rng(2), np.full(target.dim, 0.8)
    q, p = rng.normal(size=(30, target.dim)), rng.normal(size=(30, target.dim))
    sizes = 0.02 / 2.0 ** np.arange(4)
    start = energy(target, q, p, mass)
    errors = []
    for size in sizes:
        end_q, end_p, *_ = follow(target, q, p, size, mass, round(1.2 / size))
        errors.append(np.sqrt(np.mean((energy(target, end_q, end_p, mass) - start) ** 2)))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(2, abs=0.02)


def test_harmonic_orbit_is_the_analytic_one():
    # A leapfrog step of a spring of frequency w turns phase space by arccos(1 - (ε w)²/2).
    sd, inverse_mass, size = np.array([0.5, 3.0]), np.array([0.4, 2.0]), 0.3
    target = Gaussian([1.0, -2.0], np.diag(sd**2))
    frequency = np.sqrt(inverse_mass) / sd
    angle = np.arccos(1 - (size * frequency) ** 2 / 2)
    away = np.array([0.7, -1.5])
    for n in (1, 2, 17, 200):
        q, *_ = follow(target, target.mean + away, np.zeros(2), size, inverse_mass, n)
        np.testing.assert_allclose(q - target.mean, away * np.cos(n * angle), atol=1e-12)


def test_orbit_nears_the_true_one():
    target, size = Gaussian([0.0], [[1.0]]), 1e-3
    q, p, *_ = follow(target, np.ones(1), np.zeros(1), size, np.ones(1), 2000)
    assert q[0] == pytest.approx(np.cos(2.0), abs=1e-6)
    assert p[0] == pytest.approx(-np.sin(2.0), abs=1e-6)


def test_momenta_have_the_mass_as_variance():
    p = momentum(np.random.default_rng(1), MASS, (100_000, 3))
    variance_of_z = (p * np.sqrt(MASS)).var(axis=0)
    np.testing.assert_allclose(variance_of_z, 1, atol=4 * np.sqrt(2 / 100_000))
    assert kinetic_energy(p, MASS).mean() == pytest.approx(1.5, abs=0.02)
