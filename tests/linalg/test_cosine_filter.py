"""Filters by cosine transforms against matrices of cosines, fitted and left out row by row."""

import numpy as np
import pytest
import torch

from skspectral.linalg.cosine_filter import CosineFilter, leverages

EPS = np.finfo(float).eps
SHAPES = [(1,), (2,), (5,), (6,), (31,), (4, 7), (6, 6), (3, 4, 5)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)


def cosines(n):
    """Plain cosines (n, n), one column each, and the same with columns of length one."""
    table = np.cos(np.pi * (np.arange(n)[:, None] + 0.5) * np.arange(n) / n)
    return table, table / np.linalg.norm(table, axis=0)


def product(factors):
    """The matrix of all products of functions, for nodes and functions in C order."""
    found = np.ones((1, 1))
    for factor in factors:
        found = np.kron(found, factor)
    return found


def problem(shape, rng, n_outputs=2):
    values, damping = rng.standard_normal((*shape, n_outputs)), rng.uniform(0.05, 0.95, shape)
    basis = product([cosines(n)[1] for n in shape])
    hat = basis * damping.reshape(-1) @ basis.T
    return values, damping, hat


@SHAPED
def test_leverages_are_the_diagonal_of_the_hat_matrix(shape, rng):
    _, damping, hat = problem(shape, rng)
    found = leverages(torch.tensor(damping)).numpy().reshape(-1)
    np.testing.assert_allclose(found, np.diag(hat), rtol=0, atol=100 * EPS)


@SHAPED
def test_coefficients_give_what_the_hat_matrix_does(shape, rng):
    values, damping, hat = problem(shape, rng)
    fit = CosineFilter(torch.tensor(values)).fit(torch.tensor(damping))
    plain = product([cosines(n)[0] for n in shape])
    flat = values.reshape(-1, values.shape[-1])
    found = plain @ fit.coefficients.numpy().reshape(flat.shape)
    np.testing.assert_allclose(found, hat @ flat, rtol=0, atol=1e3 * EPS * np.abs(flat).sum())
    assert fit.rank == pytest.approx(damping.sum())


@pytest.mark.parametrize("shape", [(6,), (4, 7), (3, 4, 5)], ids=str)
def test_nodes_left_out_are_those_of_fits_without_them(shape, rng):
    """A ridge fit is refitted without a node: damping d stands for the penalty 1/d - 1."""
    values, damping, _ = problem(shape, rng, n_outputs=1)
    basis = product([cosines(n)[1] for n in shape])
    penalty = np.diag((1 / damping - 1).reshape(-1))
    flat, expected = values.reshape(-1), []
    for node in range(flat.size):
        others = np.arange(flat.size) != node
        gram = basis[others].T @ basis[others] + penalty
        expected.append(basis[node] @ np.linalg.solve(gram, basis[others].T @ flat[others]))
    field = CosineFilter(torch.tensor(values))
    found = field.left_out(torch.tensor(damping)).numpy().reshape(-1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e4 * EPS * np.linalg.norm(flat))
    missed = np.mean((flat - expected) ** 2)
    assert field.fit(torch.tensor(damping)).left_out == pytest.approx(missed, rel=1e-10)
