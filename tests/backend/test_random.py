"""Generators of our own: repeatable, independent of the global ones, which stay as they were."""

import numpy as np
import pytest
import torch

from skspectral._backend.random import own_generator


def numbers(random_state):
    return torch.randn(4, generator=own_generator(random_state)).tolist()


@pytest.mark.parametrize("seed", [0, 7, np.int64(7), 2**32 - 1])
def test_integers_repeat(seed):
    assert numbers(seed) == numbers(seed)


def test_seeds_differ():
    assert len({tuple(numbers(seed)) for seed in range(20)}) == 20


def test_a_random_state_is_advanced():
    state = np.random.RandomState(3)
    first, second = numbers(state), numbers(state)
    assert first != second
    assert first == numbers(np.random.RandomState(3))


def test_none_is_fresh_even_under_a_fixed_global_seed():
    before = np.random.get_state()
    np.random.seed(0)
    first = numbers(None)
    np.random.seed(0)
    second = numbers(None)
    np.random.set_state(before)
    assert first != second


@pytest.mark.parametrize("random_state", [0, None])
def test_global_generators_are_left_alone(random_state):
    ours, theirs = torch.get_rng_state(), np.random.get_state()[1].copy()
    numbers(random_state)
    assert torch.equal(torch.get_rng_state(), ours)
    np.testing.assert_array_equal(np.random.get_state()[1], theirs)
