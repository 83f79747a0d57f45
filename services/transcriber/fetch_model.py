"""``python -m services.transcriber.fetch_model NAME``: have a model's files here before any worker starts.

A wrong name is told at once, and workers that start together don't fetch the same model twice.
"""

from __future__ import annotations

import sys

from services.transcriber.bootstrap import FAKE_MODEL
from services.transcriber.whisper_engine import find_model
from shared.process import run_process

WAIT_SECONDS = 10.0


def main() -> None:
    """Find or fetch the model that the one argument names. Raises ``StartupError`` with one sentence."""
    [name] = sys.argv[1:]
    if name != FAKE_MODEL:
        find_model(name, wait_seconds=WAIT_SECONDS)


if __name__ == "__main__":
    run_process(main)
