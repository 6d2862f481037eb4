"""One of each figure of draws and samplers, and of its edges."""

from types import SimpleNamespace

import numpy as np

from hbmlib import exact, plots, pooling, simulate
from hbmlib.calibration import Certificate
from hbmlib.draws import Draws

RNG = np.random.default_rng(20)
LESSON = simulate.lesson_schools(1)
GROUPS = pooling.summarise(LESSON.y, LESSON.group)
EXACT = exact.normal_means(GROUPS)
NAMES = ("mu", "tau", "sigma", *(f"theta[{j}]" for j in range(8)))


def make(chains=4, draws=400, names=NAMES, diverging=0, seed=3):
    """Draw from the exact posterior of the lesson's schools, in chains that hang together."""
    got = EXACT.draw(chains * draws, seed)
    columns = np.column_stack([got["mu"], got["tau"], got["sigma"], got["theta"]])
    values = columns.reshape(chains, draws, -1)[..., [NAMES.index(name) for name in names]]
    rng = np.random.default_rng(seed)
    bad = np.zeros((chains, draws))
    bad.ravel()[rng.choice(chains * draws, diverging, replace=False)] = 1
    stats = {"diverging": bad, "energy": rng.gamma(5, size=(chains, draws))}
    return Draws(values, names, stats)


def constant():
    return Draws(np.ones((2, 50, 2)), ["mu", "tau"], {"energy": np.ones((2, 50))})


def creeping(correlation):
    """Make normal energies that hang together from draw to draw."""
    wave = np.random.default_rng(5).standard_normal((4, 500))
    for t in range(1, 500):
        wave[:, t] = correlation * wave[:, t - 1] + np.sqrt(1 - correlation**2) * wave[:, t]
    return Draws(wave[..., np.newaxis], ["x"], {"energy": wave})


def certificate(steep=("tau",), simulations=1000):
    """Certify five quantities, of which some have more high ranks than low ones."""
    names = ("mu", "tau", "theta[0]", "theta[1]", "log_likelihood")
    rng = np.random.default_rng(4)
    p = {True: np.linspace(1, 2, 20) / 30, False: np.ones(20) / 20}
    counts = tuple(tuple(rng.multinomial(simulations, p[n in steep]).tolist()) for n in names)
    return Certificate("x", "", "", "", 1, simulations, 19, names, counts, 0, (), {})


def normal(q):
    return -0.5 * (q**2).sum(axis=-1)


DRAWS, DIVERGED = make(), make(diverging=12)
MANY, LONG = make(chains=9, draws=120), make(draws=600)
SINGLE = make(chains=1, draws=1)
LOG = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 2.0], [0.5, -1.0], [1.5, 1.0]])
ACCEPTED = np.array([True, False, True, False, True])
ORBIT = np.column_stack([np.cos(np.arange(12) / 2), np.sin(np.arange(12) / 2)])
ENERGY = 0.5 + 0.02 * np.sin(np.arange(12))
TIMES = [0, -1, 1, 2, 3, 4, 5, 6]  # three doublings: one back, two on
TREE = np.column_stack([np.array(TIMES) / 2 - 1, np.cos(np.array(TIMES) / 2)])
TRUTH = (LESSON.theta, LESSON.theta[::-1] - 7)
NOISY = tuple(t + RNG.normal(size=8) for t in TRUTH)
CLOSE = tuple(t + RNG.normal(scale=0.3, size=8) for t in TRUTH)
EMPTY = pooling.from_means([5.0, 3.0, 9.0], n=[0, 1, 30], ss=[0, 0, 40], labels=["e", "1", "m"])

