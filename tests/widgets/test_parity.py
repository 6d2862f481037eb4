"""The page and the library agree: numbers, refusals, links, and the Python that the page shows."""

import contextlib
import io
import json

import pytest

from hbmlib import priors
from hbmlib.widgets import PoolingExplorer
from hbmlib.widgets.pooling_explorer import STATE
from tests.node import run_module

STATES = {
    "hsb": {"preset": "hsb"},
    "hsb, few students": {"preset": "hsb", "group_sizes": [1, 2, 3, 4, 5, 6], "seed": 7},
    "hsb, sigma known": {"preset": "hsb", "sigma_known": True, "n_groups": 3},
    "lesson": {"preset": "lesson"},
    "lesson, sigma known": {"preset": "lesson", "sigma_known": True, "tau": 0.5},
    "scholz": {"preset": "scholz"},
    "simulated": {"preset": "simulated"},
    "one group": {"preset": "simulated", "group_sizes": [6]},
    "one observation": {"preset": "simulated", "group_sizes": [1], "sigma_known": True},
    "one observation each": {"preset": "simulated", "group_sizes": [1] * 6},
    "empty groups": {"preset": "simulated", "group_sizes": [0, 3, 0, 5, 2]},
    "no spread": {"preset": "simulated", "tau": 0},
    "tiny sigma": {"preset": "simulated", "sigma": 1e-6, "tau": 0, "mu": 3},
    "tiny sigma, large tau": {"preset": "simulated", "sigma": 1e-4, "tau": 10},
    "wide sigma": {"preset": "simulated", "sigma": 40, "tau": 0.1},
    "half-Cauchy": {"preset": "lesson", "tau_prior": priors.HalfCauchy(5)},
    "uniform": {
        "preset": "lesson",
        "tau_prior": priors.Uniform(0, 20),
        "sigma_prior": priors.Uniform(0, 30),
    },
    "flat": {"preset": "lesson", "mu_prior": priors.Flat(), "tau_prior": priors.Flat()},
    "gamma": {
        "preset": "lesson",
        "tau_prior": priors.GammaPrecision(1, 1),
        "sigma_prior": priors.GammaPrecision(0.5, 2),
    },
    "hundred groups": {"preset": "simulated", "group_sizes": [2, 5, 9, 14] * 25},
}


@pytest.fixture(scope="module")
def explorers() -> dict[str, PoolingExplorer]:
    return {name: PoolingExplorer(**state) for name, state in STATES.items()}


@pytest.fixture(scope="module")
def page(explorers) -> dict:
    """Compute in JavaScript what the page shows in each state."""
    given = next(iter(explorers.values()))
    states = {
        name: {key: getattr(explorer, key) for key in STATE}
        for name, explorer in explorers.items()
    }
    links = {name: explorer.link for name, explorer in explorers.items()}
    return json.loads(
        run_module(f"""
        import {{ checkState }} from "./engine/checks.js";
        import {{ drawData, explore, values, yardstickNoise }} from "./engine/explorer.js";
        import {{ fromFragment }} from "./views/explorer/link.js";
        import {{ python }} from "./views/explorer/python.js";
        const given = {{
          presets: {json.dumps(given.presets)},
          real: {json.dumps(given.real)},
        }};
        const links = {json.dumps(links)};
        const shown = {{}};
        for (const [name, sent] of Object.entries({json.dumps(states)})) {{
          const state = checkState(sent, given);
          const data = drawData(state, given.real);
          const result = explore(state, data, yardstickNoise(state, given.real));
          const linked = fromFragment(links[name], "PoolingExplorer-1");
          shown[name] = {{
            state: sent,
            values: values(state, result),
            python: python(state, given.real.split_seed),
            linked: checkState(linked, given),
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


@pytest.mark.parametrize("name", STATES)
def test_page_states_the_librarys_numbers(page, explorers, name):
    assert page[name]["values"] == close(explorers[name].values, 1e-6)


@pytest.mark.parametrize("name", STATES)
def test_shown_python_prints_the_pages_numbers(page, name):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(page[name]["python"], {})
    assert json.loads(printed.getvalue()) == close(page[name]["values"], 1e-6)


@pytest.mark.parametrize("name", STATES)
def test_link_from_python_opens_the_state(page, name):
    assert page[name]["linked"] == page[name]["state"]


REFUSED = [
    ("mu", float("nan")),
    ("tau", -3),
    ("tau", -0.25),
    ("sigma", 0),
    ("sigma", -2.5),
    ("seed", -1),
    ("seed", 1.5),
    ("seed", 2**32),
    ("n_groups", 0),
    ("n_groups", 2.5),
    ("n_groups", 101),
    ("group_sizes", [1, -2]),
    ("group_sizes", [1.5, 2]),
    ("group_sizes", [3, 101]),
    ("group_sizes", [0, 0]),
]


def test_page_refuses_in_the_same_words():
    here = []
    for name, value in REFUSED:
        with pytest.raises(ValueError, match="must be") as refusal:
            setattr(PoolingExplorer("simulated", group_sizes=[2, 3]), name, value)
        here.append(str(refusal.value))
    explorer = PoolingExplorer("simulated", group_sizes=[2, 3])
    state = {key: getattr(explorer, key) for key in STATE}
    there = run_module(f"""
        import {{ checkState }} from "./engine/checks.js";
        const given = {{ presets: {{ simulated: {{}} }}, real: null }};
        const state = {json.dumps(state)};
        for (const [name, value] of {json.dumps(REFUSED)}) {{
          try {{
            checkState({{ ...state, [name]: value }}, given);
            console.log("accepted");
          }} catch (error) {{
            console.log(error.message);
          }}
        }}
    """)
    assert there.splitlines() == here
