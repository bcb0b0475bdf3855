"""Sums of products over axes, against the products themselves."""

import numpy as np
import pytest

from skspectral.linalg.product_sums import ProductSums


@pytest.mark.parametrize(("d", "q", "k"), [(2, 1, 1), (2, 40, 2), (4, 300, 1), (6, 500, 3)])
@pytest.mark.parametrize("n", [1, 700])
def test_sums_are_those_of_all_products(d, q, k, n, rng):
    orders = np.unique(rng.poisson(1.5, (q, d)), axis=0)
    coefficients, tables = (
        rng.standard_normal((len(orders), k)),
        rng.standard_normal((d, orders.max() + 2, n)),
    )
    products = np.prod([tables[axis, orders[:, axis]] for axis in range(d)], axis=0)
    found = ProductSums(orders, coefficients)(tables)
    size = np.abs(products).T @ np.abs(coefficients)
    assert (np.abs(found - products.T @ coefficients) <= 1e-14 * size).all()
