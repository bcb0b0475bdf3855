"""scikit-learn's common checks: no failure, and none that is expected."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from contract.cases import DEFAULTS, LINEAR_ONES, OTHERS


@parametrize_with_checks([*DEFAULTS, *LINEAR_ONES])
def test_common_checks(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(OTHERS)
def test_common_checks_of_other_constructors(estimator, check):
    check(estimator)
