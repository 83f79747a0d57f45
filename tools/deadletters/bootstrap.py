"""The composition root of the dead-letter tool."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import NoReturn

from rich.console import Console

from shared.aws.clients import make_client
from shared.aws.faults import aws_faults
from shared.aws.job_store import DynamoJobStore
from shared.aws.queue import SqsQueue, SqsSender
from shared.domain.errors import TransientError
from shared.ports.clock import SystemClock
from shared.settings import ServiceSettings, load_settings
from tools.deadletters.box import Box
from tools.deadletters.command_line import parse, selection_of
from tools.deadletters.operations import Operations
from tools.deadletters.queues import QueuePair, chosen, queues_in
from tools.deadletters.view import View

UNAVAILABLE = 3
_FILE_COLUMNS = 200


def main() -> None:
    """Do what the command line says. Raises ``SettingsError``; ends with a status of its own."""
    options = parse(sys.argv[1:])
    if options.command == "purge" and not (options.yes or options.dry_run) and not _can_ask(options):
        _fail("without a terminal, or with --json, nobody is asked: say --yes or --dry-run", status=2)
    queues = chosen(queues_in(os.environ), options.queue)
    table_name = load_settings(ServiceSettings).job_table_name
    try:
        operations = _operations(queues, table_name, as_json=options.json)
        selection = selection_of(options)
        match options.command:
            case "list":
                status = operations.list(selection)
            case "show":
                status = operations.show(options.id, selection)
            case "replay":
                status = operations.replay(selection, dry_run=options.dry_run)
            case _:
                status = operations.purge(selection, dry_run=options.dry_run, unasked=options.yes)
    except TransientError as error:
        _fail(str(error), status=UNAVAILABLE)
    sys.exit(status)


def _operations(queues: list[QueuePair], table_name: str, *, as_json: bool) -> Operations:
    with aws_faults():  # a region or credentials that are missing show when a client is made
        sqs, tables = make_client("sqs"), make_client("dynamodb")
    clock = SystemClock()
    boxes = [
        Box(
            queue.name,
            # What is dead-lettered from here stays here.
            dead_letters=SqsQueue(sqs, queue.dead_letter_url, queue.dead_letter_url),
            queue=SqsSender(sqs, queue.url),
        )
        for queue in queues
    ]
    return Operations(
        boxes,
        jobs=DynamoJobStore(tables, table_name),
        clock=clock,
        view=View(
            out=Console(width=None if sys.stdout.isatty() else _FILE_COLUMNS),
            err=Console(stderr=True),
            clock=clock,
            as_json=as_json,
        ),
        confirm=_confirmed,
    )


def _can_ask(options: Namespace) -> bool:
    return not options.json and sys.stdin.isatty() and sys.stderr.isatty()


def _confirmed(question: str) -> bool:
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _fail(sentence: str, *, status: int) -> NoReturn:
    print(f"error: {sentence}", file=sys.stderr)
    sys.exit(status)
