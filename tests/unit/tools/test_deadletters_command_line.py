"""Which queues are found, which options make sense, and with what the process ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from shared.settings import SettingsError
from tools.deadletters.command_line import parse, selection_of
from tools.deadletters.operations import Selection
from tools.deadletters.queues import chosen, queues_in

pytestmark = pytest.mark.heavy

PAIRS = {
    "TRANSCRIPTION_QUEUE_URL": "https://sqs/t",
    "TRANSCRIPTION_DEAD_LETTER_QUEUE_URL": "https://sqs/t-dead",
    "AUDIO_CLIPS_QUEUE_URL": "https://sqs/c",
    "AUDIO_CLIPS_DEAD_LETTER_QUEUE_URL": "https://sqs/c-dead",
    "UPLOADS_QUEUE_URL": "https://sqs/u",
    "NOTIFICATION_DEAD_LETTER_QUEUE_URL": "https://sqs/n-dead",
    "PATH": "/bin",
}


def test_every_queue_with_both_urls_is_found_by_the_name_of_its_variables():
    assert [(q.name, q.url, q.dead_letter_url) for q in queues_in(PAIRS)] == [
        ("audio_clips", "https://sqs/c", "https://sqs/c-dead"),
        ("transcription", "https://sqs/t", "https://sqs/t-dead"),
    ]


def test_one_queue_can_be_chosen_or_all():
    queues = queues_in(PAIRS)
    assert chosen(queues, "all") == queues
    assert [queue.name for queue in chosen(queues, "transcription")] == ["transcription"]


def test_a_queue_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(SettingsError, match=r"no queue 'uploads'.*audio_clips, transcription, or all"):
        chosen(queues_in(PAIRS), "uploads")


def test_an_environment_without_queues_says_how_to_get_one():
    with pytest.raises(SettingsError, match="make up"):
        chosen(queues_in({}), "all")


def test_the_defaults_mean_everything():
    options = parse(["list"])
    assert (options.queue, options.json) == ("all", False)
    assert selection_of(options) == Selection(reason=None, limit=1000)


@pytest.mark.parametrize(
    "arguments",
    [[], ["burn"], ["show"], ["list", "--dry-run"], ["replay", "--yes"], ["list", "--limit", "0"]],
)
def test_a_command_line_that_makes_no_sense_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def run_tool(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The tool as a process, which knows of no AWS."""
    base = {"PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "-m", "tools.deadletters", *arguments],
        env={**base, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence", "status"),
    [
        (["list"], {}, "no queues are named", 2),
        (["list", "--queue", "other"], PAIRS, "there is no queue 'other'", 2),
        (["list"], PAIRS, "JOB_TABLE_NAME", 2),
        (["purge"], {**PAIRS, "JOB_TABLE_NAME": "jobs"}, "say --yes", 2),
        (["list"], {**PAIRS, "JOB_TABLE_NAME": "jobs"}, "NoRegionError", 3),
    ],
)
def test_what_is_wrong_is_one_sentence_and_a_status(arguments, environment, sentence, status):
    ended = run_tool(*arguments, **environment)
    assert ended.returncode == status
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: ")
    assert sentence in line
    assert ended.stdout == ""
