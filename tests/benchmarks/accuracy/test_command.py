"""The command: what it prints and writes, and its exit status."""

import json
import os

import numpy as np
import pytest

from benchmarks.accuracy.command import main
from benchmarks.common.worker import Measured, Worker

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


SMALL = "exp_sine"  # 200 rows


def test_command_runs_the_peers_alone(tmp_path, capsys):
    targets = ["--targets", SMALL, "kink"]
    status = main([*targets, "--ours", "--peers", "chebyshev", "rbf", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "accuracy.json").read_text())
    found = [(r["target"], r["method"]) for r in written["results"]]
    assert status == 0
    assert found == [(t, m) for t in (SMALL, "kink") for m in ("chebyshev", "rbf")]
    assert all(0 < r["error"] < 1e-2 and not r["failure"] for r in written["results"])
    assert all(f"{t:<16} {m:<18}" in printed for t, m in found)
    assert written["versions"]["numpy"] == np.__version__
    assert written["machine"]["cores"] == os.cpu_count()
    assert written["machine"]["threads"] >= 1
    assert (tmp_path / "accuracy.png").exists()


def test_command_fails_where_a_promise_is_broken(tmp_path, monkeypatch, capsys):
    broken = Measured(error=1e-3, seconds=0.5, predict_seconds=0.1)
    monkeypatch.setattr(Worker, "run", lambda self, job, limit: broken)
    assert main(["--targets", "runge", "--no-peers", "--out", str(tmp_path)]) == 1
    assert "no: error" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1])
def test_command_judges_starts_where_it_is_asked_to(tmp_path, monkeypatch, status):
    good = Measured(error=1e-15, seconds=0.5, predict_seconds=0.1)
    monkeypatch.setattr(Worker, "run", lambda self, job, limit: good)
    monkeypatch.setattr("benchmarks.accuracy.stages.main", lambda arguments: status)
    arguments = ["--targets", "runge", "--no-peers", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert main([*arguments, "--stages"]) == status


@pytest.mark.parametrize(
    "arguments", [["--targets", "none"], ["--peers", "none"], ["--ours", "a"], ["--peers"]]
)
def test_command_refuses_what_it_does_not_know(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
