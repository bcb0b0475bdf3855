"""The benchmark: peers against exact answers, hung and dead children, verdicts, the command."""

import functools
import json
import math
import operator
import os
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import report
from benchmarks.accuracy import main
from benchmarks.expansions import Chebyshev, FourierExtension
from benchmarks.methods import DEFAULT, Method, methods, parse_variant
from benchmarks.peers import PEERS
from benchmarks.picture import draw
from benchmarks.targets import TARGETS, relative_l2
from benchmarks.tuned import TunedPeer, first_stable
from benchmarks.worker import Job, Outcome, Worker, _details

# The package's own tests come first: these run with the whole.
pytestmark = pytest.mark.slow

SMALL = "exp_sine"  # 200 rows

# How far each peer is off on sin(2x) cos(y), 400 points: their orders of accuracy, with room
WITHIN = {
    "rbf": 1e-2,
    "gaussian_process": 1e-4,
    "kernel_ridge": 1e-4,
    "mlp": 5e-2,
    "boosting": 0.5,
    "fourier_extension": 1e-3,
    "chebyshev": 1e-9,
}


def plane_wave(X):
    return np.sin(2 * X[:, 0]) * np.cos(X[:, 1])


@pytest.fixture
def square(rng):
    """400 points of [-1, 1]^2."""
    return rng.uniform(-1, 1, (400, 2))


def test_every_peer_has_a_bound():
    assert set(WITHIN) == set(PEERS)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", PEERS)
def test_peers_predict_what_they_have_not_seen(name, square, rng):
    new = rng.uniform(-0.9, 0.9, (500, 2))
    model = PEERS[name]().fit(square, plane_wave(square))
    assert relative_l2(plane_wave(new), model.predict(new)) < WITHIN[name]
    assert model.chosen_


@pytest.mark.parametrize("name", ["rbf", "gaussian_process", "kernel_ridge", "chebyshev"])
def test_peers_smooth_noise(name, rng):
    """300 points with 10 % noise: an interpolant keeps all of it, a smoother less than half."""
    x = rng.uniform(-1, 1, (300, 1))
    new = np.linspace(-0.95, 0.95, 200)[:, None]
    y = np.sin(2 * x[:, 0])
    noisy = y + 0.1 * np.std(y) * rng.standard_normal(300)
    predicted = PEERS[name]().fit(x, noisy).predict(new)
    assert relative_l2(np.sin(2 * new[:, 0]), predicted) < 0.05


@pytest.mark.parametrize("name", ["rbf", "kernel_ridge", "fourier_extension"])
def test_peers_do_not_care_for_units(name, square):
    """Powers of two change exponents alone."""
    y = plane_wave(square)
    plain = PEERS[name]().fit(square, y).predict(square)
    scaled = PEERS[name]().fit(square * [1024, 2], 4096 * y).predict(square * [1024, 2])
    np.testing.assert_array_equal(scaled, 4096 * plain)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_fourier_extension_is_a_tensor_product(d):
    assert FourierExtension().n_terms(3, d) == 7**d


@pytest.mark.parametrize(("degree", "d"), [(5, 1), (4, 2), (3, 3), (3, 6)])
def test_chebyshev_has_the_terms_of_its_total_degree(degree, d):
    assert Chebyshev().n_terms(degree, d) == math.comb(degree + d, d)


def test_fourier_extension_bounds_the_total_degree_beyond_three_features():
    """At most one mode in all: the constant, a cosine and a sine of each axis."""
    assert FourierExtension().n_terms(1, 5) == 1 + 2 * 5


def test_chebyshev_reproduces_polynomials(square):
    x, y = square.T
    values = x**3 - 2 * x * y + 5 * y**2 + 1
    predicted = Chebyshev().train(square, values, degree=3)(square)
    np.testing.assert_allclose(predicted, values, atol=1e-13)


