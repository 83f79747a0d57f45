"""Which workers an environment keeps running when there is nothing to do."""

from __future__ import annotations

import pytest

from tests.support.planned import Planned

pytestmark = pytest.mark.terraform


def test_prod_alone_keeps_a_converter_running_for_fresh_clips_and_not_on_spot(plan: Planned):
    (scaled,) = (
        one for address, one in plan.of("aws_appautoscaling_target").items() if "module.converter." in address
    )
    (service,) = (
        one for address, one in plan.of("aws_ecs_service").items() if "module.converter." in address
    )
    on_demand = [one["base"] for one in service["capacity_provider_strategy"] if one["base"]]

    assert scaled["min_capacity"] == (1 if plan.environment == "prod" else 0)
    assert sum(on_demand) == scaled["min_capacity"]
