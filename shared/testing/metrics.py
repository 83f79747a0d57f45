"""Metrics that stay where a test can see them."""

from __future__ import annotations

from collections.abc import Mapping

from shared.metrics import Metric


class RecordingMetrics:
    """``Metrics``; every call of ``record`` is one entry of :attr:`records` and of :attr:`facts`."""

    def __init__(self) -> None:
        self.records: list[dict[Metric, float]] = []
        self.facts: list[dict[str, str]] = []

    def record(self, values: Mapping[Metric, float], **facts: str) -> None:
        """Keep it."""
        self.records.append(dict(values))
        self.facts.append(facts)

    def values_of(self, metric: Metric) -> list[float]:
        """All values recorded for a metric, in order."""
        return [record[metric] for record in self.records if metric in record]
