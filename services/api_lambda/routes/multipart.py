"""Sending a large file in parts, which can go on after a break."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path, Response, status
from pydantic import Field

from services.api_lambda.api_document import BODY, FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.large_uploads import part_sizes
from services.api_lambda.request_models import RequestModel, UploadRequest
from shared.domain.faults import Fault
from shared.domain.files import FileRecord
from shared.domain.record import Record, Timestamp
from shared.ports.object_store import PresignedUpload
from shared.ports.part_uploads import StoredPart

router = APIRouter(tags=["uploads"], route_class=IdempotentRoute)

FileId = Annotated[str, Path(alias="fileId", description="The file's id.")]
_UNFINISHED = (Fault.NOT_FOUND, Fault.FILE_UNUSABLE, Fault.UPLOAD_COMPLETE, Fault.UPLOAD_EXPIRED)


class PartsRequest(RequestModel):
    """Which parts are to be sent next."""

    part_numbers: Annotated[list[Annotated[int, Field(ge=1, le=1_000)]], Field(min_length=1, max_length=100)]


class MultipartAnswer(Record):
    """How a file is to be cut: every part has ``part_size`` bytes, the last what is left."""

    file_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1C"])
    size: int
    part_size: int
    part_count: int
    expires_at: Timestamp = Field(description="Until when it can be gone on with.")

    @classmethod
    def of(cls, file: FileRecord) -> Self:
        """The answer for a file."""
        return cls(
            file_id=file.file_id,
            size=file.size_bytes,
            part_size=file.part_bytes or file.size_bytes,
            part_count=len(part_sizes(file)),
            expires_at=file.upload_expires_at,
        )


class SignedPart(Record):
    """How to send one part: one request with exactly this method, these headers and so many bytes."""

    part_number: int
    upload_url: str
    method: str = Field(examples=["PUT"])
    headers: dict[str, str] = Field(examples=[{"Content-Length": "16777216"}])
    expires_at: Timestamp

    @classmethod
    def of(cls, number: int, presigned: PresignedUpload) -> Self:
        """The answer for one part."""
        return cls(
            part_number=number,
            upload_url=presigned.url,
            method=presigned.method,
            headers=presigned.headers,
            expires_at=presigned.expires_at,
        )


class SignedPartsAnswer(Record):
    """The parts in the order asked for."""

    parts: tuple[SignedPart, ...]


class UploadedPart(Record):
    """A part that is there."""

    part_number: int
    size: int

    @classmethod
    def of(cls, part: StoredPart) -> Self:
        """The answer for one part."""
        return cls(part_number=part.number, size=part.size_bytes)


class MultipartState(MultipartAnswer):
    """How far an upload has come."""

    uploaded: tuple[UploadedPart, ...]


class CompletedUpload(Record):
    """The file that can be used from now on."""

    file_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1C"])


@router.post(
    "/v1/upload/multipart",
    summary="Announce a file that comes in parts",
    responses=problem_responses(
        *FOR_WRITER, *BODY, Fault.EMPTY_FILE, Fault.FILE_TOO_LARGE, Fault.UNSUPPORTED_TYPE
    ),
)
def begin_upload(api: Api, caller: Writer, new_id: NewIds, upload: UploadRequest) -> MultipartAnswer:
    """For large files and bad lines: what was sent stays for a day, and nothing is left of it after that.

    Have parts signed, send them in any order, several at once if you like, then complete the upload.
    """
    return MultipartAnswer.of(api.large_uploads.begin(caller, upload, new_id))


@router.get(
    "/v1/upload/multipart/{fileId}",
    summary="Look what of a file is there",
    responses=problem_responses(*FOR_READER, *_UNFINISHED),
)
def look_at_upload(api: Api, caller: Reader, file_id: FileId) -> MultipartState:
    """Names the parts that are there: after a break, send the others."""
    file, stored = api.large_uploads.look(caller, file_id)
    cut = MultipartAnswer.of(file)
    return MultipartState(**dict(cut), uploaded=tuple(map(UploadedPart.of, stored)))


@router.post(
    "/v1/upload/multipart/{fileId}/parts",
    summary="Have parts signed",
    responses=problem_responses(*FOR_WRITER, *BODY, *_UNFINISHED),
)
def sign_parts(api: Api, caller: Writer, file_id: FileId, request: PartsRequest) -> SignedPartsAnswer:
    """Answers where to send each part, at most 100 in a call. One that is sent again replaces the first."""
    signed = api.large_uploads.sign(caller, file_id, tuple(request.part_numbers))
    pairs = zip(request.part_numbers, signed, strict=True)
    return SignedPartsAnswer(parts=tuple(SignedPart.of(number, one) for number, one in pairs))


@router.post(
    "/v1/upload/multipart/{fileId}/complete",
    summary="Complete an upload in parts",
    responses=problem_responses(
        *FOR_WRITER,
        Fault.IDEMPOTENCY_KEY_INVALID,
        Fault.IDEMPOTENCY_KEY_REUSED,
        Fault.REQUEST_IN_PROGRESS,
        Fault.UPLOAD_INCOMPLETE,
        *_UNFINISHED,
    ),
)
def complete_upload(api: Api, caller: Writer, file_id: FileId) -> CompletedUpload:
    """Makes the parts one file, once all are there; jobs that wait for it start.

    A second call is harmless.
    """
    return CompletedUpload(file_id=api.large_uploads.complete(caller, file_id).file_id)


@router.delete(
    "/v1/upload/multipart/{fileId}",
    summary="Drop an upload in parts",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(*FOR_WRITER, Fault.NOT_FOUND),
)
def abort_upload(api: Api, caller: Writer, file_id: FileId) -> Response:
    """Drops the parts for good, or the file that they have become. Jobs that wait for it fail."""
    api.large_uploads.abort(caller, file_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
