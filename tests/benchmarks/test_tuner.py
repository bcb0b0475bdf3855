"""The benchmark of TunerRegressor: nets, data and the classical reference against exact answers."""

import json
import math
from functools import partial
from itertools import count, pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import tuner_cases as cases
from benchmarks import tuner_fits as fits
from benchmarks import tuner_report as report
from benchmarks.tuner import main
from benchmarks.tuner_baselines import Baseline, chosen, n_numbers, nearest_width, settings
from benchmarks.tuner_cases import ROWS, LocalRadialBasis, Problem, Request, held_out
from benchmarks.tuner_fits import Outcome
from benchmarks.tuner_nets import KINDS, STARTS
from benchmarks.tuner_picture import draw
from skspectral.inspection import gradient_psnr

# The package's own tests come first: these run with the whole.
pytestmark = pytest.mark.slow

SHORT = {"seconds": 0.02, "seed": 0, "n_parameters": 300}


def plane(n=400, seed=0):
    """Points of a box that is no unit cube, and one wave on it."""
    X = np.random.default_rng(seed).uniform([1, -3], [5, -2], (n, 2))
    return X, 5 + 2 * np.sin(X[:, 0] + 3 * X[:, 1])


def plane_slopes(X):
    slope = 2 * np.cos(X[:, 0] + 3 * X[:, 1])
    return np.stack([slope, 3 * slope], axis=1)


def rows():
    (X, y), (X_val, y_val) = plane(), plane(60, seed=1)
    return X, y, X_val, y_val


def relative(a, b):
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@pytest.fixture
def clock(monkeypatch):
    """A millisecond a step, however busy the machine is."""
    steps = count()
    ticking = SimpleNamespace(perf_counter=lambda: next(steps) / 1000)
    monkeypatch.setattr("benchmarks.tuner_baselines.time", ticking)


@pytest.fixture
def folder(tmp_path):
    """Data that --data may name: an image of 6 x 8 pixels."""
    (tmp_path / "kodak").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "kodak" / "a.png")
    return tmp_path


# Nets


@pytest.mark.parametrize("kind, setting", [("siren", 8.0), ("ffm", 0.7), ("bacon", 3.0)])
def test_baselines_fit_a_wave_and_its_slope(clock, kind, setting):
    X, y, X_val, y_val = rows()
    net = Baseline(kind, setting)
    net.fit(X, y, X_val, y_val, seconds=0.4, seed=0, n_parameters=1500)
    X_new, y_new = plane(100, seed=2)
    assert np.std(net.predict(X_new) - y_new) < 0.3 * np.std(y_new)
    assert relative(net.predict_gradient(X_new), plane_slopes(X_new)) < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_prediction(kind):
    X, y, X_val, y_val = rows()
    two = partial(np.stack, axis=1)
    net = Baseline(kind, 5.0).fit(X, two([y, -y]), X_val, two([y_val, -y_val]), **SHORT)
    net.net_.double()
    net._scaled = lambda X: torch.tensor((2 * X - net._low - net._high) / net._width)
    h = 1e-6 * np.eye(2)
    differences = [(net.predict(X + step) - net.predict(X - step)) / 2e-6 for step in h]
    gradient = net.predict_gradient(X)
    assert gradient.shape == (400, 2, 2)
    # a kink of ReLU within the step is rare, and wrong by as much as the slope
    off = np.abs(gradient - np.stack(differences, axis=-1))
    assert np.quantile(off, 0.99) < 1e-5 * np.abs(gradient).max()


@pytest.mark.parametrize("n_parameters", [5000, 66_000])
@pytest.mark.parametrize("kind", KINDS)
def test_all_have_as_many_parameters(kind, n_parameters):
    width = nearest_width(kind, n_parameters, d=2, k=3)
    net = KINDS[kind].module(2, 3, width, 10.0, KINDS[kind].depth)
    assert n_numbers(net) == pytest.approx(n_parameters, rel=0.02)


def test_parameters_are_counted_by_hand():
    """SIREN of three layers of 5: 2 x 5 + 5, twice 5 x 5 + 5, 5 + 1."""
    assert n_numbers(KINDS["siren"].module(2, 1, 5, 30.0, 3)) == 15 + 60 + 6
    assert nearest_width("siren", 81, d=2, k=1) == 5


