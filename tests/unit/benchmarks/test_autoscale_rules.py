"""The arithmetic of step scaling and of metric math, as AWS documents it."""

from __future__ import annotations

import pytest

from benchmarks.autoscale_sim.autoscaler import Autoscaler, step
from benchmarks.autoscale_sim.metric_math import MetricMathError, evaluate, metric_ids
from benchmarks.autoscale_sim.rules import Alarm, PlanError, Rule, ServicePlan, service_plan

TASKS = "IF(FILL(running, 0) < 1, 1, FILL(running, 0))"
BACKLOG = f"FILL(visible, 0) / {TASKS}"
HELD = f"IF(FILL(running, 0) <= 10 AND FILL(visible, 0) + FILL(in_flight, 0) > 0, 200, {BACKLOG})"


def rule(name="out", adjustment=20.0, magnitude=10, *, kind="PercentChangeInCapacity", **alarm) -> Rule:
    operator = "LessThanThreshold" if name == "in" else "GreaterThanThreshold"
    defaults = {
        "expression": BACKLOG,
        "operator": operator,
        "threshold": 200 if name == "in" else 500,
        "evaluation_periods": 5 if name == "in" else 2,
        "datapoints": 5 if name == "in" else 2,
    }
    cooldown = 300 if name == "in" else 60
    return Rule(name, kind, adjustment, magnitude, cooldown, Alarm(**{**defaults, **alarm}))


OUT, IN = rule(), rule("in", -20.0)
WAKE = rule(
    "wake",
    1.0,
    0,
    kind="ChangeInCapacity",
    expression="IF(FILL(running, 0) < 1, FILL(visible, 0), 0)",
    threshold=0,
    evaluation_periods=1,
    datapoints=1,
)


def plan(*rules: Rule, min_tasks: int = 2, max_tasks: int = 500) -> ServicePlan:
    return ServicePlan(min_tasks, max_tasks, rules, 2.0, 8.0, on_demand_base=2, on_demand_share=0.2)


@pytest.mark.parametrize(
    ("tasks", "more"), [(1, 10), (4, 10), (50, 10), (54, 10), (55, 11), (59, 11), (100, 20)]
)
def test_a_step_out_is_a_fifth_rounded_down_and_ten_at_least(tasks: int, more: int):
    assert step(OUT, tasks) == more


@pytest.mark.parametrize(("tasks", "fewer"), [(4, -10), (54, -10), (59, -11), (100, -20)])
def test_a_step_in_is_a_fifth_rounded_towards_zero_and_ten_at_least(tasks: int, fewer: int):
    assert step(IN, tasks) == fewer


@pytest.mark.parametrize(("tasks", "more"), [(1, 1), (4, 1), (5, 1), (9, 1), (10, 2), (14, 2)])
def test_a_percentage_below_one_task_counts_as_one(tasks: int, more: int):
    assert step(rule(magnitude=0), tasks) == more


def test_a_percentage_of_no_tasks_is_none_and_a_number_is_a_number():
    assert step(OUT, 0) == 0
    assert step(WAKE, 0) == 1


def minutes(scaler: Autoscaler, count: int, *, first: int = 1, **metrics: float) -> list[int]:
    return [scaler.minute((first + n) * 60, {"in_flight": 0, **metrics}) for n in range(count)]


def test_workers_are_added_once_the_backlog_stands_for_all_periods():
    scaler = Autoscaler(plan(OUT, IN))
    assert minutes(scaler, 3, visible=1001 * 2, running=2) == [2, 12, 22]


def test_exactly_the_threshold_is_no_breach():
    scaler = Autoscaler(plan(OUT, IN))
    assert minutes(scaler, 5, visible=1000, running=2) == [2] * 5


def test_a_step_in_waits_for_its_cooldown_and_a_step_out_does_not_wait_for_it():
    scaler = Autoscaler(plan(OUT, IN), tasks=100)
    assert minutes(scaler, 11, visible=0, running=100) == [100] * 4 + [80] * 5 + [64] * 2
    assert minutes(scaler, 2, first=12, visible=60_000, running=64) == [64, 76]


def test_workers_stay_between_the_least_and_the_most():
    scaler = Autoscaler(plan(OUT, IN, max_tasks=15))
    assert minutes(scaler, 4, visible=100_000, running=2)[-1] == 15
    assert minutes(scaler, 30, first=5, visible=0, running=15)[-1] == 2


