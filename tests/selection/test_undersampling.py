"""Signs of undersampling: the residuals of neighbors alternate, or agree only for the closest pairs."""

import numpy as np
import torch

from skspectral.selection.undersampling import is_undersampled
from skspectral.spectrum import detect_grid


def found(t, values):
    t, values = torch.as_tensor(t)[:, None], torch.as_tensor(values)[:, None]
    return is_undersampled(values, t, detect_grid(t) if len(t) == 400 else None)


def test_waves_near_nyquist_alternate():
    j = np.arange(400.0)
    assert found(np.linspace(-1, 1, 400), np.cos(0.93 * np.pi * j))


def test_slow_waves_and_noise_do_not(rng):
    j = np.arange(400.0)
    assert not found(np.linspace(-1, 1, 400), np.cos(0.1 * np.pi * j))
    assert not found(np.linspace(-1, 1, 400), rng.standard_normal(400))


def test_random_rows_with_less_than_one_in_half_a_wave_agree_up_close(rng):
    t = np.sort(rng.uniform(-1, 1, 1500))
    assert found(t, np.sin(2 * np.pi * 500 * t))
    assert not found(t, np.sin(2 * np.pi * 20 * t))
    assert not found(t, rng.standard_normal(1500))
