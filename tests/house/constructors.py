"""Narrow constructors: at most 16 parameters for a regressor, all of them keyword-only."""

import ast
from collections.abc import Iterator
from pathlib import Path

from house.source import PACKAGE, dotted, sources

PARAMETERS = 16
Classes = dict[str, ast.ClassDef]


def violations(root: Path) -> list[str]:
    """Regressors whose constructor, their own or inherited, is wide or takes positions."""
    found = [(s, n) for s in sources(root, (PACKAGE,)) for n in ast.walk(s.tree)]
    classes = {n.name: n for _, n in found if isinstance(n, ast.ClassDef)}
    places = {n.name: s.at(n) for s, n in found if isinstance(n, ast.ClassDef)}
    regressors = [name for name in classes if name.endswith("Regressor")]
    return [f"{places[name]}: {name} {p}" for name in regressors for p in _problems(name, classes)]


def _problems(name: str, classes: Classes) -> Iterator[str]:
    constructor = _constructor(name, classes)
    if constructor is None:
        return
    arguments = constructor.args
    positional = arguments.posonlyargs + arguments.args[1:]
    count = len(positional) + len(arguments.kwonlyargs)
    if count > PARAMETERS:
        yield f"has {count} parameters"
    if positional or arguments.vararg or arguments.kwarg:
        yield "takes parameters that are not keyword-only"


def _constructor(name: str, classes: Classes) -> ast.FunctionDef | None:
    """``__init__`` of the class or of the first of our bases that has one."""
    if name not in classes:
        return None
    for item in classes[name].body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return item
    bases = (_constructor(dotted(base).split(".")[-1], classes) for base in classes[name].bases)
    return next((found for found in bases if found is not None), None)
