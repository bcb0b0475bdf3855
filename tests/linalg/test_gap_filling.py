"""Gaps filled by transforms, against the dense solution u_g = -Q_gg^-1 Q_go u_o."""

import math

import numpy as np
import pytest
import torch
from scipy import fft

from skspectral._backend.clock import Clock
from skspectral.linalg.gap_filling import fill_gaps

SHAPES = [(30,), (9, 8), (5, 4, 6)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)


def power_law(shape, exponent):
    """Power |k|^(-2 exponent), leveled off at the mean."""
    square = sum(np.square(k) for k in np.meshgrid(*map(np.arange, shape), indexing="ij"))
    return (square + 0.25) ** -exponent


def precision_matrix(power):
    """Q = C^T (1 / S) C, at unit geometric mean."""
    n, axes = power.size, range(1, power.ndim + 1)
    waves = fft.dctn(np.eye(n).reshape(n, *power.shape), norm="ortho", axes=axes).reshape(n, n)
    return (waves * (math.exp(np.log(power).mean()) / power.ravel())) @ waves.T


def dense(field, known, power):
    """The field filled, and how far conjugate gradients at their tolerance may be from it."""
    matrix, known = precision_matrix(power), known.ravel()
    right = -matrix[np.ix_(~known, known)] @ field.ravel()[known]
    inner = matrix[np.ix_(~known, ~known)]
    filled = field.ravel().copy()
    filled[~known] = np.linalg.solve(inner, right)
    return filled.reshape(field.shape), 2e-6 * np.linalg.norm(right) / np.linalg.eigvalsh(inner)[0]


def fill(field, known, power):
    return fill_gaps(torch.tensor(field), torch.tensor(known), torch.tensor(power), Clock()).numpy()


def problem(rng, shape, share=0.25, exponent=1.5):
    known = rng.uniform(size=shape) >= share
    return known * rng.standard_normal(shape), known, power_law(shape, exponent)


@SHAPED
@pytest.mark.parametrize("exponent", [0.5, 1.5, 2.5])
@pytest.mark.parametrize("share", [0.05, 0.4])
def test_gaps_are_the_dense_solution(shape, exponent, share, rng):
    field, known, power = problem(rng, shape, share, exponent)
    expected, bound = dense(field, known, power)
    np.testing.assert_allclose(fill(field, known, power), expected, rtol=0, atol=bound)


@pytest.mark.parametrize("exponent", [1.5, 3.0])
@pytest.mark.parametrize("hole", [np.s_[8:18, 8:18], np.s_[6:9], np.s_[:4, :]], ids=str)
def test_large_holes_are_filled_to_the_same_tolerance(hole, exponent, rng):
    known = np.ones((24, 24), bool)
    known[hole] = False
    power = power_law(known.shape, exponent)
    field = known * fft.idctn(np.sqrt(power) * rng.standard_normal(known.shape), norm="ortho")
    expected, bound = dense(field, known, power)
    np.testing.assert_allclose(fill(field, known, power), expected, rtol=0, atol=bound)


@SHAPED
def test_the_spectrum_may_have_a_direction(shape, rng):
    field, known, power = problem(rng, shape)
    power = power * np.exp(-2.0 * np.arange(shape[-1]) / shape[-1])
    expected, bound = dense(field, known, power)
    np.testing.assert_allclose(fill(field, known, power), expected, rtol=0, atol=bound)


@SHAPED
def test_known_nodes_stay_to_the_last_bit(shape, rng):
    field, known, power = problem(rng, shape)
    np.testing.assert_array_equal(fill(field, known, power)[known], field[known])


@SHAPED
def test_nothing_to_fill(shape, rng):
    field = rng.standard_normal(shape)
    np.testing.assert_array_equal(fill(field, np.ones(shape, bool), power_law(shape, 1.0)), field)


def test_zeros_stay_zeros(rng):
    _, known, power = problem(rng, (9, 8))
    np.testing.assert_array_equal(fill(np.zeros((9, 8)), known, power), 0)


def test_nothing_known_is_nothing_found():
    none = np.zeros((9, 8), bool)
    np.testing.assert_array_equal(fill(np.zeros((9, 8)), none, power_law((9, 8), 1.0)), 0)


def test_neighbors_of_white_noise_say_nothing(rng):
    """A flat spectrum: the most likely value is the mean, zero."""
    field, known, _ = problem(rng, (9, 8))
    found = fill(field, known, np.ones((9, 8)))
    np.testing.assert_allclose(found[~known], 0, atol=1e-14)


@SHAPED
def test_filling_is_linear(shape, rng):
    field, known, power = problem(rng, shape)
    other = known * rng.standard_normal(shape)
    (_, one), (_, two) = dense(field, known, power), dense(other, known, power)
    sum_of_fills = 3 * fill(field, known, power) - 2 * fill(other, known, power)
    found = fill(3 * field - 2 * other, known, power)
    np.testing.assert_allclose(found, sum_of_fills, rtol=0, atol=2 * (3 * one + 2 * two))


@pytest.mark.parametrize("exponent", [-200, 9])
def test_powers_of_two_pass_through(exponent, rng):
    field, known, power = problem(rng, (9, 8))
    found = fill(np.ldexp(field, exponent), known, power)
    np.testing.assert_array_equal(found, np.ldexp(fill(field, known, power), exponent))


def test_the_level_of_the_spectrum_does_not_matter(rng):
    field, known, power = problem(rng, (9, 8))
    _, bound = dense(field, known, power)
    found = fill(field, known, 1e-30 * power)
    np.testing.assert_allclose(found, fill(field, known, power), rtol=0, atol=2 * bound)
