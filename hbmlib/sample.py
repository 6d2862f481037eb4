"""The driver: the one loop that turns a kernel into draws."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, targets
from hbmlib import warmup as tuning
from hbmlib.draws import Draws
from hbmlib.kernels import Gibbs

__all__ = ["sample"]

CHUNKS = 100  # a run is done in about so many parts; an interruption loses the one under way


class Chunk(NamedTuple):
    """What some steps gave."""

    state: Any
    q: NDArray[np.float64]  # (draw, chain, dim)
    stats: dict[str, NDArray[Any]]  # each of shape (draw, chain)


def sample(
    kernel: Any,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    *,
    seed: int | None = None,
    inits: ArrayLike | None = None,
    target_accept: float | None = None,
    progress: bool = True,
) -> Draws:
    """Warm a kernel up, then draw.

    Warm-up tunes the step size, and the scales of the coordinates, on all chains together. Its
    draws are thrown away. The draws that are kept all come from one kernel that no longer changes.

    Parameters
    ----------
    kernel : Metropolis, Gibbs, HMC or NUTS
        The kernel to start from. It is not changed; the tuned one comes back with the draws.
    draws : int, optional
        Number of draws to keep in each chain.
    warmup : int, optional
        Number of steps before, in each chain; 0 takes the kernel as it is.
    chains : int, optional
        Number of chains.
    seed : int or None, optional
        The same seed gives the same draws. None picks one, kept in ``draws.meta["seed"]``.
    inits : array_like, shape (chains, dim), optional
        Starting points on the unbounded scale. By default they are drawn wider than the target.
    target_accept : float or None, optional
        The rate of acceptance that warm-up aims at, by default the kernel's own. A higher one
        takes smaller steps.
    progress : bool, optional
        Whether to show a progress bar. The environment variable TQDM_DISABLE=1 hides all.

    Returns
    -------
    Draws
        The constrained values, what the kernel recorded at each draw, the tuned kernel, and in
        `meta` the seed, the number of draws asked for, the length and gradients of the warm-up,
        and whether the run was interrupted.

    Raises
    ------
    ValueError
        If a count or shape is wrong, a chain starts where the density is zero, or no step size
        works.
    KeyboardInterrupt
        If interrupted before there were draws. Later, an interruption ends the run and the draws
        made so far are returned.

    References
    ----------
    See `hbmlib.warmup` for the tuning.

    Examples
    --------
    >>> from hbmlib.kernels import NUTS
    >>> target = targets.Gaussian([0, 3], [[1, 0.5], [0.5, 4]])
    >>> draws = sample(NUTS(target), draws=500, warmup=200, seed=1, progress=False)
    >>> draws["x"].shape
    (4, 500, 2)
    >>> draws["x"].mean(axis=(0, 1)).round(1) + 0
    array([0., 3.])
    """
    draws, warmup, chains, seed, target_accept = _checked(
        kernel, draws, warmup, chains, seed, target_accept
    )
    target = kernel.model if isinstance(kernel, Gibbs) else kernel.target
    starts, rng = (np.random.default_rng(x) for x in np.random.SeedSequence(seed).spawn(2))
    state = kernel.init(_starts(target, starts, chains, inits))
    values = np.empty((chains, draws, len(kernel.names)))
    stats: dict[str, NDArray[Any]] = {}
    done, interrupted = 0, False
    with _bar(warmup + draws, progress) as bar:
        kernel, state, n_grad = _warm_up(kernel, rng, state, warmup, target_accept, bar)
        try:
            for chunk in _chunks(kernel, rng, state, draws, bar):
                now = slice(done, done + len(chunk.q))
                values[:, now] = np.moveaxis(kernel.constrain(chunk.q), 0, 1)
                for name, x in chunk.stats.items():
                    stats.setdefault(name, np.empty((chains, draws), x.dtype))[:, now] = x.T
                done = now.stop
        except KeyboardInterrupt:
            if not done:
                raise
            interrupted = True
    meta = {"seed": seed, "asked": draws, "warmup": warmup, "n_grad_warmup": n_grad}
    return Draws(
        values=values[:, :done],
        names=kernel.names,
        stats={name: x[:, :done] for name, x in stats.items()},
        kernel=kernel,
        meta={**meta, "interrupted": interrupted},
    )


def _checked(
    kernel: Any, draws: Any, warmup: Any, chains: Any, seed: Any, target_accept: Any
) -> tuple[int, int, int, int, float | None]:
    if isinstance(kernel, type) or not hasattr(kernel, "step"):
        raise ValueError(
            f"`kernel` must be a kernel such as NUTS(target); got {kernel!r}. "
            "Put the target into a kernel first."
        )
    if seed is None:
        seed = np.random.SeedSequence().generate_state(1)[0]
    if target_accept is not None:
        advice = "Give a rate between 0 and 1, such as 0.9."
        target_accept = float(checks.probability("target_accept", target_accept, (), advice))
        if target_accept in (0, 1):
            raise ValueError(
                f"`target_accept` must be inside 0 and 1; got {target_accept:g}. {advice}"
            )
    return (
        int(checks.whole("draws", draws, 1, shape=(), advice="Ask for at least one draw.")),
        int(checks.whole("warmup", warmup, shape=(), advice="0 means no warm-up.")),
        int(checks.whole("chains", chains, 1, shape=(), advice="Four is usual.")),
        int(checks.whole("seed", seed, shape=(), advice="Give a whole number, or None.")),
        target_accept,
    )


def _starts(
    target: Any, rng: np.random.Generator, chains: int, inits: ArrayLike | None
) -> NDArray[np.float64]:
    if inits is None:
        return targets.initial_points(target, rng, chains)
    advice = "Give one row for each chain, on the unbounded scale, or leave `inits` out."
    return checks.finite("inits", inits, shape=(chains, target.dim), advice=advice)


def _warm_up(
    kernel: Any,
    rng: np.random.Generator,
    state: Any,
    warmup: int,
    target_accept: float | None,
    bar: Any,
) -> tuple[Any, Any, int]:
    """Run the windows of a warm-up; each ends in a new kernel."""
    n_grad, windows = 0, tuning.windows(warmup)
    if any(window.scales for window in windows):
        kernel = tuning.guessed(kernel, state)
    for window in windows:
        tuner = tuning.tuner(kernel, target_accept, window.first)
        moments = tuning.Moments()
        for chunk in _chunks(kernel, rng, state, window.length, bar, tuner):
            state = chunk.state
            moments.add(chunk.q)
            n_grad += int(chunk.stats.get("n_grad", np.zeros(1)).sum())
        kernel = tuning.tuned(kernel, tuner, moments if window.scales else None)
    return kernel, state, n_grad


def _chunks(
    kernel: Any,
    rng: np.random.Generator,
    state: Any,
    steps: int,
    bar: Any,
    tuner: tuning.DualAveraging | None = None,
) -> Iterator[Chunk]:
    """Take so many steps, a part at a time; a tuner makes it warm-up."""
    size = -(-bar.total // CHUNKS)
    for begin in range(0, steps, size):
        length = min(size, steps - begin)
        chunk = _advance(kernel, rng, state, length, tuner)
        state = chunk.state
        yield chunk
        bar.update(length)


def _advance(
    kernel: Any,
    rng: np.random.Generator,
    state: Any,
    length: int,
    tuner: tuning.DualAveraging | None,
) -> Chunk:
    """Take some steps: the only loop over them."""
    points, infos = [], []
    with np.errstate(all="ignore"):  # a step that goes astray is data, not a warning
        for _ in range(length):
            state, info = tuning.trial(kernel, tuner).step(rng, state)
            tuning.observe(tuner, info)
            points.append(state.q)
            infos.append(info)
    q, stats = np.stack(points), {}
    for name, column in zip(infos[0]._fields, zip(*infos, strict=True), strict=True):
        x = np.array(column)
        if x.ndim <= 2:  # one number for each chain, or one for all
            stats[name] = np.broadcast_to(x.reshape(length, -1), q.shape[:2])
    return Chunk(state, q, stats)


def _bar(steps: int, progress: bool) -> Any:
    from tqdm.auto import tqdm  # slow to import

    hidden = {} if progress else {"disable": True}
    return tqdm(total=steps, unit="step", desc="sampling", **hidden)
