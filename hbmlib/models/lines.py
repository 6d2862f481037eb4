"""Regression data reduced to what each individual's straight line needs."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, pooling

__all__ = ["LineSummaries", "summarise_lines"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LineSummaries:
    """The sufficient statistics of a normal regression with a line for each individual.

    With residual sum of squares `rss`, any line alpha + beta x leaves for individual i

    ``rss_i + n_i (y_mean_i - alpha - beta x_mean_i)² + xx_i (slope_i - beta)²``.

    Made by `summarise_lines`.

    Attributes
    ----------
    labels : tuple of hashable, length J
        Names of the individuals.
    n : ndarray of int, shape (J,)
        Observations of each, at least 1.
    x_mean, y_mean : ndarray, shape (J,)
        Means.
    xx : ndarray, shape (J,)
        Sums of squares of x about its mean; exactly 0 where x does not vary.
    slope : ndarray, shape (J,)
        Least-squares slopes; 0 where x does not vary, which leaves the slope open.
    rss : ndarray, shape (J,)
        Sums of squares about the least-squares lines.

    Examples
    --------
    >>> lines = summarise_lines([0, 1, 2, 5, 5], [1, 3, 5, 2, 4], list("aaabb"))
    >>> lines.slope, lines.rss, lines.without_slope
    (array([2., 0.]), array([0., 2.]), ('b',))
    """

    labels: tuple[Hashable, ...]
    n: NDArray[np.int64]
    x_mean: Floats
    y_mean: Floats
    xx: Floats
    slope: Floats
    rss: Floats

    @property
    def n_groups(self) -> int:
        """The number of individuals J."""
        return len(self.labels)

    @property
    def n_total(self) -> int:
        """The number of observations of all individuals."""
        return int(self.n.sum())

    @property
    def without_slope(self) -> tuple[Hashable, ...]:
        """Individuals whose x does not vary: their data alone cannot tell a slope."""
        return tuple(label for label, xx in zip(self.labels, self.xx, strict=True) if xx == 0)

    @property
    def freedom(self) -> int:
        """Observations less the coefficients that they determine: intercepts and slopes."""
        return self.n_total - self.n_groups - int((self.xx > 0).sum())

    def misfit(self, alpha: Floats, beta: Floats) -> tuple[Floats, Floats, Floats]:
        """Compare lines with the data.

        Parameters
        ----------
        alpha, beta : ndarray, shape (..., J)
            Intercepts and slopes.

        Returns
        -------
        tuple of ndarray
            The sum of squares about the lines, (...), and minus half its derivatives in alpha
            and in beta, (..., J).
        """
        error = self.y_mean - alpha - beta * self.x_mean
        pull, steepness = self.n * error, self.slope - beta
        turn = self.xx * steepness
        ss = self.rss.sum(axis=-1) + np.vecdot(pull, error) + np.vecdot(turn, steepness)
        return ss, pull, pull * self.x_mean + turn

    def misfit_each(self, alpha: Floats, beta: Floats, i: NDArray[np.int64]) -> Floats:
        """Compare the lines of individuals i, (sites,), with their own data: (..., sites)."""
        error = self.y_mean[..., i] - alpha - beta * self.x_mean[i]
        return self.n[i] * error**2 + self.xx[i] * (self.slope[..., i] - beta) ** 2

    def alpha_given(self, beta: Floats) -> tuple[Floats, Floats]:
        """Estimate the intercepts given the slopes: values (..., J), and weights (J,)."""
        return self.y_mean - beta * self.x_mean, self.n.astype(np.float64)

    def beta_given(self, alpha: Floats) -> tuple[Floats, Floats]:
        """Estimate the slopes given the intercepts: values (..., J), and weights (J,).

        A weight is the individual's sum of x², the slope's precision in units of 1/sigma².
        """
        weight = self.n * self.x_mean**2 + self.xx
        total = self.n * self.x_mean * (self.y_mean - alpha) + self.xx * self.slope
        return np.divide(total, weight, out=np.zeros_like(total), where=weight > 0), weight

    def noise(self) -> float:
        """Return a rough sd about the lines, positive whatever the data."""
        if self.freedom > 0 and self.rss.any():
            return float(np.sqrt(self.rss.sum() / self.freedom))
        return float(self.y_mean.std()) or 1.0

    def rough(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return rough intercepts, slopes and their sds, each (J,), to start chains from.

        Slopes lean a little towards the common one, so that no individual's is extreme.
        """
        lean = 0.2 * self.xx.mean() or 1.0
        common = self.xx @ self.slope / (self.xx.sum() or 1.0)
        slope = (self.xx * self.slope + lean * common) / (self.xx + lean)
        slope_sd = self.noise() / np.sqrt(self.xx + lean)
        level_sd = self.noise() / np.sqrt(self.n)
        return self.y_mean - slope * self.x_mean, slope, level_sd, slope_sd


