"""The path of NUTS: a binary tree of leapfrog steps that grows until it turns back."""

from math import exp, log1p
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.kernels.hmc import State
from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, leapfrog, momentum

if TYPE_CHECKING:
    from hbmlib.kernels.nuts import NUTS

__all__: list[str] = []

Floats = NDArray[np.float64]


class Point(NamedTuple):
    """A point of the path, with its velocity and energy."""

    q: Floats
    p: Floats
    v: Floats  # M⁻¹ p
    logp: float
    grad: Floats
    energy: float  # H(q, p) = K(p) - log π(q)


class Tree(NamedTuple):
    """A stretch of the path, and the point drawn from it with weights exp(-H)."""

    start: Point
    end: Point
    p_sum: Floats  # sum of the momenta of its points
    log_weight: float  # log of the sum of exp(-H), relative to the first point
    drawn: Point


class Path:
    """The path through (q, p) in both directions of time, with a count of what it took."""

    def __init__(self, kernel: "NUTS", rng: np.random.Generator, state: State) -> None:
        self.kernel, self.random, self.step_size = kernel, rng.random, kernel.step_size
        self.n_grad, self.accept, self.diverging = 0, 0.0, False
        p = momentum(rng, kernel.inverse_mass, state.q.shape)  # p ~ N(0, M)
        self.first = self.point(state.q, p, state.logp, state.grad)

    def point(self, q: Floats, p: Floats, logp: float, grad: Floats) -> Point:
        v = self.kernel.inverse_mass * p
        return Point(q, p, v, logp, grad, 0.5 * float(v.dot(p)) - float(logp))

    def grow(self, point: Point, depth: int) -> Tree | None:
        """Follow 2^depth points from `point` on; None if they turn back or diverge."""
        if depth == 0:
            return self.leaf(point)
        near = self.grow(point, depth - 1)
        far = self.grow(near.end, depth - 1) if near else None
        tree, turned = self.join(near, far) if far else (None, True)
        return None if turned else tree

    def leaf(self, point: Point) -> Tree | None:
        k = self.kernel
        new = self.point(
            *leapfrog(k.target, point.q, point.p, point.grad, self.step_size, k.inverse_mass)
        )
        error = new.energy - self.first.energy
        self.n_grad += 1
        if not -np.inf < error < MAX_ENERGY_ERROR:  # neither for nan
            self.diverging = True
            return None
        self.accept += exp(min(0.0, -error))  # min(1, π(q', p') / π(q, p))
        return Tree(new, new, new.p, -error, new)

    def join(self, a: Tree, b: Tree, biased: bool = False) -> tuple[Tree, bool]:
        """Make one stretch of two neighbours, and say whether it turns back.

        The draw moves on to `b` with its share of the weight or, biased, with b's weight over
        a's, which leaves the same distribution but moves further.
        """
        high, low = max(a.log_weight, b.log_weight), min(a.log_weight, b.log_weight)
        log_weight = high + log1p(exp(low - high))  # log(exp(a) + exp(b))
        log_share = b.log_weight - (a.log_weight if biased else log_weight)
        drawn = b.drawn if self.random() < exp(min(0.0, log_share)) else a.drawn
        p_sum = a.p_sum + b.p_sum
        turned = turns(p_sum, a.start, b.end) or (
            a.start is not a.end  # with one point each, these checks are the same
            and (
                turns(a.p_sum + b.start.p, a.start, b.start)
                or turns(a.end.p + b.p_sum, a.end, b.end)
            )
        )
        return Tree(a.start, b.end, p_sum, log_weight, drawn), turned


def turns(p_sum: Floats, start: Point, end: Point) -> bool:
    """Whether either end moves against the way from start to end, which is about Σ p."""
    return bool(start.v.dot(p_sum) <= 0 or end.v.dot(p_sum) <= 0)
