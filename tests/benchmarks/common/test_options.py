"""Where data files are looked for, and how the commands call themselves; children find their modules."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.common.options import OUTPUT, VARIABLE, absent, add_data, parser

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("variable", "given", "folder"),
    [
        (None, [], None),
        ("", [], None),
        ("there", [], Path("there")),
        ("there", ["--data", "here"], Path("here")),
        (None, ["--data", "here"], Path("here")),
    ],
)
def test_data_lie_where_the_option_or_the_environment_says(monkeypatch, variable, given, folder):
    monkeypatch.delenv(VARIABLE, raising=False)
    if variable is not None:
        monkeypatch.setenv(VARIABLE, variable)
    asked = parser("name", "What it does.\n\nMore.")
    add_data(asked, "some files")
    assert asked.parse_args(given).data == folder
    assert "folder with some files; else that of SKSPECTRAL_DATA" in " ".join(asked.format_help().split())


def test_absent_files_are_told():
    how = "give the folder by --data DIR or SKSPECTRAL_DATA"
    assert absent("a.png", None) == f"a.png, no data folder; {how}"
    assert absent("a.png", Path("here")) == f"a.png, not in here; {how}"


def test_output_lies_beside_the_benchmarks():
    assert OUTPUT == ROOT / "benchmarks" / "output"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["accuracy", "accuracy.stages", "multigrade", "solvers", "trust", "tuner"])
def test_commands_are_called_by_their_folder(name):
    command = [sys.executable, "-m", f"benchmarks.{name}", "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"usage: python -m benchmarks.{name} ")


@pytest.mark.slow
def test_children_of_a_command_find_their_modules(tmp_path):
    """Started as users start it: a child imports what the parent was called by."""
    few = ["--targets", "exp_sine", "--ours", "--peers", "chebyshev", "--out", str(tmp_path)]
    command = [sys.executable, "-m", "benchmarks.accuracy", *few]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "accuracy.json").exists()
