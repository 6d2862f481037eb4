"""The book's data: small files kept with the library, each with a note and a checksum."""

import hashlib
import tomllib
import zlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks

if TYPE_CHECKING:
    import pandas

__all__ = ["Note", "describe", "half_split", "load", "names", "ten_schools"]

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Note:
    """What is known about a data set.

    Parameters
    ----------
    name : str
        The name that `load` takes.
    title : str
        A title for people.
    source, reference, licence : str
        Where the data come from, where to read about them, and who may use them.
    sha256 : str
        The checksum of the CSV file.
    rows : int
        The number of rows.
    columns : dict of str to str
        One line for each column, with its units.
    text : tuple of str
        The columns that hold text, even where it looks like numbers.
    faults : tuple of str
        What is known to be wrong or odd.

    Examples
    --------
    >>> describe("eight_schools").columns["effect"]
    'estimated effect of coaching, points of the verbal test'
    """

    name: str
    title: str
    source: str
    reference: str
    licence: str
    sha256: str
    rows: int
    columns: dict[str, str]
    text: tuple[str, ...]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        def item(words: str) -> str:
            return fill(words, 79, initial_indent="  ", subsequent_indent="    ")

        return "\n".join(
            [
                f"{self.name}: {self.title} ({self.rows} rows)",
                *(item(f"{column}: {line}") for column, line in self.columns.items()),
                *(item(f"Note: {fault}") for fault in self.faults),
                *(
                    item(f"{head}: {getattr(self, head.lower())}")
                    for head in ("Source", "Reference", "Licence")
                ),
            ]
        )

    __repr__ = __str__


def names() -> tuple[str, ...]:
    """List the data sets.

    Returns
    -------
    tuple of str
        The names that `load` and `describe` take.

    Examples
    --------
    >>> names()
    ('baseball', 'eight_schools', 'hsb')
    """
    return tuple(sorted(path.stem for path in _DATA.glob("*.toml")))


def describe(name: str | None = None) -> Note | dict[str, Note]:
    """Tell where a data set comes from and what its columns hold.

    Parameters
    ----------
    name : str, optional
        The data set; by default all of them.

    Returns
    -------
    Note or dict of str to Note
        The note of one data set, or every note by name. Printing it reads well.

    Raises
    ------
    ValueError
        If there is no data set of that name.

    Examples
    --------
    >>> describe("hsb").rows
    7185
    >>> list(describe())
    ['baseball', 'eight_schools', 'hsb']
    """
    if name is None:
        return {each: describe(each) for each in names()}
    checks.one_of("name", name, names())
    fields: dict[str, Any] = tomllib.loads((_DATA / f"{name}.toml").read_text("utf-8"))
    fields |= {key: tuple(fields.get(key, ())) for key in ("text", "faults")}
    return Note(name=name, **fields)


def load(name: str) -> "pandas.DataFrame":
    """Read a data set.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    pandas.DataFrame
        The columns that `describe` lists, in that order. Each call returns a new frame.

    Raises
    ------
    ValueError
        If there is no data set of that name, or its file has been changed.

    Examples
    --------
    >>> load("eight_schools")["effect"].tolist()
    [28, 8, -3, 7, -1, 1, 18, 12]
    """
    note = describe(checks.one_of("name", name, names()))
    content = (_DATA / f"{name}.csv").read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != note.sha256:
        raise ValueError(
            f"The file of {name!r} must have the checksum {note.sha256}; got {found}. "
            "Install the library again."
        )
    import pandas as pd

    return pd.read_csv(BytesIO(content), dtype=dict.fromkeys(note.text, str))


def half_split(
    y: ArrayLike, group: Sequence[Hashable], seed: int
) -> tuple[dict[Hashable, NDArray[np.float64]], dict[Hashable, NDArray[np.float64]]]:
    """Split each group's observations at random into a half to use and a half to judge by.

    A group's order depends on the seed, its label and its own observations, not on the groups
    beside it, so a school is split the same way whether ten schools are looked at or all.

    Parameters
    ----------
    y : array_like, shape (N,)
        The observations.
    group : sequence of hashable, length N
        The group of each observation.
    seed : int
        Fixes the random order; 0 or more.

    Returns
    -------
    used, held_out : dict of label to ndarray
        The first ``n_j // 2`` observations of each group in random order, and the others. A
        group of one has none to use.

    Raises
    ------
    ValueError
        If `y` is not finite, the lengths differ or the seed is not a whole number.

    Examples
    --------
    >>> used, held_out = half_split([1, 2, 3, 10, 20], ["A", "A", "A", "B", "B"], seed=1)
    >>> used["A"].size, held_out["A"].size, used["B"].size
    (1, 2, 1)
    """
    y = checks.finite("y", y, shape=("N",))
    seed = int(checks.whole("seed", seed, shape=()))
    group = checks.labels("group", group)
    checks.same_length(y=y, group=group)
    members: dict[Hashable, list[int]] = {}
    for i, label in enumerate(group):
        members.setdefault(label, []).append(i)
    used, held_out = {}, {}
    for label, rows in members.items():
        rng = np.random.default_rng([seed, zlib.crc32(str(label).encode())])
        order = y[rng.permutation(rows)]
        used[label], held_out[label] = np.split(order, [order.size // 2])
    return used, held_out


def ten_schools() -> tuple[str, ...]:
    """Choose the ten schools of `hsb` that the book looks at closely.

    The rule is a Latin square of sizes and means. Order the 160 schools by number of students
    and cut them into ten sets of 16. From set k = 0..9, ordered by mean mathematics, take the
    school 1/20 + (3k mod 10)/10 of the way up. So there is one school of each tenth of the
    sizes, and low and high means occur among small and large schools alike. Ties go by number.

    Returns
    -------
    tuple of str
        The schools' ids, from the fewest students to the most.

    Examples
    --------
    >>> len(ten_schools())
    10
    """
    schools = load("hsb").groupby("school")["math"].agg(["size", "mean"]).reset_index()
    by_size = schools.sort_values(["size", "school"])["school"].to_numpy()
    mean = schools.set_index("school")["mean"]
    chosen = []
    for k, members in enumerate(np.split(by_size, 10)):
        by_mean = sorted(members, key=lambda school: (mean[school], school))
        chosen.append(str(by_mean[int((0.05 + (3 * k % 10) / 10) * len(members))]))
    return tuple(chosen)
