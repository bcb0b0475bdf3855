"""How much arithmetic is spent without asking for a cheaper way: one budget for the whole package."""

from __future__ import annotations

# Floating-point operations of one step (an iteration of a solver, a factorization): 0.15 to 0.25 seconds of
# one core with AVX-512, for products, Cholesky, QR and SVD alike. What costs more is done in a cheaper
# form, by a method whose steps are cheaper, or not at all. Operations are counted rather than seconds, so
# that the choices are the same on every machine. Found on Levenberg-Marquardt steps: below this L-BFGS and
# Adam, or rough steps first, gain nothing.
STEP_FLOPS = 1e10
# Steps that a search which adds a share at a time, or the last and widest of its fits, may take: half a
# minute on two cores.
SEARCH_STEPS = 100


def affordable(flops: float, steps: float = 1.0) -> bool:
    """Whether `flops` floating-point operations cost no more than the given number of steps.

    Examples
    --------
    >>> affordable(2.0 * 1000 * 200**2)  # least squares of 200 columns
    True
    >>> affordable(1e12), affordable(1e12, steps=100)
    (False, True)
    """
    return flops <= steps * STEP_FLOPS


def memory_flops(n: int, columns: float) -> float:
    """Operations that take as long as least squares of few columns in n rows, most of which goes to memory.

    A column takes 6,000 of them in each row, 0.12 microseconds on one core: by a fit to the seconds of
    layers of 4 to 256 units on 400,000 rows. Eight lines in three inputs on two million rows take as long.

    Examples
    --------
    >>> affordable(memory_flops(1000, 40)), affordable(memory_flops(1_000_000, 40))
    (True, False)
    """
    return 6e3 * n * columns


def svd_columns() -> int:
    """Columns of the largest square matrix whose SVD, with its vectors, costs a step.

    It takes 22 q^3 operations (Golub and Van Loan 2013, "Matrix computations", section 8.6).

    Examples
    --------
    >>> svd_columns()
    768
    """
    return int((STEP_FLOPS / 22) ** (1 / 3))


def cheap_rows(count: int) -> int:
    """Rows whose leverages in so many functions take the twentieth part of a step.

    Examples
    --------
    >>> cheap_rows(1000)
    500
    """
    return int(STEP_FLOPS / 20 / count**2)


def cholesky_columns() -> int:
    """Columns of the largest matrix whose Cholesky factorization, q^3 / 3 operations, costs a step.

    Examples
    --------
    >>> cholesky_columns()
    3107
    """
    return int((3 * STEP_FLOPS) ** (1 / 3))


def step_bytes() -> int:
    """Bytes of that matrix: what one step works on at a time.

    Examples
    --------
    >>> step_bytes()
    77227592
    """
    return 8 * cholesky_columns() ** 2
