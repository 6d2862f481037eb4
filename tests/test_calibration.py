"""Calibration: right samplers pass, wrong ones are caught, and a stopped run goes on."""

import argparse
import dataclasses
import json
import shutil
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from hbmlib import calibration
from hbmlib.calibration import (
    Certificate,
    Chains,
    Pair,
    __main__,
    _bands,
    _run,
    _samplers,
    _syntax,
    problems,
)
from hbmlib.calibration._run import described
from hbmlib.calibration.pairs import FOLDER, PAIRS, by_site, certificates, faults
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.priors import Normal

N = 3  # observations of a data set
SHAPE, RATE, WEIGHT = 3.0, 3.0, 2.0  # of the precision, and prior observations of the mean


@dataclasses.dataclass(frozen=True)
class Conjugate:
    """y ~ N(mu, sigma), mu ~ N(0, sigma / sqrt(2)), 1 / sigma² ~ Gamma(3, 3)."""

    names = ("mu", "sigma")

    def draw(self, rng, size):
        sigma = 1 / np.sqrt(rng.gamma(SHAPE, 1 / RATE, size))
        return np.column_stack([rng.normal(0, sigma / np.sqrt(WEIGHT)), sigma])

    def simulate(self, rng, values):
        return rng.normal(values[:, :1], values[:, 1:], (len(values), N))

    def log_likelihood(self, values, data):
        mu, sigma = values[..., 0], values[..., 1]
        ss = ((data[:, None] - mu[..., None]) ** 2).sum(axis=-1)
        return -0.5 * ss / sigma**2 - N * np.log(sigma)


