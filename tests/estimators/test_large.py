"""Fits of rows that stay where they are: in files, and in chunks of Dask's."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import torch

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral._backend import blocks
from skspectral.linalg.mapped_cosines import product_features
from skspectral.series import mapped_series

N, BLOCK = 60_000, 2**22
CHUNK = BLOCK // (16 * 8 * 2)  # rows of one input and one output that a block of a file has


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", BLOCK)


@pytest.fixture(autouse=True)
def one_process():
    with dask.config.set(scheduler="synchronous"):
        yield


def truth(X):
    return np.exp(X[:, 0]) * np.cos(9 * X[:, 0])


@pytest.fixture
def rows(rng):
    X = rng.uniform(-1, 2, (N, 1))
    return X, truth(X)


@pytest.fixture
def unseen(rng):
    return rng.uniform(-0.99, 1.99, (500, 1))


def mapped(array, folder, name="X"):
    """The array in a read-only file."""
    array.tofile(folder / name)
    return np.memmap(folder / name, dtype=array.dtype, mode="r", shape=array.shape)


def missed(model, X):
    return np.linalg.norm(model.predict(X) - truth(X)) / np.linalg.norm(truth(X))


@pytest.mark.parametrize("estimator", [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor])
def test_rows_of_a_file_are_met_to_rounding(estimator, rows, unseen, tmp_path):
    X, y = rows
    model = estimator().fit(mapped(X, tmp_path), y)
    assert missed(model, unseen) < 1e-14
    assert model.heldout_error_ < 1e-13


@pytest.mark.slow
def test_noise_is_averaged_over_all_rows(rng, rows, tmp_path):
    """No function correlates with what is left; a fit of the part leaves as much as chance has."""
    X, y = rows
    noise = 0.1 * y.std()
    noisy = y + noise * rng.standard_normal(N)
    model = SpectralMultistageRegressor(alpha=0.0).fit(mapped(X, tmp_path), noisy)
    series, left = model._weights[0].series, noisy - model.predict(X)
    t = torch.from_numpy((X - model._units.center) / model._units.halfwidth)
    orders, bends = (torch.from_numpy(series[name]) for name in ("orders", "bends"))
    features = product_features(t, orders, bends).numpy()
    correlations = features.T @ left / np.linalg.norm(features, axis=0) / np.linalg.norm(left)
    assert abs(correlations).max() < 1e-9 < 1 / np.sqrt(N)
    assert model.heldout_error_ == pytest.approx(0.1 / np.sqrt(1.01), rel=0.02)
    assert model.noise_floor_ == pytest.approx(noise, rel=0.02)
    assert model.stop_reason_ == "noise_floor"


def test_weights_count_in_all_rows(rng, rows, unseen, tmp_path):
    X, y = rows
    spoiled = rng.uniform(size=N) < 0.3
    model = SpectralMultistageRegressor().fit(mapped(X, tmp_path), y + spoiled, (~spoiled).astype(float))
    assert missed(model, unseen) < 1e-14


def test_several_outputs_and_single_precision(rows, unseen, tmp_path):
    single = rows[0].astype(np.float32)
    both = np.stack([truth(single.astype(float)), np.sin(single[:, 0].astype(float))], 1)
    model = SpectralMultistageRegressor().fit(mapped(single, tmp_path), mapped(both, tmp_path, "y"))
    expected = np.stack([truth(unseen), np.sin(unseen[:, 0])], 1)
    np.testing.assert_allclose(model.predict(unseen), expected, atol=1e-12)


def test_a_constant_is_met_exactly(rows, unseen, tmp_path):
    model = SpectralMultistageRegressor().fit(mapped(rows[0], tmp_path), np.full(N, 0.3))
    assert (model.predict(unseen) == 0.3).all()


def test_inputs_that_are_alike_in_all_rows_do_not_keep_a_fit_to_the_part(rng, tmp_path, monkeypatch):
    solved, numbers = mapped_series.solved_on_all, []

    def noted(part, affine, residual, clock):
        numbers.append((residual.n, residual.inputs.tolist()))
        return solved(part, affine, residual, clock)

    monkeypatch.setattr(mapped_series, "solved_on_all", noted)
    n = 80_000
    X = np.hstack([rng.uniform(-1, 1, (n, 2)), np.ones((n, 1))])
    y = np.exp(X[:, 0]) * np.cos(2 * X[:, 1])
    model = SpectralMultistageRegressor().fit(mapped(X, tmp_path), y)
    assert numbers == [(n, [True, True, False])]
    np.testing.assert_allclose(model.predict(X[:500]), y[:500], rtol=0, atol=1e-13)


def test_stages_are_added_to_an_earlier_fit(rows, unseen, tmp_path):
    X, y = mapped(rows[0], tmp_path), rows[1]
    model = SpectralMultistageRegressor(n_stages=1, warm_start=True).fit(X, np.sin(2 * X[:, 0]))
    model.set_params(n_stages=2).fit(X, y)
    assert model.n_stages_ == 2
    assert missed(model, unseen) < 1e-14


def test_what_cannot_be_solved_on_all_rows_is_judged_by_them(rng, tmp_path):
    X = rng.uniform(-1, 1, (N, 1))
    y = np.tanh(30 * X[:, 0])
    model = MultiGradeRegressor(hidden_layer_sizes=(8,), max_iter=20, n_stages=1, n_modes=0).fit(
        mapped(X, tmp_path), y
    )
    left = np.linalg.norm(model.predict(X) - y) / np.linalg.norm(y - y.mean())
    assert model.heldout_error_ >= 0.999 * left


def test_chunks_of_dask_give_the_bits_of_a_file(rows, unseen, tmp_path):
    X, y = rows
    file = SpectralMultistageRegressor().fit(mapped(X, tmp_path), y)
    chunks = SpectralMultistageRegressor().fit(da.from_array(X, CHUNK), da.from_array(y, 7000))
    np.testing.assert_array_equal(chunks.predict(unseen), file.predict(unseen))
    assert chunks.heldout_error_ == file.heldout_error_


def test_empty_chunks_change_no_bit(rows, unseen):
    X, y = (da.from_array(array, CHUNK) for array in rows)
    holes = [da.concatenate([array[:0], array[:CHUNK], array[:0], array[CHUNK:]]) for array in (X, y)]
    models = [SpectralMultistageRegressor().fit(*pair) for pair in ((X, y), holes)]
    np.testing.assert_array_equal(models[0].predict(unseen), models[1].predict(unseen))


def test_data_frames_keep_their_names(rng, unseen):
    X = rng.uniform(-1, 2, (N, 1))
    frame = dd.from_pandas(pd.DataFrame({"x": X[:, 0], "y": truth(X)}), npartitions=5)
    model = SpectralMultistageRegressor().fit(frame[["x"]], frame["y"])
    assert model.feature_names_in_ == ["x"]
    named = pd.DataFrame({"x": unseen[:, 0]})
    np.testing.assert_allclose(model.predict(named), truth(unseen), atol=1e-13)


@pytest.fixture
def plane(rng):
    """A fit with two outputs of two inputs."""
    X = rng.uniform(-1, 1, (300, 2))
    return SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, np.stack([X.sum(1), X.prod(1)], 1))


METHODS = {
    "predict": lambda model, X: [model.predict(X)],
    "predict_gradient": lambda model, X: [model.predict_gradient(X)],
    "predict(return_std=True)": lambda model, X: model.predict(X, return_std=True),
}


@pytest.mark.parametrize("name", METHODS)
def test_predictions_of_chunks_are_lazy_and_those_of_rows_in_memory(name, plane, rng):
    X = rng.uniform(-1, 1, (1000, 2))
    chunks = da.concatenate([da.from_array(X[:0]), da.from_array(X, (170, 1))])
    for lazy, expected in zip(METHODS[name](plane, chunks), METHODS[name](plane, X)):
        assert isinstance(lazy, da.Array)
        assert lazy.shape == expected.shape
        assert lazy.chunks[0] == chunks.chunks[0]
        np.testing.assert_array_equal(lazy.compute(), expected)


def test_predictions_of_chunks_of_unknown_size_are_lazy(plane, rng):
    X = rng.uniform(-1, 1, (1000, 2))
    chunks = da.from_array(X, 300)
    lazy = plane.predict(chunks[chunks[:, 0] > 0.9])
    np.testing.assert_array_equal(lazy.compute(), plane.predict(X[X[:, 0] > 0.9]))


def test_predictions_of_chunks_check_their_columns(plane):
    with pytest.raises(ValueError, match="X has 3 features"):
        plane.predict(da.zeros((10, 3)))


def test_predictions_of_data_frames_check_their_names(rng):
    frame = pd.DataFrame(rng.uniform(-1, 1, (500, 2)), columns=["a", "b"])
    model = SpectralMultistageRegressor().fit(frame, frame["a"])
    lazy = model.predict(dd.from_pandas(frame, npartitions=3))
    np.testing.assert_array_equal(lazy.compute(), model.predict(frame))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(dd.from_pandas(frame[["b", "a"]], npartitions=3))


@pytest.mark.parametrize("name", METHODS)
def test_predictions_of_a_file_are_those_of_rows_in_memory(name, plane, rng, tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**16)
    X = rng.uniform(-0.9, 0.9, (1000, 2))  # beyond the rows tanh rounds by the place of a row in its block
    for found, expected in zip(METHODS[name](plane, mapped(X, tmp_path)), METHODS[name](plane, X)):
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)


def test_a_new_fit_predicts_anew(rng):
    """What predictions keep belongs to the last fit of this estimator."""
    X = rng.uniform(-1, 1, (50, 1))
    model, other = SpectralMultistageRegressor(), SpectralMultistageRegressor()
    for slope in (1.0, 2.0):
        model.fit(X, slope * X[:, 0])
        other.fit(X, -slope * X[:, 0])
        np.testing.assert_allclose(model.predict(X), slope * X[:, 0], atol=1e-14)
        np.testing.assert_allclose(other.predict(X), -slope * X[:, 0], atol=1e-14)
