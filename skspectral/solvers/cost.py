"""What a Levenberg-Marquardt step costs in each of its forms, and which one to take."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from .._backend.budget import affordable
from .._backend.device import memory_of

FORMS = ("primal", "dual", "matrix-free")

Shapes = Sequence[tuple[int, int]]

# Products with J and its transpose that a step as good as that of the other forms takes: 90 to 500
# to three digits. Of nine fits (tones, compositions, fronts, a ring; n k = 800 to 4000, p = 320 to
# 66,304) the form that is cheapest by this count went deepest, or as deep. Rough steps took 10 to 40.
STEP_PRODUCTS = 500
# The same while digits are few.
ROUGH_STEP_PRODUCTS = 30


def lm_form(n: int, k: int, shapes: Shapes, memory: float = math.inf) -> str:
    """The cheapest form whose matrices, the normal matrix and its factor, fit; "matrix-free" has none.

    Parameters
    ----------
    n, k : int
        Number of rows and of outputs.
    shapes : sequence of (int, int)
        Shape of the weights of each layer, biases included.
    memory : float
        Bytes available.
    """
    fitting = [form for form in FORMS if lm_bytes(form, n, k, shapes) <= memory]
    return min(fitting, key=lambda form: lm_flops(form, n, k, shapes))


def lm_flops(form: str, n: int, k: int, shapes: Shapes, products: int = STEP_PRODUCTS) -> float:
    """Floating-point operations of one step.

    Cholesky counts twice: it runs at half the speed of products. The span that is projected out
    counts as many columns as there are units. Of the dual's matrix one triangle is computed.
    """
    p, rows = _size(shapes), float(n * k)
    inputs, units = sum(a for a, _ in shapes), sum(b for _, b in shapes)
    return {
        "primal": 2 * rows * p * (p + 2 * units) + 2 / 3 * p**3,
        "dual": rows**2 * (inputs + 5 * units) + 2 / 3 * rows**3,
        "matrix-free": products * 4.0 * n * (p + k * units),
    }[form]


def lm_head_start(n: int, k: int, shapes: Shapes, memory: float = math.inf) -> int:
    """Products to spend on rough steps before the first of the form that `lm_form` chooses.

    As many as that step costs: on tones, losses down to 1e-4 came 1.4 to 2.5 times sooner, lower ones
    at most 1.4 times later. Zero where the step is affordable as it is.
    """
    step = lm_flops(lm_form(n, k, shapes, memory), n, k, shapes)
    return 0 if affordable(step) else int(step / lm_flops("matrix-free", n, k, shapes, 1))


def lm_step_flops(n: int, k: int, shapes: Shapes) -> float:
    """Operations of a step in the form that `lm_form` chooses, for comparison with other solvers."""
    return lm_flops(lm_form(n, k, shapes), n, k, shapes, ROUGH_STEP_PRODUCTS)


def lm_bytes(form: str, n: int, k: int, shapes: Shapes) -> float:
    """Bytes of the normal matrix of a form and of its factor."""
    side = {"primal": _size(shapes), "dual": n * k, "matrix-free": 0}[form]
    return 16.0 * side**2


def refuse_oversized(form: str, n: int, k: int, shapes: Shapes, device: torch.device) -> None:
    """Raise where the matrices of a form cannot fit.

    Raises
    ------
    ValueError
        If they need more than the machine's memory, or what is free on the GPU.
    """
    needed, there = lm_bytes(form, n, k, shapes), memory_of(device)
    if needed > there:
        raise ValueError(
            f"form={form!r} needs {needed / 2**30:.3g} GiB for {n * k} residuals and {_size(shapes)} "
            f"parameters, but {device} has {there / 2**30:.3g} GiB; form='matrix-free' needs no "
            "matrix, form='auto' takes one that fits"
        )


def _size(shapes: Shapes) -> int:
    return sum(a * b for a, b in shapes)
