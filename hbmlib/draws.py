"""Draws: what a sampler leaves behind, by name, with the record of how it went.

A name such as ``theta[A]`` is the element ``A`` of the vector ``theta``. Indexing takes either:
``draws["theta[A]"]`` has shape (chain, draw), ``draws["theta"]`` has shape (chain, draw, J).
"""

import difflib
import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, diagnostics

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Draws", "Summary"]

RHAT_LIMIT = 1.01
ESS_LIMIT = 400
MAX_LISTED = 8  # names or labels in a message


@dataclass(frozen=True, eq=False, repr=False)
class Draws:
    """Draws of named quantities, by chain, after warm-up.

    Parameters
    ----------
    values : array_like, shape (chain, draw, dim)
        The constrained values: a standard deviation is above zero here, not a logarithm.
    names : sequence of str, length dim
        One distinct name for each number of a draw, such as ``mu``, ``tau``, ``theta[A]``.
    stats : mapping of str to array_like, shape (chain, draw), optional
        What the sampler recorded at each draw; ``diverging`` is 1 or true where it diverged.
    kernel : object, optional
        The tuned kernel that made the draws.
    meta : mapping, optional
        Anything else worth keeping: the seed, the length of the warm-up. If ``interrupted`` is
        true, repr and summary say so, with the number of draws ``asked`` for.

    Raises
    ------
    ValueError
        If a shape does not fit, there are no draws, or a name is not text or is repeated.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(4, 500, 3))
    >>> draws = Draws(values, ["mu", "theta[A]", "theta[B]"])
    >>> draws
    <Draws: 4 chains x 500 draws of mu, theta[2]>
    >>> draws["theta"].shape, draws.labels("theta")
    ((4, 500, 2), ('A', 'B'))
    >>> draws["theta[B]"].shape
    (4, 500)
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]
    stats: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    kernel: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        values = _numbers("values", self.values)
        if values.ndim != 3 or values.size == 0:
            raise ValueError(
                f"`values` must have shape (chain, draw, dim), none of them 0; got {values.shape}."
                " Give one chain as values[np.newaxis], one quantity as values[..., np.newaxis]."
            )
        stats = {name: _numbers(f"stats[{name!r}]", x) for name, x in dict(self.stats).items()}
        for name, x in stats.items():
            if x.shape != values.shape[:2]:
                raise ValueError(
                    f"`stats[{name!r}]` must have shape {values.shape[:2]}, (chain, draw) as in "
                    f"`values`; got {x.shape}. Record one number a draw."
                )
        object.__setattr__(self, "values", _locked(values.astype(np.float64, copy=False)))
        object.__setattr__(self, "names", _names(self.names, values.shape[2]))
        object.__setattr__(self, "stats", {name: _locked(x) for name, x in stats.items()})
        object.__setattr__(self, "meta", dict(self.meta))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.values, self.names, self.stats, self.kernel, self.meta)

    @property
    def n_chains(self) -> int:
        """The number of chains."""
        return self.values.shape[0]

    @property
    def n_draws(self) -> int:
        """The number of draws in each chain."""
        return self.values.shape[1]

    @property
    def n_divergent(self) -> int | None:
        """How many draws diverged, or None if that was not recorded."""
        diverging = self.stats.get("diverging")
        return None if diverging is None else int(np.count_nonzero(diverging))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names without labels, each once: ``mu``, ``tau``, ``theta``."""
        return tuple(dict.fromkeys(_base_and_label(name)[0] for name in self.names))

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels of a vector's elements.

        Parameters
        ----------
        name : str
            A vector's name without labels.

        Returns
        -------
        tuple of str
            The labels in order; empty when `name` is a single number.

        Raises
        ------
        ValueError
            If there is no such parameter; the message names near ones.
        """
        _find(name, self.names)
        return tuple(_base_and_label(n)[1] for n in self.names if n.startswith(f"{name}["))

    def summary(self, *names: str, probs: Sequence[float] = (0.05, 0.5, 0.95)) -> "Summary":
        """Summarise each quantity, with the Monte Carlo error and the diagnostics.

        Parameters
        ----------
        *names : str
            The parameters or elements wanted, in order; none means all.
        probs : sequence of float, optional
            The probabilities of the quantiles.

        Returns
        -------
        Summary
            A table with mean, sd, quantiles, mcse (of the mean), ess_bulk, ess_tail and rhat,
            and notes on what to mend.

        Raises
        ------
        ValueError
            If a name is unknown or a probability is none.

        References
        ----------
        See `hbmlib.diagnostics`.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> draws = Draws(rng.normal(3, 2, size=(4, 1000, 1)), ["mu"])
        >>> draws.summary()
             mean     sd      5%    50%    95%   mcse  ess_bulk  ess_tail   rhat
        mu  2.980  2.006  -0.289  2.972  6.307  0.032      4039      3404  1.002
        """
        probs = checks.probability("probs", probs, shape=("K",))
        columns = list(dict.fromkeys(i for name in names for i in _find(name, self.names)))
        x = self.values[..., columns] if names else self.values
        chosen = tuple(self.names[i] for i in columns) if names else self.names
        with np.errstate(all="ignore"):
            moments = np.array([_moments(x[..., k], probs) for k in range(len(chosen))]).T
        table = {
            "mean": moments[0],
            "sd": moments[1],
            **{f"{100 * p:g}%": q for p, q in zip(probs, moments[2:], strict=True)},
            "mcse": diagnostics.mcse_mean(x),
            "ess_bulk": diagnostics.ess_bulk(x),
            "ess_tail": diagnostics.ess_tail(x),
            "rhat": diagnostics.rhat(x),
        }
        return Summary(chosen, table, _notes(self, chosen, x, table))

    def keys(self) -> tuple[str, ...]:
        """Return the parameters' names, so that ``dict(draws)`` holds every array.

        Returns
        -------
        tuple of str
            As `parameters`.
        """
        return self.parameters

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        columns = _find(name, self.names)
        if name in self.names:
            return self.values[..., columns[0]]
        if columns[-1] - columns[0] == len(columns) - 1:
            return self.values[..., columns[0] : columns[-1] + 1]
        return self.values[..., columns]

    def __contains__(self, name: object) -> bool:
        return name in self.names or name in self.parameters

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    def __repr__(self) -> str:
        return f"<Draws: {self._description()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{html.escape(name)}</th><td>{len(_find(name, self.names))}</td>"
            f"<td>{html.escape(_listed(self.labels(name)))}</td></tr>"
            for name in self.parameters
        )
        return (
            f"<table><caption>Draws: {html.escape(self._description())}</caption><thead><tr>"
            "<th scope='col'>parameter</th><th scope='col'>numbers</th><th scope='col'>labels</th>"
            f"</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _description(self) -> str:
        sizes = [(name, len(self.labels(name))) for name in self.parameters]
        named = _listed([f"{name}[{size}]" if size else name for name, size in sizes])
        text = f"{_count(self.n_chains, 'chain')} x {_count(self.n_draws, 'draw')} of {named}"
        if self.n_divergent is not None:
            text += f"; {_count(self.n_divergent, 'divergence')}"
        if self.meta.get("interrupted"):
            text += f"; interrupted, {self.meta.get('asked', 'more')} draws were asked for"
        return text + (f"; {type(self.kernel).__name__}" if self.kernel is not None else "")


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """A small table: one row a quantity, one column a statistic.

    Parameters
    ----------
    names : tuple of str
        The rows.
    columns : dict of str to ndarray
        The statistics of all rows, by name, in full precision.
    notes : tuple of str
        What to mend before the draws are used; empty if nothing was found.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(4, 500, 3))
    >>> summary = Draws(values, ["mu", "theta[A]", "theta[B]"]).summary()
    >>> round(summary["mu"]["sd"], 2), summary["theta"]["rhat"].round(2)
    (1.0, array([1., 1.]))
    >>> summary.columns["ess_bulk"].min() > 400
    np.True_
    """

    names: tuple[str, ...]
    columns: dict[str, NDArray[np.float64]]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> dict[str, Any]:
        if name in self.names:
            row = self.names.index(name)
            return {column: float(x[row]) for column, x in self.columns.items()}
        rows = _find(name, self.names)
        return {column: x[rows] for column, x in self.columns.items()}

    def to_pandas(self) -> "pd.DataFrame":
        """Return the table as a data frame.

        Returns
        -------
        pandas.DataFrame
            Rows indexed by name, columns as in `columns`, in full precision.
        """
        import pandas as pd

        return pd.DataFrame(self.columns, index=list(self.names))

    def __repr__(self) -> str:
        rows = [
            ["", *self.columns],
            *([n, *r] for n, r in zip(self.names, self._text(), strict=True)),
        ]
        first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [
            "  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows
        ]
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col'>{html.escape(c)}</th>" for c in self.columns)
        body = "".join(
            f"<tr><th scope='row'>{html.escape(name)}</th>"
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for name, cells in zip(self.names, self._text(), strict=True)
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return (
            f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"
        )

    def _text(self) -> list[list[str]]:
        """Round each row to the second significant digit of its Monte Carlo error."""
        return [
            [
                _rounded(column, x[row], self.columns["mcse"][row])
                for column, x in self.columns.items()
            ]
            for row in range(len(self.names))
        ]


def _rounded(column: str, number: float, mcse: float) -> str:
    if column.startswith("ess") and np.isfinite(number):
        return f"{number:.0f}"
    if column == "rhat":
        return f"{number:.3f}"
    if not np.isfinite(mcse) or mcse <= 0:
        return f"{number:.4g}"
    decimals = max(0, 1 - int(np.floor(np.log10(mcse))))
    return f"{number:.{decimals}f}" if decimals <= 6 else f"{number:.3g}"


def _notes(
    draws: Draws, names: tuple[str, ...], x: NDArray[np.float64], table: dict[str, Any]
) -> tuple[str, ...]:
    """Say what the diagnostics found wrong, and what to do."""
    notes = []
    if draws.meta.get("interrupted"):
        asked = draws.meta.get("asked", "those asked for")
        notes.append(f"Interrupted: {draws.n_draws} draws a chain of {asked}.")
    if draws.n_divergent:
        notes.append(
            f"{_count(draws.n_divergent, 'draw')} diverged, of {draws.n_chains * draws.n_draws}: "
            "the posterior is not fully explored there. Try a smaller step or another "
            "parametrisation."
        )
    odd = ~np.isfinite(x).all(axis=(0, 1))
    still = (x.max(axis=(0, 1)) == x.min(axis=(0, 1))) & ~odd
    rhat, ess = table["rhat"], np.fmin(table["ess_bulk"], table["ess_tail"])
    if draws.n_chains == 1:
        notes.append("One chain cannot show that chains agree. Run four.")
    if draws.n_draws < diagnostics.FEWEST_DRAWS:
        notes.append(f"{_count(draws.n_draws, 'draw')} a chain cannot be diagnosed. Draw more.")
    for fault, said in (
        (odd, "Not finite in every draw"),
        (still, "Never moved"),
        (rhat > RHAT_LIMIT, f"R-hat above {RHAT_LIMIT}, so the chains do not agree yet"),
        (ess < ESS_LIMIT, f"Effective sample size below {ESS_LIMIT}, so draw more"),
    ):
        if fault.any():
            listed = _listed([n for n, f in zip(names, fault, strict=True) if f])
            notes.append(f"{said}: {listed}.")
    return tuple(notes)


def _moments(x: NDArray[np.float64], probs: NDArray[np.float64]) -> list[float]:
    """Mean, sd (nan for a single draw) and quantiles of one quantity."""
    sd = x.std(ddof=1) if x.size > 1 else np.nan
    return [x.mean(), sd, *np.quantile(x, probs)]


def _numbers(name: str, value: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"`{name}` must be an array of numbers; got a ragged list. "
            "Give every chain the same number of draws."
        ) from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"`{name}` must be numbers; got {array.dtype}. Convert it first.")
    return array


def _locked(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def _names(names: Sequence[str], dim: int) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(
            f"`names` must be a sequence of text, one name a number; got {names!r}. "
            "Write an element of a vector as 'theta[A]'."
        )
    names = tuple(names)
    if len(names) != dim:
        raise ValueError(
            f"`names` must have length {dim}, the last axis of `values`; got {len(names)}. "
            "Name every number of a draw."
        )
    vectors = {base for base, label in map(_base_and_label, names) if label is not None}
    repeated = [n for i, n in enumerate(names) if n in names[:i] or n in vectors]
    if repeated:
        raise ValueError(
            f"`names` must be distinct; got {repeated[0]!r} twice, or as a number and a vector. "
            "Rename one."
        )
    return names


def _base_and_label(name: str) -> tuple[str, str | None]:
    """Take ``theta[A]`` apart: ``theta`` and ``A``."""
    base, bracket, label = name.partition("[")
    return (base, label[:-1]) if bracket and base and name.endswith("]") else (name, None)


def _find(name: str, names: tuple[str, ...]) -> list[int]:
    """Where an element, or all elements of a vector, stand among `names`."""
    found = [i for i, n in enumerate(names) if name in (n, _base_and_label(n)[0])]
    if found:
        return found
    parameters = list(dict.fromkeys(_base_and_label(n)[0] for n in names))
    near = difflib.get_close_matches(str(name), [*parameters, *names], 3)
    advice = f"Did you mean {' or '.join(map(repr, near))}?" if near else "Choose one of them."
    elements = [n for n in names if n not in parameters]
    example = f", or an element such as {elements[0]!r}" if elements else ""
    raise ValueError(
        f"The name must be one of {_listed(parameters)}{example}; got {name!r}. {advice}"
    )


def _listed(words: Sequence[str]) -> str:
    if len(words) <= MAX_LISTED:
        return ", ".join(words)
    return f"{', '.join(words[: MAX_LISTED - 2])}, ... ({len(words)} in all), {words[-1]}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
