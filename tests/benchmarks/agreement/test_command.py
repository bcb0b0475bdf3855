"""Networks whose units cancel: what is compared, and what is printed."""

import json

import pytest

from benchmarks.agreement import command


@pytest.fixture
def quick(monkeypatch):
    pytest.importorskip("onnxruntime", reason="it is what `predict` is compared with")
    monkeypatch.setattr(command, "TIMED", {1: 1, 40: 1})


@pytest.mark.slow
def test_steps_agree_where_libraries_do_not(quick):
    one = command.compare(2, (24,), "tanh", 2)
    assert one.readouts > 100
    assert one.apart_in_steps < one.apart_in_libraries / 10
    assert len(one.times_as_long) == 2


@pytest.mark.slow
def test_the_command_prints_what_it_writes(quick, tmp_path, capsys):
    assert command.main(["--count", "1", "--out", str(tmp_path / "found.json")]) == 0
    (one,) = json.loads((tmp_path / "found.json").read_text())["results"]
    assert f"| {one['network']} | {one['readouts']:.0e} |" in capsys.readouterr().out
