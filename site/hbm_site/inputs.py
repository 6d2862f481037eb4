"""What a build depends on, reduced to a hash."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

ACCEPT = "HBM_ACCEPT_NUMBERS"
SOLUTIONS = "SOLUTIONS"
IGNORED = {"__pycache__", ".ipynb_checkpoints"}
UNFINISHED = ".part"  # of a calibration that still runs


def files_below(paths: Iterable[Path]) -> list[Path]:
    """List the files at or below the paths in a fixed order, less caches and unfinished ones."""
    found = []
    for path in paths:
        candidates = path.rglob("*") if path.is_dir() else [path]
        found += [file for file in candidates if file.is_file() and not IGNORED & {*file.parts}]
    return sorted(file for file in found if file.suffix != UNFINISHED)


def content_hash(root: Path, names: Iterable[str]) -> str:
    """Hash the names and contents of the files at or below ``root/name`` for each name."""
    digest = hashlib.sha256()
    for file in files_below(root / name for name in names):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
