import json
import math

import numpy as np
import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from hbmlib import prose


@pytest.fixture
def publisher(monkeypatch):
    """Stand in for a kernel and record what it would send to the page."""
    publisher = CapturingDisplayPublisher()

    class Shell:
        display_pub = publisher

    monkeypatch.setattr(prose, "_shell", lambda: Shell)
    return publisher


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (4.398, 2, "4.40"),
        (4, 1, "4.0"),
        (-1.25, 1, "\N{MINUS SIGN}1.2"),
        (-0.004, 2, "0.00"),
        (0.0, 0, "0"),
        (12345.678, 0, "12346"),
        (np.float64(0.5), 3, "0.500"),
        (np.float32(0.25), 2, "0.25"),
        (np.int64(7185), 0, "7185"),
        (np.array(2.5), 1, "2.5"),
    ],
)
def test_format_number_rounds_as_printed(value, digits, text):
    assert prose.format_number(value, digits) == text


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, "4.4", None, True, 1j, [1.0], np.array([1.0, 2.0]), ...],
)
def test_a_number_must_be_one_finite_real_number(value):
    with pytest.raises(ValueError, match=r"`value` must be one finite real number; got"):
        prose.show_number("mu", value, 2)


@pytest.mark.parametrize("digits", [-1, 1.0, True, None, "2"])
def test_digits_must_be_a_whole_number(digits):
    with pytest.raises(ValueError, match=r"`digits` must be a whole number of 0 or more; got"):
        prose.show_number("mu", 1.0, digits)


@pytest.mark.parametrize("name", ["", "2nd", "mu mean", "mu:mean", "μ", None, 3])
def test_a_name_must_be_usable_in_the_text(name):
    with pytest.raises(ValueError, match=r"`name` must start with a letter"):
        prose.show_number(name, 1.0, 2)


def test_show_number_sends_the_text_with_its_zeros(publisher):
    prose.show_number("tau-mean", 3.6, 2)
    (output,) = publisher.outputs
    assert output["data"] == {"application/papermill.record/text/plain": "'3.60'"}
    assert output["metadata"]["scrapbook"]["name"] == "tau-mean"
    assert output["metadata"]["hbm"] == {"number": "3.60"}
    json.dumps(output)


def test_show_number_works_in_a_plain_kernel(capsys):
    shell = InteractiveShell()
    result = shell.run_cell(
        "from hbmlib.prose import show_number\nshow_number('mu-mean', 4.398, 2)", silent=True
    )
    assert result.success
    assert result.result is None


def test_show_number_without_a_kernel_prints_nothing(monkeypatch, capsys):
    monkeypatch.setattr(prose, "_shell", lambda: None)
    assert prose.show_number("mu-mean", 4.398, 2) is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("condition", [True, np.bool_(True)])
def test_a_true_claim_passes(condition):
    assert prose.claim(condition, "it holds") is None


@pytest.mark.parametrize("condition", [False, np.bool_(False)])
def test_a_false_claim_names_itself(condition):
    with pytest.raises(AssertionError, match="The prose claims: small schools shrink more"):
        prose.claim(condition, "small schools shrink more")


@pytest.mark.parametrize("condition", [1, "yes", None, np.array([True]), [True], ...])
def test_a_claim_needs_one_truth_value(condition):
    with pytest.raises(ValueError, match="`condition` must be one truth value"):
        prose.claim(condition, "it holds")


@pytest.mark.parametrize("text", ["", "  ", None, 3])
def test_a_claim_needs_words(text):
    with pytest.raises(ValueError, match="`text` must state the claim in words"):
        prose.claim(True, text)
