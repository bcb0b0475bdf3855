"""Noise is filtered place by place where that is better, and told from what is there without it."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from scipy.signal import wiener

from skspectral import SpectralMultistageRegressor
from skspectral._backend.clock import Clock
from skspectral.series.denoised import _field, _tiles, denoised, local_filter

NOISE = 0.08


def picture(n):
    """Discs with sharp rims before a sky, and stripes in a corner."""
    x, y = np.meshgrid(*2 * [np.arange(n) / n], indexing="ij")
    field = 0.5 + 0.2 * np.sin(2 * x + y)
    field[np.hypot(x - 0.4, y - 0.3) < 0.2] = 0.1
    field[np.hypot(x - 0.6, y - 0.7) < 0.15] = 0.9
    stripes = (x > 0.8) & (y < 0.5)
    field[stripes] += 0.3 * np.sign(np.sin(2 * np.pi * 12 * (x + y)))[stripes]
    return field


def fitted(field):
    X = np.stack(np.meshgrid(*map(np.arange, field.shape), indexing="ij"), -1).reshape(field.size, -1)
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X.astype(float), field.ravel())
    return model, model.predict(X).reshape(field.shape)


def error(values, clean):
    return np.sqrt(np.mean((values - clean) ** 2))


@pytest.mark.parametrize("shape", [(300,), (17, 8), (9, 21), (7, 11, 13)])
def test_tiles_make_the_field_again(rng, shape):
    field, size = torch.tensor(rng.standard_normal(shape)), 4
    for shift in [(0,) * len(shape), (3,) * len(shape)]:
        torch.testing.assert_close(_field(_tiles(field, shift, size), shift, field.shape), field)


@pytest.mark.parametrize("shape", [(1024,), (48, 40), (14, 15, 16)])
def test_of_noise_alone_little_is_left(rng, shape):
    found, share = denoised(torch.tensor(0.3 * rng.standard_normal(shape)), 0.09, Clock())
    assert float(found.square().mean()) < 0.05 * 0.09
    assert share < 0.1


def test_without_noise_nothing_is_filtered(rng):
    field = torch.tensor(rng.standard_normal((24, 24)))
    found, _ = denoised(field, 1e-20, Clock())
    torch.testing.assert_close(found, field, rtol=0, atol=1e-8)


def test_a_noisy_picture_is_closer_than_by_wiener_filter_and_best_blur(rng):
    clean = picture(96)
    noisy = clean + NOISE * rng.standard_normal(clean.shape)
    model, predicted = fitted(noisy)
    blurs = [gaussian_filter(noisy, width, mode="mirror") for width in np.arange(0.3, 2, 0.1)]
    rivals = [wiener(noisy, 3), *blurs]
    half_a_decibel = 10 ** (-0.5 / 20)
    assert error(predicted, clean) < half_a_decibel * min(error(rival, clean) for rival in rivals)
    assert model.noise_floor_ == pytest.approx(NOISE, rel=0.2)
    assert model.stop_reason_ == "noise_floor"


def test_a_picture_without_noise_stays(rng):
    clean = picture(96)
    model, predicted = fitted(clean)
    assert model.noise_floor_ == 0
    assert error(predicted, clean) < 1e-3


def test_each_output_has_noise_of_its_own(rng):
    clean = picture(96)
    fields = np.stack([clean + s * rng.standard_normal(clean.shape) for s in (0.04, 0.12)], -1)
    X = np.stack(np.meshgrid(*2 * [np.arange(96.0)], indexing="ij"), -1).reshape(-1, 2)
    model = SpectralMultistageRegressor(hidden_layer_sizes=()).fit(X, fields.reshape(-1, 2))
    assert model.noise_floor_ == pytest.approx(np.hypot(0.04, 0.12), rel=0.2)


def test_what_is_alike_everywhere_is_left_to_one_filter(rng):
    x = np.linspace(-1, 1, 64)
    smooth = torch.tensor(np.exp(x[:, None]) * np.cos(3 * x))
    noisy = smooth + 0.1 * torch.tensor(rng.standard_normal((64, 64)))
    assert local_filter(noisy[..., None], smooth[..., None], Clock()) is None
