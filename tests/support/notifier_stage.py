"""A notifier's handler with fakes on all sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from services.notifier.audience import AudienceOf, Audiences
from services.notifier.batch_notices import BatchNotices
from services.notifier.composer import MailComposer
from services.notifier.handler import NoticeHandler
from services.notifier.live_channel import LiveChannel
from services.notifier.mail_channel import CHANNEL, MailChannel
from services.notifier.other_channels import OtherChannels
from services.notifier.webhook_channel import WebhookChannel
from services.notifier.webhook_poster import Outcome, Poster
from shared.domain.faults import Fault
from shared.domain.ids import new_id
from shared.domain.jobs import Job, JobError, JobStatus, Timings
from shared.domain.messages import NoticeKind, NoticeMessage, notice_id
from shared.domain.webhooks import Webhook
from shared.metrics import Metrics
from shared.ports.batch_store import BatchStore
from shared.ports.clock import Clock
from shared.ports.event_bus import EventBus
from shared.ports.job_store import HeldLease, JobStore
from shared.ports.mailer import Mailer
from shared.ports.notice_log import NoticeLog
from shared.ports.queue import Delivery, MessageSender
from shared.ports.user_directory import UserDirectory
from shared.ports.webhook_store import WebhookStore
from shared.testing.batch_store import InMemoryBatchStore
from shared.testing.builders import make_job, make_outputs, make_result, make_user
from shared.testing.clock import START, FakeClock
from shared.testing.event_bus import RecordingEventBus
from shared.testing.job_store import InMemoryJobStore
from shared.testing.link_signer import FakeLinkSigner
from shared.testing.mailer import RecordingMailer
from shared.testing.metrics import RecordingMetrics
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.queue import InMemoryQueue
from shared.testing.user_directory import InMemoryUserDirectory
from shared.testing.webhook_store import InMemoryWebhookStore
from shared.worker.fate import Fate
from shared.worker.waking import Waker
from tests.support.job_queues import all_in

OWNER = make_user()
COMPOSER = MailComposer(public_api_url="https://api.example.com", links=FakeLinkSigner())

MASTER_KEY = "m" * 32
RETRY_DELAYS_SECONDS = (10.0, 60.0)


class FakePoster:
    """A ``Poster`` that keeps requests and gives the outcomes laid out for it, then 204."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes, dict[str, str]]] = []
        self.outcomes: list[Outcome] = []

    def post(self, url, body, headers) -> Outcome:
        self.requests.append((url, body, dict(headers)))
        return self.outcomes.pop(0) if self.outcomes else Outcome(status_code=204)


class IdleHold:
    """A ``Hold`` nobody beats."""

    stopping = False

    def on_beat(self, beat) -> None:
        """Never called."""

    def on_hand_back(self, release) -> None:
        """Never called."""


class World(Protocol):
    """What a notifier reaches."""

    jobs: JobStore
    users: UserDirectory
    notice_log: NoticeLog
    mailer: Mailer
    clock: Clock
    metrics: Metrics
    queue: MessageSender
    work: MessageSender
    webhooks: WebhookStore
    batches: BatchStore
    poster: Poster
    bus: EventBus | None
    live: LiveChannel | None
    audience_of: AudienceOf | None

    def sleep(self, seconds: float) -> None: ...


def make_notice_handler(world: World, master_keys: tuple[str, ...] = (MASTER_KEY,)) -> NoticeHandler:
    """The handler, as the notifier's bootstrap puts it together."""
    audiences = Audiences(
        world.webhooks, has_event_bus=world.bus is not None, tells_live=world.live is not None
    )
    mail = MailChannel(
        users=world.users,
        notice_log=world.notice_log,
        mailer=world.mailer,
        clock=world.clock,
        metrics=world.metrics,
        sleep=world.sleep,
    )
    other_channels = OtherChannels(
        webhooks=WebhookChannel(
            store=world.webhooks,
            poster=world.poster,
            master_keys=master_keys,
            notice_log=world.notice_log,
            clock=world.clock,
            metrics=world.metrics,
            retry_delays_seconds=RETRY_DELAYS_SECONDS,
            sending_lease_seconds=90,
        ),
        events=world.bus,
        live=world.live,
        queue=world.queue,
        notice_log=world.notice_log,
        clock=world.clock,
        sending_lease_seconds=90,
    )
    return NoticeHandler(
        jobs=world.jobs,
        mail=mail,
        composer=COMPOSER,
        audience_of=lambda job, kind: (world.audience_of or audiences)(job, kind),
        other_channels=other_channels,
        batches=BatchNotices(
            jobs=world.jobs,
            batches=world.batches,
            audience_of=audiences.of_batch,
            other_channels=other_channels,
            mail=mail,
            composer=COMPOSER,
            queue=world.queue,
            clock=world.clock,
        ),
        wake=Waker(world.jobs, all_in(world.work, world.clock)),
        sleep=world.sleep,
    )


