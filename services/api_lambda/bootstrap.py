"""The composition root of the API and of the router: the one place that knows the adapters.

The web framework is imported where the API is built: the router is a function of its own and starts
without it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from services.api_lambda.job_starter import JobStarter
from services.api_lambda.settings import (
    ApiServerSettings,
    ApiSettings,
    RouterSettings,
)
from shared.aws.clients import make_client, make_impatient_client
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3ObjectStore
from shared.aws.queue import SqsSender
from shared.aws.step_store import DynamoStepStore
from shared.aws.tracing import make_tracer
from shared.log import configure_logging
from shared.metrics import EmfMetrics
from shared.ports.clock import Clock, SystemClock
from shared.settings import JobQueueUrls, load_settings
from shared.worker.job_queues import JobQueues
from shared.worker.live_news import LiveNews

if TYPE_CHECKING:
    from fastapi import FastAPI
    from mangum import Mangum
    from mypy_boto3_sqs import SQSClient

    from services.api_lambda.router import Router

API = "api"
ROUTER = "router"


def build_app(settings: ApiSettings, *, live_management_url: str | None = None) -> FastAPI:
    """The API over the adapters; it opens WebSockets where it is told how they are reached."""
    from services.api_lambda.app import create_app
    from services.api_lambda.batches import Batches
    from services.api_lambda.clips import PAUSES, Clips
    from services.api_lambda.dependencies import ApiDependencies
    from services.api_lambda.erasure_requests import ErasureRequests
    from services.api_lambda.intake import Intake
    from services.api_lambda.job_feed import JobFeed
    from services.api_lambda.large_uploads import LargeUploads
    from services.api_lambda.live_bootstrap import make_live_protocol
    from services.api_lambda.open_jobs import OpenJobs
    from services.api_lambda.quota import RequestQuota
    from services.api_lambda.sign_in import make_authenticator
    from services.api_lambda.waiting import JobWaiter
    from services.api_lambda.webhooks import Webhooks
    from shared.aws.api_key_store import DynamoApiKeyStore
    from shared.aws.batch_store import DynamoBatchStore
    from shared.aws.chunk_store import DynamoChunkStore
    from shared.aws.counters import DynamoCounters
    from shared.aws.erasure_store import DynamoErasureStore
    from shared.aws.idempotency_store import DynamoIdempotencyStore
    from shared.aws.job_slots import DynamoJobSlots
    from shared.aws.part_uploads import S3PartUploads
    from shared.aws.secrets import SecretsManagerStore
    from shared.aws.user_directory import DynamoUserDirectory
    from shared.aws.webhook_store import DynamoWebhookStore
    from shared.link_keys import link_signing_keys
    from shared.links import JwtLinkSigner
    from shared.worker.deletion import Deletion
    from shared.worker.live_messages import LiveMessages
    from shared.worker.waking import Waker

    clock = SystemClock()
    metrics = EmfMetrics(API, clock)
    tables, storage = make_client("dynamodb"), make_client("s3")
    jobs = DynamoJobStore(tables, settings.job_table_name, on_write=_live_news(settings, clock))
    files = DynamoFileStore(tables, settings.job_table_name)
    audio = S3ObjectStore(storage, settings.audio_bucket_name)
    transcripts = S3ObjectStore(storage, settings.transcript_bucket_name)
    parts = S3PartUploads(storage, settings.audio_bucket_name)
    queues = make_client("sqs")
    job_queues = _job_queues(queues, settings, clock)
    slots = DynamoJobSlots(tables, settings.job_table_name)
    open_jobs = OpenJobs(slots=slots, jobs=jobs, clock=clock)
    intake = Intake(
        files=files,
        jobs=jobs,
        audio=audio,
        transcripts=transcripts,
        starter=JobStarter(jobs=jobs, queues=job_queues, clock=clock),
        open_jobs=open_jobs,
        clock=clock,
        metrics=metrics,
        limits=settings,
    )
    keys = DynamoApiKeyStore(tables, settings.job_table_name)
    users = DynamoUserDirectory(tables, settings.job_table_name)
    webhook_store = DynamoWebhookStore(tables, settings.job_table_name)
    signing_keys = link_signing_keys(settings, SecretsManagerStore(make_client("secretsmanager")))
    notices = SqsSender(queues, settings.notification_queue_url)
    webhooks = Webhooks(
        store=webhook_store,
        notices=notices,
        clock=clock,
        master_key=signing_keys[0],
        allow_loopback=settings.webhook_allow_loopback,
    )
    authenticator = make_authenticator(
        settings, keys=keys, users=users, clock=clock, remember_seconds=settings.api_key_cache_seconds
    )
    steps = DynamoStepStore(tables, settings.job_table_name)
    quota = RequestQuota(DynamoCounters(tables, settings.job_table_name), clock)
    messages = LiveMessages(transcripts, url_seconds=settings.download_expires_seconds)
    deletion = Deletion(
        jobs=jobs,
        chunks=DynamoChunkStore(tables, settings.job_table_name),
        steps=steps,
        files=files,
        audio=audio,
        parts=parts,
        transcripts=transcripts,
        clock=clock,
    )
    return create_app(
        ApiDependencies(
            authenticator=authenticator,
            quota=quota,
            keys=keys,
            webhooks=webhooks,
            idempotency=DynamoIdempotencyStore(tables, settings.job_table_name),
            intake=intake,
            batches=Batches(
                intake=intake,
                jobs=jobs,
                batches=DynamoBatchStore(tables, settings.job_table_name),
                webhooks=webhooks,
                notices=notices,
                clock=clock,
            ),
            large_uploads=LargeUploads(
                intake=intake,
                files=files,
                audio=audio,
                parts=parts,
                clock=clock,
                expires_seconds=settings.upload_expires_seconds,
            ),
            waiter=JobWaiter(
                jobs=jobs, clock=clock, wait_seconds=settings.sync_wait_seconds, sleep=asyncio.sleep
            ),
            clips=Clips(
                files=files,
                jobs=jobs,
                transcripts=transcripts,
                queues=job_queues,
                waiter=JobWaiter(
                    jobs=jobs,
                    clock=clock,
                    wait_seconds=settings.clip_wait_seconds,
                    sleep=asyncio.sleep,
                    pauses=PAUSES,
                ),
                clock=clock,
                metrics=metrics,
                url_seconds=settings.download_expires_seconds,
            ),
            feed=JobFeed(
                jobs=jobs,
                messages=messages,
                clock=clock,
                sleep=asyncio.sleep,
            ),
            live=None
            if live_management_url is None
            else make_live_protocol(
                tables,
                settings.job_table_name,
                live_management_url,
                authenticator=authenticator,
                quota=quota,
                messages=messages,
                clock=clock,
            ),
            open_jobs=open_jobs,
            jobs=jobs,
            steps=steps,
            deletion=deletion,
            wake=Waker(jobs, job_queues),
            erasure=ErasureRequests(
                store=DynamoErasureStore(tables, settings.job_table_name),
                users=users,
                authenticator=authenticator,
                clock=clock,
            ),
            users=users,
            files=files,
            audio=audio,
            transcripts=transcripts,
            links=JwtLinkSigner(*signing_keys),
            clock=clock,
            limits=settings,
            metrics=metrics,
            tracer=make_tracer(settings, API),
        )
    )


def _live_news(settings: ApiSettings | RouterSettings, clock: Clock) -> LiveNews:
    return LiveNews(SqsSender(make_impatient_client(), settings.notification_queue_url), clock)


def build_lambda_api() -> Mangum:
    """The API as a Lambda handler behind API Gateway."""
    from mangum import Mangum

    settings = load_settings(ApiSettings)
    configure_logging(API, settings.log_level)
    logging.getLogger("mangum").setLevel(logging.WARNING)  # at INFO it logs paths, and links are secrets
    return Mangum(build_app(settings), lifespan="off", text_mime_types=["text/", "application/"])


def build_router() -> Router:
    """The router over the adapters."""
    from services.api_lambda.router import Router

    settings = load_settings(RouterSettings)
    configure_logging(ROUTER, settings.log_level)
    clock = SystemClock()
    tables, queues = make_client("dynamodb"), make_client("sqs")
    jobs = DynamoJobStore(tables, settings.job_table_name, on_write=_live_news(settings, clock))
    return Router(
        files=DynamoFileStore(tables, settings.job_table_name),
        jobs=jobs,
        audio=S3ObjectStore(make_client("s3"), settings.audio_bucket_name),
        starter=JobStarter(jobs=jobs, queues=_job_queues(queues, settings, clock), clock=clock),
        notices=SqsSender(queues, settings.notification_queue_url),
        clock=clock,
        metrics=EmfMetrics(ROUTER, clock),
        tracer=make_tracer(settings, ROUTER),
    )


def _job_queues(client: SQSClient, urls: JobQueueUrls, clock: Clock) -> JobQueues:
    return JobQueues({name: SqsSender(client, url) for name, url in urls.job_queue_urls.items()}, clock)


def main() -> None:
    """Serve the API under uvicorn until SIGTERM. Raises ``StartupError`` where it can't listen."""
    from services.api_lambda.server import LOOPBACK, bound_socket, serve_api

    settings = load_settings(ApiServerSettings)
    configure_logging(API, settings.log_level)
    management_port = settings.live_management_port
    public = bound_socket(settings.host, settings.port)
    management = bound_socket(LOOPBACK, management_port) if management_port else None
    url = f"http://{LOOPBACK}:{management_port}" if management_port else None
    serve_api(
        build_app(settings, live_management_url=url),
        public,
        management,
        max_message_bytes=settings.max_body_bytes,
    )
