"""Files that come in parts: begun, sent in any order, gone on with after a break, completed by the API.

::

    begin ─▶ upload begun in storage ─▶ file PENDING, knows its upload
    parts ─▶ a signed URL each, bound to the part's size             (again and again, a day long)
    complete ─▶ every part there? ─▶ one object ─▶ its event: the router does the rest
    abort ─▶ file DELETED ─▶ parts dropped

A process that dies after the first step leaves an upload that nobody knows; storage drops it within two
days, as it does with those that their owner forgot. Nobody but the API can complete an upload, so that the
object has the size that was announced.
"""

from __future__ import annotations

from datetime import timedelta

from services.api_lambda.authentication import Caller
from services.api_lambda.intake import Intake, NewId
from services.api_lambda.request_models import UploadRequest
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.files import FileRecord, FileStatus
from shared.domain.ids import is_id
from shared.log import get_logger
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.object_store import ObjectMissing, ObjectStore, PresignedUpload
from shared.ports.part_uploads import PartUploads, StoredPart, UploadMissing

PART_BYTES = 16 * 1024**2
"""S3 wants 5 MiB at least, and the largest file that can be taken must fit into 1,000 parts."""
KEPT_SECONDS = 86_400
"""How long an upload can be gone on with: storage drops its parts soon after."""
_MOST_NUMBERS_NAMED = 20

_log = get_logger(__name__)


class LargeUploads:
    """What stands behind ``/v1/upload/multipart``."""

    def __init__(
        self,
        *,
        intake: Intake,
        files: FileStore,
        audio: ObjectStore,
        parts: PartUploads,
        clock: Clock,
        expires_seconds: int,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._intake = intake
        self._files = files
        self._audio = audio
        self._parts = parts
        self._clock = clock
        self._expires_seconds = expires_seconds
        self._part_bytes = part_bytes

    def begin(self, caller: Caller, upload: UploadRequest, new_id: NewId) -> FileRecord:
        """Make room for a file. Raises as :meth:`Intake.announce_file` does."""
        file = self._intake.new_file(caller, upload, new_id)
        file = file.model_copy(
            update={
                "upload_id": self._parts.begin(file.key, content_type=file.content_type),
                "part_bytes": self._part_bytes,
                "upload_expires_at": file.created_at + timedelta(seconds=KEPT_SECONDS),
            }
        )
        self._files.create(file)
        return file

    def sign(self, caller: Caller, file_id: str, numbers: tuple[int, ...]) -> list[PresignedUpload]:
        """A URL for each part, in the order asked for.

        Raises ``PermanentError`` (NOT_FOUND, FILE_UNUSABLE, UPLOAD_COMPLETE, UPLOAD_EXPIRED,
        INVALID_REQUEST).
        """
        file, upload_id = self._unfinished(caller, file_id)
        sizes = part_sizes(file)
        if max(numbers) > len(sizes):
            raise PermanentError(
                Fault.INVALID_REQUEST, problems=f"partNumbers must be at most {len(sizes)} for this file"
            )
        return [
            self._parts.presign_part(
                file.key,
                upload_id,
                number,
                size_bytes=sizes[number - 1],
                now=self._clock.now(),
                expires_seconds=self._expires_seconds,
            )
            for number in numbers
        ]

    def look(self, caller: Caller, file_id: str) -> tuple[FileRecord, tuple[StoredPart, ...]]:
        """The file and what of it is there. Raises as :meth:`sign` does."""
        file, upload_id = self._unfinished(caller, file_id)
        try:
            return file, self._parts.parts(file.key, upload_id)
        except UploadMissing as error:  # completed a moment ago, or dropped
            fault = Fault.UPLOAD_COMPLETE if self._is_there(file) else Fault.UPLOAD_EXPIRED
            raise PermanentError(fault) from error

    def complete(self, caller: Caller, file_id: str) -> FileRecord:
        """Make the parts one object; a second call finds it done.

        Raises ``PermanentError`` (NOT_FOUND, FILE_UNUSABLE, UPLOAD_EXPIRED, UPLOAD_INCOMPLETE).
        """
        file = self._own(caller, file_id)
        if file.status is FileStatus.UPLOADED or (file.status is FileStatus.PENDING and self._is_there(file)):
            return file
        file, upload_id = self._unfinished(caller, file_id)
        try:
            stored = self._parts.parts(file.key, upload_id)
            _check_whole(file, stored)
            self._parts.complete(file.key, upload_id, stored)
        except UploadMissing as error:
            if self._is_there(file):  # a call beside this one was faster
                return file
            raise PermanentError(Fault.UPLOAD_EXPIRED) from error
        _log.info("completed an upload in parts", file_id=file_id, parts=len(stored))
        return file

    def abort(self, caller: Caller, file_id: str) -> None:
        """Drop an upload; jobs that wait for the file fail. Raises ``PermanentError(NOT_FOUND)``."""
        file = self._own(caller, file_id)
        self._files.mark_deleted(file.file_id, now=self._clock.now())
        if file.upload_id is not None:
            self._parts.abort(file.key, file.upload_id)
        self._audio.delete(file.key)

    def _own(self, caller: Caller, file_id: str) -> FileRecord:
        file = self._files.get(file_id) if is_id(file_id) else None
        if file is None or file.user_id != caller.user_id or file.upload_id is None:
            raise PermanentError(Fault.NOT_FOUND)
        if file.status is FileStatus.DELETED:
            raise PermanentError(Fault.NOT_FOUND)
        return file

    def _unfinished(self, caller: Caller, file_id: str) -> tuple[FileRecord, str]:
        file = self._own(caller, file_id)
        if file.status is FileStatus.UPLOADED:
            raise PermanentError(Fault.UPLOAD_COMPLETE)
        if file.status is not FileStatus.PENDING or file.upload_id is None:
            raise PermanentError(Fault.FILE_UNUSABLE, status=file.status.lower())
        if file.upload_expires_at <= self._clock.now():
            raise PermanentError(Fault.UPLOAD_EXPIRED)
        return file, file.upload_id

    def _is_there(self, file: FileRecord) -> bool:
        try:
            self._audio.stat(file.key)
        except ObjectMissing:
            return False
        return True


def part_sizes(file: FileRecord) -> tuple[int, ...]:
    """How many bytes each part of a file has, in order."""
    whole = file.part_bytes or file.size_bytes
    full, rest = divmod(file.size_bytes, whole)
    return (whole,) * full + ((rest,) if rest else ())


def _check_whole(file: FileRecord, stored: tuple[StoredPart, ...]) -> None:
    there = {part.number: part.size_bytes for part in stored}
    wrong = [number for number, size in enumerate(part_sizes(file), 1) if there.pop(number, None) != size]
    wrong += there  # parts that the file has not
    if wrong:
        named = ", ".join(map(str, wrong[:_MOST_NUMBERS_NAMED]))
        more = len(wrong) - _MOST_NUMBERS_NAMED
        raise PermanentError(
            Fault.UPLOAD_INCOMPLETE, numbers=f"{named} and {more} more" if more > 0 else named
        )
