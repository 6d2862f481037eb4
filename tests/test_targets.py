"""Toy targets have the density they claim, and starts are checked by name."""

import re

import numpy as np
import pytest

from hbmlib import checks, targets
from hbmlib.targets import Funnel, Gaussian

COV = np.array([[0.01, 0.05, 0.0], [0.05, 1.0, 20.0], [0.0, 20.0, 900.0]])
GAUSSIAN = Gaussian([3.0, -0.5, 200.0], COV)
SCALE = np.sqrt(np.diag(COV))
CHAIN = [[200, -9, 0], [-9, 3, -0.05], [0, -0.05, 0.01]]  # a precision


def test_gaussian_density():
    q = np.array([3.1, 0.7, 150.0])
    away = q - GAUSSIAN.mean
    expected = -0.5 * (
        away @ np.linalg.solve(COV, away) + np.linalg.slogdet(COV)[1] + 3 * np.log(2 * np.pi)
    )
    assert GAUSSIAN.logp(q) == pytest.approx(expected, rel=1e-12)


def test_funnel_is_a_product_of_normals():
    q = np.random.default_rng(1).normal(size=(7, 4))
    v, x = q[:, :1], q[:, 1:]

    def normal(value, sd):
        return -0.5 * (value / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi)

    expected = normal(v[:, 0], 2.0) + normal(x, np.exp(v / 2)).sum(axis=-1)
    np.testing.assert_allclose(Funnel(4, 2.0).logp(q), expected, rtol=1e-12)


@pytest.mark.parametrize("spread", [0.01, 1.0, 4.0])
@pytest.mark.parametrize(
    ("target", "centre", "scale"),
    [(GAUSSIAN, GAUSSIAN.mean, SCALE), (Funnel(4), 0.0, 1.0), (Funnel(30, 0.5), 0.0, 1.0)],
)
def test_gradients_at_many_scales(target, centre, scale, spread):
    z = np.random.default_rng(1).normal(size=(2, 9, target.dim))
    assert checks.gradient_error(target, centre + spread * scale * z, scale) < 1e-6


@pytest.mark.parametrize("factor", [0.0, 0.999, -1.0, 2.0])
@pytest.mark.parametrize("coordinate", [0, 1, 2])
def test_gradient_error_finds_a_wrong_coordinate(factor, coordinate):
    class Wrong(Gaussian):
        def logp_and_grad(self, q):
            logp, grad = super().logp_and_grad(q)
            grad[..., coordinate] *= factor
            return logp, grad

    wrong = Wrong(GAUSSIAN.mean, COV)
    q = GAUSSIAN.mean + 2 * SCALE * np.random.default_rng(1).normal(size=(5, 3))
    error = checks.gradient_error(wrong, q, SCALE)
    assert error == pytest.approx(abs(1 - factor) / max(1, abs(factor)), rel=1e-3)


def test_gradient_error_is_nan_where_the_density_is():
    class Nan(Gaussian):
        def logp(self, q):
            return super().logp(q) * np.nan

    assert np.isnan(checks.gradient_error(Nan([0], [[1]]), [[1.0]]))


def test_gradient_error_refuses_a_gradient_of_another_shape():
    class Flat(Gaussian):
        def logp_and_grad(self, q):
            logp, grad = super().logp_and_grad(q)
            return logp, grad.sum(axis=-1)

    with pytest.raises(ValueError, match=r"must have the shape of `q`, \(5, 3\); got \(5,\)"):
        checks.gradient_error(Flat(GAUSSIAN.mean, COV), np.zeros((5, 3)))


