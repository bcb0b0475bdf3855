"""Verdicts, lines and the picture."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.multigrade import report
from benchmarks.multigrade.cases import MAY_MISS, Case, Promise, Reported
from benchmarks.multigrade.fits import Fit, Result
from benchmarks.multigrade.picture import amplitudes, draw, spectra

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


def no_file():
    raise FileNotFoundError("no such image")


def result(promise, rse=(), seconds=1.0, single=None, row="narrow"):
    ours = Fit("grades", rse, rse, seconds=seconds)
    other = None if single is None else Fit("one grade", (single,), (single,), seconds=1.0)
    return Result(Case(row, "case", no_file, promise=promise), ours, other)


NARROW = Promise(rse=1e-12, fall=5, seconds=120)


GAIN = Promise(gain=10)


VERDICTS = [
    (result(NARROW, (0.5, 0.1, 1e-12), 120.0), []),
    (result(NARROW, (0.5, 0.11, 1e-13)), ["grades"]),
    (result(NARROW, (0.5, 1e-11)), ["error"]),
    (result(NARROW, (1e-13,), 121.0), ["time"]),
    (result(NARROW, (float("nan"),)), ["error"]),
    (result(NARROW, (), None), ["error", "grades", "time"]),
    (result(GAIN, (1e-3,), single=1e-2), []),
    (result(GAIN, (1e-3,), single=9e-3), ["gain"]),
    (result(GAIN, (1e-3,)), ["gain"]),
    (result(Promise(), ()), []),
]


@pytest.mark.parametrize("judged, missed", VERDICTS)
def test_verdicts(judged, missed):
    assert report.misses(judged) == missed
    assert report.lines(judged)[0].startswith("narrow")


def test_promises_are_told_where_there_are_any():
    told = report.promises([judged for judged, _ in VERDICTS])
    assert len(told) == 1 + len(VERDICTS) - 1
    assert told[1].endswith("yes")
    assert "RSE <= 1e-12, each grade 5 x below, 120 s" in told[1]
    assert told[6].endswith("no: error, grades, time")
    assert report.promises([VERDICTS[-1][0]]) == []


def test_relu_may_miss_on_one_setting():
    assert MAY_MISS == {"relu": 1}
    good, bad = (result(GAIN, (1e-3,), single=s, row="relu") for s in (1.0, 1e-3))
    assert report.broken_rows([good, good, good, bad]) == []
    assert report.broken_rows([good, good, bad, bad]) == ["relu"]
    assert report.broken_rows([result(GAIN, (1.0,), single=1.0)]) == ["narrow"]


def test_images_are_told_in_decibels_beside_reported_ones():
    case = Case("images", "a.png", no_file, metric="PSNR", reported=(Reported("official", "24.2"),))
    told = report.lines(Result(case, Fit("grades", (0.1, 0.0), (1e-3, 0.0), seconds=2.0, grades=({},))))
    assert "inf dB" in told[0]
    assert told[0].endswith("30.00 dB inf dB")
    assert told[1].split() == ["classical", "-", "-", "-", "n/a"]
    assert told[2].split() == ["official", "24.2", "-"]


@pytest.mark.parametrize("n", [50, 51])
def test_amplitudes_are_those_of_the_waves(n):
    x = 2 * np.pi * np.arange(n) / n
    found = amplitudes(np.stack([3 + 0.5 * np.sin(7 * x), 2 * np.cos(n // 2 * x)]))
    expected = np.zeros((2, n // 2 + 1))
    expected[0, [0, 7]], expected[1, n // 2] = [3, 0.5], 2
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_spectra_are_of_what_each_grade_adds(tmp_path):
    x = 2 * np.pi * np.arange(60) / 60
    first, second = np.cos(3 * x), 0.1 * np.sin(8 * x)
    model = SimpleNamespace(staged_predict=lambda X: iter([first, first + second]))
    learned = spectra(model, x[:, None], first + second)
    assert learned.grades.argmax(axis=1).tolist() == [3, 8]
    np.testing.assert_allclose(learned.grades.max(axis=1), [1, 0.1])
    np.testing.assert_allclose(learned.rse, [0.01 / 1.01, 0], atol=1e-30)
    draw(learned, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
