"""One posterior, six ways: Metropolis, Gibbs, HMC, NUTS, PyMC, and exact.

Means and quantiles of every parameter are compared between each two ways, for several seeds, by
z-scores: the difference over the standard error of both. The exact way has no error. The limit
for z is such that, with normal errors, all comparisons of one model together raise a false alarm
in one of a thousand sets of seeds; by Bonferroni no more, however they depend on each other. The
standard errors are estimates themselves, from hundreds of effective draws at least, which makes
false alarms a little more frequent. The seeds are fixed: a run repeats itself.
"""

from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtri

from hbmlib import datasets, diagnostics, exact, pooling, pymc_models, simulate
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.models import EightSchools, NormalMeans
from hbmlib.priors import HalfCauchy, HalfNormal, Normal
from hbmlib.sample import sample

FALSE_ALARM = 1e-3
RHAT_LIMIT = 1.01
PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
FIGURES = ("mean", *(f"{p:.0%} quantile" for p in PROBABILITIES))
SEEDS = (1, 2, 3)

# PyTensor warns once a process that no BLAS library is linked.
pytestmark = pytest.mark.filterwarnings("ignore:.*BLAS.*:UserWarning")


class Schools:
    """The eight schools, their standard errors known."""

    data = datasets.load("eight_schools")
    priors = {"mu_prior": Normal(0, 5), "tau_prior": HalfCauchy(5)}  # noqa: RUF012
    first, centred = 2, False  # coordinates before the groups' own, and which suit the data
    in_pymc = staticmethod(pymc_models.eight_schools)

    def model(self, kind=EightSchools, centred=centred):
        return kind(self.data["effect"], self.data["se"], **self.priors, centred=centred)

    def exact(self):
        groups = pooling.from_means(self.data["effect"])
        return exact.normal_means(groups, sigma=self.data["se"], **self.priors)


class Lesson:
    """The lesson's eight schools of 10 to 25 students, the sd within them unknown."""

    data = simulate.lesson_schools(seed=1)
    priors = {  # noqa: RUF012
        "mu_prior": Normal(0, 10),
        "tau_prior": HalfNormal(5),
        "sigma_prior": HalfCauchy(5),
    }
    first, centred = 3, True
    in_pymc = staticmethod(pymc_models.normal_means)
    groups = pooling.summarise(data.y, data.group)

    def model(self, kind=NormalMeans, centred=centred):
        return kind(self.groups, **self.priors, centred=centred)

    def exact(self):
        return exact.normal_means(self.groups, **self.priors)


def by_site(model, first):
    """Metropolis with the population's coordinates one by one, then all groups at once."""
    groups = np.arange(first, model.dim)[:, None]
    return Metropolis(model, blocks=[*([k] for k in range(first)), groups])


def run(kernel, seed, chains=16, draws=1000, warmup=400):
    settings = {"chains": chains, "draws": draws, "warmup": warmup}
    return sample(kernel, **settings, seed=seed, progress=False).values


def metropolis(problem, seed):
    return run(by_site(problem.model(), problem.first), seed, draws=6000)


def gibbs(problem, seed):
    return run(Gibbs(problem.model(centred=True)), seed, draws=10_000)


def hmc(problem, seed):
    return run(HMC(problem.model(), step_size=0.1, n_steps=8), seed, chains=32, draws=1500)


def nuts(problem, seed):
    return run(NUTS(problem.model()), seed, chains=8, draws=1500)


def pymc(problem, seed):
    import pymc as pm

    quiet = {"progressbar": False, "quiet": True, "compute_convergence_checks": False}
    with problem.in_pymc(problem.model()):
        settings = {"draws": 3000, "tune": 500, "chains": 4, "cores": 1}
        tree = pm.sample(**settings, random_seed=seed, nuts_sampler="nutpie", **quiet)
    names = dict.fromkeys(name.partition("[")[0] for name in problem.model().names)
    columns = [np.asarray(tree.posterior[name]) for name in names]
    return np.concatenate([x.reshape(*x.shape[:2], -1) for x in columns], axis=-1)


SAMPLERS = {sampler.__name__: sampler for sampler in (metropolis, gibbs, hmc, nuts, pymc)}


def estimates(values):
    """Figures of each parameter and their standard errors: each (figure, parameter)."""
    quantiles = np.quantile(values, PROBABILITIES, axis=(0, 1))
    errors = [diagnostics.mcse_quantile(values, p) for p in PROBABILITIES]
    means = values.mean(axis=(0, 1))
    return np.vstack([means, quantiles]), np.vstack([diagnostics.mcse_mean(values), *errors])


