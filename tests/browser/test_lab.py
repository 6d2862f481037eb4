"""PoolingExplorer in JupyterLab: the page changes Python, and Python changes the page."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4
from playwright.sync_api import Browser, Locator, expect

from hbmlib import checks
from tests.browser.conftest import SIZES, Faults
from tests.browser.lab import PATIENCE, Notebook, environment, jupyterlab
from tests.browser.test_pages import AXE
from tests.browser.test_widget import differences, handle, settle, sizes, values

# One JupyterLab serves all of these tests, so they stay on one worker.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("jupyterlab")]

LESSON = 'from hbmlib.widgets import PoolingExplorer\nw = PoolingExplorer(preset="lesson")'
STATE = """
posterior = w.posterior
answer = {
    "group_sizes": w.group_sizes,
    "preset": w.preset,
    "tau": w.tau,
    "values": w.values,
    "posterior": {
        "partial": posterior.theta.mean.tolist(),
        "shrinkage": posterior.shrinkage.mean.tolist(),
        "mu": posterior.mu.quantile([0.05, 0.5, 0.95]).tolist(),
        "tau": posterior.tau.quantile([0.05, 0.5, 0.95]).tolist(),
        "sigma": posterior.sigma.quantile([0.05, 0.5, 0.95]).tolist(),
    },
}
"""


@pytest.fixture(scope="module")
def notebook(browser: Browser, tmp_path_factory: pytest.TempPathFactory):
    """Open a notebook in JupyterLab; at the end nothing may be at fault or left running."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("notebooks")
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [v4.new_code_cell(code) for code in Notebook.CELLS]
    content = v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    nbformat.write(content, folder / "live.ipynb")
    faults = Faults()
    with (
        jupyterlab(home, folder) as (address, token),
        browser.new_context(viewport=SIZES["wide"]) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        faults.watch(page, address)
        page.goto(f"{address}lab/tree/live.ipynb?token={token}")
        opened = Notebook(page)
        kernel = opened.run("import os\nanswer = os.getpid()")
        yield opened
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    # JupyterLab warns of the versions of its own parts; an error would be ours.
    faults.console = [line for line in faults.console if not line.startswith("warning: ")]
    faults.none()


@pytest.fixture
def root(notebook: Notebook) -> Locator:
    """Show a new widget `w` with the lesson's eight groups."""
    return notebook.show(LESSON)


def agreed(notebook: Notebook, root: Locator, group_sizes: list[int]) -> dict:
    """Ask Python for its state until the page's last change has arrived there; compare them."""
    settle(notebook.page)
    for _ in range(20):
        state = notebook.run(STATE)
        if state["group_sizes"] == group_sizes == sizes(root):
            break
    assert state["group_sizes"] == sizes(root) == group_sizes
    assert not differences(values(root), state["values"])
    shown = {name: values(root)[name] for name in state["posterior"]}
    assert not differences(shown, state["posterior"])
    return state


def test_extensions_of_jupyterlab_are_sound(tmp_path):
    listed = subprocess.run(
        [sys.executable, "-m", "jupyterlab.labextensions", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path) | {"NO_COLOR": "1"},
    )
    lines = re.sub(r"\x1b\[\d+m", "", listed.stdout + listed.stderr).splitlines()
    found = {line.split()[0]: line for line in lines if re.search(r" v\d", line)}
    assert {"anywidget", "@jupyter-widgets/jupyterlab-manager"} <= found.keys(), lines
    for name, line in found.items():
        assert name == "JupyterLab" or "enabled OK" in line, line


def test_keys_in_the_page_change_python(notebook, root):
    before = agreed(notebook, root, [15, 22, 12, 18, 10, 25, 14, 20])
    handle(root, 2).focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        notebook.page.keyboard.press(key)
    expect(handle(root, 2)).to_have_attribute("aria-valuenow", "2")
    after = agreed(notebook, root, [15, 22, 2, 18, 10, 25, 14, 20])
    assert differences(before["posterior"], after["posterior"])


def test_python_changes_the_page(notebook, root):
    first = values(root)
    wanted = [1, 2, 3, 0, 5, 6, 7, 40]
    notebook.run(f"w.group_sizes = {wanted}")
    expect(handle(root, 7)).to_have_attribute("aria-valuenow", "40", timeout=PATIENCE)
    agreed(notebook, root, wanted)
    assert differences(values(root), first)

    start = notebook.run('w.preset = "hsb"\nanswer = w.group_sizes')
    expect(root.get_by_label("Data", exact=True)).to_have_value("hsb", timeout=PATIENCE)
    expect(root.get_by_role("slider", name=re.compile("^Observations in"))).to_have_count(10)
    assert agreed(notebook, root, start)["preset"] == "hsb"


@pytest.mark.parametrize(
    ("assignment", "check"),
    [
        ("w.tau = -1", lambda: checks.non_negative("tau", -1, shape=())),
        ("w.sigma = 0", lambda: checks.positive("sigma", 0, shape=())),
        ("w.mu = 'five'", lambda: checks.finite("mu", "five", shape=())),
        ("w.group_sizes = [4, -2]", lambda: checks.whole("group_sizes", [4, -2], shape=("J",))),
        ("w.group_sizes = []", lambda: checks.whole("group_sizes", [], shape=("J",))),
        ("w.preset = 'none'", None),
    ],
)
def test_a_wrong_value_from_python_is_refused_by_name(notebook, root, assignment, check):
    before = agreed(notebook, root, [15, 22, 12, 18, 10, 25, 14, 20])
    said = notebook.run(
        f"""
try:
    {assignment}
except ValueError as fault:
    import traitlets
    assert isinstance(fault, traitlets.TraitError)
    answer = str(fault)
"""
    )
    if check is None:
        assert said.startswith("`preset` must be one of ")
    else:
        with pytest.raises(ValueError, match="must be") as expected:
            check()
        # What was expected and what came are the words of checks; the advice is the widget's own.
        words = re.match(r".*?; got [^.]*", str(expected.value))[0]
        assert said.startswith(words)
    assert agreed(notebook, root, before["group_sizes"]) == before
    expect(root.get_by_role("alert").first).to_be_empty()


def test_keys_on_a_control_leave_the_notebook_alone(notebook, root):
    cells = notebook.page.locator(".jp-Notebook .jp-Cell")

    def selected() -> list[int]:
        chosen = "cells => cells.flatMap((c, i) => c.matches('.jp-mod-selected') ? [i] : [])"
        return cells.evaluate_all(chosen)

    notebook.cell(Notebook.SHOWN).locator(".jp-InputPrompt").click()
    assert selected() == [Notebook.SHOWN]
    notebook.page.keyboard.press("ArrowUp")
    assert selected() == [0], "outside a widget the arrow keys move the notebook"
    notebook.page.keyboard.press("ArrowDown")
    for reach in (handle(root), root.get_by_role("button", name="Reset")):
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "a", "j", "k"):
            reach.focus()
            notebook.page.keyboard.press(key)
            assert reach.evaluate("node => node === document.activeElement"), key
            assert selected() == [Notebook.SHOWN], key
    assert cells.count() == len(Notebook.CELLS)


