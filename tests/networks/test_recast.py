"""Waves that cancel, as polynomials that do not."""

import numpy as np
import pytest
import torch

from skspectral.networks import Expansion, without_cancellation

EPS = np.finfo(float).eps


def waves(d, size=1e6, outputs=2):
    """Waves of a box twice as long as the rows', with terms of about `size` that add up to about one.

    The singular vector of a small singular value is almost nothing on the rows' box.
    """
    rng, order = np.random.default_rng(d), 12 // d
    k = np.arange(-order, order + 1)
    vectors = np.stack(np.meshgrid(*[k] * d, indexing="ij"), -1).reshape(-1, d)
    frequencies = vectors[len(vectors) // 2 + 1 :] / 4
    t = np.stack(np.meshgrid(*[np.linspace(-1, 1, 3 * order)] * d, indexing="ij"), -1).reshape(-1, d)
    phase = 2 * np.pi * (t @ frequencies.T)
    _, singular, right = np.linalg.svd(np.hstack([np.cos(phase), np.sin(phase)]), full_matrices=False)
    small = right[np.argmin(np.abs(np.log(size * singular / singular[0])))]
    usual = rng.normal(size=(len(small), outputs)) / len(small)
    coefficients = torch.tensor(size * small[:, None] + usual)
    affine = torch.tensor(rng.normal(size=(1 + d, outputs)))
    step = torch.full((d,), 1 / 4, dtype=torch.float64)
    return Expansion(affine, torch.tensor(frequencies), *coefficients.chunk(2), step)


def terms(series):
    parts = [series.affine, series.cosine, series.sine, series.mapped]
    return max(float(part.abs().sum(0).max()) for part in parts if part is not None and len(part))


@pytest.mark.parametrize("d", [1, 2])
def test_polynomials_are_the_same_function_without_large_terms(d):
    series = waves(d)
    found = without_cancellation(series, 1.0)
    rows = torch.tensor(np.random.default_rng(0).uniform(-1, 1, (500, d)))
    size = float(series(rows).abs().max())
    assert terms(series) > 1e4 * size
    assert terms(found) < 100 * size
    assert not found.n_modes
    np.testing.assert_allclose(found(rows), series(rows), rtol=0, atol=4 * EPS * terms(series))
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * d).view(-1, d)
    np.testing.assert_allclose(found(corners), series(corners), rtol=0, atol=4 * EPS * terms(series))


def test_no_order_is_kept_that_is_rounding_alone():
    """From z + 11 z^(1/3) + 8 on a wave of an angle z at the rim has none."""
    series = waves(1)
    z = 2 * np.pi * float(series.frequencies.max())
    orders = without_cancellation(series, 1.0).orders
    assert z < orders.max() <= z + 11 * z ** (1 / 3) + 8


def test_waves_that_do_not_cancel_stay_waves():
    for series, scale in ((waves(1, 1.0), 1.0), (waves(1), 1e-6), (waves(2, 1.0), 1.0)):
        assert without_cancellation(series, scale) is series


def test_waves_of_any_frequency_stay():
    """Waves cancel only where their box is longer than that of the rows."""
    series = waves(1)
    lines = Expansion(series.affine, series.frequencies, series.cosine, series.sine)
    assert without_cancellation(lines, 1.0) is lines
