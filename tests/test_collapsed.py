"""The collapsed regression against brute force, the normal means model, Gibbs and itself."""

import re

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from hbmlib import collapsed, diagnostics, exact, pooling, simulate
from hbmlib.kernels import Gibbs
from hbmlib.models import NormalMeans, UnpooledRegression, VaryingRegression, summarise_lines
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform
from hbmlib.sample import sample

FALSE_ALARM = 1e-3
SCALARS = ("mu_alpha", "mu_beta", "tau_alpha", "tau_beta", "sigma")
ALL = (*SCALARS, "alpha", "beta")

# Four individuals, 3, 2, 2 and 1 observations; x of the third does not vary.
X = np.array([0.5, -1.0, 2.0, 1.0, 3.0, 0.7, 0.7, -0.4])
Y = np.array([1.0, 4.0, -2.5, 3.0, 0.0, 2.2, 4.1, 6.0])
WHICH = np.array([0, 0, 0, 1, 1, 2, 2, 3])
TINY = summarise_lines(X, Y, WHICH)


@pytest.fixture(scope="module")
def posterior():
    priors = HalfNormal(2), HalfNormal(3)
    return collapsed.varying_regression(VaryingRegression(bolstad(6), Normal(0, 3), *priors))


def brute_force(mu_prior, tau_prior, sigma_prior, ranges, size=48):
    """Integrate over a dense grid of Gauss-Legendre nodes, with dense normal algebra.

    The observations are one normal vector, its covariance written out; nothing is reduced to
    sufficient statistics and no individual is integrated out by itself.
    """
    node, w = np.polynomial.legendre.leggauss(size)
    grids = [a + (b - a) * (node + 1) / 2 for a, b in ranges]
    scales = np.array([g.ravel() for g in np.meshgrid(*grids, indexing="ij")])
    weights = [w * (b - a) / 2 for a, b in ranges]
    volume = np.einsum("a,b,c->abc", *weights).ravel()
    J, N = WHICH.max() + 1, len(Y)
    # All unknowns: mu_alpha, mu_beta, the intercepts' and the slopes' deviations.
    design = np.zeros((N, 2 + 2 * J))
    design[:, 0], design[:, 1] = 1, X
    design[np.arange(N), 2 + WHICH] = 1
    design[np.arange(N), 2 + J + WHICH] = X
    read = np.zeros((2 + 2 * J, 2 + 2 * J))  # mu, then alpha, then beta
    read[0, 0] = read[1, 1] = 1
    read[2 : 2 + J, 0] = read[2 + J :, 1] = 1
    read[2:, 2:] = np.eye(2 * J)
    centre = np.zeros(2 + 2 * J)
    centre[:2] = [p.mean for p in mu_prior]
    log_density, means, variances = [], [], []
    for part in np.array_split(scales, 64, axis=1):
        variance = np.ones((part.shape[1], 2 + 2 * J))
        variance[:, 0], variance[:, 1] = (p.sd**2 for p in mu_prior)
        variance[:, 2 : 2 + J] = part[0][:, None] ** 2
        variance[:, 2 + J :] = part[1][:, None] ** 2
        cross = variance[:, :, None] * design.T  # Cov(unknowns, y)
        cov = design @ cross + part[2][:, None, None] ** 2 * np.eye(N)
        residual = Y - design @ centre
        gain = np.linalg.solve(cov, np.swapaxes(cross, 1, 2))
        log_lik = -0.5 * (np.linalg.slogdet(cov)[1] + N * np.log(2 * np.pi))
        solved = np.linalg.solve(cov, np.broadcast_to(residual[:, None], (len(cov), N, 1)))
        log_lik -= 0.5 * solved[..., 0] @ residual
        prior = tau_prior[0].log_density(part[0]) + tau_prior[1].log_density(part[1])
        log_density.append(log_lik + prior + sigma_prior.log_density(part[2]))
        at = centre + np.einsum("kny,n->ky", gain, residual)
        left = variance[:, :, None] * np.eye(2 + 2 * J) - cross @ gain
        means.append(at @ read.T)
        variances.append(np.einsum("ij,kjl,il->ki", read, left, read))
    log_density, means = np.concatenate(log_density), np.concatenate(means)
    weight = np.exp(log_density) * volume
    total = weight.sum()
    return np.log(total), weight / total, scales, means, np.concatenate(variances)


BRUTE = {
    "uniform": (
        (Normal(0, 3), Normal(1, 2)),
        (Uniform(0, 6), Uniform(0, 5)),
        Uniform(0, 8),
        [(0, 6), (0, 5), (0.02, 8)],
    ),
    "half-normal and Gamma": (
        (Normal(2, 1), Normal(-1, 4)),
        (HalfNormal(1), GammaPrecision(3, 2)),
        HalfNormal(1.5),
        [(0, 7), (0.15, 9), (0.05, 10)],
    ),
}


