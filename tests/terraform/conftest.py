"""The plans of the environments, made once for all tests of a session and kept for the next."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.planned import Planned
from tools.terraform.plan import ENVIRONMENTS, PlanFailed, cached_plan_of, terraform_command


@pytest.fixture(scope="session")
def _planned() -> Callable[[str], Planned]:
    known: dict[str, Planned] = {}

    def planned(environment: str) -> Planned:
        if environment not in known:
            known[environment] = Planned(environment, _plan_or_skip(environment))
        return known[environment]

    return planned


@pytest.fixture(params=ENVIRONMENTS)
def plan(request: pytest.FixtureRequest, _planned: Callable[[str], Planned]) -> Planned:
    """The plan of each environment in turn."""
    return _planned(request.param)


def _plan_or_skip(environment: str) -> dict[str, Any]:
    in_ci = os.environ.get("CI") == "true"
    if terraform_command() is None and not in_ci:
        pytest.skip("terraform is not installed")
    try:
        return cached_plan_of(environment)
    except PlanFailed as error:
        if "terraform init" in str(error) and not in_ci:
            pytest.skip(f"the AWS provider could not be had: {error}")
        raise
