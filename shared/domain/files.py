"""An uploaded object and what is known of it."""

from __future__ import annotations

from enum import StrEnum

from shared.domain.jobs import JobError
from shared.domain.record import Record, Timestamp


class FileStatus(StrEnum):
    """``PENDING`` → ``UPLOADED`` | ``REJECTED``; any → ``DELETED``."""

    PENDING = "PENDING"
    UPLOADED = "UPLOADED"
    REJECTED = "REJECTED"
    DELETED = "DELETED"


class FileRecord(Record):
    """One ``FILE#{file_id}`` record.

    ``awaiting_job_ids`` are the jobs created before the upload arrived: the upload sets them going.
    ``size_bytes`` is what the owner declared, and the presigned PUT binds the upload to it. A file that comes
    in parts has the id of its upload and the size of each part but the last. ``kept_until``
    is when the owner's tier lets the file be forgotten. ``transcribed_at`` is when a transcript of it was
    first stored.
    """

    file_id: str
    user_id: str
    filename: str
    content_type: str
    size_bytes: int
    key: str
    status: FileStatus = FileStatus.PENDING
    awaiting_job_ids: frozenset[str] = frozenset()
    etag: str | None = None
    error: JobError | None = None
    created_at: Timestamp
    updated_at: Timestamp | None = None
    upload_expires_at: Timestamp
    upload_id: str | None = None
    part_bytes: int | None = None
    kept_until: Timestamp | None = None
    transcribed_at: Timestamp | None = None