@pytest.mark.parametrize("case", BRUTE)
def test_equals_brute_force(case):
    mu, tau, sigma, ranges = BRUTE[case]
    log_total, weight, scales, means, variances = brute_force(mu, tau, sigma, ranges)
    posterior = collapsed.varying_regression(VaryingRegression(TINY, mu, tau, sigma))
    assert posterior.log_marginal_likelihood == pytest.approx(log_total, abs=2e-5)
    for name, scale in zip(("tau_alpha", "tau_beta", "sigma"), scales, strict=True):
        own = getattr(posterior, name)
        assert own.mean == pytest.approx(weight @ scale, rel=5e-5)
        assert own.sd == pytest.approx(np.sqrt(weight @ (scale - own.mean) ** 2), rel=2e-4)
    mean = weight @ means
    sd = np.sqrt(weight @ (variances + (means - mean) ** 2))
    own = {name: getattr(posterior, name) for name in ("mu_alpha", "mu_beta", "alpha", "beta")}
    given = np.concatenate([np.atleast_1d(m.mean) for m in own.values()])
    np.testing.assert_allclose(given, mean, atol=2e-5)
    given = np.concatenate([np.atleast_1d(m.sd) for m in own.values()])
    np.testing.assert_allclose(given, sd, rtol=5e-5)
    for x in mean[0] + sd[0] * np.array([-2.5, -1, 0, 1, 2.5]):
        truth = weight @ ndtr((x - means[:, 0]) / np.sqrt(variances[:, 0]))
        assert own["mu_alpha"].cdf(x) == pytest.approx(truth, abs=2e-5)
        truth = weight @ ndtr((x - means[:, 2:]) / np.sqrt(variances[:, 2:]))
        both = np.concatenate([own["alpha"].cdf(x), own["beta"].cdf(x)])
        np.testing.assert_allclose(both, truth, atol=2e-5)


@pytest.mark.parametrize(
    "priors",
    [
        (HalfNormal(5), HalfNormal(5)),
        (HalfCauchy(2), Uniform(0, 9)),
        (GammaPrecision(1, 1), GammaPrecision(0.5, 2)),
        (Uniform(0, 10), HalfCauchy(3)),
    ],
    ids=str,
)
def test_without_slopes_it_is_the_normal_means_model(priors):
    sizes = [4, 1, 7, 3, 2, 12]
    data = simulate.schools(sizes, mu=5, tau=2, sigma=3, seed=4)
    truth = exact.normal_means(
        pooling.summarise(data.y, data.group),
        mu_prior=Normal(3, 4),
        tau_prior=priors[0],
        sigma_prior=priors[1],
    )
    # A slope that its priors hold at zero, whatever x.
    x = np.random.default_rng(1).normal(size=len(data.y))
    model = VaryingRegression(
        summarise_lines(x, data.y, data.group),
        (Normal(3, 4), Normal(0, 1e-7)),
        (priors[0], HalfNormal(1e-7)),
        priors[1],
    )
    posterior = collapsed.varying_regression(model, rtol=1e-9)
    p = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    pairs = [
        (posterior.mu_alpha, truth.mu),
        (posterior.tau_alpha, truth.tau),
        (posterior.sigma, truth.sigma),
        (posterior.alpha, truth.theta),
    ]
    for own, other in pairs:
        np.testing.assert_allclose(own.mean, other.mean, rtol=1e-7)
        np.testing.assert_allclose(own.sd, other.sd, rtol=1e-6)
        np.testing.assert_allclose(own.quantile(p), other.quantile(p), rtol=1e-6, atol=1e-7)
    assert posterior.log_marginal_likelihood == pytest.approx(
        truth.log_marginal_likelihood, abs=1e-7
    )


def bolstad(individuals=75, seed=1):
    data = simulate.bolstad_individuals(seed, individuals=individuals)
    return summarise_lines(data.x, data.y)


def z_scores(draws, posterior):
    """Errors of the draws' means, and of their tail frequencies, in Monte Carlo errors."""
    scores = []
    for name in ALL:
        values, marginal = np.atleast_3d(draws[name]), getattr(posterior, name)
        means = np.atleast_1d(marginal.mean)
        for j, mean in enumerate(means):
            x = values[..., j]
            scores.append((x.mean() - mean) / diagnostics.mcse_mean(x))
        for p in (0.05, 0.95):
            for j, q in enumerate(np.atleast_1d(marginal.quantile(p))):
                below = (values[..., j] < q).astype(float)
                scores.append((below.mean() - p) / diagnostics.mcse_mean(below))
    return np.array(scores)


