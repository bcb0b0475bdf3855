"""Limits of large fits: what is printed, and that what is late is said."""

import json
import time

from benchmarks.limits import command


def test_the_command_prints_what_it_writes(tmp_path, capsys):
    out = tmp_path / "found.json"
    given = ["--fields", "front", "--estimators", "TunerRegressor", "--nodes", "12", "--max-time", "1e3"]
    assert command.main([*given, "--press", "--out", str(out)]) == 0
    (fit,) = json.loads(out.read_text())["results"]
    assert fit["allowed"] == 1201.0
    assert fit["error"] < 1
    assert f"{fit['took']:.2f}" in capsys.readouterr().out


def test_seconds_after_ctrl_c_are_those_after_it(tmp_path):
    out = tmp_path / "found.json"
    command.main(["--fields", "--rows", "3000", "--press", "0.5", "--out", str(out)])
    (fit,) = json.loads(out.read_text())["results"]
    assert fit["stop_reason"] == "interrupted"
    assert fit["took"] > 0


def test_what_is_late_is_told_by_the_status(tmp_path, monkeypatch):
    class Late(command.TunerRegressor):
        def fit(self, X, y):
            time.sleep(1.3)
            return super().fit(X, y)

    monkeypatch.setitem(command.ESTIMATORS, "TunerRegressor", Late)
    given = ["--fields", "front", "--nodes", "6", "--estimators", "TunerRegressor", "--max-time", "0.1"]
    assert command.main([*given, "--press", "--out", str(tmp_path / "found.json")]) == 1
