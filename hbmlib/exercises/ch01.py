"""The exercises of chapter 1."""

from hbmlib.exercises.registry import Exercise

EXERCISES: tuple[Exercise, ...] = ()
