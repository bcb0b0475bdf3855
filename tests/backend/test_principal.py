"""Outputs that depend on each other: as many principal ones as they have directions, and back."""

import pytest
import torch

from skspectral._backend.principal import principal_turn, turned, turned_back

EPS = torch.finfo(torch.float64).eps


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(3)


def normal(draws, *shape):
    return torch.randn(*shape, dtype=torch.float64, generator=draws)


def turn_of(y):
    return principal_turn(y - y.mean(0), y.abs().amax(0))


def assert_orthonormal(turn):
    torch.testing.assert_close(turn @ turn.T, torch.eye(len(turn)).to(turn), rtol=0, atol=50 * EPS)


@pytest.mark.parametrize("n, rank, k", [(40, 3, 7), (30, 5, 200), (300, 20, 50), (30, 1, 2)])
def test_as_many_as_there_are_directions(draws, n, rank, k):
    y = normal(draws, n, rank) @ normal(draws, rank, k)
    turn = turn_of(y)
    assert turn.shape == (rank, k)
    assert_orthonormal(turn)


def test_lengths_and_outputs_come_back(draws):
    y = normal(draws, 50, 4) @ normal(draws, 4, 30)
    y = y - y.mean(0)
    turn = turn_of(y)
    torch.testing.assert_close(turned(y, turn).norm(), y.norm(), rtol=1e-14, atol=0)
    torch.testing.assert_close(turned_back(turned(y, turn), turn), y, rtol=0, atol=1e-14)


def test_small_outputs_keep_their_digits(draws):
    sizes = torch.logspace(-30, 0, 40, dtype=torch.float64)
    y = normal(draws, 60, 2) @ normal(draws, 2, 40).repeat_interleave(10, 1).view(2, 400)[:, :40] * sizes
    y = torch.cat([y, 1e-8 * y, 1e-8 * y + 1e-8], 1)
    turn = turn_of(y)
    centered = y - y.mean(0)
    back = turned_back(turned(centered, turn), turn)
    # Outputs up to a hundred times as large as others share directions with them.
    assert ((back - centered).abs().amax(0) < 3000 * EPS * y.abs().amax(0)).all()


@pytest.mark.parametrize("n, k", [(100, 8), (40, 8), (10, 1), (10, 6)])
def test_outputs_of_their_own_are_left_alone(draws, n, k):
    assert turn_of(normal(draws, n, k)) is None


def test_constant_outputs_are_not_counted(draws):
    y = torch.cat([normal(draws, 20, 1), torch.full((20, 5), 1 / 3, dtype=torch.float64)], 1)
    turn = turn_of(y)
    assert turn.shape == (1, 6)
    assert (turn[:, 1:] == 0).all()
    assert turn_of(y[:, 1:]) is None
