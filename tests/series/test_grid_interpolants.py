"""Interpolants of which the best is found without all of them."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.selection import LinearOptions
from skspectral.series.grid_fit import GridPlane
from skspectral.series.grid_interpolants import _interpolants, may_interpolate
from skspectral.spectrum import FALLS, Grid

WAVES = {
    "poles": lambda x: np.exp(x) / np.cosh(3 * np.sin(9 * x)),
    "corner": lambda x: np.abs(x - 0.1) ** 3,
    "smooth": lambda x: np.exp(-(x**2)) * np.sin(5 * x),
}


@pytest.mark.parametrize("wave", WAVES.values(), ids=WAVES)
def test_every_second_fall_leads_to_the_best(wave):
    x = np.linspace(-1, 1, 90)
    X, y = torch.tensor(x[:, None]), torch.tensor(wave(x)[:, None])
    samples, _ = canonical_samples(X, y, torch.ones(90).double())
    plane = GridPlane.fit(samples, [0, 1])
    grid, rest = Grid((samples.t[:, 0],)), plane.rest(samples)

    def scores(falls):
        return [fit.score for fit in _interpolants(rest, grid, plane, Clock(), falls)]

    falls = [fall for fall in FALLS if fall >= 2]
    every = [scores([fall])[0] for fall in falls]
    some = scores(falls)
    assert min(some) == pytest.approx(min(every), rel=1e-6)
    assert len(some) <= len(falls) / 2 + 2


@pytest.mark.parametrize(("shape", "may"), [((20, 20, 5), True), ((112, 112, 36), False)])
def test_fewer_functions_than_nodes_do_not_interpolate(shape, may):
    """So few are left along the axes of the large grid, for which a fit once failed."""
    axes = tuple(torch.linspace(-1, 1, n).double() for n in shape)
    X = torch.cartesian_prod(*axes)
    samples, _ = canonical_samples(X, X[:, :1], torch.ones(len(X)).double())
    assert may_interpolate(samples, Grid(axes), LinearOptions(None, None, Clock())) is may
