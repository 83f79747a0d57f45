"""Parts of the real system together, on an emulator of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.emulator import Emulator


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests of this folder."""
    with Emulator(tmp_path_factory.mktemp("emulator") / "emulator.log") as running:
        yield running
