"""What a stage of TunerRegressor becomes: input frequencies, bounds, the solver, and what is taken."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from clocks import stopped
from progresses import progress_of
from skspectral._backend.clock import Clock, OutOfTime
from skspectral.selection import SETTLED
from skspectral.series import SolvedStage
from skspectral.solvers import LBFGS, Adam, Limits
from skspectral.stages import tuner
from skspectral.stages.tuner import PERIOD, TunerPlan
from skspectral.training import Training
from stand_ins import LINEAR, SERIES, START, stage, stand_ins

NYQUIST = 99 / 4  # of the rows, in cycles per unit of t


def plan(clock=None, solver=None, **wish):
    defaults = {"n_modes": (None,), "shape": (6,), "bandlimit": None, "bounds": (1.0, 0.5)}
    training = Training(solver, Limits(10, clock or Clock()), torch.Generator().manual_seed(0))
    others = {"alpha": None, "halfwidth": np.ones(1), "learned": False, "low_fraction": 0.4}
    return TunerPlan(training=training, **(others | defaults | wish))


@pytest.fixture
def parts(monkeypatch):
    return stand_ins(monkeypatch, tuner)


def fitted(start=START, **wish):
    return plan(**wish).fit_stage(start.residual, start)


def networks(parts):
    """Those that were to be trained."""
    return [start.network for start in parts.asked["network"][2]]


def test_the_series_stays_where_no_network_beats_it(parts):
    for network in (None, OutOfTime()):
        parts.network = network
        assert fitted(shape=None) is SERIES
    parts.network = stage(0.01)
    assert fitted(shape=None) is parts.network


def test_no_network_is_trained_where_it_could_add_nothing(parts):
    parts.series = SolvedStage(SERIES, LINEAR, True)
    assert fitted(shape=None) is SERIES
    assert parts.calls == ["series"]


def test_networks_of_our_choice_have_one_layer(parts):
    fitted(shape=None)
    assert {len(network.hidden) for network in networks(parts)} == {1}


@pytest.mark.parametrize(("error", "trained"), [(0.5 * SETTLED, False), (2 * SETTLED, True)])
def test_layers_are_not_trained_beside_a_series_of_ten_digits(parts, error, trained):
    parts.linear, parts.network = replace(LINEAR, error=error), stage(1.0)
    assert fitted().error == error
    assert ("network" in parts.calls) is trained


def test_a_number_of_modes_leaves_no_choice_of_a_series(parts):
    parts.network = stage(0.9)
    assert fitted(n_modes=(5,)) is parts.network
    assert parts.calls == ["network"]
    assert len(networks(parts)[0].frequencies) == 5


def test_a_series_stays_where_time_is_up_before_training(parts):
    assert fitted(clock=stopped()).error == LINEAR.error
    assert parts.calls == ["linear"]


def test_without_layers_the_stage_is_the_series(parts):
    assert fitted(shape=(), n_modes=(5,)).error == LINEAR.error
    assert parts.calls == ["linear"]


def test_input_frequencies_are_harmonics_within_a_third_of_what_rows_hold(parts):
    fitted(n_modes=(20,))
    (network,) = networks(parts)
    harmonics = network.frequencies * 2 * PERIOD
    torch.testing.assert_close(harmonics, harmonics.round())
    assert float(network.frequencies.abs().max()) <= NYQUIST / 3
    assert len(torch.unique(harmonics.abs())) == 20


def test_a_third_is_left_for_more_where_more_are_asked_for(parts):
    fitted(n_modes=(40,))
    (network,) = networks(parts)
    assert len(torch.unique(network.frequencies.abs())) == 40
    assert NYQUIST / 3 < float(network.frequencies.abs().max()) < NYQUIST


def test_a_band_limit_is_in_cycles_per_unit_of_the_inputs(parts):
    fitted(n_modes=(5,), bandlimit=0.5, halfwidth=np.array([4.0]))
    (network,) = networks(parts)
    assert 1.5 < float(network.frequencies.abs().max()) <= 0.5 * 4


def test_a_band_limit_above_what_rows_hold_is_said_once(parts):
    with pytest.warns(UserWarning, match="above the Nyquist frequency of these rows: 24.75"):
        fitted(n_modes=(5,), bandlimit=30.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(replace(START, n_before=1), n_modes=(5,), bandlimit=30.0)
        fitted(n_modes=(5,), bandlimit=24.0)


def test_no_modes_are_frequencies_on_no_lattice_as_many_as_units(parts):
    fitted(n_modes=(0,))
    (network,) = networks(parts)
    harmonics = network.frequencies * 2 * PERIOD
    assert len(harmonics) == 6
    assert float((harmonics - harmonics.round()).abs().max()) > 1e-3


def test_weights_on_high_frequencies_have_a_bound_of_their_own(parts):
    fitted(n_modes=(20,))
    (network,) = networks(parts)
    size = network.frequencies.abs().amax(1)
    low, high = size[network.bounds == 1.0], size[network.bounds == 0.5]
    assert (len(low), len(high)) == (8, 12)
    assert float(low.max()) < float(high.min())
    fitted(n_modes=(20,), bounds=None)
    assert networks(parts)[0].bounds is None


@pytest.mark.parametrize(("dear", "solver"), [(False, None), (True, Adam)])
def test_batches_are_for_layers_whose_second_order_steps_are_dear(parts, dear, solver, monkeypatch):
    monkeypatch.setattr(tuner, "affordable", lambda flops: not dear)
    fitted(n_modes=(5,))
    training = parts.asked["network"][3]
    assert training.solver is None if solver is None else isinstance(training.solver, solver)
    assert (training.last_share > 0) is dear


def test_a_solver_of_the_user_is_the_one(parts, monkeypatch):
    monkeypatch.setattr(tuner, "affordable", lambda flops: False)
    fitted(n_modes=(5,), solver=(asked := LBFGS()))
    assert parts.asked["network"][3].solver is asked


def test_cells_are_for_rough_fields_alone(parts, monkeypatch):
    """As large as steps of the rows are; what is smooth is to be met where it is."""
    monkeypatch.setattr(tuner, "affordable", lambda flops: False)
    axis = np.linspace(-1, 1, 24)
    X = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)
    wave = np.hypot(*np.meshgrid(*[np.fft.fftfreq(48)] * 2))
    wave[0, 0] = 1
    noise = np.fft.fft2(np.random.default_rng(6).standard_normal((48, 48)))
    rough = np.fft.ifft2(noise / wave**1.4).real[:24, :24].ravel()
    wish = {"n_modes": (8,), "halfwidth": np.ones(2)}
    fitted(progress_of(X, rough / rough.std()), **wish)
    cell = parts.asked["network"][3].cell
    torch.testing.assert_close(cell, torch.tensor([2 / 23, 2 / 23], dtype=torch.float64))
    fitted(progress_of(X, np.exp(X[:, 0])), **wish)
    assert parts.asked["network"][3].cell is None
