"""Expansion of a sine of sines into waves: their frequencies, amplitudes and bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from .bessel_terms import Factor, list_terms, log_bound, make_factor, octaves_for, tally
from .merged import MergedSpectrum, merge, sum_of_sines
from .samples import check_values


@dataclass(frozen=True, eq=False)
class SpectralExpansion:
    """A hidden neuron as a sum of waves, a sin(2 pi <f, x> + p), the largest first.

    Use :func:`spectral_expansion` to make one.

    Parameters
    ----------
    index : ndarray of shape (n_terms, m)
        The integers k of each term, one per input of the neuron.
    frequencies : ndarray of shape (n_terms, d)
        Generated frequencies, sum_j k_j omega_j, in cycles per unit of x. Several terms may have
        the same one; see :meth:`merged`.
    amplitudes : ndarray of shape (n_terms,)
        prod_j J_{k_j}(W_j), with their signs.
    phases : ndarray of shape (n_terms,)
        sum_j k_j phi_j + b, in radians.
    bounds : ndarray of shape (n_terms,)
        Theorem 2's bounds on the absolute amplitudes, prod_j (abs(W_j) / 2)^abs(k_j) / abs(k_j)!.
    tail : float
        Bound on the sum of the absolute amplitudes of all terms left out, and so on the error at
        any point. It is computed from the sizes of these terms, not as a difference.
    input_frequencies : ndarray of shape (m, d)
        The neuron's input frequencies, in cycles per unit of x.
    weights : ndarray of shape (m,)
        The neuron's weights.

    See Also
    --------
    spectral_expansion : Expand a neuron.
    ExpansionDisplay : Draw expansions.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import spectral_expansion
    >>> waves = spectral_expansion([[1.0]], [0.5])
    >>> x = np.array([[0.1], [0.7]])
    >>> bool(np.allclose(waves(x), np.sin(0.5 * np.sin(2 * np.pi * x[:, 0])), atol=1e-12))
    True
    """

    index: np.ndarray
    frequencies: np.ndarray
    amplitudes: np.ndarray
    phases: np.ndarray
    bounds: np.ndarray
    tail: float
    input_frequencies: np.ndarray
    weights: np.ndarray

    @property
    def energy(self) -> float:
        """Sum of the squared amplitudes: that of all terms is 1, whatever the weights.

        Examples
        --------
        >>> from skspectral.inspection import spectral_expansion
        >>> print(round(spectral_expansion([[1.0], [7.0]], [0.5, 0.3]).energy, 12))
        1.0
        """
        return float(np.sum(self.amplitudes**2))

    def __call__(self, x: ArrayLike) -> np.ndarray:
        """Evaluate the truncated sum.

        Parameters
        ----------
        x : array-like of shape (n, d)
            Points.

        Returns
        -------
        values : ndarray of shape (n,)
            The neuron's values, up to `tail` and rounding.

        Raises
        ------
        ValueError
            If x is not finite or not of this shape.
        """
        return sum_of_sines(x, self.frequencies, self.amplitudes, self.phases)

    def merged(self) -> MergedSpectrum:
        """Add up the terms whose frequencies are equal up to sign.

        Equal means up to rounding: input frequencies such as 1/3 and 2/3 are not multiples of each
        other to the last digit.

        Returns
        -------
        spectrum : MergedSpectrum
            Distinct frequencies, with the coefficients of their cosines and sines.

        Examples
        --------
        >>> from skspectral.inspection import spectral_expansion
        >>> waves = spectral_expansion([[1 / 3], [2 / 3]], [0.5, 0.3], tail=1e-3).merged()
        >>> print(3 * waves.frequencies[:3].ravel())
        [1. 2. 3.]
        """
        sizes = np.abs(self.index) @ np.abs(self.input_frequencies)
        # Rounding of the inputs, and of sums over m products.
        tolerance = (len(self.weights) + 4) * np.finfo(np.float64).eps * sizes.max(axis=0)
        return merge(self.frequencies, self.amplitudes, self.phases, self.bounds, tolerance, self.tail)


def spectral_expansion(
    frequencies: ArrayLike,
    weights: ArrayLike,
    *,
    phases: ArrayLike | None = None,
    bias: float = 0.0,
    tail: float | None = 1e-13,
    max_terms: int = 1_000_000,
) -> SpectralExpansion:
    """Expand a sine of sines into waves.

    The neuron of a second sine layer, over inputs of frequencies omega_j, is [1]_ (Theorem 1)::

        sin(sum_j W_j sin(2 pi <omega_j, x> + phi_j) + b)
            = sum_k prod_j J_{k_j}(W_j) sin(2 pi <f_k, x> + <k, phi> + b),   f_k = sum_j k_j omega_j

    over all integer vectors k, with J the Bessel functions of the first kind. Its amplitudes are at
    most prod_j (abs(W_j) / 2)^abs(k_j) / abs(k_j)! (Theorem 2): small weights keep the frequencies
    near those of the inputs. The terms up to a size are kept, that size such that the absolute
    amplitudes of all others add up to no more than `tail`.

    Parameters
    ----------
    frequencies : array-like of shape (m, d)
        Input frequencies omega, in cycles per unit of x, like the frequencies of `stages_`.
    weights : array-like of shape (m,)
        The neuron's weights, times any factor before the outer sine; a column of a layer's matrix.
    phases : array-like of shape (m,), default=None
        Phases phi of the inputs, in radians; zeros by default. A cosine has pi / 2.
    bias : float, default=0.0
        The neuron's bias b, times any factor before the outer sine.
    tail : float or None, default=1e-13
        Largest sum of absolute amplitudes left out. None keeps the largest terms, as many as
        `max_terms` allows; the result's `tail` is a bound on what that leaves out. Sizes are resolved
        to about 1 % for each input, and terms of one size are kept or left out together.
    max_terms : int, default=1_000_000
        More terms than this are refused before memory is taken: some 24 m + 8 d + 32 bytes each.

    Returns
    -------
    expansion : SpectralExpansion
        The terms, the largest first.

    Raises
    ------
    ValueError
        If the shapes do not match, a value is not finite, `tail` is not positive, or more than
        `max_terms` terms are needed. Their number grows like a power of the accuracy with one more
        input each: at weights of 1 and the default tail, five inputs have 1.6 million.
    TypeError
        If `bias`, `tail` or `max_terms` is not a number.

    See Also
    --------
    SpectralExpansion : The result.
    ExpansionDisplay : Draw expansions.

    References
    ----------
    .. [1] Novello, T., Aldana, D., Araujo, A. and Velho, L. (2024). Tuning the Frequencies: Robust
       Training for Sinusoidal Neural Networks. arXiv:2407.21121.

    Examples
    --------
    >>> import numpy as np
    >>> from skspectral.inspection import spectral_expansion
    >>> expansion = spectral_expansion([[1.0], [4.0]], [0.5, 1.0], bias=0.3)
    >>> x = np.linspace(0, 1, 7)[:, None]
    >>> neuron = np.sin(0.5 * np.sin(2 * np.pi * x[:, 0]) + np.sin(8 * np.pi * x[:, 0]) + 0.3)
    >>> bool(np.all(np.abs(expansion(x) - neuron) < 1e-13 + 1e-14))
    True
    >>> print(expansion.merged().frequencies[:6, 0])  # the inputs, what the bias makes, combinations
    [4. 1. 0. 8. 3. 5.]
    """
    omega, weight, phi = _check_inputs(frequencies, weights, phases)
    bias = _check_finite(bias, "bias")
    tail = None if tail is None else _check_finite(tail, "tail", min_val=0, include_boundaries="neither")
    largest_index = np.iinfo(np.int32).max  # lists of terms are indexed by 32-bit integers
    check_scalar(max_terms, "max_terms", Integral, min_val=1, max_val=largest_index)
    factors, level, left_out = _truncate(weight, tail, max_terms)
    index, amplitudes = list_terms(factors, level)
    order = np.argsort(-np.abs(amplitudes), kind="stable")
    index, amplitudes = index[order], amplitudes[order]
    return SpectralExpansion(
        index=index,
        frequencies=index @ omega,
        amplitudes=amplitudes,
        phases=index @ phi + bias,
        bounds=_theorem_2(index, weight),
        tail=left_out,
        input_frequencies=omega,
        weights=weight,
    )


def _truncate(weights: np.ndarray, tail: float | None, max_terms: int) -> tuple[list[Factor], int, float]:
    """Factors, the largest cost of a term that is kept, and the sum of what is left out."""
    # About as many orders as the weight have Bessel functions of equal size: too many to tabulate.
    if np.abs(weights).max() > max_terms:
        raise ValueError(f"weights up to {np.abs(weights).max():g} take more than {max_terms=} terms")
    octaves = octaves_for(np.finfo(np.float64).eps if tail is None else tail, max_terms)
    factors = [make_factor(weight, octaves) for weight in weights.tolist()]
    counts, shares = tally(factors, octaves)
    left_out = shares * math.prod(factor.total for factor in factors)
    if tail is None:
        level = int(np.count_nonzero(counts <= max_terms)) - 1
    else:
        level = int(np.count_nonzero(left_out > tail))
    if level < 0 or level == len(counts) or counts[level] > max_terms:
        raise ValueError(_too_many(counts, level, tail, max_terms))
    return factors, level, float(left_out[level])


def _too_many(counts: np.ndarray, level: int, tail: float | None, max_terms: int) -> str:
    needed = counts[min(max(level, 0), len(counts) - 1)]
    if tail is None:
        return f"{needed:.3g} terms are of the largest size, max_terms is {max_terms}: raise max_terms"
    return (
        f"a tail of {tail:g} takes at least {needed:.3g} terms, max_terms is {max_terms}: raise tail "
        "or max_terms, or keep the largest terms alone with tail=None"
    )


def _theorem_2(
    index: np.ndarray,  # shape: (terms, m)
    weights: np.ndarray,  # shape: (m,)
) -> np.ndarray:  # shape: (terms,)
    logarithm = np.zeros(len(index))
    for orders, weight in zip(index.T, weights):
        logarithm += log_bound(orders, weight)
    with np.errstate(over="ignore"):  # the bound is infinite at huge weights
        bounds: np.ndarray = np.exp(logarithm)
    return bounds


def _check_inputs(
    frequencies: ArrayLike, weights: ArrayLike, phases: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # shapes: (m, d), (m,) and (m,)
    omega = check_values(frequencies, "frequencies", copy=True)
    if omega.ndim != 2:
        raise ValueError(f"frequencies must have shape (m, d), got {omega.shape}")
    phases = np.zeros(len(omega)) if phases is None else phases
    weight, phi = check_values(weights, "weights", copy=True), check_values(phases, "phases")
    for values, name in ((weight, "weights"), (phi, "phases")):
        if values.shape != omega.shape[:1]:
            expected = f"({len(omega)},), one for each row of frequencies"
            raise ValueError(f"{name} must have shape {expected}, got {values.shape}")
    return omega, weight, phi


def _check_finite(value: float, name: str, **bounds: float | str) -> float:
    value = float(check_scalar(value, name, Real, **bounds))
    if not np.isfinite(value):  # nan passes every comparison with a bound
        raise ValueError(f"{name} must be finite, got {value}")
    return value
