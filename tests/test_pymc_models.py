"""The PyMC models: the same posterior as the library's own, and kind errors."""

import numpy as np
import pytest

from hbmlib import pooling, pymc_models, simulate
from hbmlib.models import EightSchools, NormalMeans, VaryingRegression, summarise_lines
from hbmlib.priors import Flat, GammaPrecision, HalfCauchy, HalfNormal, Normal, Uniform

# PyTensor warns once a process that no BLAS library is linked.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")

SCALES = [
    Flat(),
    HalfNormal(4),
    HalfCauchy(3),
    Uniform(0, 50),
    Uniform(0.001, 50),
    GammaPrecision(2, 3),
]
Y = np.array([4.0, 6.0, 9.0, 5.0, 1.0, 2.5, 7.0])
GROUP = ["A", "A", "B", "C", "C", "C", "D"]
LABELS = ["D", "A", "E", "B", "C"]  # E has no observation


def raw_values(written, point):
    """Turn named values into those of PyMC's own coordinates."""
    values = {}
    for variable, value in written.rvs_to_values.items():
        if variable in written.observed_RVs:
            continue
        at, transform = np.asarray(point[variable.name]), written.rvs_to_transforms[variable]
        if transform is not None:
            at = transform.forward(at, *variable.owner.inputs).eval()
        values[value.name] = at
    return values


def density(written, model, q):
    """PyMC's log density as one of the library's coordinates."""
    logp = written.compile_logp(jacobian=False)
    totals = []
    for at in q:
        values = dict(zip(model.names, model.constrain(at), strict=True))
        point, jacobian = {}, 0.0
        for name in dict.fromkeys(name.partition("[")[0] for name in model.names):
            columns = [v for k, v in values.items() if k == name or k.startswith(f"{name}[")]
            point[name] = columns if f"{name}[" in "".join(values) else columns[0]
            if name.startswith(("tau", "sigma")):
                jacobian += np.log(point[name])
                precision = point[f"{name}_precision"] = point[name] ** -2.0
                if f"{name}_precision" in written.named_vars:
                    jacobian += np.log(2) + 1.5 * np.log(precision)
            if name == "rho":
                point["rho_half"] = (1 + point["rho"]) / 2
                jacobian += np.log1p(-(point["rho"] ** 2))
        sides = {"z": "theta", "z_alpha": "alpha", "z_beta": "beta"}
        start = model.dim - sum(len(point[x]) for x in sides.values() if x in point)
        for z, side in sides.items():
            if side in point:
                point[z] = at[start : start + len(point[side])]
                start += len(point[side])
        totals.append(logp(raw_values(written, point)) + jacobian)
    return np.array(totals)


def assert_same(written, model, seed=1):
    q = model.initial(np.random.default_rng(seed), 6)
    difference = density(written, model, q) - model.logp(q)
    spread = np.ptp(model.logp(q))
    assert spread > 1
    np.testing.assert_allclose(difference, difference[0], rtol=0, atol=1e-6 * spread)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("tau_prior", SCALES, ids=lambda p: repr(p))
def test_eight_schools(tau_prior, centred):
    model = EightSchools(
        [28, 8, -3, 7], [15, 10, 16, 11], Normal(1, 5), tau_prior, centred, labels="ABCD"
    )
    assert_same(pymc_models.eight_schools(model), model)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("mu_prior", [Flat(), Normal(3, 2)])
def test_normal_means(mu_prior, full, centred):
    groups = pooling.summarise(Y, GROUP, LABELS)
    model = NormalMeans(groups, mu_prior, HalfNormal(4), Uniform(0, 30), centred)
    data = (Y, GROUP) if full else ()
    assert_same(pymc_models.normal_means(model, *data), model)


def test_single_observations_leave_no_sum_of_squares():
    groups = pooling.summarise(Y[:3], "ABC")
    model = NormalMeans(groups, sigma_prior=HalfNormal(1))
    written = pymc_models.normal_means(model)
    assert [v.name for v in written.observed_RVs] == ["group_mean"]
    assert_same(written, model)


@pytest.mark.parametrize("centred", [True, False])
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("lkj", [None, 2.0])
def test_regression(lkj, full, centred):
    data = simulate.bolstad_individuals(1, individuals=6, observations=4)
    x, y = data.x.copy(), data.y
    x[2] = 1.5  # an individual whose x does not vary
    tau_prior = (HalfCauchy(2), Uniform(0, 10))
    lines = summarise_lines(x, y)
    model = VaryingRegression(lines, Normal(0, 3), tau_prior, lkj=lkj, centred=centred)
    assert_same(pymc_models.varying_regression(model, *((x, y) if full else ())), model)


def test_flat_observations_of_a_regression():
    data = simulate.bolstad_individuals(1, individuals=3, observations=4)
    group = np.repeat(["a", "b", "c"], 4)
    order = np.random.default_rng(1).permutation(12)
    x, y, group = data.x.ravel()[order], data.y.ravel()[order], list(group[order])
    model = VaryingRegression(summarise_lines(x, y, group))
    assert_same(pymc_models.varying_regression(model, x, y, group), model)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: pymc_models.eight_schools(m), "`model` must be of hbmlib.models.EightSchools"),
        (lambda m: pymc_models.varying_regression(m), "VaryingRegression; got NormalMeans"),
        (lambda m: pymc_models.normal_means(m, Y[:-1], GROUP[:-1]), "that the model summarises"),
        (lambda m: pymc_models.normal_means(m, Y, [*GROUP[:-1], "Z"]), "summarises; got other"),
        (lambda m: pymc_models.normal_means(m, Y), "group"),
        (lambda m: pymc_models.normal_means(m, [*Y[:-1], np.nan], GROUP), "finite"),
    ],
)
def test_wrong_input(call, words):
    model = NormalMeans(pooling.summarise(Y, GROUP))
    with pytest.raises(ValueError, match=words):
        call(model)
