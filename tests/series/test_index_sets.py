"""Balls of orders, and the widths that make amplitudes alike at their rim."""

import numpy as np
import torch

from skspectral.series.decay import Decay
from skspectral.series.index_sets import Terms, all_terms, even_axes, even_terms, measured_widths


def test_a_ball_has_every_function_up_to_a_length():
    terms = all_terms(np.array([6.0, 3.0]), 2)
    found = terms.ball(40)
    every = np.stack(np.meshgrid(np.arange(30), np.arange(30), indexing="ij"), -1).reshape(-1, 2)
    length = ((every / [6.0, 3.0]) ** 2).sum(1)
    within = every[length <= terms.lengths(found).max() ** 2 * (1 + 1e-12)]
    assert len(found) <= 40
    assert set(map(tuple, found)) == set(map(tuple, within))
    assert (np.diff(terms.lengths(found)) >= 0).all() and not found[0].any()


def test_terms_that_are_not_there_have_no_functions():
    terms = Terms(3, {(0,): np.array([5.0]), (0, 2): np.array([2.0, 2.0])})
    found = terms.ball(30)
    assert not found[:, 1].any() and ((found[:, 0] > 0) | ~found.any(1)).all()
    assert np.isinf(terms.lengths(np.array([[0, 1, 0]]))).all()


def test_even_widths_follow_the_decay_of_each_axis():
    """exp(-k/4 - l) falls four times as fast along the second axis."""
    terms = all_terms(np.array([12.0, 12.0]), 2)
    indices = terms.ball(150)
    sizes = np.exp(-indices[:, 0] / 4 - indices[:, 1])
    widths = even_axes(terms, indices, sizes).widths[(0,)], even_axes(terms, indices, sizes).widths[(1,)]
    assert 2.5 < widths[0][0] / widths[1][0] < 5


def test_a_term_without_amplitude_is_put_off():
    terms = all_terms(np.array([6.0, 6.0]), 2)
    indices = terms.ball(60)
    sizes = np.exp(-indices.sum(1).astype(float))
    sizes[indices.all(1)] = 1e-12  # no interaction
    even = even_terms(terms, indices, sizes, fall=6.0)
    grown = even.ball(30)
    assert grown.all(1).sum() <= 2 < 20 < (~grown.all(1)).sum()


def test_widths_are_measured_where_correlations_stand_above_chance(rng):
    box = torch.tensor(rng.standard_normal((60, 60, 1)) * 1e-2)
    assert measured_widths(box) is None
    box[37, 4] = 1.0
    box[3, 9] = 1.0
    assert measured_widths(box).tolist() == [38.0, 10.0]


def test_decay_goes_on_beyond_what_was_fitted():
    length = np.linspace(0, 2, 200)
    decay = Decay.of(length, np.exp(-10 * length), noise=0.0)
    assert abs(decay.fall - 5) < 0.5
    expected = decay.expected(np.array([1.0, 3.0]))
    np.testing.assert_allclose(np.log(expected), [-10, -30], atol=2)


def test_noise_is_no_amplitude(rng):
    length = np.linspace(0, 2, 400)
    square = np.exp(-20 * length) + 1e-6 * rng.standard_normal(400) ** 2
    decay = Decay.of(length, square, noise=1e-6)
    assert decay.expected(np.array([2.0]))[0] < 1e-9


def test_wider_along_one_axis():
    terms = all_terms(np.array([6.0, 2.0]), 2)
    wider = terms.wider(1, 3.0)
    ends = [one.ball(int(one.size)).max(0) for one in (terms, wider)]
    assert ends[0][0] == ends[1][0] and ends[1][1] == 3 * ends[0][1]
