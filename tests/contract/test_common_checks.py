"""scikit-learn's common checks: no failure, and none that is expected."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from contract.cases import CHEAPEST, OTHERS


@pytest.fixture(autouse=True)
def strict_arrays_can_be_shared(check):
    """Arrays of array-api-strict reach torch by NumPy's DLPack, which takes a version from 2.1 on."""
    strict = check.keywords.get("array_namespace") == "array_api_strict"
    if strict and np.lib.NumpyVersion(np.__version__) < "2.1.0":
        pytest.skip("array-api-strict shares its arrays with torch from NumPy 2.1 on")


@parametrize_with_checks(CHEAPEST)
def test_common_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(OTHERS)
def test_common_checks_of_other_constructors(estimator, check):
    check(estimator)
