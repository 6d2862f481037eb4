"""What every widget does from Python: its static figure, its traits, its refusals."""

import json
import xml.etree.ElementTree as ET

import pytest
import traitlets

from tests.widgets.registry import CASE_IDS, CASES, SHOWN, SHOWN_IDS


def state(widget) -> str:
    return json.dumps({name: getattr(widget, name) for name in widget.STATE})


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_static_figure_is_sound(case, name):
    widget = case.make(name)
    data, _ = widget._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == widget.model_id
    root = ET.fromstring(data["text/html"])
    assert root.get("data-hbm-model") == widget.model_id
    picture = root.find("svg")
    assert case.figure in picture.get("aria-label")
    assert case.words in root.find("p").text
    for odd in ("nan", "inf", "None"):
        assert odd not in ET.tostring(picture, encoding="unicode")


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_static_figure_can_be_read_on_a_phone(case, name):
    root = ET.fromstring(case.make(name)._repr_mimebundle_()[0]["text/html"])
    picture = root.find("svg")
    width = float(picture.get("viewBox").split()[2])
    size = float(picture.get("font-size"))
    assert size * min(370 / width, 1) >= 11
    for text in picture.iter("text"):
        assert 0 <= float(text.get("x")) <= width


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_bad_values_change_nothing(case):
    for name, value in [*case.refused, *((name, None) for name in case.kind.STATE)]:
        widget = case.kind(**case.sound)
        before = state(widget)
        with pytest.raises(ValueError, match="must be") as refusal:
            setattr(widget, name, value)
        assert isinstance(refusal.value, traitlets.TraitError)
        assert state(widget) == before


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_a_message_of_the_page_is_taken_whole_or_not_at_all(case):
    widget = case.make(next(iter(case.states)))
    other = case.kind(**case.sound)
    widget.set_state({name: getattr(other, name) for name in case.kind.STATE})
    assert state(widget) == state(other)
    name, value = case.refused[0]
    with pytest.raises(ValueError, match="must be"):
        widget.set_state({name: value})
    assert state(widget) == state(other)


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
@pytest.mark.parametrize("value", [["wheel"], "seed", None])
def test_unknown_control_is_refused(case, value):
    with pytest.raises(ValueError, match="`controls` must be"):
        case.kind(controls=value)


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_unknown_argument_is_named(case):
    with pytest.raises(ValueError, match="`argument` must be one of"):
        case.kind(nonsense=3)
