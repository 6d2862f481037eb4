"""What holds for the whole package: light imports and complete docstrings."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest
from numpydoc.validate import validate

import hbmlib

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


@pytest.mark.parametrize("name", public_objects())
def test_docstring_is_complete(name):
    module, _, attribute = name.rpartition(".")
    subject = getattr(importlib.import_module(module), attribute)
    if not (inspect.isclass(subject) or inspect.isfunction(subject)):
        return
    rules = RULES if inspect.isfunction(subject) else {"GL08", "SS01"}
    faults = [text for code, text in validate(name)["errors"] if code in rules]
    assert not faults, faults
