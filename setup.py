"""The long description: the README without what only a checkout can show. All else is in pyproject.toml."""

import re
from pathlib import Path

from setuptools import setup


def long_description(readme: str) -> str:
    """The README, its pictures left out, and its links to files replaced by their text and path.

    A package index shows no files of the repository: pictures and relative links would lead nowhere.
    """
    shown = re.sub(r"<!-- picture -->.*?<!-- end of the picture -->\s*", "", readme, flags=re.DOTALL)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)([^)\s]+)\)", r"\1 (`\2`)", shown)


setup(
    long_description=long_description(Path(__file__).with_name("README.md").read_text(encoding="utf-8")),
    long_description_content_type="text/markdown",
)
