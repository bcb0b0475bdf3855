"""Variances of sums of waves: a box of all of them is a table, contracted axis by axis."""

import pytest
import torch

from skspectral.networks.integrals import Box
from skspectral.networks.products import AxisWaves, ProductSum
from skspectral.networks.variances import _Pairs, variance_parts

SIDES = {2: (200, 200), 3: (34, 34, 34)}


def waves(sides, period):
    """Every wave of non-negative orders up to the sides, with amplitudes that fall."""
    d = len(sides)
    index = torch.cartesian_prod(*[torch.arange(n) for n in sides])
    draws = torch.randn(len(index), 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    amplitudes = torch.view_as_complex(draws) / (1 + index.double().square().sum(1, keepdim=True))
    axes = tuple(AxisWaves(torch.arange(n, dtype=torch.float64) / period) for n in sides)
    ends = torch.ones(d, dtype=torch.float64)
    return ProductSum(amplitudes, axes, index), Box(-ends, ends, 0 * ends)


@pytest.mark.parametrize("d", [2, 3])
def test_forty_thousand_waves_have_the_variances_of_parseval(d):
    """Over a whole period; by all pairs of them it took minutes."""
    found, box = waves(SIDES[d], 2.0)
    parts = variance_parts(None, [found], True, 40 * len(found.index), box, None, 1e-8)
    squares = found.coefficients.abs().square() / 2
    moves = found.index > 0
    alone = moves.sum(1) == 1
    first = torch.stack([squares[alone & moves[:, i]].sum(0) for i in range(d)])
    total = torch.stack([squares[moves[:, i]].sum(0) for i in range(d)])
    bound = 1e-10 * squares.sum(0)
    assert bool(((parts.variance - squares[1:].sum(0)).abs() < bound).all())
    assert bool(((parts.first - first).abs() < bound).all())
    assert bool(((parts.total - total).abs() < bound).all())


@pytest.mark.parametrize("sides", [(5, 4), (4, 3, 3)])
def test_the_table_has_the_parts_of_all_pairs(sides):
    """The box is not a whole period, so that no wave is orthogonal to any other."""
    found, box = waves(sides, 3.0)
    pairs = _Pairs.of([found], box)
    of_terms = torch.stack([mean[index] for mean, index in zip(pairs.means, pairs.index.T)])
    by_blocks = pairs._by_blocks(of_terms)
    by_table = pairs._by_table([len(mean) for mean in pairs.means])
    for one, other in zip(by_blocks, by_table):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
