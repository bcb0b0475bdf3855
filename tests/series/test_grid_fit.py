"""Series on tensor grids as modes, and the plane beside them."""

import math

import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.selection import UNKNOWN
from skspectral.series.grid_fit import GridFit, GridPlane, axis_tables, grid_values, series_expansion
from skspectral.spectrum import (
    AxisPolynomials,
    AxisSeries,
    detect_grid,
    linear_series,
    mirrored_series,
)

ANY = torch.rand(50, 2, generator=torch.Generator().manual_seed(1)).double() * 2 - 1
AXIS = torch.linspace(-1, 1, 6).double()


def on_grid(y, *axes):
    t = torch.cartesian_prod(*axes).view(-1, len(axes))
    y = y(t) if callable(y) else y
    return Samples(t, y, torch.full((len(t),), 1 / len(t), dtype=torch.float64)), detect_grid(t)


@pytest.mark.parametrize(
    "rung",
    [
        (AxisSeries(2.3, 3, 0.2), mirrored_series(AXIS, 4)),
        (linear_series(), AxisSeries(2.3, 2)),
        (AxisSeries(2.0, 0), AxisSeries(2.0, 0)),
        (AxisPolynomials(3), AxisPolynomials(0)),
    ],
    ids=["waves and cosines", "a straight line", "a constant", "polynomials"],
)
def test_modes_have_the_values_of_the_products_of_the_axes(rung):
    shape = [series.n_functions for series in rung]
    coefficients = torch.randn(*shape, 2, generator=torch.Generator().manual_seed(2)).double()
    tables = (series.matrix(column) for series, column in zip(rung, ANY.T, strict=True))
    expected = torch.einsum("na,nb,abk->nk", *tables, coefficients)
    torch.testing.assert_close(series_expansion(rung, coefficients)(ANY), expected, rtol=1e-9, atol=1e-9)


def test_a_plane_has_no_slope_that_it_was_not_asked_for():
    samples, _ = on_grid(lambda t: 2 + 3 * t[:, :1] - t[:, 1:], AXIS, AXIS)
    torch.testing.assert_close(GridPlane.fit(samples, [0, 1, 2]).affine[:, 0], ANY.new_tensor([2, 3, -1]))
    part = GridPlane.fit(samples, [0, 2])
    torch.testing.assert_close(part.affine[:, 0], ANY.new_tensor([2, 0, -1]))
    torch.testing.assert_close(part.rest(samples).y, 3 * samples.t[:, :1])
    assert not GridPlane.fit(samples, []).affine.any()


def test_a_line_of_a_grid_does_not_determine_the_slope_across():
    samples, _ = on_grid(lambda t: 2 + 3 * t[:, :1] - t[:, 1:], AXIS, AXIS)
    line = samples.take(samples.t[:, 0] == 1)
    plane = GridPlane.fit(samples, [0, 1, 2]).refit(line, detect_grid(line.t))
    assert plane.used == [0, 2]
    torch.testing.assert_close(plane.affine[:, 0], ANY.new_tensor([5, 0, -1]))


def test_a_plane_in_noise_is_said_to_be_missed_by_as_much_as_it_is():
    """Of a thousand outputs with noise of one, on nine nodes: 1 + 3 / 9 of the variance at a new row."""
    nodes = AXIS[:3]
    noise = torch.randn(9, 1000, generator=torch.Generator().manual_seed(3)).double()
    samples, _ = on_grid(noise, nodes, nodes)
    found = GridPlane.fit(samples, [0, 1, 2]).alone(samples)
    assert found.score**2 == pytest.approx(1000 * (1 + 3 / 9), rel=5 * math.sqrt(2 / 6 / 1000))


def test_four_corners_say_little_about_a_plane():
    samples, _ = on_grid(lambda t: 2 + 3 * t[:, :1] - t[:, 1:], AXIS[[0, 5]], AXIS[[0, 5]])
    found = GridPlane.fit(samples, [0, 1, 2]).alone(samples)
    assert found.score == pytest.approx(UNKNOWN * samples.rms())
    torch.testing.assert_close(found.candidate().expansion(ANY)[:, 0], 2 + 3 * ANY[:, 0] - ANY[:, 1])


def test_only_what_has_a_period_of_the_data_goes_on():
    samples, _ = on_grid(lambda t: torch.sin(t[:, :1]) + 0 * t[:, 1:], AXIS, AXIS)
    plane = GridPlane.fit(samples, [])
    found = plane.alone(samples)
    rung = (AxisSeries(2.4, 0), AxisSeries(4.0, 0))
    assert GridFit(rung, found.fit, plane).candidate().goes_on == (True, False)


def test_functions_of_an_axis_are_known_halfway_between_its_nodes():
    _, grid = on_grid(lambda t: t, torch.tensor([-1.0, 0.5, 1.0]).double())
    (table,) = axis_tables((AxisPolynomials(1),), grid)
    torch.testing.assert_close(table.nodes[:, 1], ANY.new_tensor([-1, 0.5, 1]))
    torch.testing.assert_close(table.between[:, 1], ANY.new_tensor([-0.25, 0.75]))
    torch.testing.assert_close(table.steps, ANY.new_tensor([1.5, 0.5]))


def test_weights_of_rows_count_on_a_line():
    samples, grid = on_grid(lambda t: t, AXIS)
    heavier = Samples(samples.t, samples.y, torch.tensor([3.0, 1, 1, 1, 1, 1]).double() / 8)
    torch.testing.assert_close(grid_values(samples, grid), samples.y)
    expected = samples.y * heavier.root_weight
    torch.testing.assert_close(grid_values(heavier, grid), expected)
