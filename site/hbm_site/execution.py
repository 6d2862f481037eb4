"""The cache of executed notebooks.

A cached result is only as fresh as the library that computed it, so the cache lies in a folder
named after the content of everything that a notebook's cells can reach.
"""

import shutil
from pathlib import Path

from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from hbm_site.inputs import content_hash

LOGGER = logging.getLogger(__name__)
KEYED = ("hbmlib", "requirements.lock", "benchmarks/certificates")


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
