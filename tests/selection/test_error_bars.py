"""What error bars keep of the rows."""

import torch

from skspectral.selection.error_bars import _distance, _kept
from skspectral.spectrum import N_PROBES, detect_grid


def test_of_many_nodes_some_are_kept_and_both_ends():
    t = torch.linspace(-1, 1, 40_000, dtype=torch.float64)[:, None]
    (nodes,) = _kept(t, detect_grid(t))
    assert len(nodes) < 2 * N_PROBES + 2
    assert (nodes[0], nodes[-1]) == (-1, 1)


def test_of_many_rows_some_are_kept():
    t = torch.rand(20_000, 8, dtype=torch.float64)
    (rows,) = _kept(t, None)
    assert len(rows) > 1
    assert rows.size < 4 * N_PROBES


def test_the_distance_to_a_grid_is_that_to_its_nearest_node():
    axes = torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([-1.0, 1.0])
    t = torch.cartesian_prod(*axes).double()
    places = torch.tensor([[0.25, 1.5], [-2.0, -1.0], [0.6, 0.0]], dtype=torch.float64)
    found = _distance(places, _kept(t, detect_grid(t)), True)
    torch.testing.assert_close(found, torch.cdist(places, t).amin(1))
