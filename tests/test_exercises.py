import fractions
import html
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myst_nb.core.read import read_myst_markdown_notebook

from hbmlib import exercises, pooling
from hbmlib.exercises import check, data, hint, known, registry
from hbmlib.exercises.registry import (
    Context,
    Exercise,
    Function,
    Judgement,
    Misconception,
    Number,
    State,
)
from hbmlib.exercises.stochastic import Conditional, Posterior

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted(ROOT.glob("chapters/[0-9][0-9]-*.md"))
ALL = [exercises.EXERCISES[id] for id in known()]


def test_states_are_the_four_of_the_book():
    assert [str(s) for s in State] == ["not attempted", "not yet", "not converged", "correct"]


@pytest.fixture(params=ALL, ids=known())
def exercise(request):
    return request.param


def answer_of(exercise, function):
    """Turn a solution or misconception into what a reader would hand in."""
    given = isinstance(exercise.judge, Number | Posterior)
    return function(**exercise.data()) if given else function


def courses(exercise):
    """Count the courses whose hidden cases are tried; draws cost more than numbers."""
    return range(3 if isinstance(exercise.judge, Conditional | Posterior) else 200)


class TestEveryExercise:
    def test_solution_is_correct(self, exercise):
        answer = answer_of(exercise, exercise.judge.solution)
        assert check(exercise.id, answer).state == "correct"

    @pytest.mark.parametrize("blank", [..., None, NotImplemented, (..., ...)])
    def test_blank_is_not_attempted(self, exercise, blank):
        assert check(exercise.id, blank).state == "not attempted"

    def test_each_misconception_gets_its_own_message(self, exercise):
        messages = [m.message for m in exercise.judge.misconceptions]
        assert len(set(messages)) == len(messages) > 0
        for misconception in exercise.judge.misconceptions:
            verdict = check(exercise.id, answer_of(exercise, misconception.answer))
            assert (verdict.state, verdict.message) == ("not yet", misconception.message)

    def test_hidden_cases_of_any_course_tell_right_from_wrong(self, exercise, monkeypatch):
        for secret in courses(exercise):
            monkeypatch.setenv(registry.SECRET, f"course {secret}")
            right = answer_of(exercise, exercise.judge.solution)
            assert check(exercise.id, right).state == "correct", secret
            for wrong in exercise.judge.misconceptions:
                verdict = check(exercise.id, answer_of(exercise, wrong.answer))
                assert verdict.message == wrong.message, secret

    def test_hints_go_from_first_to_last(self, exercise):
        levels = hint(exercise.id).levels
        texts = [hint(exercise.id, level).text for level in range(1, levels + 1)]
        assert len(set(texts)) == levels >= 2
        with pytest.raises(ValueError, match="`level` must be one of 1, "):
            hint(exercise.id, levels + 1)

    def test_hint_levels_are_whole_numbers(self, exercise):
        assert repr(hint(exercise.id, np.int64(1))) == repr(hint(exercise.id, 1.0))
        for level in (0, 1.5, "1", None, True):
            with pytest.raises(ValueError, match="`level` must be"):
                hint(exercise.id, level)

    def test_points_are_positive(self, exercise):
        assert exercise.points > 0


def update_by_precisions(mean, n, sigma, mu, tau):
    data, population = n / sigma**2, 1 / tau**2
    return [
        (data * mean + population * mu) / (data + population),
        (data + population) ** -0.5,
    ]


def update_by_the_library(mean, n, sigma, mu, tau):
    groups = pooling.from_means(np.atleast_1d(mean), n=np.atleast_1d(n))
    return pooling.partial(groups, mu, tau, sigma)


def largest_move_by_the_library(y, group, mu, tau, sigma):
    groups = pooling.summarise(y, group)
    return np.abs(pooling.partial(groups, mu, tau, sigma).mean - groups.mean).max()


