"""Announcing a file, to use it in jobs later."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from services.api_lambda.api_document import BODY, FOR_WRITER, problem_responses
from services.api_lambda.caller import Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.request_models import UploadRequest
from services.api_lambda.response_models import UploadAnswer
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.files import FileStatus
from shared.domain.ids import is_id

router = APIRouter(tags=["uploads"], route_class=IdempotentRoute)


@router.post(
    "/v1/upload/presign",
    summary="Announce a file",
    responses=problem_responses(
        *FOR_WRITER, *BODY, Fault.EMPTY_FILE, Fault.FILE_TOO_LARGE, Fault.UNSUPPORTED_TYPE
    ),
)
def presign_upload(api: Api, caller: Writer, new_id: NewIds, upload: UploadRequest) -> UploadAnswer:
    """Answers where and how to send it: one request with exactly this method, these headers, this size.

    Storage itself refuses anything else: status 403 and an XML body with the code `SignatureDoesNotMatch`.
    """
    file, presigned = api.intake.announce_file(caller, upload, new_id)
    return UploadAnswer.of(file.file_id, presigned)


@router.delete(
    "/v1/files/{fileId}",
    summary="Delete a file",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problem_responses(*FOR_WRITER, Fault.NOT_FOUND),
)
def delete_file(
    api: Api, caller: Writer, file_id: Annotated[str, Path(alias="fileId", description="The file's id.")]
) -> Response:
    """Deletes the audio and the clips of it, for good.

    Jobs that have not read it yet will fail; transcripts and whatever else was made of it stay.
    """
    file = api.files.get(file_id) if is_id(file_id) else None
    if file is None or file.user_id != caller.user_id or file.status is FileStatus.DELETED:
        raise PermanentError(Fault.NOT_FOUND)
    api.deletion.of_file(file.file_id, file.key)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
