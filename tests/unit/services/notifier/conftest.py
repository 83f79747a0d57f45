"""The stage of the notice handler's tests."""

from __future__ import annotations

import pytest

from tests.support.notifier_stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()