OTHER_WAYS = [
    ("2.1", pooling.shrinkage_weight),
    ("2.1", lambda n, tau, sigma: (n / sigma**2) / (n / sigma**2 + 1 / tau**2)),
    ("2.1", lambda n, tau, sigma: n / (n + (sigma / tau) ** 2)),
    ("2.1", lambda size, between, within: 1 / (1 + within**2 / (size * between**2))),
    ("2.1", lambda n, tau, sigma: pd.Series(tau**2 / (tau**2 + sigma**2 / np.atleast_1d(n)))),
    ("2.1", lambda n, tau, sigma: tuple((tau**2 / (tau**2 + sigma**2 / np.array([n]))).flat)),
    ("2.2", update_by_precisions),
    ("2.2", lambda *args: np.array(update_by_precisions(*args))),
    ("2.2", update_by_the_library),
    ("2.3", largest_move_by_the_library),
    ("2.3", lambda **data: round(largest_move_by_the_library(**data), 2)),
    ("2.4", lambda weight, tau, sigma: sigma**2 / (tau**2 * (1 / weight - 1))),
    ("2.5", lambda d, n, tau, sigma: (tau**4 / (tau**2 + sigma**2 / n) ** 2) * sigma**2 / n
     + (sigma**2 / n / (tau**2 + sigma**2 / n) * d) ** 2),
]  # fmt: skip


@pytest.mark.parametrize(("id", "answer"), OTHER_WAYS)
def test_other_right_ways_are_never_failed(id, answer, monkeypatch):
    for secret in range(200):
        monkeypatch.setenv(registry.SECRET, str(secret))
        given = answer_of(exercises.EXERCISES[id], answer)
        assert check(id, given).state == "correct", secret


# What a reader, or a reader's friend, might hand in.


class Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name):
        raise RuntimeError(name)

    __array__ = __len__ = __iter__ = __float__ = __eq__ = __bool__ = __repr__ = __call__ = (
        lambda self, *args, **kwargs: 1 / 0
    )
    __hash__ = None


class UntellableError(Exception):
    def __str__(self):
        raise self


def raises(error):
    def function(*args, **kwargs):
        raise error

    return function


def endless(*args):
    return endless(*args)


def destroys(*args):
    for arg in args:
        if isinstance(arg, np.ndarray):
            arg[...] = 0
    return args[0]


WEIRD = [
    "0.5",
    b"0.5",
    "",
    True,
    [],
    (),
    {},
    {"theta": 1},
    math.nan,
    math.inf,
    10**400,
    1j,
    [[1, 2], [3]],
    [None, 1.0],
    [..., 1.0],
    np.array([], dtype=float),
    np.array(["a"]),
    np.ma.masked,
    np.ma.masked_all(5),
    lambda n, tau, sigma: np.ma.array(tau**2 / (tau**2 + sigma**2 / n), mask=True),
    np.zeros((2, 3, 4)),
    np.datetime64("2020-01-01"),
    object(),
    Hostile(),
    type,
    int,
    Hostile,
    print,
    max,
    lambda: 1,
    lambda *a: None,
    lambda *a: Hostile(),
    lambda *a: "0.5",
    lambda *a: math.nan,
    lambda *a: [1, 2, 3],
    lambda *a: np.zeros(17),
    lambda *a: (x for x in a),
    lambda *a: lambda: 1,
    raises(ValueError("no")),
    raises(KeyError()),
    raises(MemoryError()),
    raises(SystemExit(1)),
    raises(KeyboardInterrupt()),
    raises(GeneratorExit()),
    raises(BaseException("odd")),
    raises(UntellableError()),
    raises(UserWarning("w")),
    endless,
    destroys,
]


class TestNeverRaises:
    @pytest.mark.parametrize("which", range(len(WEIRD)))
    def test_weird_answers_are_never_correct(self, exercise, which):
        verdict = check(exercise.id, WEIRD[which])
        assert verdict.state in {"not yet", "not attempted"}
        assert verdict.message
        assert len(verdict.message) < 500
        assert repr(verdict)
        assert verdict._repr_html_()

    @settings(max_examples=60, deadline=None)
    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text()
            | st.complex_numbers()
            | st.binary()
            | st.fractions(),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.tuples(inner, inner)
                | st.dictionaries(st.text(), inner, max_size=3)
            ),
        )
    )
    def test_any_value_given_or_returned(self, value):
        for id in known():
            assert isinstance(check(id, value), exercises.Verdict)
            assert isinstance(check(id, lambda *_: value), exercises.Verdict)

    def test_unknown_exercise_names_the_known_ones(self):
        for id in ("9.9", "", 2.1, None, ["2.1"], "2.1 "):
            verdict = check(id, 1)
            assert verdict.state == "not attempted"
            assert all(name in verdict.message for name in known())

    def test_hostile_exercise(self):
        assert check(Hostile(), 1).state in {"not attempted", "not yet"}

    def test_hostile_student(self):
        assert check("2.1", 0.5, student=Hostile()).state == "not yet"


