"""Fits beside busy processes: what is printed, and that these processes end."""

import json
import multiprocessing

import pytest

from benchmarks.busy import command


def test_the_command_prints_what_it_writes(tmp_path, capsys):
    out = tmp_path / "found.json"
    assert command.main(["--targets", "sin_exp", "--beside", "1", "--out", str(out)]) == 0
    (pair,) = json.loads(out.read_text())["results"]
    assert pair["busy"]["error"] < 1e-12
    assert f"{pair['busy']['seconds']:.2f}" in capsys.readouterr().out


@pytest.mark.slow
def test_fits_that_fail_are_named(tmp_path, capsys):
    out = tmp_path / "found.json"
    given = ["--targets", "otl_circuit", "--beside", "1", "--time-limit", "0.01", "--out", str(out)]
    assert command.main(given) == 1
    assert "0.01" in capsys.readouterr().out


def test_busy_processes_run_and_end():
    before = len(multiprocessing.active_children())
    with command.busy_processes(2):
        assert len(multiprocessing.active_children()) == before + 2
    assert len(multiprocessing.active_children()) == before
