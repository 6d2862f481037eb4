"""The likelihood of three scales, with all lines and the population's line integrated out.

Given the scales everything is normal. The sums here are over positive terms, about the common
least-squares line, so that nothing cancels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.models import VaryingRegression
from hbmlib.priors import Flat

__all__: list[str] = []

Floats = NDArray[np.float64]

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


class Given(NamedTuple):
    """What is known at given scales: arrays of shape (...), about the common line."""

    log_likelihood: Floats
    mu_alpha: Floats  # posterior mean of the population's intercept
    mu_beta: Floats
    var_alpha: Floats  # posterior covariance of the two
    cov: Floats
    var_beta: Floats


class Lines(NamedTuple):
    """Intercept and slope of every individual given scales, before and after integrating mu.

    With m = (mu_alpha, mu_beta), an intercept has mean ``shift_a + a_a m_alpha + a_b m_beta`` and
    a slope ``shift_b + b_a m_alpha + b_b m_beta``; V is their covariance given m.
    """

    shift_a: Floats  # (..., J), as all below
    shift_b: Floats
    a_a: Floats
    a_b: Floats
    b_a: Floats
    b_b: Floats
    V_aa: Floats
    V_ab: Floats
    V_bb: Floats


@dataclass(frozen=True, eq=False)
class Collapsed:
    """The data about their common least-squares line, and the priors of the means about it."""

    n: Floats  # (J,) as all below
    xx: Floats
    cross: Floats  # Σx
    square: Floats  # Σx²
    alpha: Floats  # least-squares intercepts
    beta: Floats
    pull_a: Floats  # Σy
    pull_b: Floats  # Σxy
    x: Floats  # mean of x
    level: Floats  # mean of y
    rss: float
    n_total: int
    line: Floats  # (2,) the common intercept and slope
    prior_mean: Floats  # (2,) about the common line
    prior_precision: Floats  # (2,) 0 where flat
    constant: float

    @classmethod
    def reduce(cls, model: VaryingRegression) -> "Collapsed":
        """Collect the sums."""
        lines = model.lines
        n, x, xx = lines.n.astype(np.float64), lines.x_mean, lines.xx
        line = _common_line(n, x, lines.y_mean, xx, lines.slope)
        # Where x does not vary, the line through the mean with the common slope stands in.
        beta = np.where(xx > 0, lines.slope - line[1], 0.0)
        level = lines.y_mean - line[0] - line[1] * x
        flat = np.array([isinstance(prior, Flat) for prior in model.mu_prior])
        mean, precision = np.array(
            [(0, 0) if isinstance(p, Flat) else (p.mean, p.sd**-2.0) for p in model.mu_prior]
        ).T
        return cls(
            n=n,
            xx=xx,
            cross=n * x,
            square=n * x**2 + xx,
            alpha=level - beta * x,
            beta=beta,
            pull_a=n * level,
            pull_b=n * x * level + xx * beta,
            x=x,
            level=level,
            rss=float(lines.rss.sum()),
            n_total=lines.n_total,
            line=line,
            prior_mean=np.where(flat, 0.0, mean - line),
            prior_precision=precision,
            constant=float(0.5 * np.log(np.where(flat, 2 * np.pi, precision)).sum()),
        )

    def given(self, tau_a: Floats, tau_b: Floats, sigma: Floats) -> Given:
        r"""Integrate lines and means out at scales of one shape (...).

        With A = X'X / σ² of an individual and T the diagonal of the two variances between
        individuals, its observations have :math:`\log|\Sigma| = 2 n \log σ + \log D` where
        D = det(I + A T), and about the means a quadratic form with matrix (A⁻¹ + T)⁻¹. Both are
        sums of positive terms, without cancellation. The form is taken at the means' posterior
        mode, where rounding has no first-order effect.
        """
        ta, tb, w = (x[..., None] ** 2 for x in (tau_a, tau_b, 1 / sigma))
        det = self.n * self.xx * w**2
        D = 1 + w * (ta * self.n + tb * self.square) + ta * tb * det
        P_aa = ((self.n * w + tb * det) / D).sum(axis=-1)
        P_ab = (self.cross * w / D).sum(axis=-1)
        P_bb = ((self.square * w + ta * det) / D).sum(axis=-1)
        h_a, h_b = (h.sum(axis=-1) for h in self._pulls(ta, tb, w, det, D))

        (at_a, at_b), (S_a, S_b) = self.prior_mean, self.prior_precision
        K_aa, K_bb = P_aa + S_a, P_bb + S_b
        K = K_aa * K_bb - P_ab**2
        h_a, h_b = h_a - P_aa * at_a - P_ab * at_b, h_b - P_ab * at_a - P_bb * at_b
        step_a, step_b = (K_bb * h_a - P_ab * h_b) / K, (K_aa * h_b - P_ab * h_a) / K
        mu_a, mu_b = at_a + step_a, at_b + step_b

        off_a, off_b = self.alpha - mu_a[..., None], self.beta - mu_b[..., None]
        off = self.level - mu_a[..., None] - mu_b[..., None] * self.x
        form = w * (self.n * off**2 + self.xx * off_b**2) + det * (tb * off_a**2 + ta * off_b**2)
        log_likelihood = (
            -0.5 * (np.log(D) + form / D).sum(axis=-1)
            - 0.5 * (self.rss / sigma**2 + S_a * step_a**2 + S_b * step_b**2 + np.log(K))
            - self.n_total * (np.log(sigma) + HALF_LOG_2PI)
            + self.constant
        )
        return Given(log_likelihood, mu_a, mu_b, K_bb / K, -P_ab / K, K_aa / K)

    def lines(self, tau_a: Floats, tau_b: Floats, sigma: Floats) -> Lines:
        """Give every individual's line at scales of one shape (...)."""
        ta, tb, w = (x[..., None] ** 2 for x in (tau_a, tau_b, 1 / sigma))
        det = self.n * self.xx * w**2
        D = 1 + w * (ta * self.n + tb * self.square) + ta * tb * det
        h_a, h_b = self._pulls(ta, tb, w, det, D)
        left, right, cross = 1 + self.square * w * tb, 1 + self.n * w * ta, -self.cross * w
        return Lines(
            shift_a=ta * h_a,
            shift_b=tb * h_b,
            a_a=left / D,
            a_b=cross * ta / D,
            b_a=cross * tb / D,
            b_b=right / D,
            V_aa=ta * left / D,
            V_ab=cross * ta * tb / D,
            V_bb=tb * right / D,
        )

    def _pulls(
        self, ta: Floats, tb: Floats, w: Floats, det: Floats, D: Floats
    ) -> tuple[Floats, Floats]:
        """Give (A⁻¹ + T)⁻¹ times the least-squares line of every individual."""
        h_a = (w * self.pull_a + tb * det * self.alpha) / D
        h_b = (w * self.pull_b + ta * det * self.beta) / D
        return h_a, h_b


def _common_line(n: Floats, x: Floats, y: Floats, xx: Floats, slope: Floats) -> Floats:
    """Fit one least-squares line to all observations; flat where x does not vary."""
    x_mean, y_mean = n @ x / n.sum(), n @ y / n.sum()
    total = xx.sum() + n @ (x - x_mean) ** 2
    b = (xx @ slope + n @ ((x - x_mean) * (y - y_mean))) / total if total > 0 else 0.0
    return np.array([y_mean - b * x_mean, b])