def test_bacon_is_limited_to_its_band():
    """A box is half a period: on a whole one, the DFT has nothing above the band."""
    net = KINDS["bacon"].module(1, 1, 16, 10.0, 4).double()
    t = torch.arange(64, dtype=torch.float64)[:, None] / 64
    with torch.no_grad():
        power = torch.fft.rfft(net(4 * t)[:, 0]).abs()
    assert power[21:].max() < 1e-12 * power.max()
    assert power[1:21].max() > 1e-3 * power.max()


@pytest.mark.parametrize("kind", STARTS)
def test_columns_of_the_papers_net_stay_bounded(kind):
    net = Baseline(kind).fit(*rows(), **SHORT).net_
    with torch.no_grad():
        net.layers[0].weight.fill_(1.0)
        net(torch.zeros(1, 2))
    high = net.frequencies.abs().amax(dim=1) > 10
    expected = torch.where(high, 0.6, 1.0) / 30
    torch.testing.assert_close(net.layers[0].weight.detach()[0], expected)


def test_unit_vectors_come_first():
    net = KINDS["paper"].module(3, 1, 20, 43.0, 2)
    torch.testing.assert_close(net.frequencies[:3].detach(), torch.eye(3))


def test_one_seed_one_start_and_the_global_generator_stays():
    torch.manual_seed(5)
    state = torch.get_rng_state()
    nets = [Baseline("ffm")._net(2, 1, 300, seed) for seed in (0, 0, 1)]
    one, same, other = (net.readout.weight.detach() for net in nets)
    torch.testing.assert_close(one, same, rtol=0, atol=0)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_weights_kept_are_the_best_on_validation_rows(clock):
    X, y, X_val, y_val = rows()
    net = Baseline("siren", 60.0).fit(X, y, X_val, y_val, seconds=0.1, seed=0, n_parameters=900)
    rms = np.sqrt(np.mean((net.predict(X_val) - y_val) ** 2))
    assert rms == pytest.approx(min(error for _, error in net.history_), rel=1e-4)
    assert all(before < after for (before, _), (after, _) in pairwise(net.history_))


def test_time_is_kept(clock):
    net = Baseline("bacon").fit(*rows(), seconds=0.1, seed=0, n_parameters=900)
    assert 0.1 <= net.history_[-1][0] < 0.102


def test_settings_follow_the_sampling():
    assert settings("siren", 240**2, 2) == [15, 30, 60]
    assert settings("siren", 2560, 1) == [15, 30, 60, 150, 300, 600]
    assert settings("ffm", 64**3, 3) == [1.25, 2.5, 5, 10, 20]


def test_chosen_setting_is_the_best_on_validation_rows(clock, monkeypatch):
    """The wave has 1.1 cycles in the box: sigma of 40 is noise between the points."""
    monkeypatch.setattr("benchmarks.tuner_baselines.settings", lambda *about: [40.0, 0.7])
    about = {"seed": 0, "n_parameters": 1000}
    assert chosen("ffm", *rows(), seconds=0.05, **about) == 0.7


# Data


@pytest.mark.parametrize("n", [7, 100, 4096])
def test_splits_are_disjoint_and_complete(n):
    train, test = held_out(n, seed=3)
    assert len(test) == max(1, round(0.05 * n))
    assert sorted([*train, *test]) == list(range(n))


def test_area_averages():
    image = np.arange(24.0).reshape(4, 6)  # the middle: columns 1 to 4
    np.testing.assert_allclose(cases.square(image, 2), [[4.5, 6.5], [16.5, 18.5]])
    np.testing.assert_allclose(cases.square(image, 4), image[:, 1:5])
    np.testing.assert_allclose(cases.square(image, 3).mean(), image[:, 1:5].mean())


def test_pixels_lie_where_they_are_and_slopes_are_per_unit():
    row, column = np.indices((20, 20))
    image = 0.02 * column + 0.01 * row
    problem = cases.pixels("ramp", image, noise=0.0, seed=1)
    # twenty pixels are two units
    np.testing.assert_allclose(problem.slopes_test, np.tile([0.2, 0.1], (20, 1)))
    np.testing.assert_allclose(problem.y_test, 0.285 + problem.X_test @ [0.2, 0.1])
    both = {tuple(x) for x in np.vstack([problem.X, problem.X_test]).tolist()}
    assert len(both) == 400


