"""Linear stages on grids with gaps, judged on nodes that the fit never saw."""

import numpy as np
import pytest
import torch
from scipy.interpolate import RBFInterpolator

from clocks import pressed
from progresses import progress_of
from skspectral import SpectralMultistageRegressor
from skspectral._backend.clock import Clock
from skspectral.selection import LinearOptions
from skspectral.series import with_gaps
from skspectral.series.with_gaps import fit_with_gaps
from skspectral.spectrum import detect_gaps

LINEAR = {"n_stages": 1, "hidden_layer_sizes": ()}


def nodes(*shape):
    """All nodes of a grid over the unit box, in C order."""
    axes = (np.linspace(0, 1, n) for n in shape)
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(shape))


def rough(rng, n, slope, stretch=1.0):
    """Amplitudes that fall as the wave number to the power `slope`; cut out of a period twice as long."""
    wave = np.fft.fftfreq(2 * n)
    size = np.hypot(stretch * wave[:, None], wave)
    size[0, 0] = np.inf
    noise = np.fft.fft2(rng.standard_normal((2 * n, 2 * n)))
    field = np.fft.ifft2(noise / size**slope).real[:n, :n].ravel()
    return (field - field.mean()) / field.std()


def split(rng, X, share=0.05):
    """Rows seen, and those of the nodes held out."""
    gap = rng.uniform(size=len(X)) < share
    return np.flatnonzero(~gap), np.flatnonzero(gap)


def fit(X, y, **parameters):
    return SpectralMultistageRegressor(**{**LINEAR, **parameters}).fit(X, y)


def rms(error):
    return np.sqrt(np.mean(np.square(error)))


@pytest.fixture(scope="module")
def anisotropic():
    """Four rough fields that vary faster along the second axis, fitted together."""
    rng = np.random.default_rng(2)
    X = nodes(24, 24)
    Y = np.stack([rough(rng, 24, 1.5, 4.0) for _ in range(4)], 1)
    seen, gap = split(rng, X)
    return X, Y, seen, gap, fit(X[seen], Y[seen])


def test_rough_fields_are_closer_than_cubic_radial_functions(anisotropic):
    X, Y, seen, gap, model = anisotropic
    cubic = RBFInterpolator(X[seen], Y[seen], kernel="cubic", neighbors=40)(X[gap])
    assert rms(model.predict(X[gap]) - Y[gap]) < 0.85 * rms(cubic - Y[gap])


def test_error_reported_is_that_of_nodes_never_seen(anisotropic):
    X, Y, seen, gap, model = anisotropic
    error = rms(model.predict(X[gap]) - Y[gap]) / rms(Y[seen] - Y[seen].mean(0))
    assert model.heldout_error_ == pytest.approx(error, rel=0.25)


def test_every_cosine_of_the_grid_is_used(anisotropic):
    """And as many beyond: products of cosines up to 47 are waves both ways, half of them counted."""
    assert len(anisotropic[-1].stages_[0].frequencies) == (95**2 - 1) // 2


def test_fields_without_noise_are_interpolated(anisotropic):
    X, Y, seen, gap, model = anisotropic
    kept, missed = rms(model.predict(X[seen]) - Y[seen]), rms(model.predict(X[gap]) - Y[gap])
    assert kept < 0.2 * missed


def test_coordinates_that_carry_rounding_of_their_own(anisotropic):
    """Rows of a line differ by rounding, and so does their order: the nodes are the same."""
    X, Y, seen, gap, model = anisotropic
    off = X[seen] + 1e-15 * np.random.default_rng(10).uniform(-1, 1, (len(seen), 2))
    found = fit(off, Y[seen]).predict(X[gap])
    np.testing.assert_allclose(found, model.predict(X[gap]), rtol=0, atol=1e-4)


def test_outputs_of_very_different_sizes_and_spectra_do_not_spoil_each_other():
    rng = np.random.default_rng(3)
    X = nodes(16, 16)
    Y = np.stack([rough(rng, 16, 1.5), 1e6 * rough(rng, 16, 1.5, 4.0)], 1)
    seen, gap = split(rng, X, 0.08)
    together = fit(X[seen], Y[seen]).predict(X[gap])
    alone = np.stack([fit(X[seen], y[seen]).predict(X[gap]) for y in Y.T], 1)
    for one, two, y in zip(together.T, alone.T, Y[gap].T, strict=True):
        assert rms(one - y) < 2 * rms(two - y)


