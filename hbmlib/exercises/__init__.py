"""Exercises that check themselves: `check` an answer, ask for a `hint`, get your `data`.

Everything happens on this machine: no log is kept and nothing is sent anywhere.
"""

import contextlib
import html
import io
import re
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from hbmlib import checks
from hbmlib.exercises import ch01, ch02, ch03, ch04, ch05, ch06, ch07, ch08, ch09, ch10, ch11
from hbmlib.exercises.registry import Exercise, Judgement, State, is_blank

__all__ = ["Hint", "Verdict", "check", "data", "hint", "known"]

_CODE = re.compile("`([^`]+)`")
_MARKS = {
    State.NOT_ATTEMPTED: "○",
    State.NOT_YET: "◐",
    State.NOT_CONVERGED: "◑",
    State.CORRECT: "●",
}


def _gather(*chapters: tuple[Exercise, ...]) -> dict[str, Exercise]:
    exercises = [exercise for chapter in chapters for exercise in chapter]
    by_id = {exercise.id: exercise for exercise in exercises}
    if len(by_id) < len(exercises):
        raise ValueError("Two exercises have the same id. Give each its own.")
    return by_id


EXERCISES = _gather(
    ch01.EXERCISES,
    ch02.EXERCISES,
    ch03.EXERCISES,
    ch04.EXERCISES,
    ch05.EXERCISES,
    ch06.EXERCISES,
    ch07.EXERCISES,
    ch08.EXERCISES,
    ch09.EXERCISES,
    ch10.EXERCISES,
    ch11.EXERCISES,
)


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `check` thinks of an answer; it prints itself.

    Attributes
    ----------
    exercise : str
        The exercise's id.
    state : str
        "not attempted", "not yet", "not converged" or "correct".
    message : str
        Why, and what to look at next.
    """

    exercise: str
    state: State
    message: str

    def __repr__(self) -> str:
        return f"{_MARKS[self.state]} Exercise {self.exercise}: {self.state}. {self.message}"

    def _repr_html_(self) -> str:
        kind = self.state.replace(" ", "-")
        return (
            f'<div class="hbm-verdict hbm-verdict-{kind}" '
            'style="border-inline-start: 3px solid; padding-inline-start: 0.75em">'
            f'<span aria-hidden="true">{_MARKS[self.state]}</span> '
            f"<strong>Exercise {html.escape(self.exercise)}: {self.state}.</strong> "
            f"{_CODE.sub(r'<code>\1</code>', html.escape(self.message))}</div>"
        )


@dataclass(frozen=True, repr=False)
class Hint:
    """One hint; it prints itself."""

    exercise: str
    level: int
    levels: int
    text: str

    def __repr__(self) -> str:
        return f"Exercise {self.exercise}, hint {self.level} of {self.levels}: {self.text}"


def known() -> list[str]:
    """List the ids of the exercises that can be checked.

    Returns
    -------
    list of str

    Examples
    --------
    >>> "2.1" in known()
    True
    """
    return list(EXERCISES)


def check(exercise: str, answer: Any, student: str = "") -> Verdict:
    """Judge an answer.

    The answer may be anything at all: `check` never raises. It calls a function several times,
    with copies of its arguments, and keeps what the function prints to itself. One thing it
    cannot do is stop a function that never returns: interrupt the kernel, and the verdict says
    so.

    Parameters
    ----------
    exercise : str
        The exercise's id, such as "2.1".
    answer : object
        A number, an array or a function, as the exercise asks. ``...``, None, and a function
        that returns either or raises NotImplementedError are *not attempted*.
    student : str, optional
        For whom `data` made the data, where the exercise has data of its own.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> check("2.1", ...)
    ○ Exercise 2.1: not attempted. Replace the dots with your answer.
    >>> check("2.1", lambda n, tau, sigma: tau**2 / (tau**2 + sigma**2 / n)).state
    <State.CORRECT: 'correct'>
    """
    try:
        found = EXERCISES.get(exercise) if isinstance(exercise, str) else None
        if found is None:
            return Verdict(_name(exercise), State.NOT_ATTEMPTED, _unknown(exercise))
        judgement = _judge(found, answer, student)
    except KeyboardInterrupt:
        judgement = Judgement(State.NOT_YET, "Interrupted before the answer came back.")
    except MemoryError:
        judgement = Judgement(State.NOT_YET, "The answer is too large for the memory at hand.")
    except BaseException as error:
        # An answer may raise anything, SystemExit included, even while it is looked at.
        judgement = Judgement(State.NOT_YET, f"The answer raised {type(error).__name__}.")
    return Verdict(_name(exercise), judgement.state, judgement.message)


def hint(exercise: str, level: int = 1) -> Hint:
    """Give a hint.

    Parameters
    ----------
    exercise : str
        The exercise's id.
    level : int, optional
        1 is a nudge; higher levels say more.

    Returns
    -------
    Hint

    Raises
    ------
    ValueError
        If the exercise is unknown or has no hint of this level.

    Examples
    --------
    >>> hint("2.1").levels
    3
    """
    hints = EXERCISES[checks.one_of("exercise", exercise, known())].hints
    level = int(checks.whole("level", level, shape=()))
    checks.one_of("level", level, range(1, len(hints) + 1))
    return Hint(exercise, level, len(hints), hints[level - 1])


def data(exercise: str, student: str = "") -> dict[str, Any]:
    """Make an exercise's data.

    They depend on the exercise, the student and the course secret alone. The secret is the
    environment variable HBM_COURSE_SECRET; it may be empty.

    Parameters
    ----------
    exercise : str
        The exercise's id.
    student : str, optional
        Whose data; the default is the book's own.

    Returns
    -------
    dict
        Values by name.

    Raises
    ------
    ValueError
        If the exercise is unknown or has no data of its own.

    Examples
    --------
    >>> sorted(data("2.3", student="s123"))
    ['group', 'mu', 'sigma', 'tau', 'y']
    """
    with_data = [e.id for e in EXERCISES.values() if e.make_data is not None]
    return EXERCISES[checks.one_of("exercise", exercise, with_data)].data(student)


def _judge(exercise: Exercise, answer: Any, student: str) -> Judgement:
    if is_blank(answer):
        return Judgement(State.NOT_ATTEMPTED, "Replace the dots with your answer.")
    context = exercise.context(student)
    silence = io.StringIO()
    with (
        contextlib.redirect_stdout(silence),
        contextlib.redirect_stderr(silence),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        return exercise.judge(answer, context)


def _unknown(exercise: Any) -> str:
    advice = "" if isinstance(exercise, str) else " Put the id in quotation marks."
    return f"There is no such exercise.{advice} These can be checked: {', '.join(known())}."


def _name(exercise: Any) -> str:
    return str(exercise) if type(exercise) in (str, int, float) else type(exercise).__name__