def test_noise_is_on_training_rows_alone():
    image = np.full((40, 40, 3), 0.5)
    problem = cases.pixels("flat", image, noise=0.05)
    assert np.std(problem.y - 0.5) == pytest.approx(0.05, rel=0.1)
    assert np.ptp(problem.y_test) == 0


@pytest.mark.parametrize("grey, shape", [(False, (15, 3)), (True, (15,))])
def test_images_are_read(folder, grey, shape):
    (load,) = ROWS["images"](Request(folder, size=4, grey=grey))
    assert load().y.shape == shape
    assert load().name == "a"


def test_sample_images_stand_in():
    assert sorted(cases.image_files(Request())) == ["china", "flower"]
    assert sorted(cases.image_files(Request(images=("china",)))) == ["china"]


def test_signed_distances():
    points = [[0, 0, 0.55], [0, 0, 0.95], [0.6, 0, -0.3], [0, -0.9, -0.3]]
    np.testing.assert_allclose(cases.distance(np.array(points)), [-0.3, 0.1, -0.2, 0.1])


@pytest.mark.parametrize("row", ["chirp", "smooth"])
def test_rows_are_held_out(row):
    for load in ROWS[row](Request()):
        problem = load()
        assert not {tuple(x) for x in problem.X} & {tuple(x) for x in problem.X_test}
        assert len(problem.X_test) == len(problem.y_test)


