"""The scaling rules of a service, read from the JSON of a Terraform plan (``terraform show -json``).

The plan's format: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]


class PlanError(Exception):
    """The plan lacks what the service's scaling needs."""


@dataclass(frozen=True)
class Alarm:
    """When a rule acts: its expression beyond the threshold for so many of the last minutes."""

    expression: str
    operator: str
    threshold: float
    evaluation_periods: int
    datapoints: int


@dataclass(frozen=True)
class Rule:
    """One step scaling policy with its alarm. ``adjustment`` is in tasks or in percent."""

    name: str
    adjustment_type: str
    adjustment: float
    min_magnitude: int
    cooldown_seconds: int
    alarm: Alarm


@dataclass(frozen=True)
class ServicePlan:
    """What a service may have: its rules, how many tasks, how large they are, and how they are bought."""

    min_tasks: int
    max_tasks: int
    rules: tuple[Rule, ...]
    vcpus: float
    memory_gib: float
    on_demand_base: int
    on_demand_share: float
    """Of the tasks above the base, 0-1; the others run on Spot."""


def resources_of(plan: Mapping[str, Any]) -> Iterator[Resource]:
    """Every resource that the plan will leave behind, whatever module it stands in."""
    yield from _resources(plan["planned_values"]["root_module"])


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def service_plan(plan: Mapping[str, Any], service: str) -> ServicePlan:
    """The service's part of the plan. Raises :class:`PlanError` where it has no autoscaling."""
    resources = [one for one in resources_of(plan) if _belongs(one, service)]
    target = _only(resources, "aws_appautoscaling_target")
    task = _only(resources, "aws_ecs_task_definition")
    bought = _only(resources, "aws_ecs_service")["capacity_provider_strategy"]
    on_demand = [one for one in bought if one["capacity_provider"] == "FARGATE"]
    weights = sum(one["weight"] for one in bought)
    return ServicePlan(
        min_tasks=int(target["min_capacity"]),
        max_tasks=int(target["max_capacity"]),
        rules=tuple(_rules(resources)),
        vcpus=int(task["cpu"]) / 1024,
        memory_gib=int(task["memory"]) / 1024,
        on_demand_base=sum(one["base"] or 0 for one in on_demand),
        on_demand_share=sum(one["weight"] for one in on_demand) / weights,
    )


def _belongs(resource: Resource, service: str) -> bool:
    """Whether it stands in the service's module: module.transcriber or module.workers["transcriber"]."""
    return re.search(rf'module\.(\w+\["{service}"\]|{service}(\[\d+\])?)\.', resource["address"]) is not None


def _only(resources: list[Resource], kind: str) -> Mapping[str, Any]:
    found = [one["values"] for one in resources if one["type"] == kind]
    if len(found) != 1:
        raise PlanError(f"the plan has {len(found)} {kind} of this service, not one")
    values: Mapping[str, Any] = found[0]
    return values


def _rules(resources: list[Resource]) -> Iterator[Rule]:
    """A policy and its alarm have the same key; the plan doesn't know yet which ARN the policy will have."""
    alarms = {
        one["index"]: one["values"]
        for one in resources
        if one["type"] == "aws_cloudwatch_metric_alarm" and one["name"] == "scaling"
    }
    for policy in (one for one in resources if one["type"] == "aws_appautoscaling_policy"):
        name = policy["index"]
        (steps,) = policy["values"]["step_scaling_policy_configuration"]
        (step,) = steps["step_adjustment"]
        yield Rule(
            name=name,
            adjustment_type=steps["adjustment_type"],
            adjustment=float(step["scaling_adjustment"]),
            min_magnitude=steps.get("min_adjustment_magnitude") or 0,
            cooldown_seconds=steps["cooldown"],
            alarm=_alarm(alarms[name]),
        )


def _alarm(values: Mapping[str, Any]) -> Alarm:
    (expression,) = [one["expression"] for one in values["metric_query"] if one.get("expression")]
    periods = values["evaluation_periods"]
    return Alarm(
        expression=expression,
        operator=values["comparison_operator"],
        threshold=values["threshold"],
        evaluation_periods=periods,
        datapoints=values.get("datapoints_to_alarm") or periods,
    )
