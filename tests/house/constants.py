"""Module constants: one name in one place, a reason beside each number, and few numbers."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from house.source import PACKAGE, Source, dotted, sources

# Numeric constants in all rooms of the package: a bound on how many there may be.
MAX_NUMERIC_CONSTANTS = 60
NAME = re.compile(r"_?[A-Z][A-Z0-9_]+")
COMMENT = re.compile(r"#(?! *(noqa|type:|fmt:))")  # what is for a tool gives no reason

Definition = tuple[Source, ast.Assign | ast.AnnAssign, list[str]]


def violations(root: Path) -> list[str]:
    """Constants that share a name, a statement or no comment, and more numbers than the bound."""
    found = [item for source in sources(root, (PACKAGE,)) for item in _definitions(source)]
    return [*_repeated(found), *(p for item in found for p in _problems(*item)), *_too_many(found)]


def numeric_constants(root: Path) -> list[str]:
    """Names of all numeric constants of the package."""
    found = [item for source in sources(root, (PACKAGE,)) for item in _definitions(source)]
    return [name for _, node, names in found if _is_numeric(node.value) for name in names]


def _definitions(source: Source) -> Iterator[Definition]:
    """Statements of the module, also in an ``if`` or ``try``, that define constants, with their names."""
    for node in _statements(source.tree.body):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
        constants = [name for name in names if NAME.fullmatch(name)]
        if constants:
            yield source, node, constants


def _statements(body: list[ast.stmt]) -> Iterator[ast.Assign | ast.AnnAssign]:
    for node in body:
        if isinstance(node, ast.Assign) or (isinstance(node, ast.AnnAssign) and node.value is not None):
            yield node
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            handlers = [h.body for h in getattr(node, "handlers", [])]
            branches = [getattr(node, part, []) for part in ("body", "orelse", "finalbody")]
            yield from _statements([s for branch in [*branches, *handlers] for s in branch])


def _repeated(found: list[Definition]) -> Iterator[str]:
    """A leading underscore does not make another name; one module may define a name in two branches."""
    first: dict[str, Path] = {}
    for source, node, names in found:
        for name in names:
            other = first.setdefault(name.lstrip("_"), source.path)
            if other != source.path:
                yield f"{source.at(node)}: {name} is also in {other.as_posix()}"


def _problems(source: Source, node: ast.Assign | ast.AnnAssign, names: list[str]) -> Iterator[str]:
    if len(names) > 1:
        yield f"{source.at(node)}: {', '.join(names)} in one statement"
    if _is_numeric(node.value) and not _has_comment(source, node):
        yield f"{source.at(node)}: {', '.join(names)} without a comment"


def _too_many(found: list[Definition]) -> Iterator[str]:
    count = sum(len(names) for _, node, names in found if _is_numeric(node.value))
    if count > MAX_NUMERIC_CONSTANTS:
        yield f"{PACKAGE}: {count} numeric constants, at most {MAX_NUMERIC_CONSTANTS} are allowed"


def _is_numeric(node: ast.AST | None) -> bool:
    """Whether a number goes into the value: written there, in a container, a formula or a function."""
    match node:
        case None | ast.Lambda() | ast.JoinedStr():
            return False
        case ast.Constant(value):
            return isinstance(value, (int, float, complex)) and not isinstance(value, bool)
        case ast.Attribute():
            return node.attr in {"eps", "tiny", "pi", "max", "min"}
        case ast.Subscript():  # the index is not the value
            return _is_numeric(node.value)
        case ast.Dict():  # the keys are not the values
            return any(_is_numeric(value) for value in node.values)
        case ast.Call():
            # Objects of classes, such as solvers and intervals, have parameters, not numbers.
            if dotted(node.func).split(".")[-1][:1].isupper():
                return False
            arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
            return any(_is_numeric(part) for part in [node.func, *arguments])
        case _:
            return any(_is_numeric(child) for child in ast.iter_child_nodes(node))


def _has_comment(source: Source, node: ast.stmt) -> bool:
    """A comment in the lines of the statement, or alone in the line above it."""
    lines = source.text.splitlines()
    if node.lineno > 1 and COMMENT.match(lines[node.lineno - 2].lstrip()):
        return True
    tokens = tokenize.generate_tokens(io.StringIO(source.text).readline)
    comments = (t for t in tokens if t.type == tokenize.COMMENT and COMMENT.match(t.string))
    inside = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return any(comment.start[0] in inside for comment in comments)
