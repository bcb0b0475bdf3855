"""Functions prepared for many predictions: the same values, and derivatives as before."""

import numpy as np
import torch

from skspectral.networks import Expansion, FittedFunction, FunctionUnits, StageWeights, prepared


def polynomial(rng, d=4, k=2):
    """A function with one stage of products of Legendre polynomials."""
    degrees = np.unique(rng.poisson(1.0, (60, d)), axis=0)
    none, nowhere = np.zeros((0, k)), np.zeros((0, d))
    affine, legendre = rng.standard_normal((1 + d, k)), rng.standard_normal((len(degrees), k))
    series = Expansion(affine, nowhere, none, none, degrees=degrees, legendre=legendre)
    units = FunctionUnits(np.zeros(d), np.ones(d), 2.0, np.ones(k), False)
    return FittedFunction(units, [StageWeights(3.0, vars(series))])


def test_values_are_the_same_also_beyond_the_rim(rng):
    function, t = polynomial(rng), torch.tensor(rng.uniform(-1.5, 1.5, (50, 4)))
    with torch.no_grad():
        expected = function(t)
        torch.testing.assert_close(prepared(function)(t), expected, rtol=1e-13, atol=1e-13)


def test_derivatives_are_still_taken(rng):
    function, t = prepared(polynomial(rng)), torch.tensor(rng.uniform(-1, 1, (5, 4)), requires_grad=True)
    step = 1e-6 * torch.eye(4, dtype=torch.float64)[0]
    slope = torch.autograd.grad(function(t)[:, 0].sum(), t)[0][:, 0]
    with torch.no_grad():
        change = (function(t + step) - function(t - step))[:, 0] / 2e-6
    torch.testing.assert_close(slope, change, rtol=1e-6, atol=1e-6)