def test_exact_draws_lie_over_the_exact_curves(notebook, root):
    said = root.get_by_text("draws (exact)")
    expect(said).to_be_hidden()
    error = notebook.run(
        'drawn = w.refit("exact", draws=4000)\n'
        'gap = drawn["theta"].mean(axis=0) - w.posterior.theta.mean\n'
        "answer = float(abs(gap).max())"
    )
    # Eight means of 4,000 draws, with sds below 1: standard errors below 0.016.
    assert 0 < error < 0.1
    expect(said).to_be_visible(timeout=PATIENCE)
    centres = root.evaluate(
        """root => [...root.querySelectorAll("g:has(> .hbm-draws)")].map(row => {
          const box = row.querySelector(".hbm-draws").getBBox();
          const dot = row.querySelector("circle.hbm-partial").getBBox();
          return [box.x, box.x + box.width, dot.x + dot.width / 2];
        })"""
    )
    assert len(centres) == 8
    assert all(low < dot < high for low, high, dot in centres)
    handle(root).press("ArrowRight")
    expect(said).to_be_hidden()
    assert agreed(notebook, root, [16, 22, 12, 18, 10, 25, 14, 20])


def test_ipywidgets_around_it_work(notebook, root):
    notebook.run(
        """
import ipywidgets
number = ipywidgets.FloatText(value=w.tau, description="between")
ipywidgets.link((number, "value"), (w, "tau"))
seen = []
w.observe(lambda change: seen.append(change["new"]), "group_sizes")
""",
    )
    boxed = notebook.show("from ipywidgets import VBox\nw, inner = VBox([number, w]), w")
    notebook.run("w = inner")
    outside = notebook.cell(Notebook.SHOWN).get_by_label("between", exact=True)
    inside = boxed.get_by_label("Between-group sd τ", exact=True)

    outside.fill("4.5")
    outside.press("Enter")
    expect(inside).to_have_value("4.5", timeout=PATIENCE)
    inside.fill("1.5")
    inside.press("Enter")
    expect(outside).to_have_value("1.5", timeout=PATIENCE)
    assert agreed(notebook, boxed, sizes(boxed))["tau"] == 1.5

    handle(boxed, 4).press("Home")
    agreed(notebook, boxed, [15, 22, 12, 18, 0, 25, 14, 20])
    assert notebook.run("answer = seen[-1]") == [15, 22, 12, 18, 0, 25, 14, 20]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_widget_is_readable_in_both_themes(notebook, root, theme):
    notebook.choose("Settings", "Theme", f"JupyterLab {theme}")
    body = notebook.page.locator("body")
    expect(body).to_have_attribute("data-jp-theme-name", f"JupyterLab {theme}", timeout=PATIENCE)
    notebook.page.evaluate(AXE.read_text())
    found = root.evaluate("root => axe.run(root, {preload: false, resultTypes: ['violations']})")
    assert not [
        (rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]
    ]
