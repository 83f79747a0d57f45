from __future__ import annotations

from typing import Any

from tools.terraform.applied import unexpected_changes


def plan(kind: str, actions: list[str], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after}
    return {"resource_changes": [{"address": f"{kind}.this", "type": kind, "change": change}]}


def test_what_stays_as_it_is_and_what_is_only_read_is_no_change() -> None:
    assert list(unexpected_changes(plan("aws_sqs_queue", ["no-op"], {"name": "q"}, {"name": "q"}))) == []
    assert list(unexpected_changes(plan("aws_iam_policy_document", ["read"], {}, {"json": "{}"}))) == []


def test_an_attribute_that_the_emulator_forgets_is_no_change() -> None:
    forgotten = plan("aws_ecs_service", ["update"], {}, {"availability_zone_rebalancing": "ENABLED"})
    assert list(unexpected_changes(forgotten)) == []


def test_any_other_attribute_of_the_same_resource_is_named() -> None:
    changed = plan(
        "aws_ecs_service",
        ["update"],
        {"desired_count": 0},
        {"desired_count": 2, "availability_zone_rebalancing": "ENABLED"},
    )
    assert list(unexpected_changes(changed)) == ["aws_ecs_service.this (update: desired_count)"]


def test_a_resource_that_would_be_made_anew_is_named_whatever_changed() -> None:
    replaced = plan("aws_ecs_service", ["delete", "create"], {}, {"availability_zone_rebalancing": "ENABLED"})
    assert list(unexpected_changes(replaced)) == ["aws_ecs_service.this (delete/create: )"]
