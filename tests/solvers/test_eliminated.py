"""The readout eliminated: loss and gradient against the projection written out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral.networks import DenseNetwork
from skspectral.solvers import eliminate_readout

EPS = np.finfo(float).eps


def test_loss_is_what_the_best_readout_leaves(any_stage):
    point = eliminate_readout(any_stage.data).evaluate(any_stage.theta)
    _, residual = any_stage.best_readout()
    np.testing.assert_allclose(point.residual, residual, rtol=0, atol=1e4 * EPS)
    assert point.loss == pytest.approx(any_stage.best_loss(), rel=1e-11)


def test_readout_is_the_best_one(any_stage):
    point = eliminate_readout(any_stage.data).evaluate(any_stage.theta)
    expected = any_stage.best_readout()[0][-any_stage.data.network.n_features :]
    condition = np.linalg.cond(any_stage.design().numpy()[:, -len(expected) - 1 :])
    bound = 100 * EPS * condition**2 * np.linalg.norm(expected)
    np.testing.assert_allclose(point.readout, expected, rtol=0, atol=bound)


def test_gradient_is_the_slope_of_the_least_loss(any_stage):
    """Central differences of lstsq's loss: off by step^4 times the fifth derivative, and by rounding.

    Rounding of the residual moves the loss by 2 |residual| / n times its norm, and the difference
    formula adds up 18 / 12 of such losses for each step.
    """
    problem, h = eliminate_readout(any_stage.data), 1e-4
    found = problem.gradient(problem.evaluate(any_stage.theta)).numpy()
    steps = h * torch.eye(len(any_stage.theta), dtype=torch.float64)
    near, far = (
        np.array(
            [
                any_stage.best_loss(any_stage.theta + reach * step)
                - any_stage.best_loss(any_stage.theta - reach * step)
                for step in steps
            ]
        )
        for reach in (1, 2)
    )
    slope = (8 * near - far) / (12 * h)  # fourth order
    size = np.linalg.norm(any_stage.best_readout()[1])
    rounding = 1.5 / h * 2 * size / any_stage.data.samples.n * any_stage.rounding()
    np.testing.assert_allclose(found, slope, rtol=0, atol=1e-8 * np.abs(slope).max() + rounding)


def test_residual_is_orthogonal_to_all_features(any_stage):
    point = eliminate_readout(any_stage.data).evaluate(any_stage.theta)
    inside = any_stage.design().T @ point.residual
    assert float(inside.norm()) < 100 * EPS * float(any_stage.design().norm())


def test_small_residuals_are_orthogonal_too(solvable):
    """A hair from the solution: rounding is measured against the residual, not the targets."""
    wanted = torch.tensor([2.3, -1.2, 0.6, 0.9], dtype=torch.float64)
    point = eliminate_readout(solvable.data).evaluate(wanted + 1e-9)
    size, design = float(point.residual.norm()), solvable.design(wanted + 1e-9)
    assert size < 1e-8
    assert float((design.T @ point.residual).norm()) < 100 * EPS * float(design.norm()) * size


def test_fixed_features_have_an_orthonormal_basis(any_stage):
    data = any_stage.data
    basis, mix = data.fixed_basis
    rank = basis.shape[1]
    fixed = data.fixed(data.samples.t) * data.samples.root_weight
    assert rank == np.linalg.matrix_rank(fixed.numpy(), tol=1e-10)
    eye = torch.eye(rank, dtype=torch.float64)
    torch.testing.assert_close(basis.T @ basis, eye, rtol=0, atol=20 * EPS)
    torch.testing.assert_close(fixed @ mix, basis, rtol=0, atol=1e3 * EPS)


def test_validation_error_is_that_of_the_best_readout(any_stage):
    problem, held_out = eliminate_readout(any_stage.data), any_stage.data.validation
    found = problem.validation_error(problem.evaluate(any_stage.theta))
    trained = any_stage.data.network.features(any_stage.theta, held_out.t)
    features = torch.cat([any_stage.data.fixed(held_out.t), trained], 1).numpy()
    left = held_out.y.numpy() - features @ any_stage.best_readout()[0]
    expected = np.sqrt((held_out.weight.numpy() @ np.square(left)).sum())
    assert found == pytest.approx(expected, rel=1e-9)


def test_no_held_out_rows_are_no_judgment(solvable):
    problem = eliminate_readout(solvable.data)
    assert np.isnan(problem.validation_error(problem.evaluate(solvable.theta)))


def test_saturated_units_add_nothing(make_stage):
    """Two of three units are constant on every row: they lie in the span of the constant."""
    stage = make_stage(DenseNetwork((1, 3), ("tanh",), (0,)))
    theta = torch.tensor([1.0, 0.0, 1e-3, 0.2, 50.0, -60.0], dtype=torch.float64)
    problem = eliminate_readout(stage.data)
    point = problem.evaluate(theta)
    design = stage.design(theta).numpy()[:, :2]
    targets = stage.data.targets.numpy()
    residual = targets - design @ np.linalg.lstsq(design, targets)[0]
    assert point.loss == pytest.approx(np.square(residual).mean(), rel=1e-9)
    assert point.basis.shape[1] == 1
    assert not problem.gradient(point)[[1, 2, 4, 5]].any()


def test_all_units_saturated_leave_the_fixed_features(make_stage):
    stage = make_stage(DenseNetwork((1, 2), ("tanh",), (0,)))
    theta = torch.tensor([0.0, 0.0, 50.0, -60.0], dtype=torch.float64)
    problem = eliminate_readout(stage.data)
    point = problem.evaluate(theta)
    y, weight = stage.data.samples.y[:, 0], stage.data.samples.weight
    assert point.loss == pytest.approx(float(weight @ (y - weight @ y) ** 2), rel=1e-13)
    assert not problem.gradient(point).any()
    assert not point.readout.any()


def test_more_features_than_rows_leave_nothing(make_stage):
    stage = make_stage(DenseNetwork((1, 12), ("tanh",), (0,)), n=5)
    assert eliminate_readout(stage.data).evaluate(3 * stage.theta).loss < 1e-20


@pytest.mark.parametrize("power", [-60, 40])
def test_powers_of_two_in_the_targets_change_exponents_only(power, any_stage):
    data, factor = any_stage.data, 2.0**power
    rows = data.samples.with_targets(data.samples.y * factor)
    scaled = eliminate_readout(replace(data, samples=rows)).evaluate(any_stage.theta)
    plain = eliminate_readout(data).evaluate(any_stage.theta)
    assert torch.equal(scaled.residual, plain.residual * factor)
    assert torch.equal(scaled.readout, plain.readout * factor)


def test_weights_are_repeats(any_stage):
    """Whole weights against every row written out that often."""
    data, rows = any_stage.data, any_stage.data.samples
    counts = (rows.weight / rows.weight.min()).round().long()
    index = torch.repeat_interleave(torch.arange(rows.n), counts)
    even = torch.full((len(index),), 1 / len(index), dtype=torch.float64)
    repeated = replace(rows, t=rows.t[index], y=rows.y[index], weight=even)
    first, second = (eliminate_readout(replace(data, samples=part)) for part in (rows, repeated))
    one, other = first.evaluate(any_stage.theta), second.evaluate(any_stage.theta)
    assert one.loss == pytest.approx(other.loss, rel=1e-10)
    expected = second.gradient(other)
    bound = 1e-9 * float(expected.norm())
    torch.testing.assert_close(first.gradient(one), expected, rtol=0, atol=bound)
