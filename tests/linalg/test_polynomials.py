"""Legendre polynomials by cosines."""

import numpy as np

from skspectral.linalg.polynomials import legendre_cosines

EPS = np.finfo(float).eps


def test_legendre_polynomials_are_sums_of_cosines(rng):
    theta, table = rng.uniform(0, np.pi, 50), legendre_cosines(30).numpy()
    found = np.cos(theta[:, None] * np.arange(30)) @ table
    expected = np.polynomial.legendre.legvander(np.cos(theta), 29)
    np.testing.assert_allclose(found, expected, rtol=0, atol=30 * 30 * EPS)
    np.testing.assert_allclose(table.sum(0), 1, rtol=30 * EPS)
    assert (table >= 0).all()
