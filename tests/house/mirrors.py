"""A module of a room that decides has a test module at the mirrored path, which imports it."""

import ast
from collections.abc import Iterator, Set
from pathlib import Path

from house.source import PACKAGE, Source, dotted, sources

# Rooms in which the choices are made.
DECIDING = {"spectrum", "solvers", "selection", "series", "training", "stages"}
# Constants, protocols and tables: there is nothing in them that could be called.
WITHOUT_DECISIONS = {"selection/thresholds", "solvers/problem", "solvers/status"}


def violations(root: Path, without: Set[str] = WITHOUT_DECISIONS) -> list[str]:
    """Modules without a test of their own, and exceptions that are out of date."""
    modules = {"/".join(s.path.with_suffix("").parts[1:]) for s in sources(root, (PACKAGE,))}
    deciding = {
        name for name in modules if name.split("/")[0] in DECIDING and not name.endswith("__init__")
    }
    tested = {name for name in deciding if _is_tested(root, name)}
    return [
        *(
            f"{PACKAGE}/{name}.py: no test module imports it"
            for name in sorted(deciding - tested - without)
        ),
        *(f"{PACKAGE}/{name}.py: has a test module" for name in sorted(tested & without)),
    ]


def _is_tested(root: Path, name: str) -> bool:
    room, module = name.split("/")
    path = root / "tests" / room / f"test_{module}.py"
    if not path.exists():
        return False
    text = path.read_text(encoding="utf-8")
    return any(module in names or room in names for names in _imported(Source(path, text, ast.parse(text))))


def _imported(source: Source) -> Iterator[set[str]]:
    """The parts of the paths of our own that each import names."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            yield {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Attribute) and dotted(node).startswith(f"{PACKAGE}."):
            yield set(dotted(node).split("."))
