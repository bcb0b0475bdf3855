"""Spectra of scattered rows against sums written out, and lines where tones were put."""

import numpy as np
import pytest
import torch

from skspectral._backend import blocks
from skspectral.spectrum import nonuniform, nufft_type1, periodogram, strongest_lines

EPS = np.finfo(float).eps
STEP = 0.125


def tensor(values):
    return torch.tensor(np.asarray(values, float))


def written_out(t, values, step, reach):
    """One exponential per row and wave vector."""
    axes = [np.arange(-reach, reach + 1)] * t.shape[1]
    k = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    return np.exp(-2j * np.pi * step * (k @ t.T)) @ values


@pytest.mark.parametrize("budget", [10**9, 500], ids=["one block", "many blocks"])
@pytest.mark.parametrize(("d", "reach"), [(1, 9), (2, 4), (3, 2)])
def test_direct_sums(d, reach, budget, rng, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_BYTES", budget)
    monkeypatch.setattr(nonuniform, "_by_finufft", lambda *_: None)
    t, values = rng.uniform(-1, 1, (30, d)), rng.standard_normal((30, 2))
    found = nufft_type1(tensor(t), tensor(values), STEP, reach).numpy()
    bound = 8 * EPS * 2 * np.pi * STEP * reach * d * np.abs(values).sum()
    np.testing.assert_allclose(found, written_out(t, values, STEP, reach), rtol=0, atol=bound)


@pytest.mark.parametrize(("d", "reach"), [(1, 9), (2, 4), (3, 2)])
def test_finufft_sums(d, reach, rng):
    pytest.importorskip("finufft", reason="the fast route needs finufft")
    t, values = rng.uniform(-1, 1, (30, d)), rng.standard_normal((30, 2))
    found = nufft_type1(tensor(t), tensor(values), STEP, reach).numpy()
    bound = 1e-12 * np.abs(values).sum()
    np.testing.assert_allclose(found, written_out(t, values, STEP, reach), rtol=0, atol=bound)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_periodogram_is_the_power_of_half_the_vectors(d, rng):
    t, values = rng.uniform(-1, 1, (30, d)), rng.standard_normal((30, 2))
    found = periodogram(tensor(t), tensor(values), STEP, 2)
    k = np.rint(found.frequencies.numpy() / STEP).astype(int)
    assert len({tuple(x) for x in np.vstack([k, -k])}) == 5**d - 1
    power = np.square(np.abs(written_out(t, values, STEP, 2))).sum(-1)
    np.testing.assert_allclose(found.power, power[tuple(k.T + 2)], rtol=1e-12)


def test_strongest_lines_are_the_tones(rng):
    """Three tones on the frequencies looked at, far apart, in falling order of size."""
    t, tones = rng.uniform(-1, 1, (400, 2)), np.array([[2.0, 1.0], [0.5, -3.0], [-1.0, 2.5]])
    values = np.cos(2 * np.pi * t @ tones.T + 0.4) @ [[1.0], [0.8], [0.6]]
    spectrum = periodogram(tensor(t), tensor(values), STEP, 32)
    found = strongest_lines(spectrum, tensor(np.zeros((0, 2))), 0.5, 3).numpy()
    signs = np.sign(found[:, :1]) * np.sign(tones[:, :1])
    np.testing.assert_allclose(found * signs, tones, rtol=0, atol=STEP)


def test_lines_that_are_taken_are_not_found_again(rng):
    t = rng.uniform(-1, 1, (400, 1))
    values = np.cos(2 * np.pi * 4 * t) + 0.5 * np.cos(2 * np.pi * 9 * t)
    spectrum = periodogram(tensor(t), tensor(values), STEP, 100)
    (found,) = strongest_lines(spectrum, tensor([[4.0]]), 0.5, 1).numpy()
    np.testing.assert_allclose(found, [9.0], rtol=0, atol=STEP)


def test_white_noise_has_no_lines(rng):
    t, none = rng.uniform(-1, 1, (400, 1)), tensor(np.zeros((0, 1)))
    noise = [tensor(rng.standard_normal((400, 1))) for _ in range(20)]
    spectra = [periodogram(tensor(t), values, STEP, 100) for values in noise]
    assert sum(len(strongest_lines(s, none, 0.5, 8)) for s in spectra) <= 1
