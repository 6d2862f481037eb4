"""Argument checks: a clean array, or a message of what was expected, what came, what to do.

A *shape* is a tuple of whole numbers and letters; a letter stands for any length of at least 1,
so ``("J",)`` is a vector and ``()`` a single number. A list of shapes allows any of them.
"""

import difflib
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence, Set
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "finite",
    "generator",
    "gradient_error",
    "labels",
    "non_negative",
    "numbers",
    "one_of",
    "positive",
    "probability",
    "same_length",
    "whole",
]

Shape = tuple[int | str, ...]
Shapes = Shape | Sequence[Shape] | None


def finite(
    name: str, value: ArrayLike, shape: Shapes = None, advice: str | None = None
) -> NDArray[np.float64]:
    """Check that every number is finite.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number or an array of numbers of any scale.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.
    advice : str, optional
        The last sentence of the message: what to do.

    Returns
    -------
    ndarray
        The numbers as floats. A single number becomes an array of shape ().

    Raises
    ------
    ValueError
        If `value` is empty, ragged, masked, of another shape, or holds anything but finite
        numbers. True and False do not count as numbers.

    Examples
    --------
    >>> finite("effect", [28, 8, -3])
    array([28.,  8., -3.])
    >>> finite("se", [15, float("nan")], shape=("J",))
    Traceback (most recent call last):
    ValueError: `se` must be finite numbers, shape (J,); got nan at index 1. Drop or replace it.
    """
    return _numbers(name, value, "finite {}", shape, advice)


def numbers(name: str, value: ArrayLike, shape: Shapes = None) -> NDArray[np.float64]:
    """Check that everything is a number; infinite ones are allowed.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number or an array of numbers of any scale.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.

    Returns
    -------
    ndarray
        The numbers as floats.

    Raises
    ------
    ValueError
        As `finite`, except for infinite numbers.

    Examples
    --------
    >>> numbers("x", [0, float("inf")])
    array([ 0., inf])
    """
    return _numbers(name, value, "{}", shape, None, infinite=True)


def positive(
    name: str, value: ArrayLike, shape: Shapes = None, advice: str | None = None
) -> NDArray[np.float64]:
    """Check that every number is finite and above zero.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number or an array of numbers.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.
    advice : str, optional
        The last sentence of the message: what to do.

    Returns
    -------
    ndarray
        The numbers as floats.

    Raises
    ------
    ValueError
        As `finite`, and if a number is zero or negative.

    Examples
    --------
    >>> positive("sigma", -3, shape=(), advice="Give a standard deviation.")
    Traceback (most recent call last):
    ValueError: `sigma` must be a positive number; got -3. Give a standard deviation.
    """
    return _numbers(name, value, "positive {}", shape, advice, lambda x: x > 0)


def non_negative(
    name: str, value: ArrayLike, shape: Shapes = None, advice: str | None = None
) -> NDArray[np.float64]:
    """Check that every number is finite and not below zero.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number or an array of numbers.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.
    advice : str, optional
        The last sentence of the message: what to do.

    Returns
    -------
    ndarray
        The numbers as floats.

    Raises
    ------
    ValueError
        As `finite`, and if a number is negative.

    Examples
    --------
    >>> non_negative("tau", [0, 2.5])
    array([0. , 2.5])
    """
    return _numbers(name, value, "non-negative {}", shape, advice, lambda x: x >= 0)


def probability(
    name: str, value: ArrayLike, shape: Shapes = None, advice: str | None = None
) -> NDArray[np.float64]:
    """Check that every number lies between 0 and 1, both included.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A probability or an array of them.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.
    advice : str, optional
        The last sentence of the message: what to do.

    Returns
    -------
    ndarray
        The probabilities as floats.

    Raises
    ------
    ValueError
        As `finite`, and if a number is below 0 or above 1.

    Examples
    --------
    >>> probability("p", [0.05, 0.95])
    array([0.05, 0.95])
    >>> probability("p", 95, shape=())
    Traceback (most recent call last):
    ValueError: `p` must be a number from 0 to 1; got 95. Divide percentages by 100.
    """
    numbers = _numbers(name, value, "{} from 0 to 1", shape, advice)
    advice = advice or "Divide percentages by 100."
    return _numbers(name, numbers, "{} from 0 to 1", shape, advice, lambda x: (x >= 0) & (x <= 1))


def whole(
    name: str,
    value: ArrayLike,
    minimum: int = 0,
    shape: Shapes = None,
    advice: str | None = None,
) -> NDArray[np.int64]:
    """Check that every number is whole and at least `minimum`.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array_like
        A number or an array of numbers; 3.0 counts as whole.
    minimum : int, optional
        The smallest number allowed.
    shape : tuple, list of tuples or None, optional
        The shape or shapes allowed; None allows all but empty ones.
    advice : str, optional
        The last sentence of the message: what to do.

    Returns
    -------
    ndarray
        The numbers as integers.

    Raises
    ------
    ValueError
        As `finite`, and if a number has a fractional part or is below `minimum`.

    Examples
    --------
    >>> whole("n", [15.0, 22, 12])
    array([15, 22, 12])
    >>> whole("n", [15, 22, 12, 0], minimum=1, shape=("J",), advice="Drop it.")
    Traceback (most recent call last):
    ValueError: `n` must be positive whole numbers, shape (J,); got 0 at index 3. Drop it.
    """
    quality = {0: "non-negative whole {}", 1: "positive whole {}"}.get(
        minimum, f"whole {{}} of {minimum} or more"
    )
    numbers = _numbers(
        name,
        value,
        quality,
        shape,
        advice,
        lambda x: (x == np.floor(x)) & (x >= minimum) & (np.abs(x) < 2.0**53),
    )
    return numbers.astype(np.int64)


