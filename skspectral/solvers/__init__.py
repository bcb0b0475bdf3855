"""How is a stage fitted? One driver loop; Levenberg-Marquardt, L-BFGS, Adam."""

from .adam import Adam
from .cost import lm_step_flops
from .driver import Limits, Solution, Solver, minimize
from .lbfgs import LBFGS
from .levenberg_marquardt import LevenbergMarquardt
from .problem import (
    EliminatedProblem,
    FullProblem,
    Problem,
    StageData,
    eliminate_readout,
    orthonormal_basis,
)
from .status import Status

SOLVERS = {"lm": LevenbergMarquardt, "lbfgs": LBFGS, "adam": Adam}

__all__ = [
    "LBFGS",
    "SOLVERS",
    "Adam",
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
