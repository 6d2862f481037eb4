"""Certificates: what a calibration found, and whether the code is still what it was."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hbmlib.calibration import _bands, _syntax

__all__ = ["Certificate", "Finding", "stale"]

Floats = NDArray[np.float64]

EXCEEDANCES = 40  # null histograms expected beyond a level, so that its error is a sixth of it
SMALLEST_NULL = 20_000


class Finding(NamedTuple):
    """How one quantity fared.

    Attributes
    ----------
    name : str
        The quantity.
    ecdf, chi_square : float
        p-values of the two tests, each by itself.
    alarm : bool
        Whether one of them is so small that the certificate as a whole fails.
    """

    name: str
    ecdf: float
    chi_square: float
    alarm: bool


@dataclass(frozen=True)
class Certificate:
    """The outcome of a simulation-based calibration.

    Two tests are made of each quantity's ranks, of their ECDF against a simultaneous band and of
    their histogram by chi-square. The false-alarm rate of all of them together is at most
    `false_alarm_rate`: each test has an equal share of it.

    Parameters
    ----------
    name : str
        The pair of problem and sampler.
    problem, sampler : str
        Both in full.
    fails : str
        Why the pair is expected to fail; empty if it must pass.
    seed, simulations, n_draws : int
        The seed, the number of data sets, and of draws that each true value was ranked among.
    names : tuple of str
        The quantities, the log likelihood last.
    counts : tuple of tuple of int, shape (quantity, n_draws + 1)
        How often each rank occurred.
    short : int
        Number of fits whose draws were worth less than asked at their greatest length.
    roots : tuple of str
        The modules that the pair names.
    hashes : mapping of str to str
        A hash of the syntax of each of these modules and of what they import.
    false_alarm_rate : float, optional
        Of the certificate as a whole.
    date : str, optional
        The day on which it was made, as YYYY-MM-DD; it does not count when two are compared.

    Examples
    --------
    >>> flat = Certificate("flat", "", "", "", 1, 400, 19, ("mu",), ((20,) * 20,), 0, (), {})
    >>> flat
    <Certificate: flat passed, 400 simulations of 1 quantity>
    >>> flat.findings[0].alarm
    False
    """

    name: str
    problem: str
    sampler: str
    fails: str
    seed: int
    simulations: int
    n_draws: int
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    short: int
    roots: tuple[str, ...]
    hashes: Mapping[str, str]
    false_alarm_rate: float = 0.01
    date: str = field(default="", compare=False)

    @property
    def level(self) -> float:
        """The false-alarm rate of each single test."""
        return self.false_alarm_rate / (2 * len(self.names))

    @property
    def level_error(self) -> float:
        """Standard error of the rate of each test, as the null is simulated."""
        return float(np.sqrt(self.level * (1 - self.level) / self._null_size))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """How each quantity fared."""
        p = _bands.p_values(np.array(self.counts), self._null_size)
        rows = zip(self.names, p["ecdf"].tolist(), p["chi_square"].tolist(), strict=True)
        return tuple(Finding(name, a, b, min(a, b) <= self.level) for name, a, b in rows)

    @property
    def alarms(self) -> tuple[str, ...]:
        """The quantities whose ranks are not flat."""
        return tuple(finding.name for finding in self.findings if finding.alarm)

    @property
    def smallest_p(self) -> float:
        """The smallest p-value times the number of tests, at most 1.

        It is at most `false_alarm_rate` when there is an alarm, and only then.
        """
        tests = [p for finding in self.findings for p in (finding.ecdf, finding.chi_square)]
        return min(1.0, min(tests) * len(tests))

    @property
    def code(self) -> str:
        """One short hash of all modules' hashes."""
        return hashlib.sha256(json.dumps(sorted(self.hashes.items())).encode()).hexdigest()[:8]

    @property
    def passed(self) -> bool:
        """Whether no test raised an alarm."""
        return not self.alarms

    @property
    def as_expected(self) -> bool:
        """Whether a pair that must pass has passed, or one listed as failing has failed."""
        return self.passed is not bool(self.fails)

    def ecdf_difference(self, name: str) -> Floats:
        """Return the ECDF of a quantity's ranks less that of uniform ranks.

        Parameters
        ----------
        name : str
            The quantity.

        Returns
        -------
        ndarray, shape (n_draws,)
            The differences at `band().at`.

        Raises
        ------
        ValueError
            If there is no such quantity.
        """
        if name not in self.names:
            raise ValueError(
                f"`name` must be one of {', '.join(self.names)}; got {name!r}. Choose one."
            )
        below = np.cumsum(self.counts[self.names.index(name)])[:-1]
        return below / self.simulations - np.arange(1, self.n_draws + 1) / (self.n_draws + 1)

    def band(self) -> _bands.Band:
        """Return the simultaneous band that every quantity's ECDF is held against.

        Returns
        -------
        Band
            Its level is that of a single test.
        """
        return _bands.band(self.simulations, self.n_draws + 1, self.level, self._null_size)

    def save(self, path: str | Path) -> None:
        """Write the certificate as JSON, with its findings for the reader.

        Parameters
        ----------
        path : str or Path
            The file; it is replaced in one go.
        """
        findings = [finding._asdict() for finding in self.findings]
        verdict = {"passed": self.passed, "as_expected": self.as_expected, "findings": findings}
        temporary = Path(f"{path}.tmp")
        temporary.write_text(json.dumps(asdict(self) | verdict) + "\n", encoding="utf-8")
        temporary.replace(path)

    @classmethod
    def load(cls, path: str | Path) -> "Certificate":
        """Read a certificate.

        Parameters
        ----------
        path : str or Path
            A file that `save` wrote.

        Returns
        -------
        Certificate
            Its findings are made anew from the counts.

        Raises
        ------
        ValueError
            If the file holds no certificate.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            known = {f.name: content[f.name] for f in fields(cls)}
        except (KeyError, TypeError, json.JSONDecodeError):
            raise ValueError(
                f"`path` must be a certificate; got {Path(path).name}, which is none or an old "
                "one. Calibrate the pair again."
            ) from None
        lists = {name: tuple(known[name]) for name in ("names", "roots")}
        return cls(**known | lists | {"counts": tuple(map(tuple, known["counts"]))})

    def __repr__(self) -> str:
        verdict = "passed" if self.passed else f"failed in {', '.join(self.alarms[:4])}"
        verdict += "" if self.as_expected else ", which was not expected"
        quantities = f"{len(self.names)} quantit{'y' if len(self.names) == 1 else 'ies'}"
        return (
            f"<Certificate: {self.name} {verdict}, {self.simulations} simulations of {quantities}>"
        )

    @property
    def _null_size(self) -> int:
        return max(SMALLEST_NULL, int(np.ceil(EXCEEDANCES / self.level)))


def stale(certificate: Certificate) -> tuple[str, ...]:
    """Say which modules have changed since a certificate was made.

    Parameters
    ----------
    certificate : Certificate
        The certificate to look at.

    Returns
    -------
    tuple of str
        Modules of the library whose code is not what it was, and those used only then or only
        now; empty if the certificate still holds. Docstrings and comments do not count.

    Examples
    --------
    >>> old = Certificate("old", "", "", "", 1, 40, 1, ("mu",), ((20, 20),), 0,
    ...                   ("hbmlib.checks",), {"hbmlib.checks": "0"})
    >>> stale(old)
    ('hbmlib.checks',)
    """
    return changed(certificate.roots, certificate.hashes)


def changed(roots: Any, hashes: Mapping[str, str]) -> tuple[str, ...]:
    """Compare hashes with those of today."""
    try:
        today = _syntax.module_hashes(roots)
    except ValueError:
        return tuple(root for root in roots if not _syntax.exists(root))
    return tuple(sorted(name for name in today | hashes if today.get(name) != hashes.get(name)))
