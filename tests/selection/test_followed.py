"""How far beyond the rows a stage is followed, by closed forms."""

import math

import pytest
import torch

from skspectral._backend.samples import Samples
from skspectral.networks import StageFunction
from skspectral.selection.fits import LinearFit, affine_part, linear_stage
from skspectral.selection.followed import beyond_of, growth_allowed, plane_of


def column(*values):
    return torch.tensor(values, dtype=torch.float64)[:, None]


@pytest.mark.parametrize(("error", "growth"), [(1.0, 2.0), (1e-4, 101.0), (1e-12, 1e6 + 1)])
def test_functions_may_grow_by_the_inverse_root_of_their_error(error, growth):
    assert math.exp(growth_allowed(error)) == pytest.approx(growth)


def test_an_error_of_zero_allows_as_much_as_rounding():
    assert growth_allowed(0.0) == growth_allowed(torch.finfo(torch.float64).eps)


def test_the_plane_of_values_is_their_weighted_least_squares():
    """Rows of weight zero do not count, and a plane is met."""
    t = torch.tensor([[-1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.5, -1.0], [0.3, 0.7]], dtype=torch.float64)
    values = 2 + t @ column(3.0, -1.0)
    weight = torch.tensor([1.0, 2, 1, 1, 0], dtype=torch.float64)
    wrong = values.clone()
    wrong[-1] = 100
    samples = Samples(t, wrong, weight / weight.sum())
    torch.testing.assert_close(plane_of(samples, wrong), column(2.0, 3.0, -1.0), rtol=0, atol=1e-13)


@pytest.mark.parametrize("error", [1e-12, 0.5])
def test_a_plane_goes_on_everywhere(error):
    """However large its error: nothing in it grows faster than itself."""
    plane = column(1.0, 2.0)
    fit = LinearFit(affine_part(plane), error, error, 2.0)
    parts = linear_stage(fit, 10)
    assert isinstance(parts.function, StageFunction)
    beyond = beyond_of(parts, error, plane)
    far = torch.tensor([[3.0]], dtype=torch.float64)
    near = far if beyond is None else beyond.near(far)
    values = parts.function.values(near, near)
    returned = values if beyond is None else beyond.returned(values, near, far)
    torch.testing.assert_close(returned, column(7.0), rtol=0, atol=1e-12)
