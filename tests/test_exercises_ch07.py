"""Exercises 7.1 to 7.4: held against the library, and answers written in other ways."""

import numpy as np
import pytest

from hbmlib import diagnostics
from hbmlib.exercises import check, data
from hbmlib.exercises.ch07 import (
    DRAWS_NEEDED,
    EFFECTIVE_SIZE,
    SPLIT_RHAT,
    UNEVENNESS,
    _effective_size,
    _more_draws,
    _split_rhat,
    _unevenness,
)

STUDENTS = ("", "s1", "s2")


def cases(exercise):
    return exercise.judge.cases(exercise.generator("cases", ""))


@pytest.mark.parametrize("seed", range(3))
def test_the_solution_of_7_1_is_the_librarys_before_ranks(seed):
    x = np.random.default_rng(seed).normal(size=(4, 101)).cumsum(axis=1)
    assert _split_rhat(x) == pytest.approx(diagnostics._classic_rhat(diagnostics._split(x)))


def test_7_1_has_draws_that_the_median_cannot_be_left_in():
    assert any(case["x"].shape[1] % 2 for case in cases(SPLIT_RHAT))

    def middle_kept(x):
        half = -(-x.shape[1] // 2)
        x = np.concatenate([x[:, :half], x[:, -half:]])
        return diagnostics._classic_rhat(x)

    assert check("7.1", middle_kept).state == "not yet"


def test_another_way_to_write_7_1_passes():
    def split_rhat(x):
        n = len(x[0]) // 2
        halves = [row[:n] for row in x] + [row[len(row) - n :] for row in x]
        means = [np.mean(h) for h in halves]
        within = np.mean([np.sum((h - np.mean(h)) ** 2) / (n - 1) for h in halves])
        return (1 - 1 / n + np.var(means, ddof=1) / within) ** 0.5

    assert check("7.1", split_rhat).state == "correct"


def test_the_solution_of_7_2_finds_the_size_of_an_autoregression():
    rho = 0.9 ** np.arange(400)
    assert _effective_size(rho, 1900) == pytest.approx(100)


def test_7_2_by_a_loop_passes():
    def effective_size(rho, size):
        total, i = -1.0, 0
        while i + 1 < len(rho) and rho[i] + rho[i + 1] > 0:
            total += 2 * (rho[i] + rho[i + 1])
            i += 2
        return size / total

    assert check("7.2", effective_size).state == "correct"


def test_7_2_does_not_ask_for_the_monotone_sequence():
    for case in cases(EFFECTIVE_SIZE):
        pairs = np.reshape(case["rho"], (-1, 2)).sum(axis=1)
        first = np.append(np.flatnonzero(pairs <= 0), pairs.size)[0]
        assert np.all(np.diff(pairs[:first]) <= 0)  # so both rules give the same


@pytest.mark.parametrize("student", STUDENTS)
def test_data_of_7_3_are_a_right_run_that_is_too_short(student):
    tau = data("7.3", student=student)["tau"]
    assert tau.shape == (4, 400)
    assert tau.min() > 0
    assert diagnostics.rhat(tau) < 1.05
    assert _more_draws(tau) > 2 * tau.shape[1]
    assert check("7.3", _more_draws(tau), student=student).state == "correct"


@pytest.mark.parametrize("student", STUDENTS)
def test_wrong_counts_of_7_3_are_told_apart(student):
    tau = data("7.3", student=student)["tau"]
    wrong = [w.answer(tau=tau) for w in DRAWS_NEEDED.judge.misconceptions]
    answers = np.sort([_more_draws(tau), *wrong])
    assert np.diff(answers).min() > 2 * DRAWS_NEEDED.judge.tolerance


def test_the_solution_of_7_4_is_the_librarys_statistic():
    for case in cases(UNEVENNESS):
        truth, kept = case["truth"], case["kept"]
        rank = [sum(d < t for d in row) for t, row in zip(truth, kept, strict=True)]
        counts = np.bincount(rank, minlength=kept.shape[1] + 1)
        expected = len(truth) / counts.size
        assert _unevenness(**case) == pytest.approx(np.sum(counts**2) / expected - len(truth))


def test_7_4_is_about_its_degrees_of_freedom_when_ranks_are_flat():
    rng = np.random.default_rng(1)
    found = [_unevenness(rng.normal(size=400), rng.normal(size=(400, 9))) for _ in range(300)]
    assert np.mean(found) == pytest.approx(9, abs=4 * np.sqrt(18 / 300))