def summarise_lines(
    x: ArrayLike,
    y: ArrayLike,
    group: Sequence[Hashable] | None = None,
    labels: Sequence[Hashable] | None = None,
) -> LineSummaries:
    """Reduce observations of x and y to the sufficient statistics of each individual's line.

    Parameters
    ----------
    x, y : array_like, shape (J, n) or (N,)
        Predictor and outcome: one row for each individual, or flat with `group`.
    group : sequence of hashable, length N, optional
        The individual of each flat observation.
    labels : sequence of hashable, optional
        The individuals in the order wanted; by default those in `group`, sorted, or 0 to J - 1.

    Returns
    -------
    LineSummaries
        One entry for each individual. `without_slope` names those whose x does not vary.

    Raises
    ------
    ValueError
        If the shapes differ or do not fit `group`, a number is not finite, or an individual has
        no observation.

    Examples
    --------
    >>> summarise_lines([[0, 1, 2], [4, 4, 4]], [[1, 3, 5], [2, 4, 3]]).without_slope
    (1,)
    """
    shape: Any = ("J", "n") if group is None else ("N",)
    advice = "Give rows of individuals, or flat arrays and `group`."
    x = checks.finite("x", x, shape=shape, advice=advice)
    y = checks.finite("y", y, shape=x.shape, advice="`x` and `y` need the same shape.")
    if group is None:
        names = range(len(x)) if labels is None else labels
        checks.same_length(labels=names, x=x)
        group = [name for name in names for _ in range(x.shape[1])]
        labels = names
    by_x = pooling.summarise(x.ravel(), group, labels)
    by_y = pooling.summarise(y.ravel(), group, labels)
    if (by_x.n == 0).any():
        empty = by_x.labels[int(np.argmin(by_x.n))]
        raise ValueError(
            f"`labels` must name only individuals with observations; got {empty!r} with none. "
            "Drop it: a line without data is drawn from the population."
        )
    which = {label: i for i, label in enumerate(by_x.labels)}
    i = np.array([which[label] for label in group])
    J = len(which)
    low, high = np.full(J, np.inf), np.full(J, -np.inf)
    np.minimum.at(low, i, x.ravel())
    np.maximum.at(high, i, x.ravel())
    dx, dy = x.ravel() - by_x.mean[i], y.ravel() - by_y.mean[i]
    xx = np.where(low < high, np.bincount(i, dx**2, J), 0.0)
    slope = np.divide(np.bincount(i, dx * dy, J), xx, out=np.zeros(J), where=xx > 0)
    rss = np.bincount(i, (dy - slope[i] * dx) ** 2, J)
    rss[by_x.n <= 1 + (xx > 0)] = 0.0  # as many coefficients as observations: an exact fit
    return LineSummaries(by_x.labels, by_x.n, by_x.mean, by_y.mean, xx, slope, rss)


def checked_lines(lines: Any) -> LineSummaries:
    """Return the data of a regression, or refuse anything else."""
    if not isinstance(lines, LineSummaries):
        raise ValueError(
            f"`lines` must be LineSummaries; got {type(lines).__name__}. "
            "Make them with models.summarise_lines(x, y)."
        )
    return lines
