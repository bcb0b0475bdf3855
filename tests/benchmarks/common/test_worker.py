"""Children: what is measured, raised, hung and dead."""

import functools
import json
import operator
import os
import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.common.expansions import Chebyshev
from benchmarks.common.targets import TARGETS, relative_l2
from benchmarks.common.worker import Job, Measured, Worker, details

# Tests of benchmarks are left to the whole suite: the fast tier is for the package itself.
pytestmark = pytest.mark.slow


SMALL = "exp_sine"  # 200 rows


def run(worker, make, limit=30.0):
    return worker.run(Job(SMALL, 0, make), limit)


@pytest.fixture(scope="module")
def worker():
    """One child for the jobs that it survives."""
    with Worker() as running:
        yield running


def test_worker_measures_what_it_is_told_to(worker):
    outcome = run(worker, Chebyshev)
    X, y, X_test, y_test = TARGETS[SMALL].load(0)
    model = Chebyshev().fit(X, y)
    np.testing.assert_allclose(outcome.error, relative_l2(y_test, model.predict(X_test)), rtol=1e-3)
    assert outcome.details == model.chosen_
    assert 0 < outcome.seconds < 30
    assert 0 < outcome.predict_seconds < 30
    assert not outcome.failure


def test_worker_reports_what_is_raised_and_goes_on(worker):
    outcome = run(worker, functools.partial(operator.truediv, 1, 0))
    assert outcome == Measured(failure="ZeroDivisionError: division by zero")
    assert run(worker, Chebyshev).error < 1e-2


def test_worker_kills_what_hangs_and_reports_what_dies():
    with Worker() as fragile:
        start = time.perf_counter()
        hung = run(fragile, functools.partial(time.sleep, 300), limit=0.2)
        assert time.perf_counter() - start < 60
        assert hung == Measured(failure="fit takes more than 0.2 s")
        dead = run(fragile, functools.partial(os._exit, 3))
        assert dead == Measured(failure="the process died in fit, exit code 3")


@pytest.mark.parametrize(("heldout", "told"), [(0.5, 0.5), (np.nan, None), (None, None)])
def test_details_of_ours_can_be_written(heldout, told):
    model = SimpleNamespace(stages_=[1, 2], heldout_error_=heldout)
    expected = {"n_stages": 2, "heldout_error": told}
    assert json.loads(json.dumps(details(model), allow_nan=False)) == expected
