"""Verdicts, promises and the picture."""

import pytest

from benchmarks.accuracy import report
from benchmarks.accuracy.methods import Method
from benchmarks.accuracy.picture import draw
from benchmarks.common.expansions import Chebyshev
from benchmarks.common.targets import TARGETS
from benchmarks.common.worker import Measured

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def result(name, error, seconds, target="waves"):
    method = Method(name, name.startswith("ours"), Chebyshev)
    failure = "" if error else "ValueError: no"
    outcome = Measured(error=error, seconds=seconds, predict_seconds=0.1, failure=failure)
    return report.Result(TARGETS[target], method, outcome)


# waves promises 1e-11 in 10 s, noisy 3e-3 at any time, kink nothing
VERDICTS = [
    (result("ours default", 1e-11, 10.0), "ok"),
    (result("ours default", 2e-11, 10.0), "MISS error"),
    (result("ours default", 1e-12, 10.1), "MISS time"),
    (result("ours default", None, None), "MISS error+time"),
    (result("ours linear", 1.0, 1.0), "MISS error"),
    (result("ours default", 1e-3, 999.0, "noisy"), "ok"),
    (result("ours default", None, None, "kink"), ""),
    (result("rbf", 1.0, 1.0), ""),
]


@pytest.mark.parametrize(("judged", "verdict"), VERDICTS)
def test_verdicts(judged, verdict):
    assert report.verdict(judged) == verdict
    assert verdict in report.row(judged)


def test_promises_hold_where_no_default_fit_misses():
    good, bad_error, bad_time, failed, variant, *_ = (judged for judged, _ in VERDICTS)
    assert report.holds([good, variant])
    assert not any(report.holds([good, bad]) for bad in (bad_error, bad_time, failed))


def test_numbers_are_those_of_the_promised_targets_alone():
    head, first, *others, last = report.promises(judged for judged, _ in VERDICTS)
    assert head.split()[:3] == ["target", "bound", "measured"]
    assert first.split() == ["waves", "1.0e-11", "1.0e-11", "10.00", "10.00", "yes"]
    assert [line.split("  ")[-1] for line in others] == ["no: error", "no: time", "no: error, time"]
    assert last.split() == ["noisy", "3.0e-03", "1.0e-03", "-", "999.00", "yes"]


def test_picture_takes_misses_failures_and_exact_answers(tmp_path):
    exact = result("ours default", 1e-300, 1.0, "kink")
    draw([judged for judged, _ in VERDICTS] + [exact], tmp_path / "all.png")
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")
