"""Expansion of a neuron: against the neuron, Bessel functions, a transform, and full enumeration."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import factorial, jv

from skspectral.inspection import spectral_expansion

EPS = np.finfo(float).eps
WEIGHTS = [0.3, 2.0, -0.7, 0.05, 0.4]


def neuron(x, frequencies, weights, phases=0.0, bias=0.0):
    inputs = np.sin(2 * np.pi * (x @ np.transpose(frequencies)) + phases)
    return np.sin(inputs @ weights + bias)


def problem(rng, m, d):
    """Arguments of a neuron, with frequencies that are multiples of 1/3, and points."""
    frequencies = rng.integers(-6, 7, (m, d)) / 3
    arguments = {"phases": rng.uniform(-np.pi, np.pi, m), "bias": rng.normal()}
    return (frequencies, WEIGHTS[:m]), arguments, rng.uniform(-1, 1, (30, d))


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_expansion_is_the_neuron(m, d, rng):
    args, kwargs, x = problem(rng, m, d)
    expansion = spectral_expansion(*args, **kwargs)
    assert_allclose(expansion(x), neuron(x, *args, **kwargs), rtol=0, atol=1e-12)
    assert_allclose(expansion.merged()(x), neuron(x, *args, **kwargs), rtol=0, atol=1e-12)
    assert 0 <= expansion.tail <= 1e-13


@pytest.mark.parametrize("seed", range(3))
def test_random_weights_up_to_two(seed):
    rng = np.random.default_rng(seed)
    args = (rng.normal(size=(3, 2)), rng.uniform(0, 2, 3))
    x = rng.uniform(-1, 1, (30, 2))
    assert_allclose(spectral_expansion(*args)(x), neuron(x, *args), rtol=0, atol=1e-12)


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_coarse_tail_is_honored_with_fewer_terms(m, rng):
    args, kwargs, x = problem(rng, m, 2)
    fine, coarse = (spectral_expansion(*args, **kwargs, tail=tail) for tail in (1e-13, 1e-3))
    error = np.abs(coarse(x) - neuron(x, *args, **kwargs)).max()
    assert 1e-8 < error <= coarse.tail <= 1e-3
    assert len(coarse.index) < len(fine.index) / 2


@pytest.mark.parametrize("tail", [1e-2, 1e-6, 1e-30])
def test_what_is_left_out_is_known_and_small(tail):
    weights, orders = np.array([0.8, 1.7]), np.arange(-40, 41)
    expansion = spectral_expansion([[1.0], [np.pi]], weights, tail=tail)
    everything = np.abs(np.outer(*jv(orders, weights[:, None])))
    everything[tuple(expansion.index.T + 40)] = 0
    assert everything.sum() <= expansion.tail <= min(tail, everything.sum() * (1 + 1e-5))
    # The largest are kept: sizes that are told apart are 2^(1/64) apart per factor.
    assert everything.max() <= np.abs(expansion.amplitudes).min() * 2 ** (2 / 64)


@pytest.mark.parametrize("tail", np.logspace(-12, -2, 11))
def test_sizes_are_resolved_to_about_one_percent_for_each_input(tail):
    """No term left out is larger than the smallest kept one by more than 2^(1/64) for each factor."""
    weights, orders = np.array([0.8, 1.7, 1.1]), np.arange(-30, 31)
    expansion = spectral_expansion([[1.0], [np.pi], [np.e]], weights, tail=tail)
    left_out = np.abs(np.einsum("i,j,k->ijk", *jv(orders, weights[:, None])))
    left_out[tuple(expansion.index.T + 30)] = 0
    assert left_out.max() <= np.abs(expansion.amplitudes).min() * 2 ** (3 / 64)


def test_one_input_is_the_jacobi_anger_identity():
    expansion = spectral_expansion([[2.5]], [1.3], phases=[0.4], bias=0.7)
    k = expansion.index[:, 0]
    assert_array_equal(np.sort(k), np.arange(-len(k) // 2 + 1, len(k) // 2 + 1))
    assert_allclose(expansion.amplitudes, jv(k, 1.3), rtol=1e-13)
    assert_allclose(expansion.frequencies[:, 0], 2.5 * k, rtol=1e-15)
    assert_allclose(expansion.phases, 0.4 * k + 0.7, rtol=1e-14)
    assert np.all(np.diff(np.abs(expansion.amplitudes)) <= 0)


def test_terms_are_products_and_bounded_by_theorem_2(rng):
    args, kwargs, _ = problem(rng, 5, 2)
    expansion = spectral_expansion(*args, **kwargs, tail=1e-8)
    factors = jv(expansion.index, WEIGHTS)
    assert_allclose(expansion.amplitudes, factors.prod(axis=1), rtol=1e-12)
    k = np.abs(expansion.index)
    bounds = np.prod((np.abs(WEIGHTS) / 2) ** k / factorial(k), axis=1)
    assert_allclose(expansion.bounds, bounds, rtol=1e-12)
    assert np.all(np.abs(expansion.amplitudes) <= expansion.bounds)
    assert_allclose(expansion.frequencies, expansion.index @ args[0], rtol=0, atol=1e-13)
    assert_allclose(expansion.phases, expansion.index @ kwargs["phases"] + kwargs["bias"], atol=1e-13)


def test_terms_are_distinct_and_zero_weights_generate_nothing():
    expansion = spectral_expansion(np.eye(4), [0.3, 0.0, -0.7, 1.1])
    assert len(np.unique(expansion.index, axis=0)) == len(expansion.index)
    assert_array_equal(expansion.frequencies[:, 1], np.zeros(len(expansion.index)))


def test_weights_of_zero_leave_a_constant():
    expansion = spectral_expansion([[1.0], [2.0]], [0.0, 0.0], bias=0.5)
    assert_array_equal(expansion.index, [[0, 0]])
    assert_array_equal(expansion(np.ones((3, 1))), np.full(3, np.sin(0.5)))
    assert (expansion.tail, expansion.energy) == (0, 1)


@pytest.mark.parametrize("weight", [1e-12, 2.404825557695773, 40.0, 3000.0])
def test_tiny_special_and_large_weights(weight, rng):
    x = rng.uniform(-1, 1, (30, 1))
    expansion = spectral_expansion([[0.7]], [weight], bias=0.2)
    # The argument of the outer sine is rounded in proportion to the weight, by either side.
    values = neuron(x, [[0.7]], [weight], bias=0.2)
    assert_allclose(expansion(x), values, rtol=0, atol=1e-12 + 8 * EPS * weight)


def test_merged_waves_are_the_fourier_series(rng):
    n, t = 128, np.arange(128)[:, None] / 128
    args = ([[1.0], [3.0], [-4.0]], [0.9, 0.5, 0.7])
    kwargs = {"phases": rng.uniform(-1, 1, 3), "bias": 0.3}
    merged = spectral_expansion(*args, **kwargs).merged()
    coefficients = np.fft.rfft(neuron(t, *args, **kwargs), norm="forward")
    k = merged.frequencies[:, 0].astype(int)
    assert_array_equal(k, merged.frequencies[:, 0])
    within = (k > 0) & (k < n // 2)
    assert_allclose(merged.cosine[within], 2 * coefficients.real[k[within]], rtol=0, atol=1e-13)
    assert_allclose(merged.sine[within], -2 * coefficients.imag[k[within]], rtol=0, atol=1e-13)
    assert merged.cosine[k == 0] == pytest.approx(coefficients[0].real, abs=1e-14)
    assert merged.sine[k == 0] == 0
    assert_array_equal(np.unique(k), np.sort(k))


@pytest.mark.parametrize("d", [1, 2, 3])
def test_merging_finds_equal_frequencies_despite_rounding(d, rng):
    integers = rng.integers(-6, 7, (4, d))
    expansion = spectral_expansion(integers / 3, [0.3, 0.9, 0.5, 0.7], bias=0.1, tail=1e-6)
    exact = {max(tuple(f), tuple(-f)) for f in expansion.index @ integers}
    merged = expansion.merged()
    found = [tuple(f) for f in np.round(3 * merged.frequencies).astype(int)]
    assert len(found) == len(exact)
    assert set(found) == exact
    assert_allclose(3 * merged.frequencies, found, rtol=0, atol=1e-12)
    assert np.all(merged.amplitudes <= merged.bounds)
    assert np.all(np.diff(merged.amplitudes) <= 0)
    assert merged.tail == expansion.tail


def test_energy_of_all_terms_is_one(rng):
    args, kwargs, _ = problem(rng, 4, 2)
    assert spectral_expansion(*args, **kwargs).energy == pytest.approx(1, abs=1e-13)


def test_largest_terms_of_many_inputs(rng):
    weights = rng.normal(scale=0.3, size=60)
    expansion = spectral_expansion(rng.normal(size=(60, 2)), weights, tail=None, max_terms=2000)
    assert 1000 < len(expansion.index) <= 2000
    # Of those left out none is larger, here tested on all terms of at most two nonzero orders.
    least = np.abs(expansion.amplitudes).min()
    none, ratio = np.prod(jv(0, weights)), np.abs(jv(1, weights) / jv(0, weights))
    pairs = 4 * np.count_nonzero(np.triu(none * np.outer(ratio, ratio), 1) > 1.5 * least)
    kept = np.abs(expansion.index)
    found = np.count_nonzero((kept.sum(axis=1) == 2) & (kept.max(axis=1) == 1))
    assert 0 < pairs <= found
    total = np.prod([np.abs(jv(np.arange(-30, 31), weight)).sum() for weight in weights])
    assert expansion.tail == pytest.approx(total - np.abs(expansion.amplitudes).sum(), rel=1e-5)
    assert 0.1 < expansion.energy < 1


def test_inputs_are_copied():
    frequencies, weights = np.ones((2, 1)), np.array([0.5, 0.2])
    expansion = spectral_expansion(frequencies, weights)
    frequencies[:], weights[:] = 7, 7
    assert_array_equal(expansion.input_frequencies, np.ones((2, 1)))
    assert_array_equal(expansion.weights, [0.5, 0.2])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frequencies": [1.0, 2.0]}, r"frequencies must have shape \(m, d\), got \(2,\)"),
        ({"frequencies": [[1.0], [np.inf]]}, "frequencies contains infinity"),
        ({"weights": [1.0]}, r"weights must have shape \(2,\), one for each row .* got \(1,\)"),
        ({"weights": [1.0, np.nan]}, "weights contains NaN"),
        ({"phases": [[0.0, 0.0]]}, r"phases must have shape \(2,\), .* got \(1, 2\)"),
        ({"phases": [0.0, np.nan]}, "phases contains NaN"),
        ({"bias": np.nan}, "bias must be finite"),
        ({"tail": -1e-3}, "tail == -0.001, must be > 0"),
        ({"tail": 0.0}, "tail == 0.0, must be > 0"),
        ({"tail": np.nan}, "tail must be finite"),
        ({"max_terms": 0}, "max_terms == 0, must be >= 1"),
        ({"max_terms": 100}, "at least .* terms, max_terms is 100: raise tail or max_terms"),
        ({"weights": [1e9, 1.0]}, "weights up to 1e.09 take more than max_terms=1000000 terms"),
    ],
)
def test_bad_input_is_named(changes, message):
    arguments = {"frequencies": [[1.0], [2.0]], "weights": [0.5, 0.7], **changes}
    with pytest.raises(ValueError, match=message):
        spectral_expansion(arguments.pop("frequencies"), arguments.pop("weights"), **arguments)


def test_what_is_no_number_is_refused():
    with pytest.raises(TypeError, match="bias must be an instance of"):
        spectral_expansion([[1.0]], [0.5], bias="0")


@pytest.mark.parametrize("tail", [1e-13, None])
def test_too_many_terms_are_refused_before_they_are_made(tail):
    weights = np.full(400, 1.5)  # J_0 and J_1 are nearly equal: 2^400 terms of one size
    with pytest.raises(ValueError, match=r"raise .*max_terms"):
        spectral_expansion(np.ones((400, 1)), weights, tail=tail)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 2, 1)])
def test_points_of_another_shape_are_refused(shape):
    expansion = spectral_expansion([[1.0, 2.0]], [0.5])
    for evaluate in (expansion, expansion.merged()):
        with pytest.raises(ValueError, match=r"x must have shape \(n, 2\), got \(3"):
            evaluate(np.zeros(shape))
