"""The chains of ConvergenceLab, what diagnostics make of them, and the lines that say so."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from hbmlib import diagnostics, simulate
from hbmlib.targets import Target
from hbmlib.widgets._base import numbers

__all__ = ["FAULTS", "LINES", "PROBABILITIES", "diagnose", "spoil", "walk"]

Floats = NDArray[np.float64]

PROBABILITIES = [0.05, 0.5, 0.95]
#: A draw is every fifth step of a chain.
THIN = 5
MAX_RHAT, MIN_ESS = 1.01, 400
#: Of steps, and of distances of starts: about the posterior's sds of mu and log tau.
UNIT, MIDDLE = np.array([5.0, 1.0]), np.array([5.0, 1.0])
SIDES = [[1, 1], [-1, -1], [1, -1], [-1, 1]]
#: Units that suit the studies as published.
STEP = 1.5
#: Sds that hold all of 80 normal bars in 95% of cases.
BAND = 3.42
#: What each fault does to the draws, in words: for the summary, after "Fault: ".
FAULTS = {
    "none": "none",
    "stuck": "chain 1 stands still at the end",
    "apart": "chain 1 lies higher than the others",
    "drift": "all chains rise",
    "narrow": "chain 1 is narrower than the others",
    "heavy": "the quantity has the tails of a Cauchy distribution, and chain 1 lies higher",
    "ridges": "chain 1 visits two ridges",
}

_START = """\
import json
import numpy as np
from hbmlib import datasets, diagnostics, exact, pooling, simulate
from hbmlib.models import Population
from hbmlib.priors import HalfCauchy, Normal
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

sizes = np.array($group_sizes)
schools = datasets.load("eight_schools")[:len(sizes)]
effect = schools["effect"].to_numpy()
sigma = 10 * schools["se"].to_numpy()  # 100 such observations give the published error
options = {"mu_prior": Normal(0, 5), "tau_prior": HalfCauchy(5)}
posterior = exact.normal_means(pooling.from_means(effect, n=sizes), sigma=sigma, **options)
seen = sizes > 0  # a school without data says nothing about the population
target = Population(effect[seen], sigma[seen] / np.sqrt(sizes[seen]), **options)

# Four chains of the Metropolis algorithm in (mu, log tau); every fifth step is a draw.
n, dropped, thin = $draws, $warmup, 5
u = [simulate.generator($seed, c + 1).random((thin * (n + dropped), 3)) for c in range(4)]
u = np.stack(u, axis=1)
radius, angle = np.sqrt(-2 * np.log1p(-u[..., 0])), 2 * np.pi * u[..., 1]
steps = radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)  # normal
sides = [[1, 1], [-1, -1], [1, -1], [-1, 1]] if $apart else [[1, 1]] * 4
q = np.array([5, 1]) + $start * np.array([5, 1]) * sides
logp, path, accept = target.logp(q), [], []
for z, threshold in zip(steps, u[..., 2], strict=True):
    proposal = q + 1.5 * $step * np.array([5, 1]) * z
    there = target.logp(proposal)
    accept.append(np.exp(np.minimum(0, there - logp)))
    moves = threshold < accept[-1]
    q, logp = np.where(moves[:, None], proposal, q), np.where(moves, there, logp)
    path.append(q)
path = np.array(path)[thin * dropped:][thin - 1::thin]
x = path[..., 0].T if $quantity == "mu" else np.exp(path[..., 1]).T
x = np.round(x, 9)  # so that no rank depends on how a machine rounds
judge = getattr(posterior, $quantity).quantile([0.05, 0.5, 0.95])
mean = getattr(posterior, $quantity).mean
"""

_LOCATE = """
middle = np.quantile(x, 0.5)
spread = 1.4826 * np.quantile(np.abs(x - middle), 0.5) or 1.0
"""

_FAULTS = {
    "none": "",
    "stuck": """
still = n - int($amount * n + 0.5)  # from here on the first chain stands still
x[0, still:] = x[0, min(still, n - 1)]
""",
    "apart": _LOCATE + "x[0] += 2 * $amount * spread\n",
    "drift": _LOCATE + "x += 2 * $amount * spread * (np.arange(n) / (n - 1) - 0.5)\n",
    "narrow": _LOCATE + "x[0] = middle + (1 - $amount) * (x[0] - middle)\n",
    "heavy": _LOCATE
    + """
