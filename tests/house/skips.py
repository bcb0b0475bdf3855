"""A test that skips, or is expected to fail, says why."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house.source import Source, dotted, sources

# Where a positional argument may be the reason; None: it has to be named.
REASON_AT = {
    "pytest.skip": 0,
    "pytest.xfail": 0,
    "pytest.mark.skip": 0,
    "pytest.mark.skipif": None,
    "pytest.mark.xfail": None,
    "pytest.importorskip": None,
}


def violations(root: Path) -> list[str]:
    """Skips and expected failures without a reason, called or as a bare mark."""
    return [problem for source in sources(root, ("tests",)) for problem in _problems(source)]


def _problems(source: Source) -> Iterator[str]:
    calls = {id(n.func): n for n in ast.walk(source.tree) if isinstance(n, ast.Call)}
    for node in ast.walk(source.tree):
        name = _canonical(node)
        if name in REASON_AT and not _has_reason(calls.get(id(node)), REASON_AT[name]):
            yield f"{source.at(node)}: {name} without a reason"


def _canonical(node: ast.AST) -> str:
    """The dotted name, with ``pytest.`` in front where ``mark`` was imported by itself."""
    name = dotted(node) if isinstance(node, ast.Attribute) else ""
    return f"pytest.{name}" if name.startswith("mark.") else name


def _has_reason(call: ast.Call | None, position: int | None) -> bool:
    if call is None:
        return False
    given = [k.value for k in call.keywords if k.arg == "reason"]
    if position is not None:
        given += call.args[position : position + 1]
    return any(not isinstance(g, ast.Constant) or bool(g.value) for g in given)
