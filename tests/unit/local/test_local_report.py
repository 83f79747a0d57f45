import io
import json

import pytest
from rich.console import Console

from local.report import Measurement, at_least, at_most, report_document, report_table, write_report


def test_every_measurement_has_the_same_five_fields(tmp_path):
    path = write_report(report_document("demo", [Measurement("jobs", 6, "jobs")]), tmp_path / "build")

    assert path == tmp_path / "build" / "demo.json"
    document = json.loads(path.read_text())
    assert document["measurements"] == [
        {"measure": "jobs", "value": 6, "unit": "jobs", "goal": None, "holds": None}
    ]


def test_the_machine_and_the_versions_stand_beside_the_figures():
    document = report_document("demo", [])

    assert document["machine"].keys() == {"cpu", "cores", "memory_bytes", "platform"}
    assert document["machine"]["memory_bytes"] > 0
    assert {"python", "escriba", "commit", "faster-whisper", "ministack"} <= document["versions"].keys()


@pytest.mark.parametrize(
    ("measurement", "goal", "holds"),
    [
        (at_most("wait", 150, "ms", 150), "<= 150", True),
        (at_most("wait", 150.1, "ms", 150), "<= 150", False),
        (at_least("speed", 2.5, "x", 2.5), ">= 2.5", True),
        (at_least("speed", 2.4, "x", 2.5), ">= 2.5", False),
    ],
)
def test_a_goal_is_met_or_missed(measurement, goal, holds):
    assert (measurement.goal, measurement.holds) == (goal, holds)


def test_the_table_shows_figures_goals_and_verdicts():
    console = Console(width=100, record=True, file=io.StringIO())

    console.print(report_table([at_most("wait", 151.26, "ms", 150), Measurement("memory", 1234567, "bytes")]))

    rows = [line.split() for line in console.export_text().splitlines()]
    assert rows[1:] == [["wait", "151.3", "ms", "<=", "150", "no"], ["memory", "1,234,567", "bytes"]]
