"""The files that one job makes, on their way into the bucket."""

from __future__ import annotations

from typing import IO

from shared.domain.jobs import Job
from shared.domain.object_keys import output_key, outputs_prefix
from shared.domain.results import JobOutput
from shared.ports.clock import Clock
from shared.ports.object_store import ObjectStore


class Outputs:
    """Stores files under numbered keys, so that a repeated try overwrites its own.

    ``stored`` grows with each; ``seconds`` is what storing took.
    """

    def __init__(self, store: ObjectStore, job: Job, clock: Clock) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self.stored: list[JobOutput] = []
        self.seconds = 0.0

    def add(self, file: IO[bytes], filename: str, content_type: str) -> None:
        """Store one: it is there whole when this returns."""
        extension = filename.rpartition(".")[2]
        number = len(self.stored) + 1
        self.put(
            output_key(self._job.user_id, self._job.job_id, number, extension), file, filename, content_type
        )

    def put(self, key: str, file: IO[bytes], filename: str, content_type: str) -> None:
        """Store one under a key of its own."""
        started = self._clock.monotonic()
        size_bytes = file.seek(0, 2)
        self._store.write_file(key, file, content_type=content_type)
        self.seconds += self._clock.monotonic() - started
        self.note(key, filename, content_type, size_bytes)

    def note(self, key: str, filename: str, content_type: str, size_bytes: int) -> None:
        """One that is stored already."""
        self.stored.append(
            JobOutput(filename=filename, key=key, content_type=content_type, size_bytes=size_bytes)
        )


def delete_outputs(store: ObjectStore, user_id: str, job_id: str) -> None:
    """Remove all outputs that any try at a job stored; that there is none is no error."""
    store.delete_all(outputs_prefix(user_id, job_id))
