"""Training in a time that is too short for all rows, by a clock that counts rows."""

import pytest
import torch

from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork
from skspectral.solvers import Limits, Solution, StageData, Status
from skspectral.solvers.problem import Point
from skspectral.training.more_rows import train_on_some_rows

N = 100_000


class Worked(Clock):
    """Time passes with work alone."""

    def __init__(self, seconds):
        self.time = 0.0
        super().__init__(seconds, lambda: self.time)


def trained(seconds, ends_by_itself):
    """Rows of each round and what came of all; a step takes a microsecond for each row."""
    clock, sizes = Worked(seconds), []
    t = torch.linspace(-1, 1, N, dtype=torch.float64)[:, None]
    samples = Samples(t, t, torch.full((N,), 1 / N, dtype=torch.float64))
    network = DenseNetwork((1, 2), ("tanh",), (0,))
    data = StageData(samples, samples, network, lambda t: t)

    def train(data, theta, limits):
        step, steps = 1e-6 * data.samples.n, 0
        clock.time += step  # the start
        while limits.clock.left >= step and not (ends_by_itself and steps == 10):
            clock.time, steps = clock.time + step, steps + 1
        sizes.append((data.samples.n, data.validation.n, steps))
        point = Point(theta + 1, theta + 1, 0.0)
        return Solution(point, 0.0, steps, Status.CONVERGED, [])

    rounds = train_on_some_rows(train, data, torch.zeros(1), Limits(500, clock), torch.Generator())
    return sizes, rounds, clock


def test_rounds_have_ever_more_rows():
    sizes, rounds, clock = trained(2.0, ends_by_itself=True)
    assert [size for size, _, _ in sizes] == [1000, 4000, 16_000, 64_000]
    assert all(size == judges for size, judges, _ in sizes)
    assert rounds.in_time and clock.left >= 2 * 0.1
    assert rounds.n_iter == 40 and float(rounds.theta) == 4


@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3])
def test_what_has_no_time_is_not_begun(seconds):
    sizes, rounds, clock = trained(seconds, ends_by_itself=False)
    assert not rounds.in_time
    assert clock.time <= seconds + 1e-6 * sizes[-1][0]
    assert all(steps for _, _, steps in sizes[:-1])


def test_time_that_is_left_goes_to_the_rows_that_are_in_time():
    sizes, _, clock = trained(0.05, ends_by_itself=False)
    assert clock.left < 1e-6 * sizes[-1][0]
    assert sum(steps for _, _, steps in sizes) > 20
