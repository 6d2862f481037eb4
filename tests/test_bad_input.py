"""Whatever is handed in, a function answers with numbers or says what is wrong with the input."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from hbmlib import datasets, exact, james_stein, pooling, priors, prose, simulate

JUNK = {
    "nan": np.nan,
    "inf in a list": [1.0, np.inf],
    "empty": [],
    "ragged": [[1, 2], [3]],
    "text": "3",
    "texts": ["1", "2"],
    "bytes": b"1",
    "true": True,
    "truths": np.array([True, False]),
    "none": None,
    "none in a list": [1.0, None],
    "masked": np.ma.array([1.0, 2.0], mask=[False, True]),
    "all masked": np.ma.masked,
    "texts in a series": pd.Series(["1", "2"]),
    "missing in a series": pd.Series([1, None], dtype="Int64"),
    "table": pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}),
    "complex": 1j,
    "beyond a double": 10**400,
    "beyond doubles": [1, 10**400],
    "decimal": decimal.Decimal("1.5"),
    "date": datetime.date(2020, 1, 1),
    "dates": np.array(["2020-01-01"], dtype="M8[ns]"),
    "times": pd.to_timedelta(pd.Series([1, 2]), unit="s"),
    "dict": {"a": 1},
    "cube": np.zeros((2, 2, 2)),
    "object": object(),
    "function": len,
    "minus one": -1,
}

GROUPS = pooling.from_means([1.0, 2.0, 4.0], n=[3, 1, 2], ss=[2.0, 0.0, 1.0])
POSTERIOR = exact.normal_means(GROUPS)
RNG = np.random.default_rng(1)
CALLS = {
    "summarise y": lambda x: pooling.summarise(x, ["a", "b"]),
    "summarise group": lambda x: pooling.summarise([1.0, 2.0], x),
    "from_means mean": lambda x: pooling.from_means(x),
    "from_means n": lambda x: pooling.from_means([1.0, 2.0], n=x),
    "from_means ss": lambda x: pooling.from_means([1.0, 2.0], n=3, ss=x),
    "complete groups": lambda x: pooling.complete(x, 1.0),
    "complete sigma": lambda x: pooling.complete(GROUPS, x),
    "none groups": lambda x: pooling.none(x, 1.0),
    "none sigma": lambda x: pooling.none(GROUPS, x),
    "partial groups": lambda x: pooling.partial(x, 1.0, 1.0, 1.0),
    "partial mu": lambda x: pooling.partial(GROUPS, x, 1.0, 1.0),
    "partial tau": lambda x: pooling.partial(GROUPS, 1.0, x, 1.0),
    "partial sigma": lambda x: pooling.partial(GROUPS, 1.0, 1.0, x),
    "shrinkage_weight n": lambda x: pooling.shrinkage_weight(x, 1.0, 1.0),
    "shrinkage_weight tau": lambda x: pooling.shrinkage_weight(1, x, 1.0),
    "shrinkage_weight sigma": lambda x: pooling.shrinkage_weight(1, 1.0, x),
    "anova groups": pooling.anova,
    "within_sd groups": pooling.within_sd,
    "grand_mean groups": pooling.grand_mean,
    "load": datasets.load,
    "half_split y": lambda x: datasets.half_split(x, ["a", "b"], 1),
    "half_split seed": lambda x: datasets.half_split([1.0, 2.0], ["a", "b"], x),
    "schools sizes": lambda x: simulate.schools(x, 5, 2, 3, seed=1),
    "schools mu": lambda x: simulate.schools([2, 3], x, 2, 3, seed=1),
    "schools tau": lambda x: simulate.schools([2, 3], 5, x, 3, seed=1),
    "schools sigma": lambda x: simulate.schools([2, 3], 5, 2, x, seed=1),
    "schools seed": lambda x: simulate.schools([2, 3], 5, 2, 3, seed=x),
    "poisson mean": lambda x: simulate.poisson(simulate.generator(1), x, 3),
    "poisson rng": lambda x: simulate.poisson(x, 25, 3),
    "reorder rows": lambda x: simulate.reorder([x], seed=1),
    "Normal sd": lambda x: priors.Normal(0, x),
    "Uniform upper": lambda x: priors.Uniform(0, x),
    "GammaPrecision rate": lambda x: priors.GammaPrecision(1, x),
    "from_dict": priors.from_dict,
    "from_dict family": lambda x: priors.from_dict({"family": x, "scale": 1}),
    "log_density": priors.HalfNormal(1).log_density,
    "draw rng": priors.HalfNormal(1).draw,
    "draw size": lambda x: priors.HalfNormal(1).draw(RNG, x),
    "normal_means groups": lambda x: exact.normal_means(x).mu.mean,
    "normal_means sigma": lambda x: exact.normal_means(GROUPS, sigma=x).mu.mean,
    "quantile": lambda x: POSTERIOR.theta.quantile(x),
    "given_tau": lambda x: POSTERIOR.given_tau(x).mu,
    "draw from the posterior": lambda x: POSTERIOR.draw(x, seed=1),
    "log_likelihood tau": lambda x: exact.log_likelihood(GROUPS, x, 1.0),
    "mle y": james_stein.mle,
    "james_stein y": james_stein.james_stein,
    "james_stein sigma": lambda x: james_stein.james_stein([1.0, 2.0, 4.0], x),
    "james_stein towards": lambda x: james_stein.james_stein([1.0, 2.0, 4.0], towards=x),
    "positive_part y": james_stein.positive_part,
    "weight y": james_stein.weight,
    "risk J": lambda x: james_stein.risk(x, 1.0),
    "risk distance2": lambda x: james_stein.risk(5, x),
    "bayes_risk tau": lambda x: james_stein.bayes_risk(5, x),
    "format_number": lambda x: prose.format_number(x, 2),
}


def numbers_in(answer):
    """Give every float of an answer in one list."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, pooling.GroupSummaries):
        answer = [answer.mean[answer.n > 0], answer.ss]
    if isinstance(answer, list | tuple):
        return [number for part in answer for number in numbers_in(part)]
    array = np.asarray(answer)
    return array.ravel().tolist() if array.dtype.kind == "f" else []


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("call", CALLS)
def test_junk_is_answered_or_refused_in_words(call, junk):
    answer, refusal = [], "It must be words."
    try:
        answer = CALLS[call](JUNK[junk])
    except ValueError as error:
        refusal = str(error)
    assert " must " in refusal
    assert refusal.endswith(".")
    answered = numbers_in(answer)
    assert not np.isnan(answered).any()
    assert call == "log_density" or np.isfinite(answered).all()


