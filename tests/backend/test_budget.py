"""The one budget of operations."""

from __future__ import annotations

from skspectral._backend.budget import STEP_FLOPS, affordable


def test_a_step_is_affordable_up_to_the_budget() -> None:
    assert affordable(STEP_FLOPS)
    assert not affordable(1.01 * STEP_FLOPS)


def test_several_steps_have_as_many_budgets() -> None:
    assert affordable(100 * STEP_FLOPS, steps=100)
    assert not affordable(101 * STEP_FLOPS, steps=100)
