"""``make up``: the platform until Ctrl-C."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import httpx

from local.command_line import load_options
from local.environment import isolate
from local.exports import exports_of, write_exports
from local.first_steps import welcome
from local.inbox import Inbox, MailFolder
from local.interruption import interrupt_on_signals
from local.options import UpOptions
from local.platform import EXPORTS, Platform, running_platform
from shared.process import run_process

TEND_SECONDS = 0.5
MAILS_EVERY = 4
"""Rounds of tending between looks at the inbox: the emulator tells all of it each time."""

INBOX_SECONDS = 10.0
"""The emulator may be busy; a mail that can't be fetched now is fetched later."""


def main() -> None:
    """Run the platform until Ctrl-C, SIGTERM or a process that keeps dying."""
    options = load_options(UpOptions, "up")
    isolate(os.environ)
    interrupt_on_signals()
    try:
        with running_platform(options, state=options.state, tell=_tell) as platform:
            _keep_running(platform, options.state)
    except KeyboardInterrupt:
        _tell("every process has ended")


def _keep_running(platform: Platform, state: Path) -> None:
    mails = state / "mails"
    shutil.rmtree(mails, ignore_errors=True)  # their links ended with the platform that sent them
    mails.mkdir()
    folder = MailFolder(mails)
    with (
        _exported(platform, state / EXPORTS),
        httpx.Client(timeout=INBOX_SECONDS, trust_env=False) as http,
    ):
        inbox = Inbox(http, platform.inbox_url)
        _tell(welcome(platform, state))
        for tick in count(1):
            time.sleep(TEND_SECONDS)
            platform.tend()
            if tick % MAILS_EVERY == 0:
                with suppress(httpx.HTTPError):
                    folder.add(inbox.mails())


@contextmanager
def _exported(platform: Platform, path: Path) -> Iterator[None]:
    write_exports(path, exports_of(platform))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    run_process(main)
