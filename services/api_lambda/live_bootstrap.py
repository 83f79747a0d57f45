"""The composition root of WebSockets: those of API Gateway, and those that the API holds itself.

The function behind API Gateway's needs no web framework.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.api_lambda.authentication import Authenticator
from services.api_lambda.live_events import LiveEvents
from services.api_lambda.live_protocol import LiveProtocol
from services.api_lambda.quota import RequestQuota
from services.api_lambda.settings import LiveSettings
from services.api_lambda.sign_in import make_authenticator
from shared.aws.api_key_store import DynamoApiKeyStore
from shared.aws.clients import make_client, make_sockets_client
from shared.aws.connection_store import DynamoConnectionStore
from shared.aws.counters import DynamoCounters
from shared.aws.job_store import DynamoJobStore
from shared.aws.object_store import S3Downloads
from shared.aws.sockets import ApiGatewaySockets
from shared.aws.user_directory import DynamoUserDirectory
from shared.log import configure_logging
from shared.ports.clock import Clock, SystemClock
from shared.settings import load_settings
from shared.worker.listeners import Listeners
from shared.worker.live_messages import LiveMessages

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SERVICE = "websocket"


def build_live_events() -> LiveEvents:
    """What API Gateway's WebSocket API calls."""
    settings = load_settings(LiveSettings)
    configure_logging(SERVICE, settings.log_level)
    clock = SystemClock()
    tables = make_client("dynamodb")
    outputs = S3Downloads(make_client("s3"), settings.transcript_bucket_name)
    authenticator = make_authenticator(
        settings,
        keys=DynamoApiKeyStore(tables, settings.job_table_name),
        users=DynamoUserDirectory(tables, settings.job_table_name),
        clock=clock,
        remember_seconds=settings.api_key_cache_seconds,
    )
    return LiveEvents(
        make_live_protocol(
            tables,
            settings.job_table_name,
            settings.live_management_url,
            authenticator=authenticator,
            quota=RequestQuota(DynamoCounters(tables, settings.job_table_name), clock),
            messages=LiveMessages(outputs, url_seconds=settings.download_expires_seconds),
            clock=clock,
        )
    )


def make_live_protocol(
    tables: DynamoDBClient,
    table_name: str,
    management_url: str,
    *,
    authenticator: Authenticator,
    quota: RequestQuota,
    messages: LiveMessages,
    clock: Clock,
) -> LiveProtocol:
    """The three events over the table and over the sockets behind ``management_url``."""
    jobs = DynamoJobStore(tables, table_name)
    connections = DynamoConnectionStore(tables, table_name)
    sockets = ApiGatewaySockets(make_sockets_client(management_url))
    return LiveProtocol(
        authenticator=authenticator,
        quota=quota,
        users=DynamoUserDirectory(tables, table_name),
        jobs=jobs,
        connections=connections,
        listeners=Listeners(
            jobs=jobs,
            connections=connections,
            keys=DynamoApiKeyStore(tables, table_name),
            sockets=sockets,
            clock=clock,
        ),
        sockets=sockets,
        messages=messages,
        clock=clock,
    )
