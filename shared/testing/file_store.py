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
        self._announced: dict[str, FileRecord] = {}
        self._lock = threading.Lock()

    def create(self, file: FileRecord) -> None:
        """Store a new record."""
        with self._lock:
            if not file.awaiting_job_ids:
                self._announced[file.file_id] = file
            self._files[file.file_id] = file

    def without_job(self, user_id: str) -> tuple[str, ...]:
        """Those announced by themselves."""
        with self._lock:
            return tuple(sorted(id_ for id_, file in self._announced.items() if file.user_id == user_id))

    def kept_until(self, moment: datetime, *, most: int) -> tuple[tuple[str, str], ...]:
        """Those that are over."""
        with self._lock:
            over = [
                (_kept_until(file), file.user_id, file_id)
                for file_id, file in self._announced.items()
                if file.kept_until is not None
            ]
        return tuple((user_id, file_id) for ends, user_id, file_id in sorted(over) if ends <= moment)[:most]

    def keep(self, file: FileRecord, *, until: datetime) -> None:
        """Keep it for longer."""
        with self._lock:
            for files in (self._files, self._announced):
                if file.file_id in files:
                    changed = files[file.file_id].model_copy(update={"kept_until": until})
                    files[file.file_id] = changed

    def forget_announced(self, user_id: str, file_id: str) -> None:  # noqa: ARG002
        """Name it no more."""
        with self._lock:
            self._announced.pop(file_id, None)

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


def _kept_until(file: FileRecord) -> datetime:
    return max(file.upload_expires_at, file.kept_until or file.upload_expires_at)
