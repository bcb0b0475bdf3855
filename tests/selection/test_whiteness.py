"""White noise passes at about the nominal rate, structure does not."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from skspectral.selection.whiteness import looks_white
from skspectral.spectrum import detect_grid


def tensor(values):
    return torch.tensor(np.asarray(values, float))


def line(n):
    return np.linspace(-1, 1, n)[:, None]


def plane(n):
    axis = np.linspace(-1, 1, n)
    return np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)


def white(residual, t):
    t = tensor(t)
    return looks_white(tensor(residual), t, detect_grid(t))


def scattered(n, d):
    """Rows in no order, the same in every run."""
    return np.random.default_rng(5).uniform(-1, 1, (n, d))


PLACES = {
    "line": line(400),
    "plane": plane(25),
    "scattered plane": scattered(500, 2),
    "scattered space": scattered(500, 3),
}
DRAWS = {
    "normal": lambda rng, n: rng.standard_normal((n, 1)),
    "uniform": lambda rng, n: rng.uniform(2, 3, (n, 1)),
    "three outputs": lambda rng, n: rng.standard_normal((n, 3)) * [1, 1e-9, 1e9],
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("t", PLACES.values(), ids=PLACES)
def test_white_noise_is_white(draw, t, rng):
    """At 3.5 deviations one in 2000 is refused; pairs of mutual neighbors, counted twice, make it
    one in 150 on scattered rows. Five refused of 150 have a chance below 1 in 200 even with three
    outputs."""
    accepted = [white(draw(rng, len(t)), t) for _ in range(150)]
    assert sum(accepted) > 145


STRUCTURE = {
    "tone": lambda t, noise: np.cos(9 * t[:, :1]),
    "tone in noise": lambda t, noise: np.cos(9 * t[:, :1]) + 0.7 * noise,
    "front": lambda t, noise: np.exp(-((t[:, :1] / 0.03) ** 2)) + 1e-3 * noise,
    "one output of two": lambda t, noise: np.hstack([noise, np.cos(9 * t[:, :1])]),
    "noise in one corner": lambda t, noise: noise * np.where(t[:, :1] > 0.8, 1, 1e-2),
}


@pytest.mark.parametrize("structure", STRUCTURE.values(), ids=STRUCTURE)
@pytest.mark.parametrize("t", PLACES.values(), ids=PLACES)
def test_structure_is_not_white(structure, t, rng):
    assert not white(structure(t, rng.standard_normal((len(t), 1))), t)


@pytest.mark.parametrize("correlation", [-0.5, 0.5])
def test_correlated_noise_is_not_white(correlation, rng):
    noise = lfilter([1], [1, -correlation], rng.standard_normal((400, 1)), axis=0)
    assert not white(noise, line(400))


@pytest.mark.parametrize("axis", [0, 1])
def test_correlation_along_either_axis_is_seen(axis, rng):
    noise = lfilter([1], [1, -0.5], rng.standard_normal((25, 25)), axis=axis)
    assert not white(noise.reshape(-1, 1), plane(25))


def test_few_rows_zeros_and_many_dimensions_tell_nothing(rng):
    assert not white(rng.standard_normal((19, 1)), line(19))
    assert not white(np.zeros((100, 1)), line(100))
    assert not white(rng.standard_normal((100, 1)), rng.random((100, 4)))


@pytest.mark.parametrize("factor", [2.0**-400, 2.0**200])
def test_size_does_not_matter(factor, rng):
    noise = rng.standard_normal((400, 1))
    assert white(noise, line(400)) and white(noise * factor, line(400))


def test_an_output_that_is_met_exactly_says_nothing(rng):
    noise = rng.standard_normal((400, 1))
    assert white(np.hstack([noise, 0 * noise]), line(400))
    assert not white(0 * noise, line(400))
