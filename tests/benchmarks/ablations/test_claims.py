"""Figures of the papers as numbers: rows are printed and written, and what they are made of."""

import json

import numpy as np
import pytest

from benchmarks.ablations import claims


def test_rows_are_printed_and_written(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(claims.ROWS, "law", lambda: iter([("slope", [-1.5, 2e-7])]))
    out = tmp_path / "claims.json"
    assert claims.main(["--only", "law", "--out", str(out)]) == 0
    assert "law" in (text := capsys.readouterr().out)
    assert "-1.5 2e-07" in text
    (found,) = json.loads(out.read_text())["results"]
    assert found == {"row": "law", "what": "slope", "figures": [-1.5, 2e-7]}


def test_outside_the_box_every_fit_is_judged_on_both_sides():
    for _, errors in claims.beyond():
        assert len(errors) == 3
        assert np.isfinite(errors).all()


def test_the_largest_error_is_that_of_shells_seen():
    expected, seen = np.array([1.0, 2.0, 0.0]), np.array([True, True, False])
    found = np.array([1.01, 1.9, 5.0])
    assert claims._largest(found, expected, seen) == pytest.approx(0.05)
