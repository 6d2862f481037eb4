"""The cache of executed notebooks.

A cached result is only as fresh as the library that computed it, so the cache lies in a folder
named after the content of everything that a notebook's cells can reach.
"""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
KEYED = ("hbmlib", "requirements.lock")
IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def files_below(paths: Iterable[Path]) -> list[Path]:
    """List every file at or below the paths, in a fixed order, without what Python caches."""
    found = []
    for path in paths:
        candidates = path.rglob("*") if path.is_dir() else [path]
        found += [file for file in candidates if file.is_file() and not IGNORED & {*file.parts}]
    return sorted(found)


def content_hash(root: Path, names: Iterable[str]) -> str:
    """Hash the names and contents of the files at or below ``root/name`` for each name."""
    digest = hashlib.sha256()
    for file in files_below(root / name for name in names):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def cache_folder(root: Path, build: Path) -> Path:
    """Name the cache folder for the library as it is now."""
    return build / ".jupyter_cache" / content_hash(root, KEYED)


def remove_stale(folder: Path) -> None:
    """Remove caches of other library versions, and this one if a build was cut off inside it."""
    if folder.parent.is_dir():
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other) if other.is_dir() else other.unlink()
    if folder.is_dir() and not _sound(folder):
        LOGGER.info("The cache of executed notebooks was cut off half-way: starting it afresh.")
        shutil.rmtree(folder)


def setup(app: Sphinx) -> None:
    """Point MyST-NB at the keyed cache before it reads its configuration."""
    app.connect("config-inited", _configure)


def _configure(app: Sphinx, config: Config) -> None:
    folder = cache_folder(Path(app.srcdir), Path(app.outdir).parent)
    remove_stale(folder)
    config.nb_execution_cache_path = str(folder)


def _sound(folder: Path) -> bool:
    try:
        cache = get_cache(str(folder))
        for record in cache.list_cache_records():
            cache.get_cache_bundle(record.pk)
    except Exception:  # whatever is wrong with it, the remedy is the same
        return False
    return True
