"""Records with everything filled in, so that a test names only what it is about."""

from __future__ import annotations

from shared.domain.api_keys import ApiKey, hash_api_key
from shared.domain.files import FileRecord
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobFile
from shared.domain.object_keys import audio_key, transcript_key
from shared.domain.results import JobOutput, TranscriptionResult
from shared.domain.users import User
from shared.testing.clock import START


def make_file(**changes: object) -> FileRecord:
    """A PENDING file of 1,000 bytes."""
    file_id = str(changes.get("file_id", new_id()))
    user_id = str(changes.get("user_id", "user-1"))
    fields: dict[str, object] = {
        "file_id": file_id,
        "user_id": user_id,
        "filename": "meeting.mp3",
        "content_type": "audio/mpeg",
        "size_bytes": 1000,
        "key": audio_key(user_id, file_id, "meeting.mp3"),
        "created_at": START,
        "upload_expires_at": START,
    }
    return FileRecord.model_validate({**fields, **changes})


def make_job(**changes: object) -> Job:
    """A PENDING transcription of a file of 1,000 bytes."""
    user_id = str(changes.get("user_id", "user-1"))
    file = make_file(user_id=user_id)
    fields: dict[str, object] = {
        "job_id": new_id(),
        "user_id": user_id,
        "file": JobFile(
            file_id=file.file_id,
            filename=file.filename,
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            key=file.key,
        ),
        "created_at": START,
        "updated_at": START,
    }
    return Job.model_validate({**fields, **changes})


def make_user(**changes: object) -> User:
    """A user with an address that may be mailed."""
    fields: dict[str, object] = {"user_id": "user-1", "email": "owner@example.com", "created_at": START}
    return User.model_validate({**fields, **changes})


def make_api_key(text: str = "a key's text", **changes: object) -> ApiKey:
    """A full key of ``user-1``."""
    fields: dict[str, object] = {
        "key_id": new_id(),
        "key_hash": hash_api_key(text),
        "user_id": "user-1",
        "name": "a key",
        "prefix": text[:4],
        "created_at": START,
    }
    return ApiKey.model_validate({**fields, **changes})


def make_result(**changes: object) -> TranscriptionResult:
    """What a short English recording gives."""
    fields: dict[str, object] = {
        "language": "en",
        "language_probability": 0.98,
        "duration_seconds": 12.5,
        "preview": "Good morning, everyone.",
        "model": "fixture",
    }
    return TranscriptionResult.model_validate({**fields, **changes})


def make_outputs(job: Job) -> tuple[JobOutput, ...]:
    """The text and JSON outputs of a job."""
    return tuple(
        JobOutput(
            filename=f"meeting.{extension}",
            key=transcript_key(job.user_id, job.job_id, extension),
            content_type=content_type,
            size_bytes=24,
        )
        for extension, content_type in (("txt", "text/plain"), ("json", "application/json"))
    )