class TestUnknownIds:
    @pytest.mark.parametrize("ask", [hint, data])
    def test_raise_and_name_the_known_ones(self, ask):
        with pytest.raises(ValueError, match=r"`exercise` must be one of .*'9\.9'"):
            ask("9.9")


class TestVerdict:
    def test_is_frozen(self):
        with pytest.raises(AttributeError):
            check("2.1", ...).state = "correct"

    def test_html_says_the_same_and_escapes(self):
        verdict = exercises.Verdict("<b>", State.NOT_YET, "a < b & 'c'")
        shown = verdict._repr_html_()
        assert "<b>" not in shown
        assert "a &lt; b &amp;" in shown
        assert html.escape(verdict.message) in shown

    def test_works_without_network_or_writing(self, tmp_path):
        code = """
import sys
def audit(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if event.startswith("socket") or writes:
        raise SystemExit(f"{event} {args}")
from hbmlib.exercises import check
check("2.1", 1)
sys.addaudithook(audit)
print(check("2.1", lambda n, tau, sigma: tau**2 / (tau**2 + sigma**2 / n)).state)
"""
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert (run.stdout.strip(), list(tmp_path.iterdir())) == ("correct", []), run.stderr


# The judges, on exercises made for the purpose.


def judged(judge, answer, **data):
    made = Exercise("t.1", 1, judge, make_data=(lambda rng: data) if data else None)
    return exercises._judge(made, answer, "")


mean_sd = Function(
    solution=lambda y: (np.mean(y), np.std(y, ddof=1)),
    cases=lambda rng: [{"y": rng.normal(size=n)} for n in (2, 5, 9)],
    misconceptions=[Misconception(lambda y: (np.mean(y), np.std(y)), "n, not n - 1")],
)


class TestFunction:
    def test_tuple_list_and_array_of_results_pass(self):
        for pack in (tuple, list, np.array):
            answer = judged(mean_sd, lambda y, pack=pack: pack([y.mean(), y.std(ddof=1)]))
            assert answer.state == "correct"

    def test_misconception(self):
        assert judged(mean_sd, lambda y: (y.mean(), y.std())).message == "n, not n - 1"

    def test_too_few_results(self):
        assert "gives one value; 2 values expected" in judged(mean_sd, np.mean).message

    def test_one_branch_unfinished_is_not_yet(self):
        answer = judged(mean_sd, lambda y: (y.mean(), y.std(ddof=1)) if y.size > 2 else None)
        assert answer.state == "not yet"
        assert answer.message.startswith("Right in 2 of 3 cases. With y = [")

    def test_raised_error_is_quoted(self):
        answer = judged(mean_sd, raises(IndexError("list index out of range")))
        assert "raises IndexError ('list index out of range')" in answer.message

    def test_scalar_code_fails_on_arrays_with_the_case_shown(self):
        answer = check("2.1", lambda n, tau, sigma: 0 if n == 0 else tau**2)
        assert answer.state == "not yet"

    def test_changed_arguments_do_not_spoil_the_judgement(self):
        def centre(y):
            mean = y.mean()
            y -= mean
            return mean, math.sqrt((y**2).sum() / (y.size - 1))

        answer = judged(mean_sd, centre)
        assert answer.state == "correct"
        assert "in place" in answer.message

    def test_result_reused_between_calls(self):
        buffer = np.zeros(2)

        def answer(y):
            buffer[:] = y.mean(), y.std(ddof=1)
            return buffer

        assert judged(mean_sd, answer).state == "correct"

    def test_is_quiet(self, capfd):
        def chatty(y):
            print("thinking")
            print("thinking", file=sys.stderr)
            np.log(0 * y)
            return y.mean(), y.std(ddof=1)

        assert judged(mean_sd, chatty).state == "correct"
        assert capfd.readouterr() == ("", "")

    def test_value_instead_of_function(self):
        assert "Pass the function itself" in judged(mean_sd, 3.0).message


third = Number(lambda: 1 / 3, 0.005, [Misconception(lambda: 3.0, "upside down")])


