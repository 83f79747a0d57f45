"""Metrics are lines that CloudWatch can read (Embedded Metric Format specification)."""

from __future__ import annotations

import io
import json
import re
import threading
import time

import pytest

from shared.metrics import NAMESPACE, EmfMetrics, Metric
from shared.testing.clock import START, FakeClock

# The units of CloudWatch's MetricDatum that we have a use for.
CLOUDWATCH_UNITS = {"Seconds", "Milliseconds", "Bytes", "Percent", "Count", "Count/Second", "None"}


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def metrics(stream) -> EmfMetrics:
    return EmfMetrics("transcriber", FakeClock(), stream)


def test_values_that_belong_together_are_one_line(metrics, stream):
    metrics.record({Metric.JOBS_COMPLETED: 1, Metric.AUDIO_SECONDS: 12.5})
    [line] = stream.getvalue().splitlines()
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": int(START.timestamp()) * 1000,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["service"]],
                    "Metrics": [
                        {"Name": "JobsCompleted", "Unit": "Count"},
                        {"Name": "AudioSeconds", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "service": "transcriber",
        "JobsCompleted": 1,
        "AudioSeconds": 12.5,
    }


def test_every_declared_name_and_dimension_is_a_member_of_the_line(metrics, stream):
    metrics.record(dict.fromkeys(Metric, 1.0))
    line = json.loads(stream.getvalue())
    [directive] = line["_aws"]["CloudWatchMetrics"]
    # The specification allows a directive no more than 100 metrics.
    assert len(directive["Metrics"]) == len(Metric) <= 100
    assert all(isinstance(line[metric["Name"]], float) for metric in directive["Metrics"])
    assert all(isinstance(line[name], str) for name in directive["Dimensions"][0])


def test_each_record_is_a_line_of_its_own(metrics, stream):
    metrics.record({Metric.JOBS_CREATED: 1})
    metrics.record({Metric.JOBS_CREATED: 1})
    assert len(stream.getvalue().splitlines()) == 2


def test_lines_of_threads_that_record_at_once_do_not_mix():
    class SlowStream(io.StringIO):
        """Lets other threads in between any two writes."""

        def write(self, text):
            for character in text:
                super().write(character)
                time.sleep(0)
            return len(text)

    stream = SlowStream()
    metrics = EmfMetrics("notifier", FakeClock(), stream)
    threads = [threading.Thread(target=metrics.record, args=({Metric.NOTICES_SENT: n},)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(line)["NoticesSent"] for line in stream.getvalue().splitlines()) == [
        *range(1, 9)
    ]


def test_a_line_does_not_wait_in_a_buffer(tmp_path):
    path = tmp_path / "out"
    with path.open("w") as stream:
        EmfMetrics("api", FakeClock(), stream).record({Metric.JOBS_CREATED: 1})
        assert json.loads(path.read_text())["JobsCreated"] == 1


def test_metrics_go_to_standard_output_unless_told_otherwise(capsys):
    EmfMetrics("api", FakeClock()).record({Metric.JOBS_CREATED: 1})
    assert json.loads(capsys.readouterr().out)["JobsCreated"] == 1


@pytest.mark.parametrize("metric", Metric)
def test_a_metric_has_a_name_a_unit_of_cloudwatch_and_a_meaning(metric):
    assert re.fullmatch("([A-Z][a-z]+)+", metric.metric_name)
    assert metric.unit in CLOUDWATCH_UNITS
    assert metric.meaning.endswith(".")


def test_no_two_metrics_share_a_name():
    assert len({metric.metric_name for metric in Metric}) == len(Metric.__members__)


def test_facts_are_members_of_the_line_but_no_dimensions(metrics, stream):
    metrics.record({Metric.CONFIDENCE: 0.9}, language="es", service="an impostor")
    line = json.loads(stream.getvalue())
    assert line["language"] == "es"
    assert line["service"] == "transcriber"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
