"""The reference is complete, and what it describes has examples."""

import inspect
import re
from pathlib import Path

import pytest

import skspectral
import skspectral.datasets
import skspectral.inspection
import skspectral.metrics
import skspectral.solvers
from skspectral import MultiGradeRegressor, SpectralMultistageRegressor, TunerRegressor

API = (Path(__file__).parents[2] / "docs" / "api.rst").read_text(encoding="utf-8")
MODULES = [skspectral, skspectral.inspection, skspectral.datasets, skspectral.metrics, skspectral.solvers]
REGRESSORS = [SpectralMultistageRegressor, MultiGradeRegressor, TunerRegressor]
# For users; the rest of skspectral.solvers is for those who write a solver.
DESCRIBED = [getattr(m, name) for m in MODULES[:4] for name in m.__all__] + [
    skspectral.solvers.Adam,
    skspectral.solvers.LBFGS,
    skspectral.solvers.LevenbergMarquardt,
    skspectral.solvers.Status,
]
# Constructors that users do not call: records are made by fits.
MADE_INSIDE = {"SineLayers.of"}
# Members of solvers that the loop alone calls, and of stop reasons, which the class's example shows.
INNER = {"init", "step", "eliminates", "sentence", "ends_the_fit", "needs_attention"}


def own_members(cls):
    """Public methods and properties that our own classes define."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith("skspectral")]
    names = {name for base in ours for name in vars(base) if not name.startswith("_")}
    members = {name: inspect.getattr_static(cls, name) for name in names}
    kinds = (property, classmethod, staticmethod)
    return [n for n, m in sorted(members.items()) if inspect.isfunction(m) or isinstance(m, kinds)]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_public_name_is_in_the_reference(module):
    listed = set(re.findall(r"^   (\w+)$", API, re.MULTILINE))
    assert set(module.__all__) - listed == set()


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda described: described.__name__)
def test_every_public_name_has_an_example(described):
    assert ">>> " in (described.__doc__ or "")


@pytest.mark.parametrize("cls", [d for d in DESCRIBED if inspect.isclass(d)], ids=lambda cls: cls.__name__)
def test_every_public_method_has_an_example(cls):
    names = [n for n in own_members(cls) if n not in INNER and f"{cls.__name__}.{n}" not in MADE_INSIDE]
    assert [name for name in names if ">>> " not in (getattr(cls, name).__doc__ or "")] == []


@pytest.mark.parametrize("cls", REGRESSORS, ids=lambda cls: cls.__name__)
def test_regressors_name_each_other(cls):
    (section,) = re.findall(r"See Also\n +-+\n(.*?)\n\n", cls.__doc__, re.DOTALL)
    named = set(re.findall(r"^ +(\w+) : ", section, re.MULTILINE))
    regressors = {other.__name__ for other in REGRESSORS}
    assert named & regressors == regressors - {cls.__name__}
