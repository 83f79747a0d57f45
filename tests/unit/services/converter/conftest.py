import os
from pathlib import Path

import pytest

from services.converter.scratch import scratch_file


@pytest.fixture
def target():
    with scratch_file() as file:
        yield file


@pytest.fixture
def open_files():
    """How many files this process has open."""
    return lambda: len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0


@pytest.fixture
def scratch():
    with scratch_file() as file:
        yield file
