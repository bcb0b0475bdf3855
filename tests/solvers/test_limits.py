"""When time is up, a step ends between two of its parts."""

import pytest
import torch

from clocks import Ticking
from skspectral._backend.clock import OutOfTime
from skspectral.solvers import LBFGS, Adam, LevenbergMarquardt, Limits, Status, eliminate_readout, minimize
from skspectral.solvers.eliminated import EliminatedProblem
from skspectral.solvers.jacobian import ProjectedJacobian


@pytest.fixture
def problem(any_stage):
    return eliminate_readout(any_stage.data)


@pytest.mark.parametrize("seconds", [3, 10, 40])
@pytest.mark.parametrize(
    "solver",
    [
        LBFGS(),
        LevenbergMarquardt(form="primal"),
        LevenbergMarquardt(form="dual"),
        LevenbergMarquardt(form="matrix-free"),
        Adam(),
        Adam(batch_size=7),
    ],
    ids=repr,
)
def test_the_best_point_is_kept_soon_after_the_deadline(solver, seconds, any_stage, problem):
    clock = Ticking(seconds)
    solution = minimize(solver, problem, any_stage.theta, Limits(10**4, clock, tol=0.0))
    assert solution.status in {Status.MAX_TIME, Status.STUCK, Status.ROUNDING_FLOOR, Status.CONVERGED}
    assert clock.late <= 4  # looks between two evaluations, and on the way out
    assert solution.point.loss <= problem.evaluate(any_stage.theta).loss


def test_a_line_search_ends_between_two_trials(any_stage, problem, monkeypatch):
    """Every trial point is worse: without a clock it tries 25 of them."""
    clock, trials = Ticking(6), []
    evaluate = EliminatedProblem.evaluate

    def worse(self, theta):
        trials.append(theta)
        point = evaluate(self, theta)
        object.__setattr__(point, "loss", point.loss + len(trials))
        return point

    monkeypatch.setattr(EliminatedProblem, "evaluate", worse)
    state = LBFGS().init(problem, any_stage.theta, Limits(5, clock))
    with pytest.raises(OutOfTime):
        LBFGS().step(problem, state)
    assert len(trials) < 10


def test_products_end_between_two(any_stage, problem):
    clock = Ticking(4)
    jacobian = ProjectedJacobian(problem, problem.evaluate(any_stage.theta), clock)
    direction = torch.ones(jacobian.p).double()
    with pytest.raises(OutOfTime):
        for _ in range(10):
            jacobian.times(direction)
    assert clock.late <= 1


def test_a_pass_that_is_cut_short_keeps_its_updates(any_stage, problem):
    """The first pass takes more looks than there are seconds."""
    clock = Ticking(6)
    solver = Adam(batch_size=1)
    state = solver.step(problem, solver.init(problem, any_stage.theta, Limits(10, clock)))
    assert clock.late <= 2
    assert not torch.equal(state.point.theta, any_stage.theta)


def test_no_step_begins_that_would_end_late_if_it_took_as_long_as_the_start(any_stage, problem):
    class Slow(LBFGS):
        """Each evaluation takes a while."""

        def init(self, problem, parameters, limits):
            clock.time += 60
            return super().init(problem, parameters, limits)

        def step(self, problem, state):
            raise AssertionError

    clock = Ticking(100)
    solution = minimize(Slow(), problem, any_stage.theta, Limits(5, clock))
    assert solution.status is Status.MAX_TIME and solution.n_iter == 0
