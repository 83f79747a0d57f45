"""What a completed job leaves in the metrics."""

from __future__ import annotations

from shared.domain.jobs import Job, JobStatus, Timings
from shared.domain.results import JobResult, TranscriptionResult
from shared.metrics import Metric
from shared.worker.work import FinishedWork


def measures_of(
    job: Job, finished: FinishedWork, timings: Timings, *, dollars_per_second: float
) -> dict[Metric, float]:
    """Business (audio, cost), system (times, attempts) and model (speed) of one job.

    Work is the time of its stages, summed over its chunks where it has some: the stages' worker is paid for
    while they run, whoever else it serves meanwhile. Waiting for work is nobody's cost here.
    """
    audio_seconds = finished.result.duration_seconds
    values: dict[Metric, float] = {
        Metric.JOBS_COMPLETED: 1,
        Metric.AUDIO_SECONDS: audio_seconds,
        Metric.ATTEMPTS: job.attempts,
        Metric.QUEUE_WAIT: timings.queue_wait_ms,
        Metric.DECODE_TIME: timings.decode_ms,
        Metric.INFERENCE_TIME: timings.inference_ms,
        Metric.STORE_TIME: timings.store_ms,
        Metric.JOB_TIME: timings.total_ms,
    }
    if dollars_per_second:
        work_seconds = (timings.decode_ms + timings.inference_ms + timings.store_ms) / 1000
        values[Metric.JOB_COST] = work_seconds * dollars_per_second
    if timings.inference_ms and audio_seconds:
        values[Metric.REAL_TIME_FACTOR] = timings.inference_ms / 1000 / audio_seconds
    return values


def facts_of(result: JobResult) -> dict[str, str]:
    """What is said beside the measures."""
    if isinstance(result, TranscriptionResult):
        return {"language": result.language, "model": result.model}
    return {}


def queue_wait_ms(job: Job) -> float:
    """Milliseconds from QUEUED to this claim; 0 for a record that lacks either time."""
    if job.status is not JobStatus.PROCESSING or job.queued_at is None or job.started_at is None:
        return 0.0
    return max(0.0, (job.started_at - job.queued_at).total_seconds() * 1000)
