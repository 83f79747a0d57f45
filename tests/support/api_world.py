"""The API and the router over fakes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient
from jwt.exceptions import PyJWKClientConnectionError

from services.api_lambda.authentication import Authenticator
from services.api_lambda.batches import Batches
from services.api_lambda.clips import PAUSES, Clips
from services.api_lambda.dependencies import ApiDependencies
from services.api_lambda.erasure_requests import ErasureRequests
from services.api_lambda.intake import Intake
from services.api_lambda.issuer_keys import IssuerKeys
from services.api_lambda.job_feed import JobFeed
from services.api_lambda.job_starter import JobStarter
from services.api_lambda.large_uploads import LargeUploads
from services.api_lambda.open_jobs import OpenJobs
from services.api_lambda.quota import RequestQuota
from services.api_lambda.router import Router
from services.api_lambda.settings import ApiLimits
from services.api_lambda.tokens import TokenPolicy, TokenVerifier
from services.api_lambda.waiting import JobWaiter
from services.api_lambda.webhooks import Webhooks
from shared.domain.api_keys import ApiKey
from shared.domain.files import FileRecord
from shared.domain.messages import JobMessage, NoticeMessage
from shared.domain.tiers import Tier
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.builders import make_api_key, make_user
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
from shared.worker.live_messages import LiveMessages
from shared.worker.waking import Waker
from tests.support.given_jobs import GivenJobs
from tests.support.job_queues import all_in

API_KEY = "key-of-user-1"


MASTER_KEY = "m" * 32


OTHER_KEY = "key-of-user-2"


ClientMaker = Callable[..., TestClient]


PART_BYTES = 400_000


LIMITS = ApiLimits(max_body_bytes=4096, max_file_bytes=1_000_000)


ISSUER = "https://issuer.example.com"


TOKENS = TokenPolicy(issuer=ISSUER, audiences=frozenset({"escriba", "https://app.example.com"}))


class CountingApiKeyStore(InMemoryApiKeyStore):
    """Counts how often a key was looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.lookups = 0

    def get(self, key_hash: str) -> ApiKey | None:
        self.lookups += 1
        return super().get(key_hash)


