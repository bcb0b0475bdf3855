"""The command: every row runs, is printed, written and drawn."""

import json

import pytest
from sklearn.linear_model import Ridge

from benchmarks.ablations import command, report, series
from benchmarks.ablations.fits import Case
from benchmarks.ablations.parts import PARTS, Part
from benchmarks.ablations.problems import bowl

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def test_every_row_is_printed_written_and_drawn(tmp_path, capsys):
    out = tmp_path / "new" / "a.json"
    assert command.main(["--quick", "--out", str(out)]) == 0
    written, told = json.loads(out.read_text()), capsys.readouterr().out
    fits = report.read(written["results"])
    parts = [name for name in PARTS if name != "series" or series.available()]
    assert list(dict.fromkeys(fit.part for fit in fits)) == parts
    for fit in fits:
        assert fit.error is not None and 0 < fit.error < 10
        assert f"{fit.error:.1e}" in told
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_series_are_left_out_where_statsmodels_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(series, "available", lambda: False)
    out = tmp_path / "a.json"
    assert command.main(["--quick", "--only", "series", "--out", str(out)]) == 0
    assert "series are left out: statsmodels is not installed" in capsys.readouterr().out


def test_a_fit_that_fails_is_told(tmp_path, monkeypatch, capsys):
    def broken(effort, seed):
        yield Case("net", "broken", bowl(seed, 20, 1), lambda: 1 / 0)

    monkeypatch.setitem(PARTS, "hidden", Part("What feeds the hidden layers", broken))
    assert command.main(["--quick", "--only", "hidden", "--out", str(tmp_path / "a.json")]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_a_run_is_resumed(tmp_path, monkeypatch):
    wave, made = bowl(0, 40, 1), []

    def cases(effort, seed):
        yield Case("net", "a", wave, lambda: made.append("a") or Ridge())
        yield Case(
            "net", "b", wave, lambda: made.append("b") or (Ridge() if made.count("b") > 1 else 1 / 0)
        )

    monkeypatch.setitem(PARTS, "hidden", Part("What feeds the hidden layers", cases))
    arguments = ["--quick", "--only", "hidden", "--out", str(tmp_path / "a.json"), "--resume"]
    assert [command.main(arguments), command.main(arguments), command.main(arguments)] == [1, 0, 0]
    assert made == ["a", "b", "b"]
    assert [fit.level for fit in report.load(tmp_path / "a.json")] == ["a", "b"]


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--only", "none"])
    assert stop.value.code == 2
    assert "invalid choice: 'none'" in capsys.readouterr().err
