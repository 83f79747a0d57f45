"""What is said of a job, with addresses of its outputs that are good for a while."""

from __future__ import annotations

from shared.domain.jobs import Job
from shared.domain.live import LiveMessage, live_message
from shared.ports.object_store import Downloads


class LiveMessages:
    """Makes messages. ``outputs`` is the bucket of outputs, ``url_seconds`` how long URLs of it live."""

    def __init__(self, outputs: Downloads, *, url_seconds: int) -> None:
        self._outputs = outputs
        self._url_seconds = url_seconds

    def of(self, job: Job) -> LiveMessage:
        """What is to be said of it as it stands."""
        return live_message(
            job,
            lambda output: self._outputs.presign_download(
                output.key, filename=output.filename, expires_seconds=self._url_seconds
            ),
        )
