"""The benchmark of stages: ratios of errors, and what is promised of them."""

import json

import pytest

from benchmarks.accuracy import stages

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def result(*held_out):
    return {"held_out": list(held_out), "grid": list(held_out), "iterations": [9] * len(held_out)}


@pytest.mark.parametrize("spectrum, holds", [((1e-2, 1e-4, 1e-6), True), ((1e-2, 1e-4), False)])
def test_the_best_scale_start_counts(spectrum, holds, capsys):
    """1e-2 over 1e-6, and over 1e-4 where the third stage was not kept: promised is 1e3."""
    results = {"spectrum": result(*spectrum), "scale, 1": result(1e-1, 1e-2), "scale, 2": result()}
    assert stages.compare(results) is holds
    printed = capsys.readouterr().out
    assert f"held_out: 1.0e+01 1.0e+02 1.0e+0{4 if holds else 2}" in printed
    assert ("stages: yes" in printed) is holds


@pytest.mark.parametrize("target", stages.FUNCTIONS)
def test_command_writes_what_it_finds(target, tmp_path, capsys):
    """Three iterations of small nets gain nothing: the exit status says that the promise is not held."""
    few = ["--iterations", "3", "--grid", "12", "--modes", "9", "--hidden", "4", "--rates", "0.01"]
    few += ["--target", target]
    assert stages.main([*few, "--out", str(tmp_path / "new" / "stages.json")]) == 1
    written = json.loads((tmp_path / "new" / "stages.json").read_text())
    assert [result["case"] for result in written["results"]] == ["spectrum", "scale, 0.01"]
    assert "held out" in capsys.readouterr().out
