"""Fits at their start, as a fixture."""

import pytest

from progresses import progress_of


@pytest.fixture
def start():
    return progress_of
