"""The conda recipe asks for what the package itself asks for."""

import re
import tomllib
from pathlib import Path

import skspectral

ROOT = Path(__file__).parents[1]
RECIPE = (ROOT / ".ci" / "conda" / "meta.yaml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Names of conda-forge that are not those of the package index.
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def requirements(section):
    """Lines of a list of the recipe, as name and bound."""
    block = re.search(rf"^  {section}:\n((?:    - .*\n)+)", RECIPE, re.MULTILINE).group(1)
    return dict(re.findall(r"- (\S+) ?(\S*)", block))


def of_project(lines):
    found = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in lines)
    return {CONDA_NAMES.get(name, name): bound for name, bound in found.items() if bound}


def test_version_is_that_of_the_package():
    assert f'version: "{skspectral.__version__}"' in RECIPE


def test_requirements_are_those_of_the_project():
    asked = of_project(PROJECT["dependencies"]) | {"python": PROJECT["requires-python"]}
    assert requirements("run") == asked


def test_optional_packages_have_the_bounds_of_the_extras():
    extras = PROJECT["optional-dependencies"]
    asked = of_project(extras["nufft"] + extras["plot"])
    assert requirements("run_constrained") == asked