def labels(name: str, value: Iterable[Hashable]) -> list[Hashable]:
    """Check that every entry can name a group.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : iterable of hashable
        The names: text, numbers or anything else hashable. A set has no order and is refused.

    Returns
    -------
    list
        The labels; NumPy's numbers become Python's.

    Raises
    ------
    ValueError
        If `value` is not a flat sequence, or an entry is None or nan.

    Examples
    --------
    >>> labels("group", np.array([0, 0, 1]))
    [0, 0, 1]
    >>> labels("group", ["A", None])
    Traceback (most recent call last):
    ValueError: `group` must name a group in every entry; got None at index 1. Drop that entry.
    """
    try:
        if isinstance(value, Set):
            raise TypeError
        plain = [label.item() if isinstance(label, np.generic) else label for label in value]
        set(plain)
    except TypeError:
        raise ValueError(
            f"`{name}` must be a flat sequence of labels; got {_show(value)}. "
            "Give one name or number for each entry."
        ) from None
    for index, label in enumerate(plain):
        if label is None or (label == label) is not True:  # neither nan nor NA equals itself
            raise ValueError(
                f"`{name}` must name a group in every entry; got {label!r} at index {index}. "
                "Drop that entry."
            )
    return plain


def generator(name: str, value: Any) -> np.random.Generator:
    """Check that a value is a source of random numbers.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What was given.

    Returns
    -------
    numpy.random.Generator
        The same.

    Raises
    ------
    ValueError
        If it is anything else, such as a seed.

    Examples
    --------
    >>> generator("rng", 1)
    Traceback (most recent call last):
    ValueError: `rng` must be a NumPy Generator; got 1. Make one with np.random.default_rng(seed).
    """
    if not isinstance(value, np.random.Generator):
        raise ValueError(
            f"`{name}` must be a NumPy Generator; got {_show(value)}. "
            "Make one with np.random.default_rng(seed)."
        )
    return value


def one_of(name: str, value: Any, options: Collection[Any]) -> Any:
    """Check that a value is one of the options.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        The value to look up.
    options : collection
        The values allowed.

    Returns
    -------
    object
        The value; NumPy's numbers and texts become Python's.

    Raises
    ------
    ValueError
        If no option has the type of `value` and equals it. The message lists the options, and
        names the nearest one when the spelling is close.

    Examples
    --------
    >>> one_of("preset", "hsp", ["hsb", "lesson"])
    Traceback (most recent call last):
    ValueError: `preset` must be one of 'hsb', 'lesson'; got 'hsp'. Did you mean 'hsb'?
    """
    value = value.item() if isinstance(value, np.generic) else value
    if any(type(value) is type(option) and value == option for option in options):
        return value
    near = difflib.get_close_matches(str(value), [o for o in options if isinstance(o, str)], 1)
    advice = f"Did you mean {near[0]!r}?" if near else "Choose one of them."
    listed = ", ".join(map(repr, options))
    raise ValueError(f"`{name}` must be one of {listed}; got {_show(value)}. {advice}")


def same_length(**named: Any) -> int:
    """Check that several sequences have the same length.

    Parameters
    ----------
    **named : sequence
        The sequences, by the names of the arguments.

    Returns
    -------
    int
        Their common length.

    Raises
    ------
    ValueError
        If one has no length, or two lengths differ.

    Examples
    --------
    >>> same_length(y=[3.1, 4.2], group=["A", "B"])
    2
    >>> same_length(y=[3.1, 4.2], group=["A"])
    Traceback (most recent call last):
    ValueError: `y` and `group` must have the same length; got 2 and 1. Give one entry for each.
    """
    came = [_length(value) for value in named.values()]
    if len(set(came)) == 1 and isinstance(came[0], int):
        return came[0]
    names = _join([f"`{name}`" for name in named])
    raise ValueError(
        f"{names} must have the same length; got {_join(list(map(str, came)))}. "
        "Give one entry for each."
    )


def _length(value: Any) -> int | str:
    try:
        return len(value)
    except TypeError:  # an array of shape () has the method, but no length
        return "no length"


