"""The verdict, and the command."""

import json
import math

import pytest

from benchmarks.solvers import methods, problems
from benchmarks.solvers.command import main
from benchmarks.solvers.methods import Race
from benchmarks.solvers.report import misses


def outcomes(auto, other):
    return {"auto": Race(curve=auto), "other": Race(curve=other)}


def test_first_time_below_a_level():
    outcome = Race(curve=[(1.0, 0.5), (2.0, 0.1), (3.0, 0.01)])
    assert [outcome.seconds_to(x) for x in (0.5, 0.1, 0.05, 1e-3)] == [1.0, 2.0, 3.0, math.inf]


@pytest.mark.parametrize(
    ("auto", "found"),
    [
        ([(2.0, 0.1), (6.0, 0.01)], []),  # twice the time, and no more
        ([(2.1, 0.1), (6.0, 0.01)], [(0.1, 2.1, "other", 1.0)]),
        ([(0.1, 0.1)], [(0.01, math.inf, "other", 3.0)]),
    ],
)
def test_misses(auto, found):
    assert misses(outcomes(auto, [(1.0, 0.1), (3.0, 0.01)])) == found


def test_what_only_auto_reaches_is_no_miss():
    assert misses(outcomes([(5.0, 1e-9)], [])) == []


@pytest.mark.parametrize(("slower", "status", "holds"), [(1.0, 0, "yes"), (3.0, 1, "no")])
def test_command_tells_and_writes(monkeypatch, tmp_path, capsys, tiny, slower, status, holds):
    """Methods of known speed on a problem of known size."""
    limits = []

    def run_for(seconds):
        def method(data, theta, clock):
            limits.append(clock.seconds)
            clock.curve.append((seconds, 0.05))
            return "done"

        return method

    monkeypatch.setattr(methods, "METHODS", {"auto": run_for(slower), "other": run_for(1.0)})
    monkeypatch.setattr(problems, "PROBLEMS", {"tiny": lambda seed: tiny})
    out = tmp_path / "new" / "a.json"
    assert main(["--seconds", "7", "--out", str(out)]) == status
    assert limits[-2:] == [14.0, 7.0]  # "auto" has twice the time, so that every level is judged
    written = json.loads(out.read_text())
    (record,) = written["results"]
    assert (record["n"], record["k"], record["p"]) == (60, 1, 8)
    other = record["methods"]["other"]
    assert (other["curve"], other["error"], other["stop_reason"]) == ([[1.0, 0.05]], 0.05, "done")
    assert len(record["missed"]) == status
    assert written["machine"]["cores"] >= 1
    assert f"at every level: {holds}\n" in capsys.readouterr().out


def test_command_refuses_problems_that_it_does_not_know(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--problems", "none"])
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
