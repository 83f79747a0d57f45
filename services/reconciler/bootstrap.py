"""The reconciler's composition root."""

from __future__ import annotations

from services.reconciler.doors import Accounts, Doors
from services.reconciler.handler import Reconciler, all_sweeps
from services.reconciler.outbox import Outbox
from services.reconciler.settings import ReconcilerSettings, ReconcilerTimerSettings
from services.reconciler.timer import run_on_timer
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.batch_store import DynamoBatchStore
from shared.aws.bookmarks import DynamoBookmarks
from shared.aws.chunk_store import DynamoChunkStore
from shared.aws.clients import make_client, make_impatient_client
from shared.aws.erasure_store import DynamoErasureStore
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.object_store import S3ObjectStore
from shared.aws.part_uploads import S3PartUploads
from shared.aws.queue import SqsSender
from shared.aws.step_store import DynamoStepStore
from shared.aws.user_directory import DynamoUserDirectory
from shared.aws.webhook_store import DynamoWebhookStore
from shared.log import configure_logging
from shared.metrics import EmfMetrics
from shared.ports.clock import SystemClock
from shared.settings import load_settings
from shared.worker.deletion import Deletion
from shared.worker.job_queues import JobQueues
from shared.worker.live_news import LiveNews
from shared.worker.stop import Stop, stop_on_signals

SERVICE = "reconciler"


def build(settings: ReconcilerSettings) -> Reconciler:
    """The reconciler over the adapters."""
    clock = SystemClock()
    tables, queues = make_client("dynamodb"), make_client("sqs")
    storage = make_client("s3")
    news = LiveNews(SqsSender(make_impatient_client(), settings.notification_queue_url), clock)
    jobs = DynamoJobStore(tables, settings.job_table_name, on_write=news)
    files = DynamoFileStore(tables, settings.job_table_name)
    audio = S3ObjectStore(storage, settings.audio_bucket_name)
    transcripts = S3ObjectStore(storage, settings.transcript_bucket_name)
    senders = {name: SqsSender(queues, url) for name, url in settings.job_queue_urls.items()}
    outbox = Outbox(
        uploads=SqsSender(queues, settings.uploads_queue_url),
        work=JobQueues(senders, clock),
        notices=SqsSender(queues, settings.notification_queue_url),
        clock=clock,
    )
    doors = Doors(
        jobs=jobs,
        batches=DynamoBatchStore(tables, settings.job_table_name),
        files=files,
        audio=audio,
        notice_log=DynamoNoticeLog(tables, settings.job_table_name),
        bookmarks=DynamoBookmarks(tables, settings.job_table_name),
        outbox=outbox,
        deletion=Deletion(
            jobs=jobs,
            chunks=DynamoChunkStore(tables, settings.job_table_name),
            steps=DynamoStepStore(tables, settings.job_table_name),
            files=files,
            audio=audio,
            parts=S3PartUploads(storage, settings.audio_bucket_name),
            transcripts=transcripts,
            clock=clock,
        ),
        accounts=Accounts(
            erasures=DynamoErasureStore(tables, settings.job_table_name),
            users=DynamoUserDirectory(tables, settings.job_table_name),
            keys=DynamoApiKeyStore(tables, settings.job_table_name),
            webhooks=DynamoWebhookStore(tables, settings.job_table_name),
            transcripts=transcripts,
        ),
        clock=clock,
        metrics=EmfMetrics(SERVICE, clock),
        limits=settings,
    )
    return Reconciler(all_sweeps(doors), clock=clock)


def build_for_lambda() -> Reconciler:
    """The reconciler as the environment describes it."""
    settings = load_settings(ReconcilerSettings)
    configure_logging(SERVICE, settings.log_level)
    return build(settings)


def main() -> None:
    """Reconcile on a timer until SIGTERM."""
    settings = load_settings(ReconcilerTimerSettings)
    configure_logging(SERVICE, settings.log_level)
    # A run that is cut off is repeated by the next: nothing needs time to drain.
    stop = Stop(drain_seconds=0, clock=SystemClock())
    stop_on_signals(stop)
    run_on_timer(build(settings), every_seconds=settings.reconcile_seconds, stop=stop)
