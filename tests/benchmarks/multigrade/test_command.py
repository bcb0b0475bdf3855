"""The command: what it prints and writes, and its exit status."""

import json
from functools import partial

import numpy as np
import pytest

from benchmarks.multigrade.cases import ROWS, Case, Promise
from benchmarks.multigrade.command import main
from skspectral import MultiGradeRegressor

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


TINY = partial(MultiGradeRegressor.from_paper, n_stages=2, hidden_layer_sizes=(8,), max_iter=5)


def line():
    """200 points of a wave, 50 between them."""
    x, x_test = np.arange(200)[:, None] / 200, np.linspace(0.01, 0.98, 50)[:, None]
    return x, np.sin(7 * x[:, 0]), x_test, np.sin(7 * x_test[:, 0])


def command(monkeypatch, tmp_path, promise):
    case = Case("narrow", "setting 4", line, TINY, promise, single=(8, 8), seconds=0.3)
    monkeypatch.setitem(ROWS, "narrow", lambda request: [case])
    return main(["--rows", "narrow", "--out", str(tmp_path / "new" / "a.json")])


@pytest.mark.parametrize("bound, status", [(2.0, 0), (1e-30, 1)])
def test_command_writes_what_it_finds(monkeypatch, tmp_path, capsys, bound, status):
    assert command(monkeypatch, tmp_path, Promise(rse=bound)) == status
    written = json.loads((tmp_path / "new" / "a.json").read_text())
    (record,) = written["results"]
    assert record["ours"]["rse"][-1] == pytest.approx(rse_told(capsys), rel=0.1)
    assert record["missed"] == ["error"][:status]
    assert written["versions"]["numpy"] == np.__version__
    assert written["machine"]["cores"] >= 1
    assert (tmp_path / "new" / "a.png").read_bytes().startswith(b"\x89PNG")


def rse_told(capsys):
    """The error in the first line of the table."""
    (told,) = (line for line in capsys.readouterr().out.splitlines() if " grades " in line)
    return float(told.split()[4])


def test_command_says_which_data_are_missing(monkeypatch, tmp_path, capsys):
    arguments = ["--rows", "mnist", "--data", str(tmp_path), "--out", str(tmp_path / "a.json")]
    assert main(arguments) == 0
    assert f"mnist is left out: mnist_test.npz, not in {tmp_path}" in capsys.readouterr().out


def test_command_refuses_rows_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--rows", "none"])
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