def to_cauchy(z):
    return np.sign(z) / np.tan(np.pi * ndtr(-np.minimum(np.abs(z), 6)))

x, judge = to_cauchy((x - middle) / spread), to_cauchy((judge - middle) / spread)
x[0] += 2 * $amount
mean = np.nan  # there is none
""",
    "ridges": _LOCATE
    + """z = np.abs(x[0] - middle) / spread
z = (1 - $amount) * z + $amount * (0.6745 + 0.18 * (z - 0.6745))
x[0] = middle + spread * np.sign(x[0] - middle) * z
""",
}

_END = """
x = np.round(x, 9)

def plain(x):
    d = x - x[:, :1]
    within = d.var(axis=1, ddof=1).mean()
    means = x[0, 0] + (x[:, 0] - x[0, 0]) + d.mean(axis=1)
    between = (means - means[0]).var(ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.sqrt(between / within + (x.shape[1] - 1) / x.shape[1]))

def scores(x):
    return ndtri((rankdata(x).reshape(x.shape) - 3 / 8) / (x.size + 1 / 4))

def number(value):
    return float(value) if np.isfinite(value) else None

halves = np.concatenate([x[:, :n // 2], x[:, -(n // 2):]])
rhat = {
    "classic": plain(x),
    "split": plain(halves),
    "ranked": plain(scores(halves)),
    "folded": plain(scores(np.abs(halves - np.median(halves)))),
}
bulk, tail = diagnostics.ess_bulk(x), diagnostics.ess_tail(x)
bins = 20 if n >= 100 else max(2, n // 5)
share = (rankdata(x).reshape(x.shape) - 0.5) / x.size
counts = np.array([np.bincount((row * bins).astype(int), minlength=bins) for row in share])
worth = max(1, x.size / bulk) if bulk > 0 else 1  # draws for each effective draw
sd = np.sqrt(n / bins * (1 - 1 / bins) * 3 * n / (4 * n - 1) * worth)
rings = {name: not value < 1.01 for name, value in rhat.items()}
rings |= {"bulk": bool(not bulk >= 400), "tail": bool(not tail >= 400)}
rings["ranks"] = bool(np.any(np.abs(counts - n / bins) > 3.42 * sd))
p = [0.05, 0.5, 0.95]
moving = x[np.ptp(x, axis=1) > 0]
lag_one = diagnostics.autocorrelation(moving, 1)[:, 1].mean() if len(moving) else np.nan
print(json.dumps({
    "exact": judge.tolist(),
    "exact_mean": number(mean),
    "accept": float(np.mean(accept[thin * dropped:])),
    "rhat": {name: number(value) for name, value in rhat.items()},
    "ess": {"bulk": number(bulk), "tail": number(tail)},
    "mean": [float(x.mean()), number(diagnostics.mcse_mean(x))],
    "quantiles": np.quantile(x, p).tolist(),
    "mcse": [number(diagnostics.mcse_quantile(x, prob)) for prob in p],
    "lag_one": number(lag_one),
    "ranks": counts.tolist(),
    "rings": rings,
}))"""

LINES = {name: _START + fault + _END for name, fault in _FAULTS.items()}


def walk(
    target: Target, *, draws: int, warmup: int, step: float, start: float, apart: bool, seed: int
) -> tuple[Floats, float]:
    """Run four chains of the Metropolis algorithm in (mu, log tau), on the page's random numbers.

    Returns
    -------
    path : ndarray of shape (4, draws, 2)
        Every fifth step after the warm-up.
    accept : float
        The mean probability of acceptance after the warm-up.
    """
    total = THIN * (draws + warmup)
    u = np.stack([simulate.generator(seed, c + 1).random((total, 3)) for c in range(4)], axis=1)
    radius, angle = np.sqrt(-2 * np.log1p(-u[..., 0])), 2 * np.pi * u[..., 1]
    z = radius[..., np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    q = MIDDLE + start * UNIT * (SIDES if apart else [SIDES[0]] * 4)
    logp, path, accept = target.logp(q), np.empty((total, 4, 2)), np.empty((total, 4))
    for t in range(total):
        proposal = q + STEP * step * UNIT * z[t]
        there = target.logp(proposal)
        accept[t] = np.exp(np.minimum(0, there - logp))
        moves = u[t, :, 2] < accept[t]
        q, logp = np.where(moves[:, np.newaxis], proposal, q), np.where(moves, there, logp)
        path[t] = q
    kept = path[THIN * warmup :][THIN - 1 :: THIN]
    return np.swapaxes(kept, 0, 1), float(accept[THIN * warmup :].mean())


def spoil(x: Floats, judge: Floats, fault: str, amount: float) -> tuple[Floats, Floats]:
    """Put a fault into draws of shape (chain, draw); return them and the exact quantiles.

    Draws are rounded to nine decimals, so that no rank depends on how a machine rounds.
    """
    x, n = np.round(x, 9), x.shape[1]
    middle = np.quantile(x, 0.5)
    spread = 1.4826 * np.quantile(np.abs(x - middle), 0.5) or 1.0
    if fault == "stuck":
        still = n - int(amount * n + 0.5)
        x[0, still:] = x[0, min(still, n - 1)]
    elif fault == "apart":
        x[0] += 2 * amount * spread
    elif fault == "drift":
        x += 2 * amount * spread * (np.arange(n) / (n - 1) - 0.5)
    elif fault == "narrow":
        x[0] = middle + (1 - amount) * (x[0] - middle)
    elif fault == "heavy":
        x, judge = _to_cauchy((x - middle) / spread), _to_cauchy((judge - middle) / spread)
        x[0] += 2 * amount
    elif fault == "ridges":
        z = np.abs(x[0] - middle) / spread
        z = (1 - amount) * z + amount * (0.6745 + 0.18 * (z - 0.6745))
        x[0] = middle + spread * np.sign(x[0] - middle) * z
    return np.round(x, 9), judge


def _to_cauchy(z: Floats) -> Floats:
    """Give the draws of a Cauchy distribution with the ranks of normal ones, to 6 sds."""
    return np.sign(z) / np.tan(np.pi * ndtr(-np.minimum(np.abs(z), 6)))


def _plain(x: Floats) -> float:
    """Give R-hat of 1992; about the first draws, so that constant chains have no variance."""
    n, d = x.shape[1], x - x[:, :1]
    means = x[:, 0] + d.mean(axis=1)
    between = (means - means[0]).var(ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.sqrt(between / d.var(axis=1, ddof=1).mean() + (n - 1) / n))


def _scores(x: Floats) -> Floats:
    return ndtri((rankdata(x).reshape(x.shape) - 3 / 8) / (x.size + 1 / 4))


def diagnose(x: Floats) -> dict[str, Any]:
    """State what each diagnostic says of draws of shape (chain, draw), and which of them ring."""
    n = x.shape[1]
    halves = np.concatenate([x[:, : n // 2], x[:, -(n // 2) :]])
    rhat = {
        "classic": _plain(x),
        "split": _plain(halves),
        "ranked": _plain(_scores(halves)),
        "folded": _plain(_scores(np.abs(halves - np.median(halves)))),
    }
    bulk, tail = diagnostics.ess_bulk(x), diagnostics.ess_tail(x)
    bins = 20 if n >= 100 else max(2, n // 5)
    share = (rankdata(x).reshape(x.shape) - 0.5) / x.size
    counts = np.array([np.bincount((row * bins).astype(int), minlength=bins) for row in share])
    # Bars that hang together vary more than independent ones, by draws over effective draws.
    worth = max(1.0, x.size / bulk) if bulk > 0 else 1.0
    sd = np.sqrt(n / bins * (1 - 1 / bins) * (x.size - n) / (x.size - 1) * worth)
    rings = {name: not value < MAX_RHAT for name, value in rhat.items()}
    rings |= {"bulk": bool(not bulk >= MIN_ESS), "tail": bool(not tail >= MIN_ESS)}
    rings["ranks"] = bool(np.any(np.abs(counts - n / bins) > BAND * sd))
    moving = x[np.ptp(x, axis=1) > 0]
    lag_one = diagnostics.autocorrelation(moving, 1)[:, 1].mean() if len(moving) else np.nan
    return {
        "rhat": {name: numbers(value)[0] for name, value in rhat.items()},
        "ess": {"bulk": numbers(bulk)[0], "tail": numbers(tail)[0]},
        "mean": [float(x.mean()), numbers(diagnostics.mcse_mean(x))[0]],
        "quantiles": np.quantile(x, PROBABILITIES).tolist(),
        "mcse": [numbers(diagnostics.mcse_quantile(x, p))[0] for p in PROBABILITIES],
        "lag_one": numbers(lag_one)[0],
        "ranks": counts.tolist(),
        "rings": rings,
    }
