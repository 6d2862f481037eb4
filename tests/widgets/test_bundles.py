"""The committed bundles are what the sources make, and small."""

import gzip
import subprocess

import pytest

from hbmlib import widgets
from tests.node import FRONTEND, NODE

ROOT = FRONTEND.parent
FOLDERS = ["hbmlib/widgets/static", "site/static/widgets"]
NAMES = [*(f"{name}.js" for name in widgets.__all__), "widgets.css"]
FILES = [f"{folder}/{name}" for folder in FOLDERS for name in NAMES]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("bundles")
    done = subprocess.run(
        [NODE, "build.js", str(out)], cwd=FRONTEND, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("name", FILES)
def test_committed_bundle_is_fresh(built, name):
    message = f"{name} is stale. Run `make bundles` and commit it."
    assert (ROOT / name).read_bytes() == (built / name).read_bytes(), message


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_other_bundle_is_committed(built, folder):
    assert {path.name for path in (ROOT / folder).iterdir()} == set(NAMES)
    assert {path.name for path in (built / folder).iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", FILES)
def test_bundle_is_small_and_calls_no_one(name):
    content = (ROOT / name).read_bytes()
    assert len(gzip.compress(content)) <= 60_000
    elsewhere = content.replace(b"http://www.w3.org/2000/svg", b"")
    assert b"://" not in elsewhere
    assert b"import(" not in content


@pytest.mark.parametrize("name", widgets.__all__)
def test_kernel_module_stands_alone(name):
    content = (ROOT / f"hbmlib/widgets/static/{name}.js").read_text()
    assert "export{" in content
    assert 'from"' not in content


def test_hydrate_script_is_small():
    assert len(gzip.compress((ROOT / "site/hydrate.js").read_bytes())) <= 3_000
