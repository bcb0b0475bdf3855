"""The documentation's tables say what the kept results say."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.ablations.parts import PARTS
from benchmarks.published import command, runs, tables

ROOT = Path(__file__).parents[3]
ABOUT = {
    "date": "2026-01-02T03:04:05+00:00",
    "commit": "abc",
    "command": "python -m benchmarks.accuracy",
    "machine": {"processor": "a processor", "cores": 2, "threads": 1, "load": 1.5},
    "versions": {"python": "3.11.0", "finufft": None},
}


def fitted(target, method, error, seconds, rows=10):
    return {"target": target, "method": method, "error": error, "seconds": seconds, "rows": rows}


ACCURACY = {
    **ABOUT,
    "results": [
        fitted("runge", "rbf", 2e-3, 0.512),
        fitted("runge", "ours default", 1.26e-14, 123.4),
        fitted("runge", "chebyshev", None, None),
    ],
}


def test_ours_stands_beside_the_best_peer():
    title, rule, row = tables.best_peers(ACCURACY, ["runge", "ring"]).splitlines()
    assert title == "| target | rows | default | best of these peers |"
    assert rule == "| --- | --- | --- | --- |"
    assert row == "| `1/(1+25x^2)` | 10 | 1.3e-14 in 123 s | `RBFInterpolator`, 2.0e-03 in 0.51 s |"


def test_every_peer_has_a_column():
    lines = tables.accuracy(ACCURACY).splitlines()
    assert lines[0] == "| target | rows | default | `RBFInterpolator` | Chebyshev least squares |"
    assert lines[2].endswith("| 1.3e-14 in 123 s | 2.0e-03 in 0.51 s | - |")


def test_the_table_says_where_it_comes_from():
    assert tables.provenance(ACCURACY) == (
        "*2026-01-02, commit abc; a processor, 2 cores, threads: 1, load: 1.5; python 3.11.0; by* "
        "`python -m benchmarks.accuracy`"
    )


def test_the_readme_keeps_all_but_its_table():
    text = f"before\n{tables.BEGIN}\nold\n{tables.END}\nafter\n"
    drawn = tables.readme(text, ACCURACY)
    table = tables.best_peers(ACCURACY, tables.CHOSEN)
    assert drawn == text.replace("old", f"{table}\n\n*{tables.occasion(ACCURACY)}*")
    assert tables.readme(drawn, ACCURACY) == drawn


def test_what_was_not_measured_says_how_to(tmp_path):
    tables.write(tmp_path, tmp_path / "made")
    written = {path.stem: path.read_text() for path in (tmp_path / "made").iterdir()}
    assert written.keys() == tables.TABLES.keys() == runs.RUNS.keys()
    assert "python -m benchmarks.published trust" in written["trust"]


OTHERS = {
    "ablations": [
        {"part": "content", "model": "narrow grades", "level": "1 input", "target": "2 cycles"}
        | {"error": 1.26e-3, "seconds": 2.0, "n_stages": 3.0},
    ],
    "multigrade": [
        {
            "row": "tones",
            "case": "setting 1",
            "metric": "RSE",
            "ours": {
                "model": "grades",
                "rse": [1e-3, 1e-27],
                "failure": "",
                "seconds": 4.0,
                "n_parameters": 646,
            },
            "single": None,
            "classical": None,
            "reported": [{"model": "MGDL", "value": "6.5e-06", "seconds": 27629.0}],
        }
    ],
    "solvers": [
        {"problem": "front", "n": 9, "k": 1, "p": 3, "methods": {"lm": {"seconds_to": {"1e-2": 0.5}}}}
    ],
    "tuner": [
        {"row": "images", "problem": "hats", "model": "tuner", "test": 34.56, "gradient_test": 30.0},
        {"row": "images", "problem": "hats", "model": "siren", "test": 31.0, "gradient_test": None},
    ],
}
EXPECTED = {
    "ablations": [
        "| model |  | 2 cycles |",
        "| --- | --- | --- |",
        "| narrow grades | 1 input | 3 grades, 1.3e-03 |",
    ],
    "multigrade": [
        "| tones: setting 1, RSE | grades | 1.0e-03 1.0e-27 | 4.0 | 646 |",
        "|  | MGDL (theirs) | 6.5e-06 | 27,629 | - |",
    ],
    "solvers": ["| front (9, 1, 3) | 1e-2 | 0.5 |"],
    "tuner": ["| images: hats | 34.6 / 30.0 | 31.0 / - |"],
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_benchmarks_have_tables(name):
    lines = tables.TABLES[name]({**ABOUT, "results": OTHERS[name]}).splitlines()
    assert lines[2:] == EXPECTED[name]


def test_trust_is_told_by_its_criteria():
    criteria = [{"name": "median", "value": 1.234, "holds": True}]
    table = tables.trust({**ABOUT, "n_fits": 3, "criteria": criteria})
    assert table.splitlines()[::2] == ["| criterion, 3 fits | found | holds |", "| median | 1.23 | yes |"]


def test_curves_become_seconds_to_levels():
    race = {"curve": [[0.1, 0.5], [0.2, 0.05], [0.3, 0.0005]]}
    kept = runs.RUNS["solvers"].kept({"results": [{"methods": {"lm": race}}]})
    assert kept["results"][0]["methods"]["lm"] == {"seconds_to": {"1e-1": 0.2, "1e-2": 0.3, "1e-3": 0.3}}


@pytest.mark.slow
def test_a_run_is_kept_with_its_command_and_rows(tmp_path):
    kept = runs.RUNS["accuracy"].kept
    run = runs.Run("accuracy", "--targets coarse_swing --no-peers", True, kept)
    data = run.measure(tmp_path)
    assert data["command"] == "python -m benchmarks.accuracy --targets coarse_swing --no-peers"
    assert [one["rows"] for one in data["results"]] == [16]
    assert tables.provenance(data).endswith(f"`{data['command']}`")


def test_the_command_draws_the_readme(tmp_path):
    (tmp_path / "docs" / "results").mkdir(parents=True)
    (tmp_path / "docs" / "results" / "accuracy.json").write_text(json.dumps(ACCURACY))
    (tmp_path / "README.md").write_text(f"{tables.BEGIN}\n{tables.END}")
    assert command.main(["--tables", "--root", str(tmp_path)]) == 0
    assert "| 10 | 1.3e-14 in 123 s |" in (tmp_path / "README.md").read_text()


def test_the_readme_shows_what_is_kept():
    kept = tables.read(ROOT / "docs" / "results" / "accuracy.json")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert kept is not None and tables.readme(text, kept) == text
    _, rest = text.split(tables.BEGIN)
    assert rest.split(tables.END)[0].count("\n|") <= 2 + 10


def test_the_page_of_ablations_has_every_part_and_the_picture(tmp_path):
    tables.write(ROOT / "docs" / "results", tmp_path)
    written = (tmp_path / "ablations.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "methods" / "ablations.md").read_text(encoding="utf-8")
    assert re.findall(r"<!-- (\w+) -->", written) == list(PARTS)
    assert re.findall(r":start-after: \"<!-- (\w+) -->\"", page) == list(PARTS)
    assert (tmp_path / "ablations.png").read_bytes().startswith(b"\x89PNG")
