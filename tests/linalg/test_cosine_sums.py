"""Sums of products of cosines over rows: by transforms as by tables, and Gram matrices from moments."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from skspectral.linalg import cosine_sums
from skspectral.linalg.cosine_sums import CosineSums, gram_matrix, gram_order

EPS = np.finfo(float).eps
ORDERS = {1: (40,), 2: (9, 6), 3: (5, 4, 3)}


@pytest.fixture
def rows(rng, request):
    def draw(d, n=300):
        return torch.tensor(rng.uniform(0, np.pi, (n, d))), torch.tensor(rng.standard_normal((n, 2)))

    return draw


def features(theta, orders):
    grids = np.stack(np.meshgrid(*(np.arange(k + 1) for k in orders), indexing="ij"), -1)
    indices = torch.tensor(grids.reshape(-1, len(orders)))
    return torch.cos(theta[:, None, :] * indices).prod(2), indices


def looks_of_true_sums(theta, values, orders):
    """How often sums, which are those of the table, look at the clock."""
    (table, _), looks = features(theta, orders), []
    sums = CosineSums(theta, orders, lambda: looks.append(1))
    coefficients = torch.ones(*sums.shape, 2, dtype=torch.float64).cumsum(0)
    atol = 100 * 1e-14 * float(table.norm())
    moments = sums.moments(values).reshape(-1, 2)
    torch.testing.assert_close(moments, table.T @ values, rtol=0, atol=atol)
    found, expected = sums.values(coefficients), table @ coefficients.reshape(-1, 2)
    torch.testing.assert_close(found, expected, rtol=0, atol=atol * float(coefficients.norm()))
    return len(looks)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("transformed", [False, True])
def test_sums_are_those_of_the_table(rows, monkeypatch, d, transformed):
    if transformed:
        pytest.importorskip("finufft", reason="the transforms are those of finufft")
    monkeypatch.setattr(cosine_sums, "transform_pays", lambda *_: transformed)
    assert looks_of_true_sums(*rows(d), ORDERS[d]) == 2 * transformed


@pytest.mark.parametrize("d", [1, 2, 3])
def test_large_transforms_go_in_parts_that_look_at_the_clock(rows, monkeypatch, d):
    pytest.importorskip("finufft", reason="the transforms are those of finufft")
    monkeypatch.setattr(cosine_sums, "transform_pays", lambda *_: True)
    monkeypatch.setattr(cosine_sums, "_transform_times", lambda *_: (1.0, 3.0))
    monkeypatch.setattr(cosine_sums, "STEP_FLOPS", 1.0)
    assert looks_of_true_sums(*rows(d), ORDERS[d]) == 6  # three parts each


def test_parts_do_not_spread_many_rows_again_and_again():
    """A large grid for few rows goes in parts; where rows take longer than the grid there is one."""
    shape = (100, 100, 100)
    few, many = (cosine_sums._parts(n, shape) for n in (5_000, 10_000_000))
    assert len(few) > 1 and len(many) == 1
    assert [order for part in few for order in part] == list(range(100))


@pytest.mark.parametrize("orders", [*ORDERS.values(), (0, 0, 7), (3, 0, 2), (0, 4, 0, 3)])
def test_moments_hold_the_gram_matrix(rows, orders):
    """Axes along which nothing varies are included."""
    theta, values = rows(len(orders))
    table, indices = features(theta, orders)
    some = torch.arange(len(indices)).flip(0)[::2]
    some = some[gram_order(indices[some])]
    weight = values[:, :1].square()
    moments = CosineSums(theta, [2 * k for k in orders]).moments(weight)[..., 0]
    expected = table[:, some].T @ (weight * table[:, some])
    found = gram_matrix(moments, indices[some])
    atol = 1e3 * EPS * float(expected.max()) * len(theta)
    torch.testing.assert_close(found.triu(), expected.triu(), rtol=0, atol=atol)


def test_transforms_repeat_to_the_bit(rows, monkeypatch):
    pytest.importorskip("finufft", reason="the transforms are those of finufft")
    monkeypatch.setattr(cosine_sums, "transform_pays", lambda *_: True)
    theta, values = rows(2, 20_000)
    first, second = (CosineSums(theta, (30, 30)).moments(values) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("n", "shape", "pays"),
    [
        (100_000, (10, 10), False),  # spreading takes longer than so few products
        (100_000, (60, 60), True),
        (500, (60, 60), False),  # the Fourier transform of the grid takes longer than so few rows
        (100_000, (16, 16, 16), False),
        (1_000_000, (60, 60, 60), True),
        (10_000_000, (300, 300, 300), False),  # the grid would take 28 GB
        (1_000_000, (20, 20, 20, 20), False),  # there is no transform in four inputs
    ],
)
def test_transforms_are_for_many_rows_of_many_functions(n, shape, pays, monkeypatch):
    monkeypatch.setattr(cosine_sums, "_has_finufft", lambda: True)
    assert cosine_sums.transform_pays(n, shape) == pays
    monkeypatch.setattr(cosine_sums, "_has_finufft", lambda: False)
    assert not cosine_sums.transform_pays(n, shape)


@pytest.mark.slow
def test_tables_of_a_line_take_the_memory_of_a_block():
    """Small results between large tables once fragmented memory: 50,000 rows took over a gigabyte."""
    code = """
import resource, torch
from skspectral.linalg import cosine_sums
cosine_sums.transform_pays = lambda n, shape: False
sums = cosine_sums.CosineSums(torch.rand(50_000, 1, dtype=torch.float64), [4000])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sums.values(torch.ones(4001, 1, dtype=torch.float64))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 200_000  # kB
