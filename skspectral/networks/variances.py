"""Mean, variance and Sobol's parts of it, of a fitted function over a box under the uniform measure.

Notation
--------
V = Var f, V_i = Var E[f | t_i] and T_i = E Var[f | all but t_i]: Sobol (2001), "Global sensitivity indices
for nonlinear mathematical models and their Monte Carlo estimates", Math. Comput. Simul. 55. A series is
f = sum_j c_j prod_i phi_ij; with means m_i and covariances K_i of the functions of each input, T_i is
c^T A c, A the elementwise product of K_i and of the others' K + m m^T (Sudret 2008 has the case of
orthogonal polynomials). Others are sampled with the estimators that Saltelli et al. (2010, Comput. Phys.
Commun. 181) recommend.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .._backend.blocks import row_blocks
from .._backend.budget import affordable
from .._backend.device import EPS
from ..linalg.axes import apply_along_axes
from .integrals import Box, Function, NodeGrid, doubled, node_grid, refined_grids, spread_over, unit_net
from .products import ProductSum


@dataclass(frozen=True)
class VarianceParts:
    """Of k outputs and d inputs; `error` is that of the parts as shares of the variance, at most.

    Of sums over pairs it is a bound of rounding.
    """

    mean: Tensor  # shape: (k,)
    variance: Tensor  # shape: (k,)
    first: Tensor  # V_i, shape: (d, k)
    total: Tensor  # T_i, shape: (d, k)
    error: Tensor  # shape: (k,)

    def shares(self, parts: Tensor) -> Tensor:
        """Parts (d, k) over the variance; 0 where nothing varies."""
        varies = self.variance > 0
        return torch.where(varies, parts / torch.where(varies, self.variance, 1.0), 0.0)


def variance_parts(
    function: Function,
    sums: Sequence[ProductSum],
    whole: bool,
    row_bytes: int,
    box: Box,
    of_unit_box: Function,
    tol: float,
) -> VarianceParts:
    """Of a function that is the sum of products where `whole`; `of_unit_box` is it as one of the unit box.

    Products in closed form, or at as many nodes as that takes where that is cheaper; networks on grids of
    nodes up to three inputs; the rest sampled.
    """
    d = len(box.low)
    pairs = 8.0 * d**2 * min(_of_pairs(sums), _of_table(sums)) if sums else 0.0
    grid = node_grid(box, sums) if whole and d <= 3 else None
    nodes = math.inf if grid is None else float(grid.count * row_bytes)
    if whole and affordable(pairs, 100) and pairs < nodes:
        found = _Pairs.of(sums, box).parts()
        # Large amplitudes that cancel, as those of drawn sines do, lose digits twice: in squares too.
        if bool((found.error <= tol).all()):
            return found
    if grid is not None and affordable(nodes, 100):
        return _on_grid(grid, function, row_bytes)
    if whole or d > 3:
        return _sampled(of_unit_box, row_bytes, d, tol)
    return _on_refined(function, sums, row_bytes, box, tol)


def _of_pairs(sums: Sequence[ProductSum]) -> float:
    """Operations of one sum over pairs of products, for each axis; waves have conjugates."""
    return float(sum(len(one.index) * (1 + one.coefficients.is_complex()) for one in sums)) ** 2


def _of_table(sums: Sequence[ProductSum]) -> float:
    """The same where the products are a table of the functions of all axes, contracted axis by axis."""
    widths = torch.stack([_widths(one) * (1 + one.coefficients.is_complex()) for one in sums]).sum(0)
    return float(widths.double().prod() * widths.sum())


@dataclass(frozen=True)
class _Pairs:
    """All products of several sums, waves beside their conjugates, and moments of their functions."""

    coefficients: Tensor  # shape: (q, k)
    index: Tensor  # shape: (q, d)
    means: list[Tensor]  # of each axis, shapes: (u_i,)
    covariances: list[Tensor]  # shapes: (u_i, u_i)

    @classmethod
    def of(cls, sums: Sequence[ProductSum], box: Box) -> _Pairs:
        """Re c phi is the mean of c phi and of its conjugate."""
        moments = [_moments(box, sums, axis) for axis in range(len(box.low))]
        coefficients, indices = [], []
        before = torch.zeros_like(sums[0].index[0])
        for one in sums:
            c, waves = one.coefficients, one.coefficients.is_complex()
            for each in [c / 2, c.conj() / 2] if waves else [c]:
                coefficients.append(each)
                indices.append(before + one.index)
                before = before + _widths(one)
        dtype = moments[0][0].dtype
        stacked = torch.cat([each.to(dtype) for each in coefficients])
        return cls(stacked, torch.cat(indices), [m for m, _ in moments], [k for _, k in moments])

    def parts(self) -> VarianceParts:
        """Sums over pairs of products; by a table of all products where that is less work."""
        (q, _), d = self.coefficients.shape, len(self.means)
        of_terms = torch.stack([mean[index] for mean, index in zip(self.means, self.index.T)])  # (d, q)
        widths = [len(mean) for mean in self.means]
        by_table = math.prod(widths) * sum(widths) < q**2
        variance, total = self._by_table(widths) if by_table else self._by_blocks(of_terms)
        first = torch.stack([self._first(axis, of_terms) for axis in range(d)])
        mean = of_terms.prod(0) @ self.coefficients
        rounding = EPS * self.coefficients.abs().sum(0).square()
        error = torch.where(_real(variance) > 0, rounding / _real(variance), 0.0)
        return VarianceParts(_real(mean), _real(variance), _real(first), _real(total), error)

    def _by_blocks(self, of_terms: Tensor) -> tuple[Tensor, Tensor]:
        """V and T_i from blocks of rows of the matrices of all products."""
        (q, k), d = self.coefficients.shape, len(self.means)
        variance, total = self.coefficients.new_zeros(k), self.coefficients.new_zeros(d, k)
        for rows in row_blocks(q, 16 * q * (2 * d + 4)):
            covariances = [c[i[rows]][:, i] for c, i in zip(self.covariances, self.index.T)]
            squares = [m[rows, None] * m for m in of_terms]

            def form(factors: list[Tensor], rows: slice = rows) -> Tensor:
                matrix = math.prod(factors[1:], start=factors[0])
                return (self.coefficients[rows] * (matrix @ self.coefficients)).sum(0)

            of_rows = _forms(form, covariances, squares)
            variance, total = variance + of_rows[0], total + of_rows[1]
        return variance, total

    def _by_table(self, widths: list[int]) -> tuple[Tensor, Tensor]:
        """V and T_i from the table of the coefficients of all products of functions, axis by axis."""
        table = self.coefficients.new_zeros(*widths, self.coefficients.shape[1])
        table.index_put_(tuple(self.index.T), self.coefficients, accumulate=True)

        def form(factors: list[Tensor]) -> Tensor:
            other = apply_along_axes(factors, table)
            return (table * other).flatten(0, -2).sum(0)

        return _forms(form, self.covariances, [mean[:, None] * mean for mean in self.means])

    def _first(self, axis: int, of_terms: Tensor) -> Tensor:
        """V_i: products with the means of all other inputs are sums of few functions of one."""
        others = torch.cat([of_terms[:axis], of_terms[axis + 1 :]]).prod(0)
        sums = self.coefficients.new_zeros(len(self.means[axis]), self.coefficients.shape[1])
        sums.index_add_(0, self.index[:, axis], others[:, None] * self.coefficients)
        return (sums * (self.covariances[axis] @ sums)).sum(0)


def _forms(
    form: Callable[[list[Tensor]], Tensor], covariances: list[Tensor], squares: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """V (k,) and T_i (d, k) of the quadratic forms of products of one factor for each axis."""
    grams = [c + s for c, s in zip(covariances, squares)]
    variance, total = [], []
    for axis, covariance in enumerate(covariances):
        # V is what the axes add one after the other: no mean is subtracted from a square.
        variance.append(form([*grams[:axis], covariance, *squares[axis + 1 :]]))
        total.append(form([*grams[:axis], covariance, *grams[axis + 1 :]]))
    return torch.stack(variance).sum(0), torch.stack(total)


def _widths(one: ProductSum) -> Tensor:
    """How many functions each axis has, shape (d,)."""
    place = one.index.new_zeros(1).to(torch.float64)
    return torch.stack([one.index.new_tensor(axis(place).shape[1]) for axis in one.axes])


def _moments(box: Box, sums: Sequence[ProductSum], axis: int) -> tuple[Tensor, Tensor]:
    """Means (u,) and covariances (u, u), not conjugated, of the functions of an axis."""
    families = [one.axes[axis] for one in sums]
    nodes, weights = box.nodes(axis, families)
    weights = (weights / weights.sum())[:, None]
    tables = [family(nodes) for family in families]
    pairs = [[t, t.conj()] if f.are_waves else [t] for f, t in zip(families, tables)]
    dtype = torch.complex128 if any(len(pair) == 2 for pair in pairs) else torch.float64
    table = torch.cat([each.to(dtype) for pair in pairs for each in pair], 1)
    means = (weights * table).sum(0)
    centered = table - means
    return means, centered.T @ (weights * centered)


def _real(values: Tensor) -> Tensor:
    return values.real if values.is_complex() else values


def _on_grid(grid: NodeGrid, function: Function, row_bytes: int) -> VarianceParts:
    """Means over axes of the values at all nodes."""
    values, d = grid.values(function, row_bytes), len(grid.nodes)
    weights = [weight / weight.sum() for weight in grid.weights]

    def mean(values: Tensor, *axes: int) -> Tensor:
        """Over some of the axes, which stay with one node each."""
        for axis in axes:
            shape = [-1 if axis == i else 1 for i in range(values.ndim)]
            values = (values * weights[axis].view(shape)).sum(axis, keepdim=True)
        return values

    every = tuple(range(d))
    center = mean(values, *every)
    values = values - center
    variance = mean(values.square(), *every).reshape(-1)
    first, total = [], []
    for axis in every:
        others = tuple(i for i in every if i != axis)
        first.append(mean(mean(values, *others).square(), axis).reshape(-1))
        total.append(mean((values - mean(values, axis)).square(), *every).reshape(-1))
    zero = torch.zeros_like(variance)
    return VarianceParts(center.reshape(-1), variance, torch.stack(first), torch.stack(total), zero)


def _on_refined(
    function: Function, sums: Sequence[ProductSum], row_bytes: int, box: Box, tol: float
) -> VarianceParts:
    """On finer and finer grids, until the shares change by `tol` at most."""
    before: VarianceParts | None = None
    for grid in refined_grids(box, row_bytes, sums):
        found = _on_grid(grid, function, row_bytes)
        error = (
            found.mean.new_full(found.mean.shape, math.inf) if before is None else _change(found, before)
        )
        before = found
        if bool((error <= tol).all()):
            break
    return VarianceParts(found.mean, found.variance, found.first, found.total, error)


def _change(found: VarianceParts, before: VarianceParts) -> Tensor:
    """The largest of the changes of shares, of the variance relative to itself, shape (k,)."""
    changes = [found.shares(a - b).abs().amax(0) for a, b in _both(found, before)]
    return torch.stack(changes).amax(0)


def _both(found: VarianceParts, before: VarianceParts) -> list[tuple[Tensor, Tensor]]:
    whole = (found.variance[None], before.variance[None])
    return [whole, (found.first, before.first), (found.total, before.total)]


def _sampled(function: Function, row_bytes: int, d: int, tol: float, scrambles: int = 8) -> VarianceParts:
    """Of a function of the unit box, with the standard error over scrambles."""
    nets = [unit_net(2 * d, seed) for seed in range(scrambles)]
    center, batches = function(unit_net(d, 0)(256)).mean(0), []
    for count in doubled(row_bytes * scrambles * (d + 2)):
        batches.append(torch.stack([_sampled_parts(function, net(count), center) for net in nets]))
        means, _ = spread_over(batches)
        variance = means[1]
        varies = torch.where(variance > 0, variance, 1.0)
        error = spread_over([batch[:, 2:] / varies for batch in batches])[1].amax(0)
        if bool((error <= tol).all()):
            break
    return VarianceParts(center + means[0], variance, means[2 : 2 + d], means[2 + d :], error)


def _sampled_parts(function: Function, points: Tensor, center: Tensor) -> Tensor:
    """Mean, V, V_i and T_i, one after the other, shape (2 + 2 d, k)."""
    a, b = points.chunk(2, 1)
    at_a, at_b = function(a) - center, function(b) - center
    first, total = [], []
    for axis in range(a.shape[1]):
        mixed = a.clone()
        mixed[:, axis] = b[:, axis]
        change = function(mixed) - center - at_a
        first.append((at_b * change).mean(0))
        total.append(change.square().mean(0) / 2)
    head = [(at_a + at_b).mean(0) / 2, (at_a - at_b).square().mean(0) / 2]
    return torch.stack([*head, *first, *total])
