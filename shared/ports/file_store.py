"""Where file records are kept (the objects themselves lie in the object store)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.files import FileRecord
from shared.domain.jobs import JobError


class FileStore(Protocol):
    """File records. A method that finds no such file returns None; it never makes one."""

    def create(self, file: FileRecord) -> None:
        """Store a new file record: kept for 30 days after ``kept_until``, or after its upload's end.

        One that no job waits for yet was announced by itself: no job's deletion may ever find it.
        """
        ...

    def get(self, file_id: str) -> FileRecord | None:
        """The record as of now (strongly consistent)."""
        ...

    def without_job(self, user_id: str) -> tuple[str, ...]:
        """The ids of a user's files that were announced by themselves, oldest first."""
        ...

    def kept_until(self, moment: datetime, *, most: int) -> tuple[tuple[str, str], ...]:
        """Such files of all users that were kept until a moment: user and file, the longest over first.

        Those without a ``kept_until`` are never among them.
        """
        ...

    def keep(self, file: FileRecord, *, until: datetime) -> None:
        """Keep one announced by itself for longer: a job was made for it that is kept for longer."""
        ...

    def forget_announced(self, user_id: str, file_id: str) -> None:
        """Name it no more in either: what was kept of it is deleted."""
        ...

    def await_upload(self, file_id: str, job_id: str) -> FileRecord | None:
        """Let a job wait for the upload; returns the record after the write.

        Only a PENDING file takes waiters: a file in another state comes back unchanged, and the
        caller acts on its status. One conditional write, so an upload that arrives at the same time
        either sees the waiter or is seen by it.
        """
        ...

    def mark_uploaded(self, file_id: str, *, etag: str, now: datetime) -> FileRecord | None:
        """PENDING → UPLOADED; a file in another state comes back unchanged. Returns the record."""
        ...

    def reject(self, file_id: str, *, error: JobError, now: datetime) -> FileRecord | None:
        """PENDING → REJECTED; a file in another state comes back unchanged. Returns the record."""
        ...

    def mark_transcribed(self, file_id: str, *, now: datetime) -> None:
        """A transcript of the file is stored; of several times the first counts."""
        ...

    def mark_deleted(self, file_id: str, *, now: datetime) -> FileRecord | None:
        """Any state → DELETED; a file that is DELETED comes back unchanged. Returns the record.

        The record loses the file's name, and stays for 30 days: an upload that comes late must be known
        for what it is.
        """
        ...
