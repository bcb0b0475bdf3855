"""What users may import, and what the package says of itself."""

import importlib.metadata
from importlib.resources import files

import pytest

import skspectral
import skspectral.datasets
import skspectral.inspection
import skspectral.metrics

MODULES = [skspectral, skspectral.datasets, skspectral.inspection, skspectral.metrics]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_all_public_names_exist_and_are_documented(module):
    undocumented = [name for name in module.__all__ if not getattr(module, name).__doc__]
    assert undocumented == []


def test_records_have_a_public_path():
    model = skspectral.TunerRegressor().fit([[0.0], [1.0], [2.0], [4.0]], [0.0, 1.0, 2.0, 4.0])
    assert all(isinstance(stage, skspectral.StageRecord) for stage in model.stages_)


def test_the_version_stands_in_one_place():
    assert importlib.metadata.version("skspectral") == skspectral.__version__


def test_type_checkers_are_told_that_the_package_is_typed():
    assert files(skspectral).joinpath("py.typed").is_file()
