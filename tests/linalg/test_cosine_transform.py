"""Orthonormal cosine transforms against scipy's, their inverse, and the cosines themselves."""

import numpy as np
import pytest
import torch
from scipy import fft

from skspectral.linalg.cosine_transform import (
    cosine_norms,
    cosine_transform,
    inverse_cosine_transform,
    inverse_mirrored_transform,
    mirrored_transform,
)

EPS = np.finfo(float).eps
SHAPES = [(1,), (2,), (3,), (8,), (31,), (97,), (1, 1), (2, 5), (7, 1), (12, 9), (2, 1, 3), (6, 5, 4)]
SHAPED = pytest.mark.parametrize("shape", SHAPES, ids=str)


def bound(values):
    """Rounding of a transform that keeps lengths: a few epsilon, for each level of each FFT."""
    return 8 * EPS * (1 + np.log2(values.size)) * np.linalg.norm(values)


FORTH = pytest.mark.parametrize("forth", [cosine_transform, mirrored_transform])
BACK = pytest.mark.parametrize("back", [inverse_cosine_transform, inverse_mirrored_transform])


@SHAPED
@FORTH
def test_coefficients_are_scipys(forth, shape, rng):
    values = rng.standard_normal(shape)
    found = forth(torch.tensor(values), len(shape))
    expected = fft.dctn(values, type=2, norm="ortho")
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound(values))


@SHAPED
@BACK
def test_values_are_scipys(back, shape, rng):
    coefficients = rng.standard_normal(shape)
    found = back(torch.tensor(coefficients), len(shape))
    expected = fft.idctn(coefficients, type=2, norm="ortho")
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound(coefficients))


@SHAPED
@FORTH
@BACK
def test_there_and_back(forth, back, shape, rng):
    values = rng.standard_normal(shape)
    coefficients = forth(torch.tensor(values), len(shape))
    np.testing.assert_allclose(back(coefficients, len(shape)), values, rtol=0, atol=2 * bound(values))
    assert float(coefficients.norm()) == pytest.approx(np.linalg.norm(values), rel=1e-13)


@pytest.mark.parametrize("n_axes", [0, 1, 2])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (cosine_transform, fft.dctn),
        (mirrored_transform, fft.dctn),
        (inverse_cosine_transform, fft.idctn),
        (inverse_mirrored_transform, fft.idctn),
    ],
)
def test_later_axes_are_left_alone(n_axes, ours, theirs, rng):
    values = rng.standard_normal((6, 5, 3))
    found = ours(torch.tensor(values), n_axes)
    expected = theirs(values, type=2, norm="ortho", axes=range(n_axes))
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound(values))


@pytest.mark.parametrize("n", [1, 2, 9, 20])
def test_norms_make_the_cosines_orthonormal(n):
    j, k = np.arange(n) + 0.5, np.arange(n)
    norms = cosine_norms(n, torch.zeros(1, dtype=torch.float64)).numpy()
    waves = norms[:, None] * np.cos(np.pi / n * np.outer(k, j))
    np.testing.assert_allclose(waves @ waves.T, np.eye(n), rtol=0, atol=8 * EPS * n)
    found = cosine_transform(torch.tensor(waves.T), 1)
    np.testing.assert_allclose(found, np.eye(n), rtol=0, atol=8 * EPS * n)


def test_inputs_stay_as_they_are(rng):
    values = torch.tensor(rng.standard_normal((4, 5)))
    before = values.clone()
    cosine_transform(values, 2)
    inverse_cosine_transform(values, 2)
    assert torch.equal(values, before)


def test_single_precision_stays_single():
    values = torch.ones(4, 3, dtype=torch.float32)
    assert cosine_transform(values, 2).dtype == torch.float32
    assert inverse_cosine_transform(values, 2).dtype == torch.float32
