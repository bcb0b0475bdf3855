"""Tables, notes and JSON: what every benchmark tells."""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest

from benchmarks.common.results import (
    Outcome,
    Table,
    distinct,
    failure_of,
    note,
    number,
    verdict,
    write_json,
)

PRICES = Table("{:<6} {:>5}  {}", ("fruit", "price", ""))


def test_a_table_is_titles_and_rows():
    assert PRICES.lines([("apple", "1.5", "a note"), ("fig", "-", "")]) == [
        "fruit  price",
        "apple    1.5  a note",
        "fig        -",
    ]


def test_a_table_without_rows_has_no_lines():
    assert PRICES.lines([]) == []


@pytest.mark.parametrize(("value", "cell"), [(1234.56, "1,234.6"), (None, "-"), (math.nan, "-")])
def test_numbers_are_cells(value, cell):
    assert number(value, ",.1f") == cell


def test_notes_are_one_short_line():
    assert note(" two\nlines ") == "two lines"
    assert note("a" * 60) == "a" * 60
    assert note("a" * 61) == "a" * 57 + "..."


def test_verdicts():
    assert [verdict([]), verdict(["error", "time"])] == ["yes", "no: error, time"]


def test_failures_and_warnings():
    assert failure_of(KeyError("a")) == "KeyError: 'a'"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for message in ("a", "b", "a"):
            warnings.warn(message, UserWarning, stacklevel=1)
    assert distinct(caught) == ("UserWarning: a", "UserWarning: b")


def test_an_outcome_is_nothing_until_it_is_measured():
    assert Outcome() == Outcome(error=None, seconds=None, n_parameters=None, warned=(), failure="")


def test_json_tells_machine_and_run_and_has_finite_numbers_alone(tmp_path):
    path = tmp_path / "new" / "a.json"
    found = {"errors": (1e-3, math.inf), "deep": [{"a": math.nan}], "fine": np.float64(2.5)}
    write_json(path, [found], data=Path("here"), seed=3)
    written = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert written["results"] == [{"errors": [1e-3, None], "deep": [{"a": None}], "fine": 2.5}]
    assert (written["data"], written["seed"]) == ("here", 3)
    assert written["machine"]["cores"] >= 1
    assert written["versions"]["numpy"] == np.__version__
    assert written["date"].endswith("+00:00")
