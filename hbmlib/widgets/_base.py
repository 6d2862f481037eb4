"""What every widget has: checked state, a link, its Python lines, a figure without a script."""

import json
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from hbmlib import checks, priors
from hbmlib.widgets import _overlays as overlays
from hbmlib.widgets._state import StateError

__all__ = ["PosteriorWidget", "Widget", "numbers"]

STATIC = Path(__file__).parent / "static"
#: What every widget can show beside the controls of its own state.
COMMON_CONTROLS = ("reset", "link", "table")


class Widget(anywidget.AnyWidget):
    """A widget of the book: one class here, one view of the same name in ``frontend/views/``.

    A subclass names its traits in ``STATE``, in the order of a link, each made by a function of
    ``_state``; ``PYTHON`` holds the lines that print its numbers, with ``$name`` where the state
    comes in; ``values`` and ``_picture`` compute what is stated and drawn.
    """

    STATE: ClassVar[tuple[str, ...]] = ()
    #: The lines that reproduce the numbers; one text, or one for each value of `_variant`.
    PYTHON: ClassVar[str | dict[str, str]] = ""
    #: The controls that the widget can show, in the order of the page.
    CONTROLS: ClassVar[tuple[str, ...]] = ()
    #: Those it shows unless told otherwise; all of them when empty.
    SHOWN: ClassVar[tuple[str, ...]] = ()

    controls = traitlets.TraitType(default_value=()).tag(sync=True)
    given = traitlets.Any(read_only=True).tag(sync=True)
    python_lines = traitlets.Any(read_only=True).tag(sync=True)

    def __init_subclass__(cls, **options: Any) -> None:
        if "STATE" in cls.__dict__:
            cls._esm = STATIC / f"{cls.__name__}.js"
            cls._css = STATIC / "widgets.css"
            cls._judge = traitlets.validate(*cls.STATE, "controls")(_judge)
            cls.CONTROLS = cls.CONTROLS or (*cls.STATE, *COMMON_CONTROLS)
            cls.SHOWN = cls.SHOWN or cls.CONTROLS
        super().__init_subclass__(**options)

    def __init__(self, **state: Any) -> None:
        known = [*self.STATE, "controls"]
        unknown = set(state) - {*known, "layout"}
        if unknown:
            checks.one_of("argument", sorted(unknown)[0], known)
        self.set_trait("given", self._given())
        self.set_trait("python_lines", self.PYTHON)
        super().__init__(**({"controls": list(self.SHOWN)} | state))

    def __repr__(self) -> str:
        parts = [f"{name}={_shown(getattr(self, name))}" for name in self.STATE]
        return f"{type(self).__name__}({', '.join(parts)})"

    def _given(self) -> Any:
        """Return what the page cannot know: data sets and the states to start from."""
        return None

    def _slots(self) -> dict[str, Any]:
        """Return what stands in the Python lines; the view's ``slots`` must say the same."""
        return {name: getattr(self, name) for name in self.STATE}

    def _variant(self) -> str:
        """Return which of several Python texts holds; the view's ``variant`` must say the same."""
        return ""

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        raise NotImplementedError

    def _picture(self) -> tuple[str, str]:
        """Return an inline SVG of the present state, and its summary in words."""
        raise NotImplementedError

    @property
    def python(self) -> str:
        """Lines of `hbmlib` that print `values` as JSON."""
        lines = self.PYTHON if isinstance(self.PYTHON, str) else self.PYTHON[self._variant()]
        return Template(lines).substitute({k: _literal(v) for k, v in self._slots().items()})

    @property
    def link(self) -> str:
        """The fragment that opens a page's first widget of this class in the present state."""
        parts = [f"{name}={_written(getattr(self, name))}" for name in self.STATE]
        return f"#{type(self).__name__}-1?{'&'.join(parts)}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Offer the live view, and for readers without one a figure of the present state."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        try:
            picture, words = self._picture()
            content = f"{picture}<p>{escape(words)}</p>"
        except (ValueError, ArithmeticError) as fault:
            content = f"<p>{escape(str(fault))}</p>"
        mark = f'class="hbm-static" data-hbm-model="{escape(self.model_id, quote=True)}"'
        return data | {"text/html": f"<div {mark}>{content}</div>"}, metadata


class PosteriorWidget(Widget):
    """A widget with an exact posterior, over which draws can be shown.

    A subclass has ``posterior``, ``groups``, ``known_sigma`` (None when unknown) and the priors
    ``mu_prior``, ``tau_prior`` and, unless sigma is known, ``sigma_prior``.
    """

    METHODS: ClassVar[dict[str, Callable[..., overlays.Draws]]] = overlays.METHODS

    overlay = traitlets.Any().tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        self.observe(self._forget_draws, names=list(self.STATE))

    def _forget_draws(self, _: Mapping[str, Any]) -> None:
        self.overlay = None

    def refit(
        self, method: str = "exact", draws: int = 2000, seed: int = 1
    ) -> dict[str, NDArray[np.float64]]:
        """Draw from the posterior and show the draws over the exact curves.

        Parameters
        ----------
        method : {"exact", "pymc"}, optional
            Independent draws from the exact posterior, or PyMC's NUTS on the same model.
        draws : int, optional
            How many draws, over all chains.
        seed : int, optional
            Seed of the draws.

        Returns
        -------
        dict of str to ndarray
            Draws of ``mu``, ``tau``, ``sigma`` (unless known), each of shape (draws,), and of
            ``theta``, shape (draws, J).

        Raises
        ------
        ValueError
            If `method` is unknown.
        ImportError
            If `method` is ``"pymc"`` and PyMC is not installed.
        """
        checks.one_of("method", method, self.METHODS)
        draws = int(checks.whole("draws", draws, minimum=100, shape=()))
        drawn = self.METHODS[method](self, draws, seed)
        self.overlay = {"method": method} | overlays.summary(drawn)
        return drawn


# One check for each trait. A fault leaves the trait, and a whole message of the page, unset.
def _judge(widget: Widget, proposal: Mapping[str, Any]) -> Any:
    trait, value = proposal["trait"], proposal["value"]
    try:
        if trait.name == "controls":
            return _controls(value, widget.CONTROLS)
        return trait.check(widget, trait.name, value)
    except ValueError as fault:
        raise StateError(str(fault)) from None


def _controls(value: Any, known: tuple[str, ...]) -> list[str]:
    if isinstance(value, str) or not np.iterable(value):
        raise ValueError(
            f"`controls` must be a list of names; got {value!r}. Put them in brackets."
        )
    return [checks.one_of("controls", name, known) for name in value]


def numbers(values: ArrayLike) -> list[float | None]:
    """Write numbers for JSON; None stands where one does not exist."""
    return [float(x) if np.isfinite(x) else None for x in np.atleast_1d(values)]


def _literal(value: Any) -> str:
    """Write a part of the state as Python."""
    if isinstance(value, Mapping):
        return f"priors.{priors.from_dict(value)!r}"
    return repr(value)


def _shown(value: Any) -> str:
    return repr(priors.from_dict(value)) if isinstance(value, Mapping) else repr(value)


def _written(value: Any) -> str:
    """Write a part of the state for a link."""
    if isinstance(value, bool):
        return json.dumps(value)
    parts = value.values() if isinstance(value, Mapping) else value
    return ",".join(map(str, parts)) if isinstance(value, Mapping | list) else str(value)
