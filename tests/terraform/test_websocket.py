"""The WebSocket API of live progress: what AWS calls, and where the system hands messages over."""

from __future__ import annotations

import pytest

from tests.support.planned import Planned

pytestmark = pytest.mark.terraform

MANAGES = "execute-api:ManageConnections"


def test_every_event_of_a_connection_reaches_the_function(plan: Planned):
    (api,) = [v for v in plan.of("aws_apigatewayv2_api").values() if v["protocol_type"] == "WEBSOCKET"]
    assert api["name"] == f"{plan.prefix}-websocket"
    routes = {
        values["route_key"]
        for address, values in plan.of("aws_apigatewayv2_route").items()
        if ".websocket[" in address
    }
    assert routes == {"$connect", "$default", "$disconnect"}
    permissions = plan.of("aws_lambda_permission").values()
    assert "websocket-api" in {permission["statement_id"] for permission in permissions}


def test_its_stage_needs_no_role_of_the_whole_account(plan: Planned):
    """Access logs of a WebSocket API do: https://repost.aws/knowledge-center/api-gateway-cloudwatch-logs"""
    (stage,) = [v for v in plan.of("aws_apigatewayv2_stage").values() if v["name"] == "live"]
    assert not stage["access_log_settings"]
    assert stage["auto_deploy"] is True


def test_only_who_has_something_to_say_may_reach_connections(plan: Planned):
    may = {address for address, statement in plan.statements() if MANAGES in statement["actions"]}
    assert may == {
        'module.system.module.api.data.aws_iam_policy_document.functions["websocket"]',
        "module.system.module.notifier.data.aws_iam_policy_document.task",
    }


def test_both_are_told_where(plan: Planned):
    told = {process for process, names in plan.settings.items() if "LIVE_MANAGEMENT_URL" in names}
    assert told == {"websocket", "notifier"}
