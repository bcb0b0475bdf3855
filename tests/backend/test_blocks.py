"""Passes over rows: every row once, in order, within the budget, combined from left to right."""

import pytest
import torch

from skspectral._backend import blocks


@pytest.mark.parametrize("row_bytes", [1, 7, 30, 100, 101, 10**6])
@pytest.mark.parametrize("n_rows", [1, 2, 13, 100])
def test_blocks_cover_each_row_once_within_the_budget(n_rows, row_bytes, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)
    slices = list(blocks.row_blocks(n_rows, row_bytes))
    covered = [row for rows in slices for row in range(n_rows)[rows]]
    assert covered == list(range(n_rows))
    assert max(rows.stop - rows.start for rows in slices) <= max(1, 100 // row_bytes)


def test_blocks_are_as_large_as_the_budget_allows(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)
    assert list(blocks.row_blocks(7, 30)) == [slice(0, 3), slice(3, 6), slice(6, 7)]


def test_large_blocks_have_multiples_of_sixteen_rows(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 100)
    assert list(blocks.row_blocks(70, 3)) == [slice(0, 32), slice(32, 64), slice(64, 70)]


def test_a_row_of_no_bytes_is_legal():
    assert list(blocks.row_blocks(5, 0)) == [slice(0, 5)]


def test_fold_combines_in_the_order_of_the_rows(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 2)
    text = "abcdefg"
    assert blocks.fold_rows(lambda rows: text[rows], lambda a, b: a + "|" + b, 7, 1) == "ab|cd|ef|g"


@pytest.mark.parametrize("n_rows", [0, 1, 7])
def test_values_of_blocks_are_joined_in_order(n_rows):
    rows = torch.arange(2 * n_rows).reshape(n_rows, 2)
    found = blocks.by_blocks(lambda block: 3 * block, rows, (slice(i, i + 3) for i in range(0, n_rows, 3)))
    assert torch.equal(found, 3 * rows)


def test_blocks_by_slice_are_joined_in_order(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 24)
    rows, seen = torch.arange(14).reshape(7, 2), []
    found = blocks.joined_blocks(lambda part: seen.append(part) or 3 * rows[part], 7, 8)
    assert torch.equal(found, 3 * rows)
    assert seen == [slice(0, 3), slice(3, 6), slice(6, 7)]


def test_cached_blocks_are_small(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 96)
    assert list(blocks.cached_blocks(5, 3)) == [slice(0, 2), slice(2, 4), slice(4, 5)]
