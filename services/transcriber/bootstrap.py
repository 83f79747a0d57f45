"""The transcriber's composition root: the model first, then the doors, then the queue."""

from __future__ import annotations

import os
import socket

from services.transcriber.allocator import bound_heaps
from services.transcriber.engine import Engine
from services.transcriber.handler import TranscriptionHandler
from services.transcriber.planning import Chunking
from services.transcriber.settings import TranscriberSettings
from shared.aws.chunk_store import DynamoChunkStore
from shared.aws.clients import make_client, make_impatient_client
from shared.aws.ecs_agent import protection_of_task
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsQueue, SqsSender
from shared.aws.tracing import make_tracer
from shared.domain.work_queues import WorkQueue
from shared.log import configure_logging, get_logger
from shared.metrics import EmfMetrics, Metric, Metrics
from shared.ports.chunk_store import ChunkStore
from shared.ports.clock import Clock, SystemClock
from shared.settings import load_settings
from shared.worker.chunk_delivery import ChunkDelivery
from shared.worker.dispatch import ChunkDispatch
from shared.worker.fate import MessageHandler
from shared.worker.job_delivery import JobDelivery
from shared.worker.job_queues import JobQueues
from shared.worker.live_news import LiveNews
from shared.worker.service import serve_queues

SERVICE = "transcriber"
FAKE_MODEL = "fake"

_log = get_logger(__name__)


def main() -> None:
    """Run until SIGTERM. Raises ``SettingsError`` or ``StartupError`` before any message is taken."""
    settings = load_settings(TranscriberSettings)
    configure_logging(SERVICE, settings.log_level)
    clock = SystemClock()
    metrics = EmfMetrics(SERVICE, clock)
    engine = load_engine(settings, clock, metrics)
    sqs = make_client("sqs")
    priority = SqsQueue(
        sqs, settings.transcription_priority_queue_url, settings.transcription_priority_dead_letter_queue_url
    )
    ordinary = SqsQueue(sqs, settings.transcription_queue_url, settings.transcription_dead_letter_queue_url)
    chunk_queues = JobQueues(
        {WorkQueue.TRANSCRIPTION_PRIORITY: priority, WorkQueue.TRANSCRIPTION: ordinary}, clock
    )
    serve_queues(
        queues=(priority, ordinary),
        handler=make_delivery(settings, engine, chunk_queues, clock, metrics),
        slots=settings.jobs_at_once,
        settings=settings,
        clock=clock,
        metrics=metrics,
        protection=protection_of_task(),
        tracer=make_tracer(settings, SERVICE),
    )


def make_delivery(
    settings: TranscriberSettings, engine: Engine, chunk_queues: JobQueues, clock: Clock, metrics: Metrics
) -> MessageHandler:
    """What is done with a message, of a job or of a chunk."""
    tables = make_client("dynamodb")
    news = LiveNews(SqsSender(make_impatient_client(), settings.notification_queue_url), clock)
    jobs = DynamoJobStore(tables, settings.job_table_name, on_write=news)
    chunks = DynamoChunkStore(tables, settings.job_table_name)
    notices = SqsSender(make_client("sqs"), settings.notification_queue_url)
    dispatch = ChunkDispatch(
        chunks=chunks,
        queues=chunk_queues,
        in_flight=settings.chunks_in_flight,
        clock=clock,
    )
    work = make_handler(settings, engine, chunks, clock, metrics)
    owner = f"{socket.gethostname()}:{os.getpid()}"
    whole = JobDelivery(
        jobs=jobs,
        notices=notices,
        work=work,
        discard=work.discard,
        chunks=dispatch,
        tidy=work.tidy,
        owner=owner,
        settings=settings,
        retry_delays_seconds=settings.retry_delays_seconds,
        clock=clock,
        metrics=metrics,
        dollars_per_second=settings.dollars_per_second(settings.jobs_at_once),
    )
    return ChunkDelivery(
        whole=whole,
        jobs=jobs,
        chunks=chunks,
        dispatch=dispatch,
        notices=notices,
        work=work.chunk_work,
        discard=work.discard,
        owner=owner,
        settings=settings,
        retry_delays_seconds=settings.retry_delays_seconds,
        clock=clock,
        metrics=metrics,
    )


def load_engine(settings: TranscriberSettings, clock: Clock, metrics: Metrics) -> Engine:
    """The engine that ``MODEL`` asks for, ready to listen. Raises ``StartupError``.

    Only the one asked for is imported: a load test's workers need no model libraries in memory.
    """
    if settings.model == FAKE_MODEL:
        from services.transcriber.fake_engine import FakeEngine

        return FakeEngine()
    from threadpoolctl import threadpool_limits

    from services.transcriber.whisper_engine import WhisperEngine, find_model

    bound_heaps()
    # The streams have the cores: numpy's further threads would wait in loops on them (features only).
    threadpool_limits(1, user_api="blas")
    started = clock.monotonic()
    engine = WhisperEngine.load(
        find_model(settings.model, wait_seconds=settings.model_wait_seconds),
        cpu_threads=settings.cpu_threads,
        streams=settings.streams,
        batch_size=settings.batch_size,
        condition_on_previous_text=settings.condition_on_previous_text,
    )
    load_ms = (clock.monotonic() - started) * 1000
    _log.info("model loaded", model=engine.name, load_ms=round(load_ms))
    metrics.record({Metric.MODEL_LOAD_TIME: load_ms})
    return engine


def make_handler(
    settings: TranscriberSettings, engine: Engine, chunks: ChunkStore, clock: Clock, metrics: Metrics
) -> TranscriptionHandler:
    """The handler with its buckets."""
    client = make_client("s3")
    files = DynamoFileStore(make_client("dynamodb"), settings.job_table_name)
    return TranscriptionHandler(
        audio=S3ObjectStore(client, settings.audio_bucket_name),
        transcripts=S3ObjectStore(client, settings.transcript_bucket_name),
        chunks=chunks,
        files=files,
        engine=engine,
        clock=clock,
        metrics=metrics,
        max_audio_minutes=settings.max_audio_minutes,
        window_seconds=settings.window_seconds,
        chunking=Chunking(settings.chunk_threshold_seconds, settings.chunk_seconds),
    )
