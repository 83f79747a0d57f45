"""Mistakes that emulators accept and AWS refuses, or that show only when it is too late."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from shared.domain.object_keys import CLIPS_PREFIX
from tests.support.planned import Planned

pytestmark = pytest.mark.terraform

ROOT = Path(__file__).parents[2]

FARGATE_MEMORY_MIB = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4096 + 1, 1024)),
    1024: set(range(2048, 8192 + 1, 1024)),
    2048: set(range(4096, 16_384 + 1, 1024)),
    4096: set(range(8192, 30_720 + 1, 1024)),
    8192: set(range(16_384, 61_440 + 1, 4096)),
    16_384: set(range(32_768, 122_880 + 1, 8192)),
}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html"""

LONGEST = {
    ("aws_apigatewayv2_api", "name"): 128,
    ("aws_apigatewayv2_authorizer", "name"): 128,
    ("aws_appautoscaling_policy", "name"): 256,
    ("aws_backup_plan", "name"): 50,
    ("aws_backup_vault", "name"): 50,
    ("aws_budgets_budget", "name"): 100,
    ("aws_cloudfront_origin_access_control", "name"): 64,
    ("aws_cloudwatch_dashboard", "dashboard_name"): 255,
    ("aws_cloudwatch_event_rule", "name"): 64,
    ("aws_cloudwatch_log_group", "name"): 512,
    ("aws_cloudwatch_metric_alarm", "alarm_name"): 255,
    ("aws_cognito_user_pool", "name"): 128,
    ("aws_dynamodb_table", "name"): 255,
    ("aws_ecr_repository", "name"): 256,
    ("aws_ecs_cluster", "name"): 255,
    ("aws_ecs_service", "name"): 255,
    ("aws_ecs_task_definition", "family"): 255,
    ("aws_iam_role", "name"): 64,
    ("aws_lambda_function", "function_name"): 64,
    ("aws_s3_bucket", "bucket"): 63,
    ("aws_secretsmanager_secret", "name"): 512,
    ("aws_security_group", "name"): 255,
    ("aws_sesv2_configuration_set", "configuration_set_name"): 64,
    ("aws_sns_topic", "name"): 256,
    ("aws_sqs_queue", "name"): 80,
    ("aws_wafv2_web_acl", "name"): 128,
    ("aws_xray_group", "group_name"): 32,
    ("aws_xray_sampling_rule", "rule_name"): 32,
}
"""The most characters that each service takes, from its API reference."""

NOT_THERE = {("aws_budgets_budget", "dev"), ("aws_budgets_budget", "staging")}
"""Budgets count an account's whole cost: one environment has them."""


def test_every_task_has_a_size_that_fargate_knows(plan: Planned):
    tasks = plan.of("aws_ecs_task_definition").values()
    assert tasks
    for task in tasks:
        assert int(task["memory"]) in FARGATE_MEMORY_MIB[int(task["cpu"])], task["family"]
        assert task["requires_compatibilities"] == ["FARGATE"]


@pytest.mark.parametrize(("kind", "attribute"), LONGEST)
def test_names_are_no_longer_than_aws_takes(plan: Planned, kind: str, attribute: str):
    names = [values[attribute] for values in plan.of(kind).values() if values.get(attribute)]
    assert names or (kind, plan.environment) in NOT_THERE, f"the plan has no {kind} with a known {attribute}"
    assert not [name for name in names if len(name) > LONGEST[kind, attribute]]


def test_every_function_has_a_handler_that_can_be_called(plan: Planned):
    functions = plan.of("aws_lambda_function").values()
    assert len(functions) >= 3
    for function in functions:
        (image,) = function["image_config"]
        module, _, name = image["command"][0].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))


def test_every_image_is_of_a_service_that_can_be_started(plan: Planned):
    names = {values["name"].rpartition("/")[2] for values in plan.of("aws_ecr_repository").values()}
    services = names - {"xray-daemon"}  # AWS's own image, copied
    assert services >= {"api_lambda", "transcriber", "converter", "notifier"}
    dockerfiles = {path.parent.name for path in ROOT.glob("services/*/Dockerfile")}
    for service in services:
        assert (ROOT / "services" / service / "__main__.py").is_file()
        assert not dockerfiles or service in dockerfiles, f"services/{service} has no Dockerfile"


def test_the_bucket_of_uploads_tells_a_queue_that_takes_its_word(plan: Planned):
    (bucket,) = [
        values["bucket"]
        for address, values in plan.of("aws_s3_bucket").items()
        if address.endswith('aws_s3_bucket.this["audio"]')
    ]
    (uploads,) = [v for v in plan.of("aws_sqs_queue").values() if v["name"] == f"{plan.prefix}-uploads"]
    (admission,) = [
        statement
        for statement in json.loads(uploads["policy"])["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "s3.amazonaws.com"}
    ]
    assert admission["Action"] == "sqs:SendMessage"
    assert admission["Resource"].endswith(f":{plan.prefix}-uploads")
    assert admission["Condition"]["ArnEquals"] == {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}
    system = plan.json["configuration"]["root_module"]["module_calls"]["system"]["module"]
    storage = system["module_calls"]["storage"]
    assert 'module.queue["uploads"].arn' in storage["expressions"]["uploads_queue_arn"]["references"]
    (notification,) = [
        resource
        for resource in storage["module"]["resources"]
        if resource["type"] == "aws_s3_bucket_notification"
    ]
    assert notification["expressions"]["queue"][0]["queue_arn"]["references"] == ["var.uploads_queue_arn"]


def test_the_uploads_queue_hides_a_message_six_times_as_long_as_the_router_may_take(plan: Planned):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""
    (router,) = [
        values
        for values in plan.of("aws_lambda_function").values()
        if values["function_name"] == f"{plan.prefix}-router"
    ]
    (uploads,) = [v for v in plan.of("aws_sqs_queue").values() if v["name"] == f"{plan.prefix}-uploads"]
    assert uploads["visibility_timeout_seconds"] >= 6 * router["timeout"]
    (mapping,) = plan.of("aws_lambda_event_source_mapping").values()
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


def test_clips_are_forgotten_by_the_prefix_that_they_are_stored_under(plan: Planned):
    (rules,) = [
        values["rule"]
        for address, values in plan.of("aws_s3_bucket_lifecycle_configuration").items()
        if address.endswith('.this["transcripts"]')
    ]
    days = {
        (rule["filter"] or [{}])[0].get("prefix"): rule["expiration"][0]["days"]
        for rule in rules
        if rule["status"] == "Enabled"
    }
    assert days[CLIPS_PREFIX] == 30
