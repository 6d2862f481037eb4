"""Where the time of a sampler goes, for the rows that fall short of their goal."""

import cProfile
import pstats
import time
from pathlib import Path

import numpy as np

from benchmarks.contenders import Contender, prepare

TOP = 6


def shares(contender: Contender) -> list[dict]:
    """Profile one run: the functions with the most time of their own, as shares of the whole."""
    run = prepare(contender)
    run(0)
    profile = cProfile.Profile()
    profile.enable()
    run(1)
    profile.disable()
    found = pstats.Stats(profile).stats
    total = sum(own for _, _, own, _, _ in found.values())
    longest = sorted(found.items(), key=lambda item: -item[1][2])[:TOP]
    return [
        {"function": _name(*where), "calls": calls, "share": round(own / total, 3)}
        for where, (_, calls, own, _, _) in longest
    ]


def normals_ratio(dim: int, peer_rate: float, count: int = 1_000_000) -> float:
    """Bound the ratio of independent draws: NumPy's normal numbers alone, all else free.

    Parameters
    ----------
    dim : int
        Normal numbers in one draw.
    peer_rate : float
        Effective draws a second of the peer.
    count : int, optional
        How many numbers to time.

    Returns
    -------
    float
        The ratio if a draw cost no more than its normal numbers.
    """
    rng, block = np.random.default_rng(1), np.empty(10_000)
    before = time.process_time()
    for _ in range(count // block.size):
        rng.standard_normal(out=block)
    each = (time.process_time() - before) / count
    return 1 / (dim * each * peer_rate)


def _name(file: str, line: int, function: str) -> str:
    """Name a function by its module, with no path."""
    parts = Path(file).with_suffix("").parts
    for package in ("hbmlib", "benchmarks", "numpy"):
        if package in parts:
            start = len(parts) - 1 - parts[::-1].index(package)
            return ".".join([*parts[start:], function]).replace(".__init__.", ".")
    return function.strip("<>")