def exact_figures(problem):
    posterior = problem.exact()
    columns = []
    for name in dict.fromkeys(name.partition("[")[0] for name in problem.model().names):
        marginal = getattr(posterior, name)
        figures = [marginal.mean, *(marginal.quantile(p) for p in PROBABILITIES)]
        columns.append(np.array(figures).reshape(len(FIGURES), -1))
    return np.concatenate(columns, axis=1)


def faults(names, ways, truth):
    """Say which ways disagree; an empty list says that none do.

    `ways` holds for each sampler its draws, one array (chain, draw, parameter) for each seed.
    """
    found = []
    for way, runs in ways.items():
        worst = max(np.max(diagnostics.rhat(values)) for values in runs)
        if not worst < RHAT_LIMIT:
            found.append(f"{way}: R-hat = {worst:.3f}")
    stated = {way: [estimates(values) for values in runs] for way, runs in ways.items()}
    stated["exact"] = [(truth, np.zeros(truth.shape))] * len(next(iter(ways.values())))
    z = {}
    for one, other in combinations(stated, 2):
        rows = [
            (a - b) / np.hypot(error_a, error_b)
            for (a, error_a), (b, error_b) in zip(stated[one], stated[other], strict=True)
        ]
        z[one, other] = np.array([*rows, np.sum(rows, axis=0) / np.sqrt(len(rows))])
    limit = -ndtri(FALSE_ALARM / 2 / sum(scores.size for scores in z.values()))
    for (one, other), scores in z.items():
        found += [
            f"{one} and {other}: z = {scores[seed, figure, k]:.1f} for the {FIGURES[figure]} of "
            f"{names[k]}, beyond {limit:.1f}"
            for seed, figure, k in np.argwhere(~(np.abs(scores) < limit))
        ]
    return found


@pytest.mark.parametrize("problem", [Schools(), Lesson()], ids=lambda p: type(p).__name__)
def test_six_ways_to_one_posterior(problem):
    ways = {way: [sampler(problem, seed) for seed in SEEDS] for way, sampler in SAMPLERS.items()}
    assert faults(problem.model().names, ways, exact_figures(problem)) == []


# The same comparison catches wrong samplers.


class PrecisionForVariance(EightSchools):
    """A Gibbs step for mu that takes the precision for the variance."""

    @property
    def conditionals(self):
        right = super().conditionals

        def mu(rng, state):
            J, prior = len(self.labels), self.mu_prior
            precision = J / state["tau"] ** 2 + prior.sd**-2
            mean = (state["theta"].sum(axis=-1) / state["tau"] ** 2) / precision
            return rng.normal(mean, np.sqrt(precision))

        return {**right, "mu": mu}


class NoJacobian(NormalMeans):
    """A density of sigma where that of log sigma belongs; sigma moves by a sixteenth of its sd."""

    def logp_and_grad(self, q):
        logp, grad = super().logp_and_grad(q)
        grad[..., 2] -= 1
        return logp - q[..., 2], grad


class NarrowPrior(EightSchools):
    """A prior of mu whose sd is a tenth too small."""

    def __post_init__(self):
        self.__dict__["mu_prior"] = Normal(self.mu_prior.mean, 0.9 * self.mu_prior.sd)
        super().__post_init__()


def wrong_hmc(model):
    return HMC(model, step_size=0.1, n_steps=8)


WRONG = {
    "precision for variance": (
        Schools(),
        Gibbs(Schools().model(PrecisionForVariance, centred=True)),
    ),
    "dropped Jacobian": (Lesson(), wrong_hmc(Lesson().model(NoJacobian))),
    "narrow prior": (Schools(), wrong_hmc(Schools().model(NarrowPrior))),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_samplers_are_caught(wrong):
    problem, kernel = WRONG[wrong]
    ways = {
        "gibbs": [gibbs(problem, seed) for seed in SEEDS],
        wrong: [run(kernel, seed, chains=32, draws=1500) for seed in SEEDS],
    }
    found = faults(problem.model().names, ways, exact_figures(problem))
    assert any(f"gibbs and {wrong}: z =" in fault for fault in found)
    assert any(f"{wrong} and exact: z =" in fault for fault in found)
    assert not any("gibbs and exact" in fault for fault in found)
