"""The likelihood with the group means and the population mean integrated out.

Given ``tau`` and ``sigma`` the group means are independent normals,
``ybar_j ~ N(mu, sqrt(v_j))`` with ``v_j = tau**2 + sigma_j**2 / n_j``, and ``mu`` has a normal
posterior with precision ``P = 1/S0**2 + sum(1/v_j)``. Everything else follows from sums over j.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from hbmlib.pooling import GroupSummaries
from hbmlib.priors import Flat, Normal

Floats = NDArray[np.float64]


class Conditional(NamedTuple):
    """Given the scales: the log likelihood, and the posterior of mu (about the centre)."""

    log_likelihood: Floats
    mean: Floats
    precision: Floats


@dataclass(frozen=True, eq=False)
class Collapsed:
    """Group summaries reduced to what the scales need.

    With a known sigma the unit of ``error`` is a variance and sigma counts as 1; with an unknown
    common one ``error`` is ``1 / n`` and multiplies ``sigma**2``. Means are kept about `centre`.
    Groups of equal ``error`` share one entry.
    """

    sigma_known: bool
    information: Floats  # (J,) 1 / error of every group, 0 where it is empty
    own_mean: Floats  # (J,) about the centre, 0 where empty
    error: Floats  # (D,) distinct values, ascending
    count: Floats  # (D,) groups that share it
    mean: Floats  # (D,) their average own mean about the centre
    between: Floats  # (D,) sum of squares of their own means about that average
    n_groups: int  # with observations
    n_total: int
    ss: float
    centre: float
    prior_mean: float  # of mu, about the centre
    prior_precision: float  # of mu, 0 when flat
    constant: float

    @classmethod
    def reduce(cls, groups: GroupSummaries, sigma: Floats | None, mu_prior: Normal | Flat) -> Self:
        """Collect the sums; `sigma` is None, or the known sds with shape (J,)."""
        seen = groups.n > 0
        n, mean, ss = groups.n[seen], groups.mean[seen], groups.ss[seen]
        variance = np.ones(n.size) if sigma is None else sigma[seen] ** 2
        information = np.zeros(groups.n_groups)
        information[seen] = n / variance
        error, which = np.unique(variance / n, return_inverse=True)
        count = np.bincount(which).astype(np.float64)
        centre = _average(mean, n / variance)
        own_mean = np.zeros(groups.n_groups)
        own_mean[seen] = mean - centre
        average = np.bincount(which, own_mean[seen]) / count
        between = np.bincount(which, (own_mean[seen] - average[which]) ** 2)
        constant = -0.5 * np.log(n).sum()
        if sigma is not None:
            constant -= 0.5 * ((n - 1) * np.log(2 * np.pi * variance) + ss / variance).sum()
        flat = isinstance(mu_prior, Flat)
        return cls(
            sigma_known=sigma is not None,
            information=information,
            own_mean=own_mean,
            error=error,
            count=count,
            mean=average,
            between=between,
            n_groups=int(n.size),
            n_total=int(n.sum()),
            ss=float(ss.sum()),
            centre=centre,
            prior_mean=0.0 if flat else mu_prior.mean - centre,
            prior_precision=0.0 if flat else mu_prior.sd**-2.0,
            constant=float(constant),
        )

    def given(self, tau: Floats, sigma: Floats) -> Conditional:
        """Integrate theta and mu out at scales of any shapes that broadcast."""
        tau, sigma = np.broadcast_arrays(tau, sigma)
        v = tau[..., np.newaxis] ** 2 + sigma[..., np.newaxis] ** 2 * self.error
        v = np.maximum(v, 1e-290)
        weight = self.count / v
        total = weight.sum(-1)
        average = (weight * self.mean).sum(-1) / total
        spread = (self.between / v + weight * (self.mean - average[..., np.newaxis]) ** 2).sum(-1)
        prior = self.prior_precision
        precision = prior + total
        distance = self.prior_mean - average
        mean = average + prior / precision * distance
        log_likelihood = (
            self.constant
            - 0.5 * (self.count * np.log(2 * np.pi * v)).sum(-1)
            - 0.5 * spread
            - 0.5 * prior * (total / precision) * distance**2
        )
        if prior > 0:
            log_likelihood += 0.5 * np.log(prior / precision)
        else:
            log_likelihood += 0.5 * np.log(2 * np.pi / precision)
        if not self.sigma_known and self.n_total > self.n_groups:
            variance = sigma**2
            log_likelihood -= 0.5 * (self.n_total - self.n_groups) * np.log(2 * np.pi * variance)
            log_likelihood -= 0.5 * self.ss / variance
        return Conditional(log_likelihood, mean, precision)

    def theta(
        self, tau: Floats, sigma: Floats, mean: Floats, precision: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Give weight, mean (about the centre) and sd of every theta_j; groups come first."""
        information, own_mean = (
            a.reshape((-1,) + (1,) * np.ndim(tau)) for a in (self.information, self.own_mean)
        )
        total = tau**2 * information + sigma**2
        keep = np.divide(sigma**2, total, out=np.ones_like(total), where=total > 0)
        weight = 1 - keep
        sd = np.sqrt(tau**2 * keep + keep**2 / precision)
        return weight, weight * own_mean + keep * mean, sd


def _average(values: Floats, weights: Floats) -> float:
    return float(values @ (weights / weights.sum()))
