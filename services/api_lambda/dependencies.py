"""What the API's routes need, handed to ``create_app`` once and from there to each route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.requests import HTTPConnection

from services.api_lambda.authentication import Authenticator
from services.api_lambda.batches import Batches
from services.api_lambda.clips import Clips
from services.api_lambda.erasure_requests import ErasureRequests
from services.api_lambda.intake import Intake
from services.api_lambda.job_feed import JobFeed
from services.api_lambda.large_uploads import LargeUploads
from services.api_lambda.live_protocol import LiveProtocol
from services.api_lambda.open_jobs import OpenJobs
from services.api_lambda.quota import RequestQuota
from services.api_lambda.settings import ApiLimits
from services.api_lambda.waiting import JobWaiter
from services.api_lambda.webhooks import Webhooks
from shared.metrics import NO_METRICS, Metrics
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.clock import Clock
from shared.ports.file_store import FileStore
from shared.ports.idempotency_store import IdempotencyStore
from shared.ports.job_store import JobStore
from shared.ports.link_signer import LinkSigner
from shared.ports.object_store import ObjectStore
from shared.ports.step_store import StepStore
from shared.ports.tracing import Tracer
from shared.ports.user_directory import UserDirectory
from shared.tracing import UNTRACED
from shared.worker.deletion import Deletion
from shared.worker.waking import Waker


@dataclass(frozen=True)
class ApiDependencies:
    """Everything behind the routes.

    ``transcripts`` is the bucket that outputs lie in; without ``live`` nobody gets a WebSocket here.
    """

    authenticator: Authenticator
    quota: RequestQuota
    keys: ApiKeyStore
    webhooks: Webhooks
    idempotency: IdempotencyStore
    intake: Intake
    large_uploads: LargeUploads
    batches: Batches
    waiter: JobWaiter
    clips: Clips
    feed: JobFeed
    open_jobs: OpenJobs
    jobs: JobStore
    steps: StepStore
    deletion: Deletion
    wake: Waker
    erasure: ErasureRequests
    users: UserDirectory
    files: FileStore
    audio: ObjectStore
    transcripts: ObjectStore
    links: LinkSigner
    clock: Clock
    limits: ApiLimits
    live: LiveProtocol | None = None
    metrics: Metrics = NO_METRICS
    tracer: Tracer = UNTRACED


def dependencies_of(request: HTTPConnection) -> ApiDependencies:
    """The same for what a route depends on: there each parameter costs every call a lookup of its own."""
    dependencies: ApiDependencies = request.app.state.dependencies
    return dependencies


async def _from_app(request: Request) -> ApiDependencies:
    return dependencies_of(request)


Api = Annotated[ApiDependencies, Depends(_from_app)]
"""The parameter type of a route that needs something."""
