"""A source of random numbers that the page's samplers can repeat."""

import math

import numpy as np


class Stream(np.random.Generator):
    """Draw everything that the kernels ask for from the uniforms of MT19937, one by one.

    NumPy's own normals and gammas have no counterpart in the page, so a kernel is given this
    generator instead: the twin of `frontend/engine/samplers/source.js`, by the same rules in the
    same order.
    """

    def __init__(self, seed: int, stream: int = 0) -> None:
        super().__init__(np.random.MT19937([seed, stream] if stream else seed))
        self._spare = None

    def _fill(self, size, draw):
        if size is None or size == ():
            return draw()
        return np.array([draw() for _ in range(math.prod(np.atleast_1d(size)))]).reshape(size)

    def _normal(self):
        if self._spare is not None:
            z, self._spare = self._spare, None
            return z
        radius = math.sqrt(-2 * math.log1p(-self.random()))
        angle = 2 * math.pi * self.random()
        self._spare = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _gamma(self, shape):
        if shape < 1:
            return self._gamma(shape + 1) * self.random() ** (1 / shape)
        d = shape - 1 / 3
        c = 1 / math.sqrt(9 * d)
        while True:
            z = self._normal()
            v = (1 + c * z) ** 3
            if v > 0 and math.log(self.random()) < 0.5 * z * z + d * (1 - v + math.log(v)):
                return d * v

    def standard_normal(self, size=None):
        """Draw by Box and Muller's transform."""
        return self._fill(size, self._normal)

    def standard_exponential(self, size=None):
        """Draw by inversion."""
        return self._fill(size, lambda: -math.log1p(-self.random()))

    def standard_gamma(self, shape, size=None):
        """Draw by Marsaglia and Tsang's method."""
        return self._fill(size, lambda: self._gamma(float(shape)))

    def standard_cauchy(self, size=None):
        """Draw by inversion."""
        return self._fill(size, lambda: math.tan(math.pi * (self.random() - 0.5)))

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Draw a standard normal and move it."""
        return loc + scale * self.standard_normal(size)

    def uniform(self, low=0.0, high=1.0, size=None):
        """Stretch a uniform."""
        return low + (high - low) * self._fill(size, self.random)

    def gamma(self, shape, scale=1.0, size=None):
        """Draw a standard gamma and stretch it."""
        return scale * self.standard_gamma(shape, size)

    def integers(self, low, high=None, size=None, endpoint=False):
        """Stretch a uniform and cut it."""
        width = high - low + bool(endpoint)
        return self._fill(size, lambda: low + math.floor(self.random() * width))

    def choice(self, a, size=None):
        """Pick by a whole number."""
        return [a[self.integers(0, len(a))] for _ in range(size)]
