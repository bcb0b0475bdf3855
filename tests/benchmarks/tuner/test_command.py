"""The command: what it prints and writes, and its exit status."""

import json
from functools import partial

import pytest

from benchmarks.common.options import VARIABLE
from benchmarks.tuner import command, report
from benchmarks.tuner.command import main
from benchmarks.tuner.fits import Fit
from benchmarks.tuner.report import Medians, Promise

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("limit", "status"), [(-1e3, 0), (1e3, 1)])
def test_command_writes_what_it_finds(quick, folder, monkeypatch, capsys, limit, status):
    ours = partial(Medians.value, row="images", problem="a", model="tuner")
    monkeypatch.setattr(report, "PROMISES", (Promise("images", "test dB of ours", limit, ours),))
    out = folder / "new" / "a.json"
    where = ["--data", str(folder), "--size", "6", "--grey", "--seeds", "0", "--out", str(out)]
    assert main([*where, "--rows", "images", "--seconds", "0.02"]) == status
    written = json.loads(out.read_text())
    assert {result["model"] for result in written["results"]} >= {"tuner", "siren", "rbf"}
    assert [promise["holds"] for promise in written["promises"]] == [status == 0]
    told = capsys.readouterr().out
    assert "images: a" in told
    assert "test dB of ours" in told


@pytest.mark.parametrize(("error", "status"), [(9e-9, 0), (2e-8, 1), (None, 1)])
def test_status_is_that_of_the_promises(tmp_path, monkeypatch, capsys, error, status):
    """Of smooth targets 1e-8 is promised; one without an error breaks it, whatever the others have."""

    def fits(row, problem, seeds, settings):
        found = error if problem.name == "waves" else 1e-12
        yield Fit(row, problem.name, "tuner", seeds[0], error=found, failure="" if found else "no")

    monkeypatch.setattr(command, "fits", fits)
    assert main(["--rows", "smooth", "--out", str(tmp_path / "a.json")]) == status
    assert capsys.readouterr().out.rstrip().endswith("no" if status else "yes")


def test_command_says_that_data_are_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(command, "fits", lambda *about: iter([]))
    images = ["--rows", "images", "--images", "china", "--size", "4", "--out", str(tmp_path / "a.json")]
    assert main(images) == 0
    told = capsys.readouterr().out
    assert "kodak/*.png, no data folder; give the folder by --data DIR or SKSPECTRAL_DATA" in told
    assert "images: china" in told
    assert main([*images, "--data", str(tmp_path)]) == 0
    assert f"kodak/*.png, not in {tmp_path}" in capsys.readouterr().out
