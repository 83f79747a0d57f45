"""Listens to botocore inside the process that calls it: nothing of the service knows."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any, TextIO

import botocore
from botocore.session import Session

from benchmarks.calls.call import Call

_BEGAN = "escriba_began"


def record_calls(folder: Path, process: str) -> None:
    """Write every call of the sessions made from now on into ``{folder}/{process}-{pid}.jsonl``.

    Line by line, so that a process that is killed leaves all but the calls on their way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = (folder / f"{process}-{os.getpid()}.jsonl").open("a", buffering=1, encoding="utf-8")
    recorder = CallRecorder(lines, process)
    botocore.register_initializer(recorder.listen_to)


class CallRecorder:
    """Handlers of botocore's events around a call; used by many threads."""

    def __init__(self, lines: TextIO, process: str) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._lines = lines

    def listen_to(self, session: Session) -> None:
        """Hear of every call of the session's clients. Presigning a URL is none."""
        session.register("before-call", self.note_start)
        session.register("after-call", self.note_end)
        session.register("after-call-error", self.note_error)

    def note_start(self, **event: Any) -> None:  # noqa: ANN401
        """The call begins; its ``context`` goes with it to its end, and its model into that of an error."""
        event["context"][_BEGAN] = (time.time(), event["model"])

    def note_end(self, **event: Any) -> None:  # noqa: ANN401
        """An answer came, be it a refusal."""
        answer = event["parsed"]
        retries = answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        self._write(event, requests=1 + retries, messages=len(answer.get("Messages") or ()))

    def note_error(self, **event: Any) -> None:  # noqa: ANN401
        """No answer came. How often it was tried botocore doesn't say: it counts as one request."""
        self._write(event)

    def _write(self, event: dict[str, Any], *, requests: int = 1, messages: int = 0) -> None:
        if _BEGAN not in event["context"]:
            return  # it began before we listened
        began_at, model = event["context"][_BEGAN]
        call = Call(
            process=self._process,
            service=model.service_model.service_name,
            operation=model.name,
            began_at=began_at,
            took_ms=round((time.time() - began_at) * 1000, 3),
            requests=requests,
            messages=messages,
        )
        with self._lock:
            self._lines.write(call.to_line())
