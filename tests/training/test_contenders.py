"""Who contends for training: every start, as often as it asks for, by the same draws in every run."""

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork, data_drawn_start
from skspectral.solvers import Limits
from skspectral.training.contenders import contenders_of, first_draws
from skspectral.training.starts import FixedFeatures, Start
from skspectral.training.train import Training


def rows_of(n, seed):
    t = 2 * torch.rand(n, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) - 1
    return Samples(t, torch.tanh(9 * t), torch.full((n,), 1 / n).double())


def training():
    return Training(None, Limits(500, Clock()), torch.Generator().manual_seed(0))


def start(gain, seeds=1):
    network = DenseNetwork((1, 3), ("tanh",), (0,))
    fixed = FixedFeatures(torch.zeros(0, 1, dtype=torch.float64), True)
    return Start(network, fixed, lambda t, g: data_drawn_start(network, t, gain, g), seeds)


def test_every_start_contends_as_often_as_it_asks_for():
    assert len(contenders_of(rows_of(100, 0), [start(3.0, seeds=2), start(9.0)], training())) == 3


@pytest.mark.parametrize("seeds", [2, 3])
def test_draws_are_the_same_in_every_run(seeds):
    first, second = (
        torch.stack([c.theta for c in contenders_of(rows_of(50, 0), [start(3.0, seeds=seeds)], training())])
        for _ in range(2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first[0], first[1])


def test_first_draws_are_one_of_each_start():
    contenders = contenders_of(rows_of(100, 0), [start(3.0, seeds=3), start(9.0, seeds=2)], training())
    assert [each.draw for each in contenders] == [0, 1, 2, 0, 1]
    assert first_draws(contenders) == [contenders[0], contenders[3]]
    assert len({each.key for each in contenders}) == 5
