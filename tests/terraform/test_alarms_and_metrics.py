"""Alarms and dashboards speak of metrics that exist, and every alarm has an answer in the runbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.autoscale_sim.metric_math import metric_ids
from shared.metrics import NAMESPACE, Metric
from tests.support.planned import Planned

pytestmark = pytest.mark.terraform

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
SCALES = re.compile(r"-scale-(out|in|wake)$")
"""Alarms that start or stop workers: nobody is told of them."""

METRICS_OF_AWS = {
    "AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency", "IntegrationLatency"},
    "AWS/DynamoDB": {
        "ReadThrottleEvents",
        "WriteThrottleEvents",
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
    },
    "AWS/ECS": {"CPUUtilization", "MemoryUtilization"},
    "AWS/Lambda": {"Errors", "Throttles", "Duration", "Invocations"},
    "AWS/SES": {"Reputation.BounceRate", "Reputation.ComplaintRate"},
    "AWS/SQS": {
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateAgeOfOldestMessage",
        "NumberOfMessagesSent",
    },
    "ECS/ContainerInsights": {"RunningTaskCount"},
}
"""Those of each namespace that are used here, as its page in AWS's documentation spells them."""


def test_every_metric_of_an_alarm_or_dashboard_exists(plan: Planned):
    ours = {metric.metric_name for metric in Metric}
    used = list(plan.metrics())
    assert {namespace for _, namespace, _, _ in used} >= {NAMESPACE, "AWS/SQS", "AWS/ApiGateway"}
    unknown = [
        (where, namespace, name)
        for where, namespace, name, _ in used
        if name not in (ours if namespace == NAMESPACE else METRICS_OF_AWS.get(namespace, set()))
    ]
    assert not unknown


def test_every_metric_math_reads_the_metrics_that_it_is_given(plan: Planned):
    checked = 0
    for alarm, queries in plan.metric_queries():
        given = {query["id"] for query in queries if query["metric"]}
        expressions = [query["expression"] for query in queries if query["expression"]]
        assert len(expressions) == sum(bool(query["return_data"]) for query in queries) == 1, alarm
        assert metric_ids(expressions[0]) == given, alarm
        checked += 1
    assert checked > 5


def test_every_alarm_tells_somebody_or_scales(plan: Planned):
    for address, alarm in plan.of("aws_cloudwatch_metric_alarm").items():
        assert alarm.get("alarm_actions") or plan.unknown(address)["alarm_actions"], address


def test_every_alarm_has_its_entry_in_the_runbook(plan: Planned):
    patterns = _entries()
    for name in _told(plan):
        assert any(pattern.fullmatch(name) for pattern in patterns), f"docs/runbook.md says nothing of {name}"


def test_every_entry_of_the_runbook_belongs_to_an_alarm(plan: Planned):
    told = _told(plan)
    for pattern in _entries():
        assert any(pattern.fullmatch(name) for name in told), f"no alarm is called {pattern.pattern}"


def test_every_queue_has_dead_letters_and_alarms_on_both(plan: Planned):
    queues = {values["name"]: address for address, values in plan.of("aws_sqs_queue").items()}
    working = [name for name in queues if not name.endswith("-dead-letters")]
    watched = {
        dimensions.get("QueueName")
        for where, _, _, dimensions in plan.metrics()
        if where in _alarm_names(plan)
    }
    assert len(working) >= 3
    for name in working:
        assert f"{name}-dead-letters" in queues
        assert plan.unknown(queues[name])["redrive_policy"], f"{name} has no redrive policy"
        assert {name, f"{name}-dead-letters"} <= watched


@pytest.mark.parametrize(("service", "kind"), [("transcriber", "transcription"), ("converter", "conversion")])
def test_the_number_of_tasks_follows_both_queues_of_a_service(plan: Planned, service: str, kind: str):
    counted: dict[str, set[str | None]] = {}
    for alarm, namespace, _, dimensions in plan.metrics():
        scales = SCALES.search(alarm)
        if scales and alarm.startswith(f"{plan.prefix}-{service}-") and namespace == "AWS/SQS":
            counted.setdefault(scales[1], set()).add(dimensions.get("QueueName"))
    assert {"out", "in"} <= set(counted)
    both = {f"{plan.prefix}-{kind}", f"{plan.prefix}-{kind}-priority"}
    assert all(queues == both for queues in counted.values()), counted


def _entries() -> list[re.Pattern[str]]:
    """The names in the first column of the table of alarms; <queue> stands for any."""
    table = RUNBOOK.read_text().split("## Alarms\n")[1].split("\n## ")[0]
    names = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert len(names) > 5
    return [re.compile(re.escape(name).replace("<queue>", "[a-z-]+")) for name in names]


def _told(plan: Planned) -> list[str]:
    """What alarms of which somebody is told are called, without the environment."""
    names = [name for name in _alarm_names(plan) if not SCALES.search(name)]
    assert all(name.startswith(f"{plan.prefix}-") for name in names)
    return [name.removeprefix(f"{plan.prefix}-") for name in names]


def _alarm_names(plan: Planned) -> list[str]:
    return [alarm["alarm_name"] for alarm in plan.of("aws_cloudwatch_metric_alarm").values()]
