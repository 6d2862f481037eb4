"""Exercise 5.4: its reference, other samplers that are right, and wrong ones on other streams."""

import numpy as np
import pytest

from hbmlib.exercises import check, data
from hbmlib.exercises.ch05 import CENTRE, SAMPLER, SCALE_OF_SIGMA, SPREAD_OF_MU, _exactly


def log_density(y, mu, sigma):
    """Log posterior of mu and sigma themselves, written apart from the exercise."""
    squares = sum((value - mu) ** 2 for value in y)
    prior = -((mu - CENTRE) ** 2) / (2 * SPREAD_OF_MU**2) - sigma**2 / (2 * SCALE_OF_SIGMA**2)
    return prior - len(y) * np.log(sigma) - squares / (2 * sigma**2)


def grid(y):
    """Nodes and weights of the joint posterior."""
    mu, sigma = np.arange(-15, 40, 0.1), np.arange(0.3, 60, 0.1)
    density = log_density(y, mu[:, None], sigma)
    weight = np.exp(density - density.max())
    return mu, sigma, weight / weight.sum()


@pytest.mark.parametrize("student", ["", "s1", "s2"])
def test_reference_agrees_with_a_sum_over_both_unknowns(student):
    y = data("5.4", student=student)["y"]
    reference, (mu, sigma, weight) = _exactly(y), grid(y)
    for name, nodes, w in (("mu", mu, weight.sum(axis=1)), ("sigma", sigma, weight.sum(axis=0))):
        assert reference[name].mean == pytest.approx(w @ nodes, abs=1e-3)
        below = np.cumsum(w)[::40]
        assert reference[name].cdf(nodes[::40] + 0.05) == pytest.approx(below, abs=1e-3)


def by_other_steps(y, scale):
    """Move sigma itself, one unknown after the other."""
    rng = np.random.default_rng(7)
    mu, sigma = np.array([-60.0, -20, 60, 100]), np.full(4, 20.0)
    kept = np.empty((2, 4, 16_000))
    for t in range(kept.shape[2]):
        new = mu + scale * rng.standard_normal(4)
        ratio = log_density(y, new, sigma) - log_density(y, mu, sigma)
        mu = np.where(np.log(rng.random(4)) < ratio, new, mu)
        new = sigma + scale * rng.standard_normal(4)
        inside = new > 0
        ratio = log_density(y, mu, np.where(inside, new, 1.0)) - log_density(y, mu, sigma)
        sigma = np.where(inside & (np.log(rng.random(4)) < ratio), new, sigma)
        kept[:, :, t] = mu, sigma
    return {"mu": kept[0, :, 1000:], "sigma": kept[1, :, 1000:]}


def from_the_grid(y):
    rng, (mu, sigma, weight) = np.random.default_rng(8), grid(y)
    chosen = rng.choice(weight.size, size=(4, 2000), p=weight.ravel())
    i, j = np.unravel_index(chosen, weight.shape)
    noise = rng.uniform(-0.05, 0.05, (2, 4, 2000))
    return {"mu": mu[i] + noise[0], "sigma": sigma[j] + noise[1]}


@pytest.mark.parametrize(
    "draws", [lambda y: by_other_steps(y, 4.0), from_the_grid], ids=["by parts", "independent"]
)
def test_other_right_samplers_pass(draws):
    verdict = check("5.4", draws(**data("5.4")))
    assert verdict.state == "correct", verdict


def test_wrong_samplers_on_other_streams_get_their_own_message():
    given = data("5.4", student="s1")
    for wrong in SAMPLER.judge.misconceptions:
        verdict = check("5.4", wrong.answer(**given, seed=99), student="s1")
        assert (verdict.state, verdict.message) == ("not yet", wrong.message)


def test_logarithms_are_recognised():
    draws = SAMPLER.judge.solution(**data("5.4"))
    verdict = check("5.4", draws | {"sigma": np.log(draws["sigma"])})
    assert verdict.state == "not yet"
    assert "logarithms" in verdict.message


def test_short_chains_are_told_how_much_longer():
    draws = SAMPLER.judge.solution(**data("5.4"))
    verdict = check("5.4", {name: x[:, :2000] for name, x in draws.items()})
    assert verdict.state == "not converged"
    assert "Right so far: run about" in verdict.message


def test_data_of_5_3_give_every_school_a_slope():
    for student in ("", "s1"):
        given = data("5.3", student=student)
        for group in range(30):
            assert np.ptp(given["ses"][given["group"] == group]) > 0
