"""Watch one step of NUTS: the points it reaches, the stretches it checks, the point it draws."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.kernels import NUTS
from hbmlib.kernels.tree import Path, Point, Tree

__all__ = ["Stretch", "Trajectory", "record"]

Floats = NDArray[np.float64]


class Stretch(NamedTuple):
    """Neighbouring points that were joined and checked for turning back.

    Attributes
    ----------
    first, last : int
        The times of its ends, in steps from the start; ``first < last``.
    margins : tuple of float
        For each check the smaller product of an end's velocity and the sum of the momenta: of
        the whole stretch, then, if it has more than two points, of either half with the next
        point of the other. The stretch turns back unless all are positive.
    doubling : bool
        Whether it is the whole path so far, and not a part of the new half.
    """

    first: int
    last: int
    margins: tuple[float, ...]
    doubling: bool

    @property
    def turned(self) -> bool:
        """Whether the stretch turns back."""
        return not min(self.margins) > 0


class Trajectory(NamedTuple):
    """What one step of NUTS did.

    Attributes
    ----------
    q, p : ndarray, shape (n, dim)
        Positions and momenta in the order in which they were reached, the start first.
    times : ndarray of int, shape (n,)
        Where each stands on the path, in steps from the start.
    energy : ndarray, shape (n,)
        H at each point.
    doubling : ndarray of int, shape (n,)
        The doubling that reached each point; 0 for the start.
    stretches : tuple of Stretch
        What was checked, in order.
    drawn : int
        The index of the point that the step moves to.
    depth : int
        The number of doublings, the one thrown away included.
    thrown_away : bool
        Whether the last doubling was thrown away: a part of it turned back or diverged.
    diverging : bool
        Whether a point lost too much energy.
    """

    q: Floats
    p: Floats
    times: NDArray[np.int64]
    energy: Floats
    doubling: NDArray[np.int64]
    stretches: tuple[Stretch, ...]
    drawn: int
    depth: int
    thrown_away: bool
    diverging: bool


class _Recorder(Path):
    """A path that remembers where it was and what was checked. It changes nothing."""

    def __init__(self, first: Point, step: Floats, random: Callable[[], float]) -> None:
        super().__init__(first, step, random)
        self.points, self.doublings = [first], [0]
        self.times = {id(first): 0}  # the points stay alive, so that ids do
        self.stretches: list[Stretch] = []

    def leaf(self, new: Point) -> Tree | None:
        known = self.times.values()
        time = max(known) + 1 if self.step[0] > 0 else min(known) - 1
        self.points.append(new)
        self.doublings.append(self.depth + 1)
        self.times[id(new)] = time
        return super().leaf(new)

    def join(self, a: Tree, b: Tree, biased: bool = False) -> tuple[Tree, bool]:
        tree, turned = super().join(a, b, biased)
        checked = [(tree.p_sum, a.start, b.end)]
        if a.start is not a.end:
            checked += [(a.p_sum + b.start.p, a.start, b.start), (a.end.p + b.p_sum, a.end, b.end)]
        margins = (min(s.v @ p_sum, e.v @ p_sum) for p_sum, s, e in checked)
        ends = sorted(self.times[id(point)] for point in (a.start, b.end))
        self.stretches.append(Stretch(*ends, tuple(map(float, margins)), biased))
        return tree, turned


def record(kernel: NUTS, q: ArrayLike, p: ArrayLike, rng: np.random.Generator) -> Trajectory:
    """Take one step of NUTS from a given place with a given push, and write everything down.

    Parameters
    ----------
    kernel : NUTS
        The kernel whose step it is.
    q, p : array_like, shape (dim,)
        Position and momentum at the start.
    rng : numpy.random.Generator
        Decides on directions and draws.

    Returns
    -------
    Trajectory
        Points, checks and the point drawn.

    Raises
    ------
    ValueError
        If `q` or `p` is not finite, or does not have the target's dimension.

    References
    ----------
    Hoffman and Gelman (2014), "The No-U-Turn Sampler", Journal of Machine Learning Research 15.

    Examples
    --------
    >>> from hbmlib.targets import Gaussian
    >>> kernel = NUTS(Gaussian([0], [[1]]), step_size=0.5)
    >>> path = record(kernel, [0.0], [1.0], np.random.default_rng(1))
    >>> path.times.tolist()
    [0, 1, -1, -2, 2, 3, 4, 5]
    >>> [(s.first, s.last) for s in path.stretches if s.turned]
    [(2, 5)]
    """
    shape = (kernel.target.dim,)
    q = checks.finite("q", q, shape=shape)
    p = checks.finite("p", p, shape=shape)
    state: Any = kernel.init(q)
    (first,) = kernel.points(state.q, p[np.newaxis], state.logp, state.grad)
    path = _Recorder(first, np.full(shape, kernel.step_size), rng.random)
    kernel.follow([path])
    times = np.array([path.times[id(point)] for point in path.points])
    return Trajectory(
        q=np.array([point.q for point in path.points]),
        p=np.array([point.p for point in path.points]),
        times=times,
        energy=np.array([point.energy for point in path.points]),
        doubling=np.array(path.doublings),
        stretches=tuple(path.stretches),
        drawn=[id(point) for point in path.points].index(id(path.drawn)),
        depth=path.depth,
        thrown_away=path.depth > sum(stretch.doubling for stretch in path.stretches),
        diverging=path.diverging,
    )
