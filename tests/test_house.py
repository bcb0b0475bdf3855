"""The rules of the house hold here, and each of them can fail."""

from pathlib import Path

import pytest

from house import (
    command,
    constants,
    constructors,
    evidence,
    global_state,
    layers,
    mirrors,
    sizes,
    skips,
    tools,
    top_level,
)

ROOT = Path(__file__).parents[1]
RULES = [command, constants, constructors, global_state, layers, sizes, skips, top_level]
COMMAND = 'pip install -e ".[test]" && pytest'


def name_of(rule):
    return rule.__name__.removeprefix("house.")


def plant(root, files):
    """Write ``{path: text}`` below ``root``."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_rule_holds(rule):
    assert rule.violations(ROOT) == []


def test_constants_have_tests():
    assert evidence.violations(ROOT) == []


def test_modules_that_decide_have_tests():
    assert mirrors.violations(ROOT) == []


def test_mirrors_find_the_module_without_a_test(tmp_path):
    imports = "from skspectral.series.tested import f\n"
    plant(
        tmp_path,
        {
            "skspectral/series/tested.py": "",
            "skspectral/series/other.py": "",
            "skspectral/series/listed.py": "",
            "tests/series/test_tested.py": imports,
            "tests/series/test_other.py": "from skspectral import Model\n",
        },
    )
    (found,) = mirrors.violations(tmp_path, {"series/listed"})
    assert found.startswith("skspectral/series/other.py")
    assert mirrors.violations(tmp_path, {"series/tested", "series/other", "series/listed"}) == [
        "skspectral/series/tested.py: has a test module"
    ]


def test_evidence_finds_what_is_missing(tmp_path):
    plant(
        tmp_path,
        {"skspectral/a.py": "FIRST = 1\nSECOND = 2\nTHIRD = 3\n", "tests/test_a.py": "def test_b(): ...\n"},
    )
    tests = {"test_a.py": {"FIRST": "test_b", "SECOND": "test_c", "OLD": "test_b"}}
    assert evidence.violations(tmp_path, tests) == [
        "THIRD: no test",
        "OLD: not a numeric constant",
        "SECOND: test_a.py::test_c does not exist",
    ]


def test_lint_holds():
    assert tools.lint(ROOT) == []


def test_style_holds():
    assert tools.style(ROOT) == []


@pytest.mark.slow
def test_types_hold():
    assert tools.types(ROOT) == []


def body(lines):
    """A function whose body has this many lines, below a docstring that is not counted."""
    return 'def f():\n    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * lines


def constructor(count):
    names = ", ".join(f"p{i}=0" for i in range(count))
    return f"class Base:\n    def __init__(self, *, {names}): ...\nclass NewRegressor(Base): ...\n"


GOOD = {
    "skspectral/__init__.py": "from .estimators import A\nfrom skspectral.datasets import b\n",
    "skspectral/_backend/device.py": "import torch\ntorch.set_num_threads(1)\n",
    "skspectral/datasets/tones.py": "import numpy\nfrom .grids import a\n",
    "skspectral/solvers/lbfgs.py": "from .._backend import a\nfrom .problem import b\n",
    "skspectral/solvers/adam.py": (
        "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n"
    ),
    "skspectral/estimators/base.py": "from ..spectrum import a\nfrom ..solvers.lbfgs import b\n",
    "skspectral/estimators/tuner.py": constructor(16),
    "skspectral/inspection/fields.py": "from .grid import a\n",
    "skspectral/inspection/merged.py": (
        "# Measured.\nRATIO: float = 2.0\nBOUNDS = (  # of Smith (2024)\n    1.0,\n    0.6,\n)\n"
        "NAMES = {1: 'one'}\nSOLVER = Adam(rate=1e-3)\nx = 1.5\n"
        "if RATIO:\n    WAY = 'a'\nelse:\n    WAY = 'b'\n"
    ),
    "skspectral/networks/dense.py": body(50),
    "skspectral/networks/fourier.py": "generator.manual_seed(0)\n",
    "skspectral/spectrum/grid.py": '"""Not\n\ncounted."""\n' + "x = 1\n\n" * 300,
    "tests/test_a.py": (
        "import pytest\n@pytest.mark.skipif(True, reason='no GPU')\ndef test_a():\n"
        "    pytest.skip('no file')\n"
    ),
    "README.md": f"```\n{COMMAND}\n```\n" + "line\n" * 116,
    ".ci/run": f"#!/bin/bash\nset -euo pipefail\n{COMMAND}\n",
    ".gitignore": "*.egg-info/\n.cache/\n",
    "skspectral.egg-info/PKG-INFO": "",
    ".cache/x": "",
}


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_rule_finds_nothing_in_a_good_tree(rule, tmp_path):
    plant(tmp_path, GOOD)
    (tmp_path / ".ci" / "run").chmod(0o755)
    assert rule.violations(tmp_path) == []


IMPORTS = [
    ("_backend/device.py", "from ..solvers import lm", "_backend imports solvers"),
    ("spectrum/grid.py", "from .. import networks", "spectrum imports networks"),
    ("networks/dense.py", "from skspectral.solvers.adam import f", "networks imports solvers"),
    ("solvers/adam.py", "from ..estimators import base", "solvers imports estimators"),
    ("solvers/adam.py", "import skspectral.inspection as i", "solvers imports inspection"),
    ("estimators/base.py", "if A:\n    from .. import inspection", "estimators imports inspection"),
    ("inspection/grid.py", "from ..estimators import base", "inspection imports estimators"),
    ("datasets/tones.py", "from .._backend import device", "datasets imports _backend"),
    ("estimators/base.py", "from ..datasets import flow", "estimators imports datasets"),
    ("solvers/adam.py", "from skspectral import Model", "solvers imports Model"),
    ("solvers/adam.py", "import skspectral", "solvers imports skspectral"),
    ("series/lines.py", "from .best import a", "lines imports series.best"),
    ("series/lines.py", "from . import best", "lines imports series.best"),
    ("series/lines.py", "from ..series import best", "lines imports series.best"),
    ("attic/a.py", "", "attic has no layer"),
    ("series/attic.py", "", "attic has no place in series"),
    ("loose.py", "", "loose.py has no layer"),
]


@pytest.mark.parametrize(("path", "text", "problem"), IMPORTS)
def test_layers_find_the_import(path, text, problem, tmp_path):
    plant(tmp_path, {f"skspectral/{path}": text + "\n"})
    (found,) = layers.violations(tmp_path)
    assert found.endswith(problem)


STATE = [
    "torch.set_default_dtype(torch.float64)",
    "from torch import set_default_dtype",
    "np.seterr(all='ignore')",
    "torch.set_num_threads(1)",
    "torch.manual_seed(0)",
    "np.random.seed(0)",
    "warnings.filterwarnings('ignore')",
    "filterwarnings('ignore')",
    "with open('f'):\n    warnings.simplefilter('ignore')",
    "matplotlib.rcParams['a'] = 1",
]


@pytest.mark.parametrize("text", STATE)
def test_global_state_is_found(text, tmp_path):
    plant(tmp_path, {"skspectral/solvers/a.py": text + "\n"})
    assert len(global_state.violations(tmp_path)) == 1


SIZES = [
    ("skspectral/a.py", body(51), "skspectral/a.py:1: f has 51 lines"),
    ("benchmarks/a.py", "x = 1\n\n" * 301, "benchmarks/a.py: 301 lines"),
    ("README.md", "x\n" * 120, "README.md: 120 lines"),
]


@pytest.mark.parametrize(("path", "text", "problem"), SIZES)
def test_sizes_find_the_long_one(path, text, problem, tmp_path):
    plant(tmp_path, {"README.md": "", path: text})
    assert sizes.violations(tmp_path) == [problem]


def test_constructors_find_the_wide_one_through_its_base(tmp_path):
    plant(tmp_path, {"skspectral/estimators/a.py": constructor(17)})
    expected = "skspectral/estimators/a.py:3: NewRegressor has 17 parameters"
    assert constructors.violations(tmp_path) == [expected]


def test_constructors_find_the_positional_one(tmp_path):
    text = "class NewRegressor:\n    def __init__(self, a): ...\n"
    plant(tmp_path, {"skspectral/a.py": text})
    (found,) = constructors.violations(tmp_path)
    assert found.endswith("NewRegressor takes parameters that are not keyword-only")


CONSTANTS = [
    ("# Both.\nRATIO, SHARE = 2.0, 0.5", ["2: RATIO, SHARE in one statement"]),
    ("# Both.\nRATIO = SHARE = 2.0", ["2: RATIO, SHARE in one statement"]),
    ("RATIO = 2.0", ["1: RATIO without a comment"]),
    ("RATIO: float = 2.0", ["1: RATIO without a comment"]),
    ("# The first alone.\nRATIO = 2\n_SHARE = -0.5", ["3: _SHARE without a comment"]),
    ("RATIO = 2.0  # noqa: E741", ["1: RATIO without a comment"]),
    ("BOUNDS = {'a': [(1.0, 0.6)]}", ["1: BOUNDS without a comment"]),
    ("RATIO = np.sqrt(2) / COUNT", ["1: RATIO without a comment"]),
    ("EPS = np.finfo(float).eps", ["1: EPS without a comment"]),
    ("if A:\n    RATIO = 2.0", ["2: RATIO without a comment"]),
    ("# Why.\nSTEPS = 8", ["2: STEPS is also in skspectral/datasets/a.py"]),
]


@pytest.mark.parametrize(("text", "problems"), CONSTANTS)
def test_constants_find_the_careless_one(text, problems, tmp_path):
    taken = "_STEPS = 'elsewhere'\n"
    plant(tmp_path, {"skspectral/datasets/a.py": taken, "skspectral/inspection/a.py": text + "\n"})
    assert constants.violations(tmp_path) == [f"skspectral/inspection/a.py:{p}" for p in problems]


def test_constants_find_one_number_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "MAX_NUMERIC_CONSTANTS", 2)
    text = "AA = 1  # one\nBB = 2  # two\n"
    plant(tmp_path, {"skspectral/solvers/a.py": text, "skspectral/series/a.py": "CC = [3]  # three\n"})
    assert constants.violations(tmp_path) == ["skspectral: 3 numeric constants, at most 2 are allowed"]


SKIPS = [
    "pytest.skip()",
    "pytest.skip('')",
    "pytest.xfail(reason='')",
    "pytest.importorskip('polars')",
    "@pytest.mark.skip\ndef test_a(): ...",
    "@pytest.mark.skipif(True)\ndef test_a(): ...",
    "@mark.xfail(strict=True)\ndef test_a(): ...",
]


@pytest.mark.parametrize("text", SKIPS)
def test_skips_find_the_one_without_a_reason(text, tmp_path):
    plant(tmp_path, {"tests/test_a.py": text + "\n"})
    (found,) = skips.violations(tmp_path)
    assert found.endswith("without a reason")


COMMANDS = [
    ({".ci/run": f"set -euo pipefail\n{COMMAND}\n"}, 0o644, "not executable"),
    ({".ci/run": f"{COMMAND}\n"}, 0o755, "does not stop at an error"),
    ({"README.md": f"`{COMMAND} -x`\n"}, 0o755, "its last line is not in the README"),
]


@pytest.mark.parametrize(("change", "mode", "problem"), COMMANDS)
def test_command_finds_the_parting(change, mode, problem, tmp_path):
    plant(tmp_path, GOOD | change)
    (tmp_path / ".ci" / "run").chmod(mode)
    assert command.violations(tmp_path) == [f".ci/run: {problem}"]


def test_command_finds_a_line_after_the_tests(tmp_path):
    plant(tmp_path, GOOD | {".ci/run": f"set -euo pipefail\n{COMMAND}\necho done\n"})
    (tmp_path / ".ci" / "run").chmod(0o755)
    assert ".ci/run: its last line does not end in the tests" in command.violations(tmp_path)


def test_top_level_finds_the_stray_name(tmp_path):
    plant(tmp_path, GOOD | {"notes.txt": ""})
    assert top_level.violations(tmp_path) == ["notes.txt: not a name of the top level"]


def test_lint_finds_the_unused_import(tmp_path):
    plant(tmp_path, {"skspectral/a.py": '"""A module."""\n\nimport os\n'})
    (found,) = tools.lint(tmp_path)
    assert "F401" in found


def test_style_finds_the_crooked_line(tmp_path):
    plant(tmp_path, {"skspectral/a.py": "x = [1,2]\n"})
    assert any("a.py" in line for line in tools.style(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["skspectral", "benchmarks"])
def test_types_find_the_wrong_argument(folder, tmp_path):
    text = "def f(n: int) -> int:\n    return n\n\n\nf('a')\n"
    plant(tmp_path, {f"{folder}/__init__.py": text})
    (found,) = tools.types(tmp_path)
    assert "[arg-type]" in found
