"""Each model's log density equals one made from scipy.stats; its gradient equals differences."""

import numpy as np
import pytest

from hbmlib import checks, priors
from tests.models import truth

CASES = truth.every_case()


def points(case, rng, size=6):
    """Return points near the data, and far from them, with scales from 0.01 to 100."""
    q = case.model.initial(rng, size)
    far = q + rng.normal(0, 3, q.shape)
    inside = np.isfinite(case.model.logp(far))
    return np.concatenate([q, far[inside]])


def log_jacobian(case, q):
    """Log of the volume that a step in q makes in the named values, by differences."""
    dim = len(q)
    h = 1e-5
    columns = [
        (case.model.constrain(q + h * e) - case.model.constrain(q - h * e)) / (2 * h)
        for e in np.eye(dim)
    ]
    return np.linalg.slogdet(np.array(columns))[1]


@pytest.mark.parametrize("name", CASES)
def test_log_density_equals_scipy_with_every_constant_and_jacobian(name, rng):
    case = CASES[name]
    for q in points(case, rng):
        expected = case.logpdf(**case.values(q)) + log_jacobian(case, q)
        assert case.model.logp(q) == pytest.approx(expected, rel=1e-7, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_gradient_equals_differences(name, rng):
    case = CASES[name]
    assert checks.gradient_error(case.model, points(case, rng)) < 1e-6


@pytest.mark.parametrize("name", CASES)
def test_leading_axes_are_chains(name, rng):
    model = CASES[name].model
    q = model.initial(rng, 6)
    logp, grad = model.logp_and_grad(q.reshape(2, 3, -1))
    single = [model.logp_and_grad(point) for point in q]
    np.testing.assert_allclose(logp.ravel(), [one[0] for one in single], rtol=1e-13)
    np.testing.assert_allclose(grad.reshape(6, -1), [one[1] for one in single], rtol=1e-10)
    np.testing.assert_array_equal(model.logp(q), logp.ravel())
    assert model.constrain(q.reshape(2, 3, -1)).shape == (2, 3, len(model.names))
    assert len(model.names) == model.dim


@pytest.mark.parametrize("name", CASES)
def test_points_are_not_changed(name, rng):
    model = CASES[name].model
    q = model.initial(rng, 3)
    before = q.copy()
    model.logp_and_grad(q)
    model.constrain(q)
    np.testing.assert_array_equal(q, before)


@pytest.mark.parametrize("name", CASES)
def test_terms_of_groups_add_up_to_the_change_of_the_log_density(name, rng):
    model = CASES[name].model
    first = min(i for i, label in enumerate(model.names) if "[" in label)
    J = len({label.partition("[")[2] for label in model.names[first:]})
    own = np.arange(first, model.dim).reshape(-1, J)  # a row for each parameter
    blocks = [row[:, None] for row in own] + ([own.T] if len(own) > 1 else [])
    q = model.initial(rng, 4)
    for block in blocks:
        new = q.copy()
        new[:, block.ravel()] += rng.normal(size=(4, block.size))
        change = model.logp_terms(new, block) - model.logp_terms(q, block)
        assert change.shape == (4, J)
        np.testing.assert_allclose(change.sum(axis=-1), model.logp(new) - model.logp(q), atol=1e-7)
        one = q.copy()
        one[:, block[-1]] = new[:, block[-1]]
        np.testing.assert_allclose(change[:, -1], model.logp(one) - model.logp(q), atol=1e-7)


def test_density_is_zero_outside_bounds(rng):
    case = truth.unpooled(limit=5.0)
    q = case.model.initial(rng, 2)
    q[1, -1] = 5.1
    logp, grad = case.model.logp_and_grad(q)
    assert np.isfinite(logp[0])
    assert logp[1] == -np.inf
    assert np.isfinite(grad).all()
    terms = case.model.logp_terms(q, np.arange(5, 9)[:, None])
    assert np.isinf(terms).tolist() == [[False] * 4, [False, False, False, True]]
    schools = truth.eight_schools(tau_prior=priors.Uniform(1, 2)).model
    assert schools.logp(np.array([0, np.log(2.1), 0, 0, 0, 0.0])) == -np.inf


@pytest.mark.parametrize("name", CASES)
def test_starts_are_finite_and_wide(name, rng):
    model = CASES[name].model
    q = model.initial(rng, 500)
    assert q.shape == (500, model.dim)
    assert np.isfinite(model.logp(q)).all()
    assert (q.std(axis=0) > 0.2).all()


@pytest.mark.parametrize(
    "prior", [*truth.ALL_SCALE_PRIORS, priors.Normal(2, 3)], ids=lambda p: p.family
)
def test_gradient_of_prior_equals_differences(prior):
    x = np.array([0.41, 0.9, 2.5, 6.0])
    h = 1e-6
    difference = (prior.log_density(x + h) - prior.log_density(x - h)) / (2 * h)
    np.testing.assert_allclose(prior.gradient(x), difference, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(prior.log_density(x), truth.prior_logpdf(prior, x), rtol=1e-12)
    if np.isfinite(prior.support[0]):
        assert prior.gradient(-1.0) == 0


@pytest.mark.parametrize("prior", truth.ALL_SCALE_PRIORS, ids=repr)
def test_prior_on_the_log_axis_has_its_jacobian(prior):
    u = np.linspace(-20, 20, 82)
    scale = np.exp(u)
    log_density, gradient = prior.on_log_axis(u)
    np.testing.assert_allclose(log_density, prior.log_density(scale) + u, rtol=1e-12, atol=1e-12)
    inside = np.isfinite(log_density)
    slope = (1 + scale * prior.gradient(scale))[inside]
    np.testing.assert_allclose(gradient[inside], slope, rtol=1e-9, atol=1e-12)
    with np.errstate(over="ignore"):  # squares of these scales do
        remote, _ = prior.on_log_axis(np.array([-400.0, 400.0]))
    assert (remote <= max(400, log_density.max())).all()


@pytest.mark.parametrize("prior", [priors.Flat(), priors.Normal(2, 3)], ids=repr)
def test_density_and_gradient_of_a_mean_come_together_as_apart(prior):
    x = np.linspace(-50, 50, 41)
    log_density, gradient = prior.log_density_and_gradient(x)
    np.testing.assert_allclose(log_density, prior.log_density(x), rtol=1e-14)
    np.testing.assert_allclose(gradient, prior.gradient(x), rtol=1e-14)
