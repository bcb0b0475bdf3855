"""Lint and types, run by the test command with the settings that everybody else uses."""

import subprocess
import sys
from pathlib import Path

from house.source import CODE, PACKAGE

PROJECT = Path(__file__).parents[2]


def lint(root: Path) -> list[str]:
    """What ``ruff check`` finds in the code of ``root``."""
    folders = [folder for folder in CODE if (root / folder).exists()]
    settings = f"--config={PROJECT / 'pyproject.toml'}"
    return _run(root, "ruff", "check", "--quiet", "--output-format=concise", settings, *folders)


def style(root: Path) -> list[str]:
    """Files that ``ruff format`` would change."""
    folders = [folder for folder in CODE if (root / folder).exists()]
    settings = f"--config={PROJECT / 'pyproject.toml'}"
    return _run(root, "ruff", "format", "--check", "--quiet", settings, *folders)


def types(root: Path) -> list[str]:
    """What ``mypy`` finds in the package and the benchmarks of ``root``."""
    folders = [folder for folder in (PACKAGE, "benchmarks") if (root / folder).exists()]
    settings = f"--config-file={PROJECT / 'setup.cfg'}"
    return _run(root, "mypy", "--no-error-summary", "--hide-error-context", settings, *folders)


def _run(root: Path, tool: str, *arguments: str) -> list[str]:
    """The tool's lines, none when it is content; a failure never stays without a line."""
    command = [sys.executable, "-m", tool, *arguments]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True)
    lines = (run.stdout + run.stderr).splitlines()
    return [] if run.returncode == 0 else lines or [f"{tool} exited with {run.returncode}"]