@pytest.mark.parametrize(
    "settings",
    [{}, {"tau_prior": (HalfCauchy(2), HalfNormal(1)), "sigma_prior": GammaPrecision(1, 2)}],
    ids=["Bolstad", "other priors"],
)
def test_gibbs_agrees(settings):
    model = VaryingRegression(bolstad(20), **settings)
    draws = sample(Gibbs(model), draws=2000, warmup=300, chains=16, seed=3, progress=False)
    z = z_scores(draws, collapsed.varying_regression(model))
    assert np.abs(z).max() < -ndtri(FALSE_ALARM / 2 / z.size)


def test_a_posterior_under_other_priors_is_told_apart():
    model = VaryingRegression(bolstad(20))
    other = VaryingRegression(bolstad(20), tau_prior=HalfNormal(1))
    draws = sample(Gibbs(model), draws=2000, warmup=300, chains=16, seed=3, progress=False)
    z = z_scores(draws, collapsed.varying_regression(other))
    assert np.abs(z).max() > -ndtri(FALSE_ALARM / 2 / z.size)


@pytest.mark.parametrize("lines", [bolstad(10), TINY], ids=["ten", "tiny"])
def test_draws_follow_the_marginals_and_hang_together(lines):
    model = VaryingRegression(lines, tau_prior=HalfNormal(2))
    posterior = collapsed.varying_regression(model)
    size, J = 20_000, lines.n_groups
    draws = posterior.draw(size, seed=5)
    assert draws["alpha"].shape == (size, J)
    levels = np.array([0.01, 0.1, 0.5, 0.9, 0.99])
    below = [
        (
            draws[name].reshape(size, 1, -1)
            < getattr(posterior, name).quantile(levels).reshape(1, 5, -1)
        )
        for name in ALL
    ]
    frequency = np.concatenate(below, axis=2).mean(axis=0).T
    z = (frequency - levels) / np.sqrt(levels * (1 - levels) / size)
    limit = -ndtri(FALSE_ALARM / 2 / (z.size + 4 * J))
    assert np.abs(z).max() < limit
    # Given the rest of its draw, a coefficient is the one that the model's conditional describes.
    state = {name: draws[name] for name in ALL}
    for side, given in (("alpha", lines.alpha_given), ("beta", lines.beta_given)):
        own, weight = given(draws["beta" if side == "alpha" else "alpha"])
        within = weight * state["sigma"][:, None] ** -2.0
        between = state[f"tau_{side}"][:, None] ** -2.0
        precision = within + between
        mean = (within * own + between * state[f"mu_{side}"][:, None]) / precision
        standard = (draws[side] - mean) * np.sqrt(precision)
        assert np.abs(standard.mean(axis=0)).max() * np.sqrt(size) < limit
        assert np.abs((standard**2).mean(axis=0) - 1).max() * np.sqrt(size / 2) < limit


def test_same_seed_same_draws(posterior):
    first, again = posterior.draw(10, seed=1), posterior.draw(10, seed=1)
    assert all((first[name] == again[name]).all() for name in ALL)
    assert (first["sigma"] != posterior.draw(10, seed=2)["sigma"]).all()


@pytest.mark.parametrize("factor", [1e-3, 1e4])
def test_units_do_not_matter(factor):
    data = simulate.bolstad_individuals(2, individuals=8)
    plain = collapsed.varying_regression(
        VaryingRegression(summarise_lines(data.x, data.y), Normal(1, 3), HalfNormal(2))
    )
    scaled = collapsed.varying_regression(
        VaryingRegression(
            summarise_lines(data.x, factor * data.y),
            Normal(factor, 3 * factor),
            HalfNormal(2 * factor),
            Uniform(0, 10 * factor),
        )
    )
    for name in ALL:
        own, other = getattr(scaled, name), getattr(plain, name)
        np.testing.assert_allclose(own.mean, factor * other.mean, rtol=1e-6, atol=1e-7 * factor)
        np.testing.assert_allclose(own.sd, factor * other.sd, rtol=1e-6)


