"""Metrics that stay where a test can see them."""

from __future__ import annotations

from collections.abc import Mapping

from shared.metrics import Metric


class RecordingMetrics:
    """``Metrics``; every call of ``record`` is one entry of :attr:`records`."""

    def __init__(self) -> None:
        self.records: list[dict[Metric, float]] = []

    def record(self, values: Mapping[Metric, float]) -> None:
        """Keep it."""
        self.records.append(dict(values))

    def values_of(self, metric: Metric) -> list[float]:
        """All values recorded for a metric, in order."""
        return [record[metric] for record in self.records if metric in record]
