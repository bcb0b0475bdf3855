"""Units chosen among many that were drawn: by what they explain, beside those that stay."""

import math

import numpy as np
import pytest
import torch

from skspectral import MultiGradeRegressor
from skspectral._backend.samples import Samples
from skspectral.datasets import make_tones
from skspectral.networks import DenseNetwork, first_layer
from skspectral.training.matching_pursuit import _pursue, choose_first_layer, choose_units
from skspectral.training.starts import FixedFeatures, Start

WAVES = [5.0, 19.0, 33.0, 47.0, 61.0, 75.0]


def samples(n=600):
    t = torch.tensor(np.random.default_rng(0).uniform(-1, 1, (n, 1)))
    y = sum(torch.sin(wave * t + wave) for wave in WAVES)
    return Samples(t, y, torch.full((n,), 1 / n, dtype=torch.float64))


def shallow(width, given=0, activation="sin"):
    network = DenseNetwork((1, width), (activation,), (0,))

    def draw(t, generator):
        layer = first_layer(network, t, 30.0, generator)
        layer[:, :given] = 7.0
        return layer.reshape(-1)

    none = torch.zeros(0, 1, dtype=torch.float64)
    return Start(network, FixedFeatures(none, False), draw, max_steepness=4.0, given=given)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def by_hand(units, left, count):
    """Orthogonal matching pursuit with a least-squares fit for each unit that could be next."""
    chosen = []
    for _ in range(count):
        errors = [
            np.linalg.norm(left - units[:, c] @ np.linalg.lstsq(units[:, c], left, rcond=None)[0])
            if unit not in chosen
            else math.inf
            for unit, c in ((unit, [*chosen, unit]) for unit in range(units.shape[1]))
        ]
        chosen.append(int(np.argmin(errors)))
    return chosen


@pytest.mark.parametrize("outputs", [1, 3])
def test_each_unit_is_the_one_that_lowers_the_error_most(outputs):
    rng = np.random.default_rng(outputs)
    units, left = rng.normal(size=(40, 25)), rng.normal(size=(40, outputs))
    expected = by_hand(units, left, 8)
    assert _pursue(torch.tensor(units), torch.tensor(left), 8) == expected


def test_more_units_than_are_independent_are_all_different():
    few = torch.tensor(np.random.default_rng(0).normal(size=(5, 12)))
    chosen = _pursue(few, few[:, :1].clone(), 12)
    assert sorted(chosen) == list(range(12))


@pytest.mark.parametrize("seed", [2, 4])
def test_a_layer_of_given_units_alone_is_trained(seed):
    """Modes that fill the layer leave no unit to choose anew."""
    X = np.random.default_rng(140 + seed).uniform(-1, 1, (300, 2))
    y = np.arctan(10 * (np.square(X).sum(1) - 0.5))
    model = MultiGradeRegressor(n_modes=12, hidden_layer_sizes=(12,), n_stages=1, random_state=seed)
    assert model.fit(X, y).heldout_error_ < 0.5


def test_there_is_a_unit_near_each_wave():
    start = shallow(24)
    chosen = choose_first_layer(start, samples(), seeded())
    drawn = 4 * start.draw(samples().t, seeded())  # of the same reach
    # waves that fit the interval are pi apart
    missed = [
        sum(bool((theta[:24].abs() - wave).abs().min() > 0.6) for wave in WAVES)
        for theta in (chosen, drawn)
    ]
    assert missed[0] == 0 < missed[1]


def test_what_is_kept_is_not_chosen_again():
    data, wave = samples(), 47.0
    pair = torch.tensor([[wave, wave], [0.0, math.pi / 2]], dtype=torch.float64)
    alone = choose_units(shallow(24), data, pair[:, :0], 6, seeded())[0].abs()
    beside = choose_units(shallow(24), data, pair, 6, seeded())[0].abs()
    assert (alone - wave).abs().min() < 1
    assert (beside - wave).abs().min() > 1


def test_given_units_stay_in_front():
    start = shallow(16, given=3)
    first = start.network.weights(choose_first_layer(start, samples(), seeded()))[0]
    assert (first[:, :3] == 7).all()
    assert not (first[:, 3:] == 7).any()


def test_very_wide_layers_are_as_drawn():
    first = choose_first_layer(shallow(2000), samples(), seeded()).view(2, -1)[0].abs()
    assert 29 < first.max() <= 30


@pytest.mark.parametrize(
    ("activation", "target"),
    [("relu", lambda t: torch.relu(t - 0.3)), ("tanh", lambda t: torch.tanh(90 * (t - 0.3)))],
)
def test_kinks_and_fronts_are_found(activation, target):
    data = samples()
    data = data.with_targets(target(data.t))
    none = torch.zeros(2, 0, dtype=torch.float64)
    weight, bias = choose_units(shallow(8, activation=activation), data, none, 2, seeded())
    assert (bias / weight + 0.3).abs().min() < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("setting", [1, 2, 4])
def test_twenty_tones_are_found_by_a_narrow_grade(setting):
    tones = make_tones(setting, n_samples=2000)
    model = MultiGradeRegressor(n_modes=0, n_stages=1, hidden_layer_sizes=(48,)).fit(tones.X, tones.y)
    error = np.linalg.norm(model.predict(tones.X_test) - tones.y_test) / np.linalg.norm(tones.y_test)
    assert error < 1e-10
