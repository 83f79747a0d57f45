"""A plan, by what tests ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.autoscale_sim.rules import resources_of

Values = Mapping[str, Any]


class Planned:
    """What Terraform would leave behind. What only AWS can say (ARNs, URLs) is unknown and absent."""

    def __init__(self, environment: str, plan: Mapping[str, Any]) -> None:
        self.environment = environment
        self.prefix = f"escriba-{environment}"
        self.json = plan
        self.resources = list(resources_of(plan))

    def of(self, kind: str) -> dict[str, Values]:
        """Values of the resources of a type, by address."""
        return {one["address"]: one.get("values", {}) for one in self.resources if one["type"] == kind}

    @property
    def settings(self) -> Mapping[str, list[str]]:
        """The variables that each process is given, by process."""
        settings: Mapping[str, list[str]] = self.json["planned_values"]["outputs"]["settings"]["value"]
        return settings

    def unknown(self, address: str) -> Values:
        """Which of a resource's attributes are set, but known only once it is there."""
        (change,) = [one for one in self.json["resource_changes"] if one["address"] == address]
        unknown: Values = change["change"]["after_unknown"]
        return unknown

    def statements(self) -> Iterator[tuple[str, Values]]:
        """Every statement of every policy that is written as a policy document, with its address."""
        for change in self.json["resource_changes"]:
            if change["type"] == "aws_iam_policy_document":
                for statement in change["change"]["after"].get("statement") or ():
                    yield change["address"], statement

    def unread_policies(self) -> list[str]:
        """Policy documents whose statements are known only once their resources are there."""
        return [
            change["address"]
            for change in self.json["resource_changes"]
            if change["type"] == "aws_iam_policy_document" and "statement" not in change["change"]["after"]
        ]

    def metric_queries(self) -> Iterator[tuple[str, list[Values]]]:
        """The metric queries of every alarm that has some, by the alarm's name."""
        for alarm in self.of("aws_cloudwatch_metric_alarm").values():
            if alarm["metric_query"]:
                yield alarm["alarm_name"], alarm["metric_query"]

    def metrics(self) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
        """Every metric of an alarm or dashboard: where it is used, namespace, name, dimensions."""
        for alarm in self.of("aws_cloudwatch_metric_alarm").values():
            if alarm["metric_name"]:
                yield (
                    alarm["alarm_name"],
                    alarm["namespace"],
                    alarm["metric_name"],
                    alarm.get("dimensions") or {},
                )
        for name, queries in self.metric_queries():
            for metric in (metric for query in queries for metric in query["metric"]):
                yield name, metric["namespace"], metric["metric_name"], metric.get("dimensions") or {}
        for dashboard, shown in self.json["planned_values"]["outputs"]["dashboard_metrics"]["value"].items():
            for namespace, name in (metric.split() for metric in shown):
                yield f"dashboard {dashboard}", namespace, name, {}
