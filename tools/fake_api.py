"""The API's dependencies over fakes: for its document, and to measure what its own code costs."""

from __future__ import annotations

import asyncio

from services.api_lambda.authentication import Authenticator
from services.api_lambda.batches import Batches
from services.api_lambda.clips import PAUSES, Clips
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.erasure_requests import ErasureRequests
from services.api_lambda.intake import Intake
from services.api_lambda.job_feed import JobFeed
from services.api_lambda.job_starter import JobStarter
from services.api_lambda.large_uploads import LargeUploads
from services.api_lambda.open_jobs import OpenJobs
from services.api_lambda.quota import RequestQuota
from services.api_lambda.settings import ApiLimits
from services.api_lambda.waiting import JobWaiter
from services.api_lambda.webhooks import Webhooks
from shared.domain.work_queues import WorkQueue
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.job_store import JobStore
from shared.ports.user_directory import UserDirectory
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.clock import FakeClock
from shared.testing.counters import InMemoryCounters
from shared.testing.erasure_store import InMemoryErasureStore
from shared.testing.file_store import InMemoryFileStore
from shared.testing.idempotency_store import InMemoryIdempotencyStore
from shared.testing.job_slots import InMemoryJobSlots
from shared.testing.job_store import InMemoryJobStore
from shared.testing.link_signer import FakeLinkSigner
from shared.testing.metrics import RecordingMetrics
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.part_uploads import InMemoryPartUploads
from shared.testing.queue import InMemoryQueue
from shared.testing.step_store import InMemoryStepStore
from shared.testing.user_directory import InMemoryUserDirectory
from shared.testing.webhook_store import InMemoryWebhookStore
from shared.worker.deletion import Deletion
from shared.worker.job_queues import JobQueues
from shared.worker.live_messages import LiveMessages
from shared.worker.waking import Waker


def api_over_fakes(
    clock: Clock,
    *,
    users: UserDirectory | None = None,
    keys: ApiKeyStore | None = None,
    jobs: JobStore | None = None,
) -> ApiDependencies:
    """Everything behind the routes, empty unless handed in."""
    limits = ApiLimits()
    keys, jobs = keys or InMemoryApiKeyStore(), jobs or InMemoryJobStore()
    webhook_store, notices = InMemoryWebhookStore(), InMemoryQueue(FakeClock())
    webhooks = Webhooks(store=webhook_store, notices=notices, clock=clock, master_key="fake" * 8)
    files, objects = InMemoryFileStore(), InMemoryObjectStore()
    open_jobs = OpenJobs(slots=InMemoryJobSlots(), jobs=jobs, clock=clock)
    users = users or InMemoryUserDirectory()
    authenticator = Authenticator(
        keys=keys,
        users=users,
        tokens=None,
        clock=clock,
        remember_seconds=limits.api_key_cache_seconds,
    )
    parts = InMemoryPartUploads(objects)
    queues = JobQueues(dict.fromkeys(WorkQueue, InMemoryQueue(clock)), clock)
    intake = Intake(
        files=files,
        jobs=jobs,
        audio=objects,
        transcripts=objects,
        starter=JobStarter(jobs=jobs, queues=queues, clock=clock),
        open_jobs=open_jobs,
        clock=clock,
        metrics=RecordingMetrics(),
        limits=limits,
    )
    steps = InMemoryStepStore()
    deletion = Deletion(
        jobs=jobs,
        chunks=InMemoryChunkStore(),
        steps=steps,
        files=files,
        audio=objects,
        parts=parts,
        transcripts=objects,
        clock=clock,
    )
    return ApiDependencies(
        authenticator=authenticator,
        quota=RequestQuota(InMemoryCounters(), clock),
        keys=keys,
        webhooks=webhooks,
        idempotency=InMemoryIdempotencyStore(),
        intake=intake,
        batches=Batches(
            intake=intake,
            jobs=jobs,
            batches=InMemoryBatchStore(),
            webhooks=webhooks,
            notices=notices,
            clock=clock,
        ),
        large_uploads=LargeUploads(
            intake=intake,
            files=files,
            audio=objects,
            parts=parts,
            clock=clock,
            expires_seconds=limits.upload_expires_seconds,
        ),
        open_jobs=open_jobs,
        waiter=JobWaiter(jobs=jobs, clock=clock, wait_seconds=limits.sync_wait_seconds, sleep=asyncio.sleep),
        clips=Clips(
            files=files,
            jobs=jobs,
            transcripts=objects,
            queues=queues,
            waiter=JobWaiter(jobs=jobs, clock=clock, wait_seconds=0, sleep=asyncio.sleep, pauses=PAUSES),
            clock=clock,
            metrics=RecordingMetrics(),
            url_seconds=limits.download_expires_seconds,
        ),
        feed=JobFeed(
            jobs=jobs,
            messages=LiveMessages(objects, url_seconds=limits.download_expires_seconds),
            clock=clock,
            sleep=asyncio.sleep,
        ),
        jobs=jobs,
        steps=steps,
        deletion=deletion,
        wake=Waker(jobs, queues),
        erasure=ErasureRequests(
            store=InMemoryErasureStore(), users=users, authenticator=authenticator, clock=clock
        ),
        users=users,
        files=files,
        audio=objects,
        transcripts=objects,
        links=FakeLinkSigner(),
        clock=clock,
        limits=limits,
    )
