"""Criteria, lines, JSON, and the exit status that they give."""

import json

import pytest

from benchmarks.trust import command, report
from benchmarks.trust.records import Record

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def record(**found):
    kept = {"error": 1e-3, "expected": 1e-3, "reported": 1e-3, "ratio": 1.0, "seconds": 0.1}
    names = {
        "seed": 0,
        "index": 0,
        "estimator": "E",
        "design": "grid",
        "function": "even",
        "n": 9,
        "d": 2,
        "noise": 0.0,
    }
    return Record(**{**names, **kept, "simple": {"mean": 1.0, "plane": 0.1}, **found})


def failed(**found):
    return record(error=None, expected=None, reported=None, ratio=None, seconds=None, simple={}, **found)


def found(records):
    return {c.name: (c.value, c.holds) for c in report.criteria(records)}


def test_criteria_hold():
    assert report.holds(
        [record(), record(ratio=0.9), record(error=2.0, warned=("w",), simple={"mean": 1.0})]
    )


def test_criteria_of_ratios():
    values = found([record(ratio=r) for r in (0.02, 0.3, 0.4, 1.0, 9.0, 11.0, None)])
    assert values["reported/true in [1/3, 10]"] == (pytest.approx(3 / 7), False)
    assert values["reported/true below 1/30"] == (1, False)
    assert values["median reported/true"] == (0.7, True)


def test_criterion_of_the_simple():
    pairs = [(0.31, 0.1), (0.29, 0.1), (9e-14, 1e-16), (1e-12, 1e-16)]
    values = found([record(error=e, simple={"mean": 1.0, "plane": s}) for e, s in pairs])
    assert values["error <= 3 x best of simple"] == (0.5, False)


def test_criterion_of_silence():
    values = found([record(error=1.5), record(error=1.5, warned=("w",)), record(error=0.9)])
    assert values["error > spread of y, no warning"] == (1, False)


def test_failures_count():
    values = found([record(), failed(failure="late", timeout=True), failed(failure="ValueError")])
    assert values["timeouts"] == values["other failures"] == (1, False)
    assert values["reported/true in [1/3, 10]"] == (1, True)


def test_nothing_holds_of_nothing():
    assert not report.holds([failed(failure="late", timeout=True)])


def test_summary_shows_groups_and_the_worst():
    bad = record(index=77, ratio=0.01, design="tracks", error=3.0)
    lines = report.summary([record(), bad, failed(failure="late", timeout=True)])
    text = "\n".join(lines)
    for title in ("design", "function", "noise", "estimator", "no error", "reported below", "worse than"):
        assert any(line.startswith(title) for line in lines), title
    assert "RATIO BELOW SIMPLE SILENT" in text
    assert len(report.row(bad)) < 150


def test_json_has_no_nan(tmp_path):
    report.write_json([failed(failure="late")], tmp_path / "trust.json", seed=3)
    written = json.loads((tmp_path / "trust.json").read_text(), parse_constant=pytest.fail)
    assert written["seed"] == 3
    assert written["results"][0]["error"] is None


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([record(), record(index=1)], 0),
        ([record(), record(index=1, ratio=20.0)], 1),
        ([record(), failed(failure="late")], 1),
    ],
)
def test_status_is_that_of_the_criteria(tmp_path, monkeypatch, capsys, records, status):
    monkeypatch.setattr(command, "run_all", lambda plans, workers, limit: iter(records))
    assert command.main(["--out", str(tmp_path)]) == status
    assert (" NO" in capsys.readouterr().out) == bool(status)
    assert len(json.loads((tmp_path / "trust.json").read_text())["results"]) == 2
