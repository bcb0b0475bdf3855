"""Layers: _backend < {spectrum, networks, solvers} < selection < estimators < inspection."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house.source import PACKAGE, Source, sources

_MIDDLE = {"spectrum", "networks", "solvers"}
MAY_IMPORT: dict[str, set[str]] = {
    "_backend": set(),
    "datasets": set(),
    **{room: {"_backend"} for room in _MIDDLE},
    "selection": {"_backend", *_MIDDLE},
    "estimators": {"_backend", *_MIDDLE, "selection"},
    "inspection": {"_backend", *_MIDDLE, "selection", "estimators"},
}


def violations(root: Path) -> list[str]:
    """Imports that go up, sideways or through the package's front door; rooms without a layer."""
    inside = [s for s in sources(root, (PACKAGE,)) if s.path != Path(PACKAGE, "__init__.py")]
    return [problem for source in inside for problem in _problems(source)]


def _problems(source: Source) -> Iterator[str]:
    room = source.path.parts[1]
    if room not in MAY_IMPORT:
        yield f"{source.path.as_posix()}: {room} has no layer"
        return
    for node, target in _imports(source):
        if target not in {room, *MAY_IMPORT[room]}:
            yield f"{source.at(node)}: {room} imports {target}"


def _imports(source: Source) -> Iterator[tuple[ast.stmt, str]]:
    """Each import of ours with the room it reaches; a name of the front door counts as a room."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            modules = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            modules = [[*module, alias.name] for alias in node.names]
        else:
            continue
        yield from ((node, (m + [PACKAGE])[1]) for m in modules if m[0] == PACKAGE)


def _absolute(source: Source, node: ast.ImportFrom) -> list[str]:
    module = node.module.split(".") if node.module else []
    if node.level == 0:
        return module
    package = source.path.parent.parts
    return [*package[: len(package) - node.level + 1], *module]
