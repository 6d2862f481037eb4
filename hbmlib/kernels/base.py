"""What the kernels that move over a target's unbounded coordinates have in common."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks
from hbmlib.targets import Target

__all__: list[str] = []

Floats = NDArray[np.float64]


class TargetKernel:
    """Names and values come from the target."""

    target: Target

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the constrained values."""
        return self.target.names

    def constrain(self, q: Floats) -> Floats:
        """Return the named values of recorded points: (..., dim) -> (..., len(names))."""
        return self.target.constrain(q)


def needs(kernel: Any, method: str, instead: str) -> None:
    """Refuse a target that lacks a method which the kernel calls."""
    if not hasattr(kernel.target, method):
        raise ValueError(
            f"{type(kernel).__name__} needs a target with `{method}`; got "
            f"{type(kernel.target).__name__}, which has none. {instead}"
        )


def checked_mass(kernel: Any) -> Floats:
    """Diagonal of M⁻¹ as a locked array of shape (dim,); ones if none was given."""
    needs(kernel, "logp_and_grad", "Metropolis works without gradients.")
    shape = (kernel.target.dim,)
    given: ArrayLike = np.ones(shape) if kernel.inverse_mass is None else kernel.inverse_mass
    mass = checks.positive("inverse_mass", given, shape=shape)
    mass.flags.writeable = False
    return mass
