"""The parts of the book's own Sphinx extension."""

import json
import subprocess

import pytest
from hbm_site import inputs, mathematics, numbers, pages, tokens, widgets

from .conftest import ROOT


def test_tokens_become_variables_of_both_themes():
    source = json.loads((ROOT / "hbmlib" / "style" / "tokens.json").read_text(encoding="utf-8"))
    css = tokens.stylesheet(source)
    light, dark, automatic = css.split("{", 4)[1], css.split("{")[2], css.split("{")[4]
    for name in source["light"]:
        assert f"--hbm-{name}: {source['light'][name]};" in light
        assert f"--hbm-{name}: {source['dark'][name]};" in dark
        assert f"--hbm-{name}: {source['dark'][name]};" in automatic
    assert "--hbm-font-mono" in light


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "hbmlib" / "data").mkdir(parents=True)
    (tmp_path / "hbmlib" / "pooling.py").write_text("x = 1\n")
    (tmp_path / "hbmlib" / "data" / "hsb.csv").write_text("a\n1\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.5\n")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["hbmlib/pooling.py", "hbmlib/data/hsb.csv", "requirements.lock", "hbmlib/new.js"]
)
def test_the_cache_key_follows_the_library_its_data_and_the_lock(tree, name):
    keyed = ("hbmlib", "requirements.lock")
    before = inputs.content_hash(tree, keyed)
    assert inputs.content_hash(tree, keyed) == before
    path = tree / name
    path.write_text((path.read_text() if path.exists() else "") + "\n")
    assert inputs.content_hash(tree, keyed) != before


def test_the_cache_key_ignores_what_python_leaves_behind(tree):
    before = inputs.content_hash(tree, ("hbmlib",))
    (tree / "hbmlib" / "__pycache__").mkdir()
    (tree / "hbmlib" / "__pycache__" / "pooling.pyc").write_bytes(b"0")
    (tree / "hbmlib" / "unfinished.part").write_text("1\n")
    assert inputs.content_hash(tree, ("hbmlib",)) == before


def test_unchanged_numbers_pass():
    assert numbers.differences("p", {"a": "1.0"}, {"a": "1.0"}, {"a"}) == []


@pytest.mark.parametrize(
    ("kept", "shown", "used", "words"),
    [
        ({"a": "1.0"}, {"a": "1.1"}, {"a"}, "'a' changed from 1.0 to 1.1"),
        ({}, {"a": "1.1"}, {"a"}, "'a' is new (1.1)"),
        ({"a": "1.0"}, {}, set(), "'a' (1.0) is no longer shown"),
        ({"a": "1.0"}, {"a": "1.0"}, set(), "'a' is shown by a cell and never used"),
        ({}, {}, {"a"}, "uses 'a' and no cell shows it"),
    ],
)
def test_each_fault_of_the_numbers_is_named(kept, shown, used, words):
    (problem,) = numbers.differences("chapters/09-x", kept, shown, used)
    assert words in problem
    assert problem.startswith("chapters/09-x: ")


def test_uses_of_numbers_are_found_in_the_text():
    text = "It is {glue:text}`tau-mean`, {glue:text}`n` and {glue}`table`; `{glue}`."
    assert numbers.used_in(text) == {"tau-mean", "n", "table"}


def test_widget_state_loses_its_code_and_nothing_else():
    state = {
        "m1": {
            "model_name": "AnyModel",
            "state": {
                "_anywidget_id": "hbmlib.widgets.pooling_explorer.PoolingExplorer",
                "_esm": "export default {}",
                "_css": ".a {}",
                "tau": 2.0,
                "note": "</script>",
            },
        },
        "m2": {"model_name": "LayoutModel", "state": {"width": None}},
    }
    body, names = widgets.trim(json.dumps({"version_major": 2, "state": state}))
    assert names == ["PoolingExplorer"]
    assert "</" not in body
    del state["m1"]["state"]["_esm"], state["m1"]["state"]["_css"]
    assert json.loads(body) == {"version_major": 2, "state": state}
    assert widgets.trim(body) == (body, names)


def test_formulas_become_html_with_mathml():
    renderer = mathematics.Renderer()
    html = renderer.render(r"\bar y_j", display=False)
    assert "<math" in html
    assert html == renderer.render(r"\bar y_j", display=False)
    assert 'display="block"' in renderer.render(r"\bar y_j", display=True)
    with pytest.raises(ValueError, match="KaTeX parse error"):
        renderer.render(r"\frac{1}{", display=False)
    renderer.close()


@pytest.mark.parametrize(
    ("remote", "url"),
    [
        ("git@github.com:someone/book.git", "https://github.com/someone/book"),
        ("ssh://git@gitlab.com/someone/book.git", "https://gitlab.com/someone/book"),
        ("https://name:secret@github.com/someone/book", "https://github.com/someone/book"),
        ("/srv/git/book.git", ""),
        ("https://git.example.org/someone/book.git", ""),
        (None, ""),
    ],
)
def test_the_repository_is_named_only_where_it_is_known(tmp_path, monkeypatch, remote, url):
    for key in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "CI_PROJECT_URL"):
        monkeypatch.delenv(key, raising=False)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    if remote:
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", remote], check=True)
    assert pages.repository_url(tmp_path) == url


def test_a_continuous_integration_variable_names_the_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/book")
    assert pages.repository_url(tmp_path) == "https://github.com/someone/book"