def test_a_common_line_of_any_size_is_taken_out():
    data = simulate.bolstad_individuals(2, individuals=8)
    flat = {"mu_prior": Flat(), "tau_prior": HalfNormal(2)}
    plain = VaryingRegression(summarise_lines(data.x, data.y), **flat)
    moved = VaryingRegression(summarise_lines(data.x, data.y + 1e7 - 1e5 * data.x), **flat)
    plain, moved = collapsed.varying_regression(plain), collapsed.varying_regression(moved)
    np.testing.assert_allclose(moved.alpha.mean - 1e7, plain.alpha.mean, atol=1e-5)
    np.testing.assert_allclose(moved.beta.mean + 1e5, plain.beta.mean, atol=1e-5)
    np.testing.assert_allclose(moved.tau_beta.sd, plain.tau_beta.sd, rtol=1e-5)


def test_the_error_estimate_is_honest(monkeypatch):
    model = VaryingRegression(bolstad(10), tau_prior=HalfNormal(2))
    fine = collapsed.varying_regression(model, rtol=1e-10)
    monkeypatch.setattr(collapsed.refinement, "START", 10)
    rough = collapsed.varying_regression(model, rtol=0.01)
    assert fine.error < 1e-9 < 1e-6 < rough.error
    for name in ALL:
        own, other = getattr(rough, name), getattr(fine, name)
        assert np.max(np.abs(own.mean - other.mean) / other.sd) < 3 * rough.error
        assert np.max(np.abs(own.sd / other.sd - 1)) < 3 * rough.error


NO_X = summarise_lines([[0, 0, 0]] * 3, [[1, 2, 4], [2, 2, 3], [0, 1, 1]])
TAKEN = {
    "75 by 5": VaryingRegression(bolstad()),
    "flat": VaryingRegression(bolstad(), Flat(), Flat(), Flat()),
    "half-Cauchy, long tails": VaryingRegression(TINY, tau_prior=HalfCauchy(1)),
    "x is always 0": VaryingRegression(NO_X),
    "x never varies": VaryingRegression(
        summarise_lines([[1, 1], [3, 3], [2, 2]], [[1, 2], [4, 2], [2, 3]])
    ),
    "one observation of each": VaryingRegression(
        summarise_lines([[0], [1], [2], [3]], [[1], [3], [4], [2]]), tau_prior=HalfNormal(1)
    ),
    "one individual": VaryingRegression(summarise_lines([[0, 1, 2, 4]], [[1, 3, 4, 4]])),
    "tau kept from 0": VaryingRegression(TINY, tau_prior=(Uniform(0.5, 0.6), HalfNormal(2))),
    "prior far from the data": VaryingRegression(TINY, Normal(50, 1), HalfNormal(2)),
    "small noise": VaryingRegression(
        summarise_lines(X, X * 2 + 0.01 * Y, WHICH), sigma_prior=HalfNormal(1)
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_awkward_posteriors_are_integrated(case):
    posterior = collapsed.varying_regression(TAKEN[case], rtol=1e-6)
    assert posterior.error < 1e-5
    for name in ALL:
        marginal = getattr(posterior, name)
        assert np.isfinite(marginal.mean).all()
        assert np.all(marginal.sd > 0)
        assert (np.diff(marginal.quantile([0.05, 0.5, 0.95]), axis=0) > 0).all()
    assert all(np.isfinite(x).all() for x in posterior.draw(50, seed=1).values())


REFUSED = {
    "a target": ("model", "`model` must be a VaryingRegression without `lkj`; got 'model'"),
    "unpooled": (UnpooledRegression(TINY), "`model` must be a VaryingRegression"),
    "means": (NormalMeans(pooling.from_means([1.0, 2.0])), "`model` must be a VaryingRegression"),
    "correlated": (VaryingRegression(TINY, lkj=2), "got one with a correlation"),
    "no moments": (
        VaryingRegression(TINY, Flat(), HalfCauchy(1), GammaPrecision(0.01, 1)),
        None,
    ),
    "no sd": (
        VaryingRegression(summarise_lines([[0, 1, 2]], [[1, 3, 4]]), tau_prior=HalfCauchy(1)),
        "tails are too long",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case):
    model, words = REFUSED[case]
    if words is None:
        assert model.slowest_tail > 2
        return
    with pytest.raises(ValueError, match=re.escape(words)):
        collapsed.varying_regression(model)


def test_improper_priors_have_no_marginal_likelihood():
    posterior = collapsed.varying_regression(
        VaryingRegression(TINY, (Flat(), Normal(0, 1)), HalfNormal(1))
    )
    with pytest.raises(ValueError, match="`mu_prior` must be proper"):
        _ = posterior.log_marginal_likelihood


@pytest.mark.parametrize(("size", "seed"), [(0, 1), (1.5, 1), (5, -1), ("5", 1)])
def test_draw_refuses_bad_numbers(size, seed, posterior):
    with pytest.raises(ValueError, match="must be"):
        posterior.draw(size, seed)
