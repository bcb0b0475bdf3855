"""Sizes: of functions, files and the README; docstrings are not counted."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house.source import FUNCTIONS, Source, docstring_lines, sources

FUNCTION_LINES = 50
FILE_LINES = 300
README_LINES = 120


def violations(root: Path) -> list[str]:
    """Function bodies over 50 lines, files over 300 non-blank ones, a README of 120 or more."""
    code = [problem for source in sources(root) for problem in _problems(source)]
    return [*code, *_long_readme(root / "README.md")]


def _problems(source: Source) -> Iterator[str]:
    ignored = docstring_lines(source.tree)
    lines = enumerate(source.text.splitlines(), 1)
    size = sum(bool(line.strip()) and number not in ignored for number, line in lines)
    if size > FILE_LINES:
        yield f"{source.path.as_posix()}: {size} lines"
    for node in ast.walk(source.tree):
        if isinstance(node, FUNCTIONS):
            body = range(node.body[0].lineno, node.body[-1].end_lineno + 1)
            length = len(set(body) - ignored)
            if length > FUNCTION_LINES:
                yield f"{source.at(node)}: {node.name} has {length} lines"


def _long_readme(readme: Path) -> list[str]:
    if not readme.exists():
        return ["README.md: missing"]
    length = len(readme.read_text(encoding="utf-8").splitlines())
    return [f"README.md: {length} lines"] if length >= README_LINES else []
