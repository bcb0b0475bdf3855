"""The functions of an axis: which nodes mirror each other, and the halves that do not see each other."""

import numpy as np
import pytest
import torch

from skspectral.linalg.axis_table import AxisTable, Half, mirrored


def table(nodes, steps=None):
    steps = np.arange(1.0, len(nodes)) if steps is None else steps
    between = torch.tensor((nodes[1:] + nodes[:-1]) / 2)
    return AxisTable(torch.tensor(nodes), between, torch.tensor(steps))


@pytest.mark.parametrize(("n", "few"), [(6, True), (25, False), (60, False)])
def test_few_symmetric_nodes_have_mirror_images(n, few):
    assert mirrored(table(np.ones((n, 1)), steps=np.ones(n - 1))) == few
    assert not mirrored(table(np.ones((n, 1))))


@pytest.mark.parametrize("n", [2, 5, 8])
def test_halves_are_orthonormal_and_add_up_to_all_lines(n, rng):
    lines = torch.tensor(rng.standard_normal((n, 3)))
    even, odd = Half(n, 1), Half(n, -1)
    back = even.unfolded(even.folded(lines)) + odd.unfolded(odd.folded(lines))
    torch.testing.assert_close(back, lines)
    square = sum(half.folded(lines).square().sum() for half in (even, odd))
    torch.testing.assert_close(square, lines.square().sum())
    assert Half(n, 0).unfolded(Half(n, 0).folded(lines)) is lines


def test_even_and_odd_functions_on_symmetric_nodes_are_two_parts():
    t = np.linspace(-1, 1, 7)
    (even, which), (odd, others) = table(np.stack([t, t**2, t**3, np.ones(7)], 1)).parts
    assert (even.sign, which.tolist()) == (1, [1, 3])
    assert (odd.sign, others.tolist()) == (-1, [0, 2])


def test_what_is_neither_even_nor_odd_leaves_one_part():
    t = np.linspace(-1, 1, 7)
    [(half, which)] = table(np.stack([t, t + t**2], 1)).parts
    assert (half.sign, which.tolist()) == (0, [0, 1])
