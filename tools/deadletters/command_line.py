"""The command line of ``python -m tools.deadletters``."""

from __future__ import annotations

import argparse

from tools.deadletters.operations import Selection
from tools.deadletters.queues import ALL

MOST_LETTERS = 10_000
"""What can be dealt with before the letters would show again."""

_DESCRIPTION = """\
Dead letters: list, show, replay and purge them. Queues are those whose URLs the environment names, as the
services are told of them (X_QUEUE_URL and X_DEAD_LETTER_QUEUE_URL, with JOB_TABLE_NAME); where AWS is, is
read as boto3 reads it. Of a running `make up`: . .local/env
"""
_STATUSES = """\
Ends with 0 if all went well, 1 if letters were kept or what was asked for is not there, 2 for a wrong
command line or environment, 3 if the cloud could not be reached or refused.
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; exits with 2 and a usage line where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.deadletters",
        description=_DESCRIPTION,
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="list|show|replay|purge")
    common = _common_options()
    commands.add_parser("list", parents=[common], help="a line for each dead letter")
    show = commands.add_parser("show", parents=[common], help="one letter whole, with its job")
    show.add_argument("id", help="the id of a message or of a job")
    acting = argparse.ArgumentParser(add_help=False)
    acting.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    commands.add_parser(
        "replay", parents=[common, acting], help="set FAILED jobs going again, send other letters again"
    )
    purge = commands.add_parser("purge", parents=[common, acting], help="delete letters for good")
    purge.add_argument("--yes", action="store_true", help="don't ask")
    return parser.parse_args(arguments)


def selection_of(options: argparse.Namespace) -> Selection:
    """Which letters the options mean."""
    return Selection(reason=options.reason, limit=options.limit)


def _common_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--queue",
        default=ALL,
        help="uploads, transcription, transcription_priority, conversion, conversion_priority, notification, "
        "or all (the default)",
    )
    options.add_argument("--reason", metavar="TEXT", help="only letters whose reason holds this text")
    options.add_argument("--json", action="store_true", help="print JSON on standard output")
    options.add_argument(
        "--limit",
        type=_letters,
        default=1000,
        metavar="N",
        help=f"take at most N letters of a queue (1-{MOST_LETTERS}, default 1000)",
    )
    return options


def _letters(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LETTERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_LETTERS}")
    return int(text)
