"""``MODEL=…`` before anything starts: a wrong name is told at once, a published model fetched once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from local import lifeline
from local.child import Child, ChildFailed, ChildSpec
from local.environment import base_environment

MODEL_SECONDS = 1800
"""A published model may have to be fetched: up to 3 GB."""

PATIENCE_SECONDS = 5.0
"""What is here already takes less."""


def require_model(model: str, *, logs: Path, tell: Callable[[str], None]) -> None:
    """Return when the model's files are on this machine. Raises ``ChildFailed`` if they can't be had.

    The transcriber looks for them, in a process of its own: nothing else knows what a model is.
    """
    arguments = (*lifeline.command("services.transcriber.fetch_model"), model)
    child = Child(ChildSpec("model", arguments, base_environment()), logs)
    try:
        if not child.wait(PATIENCE_SECONDS):
            tell(f"Fetching the model {model}, once …")
        if not child.wait(MODEL_SECONDS):
            raise ChildFailed(f"the model {model} could not be fetched in {MODEL_SECONDS // 60} minutes")
        if child.process.returncode:
            raise ChildFailed(child.own_words() or child.last_words())
    finally:
        child.kill()
