"""Calls for clips, and a converter that works whenever a caller waits."""

import threading

from shared.domain.jobs import Timings
from shared.domain.object_keys import clip_key
from shared.domain.results import OperationResult
from shared.ports.job_store import HeldLease

TIMES = {"start_time_ms": 30_000, "duration_ms": 10_000}


class Converter:
    """Plays the converter whenever a caller waits; ``error`` is what jobs end with."""

    def __init__(self, world):
        self.world = world
        self.done = []
        self.error = None
        self._lock = threading.Lock()
        world.while_waiting = self

    def __call__(self):
        with self._lock:
            for job_id in self.world.queued_job_ids():
                if job_id not in self.done:
                    self.done.append(job_id)
                    self._do(job_id)

    def _do(self, job_id):
        now, jobs = self.world.clock.now(), self.world.jobs
        job = jobs.claim(job_id, owner="converter", now=now, lease_seconds=60)
        held = HeldLease(job_id, "converter", job.attempts)
        if self.error is not None:
            jobs.fail(held, now=now, error=self.error, counts=False)
            return
        key = clip_key(job.file.file_id, job.operation.start_time_ms, job.operation.end_time_ms)
        self.world.transcripts.write(key, b"an MP3", content_type="audio/mpeg")
        result = OperationResult(duration_seconds=10)
        jobs.complete(held, now=now, result=result, outputs=(), timings=Timings())


def ask(client, file, route="/v1/clips/", **times):
    return client.get(f"{route}{file.file_id}", params={**TIMES, **times})


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def clip_jobs(world):
    return [job for job in map(world.jobs.get, dict.fromkeys(world.queued_job_ids())) if job is not None]
