"""The command on few nodes, and what a second run of it adds."""

import json

from benchmarks.volumes.command import OURS, RIVALS, main

ASKED = ["--problems", "video", "--size", "8", "--units", "8", "--seconds", "0.1"]


def test_every_model_is_fitted_once(tmp_path, capsys):
    out = tmp_path / "volumes.json"
    assert main([*ASKED, "--out", str(out)]) == 0
    fits = json.loads(out.read_text())["results"]
    assert [fit["model"] for fit in fits] == [*OURS, *RIVALS]
    assert all(fit["test"] > 0 for fit in fits)
    assert main([*ASKED, "--resume", "--out", str(out)]) == 0
    assert json.loads(out.read_text())["results"] == fits
    assert "hash grid" in capsys.readouterr().out