class TestNumber:
    @pytest.mark.parametrize(
        "value",
        [0.333, 1 / 3, np.float32(1 / 3), fractions.Fraction(1, 3), [1 / 3], np.array(1 / 3)],
    )
    def test_right_in_any_dress(self, value):
        assert judged(third, value).state == "correct"

    @pytest.mark.parametrize("value", [0.32, 0.34, -1 / 3, "1/3", [1 / 3, 1 / 3]])
    def test_wrong(self, value):
        assert judged(third, value).state == "not yet"

    def test_direction_without_the_value(self):
        message = judged(third, 0.4).message
        assert "gives 0.4; the right value is smaller" in message
        assert "0.33" not in message

    def test_misconception(self):
        assert judged(third, 3).message == "upside down"

    def test_function_instead_of_value(self):
        assert "Call it" in judged(third, lambda: 1 / 3).message

    def test_array_names_the_worst_place(self):
        judge = Number(lambda y: y, 0.01)
        assert "at index 1" in judged(judge, [1, 5, 3], y=np.array([1.0, 2, 3])).message
        square = np.arange(4.0).reshape(2, 2)
        assert "at index (1, 0)" in judged(judge, [[0, 1], [9, 3]], y=square).message

    def test_rows_of_a_matrix_in_a_tuple_pass(self):
        judge, square = Number(lambda y: y, 0.01), np.arange(4.0).reshape(2, 2)
        assert judged(judge, tuple(square), y=square).state == "correct"

    def test_an_answer_without_end_is_refused(self):
        verdict = check("2.3", np.broadcast_to(1.0, (10**6, 10**6)))
        assert "too large" in verdict.message


class TestOtherJudges:
    def test_a_judge_may_ask_for_longer_chains(self):
        def judge(answer, context):
            return Judgement(State.NOT_CONVERGED, "Right so far; run 4,000 draws.")

        assert judged(judge, np.zeros(5)).state == "not converged"
        assert repr(exercises.Verdict("t.1", *judged(judge, 1))).startswith(
            "◑ Exercise t.1: not c"
        )

    def test_context_repeats(self):
        made = Exercise("t.1", 1, third, make_data=lambda rng: {"y": rng.random()})
        one, two = made.context("s1"), made.context("s1")
        assert isinstance(one, Context)
        assert one.data == two.data
        assert one.rng.random() == two.rng.random()


class TestData:
    made = Exercise("t.1", 1, third, make_data=lambda rng: {"y": rng.random()})

    def test_depends_on_student_secret_and_exercise_alone(self, monkeypatch):
        monkeypatch.delenv(registry.SECRET, raising=False)
        base = self.made.data("s1")
        assert base == self.made.data("s1") != self.made.data("s2")
        assert base != Exercise("t.2", 1, third, make_data=self.made.make_data).data("s1")
        monkeypatch.setenv(registry.SECRET, "term 1")
        assert base != self.made.data("s1")

    def test_same_in_another_process(self):
        code = (
            "from hbmlib.exercises.registry import Exercise;"
            "print(Exercise('t.1', 1, None, make_data=lambda r: {'y': r.random()}).data('s1'))"
        )
        run = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": "7"},
        )
        assert run.stdout.strip() == str(self.made.data("s1"))


def test_ids_must_differ():
    with pytest.raises(ValueError, match="same id"):
        exercises._gather((TestData.made,), (TestData.made,))


# The chapters.


def exercise_cells(path):
    """Run a chapter's cells in order; yield each exercise cell with the names it left."""
    namespace = {"__name__": "__main__"}
    for cell in read_myst_markdown_notebook(path.read_text(encoding="utf-8")).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), namespace)
            if "hbm" in cell.metadata:
                yield (
                    SimpleNamespace(
                        **{"solution": None, "exercise": None, **cell.metadata["hbm"]}
                    ),
                    namespace,
                )


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_stubs_and_solutions(path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv(registry.SECRET, raising=False)
    names, solved = {}, []
    for cell, namespace in exercise_cells(path):
        if cell.exercise:
            names[cell.exercise] = cell.answer
            assert exercises.EXERCISES[cell.exercise].points == cell.points
            assert check(cell.exercise, namespace[cell.answer]).state == "not attempted"
        else:
            solved.append(cell.solution)
            assert check(cell.solution, namespace[names[cell.solution]]).state == "correct"
    chapter = str(int(path.name[:2]))
    assert solved == list(names)
    assert solved == [id for id in known() if id.split(".")[0] == chapter]
