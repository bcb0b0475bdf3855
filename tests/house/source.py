"""Parsed Python files, and what the rules ask of them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "skspectral"
CODE = (PACKAGE, "tests", "examples", "benchmarks")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DOCUMENTED = (ast.Module, ast.ClassDef, *FUNCTIONS)


@dataclass(frozen=True)
class Source:
    """One Python file: ``path`` is relative to the root, its parts name rooms and modules."""

    path: Path
    text: str
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self.path.as_posix()}:{node.lineno}"


def sources(root: Path, folders: tuple[str, ...] = CODE) -> Iterator[Source]:
    """Every Python file below the named folders of ``root``, in a stable order."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            yield Source(file.relative_to(root), text, ast.parse(text, filename=str(file)))


def docstring_lines(tree: ast.AST) -> set[int]:
    """The line numbers that docstrings of modules, classes and functions take up."""
    documented = (node for node in ast.walk(tree) if isinstance(node, DOCUMENTED))
    found = (node.body[0] for node in documented if ast.get_docstring(node, clean=False))
    return {line for first in found for line in range(first.lineno, first.end_lineno + 1)}


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of names, a bare ``.c`` where it hangs on another expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""
