"""What an exercise is, and how an answer to it is judged."""

import copy
import hashlib
import json
import os
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Context",
    "Exercise",
    "Function",
    "Judge",
    "Judgement",
    "Misconception",
    "Number",
    "Outcome",
    "State",
    "is_blank",
]

SECRET = "HBM_COURSE_SECRET"

_repr = reprlib.Repr(maxstring=60, maxother=60, maxlist=6, maxtuple=6, maxdict=4)


class State(StrEnum):
    """How an answer stands."""

    NOT_ATTEMPTED = "not attempted"
    NOT_YET = "not yet"
    NOT_CONVERGED = "not converged"
    CORRECT = "correct"


class Judgement(NamedTuple):
    """A state, and what the reader is told."""

    state: State
    message: str


class Context(NamedTuple):
    """What a judge may use beside the answer.

    Attributes
    ----------
    rng : numpy.random.Generator
        The stream of the hidden cases, the same for one exercise and course secret.
    data : mapping
        The exercise's data for this student; empty when it has none.
    """

    rng: np.random.Generator
    data: Mapping[str, Any]


class Judge(Protocol):
    """Anything that turns an answer into a `Judgement`."""

    def __call__(self, answer: Any, context: Context) -> Judgement:
        """Judge one answer; may raise, which counts as *not yet*."""
        ...


@dataclass(frozen=True)
class Misconception:
    """A known wrong way to an answer.

    Attributes
    ----------
    answer : callable
        What it computes, from the same arguments as the solution.
    message : str
        What to tell a reader whose answer agrees with it.
    """

    answer: Callable[..., Any]
    message: str


@dataclass(frozen=True)
class Number:
    """Judge a number, or an array of numbers.

    Attributes
    ----------
    solution : callable
        The right answer, from the exercise's data as keyword arguments.
    tolerance : float
        The largest absolute error allowed.
    misconceptions : sequence of Misconception
        In the order in which they are tried.
    """

    solution: Callable[..., Any]
    tolerance: float
    misconceptions: Sequence[Misconception] = ()

    def __call__(self, answer: Any, context: Context) -> Judgement:
        """Compare with the solution, then with each misconception."""
        if callable(answer):
            return _not_yet(
                "A number is asked for; this is a function. Call it and pass its value."
            )
        given = _numbers(answer)
        if given is None:
            return _not_yet(f"A number is asked for; got {_repr.repr(answer)}.")
        right = _solve(self.solution, context.data)
        fault = _fault(given, right)
        if not fault and self._matches(given, right):
            return Judgement(State.CORRECT, f"Right, within {self.tolerance:g}.")
        for wrong in self.misconceptions:
            if self._matches(given, _solve(wrong.answer, context.data)):
                return _not_yet(wrong.message)
        return _not_yet(f"The answer {fault or _direction(given, right)}.")

    def _matches(self, given: list[NDArray], other: list[NDArray]) -> bool:
        return _match(given, other, rtol=1e-9, atol=self.tolerance)


