"""Warm-up: find a kernel's step size and scales while its draws are still thrown away.

Nothing here runs a chain. The driver takes the `windows`, updates a `DualAveraging` after each
step, collects `Moments` within a window, and at its end asks for a new kernel. A kernel never
changes, so draws after warm-up cannot adapt.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.kernels import Gibbs, Metropolis

__all__ = [
    "DualAveraging",
    "Moments",
    "Window",
    "guessed",
    "observe",
    "trial",
    "tuned",
    "tuner",
    "windows",
]

Floats = NDArray[np.float64]

# Hoffman and Gelman's constants: weight of the start, of early steps, and of late ones.
GAMMA, T0, KAPPA = 0.05, 10.0, 0.75
SMALLEST = 1e-100  # of step sizes
FEWEST, FIRST, BASE = 20, 75, 25  # Stan's lengths of windows


class Window(NamedTuple):
    """A stretch of warm-up."""

    length: int
    first: bool  # chains still come from afar
    scales: bool  # the draws' variances set the scales at its end


class DualAveraging:
    """Move a step size until a rate of acceptance is met.

    Parameters
    ----------
    step_size : float or ndarray
        Where to begin. Each element of an array is tuned by itself.
    target : float or ndarray
        The rate of acceptance δ to meet.
    pool : function, optional
        Makes one rate of those of several chains.

    Attributes
    ----------
    step_size : float or ndarray
        The size to try next.
    averaged : float or ndarray
        The size to keep: a mean on the log scale in which late sizes count more.

    References
    ----------
    Hoffman and Gelman (2014), "The No-U-Turn Sampler", Journal of Machine Learning Research 15,
    section 3.2: the symbols and constants are theirs.

    Examples
    --------
    >>> tuner = DualAveraging(1.0, target=0.8)
    >>> for _ in range(1000):  # the rate falls with the size, and is 0.8 at 0.25
    ...     tuner.update(1 / (1 + tuner.step_size))
    >>> round(float(tuner.averaged), 2)
    0.25
    """

    def __init__(
        self,
        step_size: float | Floats,
        target: float | Floats,
        pool: Callable[..., Any] = np.mean,
    ) -> None:
        self.step_size = self.averaged = step_size
        self.target, self.pool = target, pool
        self._mu = np.log(10 * step_size)
        self._error = self._log_averaged = 0.0 * self._mu
        self._count = 0

    def update(self, accept: float | Floats) -> None:
        """Take in the rate of acceptance α that the last step size met."""
        self._count = t = self._count + 1
        weight = 1 / (t + T0)
        self._error = (1 - weight) * self._error + weight * (self.target - accept)  # H̄
        log_size = self._mu - np.sqrt(t) / GAMMA * self._error  # log ε = μ - √t/γ H̄
        forget = t**-KAPPA
        self._log_averaged = forget * log_size + (1 - forget) * self._log_averaged  # log ε̄
        self.step_size, self.averaged = np.exp(log_size), np.exp(self._log_averaged)


class Moments:
    """Count, mean and variance of points that come in batches; no point is kept.

    References
    ----------
    Chan, Golub and LeVeque (1979), "Updating formulae and a pairwise algorithm for computing
    sample variances", Stanford University, STAN-CS-79-773.

    Examples
    --------
    >>> moments = Moments()
    >>> moments.add(np.array([[1.0], [2.0]]))
    >>> moments.add(np.array([[6.0]]))
    >>> moments.variance()
    array([7.])
    """

    def __init__(self) -> None:
        self.count, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, q: Floats) -> None:
        """Take in points of shape (..., dim)."""
        q = q.reshape(-1, q.shape[-1])
        mean = q.mean(axis=0)
        total, away = self.count + len(q), mean - self.mean
        self._squares += ((q - mean) ** 2).sum(axis=0) + away**2 * self.count * len(q) / total
        self.mean = self.mean + away * len(q) / total
        self.count = total

    def variance(self) -> Floats:
        """Return the sample variance, shape (dim,)."""
        return self._squares / (self.count - 1)

    def regularised_variance(self, previous: Floats) -> Floats:
        """Return the variance, drawn towards an earlier one as if that came from five points.

        The mean of the two is taken on the log scale, so that units do not matter. Where no point
        moved, the earlier one stays.
        """
        n, variance = self.count, self.variance()
        ratio = np.where(variance > 0, variance, previous) / previous
        return previous * ratio ** (n / (n + 5))


def windows(warmup: int) -> list[Window]:
    """Divide a warm-up: reach the target, learn its variances, settle the step size.

    Parameters
    ----------
    warmup : int
        Number of steps in all.

    Returns
    -------
    list of Window
        The first and last window tune the step size alone. Between them each window is twice as
        long as the one before, and sets the scales at its end.

    References
    ----------
    Stan Development Team, Stan Reference Manual, "Automatic parameter tuning". Its last window
    has 50 steps; here it is a fifth of all, or the step size ends too small.

    Examples
    --------
    >>> [window.length for window in windows(1000)]
    [75, 25, 50, 100, 550, 200]
    """
    if warmup < FEWEST:
        return [Window(warmup, True, False)] if warmup else []
    first, last, length = min(FIRST, int(0.15 * warmup)), int(0.2 * warmup), BASE
    left, middle = warmup - first - last, []
    while left:
        length = left if left < 3 * length else length  # the next would not fit
        middle.append(Window(length, False, True))
        left, length = left - length, 2 * length
    return [Window(first, True, False), *middle, Window(last, False, False)]


def guessed(kernel: Any, state: Any) -> Any:
    """Make the kernel to begin with: guess variances from the gradients at the starts.

    The gradient of a normal log density falls by Δq/variance along a coordinate, so that the
    spread of the starts over that of their gradients is about the variance. A start is wider than
    the target, so that its squared spread bounds the variance. Spreads are between quartiles,
    which a single chain in a remote and steep place does not change.

    Parameters
    ----------
    kernel : kernel
        The kernel given.
    state : State
        Where its chains start.

    Returns
    -------
    kernel
        A new kernel, or the one given if it uses no gradients. A coordinate in which the starts
        do not differ, as in a single chain, keeps its variance.

    References
    ----------
    Seyboldt, Carlson and Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by
    minimizing Fisher divergence", for scales from the spreads of draws and gradients.

    Examples
    --------
    >>> from hbmlib.kernels import NUTS
    >>> from hbmlib.targets import Gaussian
    >>> kernel = NUTS(Gaussian([0, 0], [[1, 0], [0, 1e4]]))
    >>> guessed(kernel, kernel.init([[2, -300], [-1, 500]])).inverse_mass
    array([1.e+00, 1.e+04])
    """
    if not hasattr(kernel, "inverse_mass"):
        return kernel
    q, grad = (np.subtract(*np.quantile(x, [0.75, 0.25], axis=0)) for x in (state.q, state.grad))
    with np.errstate(all="ignore"):
        guess = np.minimum(q / grad, q**2)
    known = np.isfinite(guess) & (guess > 0)
    return replace(kernel, inverse_mass=np.where(known, guess, kernel.inverse_mass))


def tuner(
    kernel: Any, target_accept: float | None = None, first: bool = False
) -> DualAveraging | None:
    """Make a tuner that starts from a kernel's present step size.

    Parameters
    ----------
    kernel : kernel
        The kernel to tune.
    target_accept : float or None, optional
        The rate of acceptance to meet; None takes the kernel's own.
    first : bool, optional
        Whether this is the first window. There a step of HMC must suit the worst of the chains: a
        chain that comes from afar would never move, and many others would hide it in the mean.

    Returns
    -------
    DualAveraging or None
        The tuner; None for a Gibbs kernel, which has nothing to tune.

    Examples
    --------
    >>> from hbmlib.targets import Funnel
    >>> tuner(Metropolis(Funnel(2))).target.round(3)
    array([0.337, 0.337])
    """
    if isinstance(kernel, Gibbs):
        return None
    target = kernel.target_accept if target_accept is None else target_accept
    worst = first and not isinstance(kernel, Metropolis)  # which moves from afar at any scale
    return DualAveraging(getattr(kernel, _size(kernel)), target, np.min if worst else np.mean)


def trial(kernel: Any, tuner: DualAveraging | None) -> Any:
    """Make the kernel for the next step of warm-up.

    Parameters
    ----------
    kernel : kernel
        The kernel as it was at the start of the window.
    tuner : DualAveraging or None
        Its tuner.

    Returns
    -------
    kernel
        A copy with the size to try. Its other parts were checked before.

    Examples
    --------
    >>> from hbmlib.kernels import NUTS
    >>> from hbmlib.targets import Funnel
    >>> kernel = NUTS(Funnel(2), step_size=0.5)
    >>> trial(kernel, DualAveraging(0.2, target=0.8)).step_size, kernel.step_size
    (0.2, 0.5)
    """
    if tuner is None:
        return kernel
    new = object.__new__(type(kernel))
    new.__dict__.update(kernel.__dict__, **{_size(kernel): tuner.step_size})
    return new


def observe(tuner: DualAveraging | None, info: Any) -> None:
    """Let a tuner know how often a step was accepted.

    Parameters
    ----------
    tuner : DualAveraging or None
        The tuner.
    info : Info
        What the kernel's step returned.

    Examples
    --------
    >>> observe(None, "Gibbs has nothing to tune")
    """
    if tuner is not None:
        each = getattr(info, "accept_each", info.accept)  # (chain, dim) or (chain,)
        tuner.update(tuner.pool(each, axis=0))


def tuned(kernel: Any, tuner: DualAveraging | None, moments: Moments | None = None) -> Any:
    """Make the kernel that a window of warm-up leads to.

    Parameters
    ----------
    kernel : kernel
        The kernel as it was at the start of the window.
    tuner : DualAveraging or None
        Its tuner, with the size it settled on.
    moments : Moments or None, optional
        The moments of the window's points, when their variances are to set the scales.

    Returns
    -------
    kernel
        A new kernel, checked as any other.

    Raises
    ------
    ValueError
        If hardly any proposal was accepted at any size.

    References
    ----------
    Gelman, Roberts and Gilks (1996), "Efficient Metropolis jumping rules", Bayesian Statistics 5,
    for proposals of 2.38/√d times the target's sd in d dimensions.

    Examples
    --------
    >>> from hbmlib.kernels import NUTS
    >>> from hbmlib.targets import Funnel
    >>> tuned(NUTS(Funnel(2)), DualAveraging(0.2, target=0.8)).step_size
    0.2
    """
    if tuner is None:
        return kernel
    if not np.all(tuner.averaged > SMALLEST):
        raise ValueError(
            "Warm-up must find a step that is accepted now and then; got none. Compare the "
            "target's gradient with its density by `checks.gradient_error`."
        )
    new = replace(kernel, **{_size(kernel): tuner.averaged})
    if moments is None:
        return new
    if not isinstance(kernel, Metropolis):
        return replace(new, inverse_mass=moments.regularised_variance(kernel.inverse_mass))
    scale = np.sqrt(moments.regularised_variance(kernel.scale**2))
    for block in kernel.blocks:
        scale[block] *= 2.38 / np.sqrt(block.shape[1])
    return replace(new, scale=scale)


def _size(kernel: Any) -> str:
    return "scale" if isinstance(kernel, Metropolis) else "step_size"
