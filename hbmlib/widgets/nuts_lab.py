"""NutsLab: a path doubles until it turns back, and one of its points is drawn."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks
from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, kinetic_energy, leapfrog
from hbmlib.widgets import _state as state
from hbmlib.widgets._plane import PUSH, TARGETS, Plane, PlaneLab, python_lines

__all__ = ["Forwards", "NutsLab"]

Floats = NDArray[np.float64]

MAX_DEPTH = 7

LINES = python_lines(
    "from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, kinetic_energy, leapfrog\n",
    """\
inverse_mass = 1 / np.array([$mass_1, $mass_2])
q, p = np.array($position, dtype=float), np.array($momentum, dtype=float)
logp, grad = target.logp_and_grad(q)
energy = kinetic_energy(p, inverse_mass) - logp

# Forwards in time, until an end moves against the way from start to end.
at, way, turn, diverging = (q, p, logp, grad), p, None, False
for step in range(1, 2**$max_depth):
    with np.errstate(all="ignore"):  # a path that diverges may overflow
        at = leapfrog(target, at[0], at[1], at[3], $step_size, inverse_mass)
        error = kinetic_energy(at[1], inverse_mass) - at[2] - energy
    if not (-np.inf < error < MAX_ENERGY_ERROR):
        diverging = True
        break
    way = way + at[1]
    if min(way @ (inverse_mass * p), way @ (inverse_mass * at[1])) <= 0:
        turn = step
        break
print(json.dumps({
    "exact": stated,
    "position": q.tolist(),
    "log_density": float(logp),
    "gradient": grad.tolist(),
    "forwards": {"turn": turn, "diverging": diverging},
}))""",
)


class Forwards(NamedTuple):
    """A path that only goes on in time: its points, and the step at which it turns back."""

    q: Floats
    turn: int | None
    diverging: bool
    logp: float
    grad: Floats


class NutsLab(PlaneLab):
    """Double the path of the No-U-Turn Sampler step by step, and see what stops it.

    The page shows the tree that is built, the checks for a U-turn of the whole path and of its
    subtrees, divergences, and how the draw moves. From Python, `forwards` is the path that only
    goes on in time, from the start with a fixed push, until it turns back.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    target : {"schools", "normal", "correlated", "funnel"}
        The posterior of (mu, log tau) of the eight schools, a normal distribution, one with
        correlation 0.95, or Neal's funnel.
    group_sizes : list of int
        The size of each study, 0 to 400, where 100 stands for the study as published.
    mu_prior, tau_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    step_size : float
        Length of a step in time, 0.001 to 10.
    max_depth : int
        Doublings at most, 1 to 7.
    mass_1, mass_2 : float
        Mass along each coordinate, 0.001 to 1000. The first starts at 0.05 on the schools, else
        at 1.
    seed : int
        Seed of the momenta, directions and draws.
    controls : list of str
        The controls to show, among ``NutsLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> [NutsLab(target="normal", step_size=step).forwards.turn for step in (0.2, 0.1)]
    [12, 24]
    """

    STATE = (
        "target", "group_sizes", "mu_prior", "tau_prior", "step_size", "max_depth", "mass_1",
        "mass_2", "seed",
    )  # fmt: skip
    PYTHON = LINES

    step_size = state.number(0.15, checks.positive, "Raise it.", low=0.001, high=10)
    max_depth = state.whole(6, 1, MAX_DEPTH)

    @property
    def forwards(self) -> Forwards:
        """The path that only goes on in time, until it turns back or diverges."""
        return self._forwards(self.plane)

    def _momentum(self) -> Floats:
        return np.array(PUSH) / np.sqrt(self.inverse_mass)

    def _forwards(self, plane: Plane) -> Forwards:
        q, p, inverse_mass = plane.start, self._momentum(), self.inverse_mass
        logp, grad = plane.target.logp_and_grad(q)
        energy = kinetic_energy(p, inverse_mass) - logp
        at, way, points = (q, p, logp, grad), p, [q]
        turn, diverging = None, False
        for step in range(1, 2**self.max_depth):
            with np.errstate(all="ignore"):  # a path that diverges may overflow
                at = leapfrog(plane.target, at[0], at[1], at[3], self.step_size, inverse_mass)
                error = kinetic_energy(at[1], inverse_mass) - at[2] - energy
            diverging = not -np.inf < error < MAX_ENERGY_ERROR
            if diverging:
                break
            points.append(at[0])
            way = way + at[1]
            if min(way @ (inverse_mass * p), way @ (inverse_mass * at[1])) <= 0:
                turn = step
                break
        return Forwards(np.array(points), turn, diverging, float(logp), grad)

    def _slots(self) -> dict[str, Any]:
        try:
            position = self.plane.start.tolist()
        except ValueError:  # an improper posterior, as the lines will say
            position = [0.0, 0.0]
        return super()._slots() | {"position": position, "momentum": self._momentum().tolist()}

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        plane = self.plane
        path = self._forwards(plane)
        return {
            "exact": plane.stated,
            "position": plane.start.tolist(),
            "log_density": path.logp,
            "gradient": path.grad.tolist(),
            "forwards": {"turn": path.turn, "diverging": path.diverging},
        }

    def _picture(self) -> tuple[str, str]:
        plane = self.plane
        path = self._forwards(plane)
        return self._figure(plane, path), self._summary(plane, path)

    def _figure(self, plane: Plane, path: Forwards) -> str:
        """Draw the path over the target, and the way between its ends."""
        bottom = 290
        figure, scales = plane.draw("A path that goes on until it turns back", bottom + 62, bottom)
        xs, ys = plane.places(path.q, scales)
        figure.line(xs, ys, "partial", 2)
        figure.line([xs[0], xs[-1]], [ys[0], ys[-1]], "ink", 1.5, dash="2 4")
        figure.dot(xs[0], ys[0], "ink", hollow=True)
        if path.diverging:
            figure.path(f"M{xs[-1]} {ys[-1] - 5}l4.5 8h-9z", "refuse", 2)
        else:
            figure.diamond(xs[-1], ys[-1], "between")
        end = "△ before it diverges" if path.diverging else "◆ end"
        figure.text(0, bottom + 54, f"○ start   {end}   shaded: 50% and 90%")
        return figure.svg()

    def _summary(self, plane: Plane, path: Forwards) -> str:
        """Say when the path turns back."""
        if path.turn:
            ending = f"turns back after {path.turn} step" + "s" * (path.turn > 1)
        elif path.diverging:
            ending = "diverges"
        else:
            ending = f"does not turn back in {2**self.max_depth - 1} steps"
        return (
            f"On the {TARGETS[self.target]}, a path with steps of size {self.step_size:g} that "
            f"only goes on in time {ending}. {self._exactly(plane)}"
        )