@dataclass
class KeySetOnTheWeb:
    """What stands at the issuer's JWKS URL, and how often it was fetched."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    fetches: int = 0
    is_down: bool = False

    def __call__(self) -> dict[str, Any]:
        self.fetches += 1
        if self.is_down:
            raise PyJWKClientConnectionError("no connection")
        return {"keys": self.keys}


@dataclass
class World(GivenJobs):
    """Everything behind the API and the router."""

    clock: FakeClock = field(default_factory=FakeClock)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    chunks: InMemoryChunkStore = field(default_factory=InMemoryChunkStore)
    steps: InMemoryStepStore = field(default_factory=InMemoryStepStore)
    files: InMemoryFileStore = field(default_factory=InMemoryFileStore)
    audio: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    transcripts: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    keys: CountingApiKeyStore = field(default_factory=CountingApiKeyStore)
    idempotency: InMemoryIdempotencyStore = field(default_factory=InMemoryIdempotencyStore)
    counters: InMemoryCounters = field(default_factory=InMemoryCounters)
    erasures: InMemoryErasureStore = field(default_factory=InMemoryErasureStore)
    batches: InMemoryBatchStore = field(default_factory=InMemoryBatchStore)
    slots: InMemoryJobSlots = field(default_factory=InMemoryJobSlots)
    webhooks: InMemoryWebhookStore = field(default_factory=InMemoryWebhookStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    key_set: KeySetOnTheWeb = field(default_factory=KeySetOnTheWeb)
    links: FakeLinkSigner = field(default_factory=FakeLinkSigner)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)

    while_waiting: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.parts = InMemoryPartUploads(self.audio)
        self.queue = InMemoryQueue(self.clock)
        self.notices = InMemoryQueue(self.clock)
        for user_id, secret in (("user-1", API_KEY), ("user-2", OTHER_KEY)):
            self.users.put(make_user(user_id=user_id, tier=Tier.ENTERPRISE))
            self.given_key(secret, user_id=user_id)

    @property
    def intake(self) -> Intake:
        return Intake(
            files=self.files,
            jobs=self.jobs,
            audio=self.audio,
            transcripts=self.transcripts,
            starter=self.starter,
            open_jobs=self.open_jobs,
            clock=self.clock,
            metrics=self.metrics,
            limits=LIMITS,
        )

    @property
    def starter(self) -> JobStarter:
        return JobStarter(jobs=self.jobs, queues=all_in(self.queue, self.clock), clock=self.clock)

    async def sleep(self, seconds: float) -> None:
        """Time passes, and whoever works meanwhile does so."""
        await asyncio.sleep(0)
        self.clock.advance(seconds)
        self.while_waiting()

    @property
    def open_jobs(self) -> OpenJobs:
        return OpenJobs(slots=self.slots, jobs=self.jobs, clock=self.clock)

    @property
    def deletion(self) -> Deletion:
        return Deletion(
            jobs=self.jobs,
            chunks=self.chunks,
            steps=self.steps,
            files=self.files,
            audio=self.audio,
            parts=self.parts,
            transcripts=self.transcripts,
            clock=self.clock,
        )

    def dependencies(self) -> ApiDependencies:
        authenticator = Authenticator(
            keys=self.keys,
            users=self.users,
            tokens=TokenVerifier(keys=IssuerKeys(self.key_set, self.clock), policy=TOKENS),
            clock=self.clock,
            remember_seconds=LIMITS.api_key_cache_seconds,
        )
        webhooks = Webhooks(
            store=self.webhooks, notices=self.notices, clock=self.clock, master_key=MASTER_KEY
        )
        return ApiDependencies(
            authenticator=authenticator,
            erasure=ErasureRequests(
                store=self.erasures, users=self.users, authenticator=authenticator, clock=self.clock
            ),
            users=self.users,
            files=self.files,
            audio=self.audio,
            quota=RequestQuota(self.counters, self.clock),
            keys=self.keys,
            webhooks=webhooks,
            idempotency=self.idempotency,
            intake=self.intake,
            batches=Batches(
                intake=self.intake,
                jobs=self.jobs,
                batches=self.batches,
                webhooks=webhooks,
                notices=self.notices,
                clock=self.clock,
            ),
            large_uploads=LargeUploads(
                intake=self.intake,
                files=self.files,
                audio=self.audio,
                parts=self.parts,
                clock=self.clock,
                expires_seconds=LIMITS.upload_expires_seconds,
                part_bytes=PART_BYTES,
            ),
            open_jobs=self.open_jobs,
            waiter=JobWaiter(
                jobs=self.jobs, clock=self.clock, wait_seconds=LIMITS.sync_wait_seconds, sleep=self.sleep
            ),
            clips=Clips(
                files=self.files,
                jobs=self.jobs,
                transcripts=self.transcripts,
                queues=all_in(self.queue, self.clock),
                waiter=JobWaiter(
                    jobs=self.jobs,
                    clock=self.clock,
                    wait_seconds=LIMITS.clip_wait_seconds,
                    sleep=self.sleep,
                    pauses=PAUSES,
                ),
                clock=self.clock,
                metrics=self.metrics,
                url_seconds=LIMITS.download_expires_seconds,
            ),
            feed=JobFeed(
                jobs=self.jobs,
                messages=LiveMessages(self.transcripts, url_seconds=LIMITS.download_expires_seconds),
                clock=self.clock,
                sleep=self.sleep,
            ),
            jobs=self.jobs,
            steps=self.steps,
            deletion=self.deletion,
            wake=Waker(self.jobs, all_in(self.queue, self.clock)),
            transcripts=self.transcripts,
            links=self.links,
            clock=self.clock,
            limits=LIMITS,
        )

    def router(self) -> Router:
        return Router(
            files=self.files,
            jobs=self.jobs,
            audio=self.audio,
            starter=self.starter,
            notices=self.notices,
            clock=self.clock,
            metrics=self.metrics,
        )

    def queued_job_ids(self) -> list[str]:
        return [JobMessage.from_body(body).job_id for body in self.queue.bodies]

    def notices_sent(self) -> list[tuple[str, str]]:
        notices = [NoticeMessage.from_body(body) for body in self.notices.bodies]
        return [(notice.job_id, notice.kind.value) for notice in notices]

    def upload(self, file: FileRecord, body: bytes) -> None:
        """Play the client that PUTs a file."""
        self.audio.write(file.key, body, content_type=file.content_type)

    def given_key(self, secret: str, **changes: object) -> ApiKey:
        key = make_api_key(secret, **changes)
        self.keys.add(key)
        return key
