"""Methods by name: the peers, and variants of ours written as `name:arguments`."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.common.peers import PEERS

OURS = "ours"
DEFAULT = "default"


@dataclass(frozen=True)
class Method:
    """A regressor that the benchmark runs.

    Parameters
    ----------
    name : str
    is_ours : bool
    make : callable
        Makes it; can be pickled.
    """

    name: str
    is_ours: bool
    make: Callable[[], Any]

    @property
    def is_default(self) -> bool:
        """Whether the bounds of the targets are promised for this one."""
        return self.name == f"{OURS} {DEFAULT}"


def methods(variants: Sequence[str], peers: Sequence[str]) -> list[Method]:
    """Our variants and then the peers.

    Parameters
    ----------
    variants : sequence of str
        `"default"`, or `"name:arguments"` as `parse_variant` takes it.
    peers : sequence of str
        Names in `PEERS`.
    """
    ours = [_ours(*parse_variant(text)) for text in variants]
    return ours + [Method(name, False, PEERS[name]) for name in peers]


def parse_variant(text: str) -> tuple[str, dict[str, Any]]:
    """Split `name:arguments` into the name and the constructor's arguments.

    Raises
    ------
    ValueError
        Where the arguments are not literals with keywords, or the default has any.

    Examples
    --------
    >>> parse_variant("linear:hidden_layer_sizes=(), n_stages=2")
    ('linear', {'hidden_layer_sizes': (), 'n_stages': 2})
    """
    name, _, arguments = text.partition(":")
    try:
        call: Any = ast.parse(f"f({arguments})", mode="eval").body
        parameters = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, AttributeError) as error:
        raise ValueError(f"{text!r} is not name:parameter=literal, ...") from error
    if call.args or None in parameters or not name or (name == DEFAULT) != (not parameters):
        raise ValueError(f"{text!r} is neither {DEFAULT!r} nor name:parameter=literal, ...")
    return name, parameters


def _ours(name: str, parameters: dict[str, Any]) -> Method:
    return Method(f"{OURS} {name}", True, functools.partial(_regressor, **parameters))


def _regressor(**parameters: Any) -> Any:
    from skspectral import SpectralMultistageRegressor

    return SpectralMultistageRegressor(**parameters)
