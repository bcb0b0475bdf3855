"""Gaussian processes on tensor grids, against the same processes of rows by dense matrices."""

import math

import numpy as np
import pytest
import torch

from skspectral.linalg.axis_table import AxisTable
from skspectral.linalg.polynomials import legendre_table
from skspectral.linalg.tensor_process import ProcessAxis, evidence, process_mean

SHAPE, ORDERS, RATES = (5, 4, 6), (7, 9, 3), (0.7, 0.4, 0.9)


@pytest.fixture
def nodes(rng):
    return [torch.tensor(np.sort(rng.uniform(-1, 1, n))) for n in SHAPE]


@pytest.fixture
def axes(nodes):
    def axis(t, order, rate):
        between = legendre_table((t[1:] + t[:-1]) / 2, order)
        size = torch.exp(-rate * torch.arange(order + 1, dtype=torch.float64))
        return ProcessAxis(AxisTable(legendre_table(t, order), between, t.diff()), size)

    return [axis(*parts) for parts in zip(nodes, ORDERS, RATES, strict=True)]


@pytest.fixture
def values(rng):
    return torch.tensor(rng.standard_normal((*SHAPE, 2)))


def kron(matrices):
    whole = torch.ones(1, 1, dtype=torch.float64)
    for matrix in matrices:
        whole = torch.kron(whole, matrix)
    return whole


def covariance(axes, level):
    functions = kron([axis.table.nodes * axis.size for axis in axes])
    clean = functions @ functions.T
    return functions, clean + level * torch.linalg.eigvalsh(clean)[-1] * torch.eye(
        len(clean), dtype=torch.float64
    )


def dense_evidence(values, axes, level):
    flat = values.reshape(-1, values.shape[-1])
    _, matrix = covariance(axes, level)
    n = len(flat)
    scale = float((flat * torch.linalg.solve(matrix, flat)).sum()) / flat.numel()
    largest = float(torch.linalg.eigvalsh(matrix)[-1]) / (1 + level)
    return math.log(scale * largest) + float(torch.linalg.slogdet(matrix / largest)[1]) / n


def test_the_evidence_is_that_of_the_rows(values, axes):
    """Also of what no function is: six nodes of four polynomials. Variances are told apart to a quarter."""
    found = evidence(values, axes)
    assert found.unlikely == pytest.approx(dense_evidence(values, axes, found.level), abs=0.02)
    for level in (found.level / 10, min(1.0, found.level * 10)):
        assert found.unlikely <= dense_evidence(values, axes, level) + 0.02


@pytest.mark.parametrize("level", [1e-6, 1e-2])
def test_the_mean_is_that_of_the_rows(values, axes, level):
    flat = values.reshape(-1, 2)
    functions, matrix = covariance(axes, level)
    sizes = kron([torch.diag(axis.size) for axis in axes])
    expected = sizes @ functions.T @ torch.linalg.solve(matrix, flat)
    fit = process_mean(values, axes, level)
    scale = float(expected.abs().max())
    torch.testing.assert_close(fit.coefficients.reshape(-1, 2), expected, rtol=0, atol=1e-8 * scale)


@pytest.mark.parametrize("level", [1e-6, 1e-2])
def test_the_score_is_the_variance_of_rows_between_the_nodes(values, axes, level):
    flat = values.reshape(-1, 2)
    functions, matrix = covariance(axes, level)
    between = kron([axis.table.between * axis.size for axis in axes])
    share = kron([(axis.table.steps / axis.table.steps.sum())[None] for axis in axes])[0]
    cross = between @ functions.T
    variance = between.square().sum(1) - (cross * torch.linalg.solve(matrix, cross.T).T).sum(1)
    scale = float((flat * torch.linalg.solve(matrix, flat)).sum()) / flat.numel()
    fit = process_mean(values, axes, level)
    noise = matrix[0, 0] - functions[0].square().sum()
    assert fit.score == pytest.approx(2 * scale * float(share @ variance + noise), rel=1e-6)


def test_lines_are_left_out_as_wholes(values, axes):
    """Against processes of the rows that are left, of the same covariance."""
    level = 1e-2
    _, matrix = covariance(axes, level)
    flat, places = values.reshape(-1, 2), np.indices(SHAPE).reshape(3, -1)
    missed = 0.0
    for axis, count in enumerate(SHAPE):
        for line in range(count):
            out = torch.from_numpy(places[axis] == line)
            pulls = torch.linalg.solve(matrix[~out][:, ~out], flat[~out])
            missed += float((flat[out] - matrix[out][:, ~out] @ pulls).square().sum())
    fit = process_mean(values, axes, level)
    assert fit.left_out == pytest.approx(missed / len(flat), rel=1e-8)


def test_functions_of_no_size_are_left_out(nodes):
    t = nodes[0]
    size = torch.exp(-12.0 * torch.arange(10, dtype=torch.float64))
    between = legendre_table((t[1:] + t[:-1]) / 2, 9)
    axis = ProcessAxis(AxisTable(legendre_table(t, 9), between, t.diff()), size)
    assert len(axis.size) == len(axis.solve) == 4  # e^-36 is rounding, e^-48 is less
    basis = axis.basis
    torch.testing.assert_close(basis.T @ basis, torch.eye(5, dtype=torch.float64), rtol=0, atol=1e-13)