FIGURES = {
    "trace": lambda: plots.trace(DRAWS),
    "trace, diverged": lambda: plots.trace(DIVERGED, ["mu", "tau"]),
    "trace, nine chains": lambda: plots.trace(MANY, "tau"),
    "trace, long": lambda: plots.trace(LONG, ["mu", "theta[0]"]),
    "trace, one chain": lambda: plots.trace(make(chains=1), "mu"),
    "trace, one draw": lambda: plots.trace(SINGLE, "mu"),
    "trace, constant": lambda: plots.trace(constant()),
    "ranks": lambda: plots.ranks(DRAWS, ["mu", "tau"]),
    "ranks, nine chains": lambda: plots.ranks(MANY, "tau"),
    "ranks, constant": lambda: plots.ranks(constant()),
    "densities": lambda: plots.densities(DRAWS, exact=EXACT, truth={"mu": 5}),
    "densities, one": lambda: plots.densities(DRAWS, "theta[3]", exact=EXACT),
    "densities, one draw": lambda: plots.densities(SINGLE),
    "densities, constant": lambda: plots.densities(constant()),
    "energy": lambda: plots.energy(DIVERGED),
    "energy, nine chains": lambda: plots.energy(MANY),
    **{f"energy, {r}": lambda r=r: plots.energy(creeping(r)) for r in (0.8, 0.86, 0.9, 0.99)},
    "energy, constant": lambda: plots.energy(constant()),
    "intervals": lambda: plots.intervals(DRAWS, ["mu", "theta"], truth=[5, *LESSON.theta]),
    "intervals, three fits": lambda: plots.intervals(
        {"draws": DRAWS, "exact": EXACT, "one chain": make(chains=1)}, ["mu", "theta"]
    ),
    "intervals, exact": lambda: plots.intervals(EXACT, ["theta", "mu"], unit="points"),
    "intervals, one draw": lambda: plots.intervals(SINGLE),
    "intervals, crowded": lambda: plots.intervals({"a": wide(1), "b": wide(2)}, "theta"),
    "pairs": lambda: plots.pairs(DIVERGED, ["mu", "tau", "theta[4]"], log="tau"),
    "pairs, two": lambda: plots.pairs(LONG, ["mu", "tau"]),
    "pairs, one draw": lambda: plots.pairs(SINGLE, ["mu", "tau"], log=["mu", "tau"]),
    "pairs, constant": lambda: plots.pairs(constant()),
    "funnel": lambda: plots.funnel({"centred": DIVERGED, "non-centred": LONG}, "theta[0]"),
    "funnel, one": lambda: plots.funnel(DRAWS, "theta[0]"),
    "theta, draws": lambda: plots.theta_against_means(GROUPS, DRAWS, 5.0),
    "theta, exact": lambda: plots.theta_against_means(GROUPS, EXACT.theta, 5.0),
    "three, draws": lambda: plots.three_estimates(GROUPS, 3.0, DRAWS),
    "arrows to truth": lambda: plots.arrows_to_truth(
        {"no pooling": ("own", *NOISY), "partial pooling": ("partial", *CLOSE)}, TRUTH
    ),
    "arrows to truth, one": lambda: plots.arrows_to_truth({"a": ("own", [1], [2])}, ([1], [2])),
    "shrinkage": lambda: plots.shrinkage_by_size(GROUPS, EXACT, unit="points"),
    "shrinkage, draws": lambda: plots.shrinkage_by_size(GROUPS, DRAWS),
    "shrinkage, empty group": lambda: plots.shrinkage_by_size(EMPTY, exact.normal_means(EMPTY)),
    "autocorrelation": lambda: plots.autocorrelation(DRAWS, ["mu", "tau"]),
    "autocorrelation, one draw": lambda: plots.autocorrelation(SINGLE, "mu"),
    "autocorrelation, constant": lambda: plots.autocorrelation(constant()),
    "running R-hat": lambda: plots.running_rhat(DRAWS),
    "running R-hat, shortest": lambda: plots.running_rhat(make(draws=10)),
    "running R-hat, constant": lambda: plots.running_rhat(constant()),
    "ESS": lambda: plots.ess_growth(DRAWS),
    "ESS, one chain": lambda: plots.ess_growth(make(chains=1)),
    "ESS, constant": lambda: plots.ess_growth(constant()),
    "SBC": lambda: plots.sbc_ecdf(certificate()),
    "SBC, passed": lambda: plots.sbc_ecdf(certificate(())),
    "SBC, named": lambda: plots.sbc_ecdf(certificate(), ["mu", "tau"]),
    "contours": lambda: plots.contours(normal, (-3, 3), (-4, 4), names=("mu", "log tau")),
    "contours, narrow": lambda: plots.contours(lambda q: 1e6 * normal(q), (-3, 3), (-3, 3)),
    "acceptance": lambda: plots.acceptance_path([-1, 0], LOG, ACCEPTED, target=normal),
    "acceptance, none": lambda: plots.acceptance_path([0, 0], [[1, 1]], [False]),
    "leapfrog": lambda: plots.leapfrog_orbit(ORBIT, ENERGY, target=normal, names=("x", "p")),
    "leapfrog, no step": lambda: plots.leapfrog_orbit([[0, 0]], [1.0]),
    "tree": lambda: plots.tree_path(
        TREE, TIMES, drawn=2, target=SimpleNamespace(logp=normal), limits=((-3, 3), (-3, 3))
    ),
    "tree, turned": lambda: plots.tree_path(TREE[:6], TIMES[:6], turned=True),
    "tree, start alone": lambda: plots.tree_path([[0, 0]], [0], drawn=0),
}


def wide(seed):
    values = np.random.default_rng(seed).normal(np.arange(40), size=(2, 100, 40))
    return Draws(values, [f"theta[{j}]" for j in range(40)])
