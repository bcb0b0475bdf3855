"""Canonical samples: what should not matter, such as the order of rows, changes no bit of them."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from skspectral._backend.samples import canonical_samples

EPS = np.finfo(float).eps


def canonical(X, y, weight=None, units=None):
    weight = np.ones(len(X)) if weight is None else weight
    return canonical_samples(*(torch.tensor(np.asarray(a, float)) for a in (X, y, weight)), units)


def bits(samples):
    """All tensors that a fit works on."""
    return [tensor.numpy().tobytes() for tensor in (samples.t, samples.y, samples.weight)]


@pytest.fixture
def rows(rng):
    """Distinct rows in two dimensions, two outputs, weights of one to four."""
    return rng.standard_normal((40, 2)), rng.standard_normal((40, 2)), rng.integers(1, 5, 40)


@pytest.fixture
def crowded(rng):
    """Sixty rows on nine places: most conflict, some are equal altogether."""
    X = rng.integers(0, 3, (60, 2)).astype(float)
    y = rng.choice([0.1, 0.7, -1.3, 2.9], (60, 1)) + rng.choice([0.0, 1 / 3], (60, 1))
    return X, y, rng.integers(1, 5, 60)


@pytest.mark.parametrize("case", ["rows", "crowded"])
def test_order_of_rows_does_not_matter(case, request, rng):
    X, y, weight = request.getfixturevalue(case)
    order = rng.permutation(len(X))
    assert bits(canonical(X, y, weight)[0]) == bits(canonical(X[order], y[order], weight[order])[0])


@pytest.mark.parametrize("case", ["rows", "crowded"])
def test_weights_are_repeats(case, request, rng):
    X, y, weight = request.getfixturevalue(case)
    repeats = rng.permutation(np.repeat(np.arange(len(X)), weight))
    assert bits(canonical(X, y, weight)[0]) == bits(canonical(X[repeats], y[repeats])[0])


@pytest.mark.parametrize("case", ["rows", "crowded"])
def test_weight_zero_is_absence(case, request, rng):
    X, y, weight = request.getfixturevalue(case)
    kept = rng.random(len(X)) < 0.6
    samples, units = canonical(X, y, weight * kept)
    expected, expected_units = canonical(X[kept], y[kept], weight[kept])
    assert bits(samples) == bits(expected)
    assert torch.equal(units.inputs.center, expected_units.inputs.center)
    assert torch.equal(units.offset, expected_units.offset)


def test_rows_of_weight_zero_may_hold_anything_large(rows):
    X, y, weight = rows
    far = np.vstack([X, [[1e300, -1e300]]]), np.vstack([y, [[1e300, 1.0]]]), np.append(weight, 0)
    assert bits(canonical(*far)[0]) == bits(canonical(*rows)[0])


@pytest.mark.parametrize("factor", [2.0, 64.0, 2.0**-30])
def test_weights_count_relative_to_their_sum(rows, factor):
    X, y, weight = rows
    assert bits(canonical(X, y, weight)[0]) == bits(canonical(X, y, weight * factor)[0])


def test_rows_are_sorted_and_distinct(crowded):
    samples, _ = canonical(*crowded)
    rows = [tuple(row) for row in samples.t.tolist()]
    assert rows == sorted(set(rows))
    assert samples.n == len(np.unique(crowded[0], axis=0))


def test_conflicting_rows_become_their_weighted_mean(crowded):
    """Means in exact arithmetic; one rounding per row that is added."""
    X, y, weight = crowded
    samples, units = canonical(X, y, weight)
    places = np.unique(X, axis=0)
    groups = [(place == X).all(1) for place in places]
    exact = [mean(y[group, 0], weight[group]) for group in groups]
    found = (samples.y + units.offset)[:, 0] * units.unit
    np.testing.assert_allclose(found, exact, rtol=0, atol=20 * EPS * np.abs(y).max())
    counts = np.array([weight[group].sum() for group in groups])
    np.testing.assert_allclose(samples.weight, counts / weight.sum(), rtol=2 * EPS)


def mean(values, weights):
    total = sum(Fraction(v) * int(w) for v, w in zip(values, weights))
    return float(total / int(sum(weights)))


def test_agreeing_rows_keep_their_value_exactly():
    samples, units = canonical([[1.0]] * 7 + [[2.0]], [[0.1]] * 7 + [[0.3]], np.arange(1, 9) / 7)
    values = (samples.y + units.offset) * units.unit
    np.testing.assert_allclose(values[:, 0], [0.1, 0.3], rtol=0, atol=EPS)
    constant, units = canonical([[1.0]] * 7 + [[2.0]], [[0.1]] * 8, np.arange(1, 9) / 7)
    assert not constant.y.any()
    assert (units.offset * units.unit).item() == 0.1


@pytest.mark.parametrize("power", [-400, -3, 5, 400])
def test_powers_of_two_change_exponents_only(rows, power):
    X, y, weight = rows
    samples, units = canonical(X, y, weight)
    scaled, scaled_units = canonical(X * 2.0**power, y * 2.0**-power, weight)
    assert bits(scaled) == bits(samples)
    assert torch.equal(scaled_units.unit, units.unit * 2.0**-power)
    assert torch.equal(scaled_units.offset, units.offset)
    assert torch.equal(scaled_units.inputs.center, units.inputs.center * 2.0**power)
    assert torch.equal(scaled_units.inputs.halfwidth, units.inputs.halfwidth * 2.0**power)


@pytest.mark.parametrize("value", [0.0, 3.0, -1e-300, 1e300, 1e12 + 0.1])
def test_constant_columns_become_zero(rows, value):
    X, y, weight = rows
    X = X.copy()
    X[:, 0] = value
    samples, _ = canonical(X, y, weight)
    assert not samples.t[:, 0].any()
    assert samples.t[:, 1].abs().max() == pytest.approx(1, abs=4 * EPS)


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1.0, 1e200, 1.7e308])
def test_targets_of_any_size_are_restored(size):
    """Subnormal numbers are rounded to multiples of 5e-324, whatever their size."""
    X, y = np.arange(5.0)[:, None], size * np.array([[0.3, -1.0, 0.2, 0.9, -0.4]]).T
    samples, units = canonical(X, y)
    restored = (samples.y + units.offset) * units.unit
    np.testing.assert_allclose(restored, y, rtol=0, atol=4 * EPS * size + 1e-323)
    assert samples.y.abs().max() <= 2


@pytest.mark.parametrize("span", [1e-300, 1e-5, 1e200, 1.7e308])
def test_inputs_of_any_size_fill_the_box(span):
    X = span * np.array([[-1.0, 0.25, 1.0]]).T
    samples, units = canonical(X, np.zeros((3, 1)))
    np.testing.assert_array_equal(samples.t[:, 0], [-1, 0.25, 1])
    assert units.inputs.center.item() == 0


def test_inputs_on_one_side_do_not_overflow():
    """The sum of the ends, 2.5 * 2^1023, is larger than any double."""
    X = 2.0**1023 * np.array([[1.0, 1.125, 1.5]]).T
    samples, _ = canonical(X, np.zeros((3, 1)))
    np.testing.assert_array_equal(samples.t[:, 0], [-1, -0.5, 1])


def test_far_from_the_origin_the_differences_stay_exact():
    """Beside 1e12 doubles are 2^-13 apart: these rows are exact, and so are their differences."""
    X = 1e12 + np.arange(9.0)[:, None] / 8
    samples, _ = canonical(X, np.zeros((9, 1)))
    np.testing.assert_array_equal(samples.t[:, 0], np.linspace(-1, 1, 9))


def test_units_of_an_earlier_fit_are_kept(rows, rng):
    _, units = canonical(*rows)
    X, y = 5 * rng.standard_normal((10, 2)), 7 * rng.standard_normal((10, 2))
    samples, kept = canonical(X, y, units=units)
    order = np.lexsort(X.T[::-1])
    assert kept is units
    restored = samples.t * units.inputs.halfwidth + units.inputs.center
    np.testing.assert_allclose(restored, X[order], rtol=0, atol=8 * EPS * np.abs(X).max())
    restored = (samples.y + units.offset) * units.unit
    np.testing.assert_allclose(restored, y[order], rtol=0, atol=8 * EPS * np.abs(y).max())


def test_moments_are_weighted(rows):
    X, y, weight = rows
    samples, units = canonical(X, y, weight)
    share = samples.weight.numpy()
    assert share.sum() == pytest.approx(1, abs=40 * EPS)
    mean = np.average(y, axis=0, weights=weight)
    spread = np.sqrt(np.average(np.square(y - mean).sum(1), weights=weight))
    assert samples.rms() * units.unit.item() == pytest.approx(spread, rel=1e-14)
    assert samples.root_weight.square().mean().item() == pytest.approx(1, abs=40 * EPS)
    assert samples.rms(torch.ones(samples.n, 1)) == pytest.approx(1, abs=40 * EPS)


def test_part_of_the_rows_is_a_sample_of_its_own(rows):
    samples, _ = canonical(*rows)
    part = samples.take(torch.tensor([1, 5, 8]))
    assert (part.n, part.d, part.k) == (3, 2, 2)
    assert torch.equal(part.t, samples.t[[1, 5, 8]])
    assert part.weight.sum().item() == pytest.approx(1, abs=4 * EPS)
    ratio = part.weight / samples.weight[[1, 5, 8]]
    np.testing.assert_allclose(ratio, ratio[0].item(), rtol=4 * EPS)


def test_equal_weights_are_seen():
    X, y = np.arange(6.0)[:, None], np.zeros((6, 1))
    assert canonical(X, y)[0].equally_weighted
    assert not canonical(X, y, [1, 1, 1, 1, 1, 2])[0].equally_weighted