def gradient_error(target: Any, q: ArrayLike, scale: ArrayLike = 1.0) -> float:
    """Compare a target's gradient with differences of its log density.

    Parameters
    ----------
    target : Target
        Offers `logp` and `logp_and_grad`.
    q : array_like, shape (..., dim)
        Points to compare at; take them where the target's mass is.
    scale : float or array_like, shape (dim,), optional
        Rough sds of the coordinates, which set the distances of the differences.

    Returns
    -------
    float
        The largest error over all points and coordinates, as a share of the larger of the two
        derivatives. Below 1e-6 the gradient is right; nan if a number was not finite.

    Raises
    ------
    ValueError
        If `q` or `scale` is not finite, or the gradient's shape is not that of `q`.

    Notes
    -----
    The differences are central and of fourth order. Derivatives that change the log density by
    less than 1e-6 of itself over one `scale` cannot be told from rounding, and count as equal
    if they agree to that.

    Examples
    --------
    >>> from hbmlib.targets import Funnel
    >>> gradient_error(Funnel(3), [[0.0, 1.0, 2.0], [3.0, -1.0, 0.0]]) < 1e-6
    True
    """
    q = finite("q", q)
    step = 1e-3 * np.broadcast_to(positive("scale", scale), q.shape)
    logp, gradient = target.logp_and_grad(q)
    if np.shape(gradient) != q.shape:
        raise ValueError(
            f"The gradient must have the shape of `q`, {q.shape}; got {np.shape(gradient)}. "
            "Give one derivative for each coordinate."
        )
    errors = []
    for i in range(q.shape[-1]):
        h = np.zeros(q.shape)
        h[..., i] = step[..., i]
        near = target.logp(q + h) - target.logp(q - h)
        far = target.logp(q + 2 * h) - target.logp(q - 2 * h)
        difference = (8 * near - far) / (12 * step[..., i])
        given = gradient[..., i]
        rounding = 1e-9 * np.maximum(np.abs(logp), 1) / step[..., i]
        size = np.maximum(np.maximum(np.abs(given), np.abs(difference)), rounding)
        errors.append(np.abs(given - difference) / size)
    return float(np.max(errors))


def _numbers(
    name: str,
    value: ArrayLike,
    quality: str,
    shape: Shapes,
    advice: str | None,
    allowed: Callable[[NDArray[np.float64]], NDArray[np.bool_]] | None = None,
    infinite: bool = False,
) -> NDArray[np.float64]:
    """Convert to floats of an allowed shape, finite unless said, each of which is `allowed`."""
    shapes = [shape] if isinstance(shape, tuple) else shape
    expected = f"`{name}` must be {_expected(quality, shapes)}"

    def refuse(came: str, default: str) -> ValueError:
        return ValueError(f"{expected}; got {came}. {advice or default}")

    if np.ma.is_masked(value):
        raise refuse("masked values", "Drop or replace them.")
    try:
        array = np.asarray(value)
    except ValueError:
        raise refuse("a ragged list", "Give every row the same length.") from None
    if array.size == 0:
        raise refuse("none at all", "Give at least one.")
    if array.dtype.kind in "mM":  # some of them would pass for whole numbers
        raise refuse("dates or times", "Convert them to numbers first.")
    odd = _first_odd(array, value)
    if odd is not None:
        raise refuse(odd, "Convert it to numbers first.")
    if shapes is not None and not any(_matches(array.shape, s) for s in shapes):
        raise refuse(f"shape {_shape(array.shape)}", "Check how it was made.")

    try:
        with np.errstate(over="ignore"):
            numbers = array.astype(np.float64)
    except OverflowError:
        raise refuse("a number that is too large to compute with", "Check the units.") from None
    good = ~np.isnan(numbers) if infinite else np.isfinite(numbers)
    if not good.all():
        raise refuse(_first(array, ~good), "Drop or replace it.")
    if allowed is not None:
        good = allowed(numbers)
        if not good.all():
            raise refuse(_first(array, ~good), "Check the data and the units.")
    return numbers


def _expected(quality: str, shapes: Sequence[Shape] | None) -> str:
    many = quality.format("numbers")
    if shapes is None:
        return many
    one = f"a {quality.format('number')}"
    return " or ".join(one if s == () else f"{many}, shape {_shape(s)}" for s in shapes)


def _shape(shape: Shape) -> str:
    inner = ", ".join(map(str, shape))
    return f"({inner},)" if len(shape) == 1 else f"({inner})"


def _matches(actual: tuple[int, ...], shape: Shape) -> bool:
    letters: dict[str, int] = {}
    return len(actual) == len(shape) and all(
        letters.setdefault(s, n) == n > 0 if isinstance(s, str) else n == s
        for n, s in zip(actual, shape, strict=True)
    )


def _first(array: NDArray[Any], bad: NDArray[np.bool_]) -> str:
    """Name the first bad number and where it stands."""
    if array.ndim == 0:
        return _show(array[()])
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{_show(array[index])} at index {index[0] if len(index) == 1 else index}"


def _first_odd(array: NDArray[Any], value: Any) -> str | None:
    """Name the first entry that is not a number, and where it stands."""
    if array.dtype.kind in "iuf" and hasattr(value, "dtype"):
        return None
    entries = np.asarray(value, dtype=object)
    if entries.shape != array.shape:
        return _show(value)
    odd = [isinstance(v, bool | np.bool_) or not isinstance(v, Real) for v in entries.flat]
    return _first(entries, np.reshape(odd, entries.shape)) if any(odd) else None


def _show(value: Any) -> str:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _join(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
