"""How is a stage fitted? One driver loop; Levenberg-Marquardt, L-BFGS, Adam."""

from .adam import Adam
from .cost import lm_step_flops
from .driver import FEW_STEPS as FEW_STEPS
from .driver import Limits, Solution, Solver, minimize
from .eliminated import EliminatedPoint, EliminatedProblem, eliminate_readout
from .full import FullProblem
from .lbfgs import LBFGS
from .levenberg_marquardt import LevenbergMarquardt
from .problem import Problem, StageData, orthonormal_basis
from .status import Status

#: The solvers by the names that `solver=` takes.
SOLVERS = {"lm": LevenbergMarquardt, "lbfgs": LBFGS, "adam": Adam}

__all__ = [
    "LBFGS",
    "SOLVERS",
    "Adam",
    "EliminatedPoint",
    "EliminatedProblem",
    "FullProblem",
    "LevenbergMarquardt",
    "Limits",
    "Problem",
    "Solution",
    "Solver",
    "StageData",
    "Status",
    "eliminate_readout",
    "lm_step_flops",
    "minimize",
    "orthonormal_basis",
]
