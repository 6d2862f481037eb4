"""What the models refuse, with the words that say why, and the awkward data that they take."""

import re

import numpy as np
import pytest

from hbmlib import pooling
from hbmlib.models import EightSchools, NormalMeans, UnpooledRegression, VaryingRegression
from hbmlib.models import summarise_lines as lines
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform
from tests.models import truth

means, summarise = pooling.from_means, pooling.summarise
TWO, THREE = ([1, 2], [1, 1]), ([1, 2, 4], [1, 1, 1])
GROUPS = summarise([1, 2, 4, 5], list("aabb"))
LINES = truth.LINES
PERFECT = lines([[0, 1, 2]] * 3, [[1, 2, 3]] * 3)
NO_X = lines([[0, 0, 0]] * 3, [[1, 2, 4], [2, 2, 3], [0, 1, 1]])

REFUSED = {
    "effect nan": (lambda: EightSchools([1, np.nan], [1, 1]), "`effect` must be finite"),
    "effect empty": (lambda: EightSchools([], []), "`effect`"),
    "se zero": (lambda: EightSchools([1, 2], [1, 0]), "`se` must be positive numbers"),
    "se short": (lambda: EightSchools([1, 2], [1]), "`se` must be positive numbers, shape (2,)"),
    "se text": (lambda: EightSchools([1, 2], ["a", "b"]), "`se`"),
    "labels": (lambda: EightSchools(*TWO, labels="aa"), "`labels` must be distinct"),
    "mu prior": (lambda: EightSchools(*TWO, mu_prior=HalfNormal(1)), "`mu_prior` must be Normal"),
    "tau prior": (lambda: EightSchools(*TWO, tau_prior=Normal(0, 1)), "must be a prior of a sc"),
    "tau number": (lambda: EightSchools(*TWO, tau_prior=5), "must be a prior of a scale; got 5"),
    "centred": (lambda: EightSchools(*TWO, centred="no"), "`centred` must be True or False"),
    "flat tau, 2 schools": (
        lambda: EightSchools(*TWO, mu_prior=Flat(), tau_prior=Flat()),
        "`tau_prior` must be proper with so few data",
    ),
    "flat tau, 1 school": (
        lambda: EightSchools([1], [1], tau_prior=Flat()),
        "`tau_prior` must be proper with so few data",
    ),
    "no summaries": (lambda: NormalMeans([1, 2]), "`groups` must be GroupSummaries; got list"),
    "no data": (lambda: NormalMeans(means([np.nan], n=[0])), "at least one observation"),
    "sigma prior": (lambda: NormalMeans(GROUPS, sigma_prior=Normal(0, 1)), "`sigma_prior` must"),
    "flat sigma": (
        lambda: NormalMeans(means([3.0]), sigma_prior=Flat()),
        "`sigma_prior` must be proper with so few data",
    ),
    "two flat": (
        lambda: NormalMeans(means([3.0, 4.0]), tau_prior=Flat(), sigma_prior=Flat()),
        "`tau_prior` or `sigma_prior` must be proper",
    ),
    "no spread within": (
        lambda: NormalMeans(means([3.0, 4.0], n=[3, 3])),
        "a `sigma_prior` that excludes 0",
    ),
    "all equal": (lambda: NormalMeans(means([3.0] * 3)), "a `sigma_prior` that excludes 0"),
    "no lines": (lambda: VaryingRegression([[1, 2]]), "`lines` must be LineSummaries; got list"),
    "no lines, unpooled": (lambda: UnpooledRegression(None), "`lines` must be LineSummaries"),
    "limit": (lambda: UnpooledRegression(LINES, limit=0), "`limit` must be a positive number"),
    "unpooled sigma": (lambda: UnpooledRegression(LINES, sigma_prior=3), "`sigma_prior` must"),
    "unpooled perfect": (lambda: UnpooledRegression(PERFECT), "must not fit perfectly"),
    "unpooled single": (
        lambda: UnpooledRegression(lines([[1.0]], [[2.0]]), sigma_prior=Flat()),
        "`sigma_prior` must be proper",
    ),
    "perfect": (lambda: VaryingRegression(PERFECT), "must not fit perfectly"),
    "eta": (lambda: VaryingRegression(LINES, lkj=0), "`lkj` must be a positive number"),
    "three priors": (lambda: VaryingRegression(LINES, tau_prior=(Flat(),) * 3), "or a pair"),
    "prior text": (lambda: VaryingRegression(LINES, mu_prior="flat"), "or a pair"),
    "mean of scale": (lambda: VaryingRegression(LINES, mu_prior=HalfNormal(1)), "must be Normal"),
    "scale of mean": (
        lambda: VaryingRegression(LINES, tau_prior=(Uniform(0, 1), Normal(0, 1))),
        "must be a prior of a scale",
    ),
    "flat slope without x": (
        lambda: VaryingRegression(NO_X, mu_prior=(Normal(0, 3), Flat())),
        "`mu_prior` of the slope must be Normal where x does not vary",
    ),
    "flat slope spread without x": (
        lambda: VaryingRegression(NO_X, tau_prior=(Uniform(0, 9), Flat())),
        "`tau_prior` must be proper",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name(case):
    make, words = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        make()
    assert str(error.value).endswith(".")


TAKEN = {
    "one school": lambda: EightSchools([3], [2]),
    "flat everything, 3 schools": lambda: EightSchools(*THREE, Flat(), Flat()),
    "flat tau, normal mu, 2 schools": lambda: EightSchools(*TWO, Normal(0, 5), Flat()),
    "equal schools": lambda: EightSchools([3, 3, 3], [2, 2, 2]),
    "one group": lambda: NormalMeans(summarise([1, 2, 4], "aaa")),
    "one observation": lambda: NormalMeans(means([3.0])),
    "one observation each": lambda: NormalMeans(means([3.0, 4.0, 8.0])),
    "empty group": lambda: NormalMeans(means([3.0, np.nan, 8.0], n=[2, 0, 2], ss=[1, 0, 1])),
    "no spread, sigma above 0": lambda: NormalMeans(
        means([3.0, 4.0], n=[3, 3]), sigma_prior=GammaPrecision(1, 1)
    ),
    "one individual": lambda: VaryingRegression(lines([[0, 1, 2]], [[1, 3, 4]])),
    "x never varies": lambda: VaryingRegression(NO_X),
    "x is always 0, unpooled": lambda: UnpooledRegression(NO_X),
    "one observation of each": lambda: VaryingRegression(lines([[0], [1], [2]], [[1], [3], [4]])),
    "perfect, sigma above 0": lambda: VaryingRegression(PERFECT, sigma_prior=Uniform(0.1, 9)),
    "pair": lambda: VaryingRegression(LINES, tau_prior=[HalfCauchy(1), HalfNormal(1)]),
    "flat means": lambda: VaryingRegression(LINES, mu_prior=Flat(), tau_prior=HalfNormal(1)),
}


@pytest.mark.parametrize("case", TAKEN)
def test_awkward_data_are_taken(case, rng):
    model = TAKEN[case]()
    q = model.initial(rng, 20)
    logp, grad = model.logp_and_grad(q)
    assert np.isfinite(logp).all()
    assert np.isfinite(grad).all()
    state = model.gibbs_state(model.constrain(q))
    for _ in range(3):
        for name, draw in model.conditionals.items():
            state[name] = draw(rng, state)
            assert np.isfinite(state[name]).all()
            assert state[name].shape[0] == 20


BLOCKS = {
    "a scale": ([[1], [2]], "`block` must hold coordinates of groups, 2 to 5"),
    "beyond": ([[5], [6]], "`block` must hold coordinates of groups, 2 to 5"),
    "twice": ([[3], [3]], "a row for each group"),
    "a row of two": ([[2, 3]], "a row for each group"),
    "flat": ([2, 3], "`block` must be"),
}


@pytest.mark.parametrize("case", BLOCKS)
def test_blocks_that_are_not_independent_are_refused(case):
    block, words = BLOCKS[case]
    with pytest.raises(ValueError, match=re.escape(words)):
        truth.eight_schools().model.logp_terms(np.zeros((3, 6)), np.array(block))


def test_slope_and_intercept_of_one_individual_share_a_row():
    model = truth.varying().model
    with pytest.raises(ValueError, match="a row for each group"):
        model.logp_terms(np.zeros((3, model.dim)), np.array([[5], [9]]))
