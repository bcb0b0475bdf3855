"""What the commands have in common: how they are called, where they write, where data files lie."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "output"
VARIABLE = "SKSPECTRAL_DATA"  # of the environment: the data folder, where no option names one


def parser(name: str, text: str | None) -> argparse.ArgumentParser:
    """A parser of `python -m benchmarks.NAME`, described by the first line of its docstring."""
    about, *_ = (text or "").split("\n")
    return argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=about)


def add_data(to: argparse.ArgumentParser, holds: str) -> None:
    """Add the option `--data`, for a folder that holds such files."""
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else None
    about = f"folder with {holds}; else that of {VARIABLE}"
    to.add_argument("--data", type=Path, default=folder, metavar="DIR", help=about)


def absent(files: str, folder: Path | None) -> str:
    """Where files were looked for and how to give them, for a line about what is left out."""
    where = "no data folder" if folder is None else f"not in {folder}"
    return f"{files}, {where}; give the folder by --data DIR or {VARIABLE}"
