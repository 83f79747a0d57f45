"""Jobs in whatever state a test needs them."""

from shared.domain.audio_operations import Operation
from shared.domain.jobs import Job, JobType, Timings
from shared.domain.object_keys import output_key
from shared.domain.results import JobOutput, JobResult, OperationResult
from shared.ports.job_store import HeldLease
from shared.testing.builders import make_job, make_outputs, make_result
from shared.testing.clock import FakeClock
from shared.testing.job_store import InMemoryJobStore


class GivenJobs:
    """What a world with a job store can be given."""

    jobs: InMemoryJobStore
    clock: FakeClock

    def given_job(self, **changes: object) -> Job:
        job = make_job(**changes)
        self.jobs.create(job)
        return job

    def given_processing_job(self, **changes: object) -> Job:
        job = self.given_job(**changes)
        self.jobs.mark_queued(job.job_id, now=self.clock.now())
        return self.jobs.claim(job.job_id, owner="worker", now=self.clock.now(), lease_seconds=60)

    def given_completed_job(self, **changes: object) -> Job:
        job = self.given_processing_job(**changes)
        return self._complete(job, make_result(), make_outputs(job))

    def given_completed_operation(
        self, operation: Operation, result: OperationResult | None = None, outputs: int = 1, **changes: object
    ) -> Job:
        """A job of the audio toolbox; each output holds its own number."""
        job_type = JobType[operation.operation.upper()]
        job = self.given_processing_job(type=job_type, operation=operation, **changes)
        made = tuple(
            JobOutput(
                filename=f"part {number}.mp3",
                key=output_key(job.user_id, job.job_id, number, "mp3"),
                content_type="audio/mpeg",
                size_bytes=1,
            )
            for number in range(1, outputs + 1)
        )
        return self._complete(job, result or OperationResult(duration_seconds=12.5), made)

    def _complete(self, job: Job, result: JobResult, outputs: tuple[JobOutput, ...]) -> Job:
        return self.jobs.complete(
            HeldLease(job.job_id, "worker", job.attempts),
            now=self.clock.now(),
            result=result,
            outputs=outputs,
            timings=Timings(total_ms=2500),
        )