@pytest.mark.parametrize("size", [None, (), 0, 3, np.int64(3), (2, 3), [2, 3]])
def test_every_shape_of_draws_is_taken(size):
    drawn = priors.HalfNormal(1).draw(np.random.default_rng(1), size)
    assert np.shape(drawn) == np.shape(np.random.default_rng(1).random(size))


def test_far_out_the_density_is_zero():
    for prior in (priors.Normal(0, 1), priors.HalfNormal(1), priors.GammaPrecision(1, 1)):
        assert prior.log_density([0.5, 1e308])[1] < -1000
        assert prior.log_density(np.inf) == -np.inf
    with pytest.raises(ValueError, match="`x` must be numbers; got nan at index 1"):
        priors.Normal(0, 1).log_density([0.0, np.nan])


def test_data_out_of_all_reach_are_named():
    drawn = simulate.schools([15, 22, 12, 18, 10, 25, 14, 20], 5e21, 2e21, 3e21, seed=1)
    with pytest.raises(ArithmeticError, match="Check the units of the data and the priors"):
        exact.normal_means(pooling.summarise(drawn.y, drawn.group))


def test_a_tail_beyond_the_largest_number_is_named():
    with pytest.raises(ValueError, match=r"`draw` must have .* got GammaPrecision\(shape=0\.001"):
        priors.GammaPrecision(0.001, 0.001).draw(np.random.default_rng(1), 1000)
