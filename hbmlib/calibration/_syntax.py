"""Hashes of what modules say in code, whatever their comments and docstrings."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["module_hashes"]

SOURCE = Path(__file__).parents[2]


def module_hashes(modules: Iterable[str], source: Path = SOURCE) -> dict[str, str]:
    """Hash the syntax trees of modules and of all that they import from their own package.

    Parameters
    ----------
    modules : iterable of str
        Names such as ``hbmlib.kernels.nuts``.
    source : Path, optional
        The folder that holds the package.

    Returns
    -------
    dict of str to str
        One hash for each module, sorted by name. Comments, layout and docstrings do not count.
        Of a package that only passes a name on, the module that defines the name counts.

    Raises
    ------
    ValueError
        If a module has no source file.

    Examples
    --------
    >>> list(module_hashes(["hbmlib.diagnostics"]))
    ['hbmlib.checks', 'hbmlib.diagnostics']
    """
    todo, trees = list(modules), {}
    while todo:
        name = todo.pop()
        if name in trees:
            continue
        path = _path(name, source)
        if path is None:
            raise ValueError(
                f"`modules` must be modules with a source file; got {name!r}. Mend its name."
            )
        trees[name] = ast.parse(path.read_bytes())
        todo += _imported(name, trees[name], source)
    return {name: _digest(trees[name]) for name in sorted(trees)}


def exists(module: str, source: Path = SOURCE) -> bool:
    """Say whether a module has a source file."""
    return _path(module, source) is not None


def _path(name: str, source: Path) -> Path | None:
    base = source.joinpath(*name.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


def _imported(module: str, tree: ast.AST, source: Path) -> Iterator[str]:
    """Name the modules of the same package that a module imports, wherever in its code."""
    package = module.partition(".")[0]
    for origin, name in _imports(tree):
        if origin.partition(".")[0] == package:
            yield _definer(origin, name, source)


def _imports(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """List (module, name) of each import, apart from those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            yield from _imports(ast.Module(body=node.orelse, type_ignores=[]))
        else:
            yield from _imports(node)


def _definer(origin: str, name: str | None, source: Path) -> str:
    """Follow a name through packages that import it to the module that defines it."""
    if name is None:
        return origin
    if _path(f"{origin}.{name}", source):
        return f"{origin}.{name}"
    path = _path(origin, source)
    if path is not None and path.name == "__init__.py":
        for node in ast.parse(path.read_bytes()).body:
            for alias in node.names if isinstance(node, ast.ImportFrom) else ():
                if (alias.asname or alias.name) == name:
                    return _definer(node.module or "", alias.name, source)
    return origin


def _digest(tree: ast.AST) -> str:
    return hashlib.sha256(repr(_plain(tree)).encode()).hexdigest()[:16]


def _plain(node: Any) -> Any:
    """Write a syntax tree as nested tuples, the same in every version of Python."""
    if isinstance(node, ast.AST):
        fields = ((name, _plain(value)) for name, value in _fields(node))
        return type(node).__name__, *((name, x) for name, x in fields if x not in (None, ()))
    if isinstance(node, list):
        return tuple(map(_plain, node))
    return None if node is None else repr(node)


def _fields(node: ast.AST) -> Iterator[tuple[str, Any]]:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for name, value in ast.iter_fields(node):
        has_docstring = (
            name == "body" and isinstance(node, documented) and ast.get_docstring(node) is not None
        )
        yield name, value[1:] if has_docstring else value
