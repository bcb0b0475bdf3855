"""Threads of a fit: one, all where steps are large, and those of before when it ends."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from skspectral import SpectralMultistageRegressor
from skspectral._backend.budget import STEP_FLOPS
from skspectral._backend.threads import one_thread, threads_for
from skspectral.linalg import normal_equations
from skspectral.linalg.normal_equations import cholesky, inverse_of

SMALL, LARGE = STEP_FLOPS / 100, STEP_FLOPS / 10


@pytest.fixture
def threads():
    """Three threads are used, whatever the machine has, and the earlier number is restored."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with threadpool_limits(limits=3, user_api="blas"):
        yield 3
    torch.set_num_threads(before)


def blas_threads():
    """Numbers of threads of the linear algebra of NumPy and SciPy."""
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_small_steps_run_on_one_thread(threads):
    with threads_for(SMALL):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads


def test_large_steps_keep_their_threads(threads):
    with threads_for(LARGE):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == threads


def test_threads_come_back_after_an_exception(threads):
    with pytest.raises(KeyboardInterrupt), threads_for(SMALL):
        raise KeyboardInterrupt
    assert torch.get_num_threads() == threads


def test_fits_run_on_one_thread_but_for_large_steps(threads):
    with one_thread():
        assert torch.get_num_threads() == 1
        with threads_for(LARGE):
            assert torch.get_num_threads() == threads
            with threads_for(SMALL):
                assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads


def test_linear_algebra_of_scipy_has_one_thread_until_the_last_fit_ends(threads):
    first, second = one_thread(), one_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {threads}


def test_a_fit_restores_all_threads(threads):
    seen = []

    class Watched:
        dtype, shape = np.dtype(float), (30,)

        def __array__(self, *args, **kwargs):
            seen.append((torch.get_num_threads(), blas_threads()))
            return np.sin(np.arange(30.0))

    SpectralMultistageRegressor().fit(np.arange(30.0)[:, None], Watched())
    assert (1, {1}) in seen
    assert torch.get_num_threads() == threads
    assert blas_threads() == {threads}


@pytest.mark.parametrize(("size", "shares"), [(20, False), (1000, True)])
def test_factors_share_work_where_they_are_large(size, shares, threads, monkeypatch):
    seen, original = [], normal_equations._is_factored

    def watched(*args):
        seen.append(torch.get_num_threads())
        return original(*args)

    monkeypatch.setattr(normal_equations, "_is_factored", watched)
    with one_thread():
        cholesky(torch.eye(size, dtype=torch.float64))
    assert seen == [threads if shares else 1]


def test_inverses_of_factors_have_one_thread_and_are_right(threads, monkeypatch):
    seen, original = [], torch.cholesky_inverse

    def watched(factor):
        seen.append(torch.get_num_threads())
        return original(factor)

    monkeypatch.setattr(torch, "cholesky_inverse", watched)
    square = torch.tensor([[4.0, 2.0], [2.0, 5.0]], dtype=torch.float64)
    assert torch.allclose(inverse_of(cholesky(square)) @ square, torch.eye(2, dtype=torch.float64))
    assert seen == [1]