def test_fourier_extension_reproduces_its_modes(square):
    x, y = square.T
    values = np.cos(np.pi * x) * np.sin(np.pi / 2 * y) + 2
    predicted = FourierExtension().train(square, values, degree=2)(square)
    np.testing.assert_allclose(predicted, values, atol=1e-12)


@pytest.mark.parametrize("expansion", [FourierExtension(), Chebyshev()])
@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_expansions_have_fewer_terms_than_rows(expansion, d):
    degrees = [settings["degree"] for settings in expansion.candidates(1000, d)]
    assert degrees == sorted(set(degrees))
    assert 20 <= expansion.n_terms(degrees[-1], d) <= 500


def test_expansions_refuse_many_features():
    with pytest.raises(ValueError, match="at most 6 features, got 10"):
        Chebyshev().fit(np.zeros((20, 10)), np.zeros(20))


class Constant(TunedPeer):
    """Predicts the level that it is given; 2 breaks down."""

    def candidates(self, n, d):
        return [{"level": level} for level in (2, 0, 1)]

    def train(self, U, v, level):
        if level == 2:
            raise np.linalg.LinAlgError
        return lambda points: np.full(len(points), float(level))


def test_settings_are_those_of_the_least_held_out_error(rng):
    """Scaled values have mean 0, so that level 0 wins; 2 breaks down and is passed over."""
    model = Constant().fit(rng.standard_normal((50, 1)), 3 + rng.standard_normal(50))
    assert model.chosen_ == {"level": 0}


def positive(penalty):
    """Stands for a factorization that needs a penalty of 1e-9 or more."""
    return np.linalg.cholesky([[penalty - 1e-10]])


def test_first_stable_raises_the_penalty_no_more_than_it_must():
    np.testing.assert_allclose(first_stable(positive, 1e-13) ** 2, 1e-9 - 1e-10)
    with pytest.raises(np.linalg.LinAlgError, match="singular for every penalty"):
        first_stable(lambda penalty: np.linalg.cholesky([[-1.0]]), 1e-13)


def test_variants():
    assert parse_variant("default") == ("default", {})
    assert parse_variant("a:n_modes=[8, 4],init='scale'") == (
        "a",
        {"n_modes": [8, 4], "init": "scale"},
    )


@pytest.mark.parametrize("text", ["a", "", "a:", "a:3", "a:b=c", "a:b=", "a:**b", "default:b=1"])
def test_variants_that_say_nothing_clear_are_refused(text):
    with pytest.raises(ValueError, match="name:parameter=literal"):
        parse_variant(text)


def test_only_the_default_carries_the_promise():
    ours, linear, peer = methods([DEFAULT, "linear:n_modes=1"], ["rbf"])
    assert [m.name for m in (ours, linear, peer)] == ["ours default", "ours linear", "rbf"]
    assert [m.is_ours for m in (ours, linear, peer)] == [True, True, False]
    assert [m.is_default for m in (ours, linear, peer)] == [True, False, False]


def run(worker, make, limit=30.0):
    return worker.run(Job(SMALL, 0, make), limit)


@pytest.fixture(scope="module")
def worker():
    """One child for the jobs that it survives."""
    with Worker() as running:
        yield running


def test_worker_measures_what_it_is_told_to(worker):
    outcome = run(worker, Chebyshev)
    X, y, X_test, y_test = TARGETS[SMALL].load(0)
    model = Chebyshev().fit(X, y)
    np.testing.assert_allclose(outcome.error, relative_l2(y_test, model.predict(X_test)), rtol=1e-3)
    assert outcome.details == model.chosen_
    assert 0 < outcome.fit_seconds < 30
    assert 0 < outcome.predict_seconds < 30
    assert not outcome.failure


def test_worker_reports_what_is_raised_and_goes_on(worker):
    outcome = run(worker, functools.partial(operator.truediv, 1, 0))
    assert outcome == Outcome(failure="ZeroDivisionError: division by zero")
    assert run(worker, Chebyshev).error < 1e-2


