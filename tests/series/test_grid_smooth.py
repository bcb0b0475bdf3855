"""Damped series of grids: as good as the Wiener filter that knows the spectrum and the noise."""

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import canonical_samples
from skspectral.linalg.cosine_transform import cosine_transform, inverse_cosine_transform
from skspectral.selection import LinearOptions
from skspectral.series.grid_fit import GridPlane
from skspectral.series.grid_smooth import fit_smooth, may_smooth
from skspectral.spectrum import Grid, folded_power


def rows_of(axes, y):
    X = torch.cartesian_prod(*axes).reshape(-1, len(axes))
    samples, units = canonical_samples(X, y.reshape(-1, 1), torch.ones(len(X)).double())
    return samples, units, Grid(tuple(torch.unique(column) for column in samples.t.T))


def filtered(values, damping):
    """Values whose cosines are damped."""
    d = values.ndim
    return inverse_cosine_transform(damping * cosine_transform(values, d), d)


def drawn(exponent, level):
    """What a fit to a draw of a power law is off by, and what a filter is that knows law and level.

    The level is that of noise, in units of the power at Nyquist.
    """
    shape, generator = (32, 32), torch.Generator().manual_seed(0)
    power = folded_power(shape, exponent, torch.zeros(1, dtype=torch.float64)).clone()
    power[0, 0] = 0  # no mean: a plane has it
    draw, noise = torch.randn(2, *shape, generator=generator, dtype=torch.float64)
    truth = inverse_cosine_transform(power.sqrt() * draw, 2)
    y = truth + level**0.5 * noise
    samples, units, grid = rows_of([torch.linspace(-1, 1, n).double() for n in shape], y)
    plane = GridPlane.fit(samples, [0])
    fit = fit_smooth(plane.rest(samples), grid, plane, Clock())
    values = (fit.candidate().expansion(samples.t) + units.offset) * units.unit

    def known(level):
        return float((filtered(y, power / (power + level)) - truth).norm())

    return float((values.reshape(shape) - truth).norm()), known


@pytest.mark.parametrize("exponent", [1.5, 2.5])
@pytest.mark.parametrize("level", [1e-1, 1e3, 1e5], ids=["fine", "some", "much"])
def test_a_field_in_noise_is_filtered_as_by_who_knows_its_spectrum(exponent, level):
    error, known = drawn(exponent, level)
    assert error < 1.1 * known(level)


def test_noise_may_be_far_less_than_the_finest_waves_and_far_more():
    """Without noise the least of levels is what is missed; 3e5 is more than the largest of them."""
    error, known = drawn(1.5, 0.0)
    assert error < 2 * known(1e-3)
    error, known = drawn(1.5, 3e5)
    assert error < 1.3 * known(3e5)


@pytest.mark.parametrize(("n", "power", "may"), [(20, 1.0, True), (20, 1.5, False), (8, 1.0, False)])
def test_even_grids_of_enough_nodes_are_smoothed(n, power, may):
    axis = torch.linspace(0, 1, n).double() ** power
    samples, _, grid = rows_of([axis, axis], torch.randn(n, n, dtype=torch.float64))
    assert may_smooth(samples, grid, LinearOptions()) is may


def test_no_field_is_smoothed_that_there_is_no_time_to_evaluate():
    axis = torch.linspace(-1, 1, 64).double()
    samples, _, grid = rows_of([axis, axis], torch.randn(64, 64, dtype=torch.float64))
    plane = GridPlane.fit(samples, [0])
    assert fit_smooth(plane.rest(samples), grid, plane, Clock(1e-3, lambda: 0.0)) is None
    assert fit_smooth(plane.rest(samples), grid, plane, Clock(1.0, lambda: 0.0)) is not None
