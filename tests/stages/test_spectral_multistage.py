"""What a stage of SpectralMultistageRegressor becomes: who is asked, a series or networks, and taken."""

from dataclasses import replace

import pytest
import torch

from clocks import stopped
from progresses import progress_of
from skspectral._backend.clock import Clock, OutOfTime
from skspectral.selection import GOOD_ENOUGH, StageFit
from skspectral.series import SolvedStage
from skspectral.solvers import Limits
from skspectral.stages import spectral_multistage
from skspectral.stages.spectral_multistage import SpectralPlan
from skspectral.training import Training
from stand_ins import LINEAR, ROWS, SERIES, START, stage, stand_ins


def plan(clock=None, **wish):
    wish = {"n_modes": (None,), "shape": None, "readout": "full", "hidden_input": "x", **wish}
    limits = Limits(10, clock or Clock())
    training = Training(None, limits, torch.Generator().manual_seed(0))
    return SpectralPlan(alpha=None, init="spectrum", training=training, **wish)


@pytest.fixture
def parts(monkeypatch):
    return stand_ins(monkeypatch, spectral_multistage)


def fitted(**wish):
    return plan(**wish).fit_stage(START.residual, START)


def test_a_network_that_beats_the_series_is_the_stage(parts):
    parts.network = stage(0.01)
    assert fitted() is parts.network
    assert parts.calls == ["series", "network"]


@pytest.mark.parametrize("network", [None, OutOfTime()], ids=["beaten", "no time"])
def test_the_series_stays_where_no_network_beats_it(parts, network):
    parts.network = network
    assert fitted() is SERIES


def test_no_network_is_trained_where_it_could_add_nothing(parts):
    parts.series = SolvedStage(SERIES, LINEAR, True)
    assert fitted() is SERIES
    assert parts.calls == ["series"]


@pytest.mark.parametrize("fewer", [stage(0.09), None, OutOfTime()], ids=["found", "none", "no time"])
def test_in_noise_a_few_units_may_take_the_place_of_the_series(parts, fewer):
    parts.series, parts.fewer = SolvedStage(SERIES, LINEAR, True, noise=True), fewer
    assert fitted() is (fewer if isinstance(fewer, StageFit) else SERIES)
    assert parts.calls == ["series", "fewer"]


def test_few_rows_do_not_ask_for_few_units(parts):
    parts.series = SolvedStage(SERIES, LINEAR, True, noise=True)
    few = progress_of(ROWS[:10], ROWS[:10, 0])
    assert plan().fit_stage(few.residual, few) is SERIES
    assert parts.calls == ["series"]


def test_no_modes_are_no_series(parts):
    parts.network = stage(0.5)
    assert fitted(n_modes=(0,)) is parts.network
    assert parts.calls == ["network"]


def test_the_number_of_modes_is_that_of_the_stage(parts):
    """The second has none, and so have all that follow."""
    fitted(n_modes=(3, 0))
    assert "series" in parts.calls
    parts.calls.clear()
    later = replace(START, n_before=5)
    plan(n_modes=(3, 0)).fit_stage(later.residual, later)
    assert "series" not in parts.calls


def test_without_layers_the_stage_is_linear(parts):
    assert fitted(shape=()).error == LINEAR.error
    assert parts.calls == ["linear"]


def test_layers_that_were_asked_for_have_to_be_better_beside_modes(parts):
    """A full readout holds the linear stage."""
    for error in (0.01, 0.5):
        parts.network = stage(error)
        assert fitted(shape=(4,)).error == min(error, LINEAR.error)


def test_layers_without_modes_stay_however_large_their_error(parts):
    parts.network = stage(0.9)
    assert fitted(shape=(4,), n_modes=(0,)) is parts.network


def test_a_linear_stage_stays_where_time_is_up_before_training(parts):
    assert fitted(shape=(4,), clock=stopped()).error == LINEAR.error
    assert "network" not in parts.calls


@pytest.mark.parametrize(("error", "trained"), [(0.5 * GOOD_ENOUGH, False), (2 * GOOD_ENOUGH, True)])
def test_a_network_on_modes_is_not_trained_where_their_sum_is_good_enough(parts, error, trained):
    """The sum is a network as it is drawn; what training takes of it may be eleven digits."""
    parts.network = stage(error)
    assert fitted(shape=(4,), readout="hidden", hidden_input="modes").error == error
    assert parts.calls.count("network") == (2 if trained else 1)