@dataclasses.dataclass(frozen=True)
class Exact:
    """Independent draws from the posterior, or from one with a mistake."""

    mistake: str = ""
    draws = None
    doublings = 0

    def fit(self, problem, data, draws, seed):
        rng, mistake = np.random.default_rng(seed), self.mistake
        if mistake == "data forgotten":
            return problem.draw(rng, len(data) * draws).reshape(len(data), 1, draws, 2)
        size = (len(data), 1, draws)
        mean = data.mean(axis=1)[:, None, None]
        ss = ((data - data.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)[:, None, None]
        weight = WEIGHT
        shape, rate = SHAPE + N / 2, RATE + ss / 2 + mean**2 * weight * N / (weight + N) / 2
        if mistake == "Jacobian dropped":  # of the log precision: one power of it is lost
            shape -= 1
        precision = rng.gamma(shape, 1 / rate, size)
        sd = 1 / np.sqrt((weight + N) * precision)
        if mistake == "precision for variance":
            sd = np.sqrt((weight + N) * precision)
        mu = rng.normal(N * mean / (weight + N), sd)
        return np.stack([mu, 1 / np.sqrt(precision)], axis=-1)


@dataclasses.dataclass(frozen=True)
class Means:
    """Fifty means with one observation each: y_j ~ N(theta_j, 1), theta_j ~ N(0, 1)."""

    names = tuple(f"theta[{j}]" for j in range(50))

    def draw(self, rng, size):
        return rng.standard_normal((size, 50))

    def simulate(self, rng, values):
        return rng.normal(values, 1)

    def log_likelihood(self, values, data):
        return -0.5 * ((data[:, None] - values) ** 2).sum(axis=-1)


@dataclasses.dataclass(frozen=True)
class Shrunk:
    """Independent draws of the means, given a prior sd."""

    prior_sd: float
    draws = None
    doublings = 0

    def fit(self, problem, data, draws, seed):
        weight = self.prior_sd**2 / (self.prior_sd**2 + 1)
        z = np.random.default_rng(seed).standard_normal((len(data), 1, draws, 50))
        return weight * data[:, None, None] + np.sqrt(weight) * z


class Sticky:
    """Exact draws, each repeated, so that only thinning makes them independent."""

    draws, doublings = 200, 5

    def fit(self, problem, data, draws, seed):
        return np.repeat(Exact().fit(problem, data, -(-draws // 10), seed), 10, axis=2)


class Inline(Executor):
    """Runs everything at once, in reverse if wished, and dies after some tasks."""

    def __init__(self, lives=10**6):
        self.lives, self.ran = lives, 0

    def submit(self, fn, /, *args, **kwargs):
        if self.ran == self.lives:
            raise KeyboardInterrupt
        self.ran += 1
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def run(sampler, simulations=200, problem=None, **options):
    pair = Pair("test", problem or Conjugate(), sampler)
    options = {"executor": Inline(), "progress": False} | options
    return calibration.calibrate(pair, simulations, **options)


GIBBS = Chains(Gibbs, warmup=100, together=True)
KERNELS = {
    "gibbs": GIBBS,
    "hmc": Chains(HMC, {"step_size": 0.1, "n_steps": 8}, warmup=150, together=True),
}

# Right and wrong samplers


def test_exact_draws_pass():
    certificate = run(Exact(), 2000, chunk=200)
    assert certificate.passed
    assert certificate.as_expected
    assert certificate.names == ("mu", "sigma", "log_likelihood")
    assert np.array(certificate.counts).shape == (3, 60)
    assert (np.array(certificate.counts).sum(axis=1) == 2000).all()


MISTAKES = {
    "precision for variance": (100, "mu"),
    "Jacobian dropped": (200, "sigma"),
    "data forgotten": (100, "log_likelihood"),
}


@pytest.mark.parametrize(
    ("mistake", "simulations", "where"), [(k, *v) for k, v in MISTAKES.items()]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mistakes_are_caught(mistake, simulations, where, seed):
    certificate = run(Exact(mistake), simulations, seed=seed)
    assert where in certificate.alarms
    assert not certificate.passed
    assert "failed in" in repr(certificate)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("prior_sd", [0.8, 1.2])
def test_a_prior_sd_off_by_a_fifth_is_caught(prior_sd, seed):
    assert run(Shrunk(1.0), 300, Means(), seed=seed).passed
    assert "log_likelihood" in run(Shrunk(prior_sd), 300, Means(), seed=seed).alarms


def test_a_sampler_that_forgets_the_data_is_caught_by_the_likelihood_alone():
    assert run(Exact("data forgotten"), 300).alarms == ("log_likelihood",)


def test_dependent_draws_are_thinned_or_made_anew():
    certificate = run(Sticky(), 500, n_draws=49)
    assert certificate.passed
    assert certificate.short == 0


@pytest.mark.parametrize("doublings", [0, 2])
def test_fits_are_made_again_so_often(doublings):
    class Stuck(Sticky):
        lengths = ()

        def fit(self, problem, data, draws, seed):
            self.lengths += (draws,)
            return np.ones((len(data), 1, draws, 2))

    sampler = Stuck()
    sampler.doublings = doublings
    run(sampler, 10, n_draws=9)
    assert sampler.lengths == (200, 400, 800)[: 1 + doublings]


def test_a_fit_that_never_moves_is_counted_as_short():
    class Stuck(Sticky):
        def fit(self, problem, data, draws, seed):
            return np.ones((len(data), 1, draws, 2))

    certificate = run(Stuck(), 100, n_draws=9)
    assert certificate.short == 100
    assert not certificate.passed


def test_an_expected_failure_has_to_fail():
    good = run(Exact(), 100)
    assert not dataclasses.replace(good, fails="it should").as_expected
    assert "not expected" in repr(dataclasses.replace(good, fails="it should"))
    assert dataclasses.replace(
        run(Exact("precision for variance"), 100), fails="it should"
    ).as_expected


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_of_the_library_pass_a_short_run(name):
    problem = problems.EightSchools(centred=name == "gibbs")
    certificate = run(KERNELS[name], 60, problem, n_draws=19, chunk=60)
    assert certificate.passed
    assert certificate.short == 0


def test_a_kernel_fitted_to_the_wrong_prior_is_caught():
    class Wrong(problems.EightSchools):
        def model(self, data):
            return problems.EightSchools(mu_prior=Normal(10, 5)).model(data)

    assert "mu" in run(GIBBS, 60, Wrong(), n_draws=19, chunk=60).alarms


# Bands and p-values


@pytest.mark.parametrize(("simulations", "n_ranks", "level"), [(100, 20, 0.1), (1000, 100, 0.05)])
def test_false_alarms_of_the_band(simulations, n_ranks, level):
    tries = 10_000
    band = _bands.band(simulations, n_ranks, level)
    rng = np.random.default_rng(5)
    counts = rng.multinomial(simulations, np.full(n_ranks, 1 / n_ranks), size=tries)
    difference = np.cumsum(counts, axis=1)[:, :-1] / simulations - band.at
    outside = (difference < band.lower - 1e-9) | (difference > band.upper + 1e-9)
    alarms = outside.any(axis=1)
    error = np.hypot(np.sqrt(level * (1 - level) / tries), band.error)
    assert abs(alarms.mean() - level) < 4 * error
    few = counts[:500]
    small = _bands.p_values(few)["ecdf"] <= level
    np.testing.assert_array_equal(small, alarms[:500])


def test_false_alarms_of_all_tests_together():
    quantities, rate, tries = 6, 0.1, 2000
    rng = np.random.default_rng(6)
    counts = rng.multinomial(200, np.full(20, 1 / 20), size=(tries * quantities))
    p = _bands.p_values(counts)
    alarm = np.minimum(p["ecdf"], p["chi_square"]) <= rate / (2 * quantities)
    together = alarm.reshape(tries, quantities).any(axis=1).mean()
    error = np.sqrt(rate * (1 - rate) / tries)
    assert 0.5 * rate < together < rate + 4 * error


def test_the_error_of_the_level_is_stated_and_small():
    certificate = run(Exact(), 50, n_draws=19)
    assert certificate.level == 0.01 / 6
    assert 0 < certificate.level_error < 0.2 * certificate.level
    band = certificate.band()
    assert band.level == certificate.level
    assert band.error == certificate.level_error
    inside = certificate.ecdf_difference("mu")
    assert ((band.lower <= inside) & (inside <= band.upper)).all()


@pytest.mark.parametrize("counts", [[[1, 2], [2, 2]], [[0, 0]], [[3]], [[1.5, 0.5]], [1, 2]])
def test_bad_counts(counts):
    with pytest.raises(ValueError, match="counts"):
        calibration.p_values(counts)


def test_a_level_too_small_for_the_null():
    with pytest.raises(ValueError, match="at least 10000 for a level"):
        calibration.band(100, 20, 1e-4, size=2000)


# Stopping and going on


@pytest.mark.parametrize("lives", [0, 1, 3, 4])
def test_a_run_stopped_goes_on_to_the_same_certificate(tmp_path, lives):
    options = {"chunk": 30, "n_draws": 19}
    whole = run(Exact(), 130, **options)
    path = tmp_path / "run.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(Exact(), 130, path=path, executor=Inline(lives), **options)
    assert len(path.read_text().splitlines()) == 1 + lives
    again = Inline()
    assert run(Exact(), 130, path=path, executor=again, **options) == whole
    assert again.ran == 5 - lives
    idle = Inline(0)
    assert run(Exact(), 130, path=path, executor=idle, **options) == whole


def test_a_line_cut_off_is_done_again(tmp_path):
    path = tmp_path / "run.jsonl"
    whole = run(Exact(), 100, path=path)
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    again = Inline()
    assert run(Exact(), 100, path=path, executor=again) == whole
    assert again.ran == 1
    assert path.read_bytes() == content


def test_a_failing_task_leaves_what_was_done(tmp_path):
    class Fails(Exact):
        def fit(self, problem, data, draws, seed):
            if seed.spawn_key[0] == 2:
                raise ZeroDivisionError
            return super().fit(problem, data, draws, seed)

    class Pool(Inline):
        def submit(self, fn, /, *args):
            future = Future()
            try:
                future.set_result(fn(*args))
            except ZeroDivisionError as error:
                future.set_exception(error)
            return future

    path = tmp_path / "run.jsonl"
    with pytest.raises(ZeroDivisionError):
        run(Fails(), 200, path=path, executor=Pool())
    assert len(path.read_text().splitlines()) == 1 + 3


def test_another_calibration_does_not_go_on_from_this_file(tmp_path):
    path = tmp_path / "run.jsonl"
    run(Exact(), 100, path=path)
    with pytest.raises(ValueError, match="differs in seed"):
        run(Exact(), 100, path=path, seed=2)
    with pytest.raises(ValueError, match="differs in sampler"):
        run(Exact("Jacobian dropped"), 100, path=path)
    path.write_text("hello\n")
    with pytest.raises(ValueError, match="differs in everything"):
        run(Exact(), 100, path=path)


def test_processes_give_the_same_certificate():
    sampler = Chains(Gibbs, warmup=50, together=True, draws=200)
    problem, options = problems.EightSchools(), {"chunk": 10, "n_draws": 9}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        there = run(sampler, 20, problem, executor=executor, **options)
    assert there == run(sampler, 20, problem, **options)


def test_a_dask_cluster_gives_the_same_certificate(tmp_path):
    from distributed import Client, LocalCluster

    sampler = Chains(Gibbs, warmup=50, together=True, draws=200)
    problem, options = problems.EightSchools(), {"chunk": 10, "n_draws": 9}
    here = {"host": "127.0.0.1", "dashboard_address": None, "local_directory": tmp_path}
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, **here) as cluster,
        Client(cluster) as client,
        client.get_executor() as executor,
    ):
        there = run(sampler, 40, problem, executor=executor, **options)
    assert there == run(sampler, 40, problem, **options)


@pytest.mark.parametrize(
    "wrong", [{"simulations": 0}, {"n_draws": 0}, {"chunk": -1}, {"seed": 0.5}]
)
def test_bad_numbers(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        run(Exact(), **{"simulations": 10} | wrong)


# Certificates


def test_a_certificate_survives_its_file(tmp_path):
    certificate = run(Exact("Jacobian dropped"), 200, n_draws=19)
    path = tmp_path / "one.json"
    certificate.save(path)
    assert Certificate.load(path) == certificate
    content = json.loads(path.read_text())
    assert content["passed"] is False
    assert [finding["name"] for finding in content["findings"]] == list(certificate.names)
    assert [p.name for p in tmp_path.iterdir()] == ["one.json"]
    path.write_text('{"name": "x"}')
    with pytest.raises(ValueError, match=r"one\.json"):
        Certificate.load(path)


def test_unknown_quantity():
    with pytest.raises(ValueError, match="mu, sigma, log_likelihood; got 'tau'"):
        run(Exact(), 20, n_draws=9).ecdf_difference("tau")


def test_a_certificate_names_the_modules_it_depends_on():
    nuts = run(Chains(NUTS, warmup=20, draws=20), 2, problems.EightSchools(), n_draws=1)
    assert calibration.stale(nuts) == ()
    used = set(nuts.hashes)
    assert {"hbmlib.kernels.tree", "hbmlib.models.eight_schools", "hbmlib.sample"} <= used
    assert {"hbmlib.warmup", "hbmlib.diagnostics", "hbmlib.priors"} <= used
    unused = {"hbmlib.models.normal_means", "hbmlib.exact", "hbmlib.plots", "hbmlib.kernels"}
    assert not used & unused
    old = dataclasses.replace(nuts, hashes=dict(nuts.hashes) | {"hbmlib.warmup": "?"})
    assert calibration.stale(old) == ("hbmlib.warmup",)
    gone = dataclasses.replace(nuts, roots=("hbmlib.gone",))
    assert calibration.stale(gone) == ("hbmlib.gone",)


def test_code_that_changes_meanwhile_is_not_certified(monkeypatch):
    class Edits(Exact):
        def fit(self, problem, data, draws, seed):
            monkeypatch.setattr(_run, "module_hashes", lambda names: dict.fromkeys(names, "new"))
            return super().fit(problem, data, draws, seed)

    with pytest.raises(RuntimeError, match="it changed"):
        run(Edits(), 10)


def test_functions_are_described_without_their_addresses():
    assert " at 0x" not in described(Chains(by_site))


# Declared pairs


def test_each_declared_pair_makes_its_kernel():
    for pair in PAIRS.values():
        rng = np.random.default_rng(7)
        data = pair.problem.simulate(rng, pair.problem.draw(rng, 1))
        model = pair.problem.model(data[0])
        assert model.names == pair.problem.names, pair.name
        if isinstance(pair.sampler, Chains):
            kernel = pair.sampler.kernel(model, **pair.sampler.options)
            assert kernel.names == pair.problem.names, pair.name


EXACT = {"eight-schools-exact": 40, "normal-means-exact": 40, "varying-regression-collapsed": 15}


@pytest.mark.parametrize(("name", "simulations"), EXACT.items())
def test_exact_posteriors_pass_a_short_run(name, simulations):
    pair = PAIRS[name]
    assert run(pair.sampler, simulations, pair.problem, n_draws=19).passed


def test_every_declared_pair_has_a_certificate_that_holds():
    assert faults(FOLDER) == []
    assert all(one.simulations >= 1000 for one in certificates().values())


def test_faults_of_certificates(tmp_path):
    pair = Pair("one", Conjugate(), Exact())
    options = {"executor": Inline(), "progress": False, "n_draws": 9}
    certificate = calibration.calibrate(pair, 100, **options)
    path = tmp_path / "one.json"
    assert faults(tmp_path, [pair]) == ["one: there is no certificate"]
    certificate.save(path)
    assert faults(tmp_path, [pair]) == []
    dataclasses.replace(certificate, hashes={}).save(path)
    assert faults(tmp_path, [pair])[0].startswith("one: changed since are hbmlib.calibration")
    certificate.save(path)
    other = dataclasses.replace(pair, sampler=Exact("data forgotten"))
    assert faults(tmp_path, [other]) == ["one: the pair is declared differently now"]
    forgetful = calibration.calibrate(other, 100, **options)
    forgetful.save(path)
    assert faults(tmp_path, [other]) == ["one: failed in log_likelihood, which was not expected"]
    known = dataclasses.replace(other, fails="it forgets the data")
    dataclasses.replace(forgetful, fails=known.fails).save(path)
    assert faults(tmp_path, [known]) == []


def test_the_command_goes_on_after_code_has_changed(tmp_path, capsys):
    pair = Pair("one", Conjugate(), Exact())
    part = tmp_path / "one.part"
    options = argparse.Namespace(folder=tmp_path, simulations=100)
    calibration.calibrate(pair, 50, path=part, executor=Inline(), progress=False)
    __main__._certify(pair, options, Inline())
    assert "passed, 100 simulations" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


# Hashes

A = '''"""Doc."""
from pack import b
from pack.sub import One

def f(x):
    """Doc."""
    return x
'''


@pytest.fixture
def source(tmp_path):
    pack = tmp_path / "pack"
    (pack / "sub").mkdir(parents=True)
    files = {
        "__init__.py": "",
        "a.py": A,
        "b.py": "def g():\n    import pack.lazy\n",
        "lazy.py": "if TYPE_CHECKING:\n    from pack import unused\n",
        "unused.py": "x = 1\n",
        "sub/__init__.py": "from pack.sub.one import One\nfrom pack.sub.two import Two\n",
        "sub/one.py": "class One:\n    pass\n",
        "sub/two.py": "class Two:\n    pass\n",
    }
    for name, text in files.items():
        (pack / name).write_text(text)
    return tmp_path


def test_modules_used_are_found(source):
    hashes = _syntax.module_hashes(["pack.a"], source)
    assert list(hashes) == ["pack.a", "pack.b", "pack.lazy", "pack.sub.one"]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ('"""Doc."""\nfrom', '"""Other words,\n\nand more."""\nfrom', True),
        ('    """Doc."""\n', "", True),
        ("return x", "return  (x)  # the same", True),
        ("return x", "return x + 0", False),
        ("return x", "return 'x'", False),
        ("    return x", '    """Not a docstring."""\n    return x', False),
        ("def f(x)", "def f(y)", False),
        ("def f(x)", "def f(x=1)", False),
    ],
)
def test_code_counts_and_words_do_not(source, old, new, same):
    before = _syntax.module_hashes(["pack.a"], source)
    assert old in A
    (source / "pack" / "a.py").write_text(A.replace(old, new, 1))
    after = _syntax.module_hashes(["pack.a"], source)
    assert (before == after) is same
    assert {name for name in before if before[name] != after[name]} <= {"pack.a"}


def test_a_module_that_is_gone(source):
    shutil.rmtree(source / "pack" / "sub")
    with pytest.raises(ValueError, match=r"pack\.sub"):
        _syntax.module_hashes(["pack.a"], source)


# Fitting data sets together


@pytest.mark.parametrize(
    "problem",
    [
        kind(centred=centred)
        for kind in (problems.EightSchools, problems.NormalMeans, problems.VaryingRegression)
        for centred in (True, False)
    ],
    ids=lambda problem: f"{type(problem).__name__}-{problem.centred}",
)
def test_stacked_models_agree_with_each(problem):
    rng = np.random.default_rng(3)
    data = problem.simulate(rng, problem.draw(rng, 6))
    models = [problem.model(one) for one in data]
    q = rng.normal(size=(6, models[0].dim))
    stack = _samplers.stacked(models, q)
    logp, grad = stack.logp_and_grad(q)
    for i, model in enumerate(models):
        one, its = model.logp_and_grad(q[i])
        np.testing.assert_allclose(logp[i], one)
        np.testing.assert_allclose(grad[i], its)
    sites = np.array([[model.names.index(name)] for name in model.names if name[-2:] == "0]"][:1])
    if not isinstance(problem, problems.VaryingRegression):
        terms = [model.logp_terms(row, sites) for model, row in zip(models, q, strict=True)]
        np.testing.assert_allclose(stack.logp_terms(q, sites), terms)


def test_models_that_cannot_be_stacked_are_refused():
    few, many = problems.NormalMeans((2, 2)), problems.NormalMeans((2, 2, 2))
    data = np.arange(6.0)
    models = [few.model(data[:4]), many.model(data)]
    with pytest.raises(ValueError, match="together=False"):
        _samplers.stacked(models, np.zeros((2, 5)))


# Problems


@pytest.mark.parametrize(
    "problem",
    [problems.EightSchools(), problems.NormalMeans(), problems.VaryingRegression(lkj=2.0)],
    ids=lambda problem: type(problem).__name__,
)
def test_problems_agree_with_their_models(problem):
    rng = np.random.default_rng(4)
    truth = problem.draw(rng, 3)
    data = problem.simulate(rng, truth)
    assert truth.shape == (3, len(problem.names))
    model = problem.model(data[0])
    assert model.names == problem.names
    kernel = Metropolis(model)
    assert kernel.names == problem.names
    likelihood = problem.log_likelihood(truth[:, None], data)
    assert likelihood.shape == (3, 1)
    several = problem.log_likelihood(np.repeat(truth[:1, None], 4, axis=1), data[:1])
    np.testing.assert_allclose(several, likelihood[0, 0])