@pytest.mark.parametrize(
    ("target", "block"),
    [
        (Funnel(6), [[1], [2], [3], [4], [5]]),
        (Funnel(6), [[2, 5], [1, 3]]),
        (Gaussian([3, -0.5, 2], np.linalg.inv(CHAIN)), [[0], [2]]),
        (Gaussian(np.arange(4.0), np.diag([1.0, 2.0, 3.0, 4.0])), [[0, 1], [2, 3]]),
    ],
)
def test_terms_change_as_the_density_does(target, block):
    block, rng = np.array(block), np.random.default_rng(1)
    q = rng.normal(size=(8, target.dim))
    for site in range(len(block)):
        new = q.copy()
        new[:, block[site]] += rng.normal(size=(8, block.shape[1]))
        change = target.logp_terms(new, block) - target.logp_terms(q, block)
        np.testing.assert_allclose(change[:, site], target.logp(new) - target.logp(q), rtol=1e-9)
        np.testing.assert_allclose(np.delete(change, site, axis=1), 0, atol=1e-9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Gaussian([0, 1], np.eye(3)), "`cov` must be finite numbers, shape (2, 2); got"),
        (lambda: Gaussian([0, 1], [[1, 2], [2, 1]]), "`cov` must be symmetric and positive"),
        (lambda: Gaussian([0, 1], [[1, 0.5], [0.2, 1]]), "`cov` must be symmetric and positive"),
        (lambda: Gaussian([0, np.nan], np.eye(2)), "`mean` must be finite numbers, shape (dim,)"),
        (lambda: Funnel(1), "`dim` must be a whole number of 2 or more; got 1."),
        (lambda: Funnel(3, 0), "`scale` must be a positive number; got 0."),
        (
            lambda: Funnel(3).logp_terms(np.zeros(3), np.array([[0], [1]])),
            "`block` must hold sites of x",
        ),
        (
            lambda: GAUSSIAN.logp_terms(np.zeros(3), np.array([[0], [1]])),
            "`block` must hold sites that are independent",
        ),
    ],
)
def test_refuses(make, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(message)}.*\.$"):
        make()


def test_starts_are_wider_than_the_target():
    q = targets.initial_points(GAUSSIAN, np.random.default_rng(1), 2000)
    np.testing.assert_allclose(q.std(axis=0), 2 * SCALE, rtol=0.1)


class Half(Gaussian):
    """Density zero where a coordinate with a bound is negative."""

    bounded = (1,)
    value = -np.inf

    def logp_and_grad(self, q):
        logp, grad = super().logp_and_grad(q)
        return np.where((q[..., self.bounded] < 0).any(axis=-1), self.value, logp), grad

    @property
    def names(self):
        return ("mu", "tau", "sigma")


def half(**changes):
    target = Half(np.zeros(3), np.eye(3))
    target.__dict__.update(changes)
    return target


def test_default_starts_avoid_zero_density():
    q = targets.initial_points(half(), np.random.default_rng(1), 200)
    assert (q[:, 1] >= 0).all()


@pytest.mark.parametrize(
    ("target", "q", "message"),
    [
        (half(), [5, -2, -3], "chain 0 got log density -inf, from `tau` (q[1] = -2)."),
        (
            half(),
            [[1, 1, 1], [5, -2, -3]],
            "chain 1 got log density -inf, from `tau` (q[1] = -2).",
        ),
        (half(value=np.nan), [5, -2, -3], "chain 0 got log density nan, from `tau` (q[1] = -2)."),
        (
            half(bounded=(1, 2)),
            [5, -2, -3],
            "chain 0 got log density -inf, from `tau` (q[1] = -2), `sigma` (q[2] = -3).",
        ),
    ],
)
@pytest.mark.parametrize("grad", [True, False])
def test_impossible_start_names_the_parameter(target, q, message, grad):
    with pytest.raises(ValueError, match=re.escape(message)):
        targets.start(target, q, grad)


def test_start_without_a_gradient_is_refused():
    class Kink(Gaussian):
        def logp_and_grad(self, q):
            logp, grad = super().logp_and_grad(q)
            return logp, grad / np.where(q == 0, 0, 1)

    with pytest.raises(ValueError, match=r"got log density -0\.9189 but no gradient, from"):
        targets.start(Kink([0], [[1]]), [0.0])


def test_target_of_wrong_shape_is_named():
    class Summed(Gaussian):
        def logp_and_grad(self, q):
            logp, grad = super().logp_and_grad(q)
            return logp.sum(), grad

    message = (
        r"log densities of shape \(4,\) and gradients of shape \(4, 3\).*got \(\) and \(4, 3\)"
    )
    with pytest.raises(ValueError, match=message):
        targets.start(Summed(np.zeros(3), np.eye(3)), np.zeros((4, 3)))
