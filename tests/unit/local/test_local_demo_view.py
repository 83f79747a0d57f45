import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from local.demo_job import DemoResult, Stages
from local.demo_view import print_table, show_failure, show_result, stage_table
from local.inbox import Mail

STAGES = Stages(30, 20, 30, 750, 15, 2, None, 400, 1180)
MAIL = Mail(
    "m1",
    "escriba@example.com",
    ("you@example.com",),
    "Ready",
    "Open http://127.0.0.1:8000/v1/links/abc.def now",
    "<p>",
    datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
)


@pytest.fixture
def console() -> Console:
    return Console(width=120, file=io.StringIO(), highlight=False)


def lines_of(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_table_in_a_file_has_no_trailing_blanks(console: Console):
    print_table(console, stage_table([DemoResult("[a].wav", stages=STAGES), DemoResult("b.wav")]))

    lines = lines_of(console)
    assert lines == [line.rstrip() for line in lines]
    assert [line.split()[0] for line in lines[2:]] == ["[a].wav"]


def test_each_file_is_a_line_that_can_be_pasted(console: Console):
    files = (Path("build/demo/my talk.mp3/my talk.txt"), Path("build/demo/my talk.mp3/my talk.srt"))

    show_result(console, DemoResult("my talk.mp3", files=files), mail_in_full=False)

    assert lines_of(console)[-4:-1] == [
        "Files:",
        "    'build/demo/my talk.mp3/my talk.txt'",
        "    'build/demo/my talk.mp3/my talk.srt'",
    ]


def test_a_link_is_called_one(console: Console):
    show_result(console, DemoResult("a.wav", mail=MAIL), mail_in_full=False)

    assert "    Link: http://127.0.0.1:8000/v1/links/abc.def" in lines_of(console)


def test_a_failure_begins_with_whose_it_is(console: Console):
    show_failure(console, "The file is empty.", of="[a].wav")
    show_failure(console, "The file is empty.")

    assert lines_of(console) == ["[a].wav failed: The file is empty.", "failed: The file is empty."]
