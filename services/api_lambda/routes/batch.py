"""Asking for many transcriptions at once."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path, Request, status
from pydantic import Field

from services.api_lambda.api_document import BODY, FOR_READER, FOR_WRITER, problem_responses
from services.api_lambda.batches import BatchProgress, Outcome, Taken
from services.api_lambda.caller import Reader, Writer
from services.api_lambda.dependencies import Api
from services.api_lambda.idempotency import IdempotentRoute, NewIds
from services.api_lambda.request_models import RequestModel, TranscriptionRequest
from services.api_lambda.response_models import UploadAnswer
from services.api_lambda.wire_status import WireStatus
from shared.domain.batches import Batch, BatchNotify
from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.domain.record import Record, Timestamp

router = APIRouter(tags=["batches"], route_class=IdempotentRoute)

PATH = "/v1/batch"
MOST_ITEMS = 1_000
MAX_BODY_BYTES = 4 * 1024**2
"""A thousand items with a prompt each; Lambda takes 6 MB."""
_KEPT_ANSWER_BYTES = 300_000
"""What of an answer is kept with its Idempotency-Key: an item of the table has at most 400 KB."""


class BatchRequest(RequestModel):
    """Up to 1,000 transcriptions. A fault in how one is written refuses them all, and names it."""

    items: Annotated[list[TranscriptionRequest], Field(min_length=1, max_length=MOST_ITEMS)]
    notify: Annotated[BatchNotify, Field(strict=False)] = Field(
        default=BatchNotify.EACH,
        description="each: an e-mail for every job. batch: one for all of them, when the last has ended; "
        "webhooks hear of each job as ever, and then of batch.completed.",
    )


class ItemProblem(Record):
    """Why an item made no job."""

    code: str = Field(examples=["file-too-large"])
    detail: str
    status: int = Field(examples=[413], description="What a call for this item alone would be answered.")


class BatchItem(Record):
    """What became of one item: a job, or a problem. Items stand in the order that they were sent in."""

    job_id: str | None = None
    status: WireStatus | None = None
    upload: UploadAnswer | None = None
    webhook_secret: str | None = Field(
        default=None, description="With webhookUrl: what its requests are signed with, shown this once."
    )
    error: ItemProblem | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """The answer for one item."""
        if isinstance(outcome, Taken):
            job, presigned = outcome.job, outcome.upload
            upload = None if presigned is None else UploadAnswer.of(job.file.file_id, presigned)
            return cls(
                job_id=job.job_id,
                status=WireStatus.of(job.status),
                upload=upload,
                webhook_secret=outcome.webhook_secret,
            )
        return cls(error=_problem_of(outcome))


def _problem_of(error: PermanentError) -> ItemProblem:
    return ItemProblem(code=error.fault.code, detail=str(error), status=error.fault.http_status)


class BatchAnswer(Record):
    """What became of a batch's items."""

    batch_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1C"])
    accepted: int
    refused: int
    items: tuple[BatchItem, ...]

    @classmethod
    def of(cls, batch: Batch, outcomes: list[Outcome]) -> Self:
        """The answer for a batch."""
        return cls(
            batch_id=batch.batch_id,
            accepted=len(batch.job_ids),
            refused=batch.refused,
            items=tuple(map(BatchItem.of, outcomes)),
        )


class BatchView(Record):
    """How far a batch has come. Jobs that were deleted since count as done."""

    batch_id: str = Field(examples=["01KAGZ4Q8B5W2J0T3X9V6M7N1C"])
    notify: BatchNotify
    done: bool = Field(description="Whether every job has ended.")
    progress: int = Field(ge=0, le=100, description="Of all jobs together.")
    jobs: dict[WireStatus, int] = Field(
        description="How many jobs are in each state; states without any are left out."
    )
    deleted: int
    refused: int = Field(description="How many items made no job.")
    job_ids: tuple[str, ...] = Field(description="The jobs, in the order of their items.")
    created_at: Timestamp

    @classmethod
    def of(cls, found: BatchProgress) -> Self:
        """The answer for a batch."""
        return cls(
            batch_id=found.batch.batch_id,
            notify=found.batch.notify,
            done=found.is_done,
            progress=found.progress,
            jobs={WireStatus.of(state): count for state, count in found.by_status.items()},
            deleted=found.deleted,
            refused=found.batch.refused,
            job_ids=found.batch.job_ids,
            created_at=found.batch.created_at,
        )


@router.post(
    PATH,
    summary="Transcribe many files",
    status_code=status.HTTP_202_ACCEPTED,
    response_model_exclude_none=True,
    responses=problem_responses(*FOR_WRITER, *BODY),
)
def create_batch(api: Api, caller: Writer, new_id: NewIds, batch: BatchRequest, call: Request) -> BatchAnswer:
    """One call for up to 1,000 items, each as in `POST /v1/transcriptions`, and one answer for each.

    An item that can't be taken (no such file, too large, too many jobs at once) holds up none of the
    others. A repeated answer (`Idempotency-Key`) has no webhook secrets, and that of a large batch leaves
    out how to upload.
    """
    made = BatchAnswer.of(*api.batches.submit(caller, batch.items, new_id, notify=batch.notify))
    left_out = {"webhook_secret": None}
    if len(_json_of(made)) > _KEPT_ANSWER_BYTES:
        left_out["upload"] = None
    kept = tuple(item.model_copy(update=left_out) for item in made.items)
    call.state.body_to_keep = _json_of(made.model_copy(update={"items": kept}))
    return made


@router.get(
    f"{PATH}/{{batchId}}",
    summary="Look how far a batch has come",
    responses=problem_responses(*FOR_READER, Fault.NOT_FOUND),
)
def look_at_batch(
    api: Api, caller: Reader, batch_id: Annotated[str, Path(alias="batchId", description="The batch's id.")]
) -> BatchView:
    """Its jobs by state, and their progress together; a batch is known as long as its owner's files are."""
    return BatchView.of(api.batches.progress(caller, batch_id))


def _json_of(answer: BatchAnswer) -> bytes:
    return answer.model_dump_json(by_alias=True, exclude_none=True).encode()