def test_slopes_of_distances_have_length_one():
    X = np.random.default_rng(0).uniform(-1, 1, (500, 3))
    lengths = np.linalg.norm(cases._slopes(cases.distance, X), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


# The classical reference


def test_radial_basis_is_exact_on_planes():
    """scipy's cubic kernel comes with polynomials of degree one."""
    X, _ = plane(200)
    X_new, _ = plane(50, seed=1)
    planes = np.array([[2.0, -1.0], [0.5, 3.0]])
    model = LocalRadialBasis().fit(X, X @ planes + 7)
    np.testing.assert_allclose(model.predict(X_new), X_new @ planes + 7, rtol=1e-9)
    expected = np.broadcast_to(planes.T, (50, 2, 2))
    np.testing.assert_allclose(model.predict_gradient(X_new), expected, rtol=1e-7)


# Fits and verdicts


class Mean:
    """Stands in for ours."""

    stop_reason_ = "done"

    def fit(self, X, y):
        self.mean_ = y.mean(axis=0)

    def predict(self, X):
        return np.broadcast_to(self.mean_, (len(X), *self.mean_.shape))

    def predict_gradient(self, X):
        return np.zeros((len(X), *self.mean_.shape, X.shape[1]))

    def to_torch(self):
        return torch.nn.Linear(10, 30)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(fits, "ours", lambda *about, **parameters: Mean())


def test_our_regressor_gets_size_time_and_seed_and_what_a_row_asks_for():
    settings = fits.Settings(10.0, 32)
    given = fits.ours(settings, 3, **fits.layers(settings) | {"hidden_layer_sizes": (4, 4)}).get_params()
    wanted = {"n_modes": 32, "max_time": 9.7, "random_state": 3, "hidden_layer_sizes": (4, 4)}
    assert {name: given[name] for name in wanted} == wanted


def test_gradient_psnr_is_that_of_the_package():
    field, noise = np.random.default_rng(0).random((2, 6, 6))
    slopes = np.stack(np.gradient(field, 2 / 6), axis=-1).reshape(36, 2)
    found = fits.slope_psnr(slopes, slopes + noise.reshape(36, 1), np.linalg.norm(slopes, axis=1).max())
    assert found == pytest.approx(gradient_psnr(field, slopes + noise.reshape(36, 1), lengths=2.0))


def small():
    return cases.pixels("small", np.random.default_rng(0).random((12, 12)))


def test_every_model_is_fitted_and_judged(quick):
    done = list(fits.outcomes("images", small(), [0, 1], fits.Settings(0.02, 8)))
    names = [outcome.model for outcome in done]
    assert {o.n_parameters for o in done if o.model == "tuner"} == {len(small().y)}
    assert names.count("siren") == names.count("tuner") == names.count("layers alone") == 2
    assert names.count("rbf") == 1
    assert not [outcome.failure for outcome in done if outcome.failure]
    assert all(math.isfinite(outcome.test + outcome.gradient_test) for outcome in done)
    same = {o.note for o in done if o.model == "bacon"}
    assert len(same) == 1
    json.dumps([outcome.history for outcome in done], allow_nan=False)


@pytest.mark.parametrize("row, count", [("depth", 10), ("bounds", 4), ("init", 7)])
def test_ablations(quick, row, count):
    done = list(fits.outcomes(row, small(), [0], fits.Settings(0.02, 8)))
    assert len({outcome.model for outcome in done}) == len(done) == count


def test_fit_that_raises_is_a_failure(monkeypatch):
    monkeypatch.setattr(fits, "ours", lambda *about, **parameters: 1 / 0)
    empty = Outcome("images", "a", "tuner", 0)
    assert fits.fit_ours(empty, small(), fits.Settings()).failure.startswith("ZeroDivisionError")


def test_baseline_that_raises_is_a_failure(monkeypatch):
    monkeypatch.setattr(fits, "Baseline", lambda *about: 1 / 0)
    empty = Outcome("images", "a", "siren", 0)
    found = fits.fit_baseline(empty, small(), 0.05, [300], {"siren": (30.0, 300)})
    assert found.failure.startswith("ZeroDivisionError")


def test_training_and_held_out_rows_are_judged_apart():
    class Constant:
        def predict(self, X):
            return np.zeros(len(X))

    X = np.zeros((2, 1))
    problem = Problem("p", X, np.full(2, 0.1), X, np.full(2, 0.01))
    found = fits.judged(Outcome("r", "p", "m", 0), Constant(), problem)
    assert (found.train, found.test) == pytest.approx((20, 40))
    assert found.error == 1
    assert found.gradient_test is None


def image(model, *tests, gradient=20.0):
    return [
        Outcome("images", "a", model, seed, test=test, gradient_test=gradient)
        for seed, test in enumerate(tests)
    ]


def compared(ours, early):
    others = [*image("siren", 30.0, gradient=18.0), *image("ffm", 31.0), *image("bacon", 25.0)]
    classical = image("rbf", 32.0, gradient=19.0)
    return [*image("tuner", *ours), *image("tuner, 0.25 of the time", early), *others, *classical]


def verdicts(outcomes):
    return [(round(found, 6), holds) for _, found, holds in report.judged(outcomes)]


def test_verdicts_are_of_medians():
    good = verdicts(compared([32.0, 50.0, 10.0], 30.0))
    assert good == [(v, True) for v in (1.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.25)]
    bad = verdicts(compared([29.0], 29.5))
    assert bad[:4] == [(-2.0, False), (-2.0, False), (-1.0, False), (-3.0, False)]
    assert bad[-1] == (math.inf, False)


def test_a_fit_that_failed_breaks_promises():
    broken = [Outcome("images", "a", "tuner", 0, failure="no"), *compared([], 30.0)]
    assert not any(holds for _, holds in verdicts(broken)[:6])
    depths = [Outcome("depth", "a", f"depth {n}", 0, test=30.0) for n in range(9)]
    assert verdicts(depths) == [(0.0, True)]
    assert not verdicts([*depths, Outcome("depth", "a", "depth 9", 0)])[0][1]


def test_other_rows_are_judged():
    errors = {"sdf": {"tuner": 1e-3, "siren": 2e-3}, "smooth": {"tuner": 2e-8}}
    outcomes = [
        Outcome(row, "p", model, 0, error=error)
        for row, models in errors.items()
        for model, error in models.items()
    ]
    found = [(promise.row, value, holds) for promise, value, holds in report.judged(outcomes)]
    assert found == [("sdf", 0.5, True), ("smooth", 2e-8, False)]


def test_picture(tmp_path):
    history = ((0.1, 10.0), (1.0, 29.0))
    lines = [Outcome("images", "a", "siren", 0, test=30.0, seconds=1.0, history=history)]
    ours = [Outcome("images", "a", "tuner", 0, test=32.0, seconds=1.0, allowed=1.0)]
    draw([*lines, *ours, *image("rbf", 31.0)], tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_command_writes_what_it_finds(quick, folder, capsys):
    out = folder / "new" / "a.json"
    where = ["--data", str(folder), "--size", "6", "--grey", "--seeds", "0", "--out", str(out)]
    assert main([*where, "--rows", "images", "--seconds", "0.02"]) in (0, 1)
    written = json.loads(out.read_text())
    assert {result["model"] for result in written["results"]} >= {"tuner", "siren", "rbf"}
    told = capsys.readouterr().out
    assert "images: a" in told
    assert "share of the time to SIREN's last PSNR" in told
