"""File records in memory, under one lock."""

from __future__ import annotations

import threading
from datetime import datetime

from shared.domain.files import FileRecord, FileStatus
from shared.domain.jobs import JobError


class InMemoryFileStore:
    """A ``FileStore``."""

    def __init__(self) -> None:
        self._files: dict[str, FileRecord] = {}
        self._lock = threading.Lock()

    def create(self, file: FileRecord) -> None:
        """Store a new record."""
        with self._lock:
            self._files[file.file_id] = file

    def get(self, file_id: str) -> FileRecord | None:
        """The record, or None."""
        with self._lock:
            return self._files.get(file_id)

    def await_upload(self, file_id: str, job_id: str) -> FileRecord | None:
        """Let a job wait for the upload of a PENDING file."""
        with self._lock:
            file = self._files.get(file_id)
            waiting = file.awaiting_job_ids | {job_id} if file else frozenset()
            return self._change_pending(file, awaiting_job_ids=waiting)

    def mark_uploaded(self, file_id: str, *, etag: str, now: datetime) -> FileRecord | None:
        """PENDING → UPLOADED."""
        with self._lock:
            return self._change_pending(
                self._files.get(file_id), status=FileStatus.UPLOADED, etag=etag, updated_at=now
            )

    def reject(self, file_id: str, *, error: JobError, now: datetime) -> FileRecord | None:
        """PENDING → REJECTED."""
        with self._lock:
            return self._change_pending(
                self._files.get(file_id), status=FileStatus.REJECTED, error=error, updated_at=now
            )

    def mark_transcribed(self, file_id: str, *, now: datetime) -> None:
        """The first time counts."""
        with self._lock:
            file = self._files.get(file_id)
            if file is not None and file.transcribed_at is None:
                self._store(file, transcribed_at=now)

    def mark_deleted(self, file_id: str, *, now: datetime) -> FileRecord | None:
        """Any state → DELETED."""
        with self._lock:
            file = self._files.get(file_id)
            if file is None or file.status is FileStatus.DELETED:
                return file
            return self._store(file, status=FileStatus.DELETED, filename="", updated_at=now)

    def _change_pending(self, file: FileRecord | None, **changes: object) -> FileRecord | None:
        if file is None or file.status is not FileStatus.PENDING:
            return file
        return self._store(file, **changes)

    def _store(self, file: FileRecord, **changes: object) -> FileRecord:
        changed = FileRecord.model_validate({**dict(file), **changes})
        self._files[file.file_id] = changed
        return changed
