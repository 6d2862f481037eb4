"""The path of NUTS: a binary tree of leapfrog steps that grows until it turns back.

A path is written for one chain. It yields the point from which it wants to take a step and is
sent the point where the step arrived, so that the paths of many chains can take steps together.
"""

from collections.abc import Callable, Generator
from math import exp, inf, log1p
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR

__all__: list[str] = []

Floats = NDArray[np.float64]


class Point(NamedTuple):
    """A point of the path, with its velocity and energy."""

    q: Floats
    p: Floats
    logp: float
    grad: Floats
    v: Floats  # M⁻¹ p
    energy: float  # H(q, p) = K(p) - log π(q)


class Tree(NamedTuple):
    """A stretch of the path, and the point drawn from it with weights exp(-H)."""

    start: Point
    end: Point
    p_sum: Floats  # sum of the momenta of its points
    log_weight: float  # log of the sum of exp(-H), relative to the first point
    drawn: Point


Steps = Generator[tuple[Point, int], Point, Tree | None]


class Path:
    """The path through (q, p) in both directions of time, with a count of what it took."""

    def __init__(self, first: Point, random: Callable[[], float]) -> None:
        self.first, self.random = first, random
        self.direction, self.depth, self.n_grad = 1, 0, 0
        self.accept, self.diverging = 0.0, False

    def walk(self, max_depth: int) -> Steps:
        """Double the path until it turns back; the tree holds the point drawn from it."""
        first = self.first
        tree, turned = Tree(first, first, first.p, 0.0, first), False
        while self.depth < max_depth and not turned:
            if self.random() < 0.5:  # go on from the other end, the other way in time
                tree = tree._replace(start=tree.end, end=tree.start)
                self.direction = -self.direction
            more = yield from self.grow(tree.end, self.depth)
            self.depth += 1
            if more is None:
                break
            tree, turned = self.join(tree, more, biased=True)
        return tree

    def grow(self, point: Point, depth: int) -> Steps:
        """Follow 2^depth points from `point` on; None if they turn back or diverge."""
        if depth == 0:
            return self.leaf((yield point, self.direction))
        near = yield from self.grow(point, depth - 1)
        far = (yield from self.grow(near.end, depth - 1)) if near else None
        tree, turned = self.join(near, far) if far else (None, True)
        return None if turned else tree

    def leaf(self, new: Point) -> Tree | None:
        error = new.energy - self.first.energy
        self.n_grad += 1
        if not -inf < error < MAX_ENERGY_ERROR:  # neither for nan
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
        turned = turns(p_sum, a.start, b.end)
        if a.start is not a.end:  # with one point each, these checks are the same
            turned = turned or turns(a.p_sum + b.start.p, a.start, b.start)
            turned = turned or turns(a.end.p + b.p_sum, a.end, b.end)
        return Tree(a.start, b.end, p_sum, log_weight, drawn), turned


def turns(p_sum: Floats, start: Point, end: Point) -> bool:
    """Whether either end moves against the way from start to end, which is about Σ p."""
    return bool(start.v.dot(p_sum) <= 0 or end.v.dot(p_sum) <= 0)
