"""Lattices against all integer vectors, sieved one by one."""

from itertools import product

import numpy as np
import pytest

from skspectral.spectrum import count_modes, lattice

CASES = [(1, 7, 1), (2, 1, 2), (2, 1.5, 2), (2, 5, 1), (2, 5, 2), (3, 3, 3), (3, 3, 2), (5, 2, 2)]


def sieve(d, radius, order):
    """Non-zero integer vectors of the ball with at most `order` non-zero entries, both signs."""
    reach = range(-int(radius), int(radius) + 1)
    return {
        k
        for k in product(reach, repeat=d)
        if 0 < sum(x * x for x in k) <= radius**2 and np.count_nonzero(k) <= order
    }


def rows(table):
    return [tuple(row) for row in table.tolist()]


@pytest.mark.parametrize(("d", "radius", "order"), CASES)
def test_lattice_is_half_of_all_vectors(d, radius, order):
    half = rows(lattice(d, radius, order))
    other = [tuple(-x for x in k) for k in half]
    assert len(set(half)) == len(half)
    assert not set(half) & set(other)
    assert set(half) | set(other) == sieve(d, radius, order)


@pytest.mark.parametrize(("d", "radius", "order"), CASES)
def test_first_entry_that_is_not_zero_is_positive(d, radius, order):
    table = lattice(d, radius, order)
    first = table[np.arange(len(table)), (table != 0).argmax(1)]
    assert (first > 0).all()


@pytest.mark.parametrize(("d", "radius", "order"), CASES)
def test_lattice_is_sorted_by_length(d, radius, order):
    assert (np.diff(np.square(lattice(d, radius, order)).sum(1)) >= 0).all()


@pytest.mark.parametrize(("d", "radius", "order"), [*CASES, (10, 2, 3), (6, 4, 3)])
def test_modes_are_counted_without_making_them(d, radius, order):
    assert count_modes(d, radius, order) == len(lattice(d, radius, order))


def test_counts_in_closed_form():
    """Half the axes' ends; half of Gauss's circle of 81 points about radius 5; 20 axes at most."""
    assert count_modes(20, 1, 3) == 20
    assert count_modes(2, 5, 2) == 40
    assert count_modes(1, 17, 1) == 17


def test_a_ball_below_one_is_empty():
    assert lattice(3, 0.9, 3).shape == (0, 3)
    assert count_modes(3, 0.9, 3) == 0