@dataclass
class Stage:
    """A notifier with fakes on all sides; ``while_waiting`` happens at each of its pauses in turn."""

    mailer: RecordingMailer = field(default_factory=RecordingMailer)
    notice_log: InMemoryNoticeLog = field(default_factory=InMemoryNoticeLog)
    jobs: InMemoryJobStore = field(default_factory=InMemoryJobStore)
    users: InMemoryUserDirectory = field(default_factory=InMemoryUserDirectory)
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    clock: FakeClock = field(default_factory=FakeClock)
    webhooks: InMemoryWebhookStore = field(default_factory=InMemoryWebhookStore)
    poster: FakePoster = field(default_factory=FakePoster)
    batches: InMemoryBatchStore = field(default_factory=InMemoryBatchStore)
    bus: RecordingEventBus | None = None
    live: LiveChannel | None = None
    audience_of: AudienceOf | None = None
    slept_seconds: list[float] = field(default_factory=list)
    while_waiting: list = field(default_factory=list)

    def __post_init__(self) -> None:
        self.users.put(OWNER)
        self.queue, self.work = InMemoryQueue(self.clock), InMemoryQueue(self.clock)
        self.handler = make_notice_handler(self)

    def sleep(self, seconds: float) -> None:
        self.slept_seconds.append(seconds)
        self.clock.advance(seconds)
        if self.while_waiting:
            self.while_waiting.pop(0)()

    def notify(self, job_id: str, kind: NoticeKind = NoticeKind.COMPLETED, receive_count: int = 1) -> Fate:
        body = NoticeMessage(job_id=job_id, kind=kind, sent_at=START).to_body()
        return self.handle(body, receive_count)

    def handle(self, body: str, receive_count: int = 1) -> Fate:
        delivery = Delivery(
            message_id="m-1", receipt="r-1", body=body, receive_count=receive_count, sent_at=START
        )
        return self.handler(delivery, IdleHold())

    def given_webhook(self, **changes) -> Webhook:
        """One of the owner's, that is to hear of everything."""
        fields = {
            "webhook_id": new_id(),
            "user_id": OWNER.user_id,
            "url": "https://example.com/hook",
            "created_at": START,
        }
        webhook = Webhook(**{**fields, **changes})
        self.webhooks.add(webhook)
        return webhook

    def add(self, status: JobStatus = JobStatus.COMPLETED, **changes) -> Job:
        job = make_job(status=status, user_id=OWNER.user_id, **changes)
        if status is JobStatus.COMPLETED:
            job = job.model_copy(update={"result": make_result(), "outputs": make_outputs(job)})
        if status is JobStatus.FAILED:
            job = job.model_copy(update={"error": JobError.of(Fault.EMPTY_FILE)})
        self.jobs.create(job)
        return job


def notice_of(job: Job) -> str:
    kind = NoticeKind.FAILED if job.status is JobStatus.FAILED else NoticeKind.COMPLETED
    return notice_id(job, kind)


def assert_claimable(stage: Stage, job: Job) -> None:
    stage.notice_log.claim(notice_of(job), CHANNEL, owner="test", now=stage.clock.now(), lease_seconds=1)


def complete(stage: Stage, claimed: Job) -> None:
    stage.jobs.complete(
        HeldLease(job_id=claimed.job_id, owner="worker", attempt=claimed.attempts),
        now=stage.clock.now(),
        result=make_result(),
        outputs=make_outputs(claimed),
        timings=Timings(),
    )
