"""HamiltonianLab: a particle slides over a target, and its end is accepted or refused."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, kinetic_energy, leapfrog
from hbmlib.widgets import _state as state
from hbmlib.widgets._plane import PUSH, TARGETS, Plane, PlaneLab, python_lines
from hbmlib.widgets._svg import WIDTH, Scale, padded

__all__ = ["HamiltonianLab", "Path"]

Floats = NDArray[np.float64]

MAX_STEPS = 200
#: Errors of the energy beyond this are drawn at the edge.
MOST = 6.0

LINES = python_lines(
    "from hbmlib.kernels.leapfrog import MAX_ENERGY_ERROR, kinetic_energy, leapfrog\n",
    """\
inverse_mass = 1 / np.array([$mass_1, $mass_2])
q, p = np.array($position, dtype=float), np.array($momentum, dtype=float)
logp, grad = target.logp_and_grad(q)
with np.errstate(all="ignore"):  # a path that diverges may overflow
    end, p_end, logp_end, _ = leapfrog(target, q, p, grad, $step_size, inverse_mass, $steps)
    energy = kinetic_energy(p, inverse_mass) - logp
    error = float(kinetic_energy(p_end, inverse_mass) - logp_end - energy)
diverging = not (np.isfinite(error) and error < MAX_ENERGY_ERROR)
print(json.dumps({
    "exact": stated,
    "position": q.tolist(),
    "log_density": float(logp),
    "gradient": grad.tolist(),
    "path": {
        "steps": $steps,
        "end": None if diverging else end.tolist(),
        "energy_error": None if diverging else error,
        "accept": 0 if diverging else float(np.exp(min(0, -error))),
        "diverging": diverging,
    },
}))""",
)


@dataclass(frozen=True)
class Path:
    """A path of leapfrog steps, the start included; `errors` are those of the energy."""

    q: Floats
    p: Floats
    logp: float
    grad: Floats
    errors: Floats

    @property
    def diverging(self) -> bool:
        """Whether the end is further off in energy than any true path could be."""
        return not (np.isfinite(self.errors[-1]) and self.errors[-1] < MAX_ENERGY_ERROR)

    @property
    def accept(self) -> float:
        """The probability that the end is accepted."""
        return 0.0 if self.diverging else float(np.exp(min(0.0, -self.errors[-1])))


class HamiltonianLab(PlaneLab):
    """Give a particle a push over a target, and see where it goes and what its energy does.

    The page walks paths of Hamiltonian Monte Carlo one by one or by the hundred, accepts or
    refuses their ends, and marks those that diverge. From Python, `path` is the first one, from
    the start with a fixed push.

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
    n_steps : int
        Steps in a path, 1 to 200.
    mass_1, mass_2 : float
        Mass along each coordinate, 0.001 to 1000. The first starts at 0.05 on the schools, else
        at 1.
    jitter : bool
        Whether each path has its own number of steps, within 50% of `n_steps`.
    seed : int
        Seed of the momenta and decisions.
    controls : list of str
        The controls to show, among ``HamiltonianLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> lab = HamiltonianLab(target="normal", step_size=0.1)
    >>> abs(float(lab.path.errors[-1])) < 0.01
    True
    >>> HamiltonianLab(target="normal", step_size=2.2, n_steps=50).path.diverging
    True
    """

    STATE = (
        "target", "group_sizes", "mu_prior", "tau_prior", "step_size", "n_steps", "mass_1",
        "mass_2", "jitter", "seed",
    )  # fmt: skip
    PYTHON = LINES

    n_steps = state.whole(15, 1, MAX_STEPS)
    jitter = state.flag(False)

    @property
    def path(self) -> Path:
        """The path from the start with the first push."""
        return self._path(self.plane)

    def _momentum(self) -> Floats:
        return np.array(PUSH) / np.sqrt(self.inverse_mass)

    def _path(self, plane: Plane) -> Path:
        q, p, inverse_mass = plane.start, self._momentum(), self.inverse_mass
        logp, grad = plane.target.logp_and_grad(q)
        energy = kinetic_energy(p, inverse_mass) - logp
        at, points, errors = (q, p, logp, grad), [q], [0.0]
        with np.errstate(all="ignore"):  # a path that diverges may overflow
            for _ in range(self.n_steps):
                at = leapfrog(plane.target, at[0], at[1], at[3], self.step_size, inverse_mass)
                points.append(at[0])
                errors.append(float(kinetic_energy(at[1], inverse_mass) - at[2] - energy))
        return Path(np.array(points), p, float(logp), grad, np.array(errors))

    def _slots(self) -> dict[str, Any]:
        momentum = self._momentum().tolist()
        try:
            position = self.plane.start.tolist()
        except ValueError:  # an improper posterior, as the lines will say
            position = [0.0, 0.0]
        now = {"position": position, "momentum": momentum, "steps": self.n_steps}
        return super()._slots() | now

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        plane = self.plane
        path = self._path(plane)
        return {
            "exact": plane.stated,
            "position": plane.start.tolist(),
            "log_density": path.logp,
            "gradient": path.grad.tolist(),
            "path": {
                "steps": self.n_steps,
                "end": None if path.diverging else path.q[-1].tolist(),
                "energy_error": None if path.diverging else float(path.errors[-1]),
                "accept": path.accept,
                "diverging": path.diverging,
            },
        }

    def _picture(self) -> tuple[str, str]:
        plane = self.plane
        path = self._path(plane)
        return self._figure(plane, path), self._summary(plane, path)

    def _figure(self, plane: Plane, path: Path) -> str:
        """Draw the path over the target, and below it the error of its energy."""
        middle, top, bottom = 270, 336, 420
        label = "A path of Hamiltonian Monte Carlo, and the error of its energy"
        figure, scales = plane.draw(label, bottom + 62, middle)
        # A path that leaves the energy is drawn as far as it goes.
        gone = ~(np.isfinite(path.errors) & (path.errors < MAX_ENERGY_ERROR))
        last = int(np.argmax(gone)) if gone.any() else len(gone) - 1
        kept = np.isfinite(path.q).all(axis=1) & (np.arange(len(gone)) <= last)
        xs, ys = plane.places(path.q[kept], scales)
        figure.line(xs, ys, "partial", 2)
        figure.dot(xs[0], ys[0], "ink", hollow=True)
        errors = np.clip(np.nan_to_num(path.errors[: last + 1], nan=MOST), -MOST, MOST)
        x = Scale((0, self.n_steps), (40, WIDTH - 8))
        y = Scale(padded([*errors, -0.02, 0.02], 0.12), (bottom, top))
        figure.text(0, top - 12, "error of the energy, H − H₀", role="muted")
        figure.path(f"M40 {y(0)}H{WIDTH - 8}", "muted", 1, dash="5 4")
        figure.line([x(k) for k in range(last + 1)], [y(e) for e in errors], "partial", 2)
        figure.y_axis(y, 40, 3)
        figure.x_axis(x, bottom)
        for a, b in [(xs[-1], ys[-1]), (x(last), y(errors[-1]))]:
            if path.diverging:
                figure.path(f"M{a} {b - 5}l4.5 8h-9z", "refuse", 2)
            else:
                figure.diamond(a, b, "accept")
        figure.text((40 + WIDTH - 8) / 2, bottom + 33, "step of the path", "middle", "muted")
        end = "△ where it diverges" if path.diverging else "◆ end"
        figure.text(0, bottom + 54, f"○ start   {end}   shaded: 50% and 90%")
        return figure.svg()

    def _summary(self, plane: Plane, path: Path) -> str:
        """Say where the path goes and whether its end would be accepted."""
        begin = ", ".join(
            f"{name} = {value:.2f}" for name, value in zip(plane.names, plane.start, strict=True)
        )
        steps = f"{self.n_steps} step" + "s" * (self.n_steps > 1)
        if path.diverging:
            ending = "It diverges: its end is off by more than 1000 in energy, and is refused."
        else:
            error = f"{path.errors[-1]:.2g}".replace("-", "−")
            ending = (
                f"Its end errs by {error} in energy and is accepted with probability "
                f"{path.accept:.2f}."
            )
        return (
            f"On the {TARGETS[self.target]}, a path of {steps} of size {self.step_size:g} starts "
            f"at {begin}. {ending} {self._exactly(plane)}"
        )
