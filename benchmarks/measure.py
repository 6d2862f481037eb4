"""What a run is worth: effective draws for each second of CPU, if its chains agree."""

import resource
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbmlib import diagnostics

RHAT_LIMIT = 1.01


@dataclass(frozen=True)
class Run:
    """One run of one sampler."""

    seed: int
    cpu: float  # seconds, warm-up included, compilation apart
    ess: float  # the smallest bulk ESS of all quantities
    rhat: float  # the largest R-hat
    n_grad: int | None = None  # gradients after warm-up

    @property
    def passes(self) -> bool:
        """Whether the chains agree."""
        return self.rhat < RHAT_LIMIT  # false for nan

    @property
    def rate(self) -> float:
        """Effective draws for each second of CPU."""
        return self.ess / self.cpu

    @property
    def gradients_per_draw(self) -> float | None:
        """Gradients for each effective draw, warm-up apart."""
        return None if self.n_grad is None else self.n_grad / self.ess


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its finished children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(x.ru_utime + x.ru_stime for x in used)


def judge(values: NDArray[np.float64], seed: int, cpu: float, n_grad: int | None = None) -> Run:
    """Diagnose draws of shape (chain, draw, dim)."""
    ess = float(np.min(diagnostics.ess_bulk(values)))
    return Run(seed, cpu, ess, float(np.max(diagnostics.rhat(values))), n_grad)


def spread(values: Sequence[float], name: str = "ratio") -> dict[str, float | None]:
    """Return median, least and greatest of some numbers; None if there are none."""
    kinds = {"median": np.median, "min": np.min, "max": np.max}
    return {
        f"{name}_{kind}": _rounded(float(find(values))) if len(values) else None
        for kind, find in kinds.items()
    }


def compare(ours: Sequence[Run], theirs: Sequence[Run], extra: float = 0.0) -> dict:
    """Compare runs made in turn, pair by pair; those that miss the gate are counted apart.

    Parameters
    ----------
    ours, theirs : sequence of Run
        The runs of each repetition, in the same order.
    extra : float, optional
        Seconds of CPU added to each of their runs.

    Returns
    -------
    dict
        Median, least and greatest ratio of effective draws a second, the number of pairs, and
        how many runs of either side missed the gate.
    """
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a.passes and b.passes]
    ratios = [a.rate / b.ess * (b.cpu + extra) for a, b in pairs]
    missed = [sum(not run.passes for run in runs) for runs in (ours, theirs)]
    return spread(ratios) | {
        "reps": len(pairs),
        "missed_gate": missed[0],
        "peer_missed_gate": missed[1],
    }


def describe(runs: Sequence[Run]) -> dict:
    """Sum the runs of one sampler up."""
    passed = [run for run in runs if run.passes]
    counts = [run.gradients_per_draw for run in passed if run.n_grad is not None]
    return {
        **{k: spread([getattr(r, k) for r in passed], k)[f"{k}_median"] for k in ("cpu", "ess")},
        **spread([run.rate for run in passed], "ess_per_cpu_second"),
        **(spread(counts, "gradients_per_effective_draw") if counts else {}),
        "rhat_worst": _rounded(max((run.rhat for run in runs), default=np.nan), 5),
        "reps": len(passed),
        "missed_gate": len(runs) - len(passed),
    }


def _rounded(x: float, digits: int = 4) -> float | None:
    return float(f"{x:.{digits}g}") if np.isfinite(x) else None
