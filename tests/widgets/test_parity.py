"""Each page and the library agree: numbers, refusals, links, and the Python on the page."""

import contextlib
import io
import json
from functools import cache

import pytest

from hbmlib import widgets
from tests.node import run_module
from tests.widgets.registry import CASE_IDS, CASES, SHOWN, SHOWN_IDS


def test_every_widget_is_registered():
    assert {case.name for case in CASES} == set(widgets.__all__)


@cache
def page(kind: str) -> dict:
    """Compute in JavaScript what the page shows in each state of a widget."""
    case = next(case for case in CASES if case.name == kind)
    made = {name: case.make(name) for name in case.states}
    given = next(iter(made.values()))
    states = {
        name: {key: getattr(one, key) for key in case.kind.STATE} for name, one in made.items()
    }
    links = {name: one.link for name, one in made.items()}
    return json.loads(
        run_module(f"""
        import {{ spec }} from "./views/{kind}.js";
        import {{ fromFragment }} from "./views/kit/link.js";
        import {{ pythonOf }} from "./views/kit/widget.js";
        const given = {json.dumps(given.given)};
        const lines = {json.dumps(given.python_lines)};
        const links = {json.dumps(links)};
        const shown = {{}};
        for (const [name, sent] of Object.entries({json.dumps(states)})) {{
          const state = spec.check(sent, given);
          const all = {{ state, given, result: spec.compute(state, given, {{}}) }};
          const linked = fromFragment(spec.fields, links[name], "{kind}-1");
          shown[name] = {{
            state: sent,
            values: spec.values(all),
            python: pythonOf(spec, all, lines),
            summary: spec.summary(all),
            linked: spec.check(linked, given),
          }};
        }}
        console.log(JSON.stringify(shown));
        """)
    )


def close(expected: object, rel: float) -> object:
    """Compare nested numbers with a relative tolerance."""
    if isinstance(expected, dict):
        return {key: close(value, rel) for key, value in expected.items()}
    if isinstance(expected, list):
        return [close(value, rel) for value in expected]
    return pytest.approx(expected, rel=rel, abs=1e-12) if expected is not None else None


def printed(lines: str) -> dict:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(lines, {})
    return json.loads(output.getvalue())


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_page_states_the_librarys_numbers(case, name):
    assert page(case.name)[name]["values"] == close(case.make(name).values, 1e-6)


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_shown_python_prints_the_pages_numbers(case, name):
    shown = page(case.name)[name]
    assert printed(shown["python"]) == close(shown["values"], 1e-6)


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_python_says_the_lines_of_the_page(case, name):
    assert printed(case.make(name).python) == close(case.make(name).values, 1e-12)


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_link_from_python_opens_the_state(case, name):
    shown = page(case.name)[name]
    assert shown["linked"] == shown["state"]


@pytest.mark.parametrize(("case", "name"), SHOWN, ids=SHOWN_IDS)
def test_summary_has_only_numbers(case, name):
    words = page(case.name)[name]["summary"]
    assert len(words) > 80
    for odd in ("NaN", "undefined", "Infinity", "null"):
        assert odd not in words


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_page_refuses_in_the_same_words(case):
    here = []
    for name, value in case.refused:
        with pytest.raises(ValueError, match="must be") as refusal:
            setattr(case.kind(**case.sound), name, value)
        here.append(str(refusal.value))
    sound = case.kind(**case.sound)
    state = {key: getattr(sound, key) for key in case.kind.STATE}
    there = run_module(f"""
        import {{ spec }} from "./views/{case.name}.js";
        const given = {json.dumps(sound.given)};
        const state = {json.dumps(state)};
        for (const [name, value] of {json.dumps(case.refused)}) {{
          try {{
            spec.check({{ ...state, [name]: value }}, given);
            console.log("accepted");
          }} catch (error) {{
            console.log(error.message);
          }}
        }}
    """)
    assert there.splitlines() == here
