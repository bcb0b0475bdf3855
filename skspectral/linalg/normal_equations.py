"""Least squares by normal equations, and from them to rounding on the rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .._backend.budget import STEP_FLOPS, affordable
from .._backend.device import EPS
from .._backend.threads import threads_for
from .errors import LinAlgError

# Well-conditioned sets take 3 iterations. Where they gain less than a bit of a number each, functions are
# dependent to rounding, and more iterations fit rounding.
MAX_REFINEMENTS = round(-math.log2(EPS))


def cholesky(gram: Tensor, check: Callable[[], None] = lambda: None) -> Tensor:
    """Lower factor of a positive semidefinite matrix, shifted by as much as rounding asks for.

    Only what is on the diagonal and above it is looked at. The factor is found in the place of a copy, laid
    out by columns, as LAPACK has it. `check` may raise; where this takes more than a second it is called in
    each step.
    """
    diagonal, shift = gram.diagonal(), EPS * len(gram) ** 0.5
    while shift < 1 and bool(torch.isfinite(diagonal).all()):
        factor = gram.mT.clone()
        factor.diagonal().add_(shift * diagonal)
        with threads_for(len(gram) ** 3 / 3):
            if _is_factored(factor, check):
                return factor
        shift = 10 * shift
    raise LinAlgError("the normal equations hold numbers that are not finite")


def inverse_of(factor: Tensor) -> Tensor:
    """The inverse (q, q) of a symmetric matrix from its lower Cholesky factor, found on one thread.

    With MKL 2024.2 a second thread gains nothing: 4.7 ms with one and 5.5 ms with two at q = 500, 203 and
    194 ms at 2,000. Beside two busy processes, two threads take 0.9 and 25 seconds, and one 0.004 and 0.3.
    """
    with threads_for(0.0):
        return torch.cholesky_inverse(factor)


def _is_factored(matrix: Tensor, check: Callable[[], None]) -> bool:
    """Whether the matrix is positive, its lower half replaced by its factor, and the upper one by zeros.

    Block by block from the left (Golub and Van Loan 2013, section 4.2.9): what is on the right of a block
    is taken less its part, in bands that a step of the budget has time for.
    """
    n = len(matrix)
    quick = matrix.is_cuda or affordable(n**3 / 3, 5)
    size = n if quick else math.ceil(math.sqrt(STEP_FLOPS / (2 * n)))
    for start in range(0, n, size):
        end = min(start + size, n)
        block, failed = matrix[start:end, start:end], matrix.new_empty((), dtype=torch.int32)
        torch.linalg.cholesky_ex(block, out=(block, failed))
        if bool(failed):
            return False
        below = matrix[end:, start:end]
        below[:] = torch.linalg.solve_triangular(block.T, below, upper=True, left=False)
        for left in range(end, n, size):
            check()
            right = min(left + size, n)
            rows = slice(left - end, None)
            matrix[left:, left:right].addmm_(below[rows], below[left - end : right - end].T, alpha=-1)
    matrix.tril_()
    return True


def products_above(rows: Tensor) -> Tensor:
    """Inner products of rows (n, m) on the diagonal and above it, shape (n, n); below it nothing is found.

    In eight bands that begin at the diagonal, which takes 9 / 16 of the time of all of them.
    """
    products = rows.new_empty(len(rows), len(rows))
    step = max(1, -(-len(rows) // 8))
    for start in range(0, len(rows), step):
        products[start : start + step, start:] = inner_products(
            rows[start : start + step].T, rows[start:].T
        )
    return products


def inner_products(left: Tensor, right: Tensor) -> Tensor:
    """Those of columns (n, p) with columns (n, q), shape (p, q)."""
    with threads_for(2.0 * left.numel() * right.shape[1]):
        return left.T @ right


def half_solved(factor: Tensor, right: Tensor) -> Tensor:
    """L^-1 right."""
    return _solved(factor, right, upper=False)


def other_half_solved(factor: Tensor, right: Tensor) -> Tensor:
    """L^-T right."""
    return _solved(factor.T, right, upper=True)


def _solved(triangle: Tensor, right: Tensor, upper: bool) -> Tensor:
    with threads_for(float(len(triangle)) * right.numel()):
        solved: Tensor = torch.linalg.solve_triangular(triangle, right, upper=upper)
    return solved


def leverages(factor: Tensor, features: Tensor, check: Callable[[], None] = lambda: None) -> Tensor:
    """a^T G^-1 a of rows a of features (m, q), where G = L L^T; shape (m,).

    `check` may raise; it is called before each block of rows, of a step of the budget.
    """

    def of(rows: Tensor) -> Tensor:
        check()
        return half_solved(factor, rows.T).square().sum(0)

    size = max(1, int(STEP_FLOPS / max(1, len(factor)) ** 2))
    return torch.cat([of(rows) for rows in torch.split(features, size)])


def least_squares(
    forward: Callable[[Tensor], Tensor],  # (q, k) -> (n, k)
    adjoint: Callable[[Tensor], Tensor],  # (n, k) -> (q, k)
    targets: Tensor,  # shape: (n, k)
    factor: Tensor,  # shape: (q, q)
    penalty: Tensor,  # shape: (q,), what was added to the diagonal
    tolerance: float = 0.0,  # of steps, relative to what is left of the targets
) -> Tensor:
    """Coefficients (q, k) of least squares, by conjugate gradients behind the Cholesky factor.

    Normal equations alone lose half of all digits. With their factor as preconditioner, conjugate gradients
    on the rows themselves (CGLS, Hestenes and Stiefel 1952, section 10) find them in a few iterations.
    """
    root = penalty.sqrt()[:, None]
    q, k = len(factor), targets.shape[1]
    solution, rest, damped = targets.new_zeros(q, k), targets, targets.new_zeros(q, k)
    chance = EPS * targets.norm(dim=0)  # rounding of what is left
    diagonal = factor.diagonal()
    condition = diagonal.max() / diagonal.min()
    gradient = half_solved(factor, adjoint(rest))
    direction, square = gradient, gradient.square().sum(0)
    last, ended = torch.full_like(square, torch.inf), torch.zeros_like(square, dtype=torch.bool)
    for _ in range(MAX_REFINEMENTS):
        step = other_half_solved(factor, direction)
        image, damped_image = forward(step), root * step
        curvature = image.square().sum(0) + damped_image.square().sum(0)
        length = torch.where(curvature > 0, square / curvature, torch.zeros_like(square))
        size = length.abs() * direction.norm(dim=0)
        # Steps of the size of rounding that grow again would grow on.
        noise = condition * EPS * rest.norm(dim=0)
        ended = ended | ((size >= last) & (last <= noise))
        length = torch.where(ended, torch.zeros_like(length), length)
        solution = solution + length * direction
        rest, damped = rest - length * image, damped - length * damped_image
        asked = tolerance * rest.norm(dim=0)
        enough = torch.maximum(asked, torch.maximum(chance, EPS * solution.norm(dim=0)))
        last, ended = size, ended | (size <= enough)
        if bool(ended.all()):
            break
        gradient = half_solved(factor, adjoint(rest) + root * damped)
        before, square = square, gradient.square().sum(0)
        # A step as long as the last one, along this gradient. At rounding the next one may be far longer.
        ended = ended | (length.abs() * square.sqrt() <= asked)
        if bool(ended.all()):
            break
        direction = (
            gradient + torch.where(before > 0, square / before, torch.zeros_like(square)) * direction
        )
    return other_half_solved(factor, solution)


def corrected(
    gradient: Callable[[Tensor], Tensor],  # (q, k) -> (q, k)
    start: Tensor,  # shape: (q, k)
    slope: Tensor,  # shape: (q, k), the gradient there
    factor: Tensor,  # shape: (q, q)
    chance: Tensor,  # shape: (k,)
) -> Tensor:
    """Coefficients (q, k) of least squares from a start, by passes that keep nothing of the rows.

    The same iteration, but for what it knows of the rows: sums over what a trial leaves of them (corrected
    seminormal equations, Björck 1987, in the place of a residual that is kept). A trial is a whole step, of
    which the best length is known then; with the factor of the same rows that is one but for rounding.
    Steps of the size of `chance`, times the square root of what values on rows are, change nothing.
    """
    solution, rest = start, half_solved(factor, slope)
    direction, square = rest, rest.square().sum(0)
    last, ended = torch.full_like(square, torch.inf), torch.zeros_like(square, dtype=torch.bool)
    for _ in range(MAX_REFINEMENTS):
        size, scale = direction.norm(dim=0), (factor.T @ solution).norm(dim=0)
        # Steps that grow again when half of the digits are there are rounding, and would grow on.
        ended = ended | ((size >= last) & (size <= EPS**0.5 * scale)) | (size <= EPS * scale + chance)
        if bool(ended.all()):
            break
        step = torch.where(ended, torch.zeros_like(solution), other_half_solved(factor, direction))
        image = rest - half_solved(factor, gradient(solution + step))
        curvature = (direction * image).sum(0)
        length = torch.where((curvature > 0) & ~ended, square / curvature, torch.zeros_like(square))
        solution, rest = solution + length * step, rest - length * image
        last, before, square = size, square, rest.square().sum(0)
        ratio = torch.where(before > 0, square / before, torch.zeros_like(square))
        direction = rest + ratio * direction
    return solution
