"""The notifier's composition root: the one place that knows which adapter stands behind which port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifier.audience import Audiences
from services.notifier.batch_notices import BatchNotices
from services.notifier.composer import MailComposer
from services.notifier.handler import NoticeHandler
from services.notifier.live_channel import LiveChannel
from services.notifier.mail_channel import MailChannel
from services.notifier.other_channels import OtherChannels
from services.notifier.settings import NotifierSettings
from services.notifier.webhook_channel import WebhookChannel
from services.notifier.webhook_poster import HttpPoster
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.batch_store import DynamoBatchStore
from shared.aws.clients import make_client, make_sockets_client
from shared.aws.connection_store import DynamoConnectionStore
from shared.aws.ecs_agent import protection_of_task
from shared.aws.event_bus import EventBridgeBus
from shared.aws.job_store import DynamoJobStore
from shared.aws.mailer import SesMailer
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.object_store import S3Downloads
from shared.aws.queue import SqsQueue, SqsSender
from shared.aws.secrets import SecretsManagerStore
from shared.aws.sockets import ApiGatewaySockets
from shared.aws.tracing import make_tracer
from shared.aws.user_directory import DynamoUserDirectory
from shared.aws.webhook_store import DynamoWebhookStore
from shared.domain.work_queues import WorkQueue
from shared.link_keys import link_signing_keys
from shared.links import JwtLinkSigner
from shared.log import configure_logging
from shared.metrics import EmfMetrics
from shared.ports.clock import Clock, SystemClock
from shared.ports.job_store import JobStore
from shared.ports.notice_log import NoticeLog
from shared.settings import load_settings
from shared.worker.job_queues import JobQueues
from shared.worker.listeners import Listeners
from shared.worker.live_messages import LiveMessages
from shared.worker.service import serve_queues
from shared.worker.waking import Waker

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SERVICE = "notifier"


def main() -> None:
    """Send notices until SIGTERM."""
    settings = load_settings(NotifierSettings)
    configure_logging(SERVICE, settings.log_level)
    clock = SystemClock()
    metrics = EmfMetrics(SERVICE, clock)
    tables = make_client("dynamodb")
    queue = SqsQueue(
        make_client("sqs"), settings.notification_queue_url, settings.notification_dead_letter_queue_url
    )
    notice_log = DynamoNoticeLog(tables, settings.job_table_name)
    signing_keys = link_signing_keys(settings, SecretsManagerStore(make_client("secretsmanager")))
    webhooks = DynamoWebhookStore(tables, settings.job_table_name)
    bus = settings.event_bus_name
    jobs = DynamoJobStore(tables, settings.job_table_name)
    conversion = JobQueues(
        {
            WorkQueue.CONVERSION: SqsSender(make_client("sqs"), settings.conversion_queue_url),
            WorkQueue.CONVERSION_PRIORITY: SqsSender(
                make_client("sqs"), settings.conversion_priority_queue_url
            ),
        },
        clock,
    )
    live = make_live_channel(settings, jobs, tables, notice_log, clock)
    audiences = Audiences(webhooks, has_event_bus=bool(bus), tells_live=live is not None)
    composer = MailComposer(public_api_url=str(settings.public_api_url), links=JwtLinkSigner(*signing_keys))
    mail = MailChannel(
        users=DynamoUserDirectory(tables, settings.job_table_name),
        notice_log=notice_log,
        mailer=SesMailer(make_client("ses"), settings.mail_from),
        clock=clock,
        metrics=metrics,
        sending_lease_seconds=settings.sending_lease_seconds,
    )
    other_channels = OtherChannels(
        webhooks=WebhookChannel(
            store=webhooks,
            poster=HttpPoster(allow_loopback=settings.webhook_allow_loopback),
            master_keys=signing_keys,
            notice_log=notice_log,
            clock=clock,
            metrics=metrics,
            retry_delays_seconds=settings.webhook_retry_delays_seconds,
            sending_lease_seconds=settings.sending_lease_seconds,
        ),
        events=EventBridgeBus(make_client("events"), bus) if bus else None,
        live=live,
        queue=queue,
        notice_log=notice_log,
        clock=clock,
        sending_lease_seconds=settings.sending_lease_seconds,
    )
    handler = NoticeHandler(
        jobs=jobs,
        mail=mail,
        composer=composer,
        audience_of=audiences,
        other_channels=other_channels,
        batches=BatchNotices(
            jobs=jobs,
            batches=DynamoBatchStore(tables, settings.job_table_name),
            audience_of=audiences.of_batch,
            other_channels=other_channels,
            mail=mail,
            composer=composer,
            queue=queue,
            clock=clock,
        ),
        wake=Waker(jobs, conversion),
    )
    serve_queues(
        queues=(queue,),
        handler=handler,
        slots=settings.notices_at_once,
        settings=settings,
        clock=clock,
        metrics=metrics,
        protection=protection_of_task(),
        tracer=make_tracer(settings, SERVICE),
    )


def make_live_channel(
    settings: NotifierSettings,
    jobs: JobStore,
    tables: DynamoDBClient,
    notice_log: NoticeLog,
    clock: Clock,
) -> LiveChannel | None:
    """What tells those who watch jobs; None where nobody can."""
    if not settings.live_management_url:
        return None
    outputs = S3Downloads(make_client("s3"), settings.transcript_bucket_name)
    return LiveChannel(
        jobs=jobs,
        listeners=Listeners(
            jobs=jobs,
            connections=DynamoConnectionStore(tables, settings.job_table_name),
            keys=DynamoApiKeyStore(tables, settings.job_table_name),
            sockets=ApiGatewaySockets(make_sockets_client(settings.live_management_url)),
            clock=clock,
        ),
        messages=LiveMessages(outputs, url_seconds=settings.download_expires_seconds),
        notice_log=notice_log,
        clock=clock,
        sending_lease_seconds=settings.sending_lease_seconds,
    )
