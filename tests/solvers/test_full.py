"""Every parameter at once, under the weighted mean of |residual|^p: formulas and autograd."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skspectral.solvers import FullProblem
from skspectral.solvers import full as full_module
from skspectral.solvers.full import START_ALPHA

NORMS = [2.0, 3.0, 4.0, 10.0]


@pytest.fixture
def parameters(any_stage):
    """theta and a readout that is not the best one, so that no residual vanishes."""
    q = any_stage.design().shape[1]
    generator = torch.Generator().manual_seed(1)
    shape = (q * any_stage.data.samples.k,)
    readout = 0.5 * torch.randn(shape, dtype=torch.float64, generator=generator)
    return torch.cat([any_stage.theta, readout])


@pytest.mark.parametrize("norm", NORMS)
def test_loss_is_the_formula(norm, any_stage, parameters):
    found = FullProblem(any_stage.data, norm).evaluate(parameters).loss
    assert found == pytest.approx(float(any_stage.loss(norm, parameters)), rel=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_gradient_is_automatic_differentiation(norm, any_stage, parameters):
    problem = FullProblem(any_stage.data, norm)
    found = problem.gradient(problem.evaluate(parameters))
    expected = torch.func.grad(lambda x: any_stage.loss(norm, x))(parameters)
    bound = 1e-12 * float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=0, atol=bound)


@pytest.mark.parametrize("norm", NORMS)
def test_weights_are_repeats(norm, any_stage, parameters):
    """Whole weights against every row written out that often."""
    rows = any_stage.data.samples
    counts = (rows.weight / rows.weight.min()).round().long()
    index = torch.repeat_interleave(torch.arange(rows.n), counts)
    even = torch.full((len(index),), 1 / len(index), dtype=torch.float64)
    repeated = replace(rows, t=rows.t[index], y=rows.y[index], weight=even)
    weighted = FullProblem(any_stage.data, norm).evaluate(parameters).loss
    written = FullProblem(replace(any_stage.data, samples=repeated), norm).evaluate(parameters).loss
    assert weighted == pytest.approx(written, rel=1e-12)


def test_start_has_the_readout_of_a_small_ridge(any_stage):
    """Its normal equations: A^T (b - A c) = alpha s^2 c, s the largest singular value of A."""
    problem, design = FullProblem(any_stage.data), any_stage.design()
    nonlinear, readout = problem.split(problem.start(any_stage.theta))
    assert torch.equal(nonlinear, any_stage.theta)
    gradient = design.T @ (any_stage.data.targets - design @ readout)
    ridge = START_ALPHA * torch.linalg.matrix_norm(design, 2) ** 2
    torch.testing.assert_close(gradient, ridge * readout, rtol=1e-6, atol=1e-9 * float(gradient.norm()))


def test_start_keeps_what_rows_show_and_has_no_large_weights(any_stage):
    """Directions of a tenth of the largest singular value keep nine tenths; none is blown up 20 times."""
    problem, design = FullProblem(any_stage.data), any_stage.design()
    _, readout = problem.split(problem.start(any_stage.theta))
    gradient = design.T @ (any_stage.data.targets - design @ readout)
    square = torch.linalg.matrix_norm(design, 2) ** 2 * readout.square().sum()
    ridge = float((gradient * readout).sum() / square)
    assert 0.1**2 / (0.1**2 + ridge) > 0.9
    assert 1 / (2 * ridge**0.5) < 20  # the most of r / (r^2 + ridge) over all ratios r


def test_start_is_found_on_as_many_rows_as_are_affordable(any_stage, monkeypatch):
    data, n_columns = any_stage.data, any_stage.design().shape[1]
    monkeypatch.setattr(full_module, "STEP_FLOPS", 0.0)
    some = data.samples.draw(2 * n_columns, torch.Generator().manual_seed(0))
    assert some.n < data.samples.n
    found = FullProblem(data).start(any_stage.theta)
    expected = FullProblem(replace(data, samples=some)).start(any_stage.theta)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_validation_error_is_the_weighted_root_mean_square(any_stage, parameters):
    problem, held_out = FullProblem(any_stage.data), any_stage.data.validation
    found = problem.validation_error(problem.evaluate(parameters))
    nonlinear, readout = problem.split(parameters)
    trained = any_stage.data.network.features(nonlinear, held_out.t)
    left = held_out.y - torch.cat([any_stage.data.fixed(held_out.t), trained], 1) @ readout
    expected = np.sqrt((held_out.weight.numpy() @ left.square().numpy()).sum())
    assert found == pytest.approx(expected, rel=1e-12)


def test_no_held_out_rows_are_no_judgment(solvable):
    problem = FullProblem(solvable.data)
    point = problem.evaluate(problem.start(solvable.theta))
    assert np.isnan(problem.validation_error(point))


def test_batches_meet_rows_anywhere_in_their_cells(solvable):
    """Where residuals vanish the mean loss is cell^2 / 12 times squared slopes (Bishop 1995)."""
    data, cell = solvable.data, 1e-3 * torch.arange(1, 1 + solvable.data.samples.d).double()
    parameters = FullProblem(data).start(solvable.theta)
    rows = data.samples

    def values(t):
        features = torch.cat([data.fixed(t), data.network.features(solvable.theta, t)], 1)
        return features @ FullProblem(data).split(parameters)[1]

    slopes = torch.func.vmap(torch.func.jacrev(lambda t: values(t[None])[0]))(rows.t)  # shape: (n, k, d)
    expected = (rows.weight[:, None, None] * (slopes * cell).square()).sum() / 12
    met = replace(data, samples=rows.with_targets(values(rows.t)), cell=cell)
    gradient = FullProblem(met).on_batches(None)
    losses = [gradient(parameters, torch.arange(rows.n))[1] for _ in range(300)]
    assert np.mean(losses) == pytest.approx(float(expected), rel=0.1)
    at_rows = FullProblem(replace(met, cell=None)).on_batches(None)(parameters, torch.arange(rows.n))[1]
    assert at_rows < 1e-3 * float(expected)
