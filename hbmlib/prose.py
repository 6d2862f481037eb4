"""Numbers and claims of the prose: computed where they are stated, and asserted."""

import math
import re

import numpy as np

__all__ = ["claim", "format_number", "show_number"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_RECORD = "application/papermill.record/text/plain"


def format_number(value: float, digits: int) -> str:
    """Round a number as the prose prints it.

    Parameters
    ----------
    value : float
        A finite real number.
    digits : int
        How many digits follow the decimal point; 0 or more.

    Returns
    -------
    str
        The rounded number, with a true minus sign and no negative zero.

    Raises
    ------
    ValueError
        If `value` is not one finite real number, or `digits` is not a whole number of 0 or more.

    Examples
    --------
    >>> format_number(4.398, 2)
    '4.40'
    >>> format_number(-0.001, 1)
    '0.0'
    """
    if isinstance(digits, bool) or not isinstance(digits, int | np.integer) or digits < 0:
        raise ValueError(
            f"`digits` must be a whole number of 0 or more; got {digits!r}. "
            "Give the number of digits after the decimal point."
        )
    number = _finite_number(value)
    text = f"{number:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def show_number(name: str, value: float, digits: int) -> None:
    """Round a number and hand it to the text of the page.

    The text takes it up with the role ``glue:text``. The book keeps what was shown for each page
    in ``chapters/numbers/`` and stops when a number changes, until someone has read the sentence
    again. Outside a notebook the arguments are checked and nothing is shown.

    Parameters
    ----------
    name : str
        The number's name on this page: a letter, then letters, digits, hyphens or underscores.
    value : float
        A finite real number.
    digits : int
        How many digits follow the decimal point; round to what the Monte Carlo error supports.

    Raises
    ------
    ValueError
        If the name, the value or the digits are not as described.

    Examples
    --------
    >>> show_number("mu-mean", 4.398, 2)
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            "`name` must start with a letter and hold only letters, digits, hyphens and "
            f"underscores; got {name!r}. Choose a name such as 'tau-mean'."
        )
    text = format_number(value, digits)
    shell = _shell()
    if shell is None:
        return
    # The quotation marks keep the text from being read back as a number and losing its zeros.
    shell.display_pub.publish(
        data={_RECORD: repr(text)},
        metadata={
            "scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"},
            "hbm": {"number": text},
        },
    )


def claim(condition: bool, text: str) -> None:
    """Assert a statement that the prose makes in words.

    Parameters
    ----------
    condition : bool
        Whether the statement holds; one truth value, not an array of them.
    text : str
        The statement, as the prose makes it.

    Raises
    ------
    AssertionError
        If the statement does not hold; the message repeats it.
    ValueError
        If `condition` is not one truth value, or `text` is empty.

    Examples
    --------
    >>> claim(2 < 3, "two is smaller than three")
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"`text` must state the claim in words; got {text!r}. Write it out.")
    if not isinstance(condition, bool | np.bool_):
        raise ValueError(
            f"`condition` must be one truth value; got {condition!r}. "
            "Compare, or reduce an array with np.all or np.any."
        )
    if not condition:
        raise AssertionError(f"The prose claims: {text}. The computation on this page disagrees.")


def _finite_number(value: float) -> float:
    array = np.asarray(value)
    if array.ndim != 0 or array.dtype.kind not in "iuf" or not math.isfinite(array):
        raise ValueError(
            f"`value` must be one finite real number; got {value!r}. Pass a single number."
        )
    return float(array)


def _shell() -> object | None:
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
