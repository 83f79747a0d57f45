"""What lies in storage for a job, beside what its record names."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.chaos.users import connection_to
from local.platform import Platform
from shared.aws.clients import make_client
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.domain.jobs import Job
from shared.domain.object_keys import job_prefix
from shared.domain.workflows import transcript_job_id

MOST_KEYS = 1000


@dataclass(frozen=True)
class Remains:
    """``missing`` are keys that the record names and nobody finds, ``strays`` those that it doesn't name.

    ``is_at_rest``: the transcription that a workflow asked for, if any, has ended or is forgotten.
    """

    missing: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    is_at_rest: bool = True


class Storage:
    """The table and the bucket of outputs, from outside. Raises ``TransientError``."""

    def __init__(self, platform: Platform) -> None:
        told, connection = platform.environment, connection_to(platform)
        self._jobs = DynamoJobStore(make_client("dynamodb", connection), told["JOB_TABLE_NAME"])
        self._outputs = S3ObjectStore(make_client("s3", connection), told["TRANSCRIPT_BUCKET_NAME"])

    def remains_of(self, job_id: str) -> Remains:
        """Of the job and of the transcription that it asked for: one's outputs may be the other's."""
        job = self._jobs.get(job_id)
        if job is None:
            return Remains()
        child_id = transcript_job_id(job_id)
        child = self._jobs.get(child_id)
        named = {output.key for owner in (job, child) if owner for output in owner.outputs}
        stored = {key for each in (job_id, child_id) for key in self._keys_of(job, each)}
        return Remains(
            missing=tuple(sorted(named - stored)),
            strays=tuple(sorted(stored - named)),
            is_at_rest=child is None or child.status.is_final,
        )

    def _keys_of(self, job: Job, job_id: str) -> tuple[str, ...]:
        return self._outputs.keys(job_prefix(job.user_id, job_id), most=MOST_KEYS)
