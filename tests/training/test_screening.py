"""Successive halving: who goes on, and when nobody does."""

import pytest
import torch

from clocks import Ticking
from skspectral._backend.clock import Clock
from skspectral._backend.samples import Samples
from skspectral.networks import DenseNetwork, data_drawn_start
from skspectral.solvers import Limits, Status
from skspectral.training.contenders import contenders_of
from skspectral.training.screening import Screening
from skspectral.training.starts import FixedFeatures, Start
from skspectral.training.train import Training

PLACES = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]


def rows_of(n, seed):
    t = 2 * torch.rand(n, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) - 1
    return Samples(t, torch.tanh(9 * t), torch.full((n,), 1 / n).double())


def training(clock=None):
    return Training(None, Limits(500, clock or Clock()), torch.Generator().manual_seed(0))


def start(gain, width=3, seeds=1):
    """Steep units see a front at once; flat ones need many steps."""
    network = DenseNetwork((1, width), ("tanh",), (0,))
    fixed = FixedFeatures(torch.zeros(0, 1, dtype=torch.float64), True)
    return Start(network, fixed, lambda t, g: data_drawn_start(network, t, gain, g), seeds)


def screened(starts, to_beat=float("inf"), clock=None):
    rows, how = rows_of(400, 0), training(clock)
    screening = Screening(rows, rows_of(80, 1), how, PLACES)
    return screening.winner(contenders_of(rows, starts, how), to_beat), screening


def test_a_single_start_is_not_trained_before_its_turn():
    winner, screening = screened([start(3.0)])
    assert winner is not None
    assert screening.n_iter == 0


def test_nobody_goes_on_without_starts():
    assert screened([])[0] is None


def test_the_winner_has_the_least_held_out_error():
    """A front of one unit: whoever has found it is at rounding, and the others are not looked at."""
    winner, screening = screened([start(3.0), start(9.0, seeds=2)])
    assert winner.error < 1e-6
    assert screening.n_iter > 0


def test_nobody_goes_on_who_is_far_from_the_error_to_beat():
    """A single flat unit cannot be both the front and the smooth part beside it."""
    rows, how = rows_of(400, 0), training()
    rough = rows.with_targets(torch.sin(40 * rows.t))
    screening = Screening(rough, None, how, PLACES)
    starts = [start(1.0, width=1, seeds=2)]
    assert screening.winner(contenders_of(rough, starts, how), 1e-3) is None


def test_a_deadline_ends_the_screening_with_what_there_is():
    winner, screening = screened([start(3.0), start(9.0)], clock=Ticking(4))
    assert winner is not None
    assert screening.status is Status.MAX_TIME


@pytest.mark.parametrize("cheap", [False, True])
def test_further_draws_are_screened_where_the_first_ones_win_a_digit_or_cost_little(monkeypatch, cheap):
    """Nets for a kink compete with an error far above theirs, and with one that is near theirs."""
    monkeypatch.setattr("skspectral.training.screening.affordable", lambda flops: cheap)

    def screened_beside(to_beat):
        rows, held_out = (rows.with_targets(rows.t.abs()) for rows in (rows_of(400, 0), rows_of(80, 1)))
        screening, starts = (
            Screening(rows, held_out, training(), PLACES),
            [start(1.0, seeds=3), start(2.0, seeds=3)],
        )
        return screening.winner(contenders_of(rows, starts, training()), to_beat), screening

    first, all_draws = screened_beside(1.0)
    again, few = screened_beside(2 * first.error)
    assert all_draws.pays
    assert few.pays == cheap
    assert again is not None
    assert cheap or few.n_iter <= all_draws.n_iter / 2


def test_the_last_one_goes_on_to_the_bound_while_each_round_halves_its_error():
    """Twice the steps gain little at a kink, and much at a front."""
    held_out, starts = rows_of(80, 1), [start(1.0, width=2, seeds=2)]
    front, kink = rows_of(400, 0), rows_of(400, 0).with_targets(rows_of(400, 0).t.abs())
    ends = []
    for rows, aside in ((front, held_out), (kink, held_out.with_targets(held_out.t.abs()))):
        first = Screening(rows, aside, training(), PLACES)
        drawn = first.winner(contenders_of(rows, starts, training()), float("inf"))
        screening = Screening(rows, aside, training(), PLACES)
        contenders = contenders_of(rows, starts, training())
        winner = screening.winner(contenders, float("inf"), drawn.error / 20)
        ends.append((winner, screening.n_iter))
    (of_front, _), (of_kink, steps) = ends
    assert of_front is not None
    assert of_kink is None
    assert steps < 200


@pytest.mark.parametrize("width", [2, 4])
def test_no_more_steps_are_taken_where_other_draws_contradict_the_best(width):
    """No row is on the flank of a jump: nets meet all rows, and each has its own flank between two."""
    t = torch.linspace(-1, 1, 101, dtype=torch.float64)[:, None]
    rows, aside = Samples(t, (t > 0.231).double(), torch.full((101,), 1 / 101).double()), torch.zeros(101)
    aside[1::8] = 1
    stay, left = rows.take(aside == 0), rows.take(aside == 1)
    screening = Screening(stay, left, training(), torch.linspace(-1, 1, 4001, dtype=torch.float64)[:, None])
    starts = [start(gain, width, seeds=3) for gain in (9.0, 18.0)]
    winner = screening.winner(contenders_of(stay, starts, training()), 0.5)
    assert winner.error < 1e-6
    assert not screening.pays
    assert screening.hidden(winner.key, screening.opinions.of(winner.start, winner.theta)) > 1e-3