@dataclass(frozen=True)
class Function:
    """Judge a function by its values on generated cases.

    Attributes
    ----------
    solution : callable
        A right function.
    cases : callable
        From a random generator to the cases: mappings from argument name to value, in the
        order of the arguments. Edges belong here, as do arrays beside single numbers.
    misconceptions : sequence of Misconception
        In the order in which they are tried.
    rtol, atol : float
        Relative and absolute error allowed.
    """

    solution: Callable[..., Any]
    cases: Callable[[np.random.Generator], Iterable[Mapping[str, Any]]]
    misconceptions: Sequence[Misconception] = ()
    rtol: float = 1e-6
    atol: float = 1e-9

    def __call__(self, answer: Any, context: Context) -> Judgement:
        """Call the function on every case and compare."""
        if not callable(answer):
            return _not_yet(
                f"A function is asked for; got {_repr.repr(answer)}. "
                "Pass the function itself, without calling it."
            )
        cases = list(self.cases(context.rng))
        outcomes = [_call(answer, case) for case in cases]
        if all(outcome.blank for outcome in outcomes):
            return Judgement(
                State.NOT_ATTEMPTED,
                "The function returns nothing yet. If you have written it, "
                "is the `return` missing?",
            )
        right = [_solve(self.solution, case) for case in cases]
        pairs = list(zip(outcomes, right, strict=True))
        agree = [self._agrees(outcome.value, r) for outcome, r in pairs]
        if all(agree):
            changed = any(outcome.mutated for outcome in outcomes)
            note = " It changes its argument in place; work on a copy." if changed else ""
            return Judgement(State.CORRECT, f"Right in all {len(cases)} cases.{note}")
        for wrong in self.misconceptions:
            predicted = [_solve(wrong.answer, case) for case in cases]
            if all(
                _match(outcome.value, p, self.rtol, self.atol)
                for outcome, p in zip(outcomes, predicted, strict=True)
            ):
                return _not_yet(wrong.message)
        first = agree.index(False)
        outcome, r = pairs[first]
        fault = outcome.fault or _fault(outcome.value, r) or _direction(outcome.value, r)
        return _not_yet(
            f"Right in {agree.count(True)} of {len(cases)} cases. "
            f"With {_show_case(cases[first])} the function {fault}."
        )

    def _agrees(self, given: list[NDArray] | None, right: list[NDArray]) -> bool:
        return not _fault(given, right) and _match(given, right, self.rtol, self.atol)


@dataclass(frozen=True)
class Exercise:
    """An exercise that `check` can judge.

    Attributes
    ----------
    id : str
        Chapter and number, such as "2.1".
    points : int
        What it is worth in a course.
    judge : Judge
        Turns an answer into a state and a message.
    hints : sequence of str
        From a nudge to nearly the whole way.
    make_data : callable, optional
        From a random generator to the student's own data, a dict of named values.
    """

    id: str
    points: int
    judge: Judge
    hints: Sequence[str] = field(default=())
    make_data: Callable[[np.random.Generator], dict[str, Any]] | None = None

    def data(self, student: str = "") -> dict[str, Any]:
        """Make the data that belong to this exercise, student and course secret."""
        if self.make_data is None:
            return {}
        return self.make_data(self.generator("data", student))

    def context(self, student: str = "") -> Context:
        """Gather what the judge may use."""
        return Context(self.generator("cases", ""), self.data(student))

    def generator(self, purpose: str, student: str) -> np.random.Generator:
        """Seed a generator from the exercise, its purpose, the student and the secret."""
        key = json.dumps([self.id, purpose, str(student), os.environ.get(SECRET, "")])
        digest = hashlib.sha256(key.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest, "big"))


def is_blank(value: Any) -> bool:
    """Tell whether a value is what an untouched stub holds or returns.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    bool
        True for ``...``, None and NotImplemented, and for a list or tuple of nothing else.

    Examples
    --------
    >>> is_blank(...), is_blank((None, ...)), is_blank([]), is_blank(0.0)
    (True, True, False, False)
    """
    if isinstance(value, list | tuple):
        return len(value) > 0 and all(is_blank(entry) for entry in value)
    return value is None or value is ... or value is NotImplemented


class Outcome(NamedTuple):
    """What a call gave: numbers, nothing yet, or a fault; and whether it changed an argument."""

    value: list[NDArray] | None = None
    blank: bool = False
    fault: str = ""
    mutated: bool = False


def attempt(function: Callable[..., Any], arguments: Sequence[Any]) -> Outcome:
    """Call a function; an error that it raises becomes a fault."""
    try:
        value = function(*arguments)
    except NotImplementedError:
        return Outcome(blank=True)
    except RecursionError:
        return Outcome(fault="calls itself without end")
    except Exception as error:
        return Outcome(fault=f"raises {type(error).__name__} ({_repr.repr(str(error))})")
    return Outcome(_numbers(value), is_blank(value))


def _call(function: Callable[..., Any], case: Mapping[str, Any]) -> Outcome:
    """Call with copies of the arguments, and see whether they are changed."""
    arguments = copy.deepcopy(list(case.values()))
    outcome = attempt(function, arguments)
    mutated = not outcome.fault and any(
        not np.array_equal(now, before)
        for now, before in zip(arguments, case.values(), strict=True)
    )
    return outcome._replace(mutated=mutated)


