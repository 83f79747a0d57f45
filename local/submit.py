"""``make submit AUDIO=…``: a file of one's own through the platform that ``make up`` keeps running."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from functools import partial

from local.api_client import ApiClient
from local.command_line import load_options
from local.demo_job import DemoResult, DemoRun
from local.demo_view import JobBars, make_console, show_result
from local.environment import CHECKOUT, isolate
from local.exports import API_KEY, API_URL, INBOX_URL, read_exports
from local.options import SubmitOptions
from shared.process import run_process

OUTPUTS = CHECKOUT / "build" / "submit"


def main() -> None:
    """Submit, wait, show; status 1 unless the job completed and its mail came."""
    options = load_options(SubmitOptions, "submit")
    exports = read_exports(options.state)
    isolate(os.environ)
    console = make_console()
    with (
        ApiClient(exports[API_URL], exports[API_KEY], exports[INBOX_URL]) as api,
        JobBars(console, [options.audio.name]) as bars,
    ):
        result = _submit(api, options, bars)
    show_result(console, result, mail_in_full=True)
    sys.exit(1 if result.error else 0)


def _submit(api: ApiClient, options: SubmitOptions, bars: JobBars) -> DemoResult:
    shutil.rmtree(OUTPUTS / options.audio.name, ignore_errors=True)
    run = DemoRun(api, language=options.language, outputs=OUTPUTS, stop=threading.Event())
    return run(options.audio, partial(bars.update, options.audio.name))


if __name__ == "__main__":
    run_process(main)
