"""No global state: defaults, filters, seeds and threads of the process belong to the user."""

import ast
from pathlib import Path

from house.source import PACKAGE, Source, dotted, sources

# Names that mean one thing wherever they stand.
NEVER = {
    "set_default_dtype",
    "set_default_device",
    "set_default_tensor_type",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
    "set_num_interop_threads",
    "set_printoptions",
    "seterr",
    "seterrcall",
    "set_config",
    "rcParams",
    "resetwarnings",
}
# Names that are harmless on an object of our own, such as a generator's seed.
NEVER_DOTTED = {
    "torch.manual_seed",
    "torch.seed",
    "torch.cuda.manual_seed",
    "torch.cuda.manual_seed_all",
    "np.random.seed",
    "numpy.random.seed",
    "np.random.set_state",
    "numpy.random.set_state",
    "random.seed",
}
FILTERS = {"filterwarnings", "simplefilter"}
THREADS = "set_num_threads"


def violations(root: Path) -> list[str]:
    """Where the package touches, or names the means to touch, the state of the process."""
    return [p for source in sources(root, (PACKAGE,)) for p in _Reader(source).read()]


class _Reader(ast.NodeVisitor):
    def __init__(self, source: Source):
        self.source = source
        self.backend = source.path.parts[1] == "_backend"
        self.caught = 0
        self.problems: list[str] = []

    def read(self) -> list[str]:
        self.visit(self.source.tree)
        return self.problems

    def visit_With(self, node: ast.With) -> None:
        catches = any("catch_warnings" in ast.dump(item.context_expr) for item in node.items)
        self.caught += catches
        self.generic_visit(node)
        self.caught -= catches

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._judge(node, node.attr, dotted(node))
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._judge(node, node.id, node.id)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._judge(node, alias.name, f"{node.module}.{alias.name}")

    def _judge(self, node: ast.stmt | ast.expr, name: str, path: str) -> None:
        forbidden = name in NEVER or path in NEVER_DOTTED
        unguarded = name in FILTERS and not self.caught and not isinstance(node, ast.ImportFrom)
        threads = name == THREADS and not self.backend
        if forbidden or unguarded or threads:
            self.problems.append(f"{self.source.at(node)}: {path}")
