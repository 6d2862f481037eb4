// The lines of `hbmlib` that reproduce a state's numbers and print them as the same JSON.

import { FAMILIES } from "../../engine/checks.js";
import { isReal } from "../../engine/explorer.js";

const CLASSES = {
  normal: "Normal",
  flat: "Flat",
  "half-normal": "HalfNormal",
  "half-cauchy": "HalfCauchy",
  uniform: "Uniform",
  "gamma-precision": "GammaPrecision",
};

function prior({ family, ...parameters }) {
  const numbers = Object.keys(FAMILIES[family]).map((key) => parameters[key]);
  return `priors.${CLASSES[family]}(${numbers.join(", ")})`;
}

export function python(state, splitSeed) {
  const real = isReal(state);
  const sizes = `sizes = [${state.group_sizes.join(", ")}]`;
  const data = real
    ? `${sizes}
table = datasets.load("hsb")
used, unused = datasets.half_split(table["math"], table["school"], seed=${splitSeed})
names = datasets.ten_schools()[:${state.n_groups}]
rows = simulate.reorder([used[name] for name in names], seed=${state.seed})
y = np.concatenate([row[:n] for row, n in zip(rows, sizes, strict=True)])
group = np.repeat(np.arange(len(sizes)), sizes)
target = np.array([unused[name].mean() for name in names])`
    : `${sizes}
data = simulate.schools(sizes, mu=${state.mu}, tau=${state.tau}, sigma=${state.sigma}, \
seed=${state.seed})
y, group, target = data.y, data.group, data.theta`;
  const noise = real
    ? `
held = [unused[name] for name in datasets.ten_schools()]
squares = sum(((row - row.mean()) ** 2).sum() for row in held)
within = np.sqrt(squares / sum(row.size - 1 for row in held))
noise = within * np.sqrt(np.mean([1 / row.size for row in held[:len(names)]]))
`
    : "";
  return `import json
import numpy as np
from hbmlib import ${real ? "datasets, " : ""}exact, pooling, priors, simulate

${data}

groups = pooling.summarise(y, group, labels=range(len(sizes)))
posterior = exact.normal_means(
    groups,
    sigma=${state.sigma_known ? state.sigma : "None"},
    mu_prior=${prior(state.mu_prior)},
    tau_prior=${prior(state.tau_prior)},
    sigma_prior=${prior(state.sigma_prior)},
)
complete = pooling.grand_mean(groups)
partial = posterior.theta.mean
low, high = posterior.theta.quantile([0.05, 0.95])
${noise}
def rmse(estimate):
    return np.sqrt(np.mean((estimate - target)[groups.n > 0] ** 2))

def numbers(values):
    return [float(x) if np.isfinite(x) else None for x in np.atleast_1d(values)]

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
    "sigma": ${state.sigma_known ? "None" : "numbers(posterior.sigma.quantile(p))"},
    "rmse": {
        "own": float(rmse(groups.mean)),
        "complete": float(rmse(complete)),
        "partial": float(rmse(partial)),
    },
    "yardstick_noise": ${real ? "float(noise)" : "None"},
}))`;
}
