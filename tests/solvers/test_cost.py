"""The cost of a step: operations of each form, the cheapest form, and matrices that do not fit."""

import math

import pytest

from skspectral.solvers import cost
from skspectral.solvers.cost import FORMS, lm_bytes, lm_flops, lm_form, lm_head_start, lm_step_flops

SHAPES = {
    "one layer": [(3, 40)],
    "tones": [(2, 256), (257, 256)],
    "image": [(65, 64), (65, 64)],
}
# rows, outputs, net -> the form that the operations or the memory leave
CHEAPEST = {
    "few parameters": (6000, 1, "one layer", "primal"),
    "few rows": (3000, 1, "tones", "dual"),
    "few rows, several outputs": (500, 4, "tones", "dual"),
    "hundreds of products cost less": (10_000, 1, "image", "matrix-free"),
    "many of both": (50_000, 1, "tones", "matrix-free"),
    "no matrix fits": (40_000, 1, "tones", "matrix-free"),
}


@pytest.mark.parametrize(("n", "k", "net", "form"), CHEAPEST.values(), ids=CHEAPEST)
def test_cheapest_form(n, k, net, form):
    assert lm_form(n, k, SHAPES[net]) == form


@pytest.mark.parametrize("net", SHAPES)
@pytest.mark.parametrize("memory", [1e6, 1e9, math.inf])
def test_cheapest_form_costs_no_more_than_another_that_fits(net, memory):
    for n in (10, 100, 1000, 10_000):
        form = lm_form(n, 2, SHAPES[net], memory)
        assert lm_bytes(form, n, 2, SHAPES[net]) <= memory
        found = lm_flops(form, n, 2, SHAPES[net])
        fits = [f for f in FORMS if lm_bytes(f, n, 2, SHAPES[net]) <= memory]
        assert all(found <= lm_flops(f, n, 2, SHAPES[net]) for f in fits)


def test_operations_by_hand():
    """Ten rows of two outputs, 12 parameters of five units in layers of (2, 3) and (3, 2).

    Sums of squares, (20, 12) by (12, 20) or back, and what lies in the span of five columns.
    """
    shapes = [(2, 3), (3, 2)]
    sums, outside, cholesky = 2 * 20 * 144, 2 * (2 * 20 * 12 * 5), 2 / 3 * 12**3
    assert lm_flops("primal", 10, 2, shapes) == pytest.approx(sums + outside + cholesky)
    sums, outside, cholesky = 400 * 10, 400 * 2 * 5 + 400 * 2 * 5, 2 / 3 * 20**3
    assert lm_flops("dual", 10, 2, shapes) == pytest.approx(sums + outside + cholesky)
    assert lm_flops("matrix-free", 10, 2, shapes, 7) == pytest.approx(7 * 40 * (12 + 2 * 5))
    assert [lm_bytes(f, 10, 2, shapes) for f in FORMS] == [16 * 144, 16 * 400, 0]


def test_rough_steps_count_less():
    many = 50_000, 1, SHAPES["tones"]
    assert lm_step_flops(*many) == lm_flops("matrix-free", *many, cost.ROUGH_STEP_PRODUCTS)
    few = 3000, 1, SHAPES["tones"]
    assert lm_step_flops(*few) == lm_flops("dual", *few)


def test_head_start_costs_what_the_step_does():
    few = 3000, 1, SHAPES["tones"]
    products = lm_head_start(*few)
    step = lm_flops(lm_form(*few), *few)
    assert lm_flops("matrix-free", *few, products) <= step
    assert lm_flops("matrix-free", *few, products + 1) > step


def test_cheap_steps_need_no_head_start():
    assert lm_head_start(200, 1, SHAPES["tones"]) == 0
