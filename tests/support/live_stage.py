"""Live progress from end to end on fakes: who watches, what workers write, what the notifier says."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.api_lambda.authentication import Authenticator, Credentials
from services.api_lambda.live_protocol import LiveProtocol
from services.api_lambda.quota import RequestQuota
from services.notifier.live_channel import LiveChannel
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobError, JobStatus, Timings
from shared.domain.messages import NoticeKind, NoticeMessage
from shared.domain.tiers import Tier
from shared.ports.job_store import HeldLease
from shared.testing.api_key_store import InMemoryApiKeyStore
from shared.testing.builders import make_api_key, make_job, make_outputs, make_result, make_user
from shared.testing.clock import FakeClock
from shared.testing.connection_store import InMemoryConnectionStore
from shared.testing.counters import InMemoryCounters
from shared.testing.job_store import InMemoryJobStore
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.queue import InMemoryQueue
from shared.testing.sockets import RecordingSockets
from shared.testing.user_directory import InMemoryUserDirectory
from shared.worker.fate import Fate
from shared.worker.listeners import Listeners
from shared.worker.live_messages import LiveMessages
from shared.worker.live_news import LiveNews

KEY = "key-of-user-1"
OTHER_KEY = "key-of-user-2"


@dataclass
class LiveStage:
    """The protocol at one end, the notifier's channel at the other, and the record between them."""

    clock: FakeClock = field(default_factory=FakeClock)
    connections: InMemoryConnectionStore = field(default_factory=InMemoryConnectionStore)
    keys: InMemoryApiKeyStore = field(default_factory=InMemoryApiKeyStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    sockets: RecordingSockets = field(default_factory=RecordingSockets)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)

    def __post_init__(self) -> None:
        self.queue = InMemoryQueue(self.clock)
        self.jobs = InMemoryJobStore(on_write=LiveNews(self.queue, self.clock))
        for number, secret in ((1, KEY), (2, OTHER_KEY)):
            self.users.put(make_user(user_id=f"user-{number}", tier=Tier.ENTERPRISE))
            self.keys.add(make_api_key(secret, user_id=f"user-{number}"))
        listeners = Listeners(
            jobs=self.jobs,
            connections=self.connections,
            keys=self.keys,
            sockets=self.sockets,
            clock=self.clock,
        )
        messages = LiveMessages(InMemoryObjectStore(), url_seconds=900)
        authenticator = Authenticator(
            keys=self.keys, users=self.users, tokens=None, clock=self.clock, remember_seconds=60
        )
        self.protocol = LiveProtocol(
            authenticator=authenticator,
            quota=RequestQuota(InMemoryCounters(), self.clock),
            users=self.users,
            jobs=self.jobs,
            connections=self.connections,
            listeners=listeners,
            sockets=self.sockets,
            messages=messages,
            clock=self.clock,
        )
        self.channel = LiveChannel(
            jobs=self.jobs,
            listeners=listeners,
            messages=messages,
            notice_log=self.notice_log,
            clock=self.clock,
            sending_lease_seconds=90,
        )

    def connect(self, key: str = KEY) -> str:
        connection_id = new_id()
        self.protocol.connect(connection_id, Credentials(api_key=key))
        return connection_id

    def ask(self, connection_id: str, action: str, job_id: str) -> list[dict]:
        """What the connection hears in answer."""
        before = len(self.sockets.heard(connection_id))
        self.protocol.receive(connection_id, f'{{"action": "{action}", "jobId": "{job_id}"}}')
        return self.sockets.heard(connection_id)[before:]

    def subscribe(self, connection_id: str, job: Job) -> list[dict]:
        return self.ask(connection_id, "subscribe", job.job_id)

    def watching(self, job: Job, key: str = KEY) -> str:
        """A connection that watches a job and has heard how it stands."""
        connection_id = self.connect(key)
        self.subscribe(connection_id, job)
        self.sockets.texts[connection_id].clear()
        return connection_id

    def given_job(self, **changes: object) -> Job:
        job = make_job(**changes)
        self.jobs.create(job)
        return job

    def given_processing(self, **changes: object) -> Job:
        job = self.given_job(status=JobStatus.QUEUED, **changes)
        return self.jobs.claim(job.job_id, owner="w", now=self.clock.now(), lease_seconds=60)

    def report(self, job: Job, percent: int) -> None:
        """A worker's heartbeat, some time after the last."""
        self.clock.advance(15)
        self.jobs.extend(_lease(job), now=self.clock.now(), lease_seconds=60, progress=percent)

    def complete(self, job: Job) -> NoticeMessage:
        self.jobs.complete(
            _lease(job),
            now=self.clock.now(),
            result=make_result(),
            outputs=make_outputs(job),
            timings=Timings(),
        )
        return self.notice(job, NoticeKind.COMPLETED)

    def fail(self, job: Job) -> NoticeMessage:
        error = JobError.of(Fault.EMPTY_FILE)
        self.jobs.fail(_lease(job), now=self.clock.now(), error=error, counts=False)
        return self.notice(job, NoticeKind.FAILED)

    def notice(self, job: Job, kind: NoticeKind) -> NoticeMessage:
        return NoticeMessage(job_id=job.job_id, kind=kind, sent_at=self.clock.now())

    def tell_end(self, notice: NoticeMessage) -> Fate:
        job = self.jobs.get(notice.job_id)
        assert job is not None
        return self.channel.tell_end(job, notice)

    def news(self) -> list[NoticeMessage]:
        """What the queue holds."""
        return [NoticeMessage.from_body(body) for body in self.queue.bodies]

    def tell_news(self) -> list[Fate]:
        """The notifier works what the queue holds."""
        fates = []
        for delivery in self.queue.receive(max_messages=10, wait_seconds=0, visibility_seconds=60):
            fates.append(self.channel.tell_change(NoticeMessage.from_body(delivery.body)))
            self.queue.delete(delivery)
        return fates


def _lease(job: Job) -> HeldLease:
    return HeldLease(job.job_id, "w", job.attempts)
