"""The path of NUTS: a binary tree of leapfrog steps that grows until it turns back.

A path is written for one chain. It yields the point from which it wants to take a step and is
sent the point where the step arrived, so that the paths of many chains can take steps together.
When it needs no more it yields None.
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
    """A stretch of the path, and the point drawn from it with weights exp(-H).

    Where a stretch joins the path, the draw moves on to it with the ratio of the weights, not
    with its share of their sum: the target stays the same, and draws come from further away.
    """

    start: Point
    end: Point
    p_sum: Floats  # sum of the momenta of its points
    log_weight: float  # log of the sum of exp(-H), relative to the first point
    drawn: Point


Steps = Generator[Point | None, Point, Tree | None]


class Path:
    """The path through (q, p) in both directions of time, with a count of what it took."""

    def __init__(self, first: Point, step: Floats, random: Callable[[], float]) -> None:
        self.first, self.step, self.random = first, step, random
        self.depth, self.n_grad, self.accept, self.diverging = 0, 0, 0.0, False

    def walk(self, max_depth: int) -> Steps:
        """Double the path until it turns back; the tree then holds the point drawn from it."""
        first, turned = self.first, False
        tree = Tree(first, first, first.p, 0.0, first)
        while self.depth < max_depth and not turned:
            if self.random() < 0.5:  # go on from the other end, the other way in time
                tree, self.step = Tree(tree.end, tree.start, *tree[2:]), -self.step
            more = yield from self.grow(tree.end, 2**self.depth)
            self.depth += 1
            if more is None:
                break
            tree, turned = self.join(tree, more, biased=True)
        self.drawn = tree.drawn
        yield None

    def grow(self, point: Point, size: int) -> Steps:
        """Follow so many points from `point` on; None if they turn back or diverge."""
        waiting = []
        for count in range(1, size + 1):
            point = yield point
            tree, twos = self.leaf(point), count
            while tree and twos % 2 == 0:  # two stretches of equal length become one
                tree, turned = self.join(waiting.pop(), tree)
                tree, twos = None if turned else tree, twos // 2
            if tree is None:
                return None
            waiting.append(tree)
        return tree

    def leaf(self, new: Point) -> Tree | None:
        error = new.energy - self.first.energy
        self.n_grad += 1
        if not -inf < error < MAX_ENERGY_ERROR:  # neither for nan
            self.diverging = True
            return None
        self.accept += exp(min(0.0, -error))  # min(1, π(q', p') / π(q, p))
        return Tree(new, new, new.p, -error, new)

    def join(self, a: Tree, b: Tree, biased: bool = False) -> tuple[Tree, bool]:
        """Make one stretch of two neighbours, and say whether it turns back."""
        ahead = b.log_weight - a.log_weight
        log_weight = (b if ahead > 0 else a).log_weight + log1p(exp(-abs(ahead)))  # of the sum
        log_share = ahead if biased else b.log_weight - log_weight  # biased draws move further
        moved = log_share >= 0 or self.random() < exp(log_share)
        p_sum = a.p_sum + b.p_sum
        turned = turns(p_sum, a.start, b.end)
        if a.start is not a.end:  # with one point each, these checks are the same
            turned = turned or turns(a.p_sum + b.start.p, a.start, b.start)
            turned = turned or turns(a.end.p + b.p_sum, a.end, b.end)
        return Tree(a.start, b.end, p_sum, log_weight, (b if moved else a).drawn), turned


def turns(p_sum: Floats, start: Point, end: Point) -> bool:
    """Whether either end moves against the way from start to end, which is about Σ p."""
    return bool(start.v.dot(p_sum) <= 0 or end.v.dot(p_sum) <= 0)
