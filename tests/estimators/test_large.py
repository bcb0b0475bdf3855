"""Fits of rows that stay where they are: in files, and in chunks of Dask's."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor
from skspectral._backend import blocks

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


def test_noise_is_averaged_over_all_rows(rng, rows, unseen, tmp_path):
    """The variance is that of all rows, which a fit of the part that is drawn would miss by a factor."""
    X, y = rows
    noise = 0.1 * y.std()
    model = SpectralMultistageRegressor().fit(mapped(X, tmp_path), y + noise * rng.standard_normal(N))
    q = len(model.stages_[0].frequencies) + 1
    assert missed(model, unseen) < 2 * 0.1 * np.sqrt(q / N)
    assert model.heldout_error_ == pytest.approx(0.1 / np.sqrt(1.01), rel=0.02)
    assert model.noise_floor_ == pytest.approx(noise, rel=0.02)
    assert model.stop_reason_ == "noise_floor"


def test_weights_count_in_all_rows(rng, rows, unseen, tmp_path):
    X, y = rows
    spoiled = rng.uniform(size=N) < 0.3
    model = SpectralMultistageRegressor().fit(mapped(X, tmp_path), y + spoiled, (~spoiled).astype(float))
    assert missed(model, unseen) < 1e-14


def test_several_outputs_and_single_precision(rows, unseen, tmp_path):
    X, y = rows
    single = X.astype(np.float32)
    both = np.stack([truth(single.astype(float)), np.sin(single[:, 0].astype(float))], 1)
    model = SpectralMultistageRegressor().fit(mapped(single, tmp_path), mapped(both, tmp_path, "y"))
    expected = np.stack([truth(unseen), np.sin(unseen[:, 0])], 1)
    np.testing.assert_allclose(model.predict(unseen), expected, atol=1e-12)


def test_a_constant_is_met_exactly(rows, unseen, tmp_path):
    model = SpectralMultistageRegressor().fit(mapped(rows[0], tmp_path), np.full(N, 0.3))
    assert (model.predict(unseen) == 0.3).all()


def test_stages_are_added_to_an_earlier_fit(rows, unseen, tmp_path):
    X, y = mapped(rows[0], tmp_path), rows[1]
    model = SpectralMultistageRegressor(n_stages=1, n_modes=5, hidden_layer_sizes=(), warm_start=True)
    assert missed(model.fit(X, y), unseen) > 1e-3
    model.set_params(n_stages=2, n_modes="auto").fit(X, y)
    assert model.n_stages_ == 2
    assert missed(model, unseen) < 1e-12


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
