"""Arrays that are not taken into memory: which, what is drawn of them, and in which units."""

import dask.array as da
import numpy as np
import pytest

from skspectral._backend import blocks
from skspectral._backend.large_inputs import drawn_part


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2**22)


def mapped(array, folder, name="X"):
    """The array in a read-only file."""
    array.tofile(folder / name)
    return np.memmap(folder / name, dtype=array.dtype, mode="r", shape=array.shape)


def test_arrays_in_memory_stay_as_they_are(rng):
    X, y = rng.standard_normal((100_000, 1)), rng.standard_normal(100_000)
    given = drawn_part(X, y, None)
    assert given[0] is X
    assert given[1] is y
    assert given[3] is None


def test_what_fits_in_a_block_is_read(rng, tmp_path):
    X, y = rng.standard_normal((100, 2)), rng.standard_normal(100)
    for container in (mapped(X, tmp_path), da.from_array(X, chunks=30)):
        inputs, targets, weight, every = drawn_part(container, da.from_array(y, chunks=7), None)
        np.testing.assert_array_equal(inputs, X)
        np.testing.assert_array_equal(targets, y)
        assert weight is None
        assert every is None


def test_units_are_those_of_all_rows(rng, tmp_path, small_blocks):
    X, y, weight = rng.uniform(2, 3, (60_000, 1)), rng.uniform(-40, 30, 60_000), rng.integers(0, 3, 60_000)
    inputs, targets, drawn, every = drawn_part(mapped(X, tmp_path), y, weight)
    there, scaling = weight > 0, every.scaling
    assert 1000 < len(inputs) == len(targets) == len(drawn) < 30_000
    assert (drawn > 0).all()
    assert scaling.n == there.sum()
    assert scaling.total * scaling.weight_unit == weight.sum()
    low, high = X[there].min(), X[there].max()
    np.testing.assert_allclose(scaling.units.inputs.center, (low + high) / 2, rtol=1e-15)
    np.testing.assert_allclose(scaling.units.inputs.halfwidth, (high - low) / 2, rtol=1e-15)
    mean = float(scaling.units.unit) * float(scaling.units.offset[0])
    assert mean == pytest.approx(np.average(y, weights=weight), rel=1e-12)


def test_rows_are_drawn_from_everywhere_and_each_once(rng, tmp_path, small_blocks):
    X = np.arange(60_000.0)[:, None]
    inputs, targets, _, _ = drawn_part(mapped(X, tmp_path), X[:, 0], None)
    np.testing.assert_array_equal(inputs[:, 0], targets)
    steps = np.diff(inputs[:, 0])
    assert steps.min() >= 1
    assert steps.max() <= 2 * 60_000 / len(inputs) + 1


def test_few_rows_that_have_a_weight_are_all_drawn(rng, tmp_path, small_blocks):
    X, weight = rng.standard_normal((60_000, 1)), np.zeros(60_000)
    weight[7::10_000] = 1.0
    inputs, _, _, every = drawn_part(mapped(X, tmp_path), X[:, 0], weight)
    np.testing.assert_array_equal(inputs, X[7::10_000])
    assert every.scaling.n == 6


BAD = {
    "Input y contains NaN": lambda X, y, w: (X, np.where(np.arange(len(y)) == 59_000, np.nan, y), w),
    "Input X contains infinity": lambda X, y, w: (np.where(X.max() == X, np.inf, X), y, w),
    "sample_weight has negative": lambda X, y, w: (X, y, -w),
    "sample_weight is all zero": lambda X, y, w: (X, y, 0 * w),
    "different numbers of rows": lambda X, y, w: (X, y[1:], w),
    "sample_weight must be of shape": lambda X, y, w: (X, y, w[1:]),
    "y must be of shape": lambda X, y, w: (X, y[:, None, None], w),
}


@pytest.mark.parametrize("sentence", BAD)
def test_errors_say_what_is_wrong_with_which_argument(sentence, rng, tmp_path, small_blocks):
    X, y, weight = BAD[sentence](
        rng.standard_normal((60_000, 1)), rng.standard_normal(60_000), np.ones(60_000)
    )
    with pytest.raises(ValueError, match=sentence):
        drawn_part(mapped(X, tmp_path), y, weight)


def test_chunks_of_unknown_size_are_refused_with_the_remedy(rng):
    X = da.from_array(rng.standard_normal((100, 2)), chunks=30)
    with pytest.raises(ValueError, match=r"call X.compute_chunk_sizes\(\) first"):
        drawn_part(X[X[:, 0] > 0], X[X[:, 0] > 0][:, 0], None)
