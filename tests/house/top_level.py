"""A newcomer sees a dozen names at the top, and knows each."""

import subprocess
from fnmatch import fnmatch
from pathlib import Path

ALLOWED = {
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "MANIFEST.in",
    ".gitignore",
    ".ci",
    "skspectral",
    "tests",
    "examples",
    "benchmarks",
    "docs",
}


def violations(root: Path) -> list[str]:
    """Names at the top level that are none of the allowed ones."""
    names = _tracked(root) or _listed(root)
    return [f"{name}: not a name of the top level" for name in sorted(names - ALLOWED)]


def _tracked(root: Path) -> set[str]:
    """What git tracks; empty outside a checkout."""
    command = ["git", "-C", str(root), "ls-files"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return set()
    return {line.split("/")[0] for line in run.stdout.splitlines()}


def _listed(root: Path) -> set[str]:
    """What lies there, less what .gitignore leaves out."""
    ignore = root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = [".git", *(line.rstrip("/") for line in lines)]
    names = {path.name for path in root.iterdir()}
    return {name for name in names if not any(fnmatch(name, p) for p in patterns)}
