"""The converter's composition root."""

from __future__ import annotations

import os
import socket

from services.converter.handler import ConversionHandler
from services.converter.settings import ConverterSettings
from services.converter.work import ConverterWork
from services.converter.workflows.child import TranscriptJobs
from services.converter.workflows.engine import WorkflowHandler
from shared.aws.clients import make_client, make_impatient_client
from shared.aws.ecs_agent import protection_of_task
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue, SqsSender
from shared.aws.step_store import DynamoStepStore
from shared.aws.tracing import make_tracer
from shared.domain.work_queues import WorkQueue
from shared.log import configure_logging
from shared.metrics import EmfMetrics, Metrics
from shared.ports.clock import Clock, SystemClock
from shared.settings import load_settings
from shared.worker.job_delivery import JobDelivery
from shared.worker.job_queues import JobQueues
from shared.worker.live_news import LiveNews
from shared.worker.service import serve_queues

SERVICE = "converter"


def main() -> None:
    """Run until SIGTERM. Raises ``SettingsError`` before any message is taken."""
    settings = load_settings(ConverterSettings)
    configure_logging(SERVICE, settings.log_level)
    clock = SystemClock()
    metrics = EmfMetrics(SERVICE, clock)
    sqs = make_client("sqs")
    priority = SqsQueue(
        sqs, settings.conversion_priority_queue_url, settings.conversion_priority_dead_letter_queue_url
    )
    ordinary = SqsQueue(sqs, settings.conversion_queue_url, settings.conversion_dead_letter_queue_url)
    serve_queues(
        queues=(priority, ordinary),
        handler=make_delivery(settings, clock, metrics),
        slots=settings.conversions_at_once,
        settings=settings,
        clock=clock,
        metrics=metrics,
        protection=protection_of_task(),
        tracer=make_tracer(settings, SERVICE),
    )


def make_delivery(settings: ConverterSettings, clock: Clock, metrics: Metrics) -> JobDelivery:
    """What is done with a message of the queue."""
    buckets = make_client("s3")
    tables, queues = make_client("dynamodb"), make_client("sqs")
    news = LiveNews(SqsSender(make_impatient_client(), settings.notification_queue_url), clock)
    jobs = DynamoJobStore(tables, settings.job_table_name, on_write=news)
    audio = S3ObjectStore(buckets, settings.audio_bucket_name)
    transcripts = S3ObjectStore(buckets, settings.transcript_bucket_name)
    transcription = JobQueues(
        {
            WorkQueue.TRANSCRIPTION: SqsSender(queues, settings.transcription_queue_url),
            WorkQueue.TRANSCRIPTION_PRIORITY: SqsSender(queues, settings.transcription_priority_queue_url),
        },
        clock,
    )
    operations = ConversionHandler(
        audio=audio,
        transcripts=transcripts,
        clock=clock,
        max_audio_minutes=settings.max_audio_minutes,
    )
    workflows = WorkflowHandler(
        steps=DynamoStepStore(tables, settings.job_table_name),
        children=TranscriptJobs(jobs=jobs, queues=transcription, transcripts=transcripts, clock=clock),
        audio=audio,
        transcripts=transcripts,
        clock=clock,
        max_audio_minutes=settings.max_audio_minutes,
    )
    work = ConverterWork(operations, workflows)
    return JobDelivery(
        jobs=jobs,
        notices=SqsSender(queues, settings.notification_queue_url),
        work=work,
        discard=work.discard,
        tidy=work.tidy,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        settings=settings,
        retry_delays_seconds=settings.retry_delays_seconds,
        clock=clock,
        metrics=metrics,
        dollars_per_second=settings.dollars_per_second(settings.conversions_at_once),
    )