def test_worker_kills_what_hangs_and_reports_what_dies():
    with Worker() as fragile:
        start = time.perf_counter()
        hung = run(fragile, functools.partial(time.sleep, 300), limit=0.2)
        assert time.perf_counter() - start < 60
        assert hung == Outcome(failure="fit takes more than 0.2 s")
        dead = run(fragile, functools.partial(os._exit, 3))
        assert dead == Outcome(failure="the process died in fit, exit code 3")


@pytest.mark.parametrize(("heldout", "told"), [(0.5, 0.5), (np.nan, None), (None, None)])
def test_details_of_ours_can_be_written(heldout, told):
    model = SimpleNamespace(stages_=[1, 2], heldout_error_=heldout, stop_reason_="floor")
    expected = {"n_stages": 2, "heldout_error": told, "stop_reason": "floor"}
    assert json.loads(json.dumps(_details(model), allow_nan=False)) == expected


def result(name, error, seconds, target="waves"):
    method = Method(name, name.startswith("ours"), Chebyshev)
    failure = "" if error else "ValueError: no"
    return report.Result(TARGETS[target], method, Outcome(error, seconds, 0.1, failure))


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
    head, first, *others, last = report.numbers(judged for judged, _ in VERDICTS)
    assert head.split()[:3] == ["target", "bound", "measured"]
    assert first.split() == ["waves", "1.0e-11", "1.0e-11", "10.00", "10.00", "yes"]
    assert [line.split("  ")[-1] for line in others] == ["no: error", "no: time", "no: error, time"]
    assert last.split() == ["noisy", "3.0e-03", "1.0e-03", "-", "999.00", "yes"]


def test_picture_takes_misses_failures_and_exact_answers(tmp_path):
    exact = result("ours default", 1e-300, 1.0, "kink")
    draw([judged for judged, _ in VERDICTS] + [exact], tmp_path / "all.png")
    assert (tmp_path / "all.png").read_bytes().startswith(b"\x89PNG")


def test_command_runs_the_peers_alone(tmp_path, capsys):
    targets = ["--targets", SMALL, "kink"]
    status = main([*targets, "--ours", "--peers", "chebyshev", "rbf", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    written = json.loads((tmp_path / "accuracy.json").read_text())
    found = [(r["target"], r["method"]) for r in written["results"]]
    assert status == 0
    assert found == [(t, m) for t in (SMALL, "kink") for m in ("chebyshev", "rbf")]
    assert all(0 < r["error"] < 1e-2 and not r["failure"] for r in written["results"])
    assert all(f"{t:<16} {m:<18}" in printed for t, m in found)
    assert written["versions"]["numpy"] == np.__version__
    assert written["machine"]["cores"] == os.cpu_count()
    assert written["machine"]["threads"] >= 1
    assert (tmp_path / "accuracy.png").exists()


def test_command_fails_where_a_promise_is_broken(tmp_path, monkeypatch, capsys):
    broken = Outcome(error=1e-3, fit_seconds=0.5, predict_seconds=0.1)
    monkeypatch.setattr(Worker, "run", lambda self, job, limit: broken)
    assert main(["--targets", "runge", "--no-peers", "--out", str(tmp_path)]) == 1
    assert "no: error" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 1])
def test_command_judges_starts_where_it_is_asked_to(tmp_path, monkeypatch, status):
    good = Outcome(error=1e-15, fit_seconds=0.5, predict_seconds=0.1)
    monkeypatch.setattr(Worker, "run", lambda self, job, limit: good)
    monkeypatch.setattr("benchmarks.stages.main", lambda arguments: status)
    arguments = ["--targets", "runge", "--no-peers", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert main([*arguments, "--stages"]) == status


@pytest.mark.parametrize(
    "arguments", [["--targets", "none"], ["--peers", "none"], ["--ours", "a"], ["--peers"]]
)
def test_command_refuses_what_it_does_not_know(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "error: " in capsys.readouterr().err