def test_the_same_field_twice_is_the_field(small):
    X, y, gap, base = small
    found = fit(X, np.stack([y, 1e6 * y], 1)).predict(gap)
    expected = base.predict(gap)
    np.testing.assert_allclose(found, np.stack([expected, 1e6 * expected], 1), rtol=1e-3, atol=1e-4)


def test_a_constant_output_beside_a_rough_one():
    rng = np.random.default_rng(4)
    X = nodes(14, 14)
    Y = np.stack([rough(rng, 14, 1.2), np.full(196, 7.0)], 1)
    seen, _gap = split(rng, X)
    np.testing.assert_allclose(fit(X[seen], Y[seen]).predict(X)[:, 1], 7, rtol=1e-12)


@pytest.mark.parametrize("noise", [0.15, 0.4])
def test_noise_is_filtered_out(noise):
    rng = np.random.default_rng(5)
    X = nodes(20, 20)
    clean = rough(rng, 20, 2.0)
    seen, _ = split(rng, X)
    y = clean + noise * rng.standard_normal(len(X))
    assert rms(fit(X[seen], y[seen]).predict(X) - clean) < 0.75 * noise


@pytest.mark.slow
def test_noise_is_seen_under_many_gaps():
    """What fills a gap has no noise: taken for data it would hide the floor that noise leaves."""
    rng = np.random.default_rng(6)
    X = nodes(64, 64)
    y = rough(rng, 64, 1.5, 3.0)
    seen, _ = split(rng, X, 0.45)
    noisy = y + 0.2 * rng.standard_normal(y.shape)
    assert rms(fit(X[seen], noisy[seen]).predict(X[seen]) - y[seen]) < 0.75 * 0.2


def test_smooth_functions_keep_their_accuracy():
    X = nodes(24, 24)
    y = np.exp(X[:, 0]) * np.sin(3 * X[:, 1] + X[:, 0])
    seen, _ = split(np.random.default_rng(6), X, 0.08)
    np.testing.assert_allclose(fit(X[seen], y[seen]).predict(X), y, rtol=0, atol=1e-8)


@pytest.mark.parametrize("shape", [(160,), (6, 5, 5)], ids=["line", "box"])
def test_rough_fields_on_lines_and_in_boxes_beat_the_mean(shape):
    """Sums along an axis are a random walk: a neighbor tells most."""
    rng = np.random.default_rng(7)
    X = nodes(*shape)
    y = rng.standard_normal(shape)
    for axis in range(len(shape)):
        y = y.cumsum(axis)
    seen, gap = split(rng, X)
    error = fit(X[seen], y.ravel()[seen]).predict(X[gap]) - y.ravel()[gap]
    assert rms(error) < 0.5 * y.std()


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(8)
    X = nodes(13, 12)
    y = rough(rng, 13, 1.5)[: len(X)]
    seen, gap = split(rng, X)
    return X[seen], y[seen], X[gap], fit(X[seen], y[seen])


@pytest.mark.parametrize("exponent", [-900, 7])
def test_powers_of_two_of_the_targets(small, exponent):
    X, y, gap, base = small
    scaled = fit(X, np.ldexp(y, exponent))
    np.testing.assert_array_equal(scaled.predict(gap), np.ldexp(base.predict(gap), exponent))
    assert scaled.heldout_error_ == base.heldout_error_


def test_powers_of_two_of_the_inputs(small):
    X, y, gap, base = small
    scaled = fit(X * [0.25, 1024], y)
    np.testing.assert_array_equal(scaled.predict(gap * [0.25, 1024]), base.predict(gap))


def test_repeats_and_order_of_rows(small):
    X, y, gap, base = small
    order = np.random.default_rng(9).permutation(len(X))
    for again in (fit(X, y), fit(X[order], y[order])):
        np.testing.assert_array_equal(again.predict(gap), base.predict(gap))


