"""The traits of a widget's state: each is checked by the words of `hbmlib.checks`.

Each function returns a synchronised trait with its default. Its check is called as
``check(widget, name, value)`` when all traits of a message are set, so it may look at others.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import traitlets

from hbmlib import checks, priors, simulate

__all__ = [
    "StateError",
    "checked",
    "choice",
    "flag",
    "group_sizes",
    "location_prior",
    "number",
    "scale_prior",
    "seed",
    "whole",
    "whole_from",
]

LOCATION_PRIORS = (priors.Normal, priors.Flat)
SCALE_PRIORS = (
    priors.HalfNormal,
    priors.HalfCauchy,
    priors.Uniform,
    priors.Flat,
    priors.GammaPrecision,
)
Check = Callable[[Any, str, Any], Any]


class StateError(traitlets.TraitError, ValueError):
    """A trait was set to a value that it cannot have; the widget stays as it was."""


def checked(check: Check, default: Any = 0) -> traitlets.TraitType:
    """Make a trait that `check` judges; None is judged too."""
    trait = traitlets.TraitType(default_value=default).tag(sync=True)
    trait.check = check
    return trait


def number(
    default: float,
    quality: Callable[..., Any] = checks.finite,
    advice: str = "Give one number.",
    low: float | None = None,
    high: float | None = None,
) -> traitlets.TraitType:
    """Make a number: `quality` is ``checks.finite``, ``.positive`` or ``.non_negative``."""

    def check(_: Any, name: str, value: Any) -> float:
        clean = float(quality(name, value, shape=(), advice=advice))
        if (low is not None and clean < low) or (high is not None and clean > high):
            raise ValueError(
                f"`{name}` must be a number from {low:.12g} to {high:.12g}; got {clean:.12g}. "
                "Choose another."
            )
        return clean

    return checked(check, default)


def whole(default: int, low: int, high: int) -> traitlets.TraitType:
    """Make a whole number from `low` to `high`."""
    return checked(lambda _, name, value: whole_from(name, value, low, high), default)


def seed(default: int = 1) -> traitlets.TraitType:
    """Make a seed."""
    return whole(default, 0, simulate.MAX_SEED)


def choice(default: Any, options: Collection[Any]) -> traitlets.TraitType:
    """Make one of several names."""
    return checked(lambda _, name, value: checks.one_of(name, value, options), default)


def flag(default: bool) -> traitlets.TraitType:
    """Make a yes or no."""

    def check(_: Any, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"`{name}` must be true or false; got {value!r}. Choose one of them.")
        return value

    return checked(check, default)


def location_prior(default: priors.Prior) -> traitlets.TraitType:
    """Make a prior of a mean; a prior object may be given too."""
    return checked(lambda _, name, value: _prior(name, value, LOCATION_PRIORS), default.to_dict())


def scale_prior(default: priors.Prior) -> traitlets.TraitType:
    """Make a prior of a standard deviation; a prior object may be given too."""
    return checked(lambda _, name, value: _prior(name, value, SCALE_PRIORS), default.to_dict())


def group_sizes(
    default: list[int], available: Callable[[Any], list[int]], least: int = 0
) -> traitlets.TraitType:
    """Make group sizes; ``available(widget)`` gives the most that each group can have.

    There may be fewer groups than `available` names. At least one observation is wanted.
    """

    def check(widget: Any, name: str, value: Any) -> list[int]:
        most = available(widget)
        sizes = checks.whole(name, value, shape=("J",), advice="Give one for each group.")
        whole_from("n_groups", sizes.size, 1, len(most))
        for j, (n, top) in enumerate(zip(sizes, most, strict=False)):
            if not least <= n <= top:
                less = "Use no more than there are." if n > top else "Raise it."
                raise ValueError(
                    f"`{name}` must be whole numbers from {least} to {top}; got {n} at index {j}. "
                    f"{less}"
                )
        if not sizes.any():
            raise ValueError(
                f"`{name}` must be sizes with at least one observation; got none. Raise one."
            )
        return sizes.tolist()

    return checked(check, default)


def whole_from(name: str, value: Any, low: int, high: int) -> int:
    """Check a whole number from `low` to `high`."""
    clean = int(checks.whole(name, value, shape=(), advice=f"Choose one from {low} to {high}."))
    if not low <= clean <= high:
        raise ValueError(
            f"`{name}` must be a whole number from {low} to {high}; got {clean}. Choose another."
        )
    return clean


def _prior(name: str, value: Any, allowed: tuple[type, ...]) -> dict[str, Any]:
    prior = priors.from_dict(value) if isinstance(value, Mapping) else value
    if not isinstance(prior, allowed):
        families = ", ".join(kind.__name__ for kind in allowed)
        raise ValueError(
            f"`{name}` must be a prior among {families}; got {value!r}. Choose one of them."
        )
    return json.loads(json.dumps(prior.to_dict()))
