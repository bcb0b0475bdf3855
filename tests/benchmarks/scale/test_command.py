"""Many rows: what is measured, and what is judged."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.scale import command
from benchmarks.scale.fits import Case, Cost, _written, measured, target
from benchmarks.scale.in_memory import TARGETS, Outcome, fitted
from benchmarks.scale.passes import one_pass

GOOD = Cost(error=1e-14, reported=1e-14, functions=100, cpu=1.0, seconds=1.0, peak_gb=0.5, workers_gb=0.0)


def test_a_small_case_is_fitted_from_a_file(tmp_path):
    cost = measured(Case(rows=2000, waves=2.0), tmp_path)
    assert cost.error < 1e-12
    assert cost.functions > 10
    assert cost.cpu > 0


def test_targets_are_those_of_the_rows_that_are_written(tmp_path):
    X, y = _written(Case(rows=3000, waves=5.0), tmp_path)
    np.testing.assert_array_equal(y, target(np.asarray(X), 5.0))


def test_the_slope_is_that_of_a_power():
    results = {Case(10**k, 1.0): replace(GOOD, cpu=2.0 * 10 ** (0.9 * k)) for k in (4, 5, 6)}
    assert command.slope(results, 0) == pytest.approx(0.9)


@pytest.mark.parametrize("change", [{"error": 1e-11}, {"peak_gb": 4.0}, {"workers_gb": 4.0}])
def test_each_bound_can_fail(change):
    case = Case(1000, 1.0)
    assert command.holds({case: GOOD}, {0: 1.0})
    assert not command.holds({case: replace(GOOD, **change)}, {0: 1.0})
    assert not command.holds({case: GOOD}, {0: 1.2})


@pytest.mark.slow
@pytest.mark.parametrize("inputs", TARGETS)
def test_rows_in_memory_are_fitted_and_judged_where_there_are_none(inputs):
    for name in TARGETS[inputs]:
        outcome = fitted(inputs, name, rows=500)
        assert 0 < outcome.error < 1.5 and outcome.seconds > 0
        assert replace(outcome, seconds=1e6).holds is False


def test_a_line_is_printed_for_each_fit_in_memory(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "fitted", lambda inputs, target: Outcome(inputs, target, 1e-9, 1e3, 1.0))
    out = ["--out", str(tmp_path / "scale.json")]
    assert command.main(["--rows", "--predict", "--inputs", "1", "3", *out]) == 1
    assert capsys.readouterr().out.count("inputs,") == 3


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_passes_are_those_of_as_many_functions_as_are_asked_for(inputs):
    cost = one_pass(inputs, functions=60, rows=500)
    assert 30 < cost.functions <= 60
    assert min(cost.sums, cost.moments, cost.values_by_tables) > 0