def test_the_sign_of_the_targets(small):
    X, y, gap, base = small
    np.testing.assert_allclose(fit(X, -y).predict(gap), -base.predict(gap), rtol=1e-9, atol=1e-12)


def test_a_penalty_damps(small):
    X, y, gap, base = small
    damped = fit(X, y, alpha=0.1)
    assert rms(damped.predict(X) - y) > 2 * rms(base.predict(X) - y)
    assert np.isfinite(damped.predict(gap)).all()


@pytest.fixture(scope="module")
def three():
    """Rows in the box and three outputs of different sizes, of which two are much alike."""
    rng = np.random.default_rng(11)
    X, base = 2 * nodes(16, 16) - 1, [rough(rng, 16, 1.5) for _ in range(3)]
    seen, _ = split(rng, X, 0.1)
    Y = np.stack([base[0], 5 * (base[0] + 0.3 * base[1]), 0.1 * base[2]], 1)
    start = progress_of(X[seen], Y[seen, 0])
    return start, start.residual.with_targets(torch.tensor(Y[seen])), detect_gaps(start.residual.t)


def cosines(start, samples, gaps, clock=None):
    return fit_with_gaps(samples, start.design, gaps, LinearOptions(clock=clock or Clock()))


def test_outputs_may_come_in_any_order_and_sign(three):
    """Principal axes are those of all outputs, and lead back to each."""
    start, samples, gaps = three
    order, sign = [2, 0, 1], torch.tensor([1.0, -1.0, 1.0]).double()
    base = cosines(start, samples, gaps)
    other = cosines(start, samples.with_targets(samples.y[:, order] * sign), gaps)
    expected = base.expansion(samples.t)[:, order] * sign
    torch.testing.assert_close(other.expansion(samples.t), expected, rtol=0, atol=1e-8)
    torch.testing.assert_close(base.expansion(samples.t), samples.y, rtol=0, atol=0.3)


def test_a_refit_to_the_same_rows_is_the_same_series(three):
    start, samples, gaps = three
    found = cosines(start, samples, gaps)
    again = found.refit(samples)
    torch.testing.assert_close(again(samples.t), found.expansion(samples.t), rtol=0, atol=1e-9)
    part = found.refit(samples.take(torch.arange(samples.n) % 10 > 0))
    assert samples.rms(part(samples.t) - samples.y) > samples.rms(again(samples.t) - samples.y)


def test_one_spectrum_for_all_places_is_enough_when_time_is_up(three, monkeypatch):
    """And where one for each place does not do better on rows set aside, it is not used either."""
    start, samples, gaps = three
    found = cosines(start, samples, gaps)
    monkeypatch.setattr(with_gaps, "locally", None)  # would fail if it were called
    brief = cosines(start, samples, gaps, pressed())
    assert found.error <= brief.error == brief.score < samples.rms()
    assert brief.rank <= samples.n
    monkeypatch.setattr(with_gaps, "locally", lambda filled, *_: torch.zeros_like(filled))
    worse = cosines(start, samples, gaps)
    assert worse.error < samples.rms() / 2
    assert samples.rms(worse.expansion(samples.t) - samples.y) < worse.error


def test_of_one_spectrum_and_one_for_each_place_the_better_is_taken_and_its_error_reported(monkeypatch):
    """One half of the field has stripes along the first axis, the other half along the second."""
    rng = np.random.default_rng(12)
    X = 2 * nodes(48, 48) - 1
    first, second = np.repeat(rng.standard_normal(48), 48), np.tile(rng.standard_normal(48), 48)
    y = np.where(X[:, 0] < 0, first, second)
    seen, gap = split(rng, X, 0.1)
    start, missing = progress_of(X[seen], y[seen]), torch.tensor(X[gap])
    samples, gaps = start.residual, detect_gaps(start.residual.t)
    found = cosines(start, samples, gaps)
    monkeypatch.setattr(with_gaps, "locally", lambda filled, *_: torch.zeros_like(filled))
    other = cosines(start, samples, gaps)
    assert found.error < other.error < samples.rms() / 2
    assert float((found.expansion(missing) - other.expansion(missing)).abs().max()) > found.error / 10
