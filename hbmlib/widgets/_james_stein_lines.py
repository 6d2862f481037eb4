"""The Python that reproduces a JamesSteinExplorer's numbers, for each kind of its state."""

START = """\
import json
import numpy as np
from hbmlib import james_stein, pooling, simulate

J, size, sigma, tau = $n_groups, $size, $sigma, $tau
sizes = SIZES
drawn = simulate.schools(sizes, mu=0, tau=1, sigma=sigma, seed=$seed, capacity=400)
pattern = drawn.theta - (drawn.theta.mean() if J > 1 else 0)
theta = $spread * pattern / np.sqrt(np.mean(pattern**2))
noise = pooling.summarise(drawn.y, drawn.group).mean - drawn.theta
own = theta + noise
se = sigma / np.sqrt(sizes)
lam = tau**2 / (tau**2 + se**2)
"""

POINT = """
point = centre = $offset
free, towards = 0, 0
middle = mean_of_middle = point
share = np.zeros(J)
"""

MEAN = """
point = np.average(own, weights=se**-2)
centre = np.average(theta, weights=se**-2)
free, towards = 1, "mean"
share = 1 / (tau**2 + se**2) / np.sum(1 / (tau**2 + se**2))
middle, mean_of_middle = share @ own, share @ theta
"""

END = """
bayes = lam * own + (1 - lam) * middle
variance = (lam**2 + 2 * lam * (1 - lam) * share) * se**2
variance = variance + (1 - lam)**2 * np.sum(share**2 * se**2)
bias = (1 - lam) * (mean_of_middle - theta)
distance2 = np.sum(((theta - centre) / se)**2)
shrinks = J - free >= 3
weight = 1 - (J - free - 2) / np.sum(((own - point) / se)**2) if shrinks else None
estimates = {
    "own": own,
    "james_stein": point + weight * (own - point) if shrinks else None,
    "positive_part": point + max(weight, 0) * (own - point) if shrinks else None,
    "bayes": bayes,
}

def risk(estimator):
    if not shrinks:
        return None
    return float(james_stein.risk(J, distance2, estimator=estimator, towards=towards)) / J

def loss(estimate):
    return None if estimate is None else float(np.mean(((estimate - theta) / se)**2))

print(json.dumps({
    "theta": theta.tolist(),
    "weight": weight,
    "estimates": {name: None if x is None else x.tolist() for name, x in estimates.items()},
    "loss": {name: loss(x) for name, x in estimates.items()},
    "risk": {
        "own": 1.0,
        "james_stein": risk("james-stein"),
        "positive_part": risk("positive-part"),
        "bayes": float(np.mean((variance + bias**2) / se**2)),
    },
}))"""

EQUAL = "[size] * J"
UNEQUAL = "[[-(-size // 4), size, 4 * size][j % 3] for j in range(J)]"
LINES = {
    f"{name}-{towards}": START.replace("SIZES", sizes) + middle + END
    for name, sizes in {"equal": EQUAL, "unequal": UNEQUAL}.items()
    for towards, middle in {"point": POINT, "mean": MEAN}.items()
}
