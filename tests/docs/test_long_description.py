"""The long description that a package index shows: no pictures, and no links but to the web."""

import re
import shutil
import subprocess
import sys
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = "from setuptools import build_meta; build_meta.prepare_metadata_for_build_wheel('.')"


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """As the build backend writes it into the metadata of a wheel."""
    pytest.importorskip("setuptools", reason="the build backend is not installed", minversion="77")
    folder = tmp_path_factory.mktemp("package")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    (folder / "skspectral").mkdir()
    shutil.copy(ROOT / "skspectral" / "__init__.py", folder / "skspectral")
    subprocess.run([sys.executable, "-c", BUILD], cwd=folder, check=True, capture_output=True)
    (metadata,) = folder.glob("*.dist-info/METADATA")
    message = message_from_string(metadata.read_text(encoding="utf-8"))
    assert message["Description-Content-Type"] == "text/markdown"
    return message.get_payload()


def test_it_has_no_pictures(description):
    assert "![" not in description and "<img" not in description


def test_all_links_lead_to_the_web(description):
    targets = re.findall(r"\]\(([^)]*)\)", description)
    assert targets and [target for target in targets if not target.startswith("https://")] == []


def test_all_paths_are_in_the_source_distribution(description):
    named = re.findall(r"\(`([^`]+)`\)", description)
    assert named and [path for path in named if not (ROOT / path).exists()] == []


def test_all_else_is_the_readme(description):
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    lines = [line for line in readme if "](" not in line and line.strip()]
    del lines[lines.index("<!-- picture -->") : lines.index("<!-- end of the picture -->") + 1]
    assert [line for line in lines if line not in description] == []