def _solve(function: Callable[..., Any], case: Mapping[str, Any]) -> list[NDArray]:
    numbers = _numbers(function(**copy.deepcopy(dict(case))))
    if numbers is None:
        raise TypeError("A solution or misconception gave no numbers.")
    return numbers


def _not_yet(message: str) -> Judgement:
    return Judgement(State.NOT_YET, message)


def _numbers(value: Any) -> list[NDArray[np.float64]] | None:
    """Read an answer as arrays of floats, one for each entry of a tuple; None if it is not."""
    parts = value if isinstance(value, tuple) else (value,)
    arrays = []
    for part in parts:
        try:
            array = np.asarray(part)
            if array.dtype.kind == "O":
                array = np.asarray([_plain(x) for x in array.flat]).reshape(array.shape)
        except (TypeError, ValueError, OverflowError):
            return None
        if array.dtype.kind not in "iuf" or array.size == 0 or np.ma.is_masked(part):
            return None
        arrays.append(array.astype(float))
    return arrays or None


def _plain(number: Any) -> float:
    """Accept fractions and decimals, refuse text, truth values and None."""
    if isinstance(number, str | bytes | bool | np.bool_):
        raise TypeError
    return float(number)


def _fault(given: list[NDArray] | None, right: list[NDArray]) -> str:
    """Say what keeps an answer from being compared; an empty text when nothing does."""
    if given is None:
        return "does not give a number, nor an array of numbers"
    given = _spread(given, len(right))
    if len(given) != len(right):
        return f"gives {_things(len(given))}; {_things(len(right))} expected"
    for one, other in zip(given, right, strict=True):
        if one.shape != other.shape and not one.size == other.size == 1:
            return f"gives the shape {one.shape}; {other.shape} expected"
        if not np.isfinite(one).all():
            odd = one[~np.isfinite(one)].flat[0]
            return f"gives {odd}, which is not a finite number"
    return ""


def _things(count: int) -> str:
    return "one value" if count == 1 else f"{count} values"


def _match(given: list[NDArray] | None, other: list[NDArray], rtol: float, atol: float) -> bool:
    """Compare values alone; a single number stands for an array of equal ones."""
    if given is None:
        return False
    given = _spread(given, len(other))
    if len(given) != len(other):
        return False
    for one, two in zip(given, other, strict=True):
        if one.shape != two.shape and 1 not in (one.size, two.size):
            return False
        if not np.allclose(np.squeeze(one), np.squeeze(two), rtol, atol):
            return False
    return True


def _spread(given: list[NDArray], length: int) -> list[NDArray]:
    """Read an array as a tuple of its rows, or a tuple of rows as an array, as expected."""
    if len(given) == 1 < length and given[0].shape[:1] == (length,):
        return list(given[0])
    if length == 1 < len(given) and len({one.shape for one in given}) == 1:
        return [np.array(given)]
    return given


def _direction(given: list[NDArray], right: list[NDArray]) -> str:
    """Say what came, and whether the right value is larger or smaller, but not what it is."""
    for one, other in zip(_spread(given, len(right)), right, strict=True):
        error = one.ravel() - other.ravel()
        if np.allclose(error, 0, atol=1e-12):
            continue
        worst = int(np.argmax(np.abs(error)))
        size = "smaller" if error[worst] > 0 else "larger"
        index = tuple(int(i) for i in np.unravel_index(worst, other.shape))
        place = f" at index {index if len(index) > 1 else worst}" if error.size > 1 else ""
        return f"gives {one.ravel()[worst]:.4g}{place}; the right value is {size}"
    return "gives a value that is close, but not close enough"


def _show_case(case: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {_show(value)}" for name, value in case.items())


def _show(value: Any) -> str:
    array = np.asarray(value)
    if isinstance(value, bool):
        return str(value)
    if array.ndim == 0:
        return f"{array[()]:.4g}"
    return np.array2string(array, precision=3, separator=", ", threshold=8)
