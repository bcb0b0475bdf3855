"""Gaps between rows: what is fitted, what is judged, and what is printed."""

import json

import numpy as np
import pytest

from benchmarks.gaps import command
from benchmarks.gaps.command import FUNCTIONS, Fit


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_functions_are_finite_and_vary(name, d, rng):
    values = FUNCTIONS[name](rng.uniform(-1, 1, (200, d)))
    assert values.shape == (200,)
    assert np.isfinite(values).all() and values.std() > 0


def test_errors_are_true_ones():
    """A wave of a line is met to rounding, and what is reported is above that."""
    one = command.fit("wave", 200, 1, 0)
    assert one.missed < 1e-12
    assert one.is_known


@pytest.mark.parametrize(("missed", "known"), [(0.5, True), (11.0, False)])
def test_the_status_tells_whether_errors_are_known(missed, known, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "fit", lambda name, n, d, seed: Fit(name, n, d, missed, 1.0, 0.1))
    out = tmp_path / "gaps.json"
    status = command.main(["--functions", "kink", "--most", "500", "--out", str(out)])
    printed, data = capsys.readouterr().out, json.loads(out.read_text())
    assert status == (0 if known else 1)
    assert len(data["results"]) == 3 and data["known"] == (3 if known else 0)
    assert ("reports too little" in printed) is not known
