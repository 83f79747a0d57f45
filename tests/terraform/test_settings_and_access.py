"""What a process is told and what it may do are what its code reads and what its adapters declare."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from services.api_lambda.settings import ApiSettings, LiveSettings, RouterSettings
from services.converter.settings import ConverterSettings
from services.notifier.settings import NotifierSettings
from services.reconciler.settings import ReconcilerSettings
from services.transcriber.settings import TranscriberSettings
from shared.settings import ServiceSettings
from tests.support.declared_access import declared_actions
from tests.support.planned import Planned

pytestmark = pytest.mark.terraform

SETTINGS: dict[str, type[ServiceSettings]] = {
    "api": ApiSettings,
    "router": RouterSettings,
    "reconciler": ReconcilerSettings,
    "websocket": LiveSettings,
    "transcriber": TranscriberSettings,
    "converter": ConverterSettings,
    "notifier": NotifierSettings,
}
POLICIES = {
    "api": 'module.api.data.aws_iam_policy_document.functions["api"]',
    "router": 'module.api.data.aws_iam_policy_document.functions["router"]',
    "reconciler": 'module.api.data.aws_iam_policy_document.functions["reconciler"]',
    "websocket": 'module.api.data.aws_iam_policy_document.functions["websocket"]',
    "transcriber": "module.transcriber.data.aws_iam_policy_document.task",
    "converter": "module.converter.data.aws_iam_policy_document.task",
    "notifier": "module.notifier.data.aws_iam_policy_document.task",
}
BUILT_BY: dict[str, tuple[str, Iterable[str] | None]] = {
    "api": ("services/api_lambda/bootstrap.py", ("build_app", "build_lambda_api")),
    "router": ("services/api_lambda/bootstrap.py", ("build_router",)),
    "reconciler": ("services/reconciler/bootstrap.py", None),
    "websocket": ("services/api_lambda/live_bootstrap.py", None),
    "transcriber": ("services/transcriber/bootstrap.py", None),
    "converter": ("services/converter/bootstrap.py", None),
    "notifier": ("services/notifier/bootstrap.py", None),
}
FUNCTIONS = {"api", "router", "reconciler", "websocket"}
SET_BY_LAMBDA = {"AWS_XRAY_DAEMON_ADDRESS"}
"""Lambda tells every function itself: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

EVERYWHERE = {
    "logs:CreateLogStream",  # Lambda writes a function's log with the function's role
    "logs:PutLogEvents",
    "xray:PutTraceSegments",  # the daemon sends what the code hands it
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "ecs:GetTaskProtection",  # asked of the task's own agent, not of an adapter's client
    "ecs:UpdateTaskProtection",
}
BY_THE_PLATFORM = {
    "router": {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    },  # the event-source mapping
}
NO_RESOURCE_TO_NAME = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "ecr:GetAuthorizationToken"}
"""Actions that AWS lets nobody limit to a resource, beside those of EVERYWHERE that begin with xray:."""


@pytest.mark.parametrize("process", SETTINGS)
def test_a_process_is_given_what_its_code_reads_and_nothing_else(plan: Planned, process: str):
    given = set(plan.settings[process])
    read = {name.upper() for name in SETTINGS[process].model_fields}
    read -= SET_BY_LAMBDA if process in FUNCTIONS else set()
    # A secret that is named by its ARN comes from Secrets Manager, not from the environment.
    secrets = {name for name in read if f"{name}_SECRET_ARN" in given}
    assert given - {f"{name}_SECRET_ARN" for name in secrets} == read - secrets - _arns_of(read)


def _arns_of(read: set[str]) -> set[str]:
    return {name for name in read if name.endswith("_SECRET_ARN")}


def test_every_process_of_the_plan_is_known_here(plan: Planned):
    assert set(plan.settings) == set(SETTINGS)


@pytest.mark.parametrize("process", POLICIES)
def test_a_process_may_do_what_its_adapters_declare_and_nothing_else(plan: Planned, process: str):
    granted = {
        action
        for address, statement in plan.statements()
        if address.endswith(POLICIES[process])
        for action in statement["actions"]
    }
    platform = EVERYWHERE | BY_THE_PLATFORM.get(process, set())
    assert granted - platform == declared_actions(*BUILT_BY[process]) - platform


def test_no_policy_hides_from_these_tests_but_those_of_buckets(plan: Planned):
    assert [one for one in plan.unread_policies() if "module.storage." not in one] == []


def test_no_statement_that_allows_names_every_action(plan: Planned):
    too_wide = [
        (address, action)
        for address, statement in plan.statements()
        if statement["effect"] != "Deny"
        for action in statement["actions"] or ()
        if "*" in action
    ]
    assert not too_wide


def test_only_actions_without_resources_are_allowed_on_every_resource(plan: Planned):
    too_wide = [
        (address, action)
        for address, statement in plan.statements()
        if statement["effect"] != "Deny" and "*" in (statement["resources"] or ())
        for action in statement["actions"]
        if action not in NO_RESOURCE_TO_NAME and not action.startswith("xray:")
    ]
    assert not too_wide


@pytest.mark.parametrize("process", SETTINGS)
def test_the_signing_key_stands_in_no_environment(plan: Planned, process: str):
    assert "LINK_SIGNING_KEY" not in plan.settings[process]
