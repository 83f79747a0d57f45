"""Where to fetch what a job made."""

from __future__ import annotations

from datetime import timedelta

from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.response_models import DownloadFile
from shared.domain.jobs import Job


def download_files(api: ApiDependencies, job: Job) -> tuple[DownloadFile, ...]:
    """A short-lived URL for each output of a completed job, in their order."""
    seconds = api.limits.download_expires_seconds
    expires_at = api.clock.now() + timedelta(seconds=seconds)
    return tuple(
        DownloadFile(
            filename=output.filename,
            content_type=output.content_type,
            size=output.size_bytes,
            url=api.transcripts.presign_download(
                output.key, filename=output.filename, expires_seconds=seconds
            ),
            expires_at=expires_at,
        )
        for output in job.outputs
    )