def test_the_first_message_wakes_a_service_at_rest():
    scaler = Autoscaler(plan(OUT, IN, WAKE, min_tasks=0))
    assert minutes(scaler, 1, visible=1, running=0) == [1]


def test_the_last_workers_stay_while_something_is_left():
    held = rule("in", -20.0, expression=HELD)
    scaler = Autoscaler(plan(OUT, held, WAKE, min_tasks=0), tasks=5)
    assert scaler.wanted == 5
    assert [scaler.minute(n * 60, {"visible": 0, "in_flight": 3, "running": 5}) for n in range(1, 20)] == [
        5
    ] * 19
    assert [scaler.minute(n * 60, {"visible": 0, "in_flight": 0, "running": 5}) for n in range(20, 25)][
        -1
    ] == 0


def test_missing_data_scales_nothing():
    scaler = Autoscaler(plan(rule(expression="visible / running"), IN), tasks=20)
    assert minutes(scaler, 4, visible=None, running=None, first=1)[:4] == [20] * 4


@pytest.mark.parametrize(
    ("expression", "values", "value"),
    [
        (BACKLOG, {"visible": 900.0, "running": 3.0}, 300.0),
        (BACKLOG, {"visible": 900.0, "running": None}, 900.0),
        (BACKLOG, {"visible": None, "running": 0.0}, 0.0),
        ("visible / running", {"visible": 1.0, "running": 0.0}, None),
        ("visible + 1", {"visible": None}, None),
        ("IF(a > 1 AND b > 1, 1, 0)", {"a": 2.0, "b": 1.0}, 0.0),
        ("IF(a > 1 || b > 1, 1, 0)", {"a": 2.0, "b": 1.0}, 1.0),
        ("-a * 2", {"a": 2.0}, -4.0),
    ],
)
def test_metric_math_as_documented(expression: str, values: dict[str, float | None], value: float | None):
    assert evaluate(expression, values) == value


@pytest.mark.parametrize(
    "broken", ["FILL(visible, 0", "visible /", "ANOMALY(visible)", "Visible + 1", "IF(a, 1)"]
)
def test_what_is_no_metric_math_is_refused(broken: str):
    with pytest.raises(MetricMathError):
        metric_ids(broken)


def test_the_ids_of_an_expression_are_its_metrics_and_not_its_functions():
    assert metric_ids(HELD) == {"visible", "running", "in_flight"}


def _resource(kind: str, name: str, values: dict, index: str | None = None) -> dict:
    address = f"module.system.module.transcriber.{kind}.{name}" + (f'["{index}"]' if index else "")
    return {"address": address, "type": kind, "name": name, "index": index, "values": values}


def test_the_rules_are_read_from_a_plan():
    policy = {
        "step_scaling_policy_configuration": [
            {
                "adjustment_type": "PercentChangeInCapacity",
                "cooldown": 60,
                "min_adjustment_magnitude": 10,
                "step_adjustment": [{"scaling_adjustment": 20}],
            }
        ]
    }
    alarm = {
        "metric_query": [{"expression": BACKLOG}, {"expression": None}],
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 500,
        "evaluation_periods": 2,
        "datapoints_to_alarm": None,
    }
    shares = [("FARGATE", 2, 1), ("FARGATE_SPOT", 0, 4)]
    strategy = [{"capacity_provider": name, "base": base, "weight": weight} for name, base, weight in shares]
    resources = [
        _resource("aws_appautoscaling_target", "tasks", {"min_capacity": 2, "max_capacity": 500}),
        _resource("aws_ecs_task_definition", "this", {"cpu": "2048", "memory": "8192"}),
        _resource("aws_ecs_service", "this", {"capacity_provider_strategy": strategy}),
        _resource("aws_appautoscaling_policy", "this", policy, "out"),
        _resource("aws_cloudwatch_metric_alarm", "scaling", alarm, "out"),
    ]
    found = {"planned_values": {"root_module": {"child_modules": [{"resources": resources}]}}}
    assert service_plan(found, "transcriber") == plan(OUT)
    with pytest.raises(PlanError, match="0 aws_appautoscaling_target"):
        service_plan(found, "notifier")
