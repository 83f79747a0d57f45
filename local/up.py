"""``make up``: the platform until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.environment import CHECKOUT, isolate
from local.interruption import interrupt_on_signals
from local.options import UpOptions
from local.platform import EXPORTS, Platform, running_platform
from shared.process import run_process
from shared.settings import load_settings

TEND_SECONDS = 0.5

SAMPLE = "models/fixture/samples/en_1_clean.flac"
_READ_UPLOAD_URL = """python3 -c 'import json, sys; print(json.load(sys.stdin)["upload"]["uploadUrl"])'"""


def main() -> None:
    """Run the platform until Ctrl-C, SIGTERM or a process that keeps dying."""
    options = load_settings(UpOptions)
    isolate(os.environ)
    interrupt_on_signals()
    try:
        with running_platform(options, state=options.state, tell=_tell) as platform:
            exports = options.state / EXPORTS
            with _exported(platform, exports):
                _tell(_welcome(platform, exports))
                while True:
                    time.sleep(TEND_SECONDS)
                    platform.tend()
    except KeyboardInterrupt:
        _tell("every process has ended")


def exports_of(platform: Platform) -> dict[str, str]:
    """What the exports tell a shell: Escriba's own addresses, and AWS as the services see it."""
    return {
        "ESCRIBA_API_URL": platform.api_url,
        "ESCRIBA_API_KEY": platform.api_key,
        "ESCRIBA_EMULATOR_URL": platform.emulator_url,
        "ESCRIBA_INBOX_URL": platform.inbox_url,
        "ESCRIBA_LOGS": str(platform.logs.resolve()),
        **platform.environment,
    }


def write_exports(path: Path, exports: Mapping[str, str]) -> None:
    """Write them for their owner's eyes only; the file appears whole."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        for name, value in exports.items():
            file.write(f"export {name}={shlex.quote(value)}\n")
    draft.replace(path)


@contextmanager
def _exported(platform: Platform, path: Path) -> Iterator[None]:
    write_exports(path, exports_of(platform))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _welcome(platform: Platform, exports: Path) -> str:
    size_bytes = (CHECKOUT / SAMPLE).stat().st_size
    answer = exports.with_name("job.json")
    return f"""\
Escriba is up; Ctrl-C ends it.

  API        {platform.api_url}  (documentation: {platform.api_url}/docs)
  API key    {platform.api_key}
  e-mails    {platform.inbox_url}
  emulator   {platform.emulator_url}
  logs       {platform.logs}/
  exports    . {exports}

A job, from another terminal in this folder: create it, send its audio, look at it.

  . {exports}
  curl -sS "$ESCRIBA_API_URL/v1/transcriptions" -H "X-API-Key: $ESCRIBA_API_KEY" \\
    -H 'Content-Type: application/json' -o {answer} \\
    -d '{{"upload": {{"filename": "sample.flac", "contentType": "audio/flac", "size": {size_bytes}}}}}'
  curl -sS -T {SAMPLE} -H 'Content-Type: audio/flac' \\
    "$({_READ_UPLOAD_URL} <{answer})"
  curl -sS "$ESCRIBA_API_URL/v1/jobs" -H "X-API-Key: $ESCRIBA_API_KEY"
"""


def _tell(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    run_process(main)
