"""The exponent of rough fields, on grids, with gaps and at scattered places; smooth ones have none."""

import numpy as np
import pytest
import torch

from skspectral.spectrum import amplitude_exponent

N = 96


def rough(exponent, seed=0):
    """A field (N, N) whose amplitudes fall as |k|^-exponent, cut out of a periodic one."""
    wave = np.hypot(*np.meshgrid(*[np.fft.fftfreq(2 * N)] * 2))
    wave[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(seed).standard_normal((2 * N, 2 * N)))
    return np.fft.ifft2(noise / wave**exponent).real[:N, :N]


def rows(values, share):
    """Nodes in [-1, 1]^2 and their values, some of them left out at random."""
    axis = torch.linspace(-1, 1, len(values), dtype=torch.float64)
    kept = torch.rand(values.size, generator=torch.Generator().manual_seed(0)) < share
    return torch.cartesian_prod(axis, axis)[kept], torch.tensor(values).reshape(-1, 1)[kept]


@pytest.mark.parametrize("share", [1.0, 0.9, 0.3], ids=["grid", "gaps", "scattered"])
@pytest.mark.parametrize("exponent", [1.25, 1.5])
def test_exponent_of_rough_fields(exponent, share):
    """The exponent is found to 0.2: over a finite band the variogram is not quite a power law."""
    assert amplitude_exponent(*rows(rough(exponent), share)) == pytest.approx(exponent, abs=0.2)


def wave(t):
    return torch.exp(t[:, 0]) * torch.sin(7 * t[:, -1] + t[:, 0])


def front(t):
    return torch.tanh(20 * t.sum(1))


@pytest.mark.parametrize("function", [wave, front])
@pytest.mark.parametrize("d", [1, 2])
def test_smooth_functions_and_fronts_are_not_rough(function, d):
    t = torch.rand(4000, d, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert amplitude_exponent(t, function(t)[:, None]) == np.inf


def test_neither_units_nor_order_nor_turned_outputs_matter():
    t, values = rows(rough(1.25), 0.9)
    t = t + 1e-4 * torch.randn(
        t.shape, dtype=t.dtype, generator=torch.Generator().manual_seed(4)
    )  # no ties
    outputs = torch.cat([values, rows(rough(1.25, seed=1), 0.9)[1]], 1)
    turn = torch.linalg.qr(torch.randn(2, 2, generator=torch.Generator().manual_seed(2)).double()).Q
    expected = amplitude_exponent(t, outputs)
    assert amplitude_exponent(3 + 8 * t, 5 * outputs @ turn) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("n", "d"), [(90, 2), (4000, 4), (200, 1)])
def test_too_few_rows_many_inputs_and_constants_have_no_law(n, d):
    t = torch.rand(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    values = torch.randn(n, 1, dtype=torch.float64) if d > 1 else torch.ones(n, 1).double()
    assert amplitude_exponent(t, values) == np.inf
