"""Products of polynomials on rows: true coefficients, errors of rows left out, and the clock."""

import numpy as np
import pytest
import torch

from skspectral._backend.clock import Clock, OutOfTime
from skspectral._backend.samples import canonical_samples
from skspectral.linalg import normal_equations
from skspectral.series.grown_fit import GrownFit, first_fit
from skspectral.series.polynomial_sets import norms

DEGREES = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0], [1, 0, 3]])


def legendre(x, degree):
    return np.polynomial.legendre.legval(x, [0] * degree + [1])


def rows_of(n, noise=0.0):
    """Rows whose targets are those products, and their amplitudes beside the plain ones."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (n, 3))
    X[:2] = [[-1] * 3, [1] * 3]  # the box
    y = 0.5 * X[:, 0] - 2 * legendre(X[:, 1], 2) + 3 * X[:, 0] * legendre(X[:, 2], 3)
    y = y + noise * rng.standard_normal(n)
    return canonical_samples(torch.tensor(X), torch.tensor(y)[:, None], torch.ones(n).double())


def test_amplitudes_are_those_of_the_target():
    samples, units = rows_of(200)
    fit = first_fit(samples, DEGREES, Clock())
    found = fit.coefficients[:, 0].numpy() * float(units.unit) * norms(DEGREES)
    np.testing.assert_allclose(found[1:], [0.5, -2.0, 3.0], rtol=1e-13)
    assert fit.exact


def test_the_score_is_the_error_of_rows_left_out():
    samples, _ = rows_of(60, noise=0.3)
    fit = first_fit(samples, DEGREES, Clock())
    missed = []
    for i in range(60):
        others = torch.arange(60) != i
        solution = torch.linalg.lstsq(fit.table[others], samples.y[others]).solution
        missed.append(float((samples.y[i] - fit.table[i] @ solution).square()))
    assert fit.score == pytest.approx(np.sqrt(np.mean(missed)), rel=0.05)
    assert not fit.exact


def test_leverages_look_at_the_clock_block_by_block(monkeypatch):
    samples, _ = rows_of(200)
    whole = first_fit(samples, DEGREES, Clock())
    looks = []

    def late():
        looks.append(1)
        if len(looks) > 5:
            raise OutOfTime

    monkeypatch.setattr(normal_equations, "STEP_FLOPS", 16 * len(DEGREES) ** 2)
    with pytest.raises(OutOfTime):
        _ = GrownFit(samples, whole.degrees, whole.table, whole.gram, late).score
    assert len(looks) == 6
