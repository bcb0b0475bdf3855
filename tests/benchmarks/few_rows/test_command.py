"""Small data sets: what is drawn, what is judged, and what is printed."""

import json
from dataclasses import replace

import pytest

from benchmarks.few_rows import command


@pytest.fixture(scope="module")
def plane():
    """The fourth function is a plane; this draw is without noise."""
    drawn = (command.compare(0, index, 0) for index in range(3, 100, 5))
    return next(one for one in drawn if one.noise == 0 and one.n > one.d + 2)


@pytest.mark.slow
def test_a_plane_is_met_to_rounding_by_ours(plane):
    assert plane.ours < 1e-12 < plane.process < 1 and plane.simple < 1e-3
    assert plane.to_simple <= 1


def test_draws_repeat(plane):
    again = command.compare(0, plane.index, 0)
    assert replace(again, seconds=plane.seconds) == plane


def test_each_criterion_can_fail(plane):
    good = replace(plane, ours=0.1, process=0.1, simple=0.1)
    assert all(figure <= bound for figure, bound in command.criteria([good]).values())
    worse = replace(good, ours=0.4)
    assert not any(figure <= bound for figure, bound in command.criteria([worse]).values())


def test_the_command_writes_what_it_prints(tmp_path, capsys):
    status = command.main(["--count", "1", "--restarts", "0", "--out", str(tmp_path / "few.json")])
    printed, data = capsys.readouterr().out, json.loads((tmp_path / "few.json").read_text())
    assert len(data["results"]) == 1
    assert f"{data['results'][0]['ours']:.1e}" in printed
    met = all(figure <= bound for figure, bound in data["criteria"].values())
    assert status == (0 if met else 1)
