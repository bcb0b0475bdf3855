"""What stands for the fits of which the plan of a stage makes its choice."""

from types import SimpleNamespace

import numpy as np
import torch

from progresses import progress_of
from skspectral.networks import StageFunction
from skspectral.selection import LinearFit, StageFit, affine_part
from skspectral.series import SolvedStage
from skspectral.solvers import Status

ROWS = np.linspace(-1, 1, 100)[:, None]
START = progress_of(ROWS, np.ones(100))
CONSTANT = affine_part(torch.tensor([[1.0], [0.0]]).double())


def stage(error):
    """A constant of one with this error."""
    return StageFit(StageFunction(CONSTANT), error, 0, Status.SOLVED, [])


SERIES, LINEAR = stage(0.1), LinearFit(CONSTANT, 0.1, 0.1, 1)


def stand_ins(monkeypatch, module):
    """Stand for the fits that a module calls; exceptions are raised, `asked` has the arguments of each."""
    series = SolvedStage(SERIES, LINEAR, False)
    given = SimpleNamespace(series=series, linear=LINEAR, fewer=None, network=None, asked={}, calls=[])

    def stand_in(name):
        def found(*arguments, **_):
            given.asked[name] = arguments
            given.calls.append(name)
            value = getattr(given, name)
            if isinstance(value, Exception):
                raise value
            return value

        return found

    for name in ("series", "linear", "fewer", "network"):
        if hasattr(module, f"fit_{name}"):
            monkeypatch.setattr(module, f"fit_{name}", stand_in(name))
    return given
