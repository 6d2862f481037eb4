"""The Python that reproduces a PoolingExplorer's numbers, for real schools and for simulated."""

REAL = """\
sizes = $group_sizes
table = datasets.load("hsb")
used, unused = datasets.half_split(table["math"], table["school"], seed=$split_seed)
names = datasets.ten_schools()[:$n_groups]
rows = simulate.reorder([used[name] for name in names], seed=$seed)
y = np.concatenate([row[:n] for row, n in zip(rows, sizes, strict=True)])
group = np.repeat(np.arange(len(sizes)), sizes)
target = np.array([unused[name].mean() for name in names])
"""

NOISE = """\
held = [unused[name] for name in datasets.ten_schools()]
squares = sum(((row - row.mean()) ** 2).sum() for row in held)
within = np.sqrt(squares / sum(row.size - 1 for row in held))
noise = within * np.sqrt(np.mean([1 / row.size for row in held[:len(names)]]))
"""

SIMULATED = """\
sizes = $group_sizes
data = simulate.schools(sizes, mu=$mu, tau=$tau, sigma=$sigma, seed=$seed)
y, group, target = data.y, data.group, data.theta
"""

FIT = """
groups = pooling.summarise(y, group, labels=range(len(sizes)))
posterior = exact.normal_means(
    groups,
    sigma=$known,
    mu_prior=$mu_prior,
    tau_prior=$tau_prior,
    sigma_prior=$sigma_prior,
)
complete = pooling.grand_mean(groups)
partial = posterior.theta.mean
low, high = posterior.theta.quantile([0.05, 0.95])
"""

PRINT = """
def numbers(values):
    return [float(x) if np.isfinite(x) else None for x in np.atleast_1d(values)]

def rmse(estimate):
    return numbers(np.sqrt(np.mean((estimate - target)[groups.n > 0] ** 2)))[0]

p = [0.05, 0.5, 0.95]
print(json.dumps({
    "n": groups.n.tolist(),
    "own": numbers(groups.mean),
    "complete": float(complete),
    "partial": numbers(partial),
    "partial_low": numbers(low),
    "partial_high": numbers(high),
    "shrinkage": numbers(posterior.shrinkage.mean),
    "mu": numbers(posterior.mu.quantile(p)),
    "tau": numbers(posterior.tau.quantile(p)),
    "sigma": posterior.sigma and numbers(posterior.sigma.quantile(p)),
    "rmse": {
        "own": rmse(groups.mean),
        "complete": rmse(complete),
        "partial": rmse(partial),
    },
    "yardstick_noise": NOISE,
}))"""


def _imports(*extra: str) -> str:
    names = ", ".join(sorted([*extra, "exact", "pooling", "priors", "simulate"]))
    return f"import json\nimport numpy as np\nfrom hbmlib import {names}\n\n"


LINES = {
    "real": _imports("datasets") + REAL + NOISE + FIT + PRINT.replace("NOISE", "float(noise)"),
    "simulated": _imports() + SIMULATED + FIT + PRINT.replace("NOISE", "None"),
}
