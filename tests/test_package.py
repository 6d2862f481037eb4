"""What holds for the whole package: light imports, complete docstrings, a lock that fits."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from numpydoc.validate import validate
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hbmlib

ROOT = Path(__file__).parents[1]
FACES = {"exercises", "plots", "prose", "style", "widgets"}
HEAVY = {"ArviZ": "arviz", "anywidget": "anywidget", "pandas": "pandas", "PyMC": "pymc"} | {
    "Matplotlib": "matplotlib",
    "scipy.stats": "scipy.stats",
}
#: Missing docstring, parameters or returns that disagree with the code, missing example.
RULES = {"GL08", "PR01", "PR02", "PR04", "PR07", "RT01", "EX01", "SS01"}


def modules() -> list[str]:
    found = pkgutil.walk_packages(hbmlib.__path__, "hbmlib.")
    return [module.name for module in found if not module.name.split(".")[-1].startswith("_")]


def public_objects() -> list[str]:
    names = []
    for name in modules():
        module = importlib.import_module(name)
        names += [f"{name}.{public}" for public in getattr(module, "__all__", ())]
    return sorted(names)


def test_floors_below_the_faces_import_nothing_heavy():
    light = [name for name in modules() if name.split(".")[1] not in FACES]
    program = f"import sys, {', '.join(['hbmlib', *light])}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not {name for name, module in HEAVY.items() if module in loaded}


# numpydoc looks at every attribute of a class, also at those that ipywidgets has deprecated.
@pytest.mark.filterwarnings("ignore:Widget.* is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", public_objects())
def test_docstring_is_complete(name):
    module, _, attribute = name.rpartition(".")
    subject = getattr(importlib.import_module(module), attribute)
    if not (inspect.isclass(subject) or inspect.isfunction(subject)):
        return
    rules = RULES if inspect.isfunction(subject) else {"GL08", "SS01"}
    faults = [text for code, text in validate(name)["errors"] if code in rules]
    assert not faults, faults


def test_the_lock_pins_every_package_that_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    named = [*project["dependencies"], *(package for extra in extras for package in extra)]
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line.split(" ")[0].split("==") for line in lines if re.match(r"\w.*==", line)]
    locked = {canonicalize_name(name): version for name, version in pins}
    for requirement in map(Requirement, named):
        version = locked.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in requirements.lock; run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement}, but {version} is locked"
