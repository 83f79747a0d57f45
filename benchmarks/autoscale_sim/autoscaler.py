"""What Application Auto Scaling does with the rules, minute by minute.

Rounding, minimum and cooldown as documented in
https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html and
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping

from benchmarks.autoscale_sim.metric_math import Value, evaluate
from benchmarks.autoscale_sim.rules import Alarm, Rule, ServicePlan

_MINUTE_SECONDS = 60


def step(rule: Rule, tasks: int) -> int:
    """How many tasks the rule adds (or, negative, takes away) where so many are wanted now.

    A percentage is rounded towards zero, but to one where it lies between zero and one; then the minimum
    counts. A percentage of nothing is nothing: whether the minimum would apply is not documented.
    """
    if rule.adjustment_type == "ChangeInCapacity":
        return int(rule.adjustment)
    if rule.adjustment_type != "PercentChangeInCapacity":
        raise ValueError(f"no rule of the plan should be of the type {rule.adjustment_type}")
    change = tasks * rule.adjustment / 100
    if change == 0:
        return 0
    whole = max(1, math.floor(abs(change)), rule.min_magnitude)
    return int(math.copysign(whole, change))


class AlarmState:
    """Says each minute whether an alarm stands; a missing value is no breach."""

    def __init__(self, alarm: Alarm) -> None:
        self._alarm = alarm
        self._breaches: deque[bool] = deque(maxlen=alarm.evaluation_periods)

    def stands(self, metrics: Mapping[str, Value]) -> bool:
        """Take one minute's metrics in."""
        value = evaluate(self._alarm.expression, metrics)
        self._breaches.append(value is not None and self._breached(value))
        return sum(self._breaches) >= self._alarm.datapoints

    def _breached(self, value: float) -> bool:
        match self._alarm.operator:
            case "GreaterThanThreshold":
                return value > self._alarm.threshold
            case "GreaterThanOrEqualToThreshold":
                return value >= self._alarm.threshold
            case "LessThanThreshold":
                return value < self._alarm.threshold
            case "LessThanOrEqualToThreshold":
                return value <= self._alarm.threshold
        raise ValueError(f"unknown comparison {self._alarm.operator}")


class Autoscaler:
    """Keeps the number of tasks that are wanted.

    An alarm that stands acts every minute. A step outwards ends the wait after a step inwards; during the
    cooldown of a step outwards the same step again would add nothing, as what it added counts.
    """

    def __init__(self, plan: ServicePlan, *, tasks: int | None = None) -> None:
        self._plan = plan
        self.wanted = plan.min_tasks if tasks is None else tasks
        self._alarms = [(rule, AlarmState(rule.alarm)) for rule in plan.rules]
        self._out_until = self._in_until = 0

    def minute(self, now_seconds: int, metrics: Mapping[str, Value]) -> int:
        """Take one minute's metrics in; gives the tasks that are wanted from now on."""
        standing = [rule for rule, alarm in self._alarms if alarm.stands(metrics)]
        for rule in sorted(standing, key=lambda rule: -step(rule, self.wanted)):
            if self._act(rule, now_seconds):
                break
        return self.wanted

    def _act(self, rule: Rule, now_seconds: int) -> bool:
        change = step(rule, self.wanted)
        if now_seconds < (self._out_until if change > 0 else max(self._in_until, self._out_until)):
            return False
        wanted = min(self._plan.max_tasks, max(self._plan.min_tasks, self.wanted + change))
        if wanted == self.wanted:
            return False
        if wanted > self.wanted:
            self._out_until, self._in_until = now_seconds + rule.cooldown_seconds, 0
        else:
            self._in_until = now_seconds + rule.cooldown_seconds
        self.wanted = wanted
        return True
