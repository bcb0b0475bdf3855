"""Passes over all rows: sums are added in the same order by any number of workers; blocks may be empty."""

import dask
import dask.array as da
import numpy as np
import pytest
import torch

from skspectral._backend import blocks
from skspectral._backend.rows import Rows, added


@pytest.mark.parametrize(
    ("letters", "tree"),
    [
        ("a", "a"),
        ("abc", "((ab)c)"),
        ("abcd", "((ab)(cd))"),
        ("abcdefg", "(((ab)(cd))((ef)g))"),
    ],
)
def test_neighbors_are_added_in_pairs(letters, tree):
    assert added(letters, lambda a, b: f"({a}{b})") == tree


def square(block, factor):
    return factor * block.X.square().sum()


def slices(X, ends):
    starts = [0, *ends[:-1]]
    return [(X[start:end], X[start:end, 0], None) for start, end in zip(starts, ends)]


def test_a_sum_is_the_same_in_chunks_of_dask_and_in_slices(rng):
    X, ends = rng.standard_normal((1000, 2)), [130, 131, 700, 1000]
    table = da.from_array(X, chunks=(tuple(np.diff([0, *ends])), 2))
    chunks = [(block, block[:, 0], None) for block in table.to_delayed()[:, 0]]
    with dask.config.set(scheduler="threads", num_workers=2):
        there = Rows(chunks, True).map(square, 2.0)
    here = Rows(slices(X, ends), False).map(square, 2.0)
    assert float(there) == float(here)
    assert float(here) == pytest.approx(2 * np.square(X).sum(), rel=1e-14)


def test_blocks_without_rows_change_nothing(rng):
    X = rng.standard_normal((300, 2))
    whole = Rows(slices(X, [100, 300]), False).map(square, 1.0)
    holes = Rows(slices(X, [0, 100, 100, 300, 300]), False).map(square, 1.0)
    assert float(whole) == float(holes)


def test_the_number_of_threads_changes_no_bit_and_is_kept(rng):
    rows, before = (
        Rows(slices(rng.standard_normal((200_000, 2)), [200_000]), False),
        torch.get_num_threads(),
    )
    sums = []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            sums.append(float(rows.map(square, 1.0)))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(before)
    assert sums[0] == sums[1]


def test_pieces_of_a_chunk_are_its_rows_within_the_budget(rng, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4096)
    X = rng.standard_normal((100, 1))
    rows = Rows([(X, X[:, 0], None)], False)

    def cut(block):
        return [piece.X for piece in block.pieces()]

    pieces = rows.map(cut)
    assert len(pieces) > 1
    np.testing.assert_array_equal(torch.cat(pieces).numpy(), X)
