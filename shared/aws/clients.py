"""Makes boto3's clients: each with the timeouts and retries that its service calls for.

boto3 itself reads where AWS is and who we are there (``AWS_ENDPOINT_URL``, ``AWS_REGION``,
credentials) unless a :class:`Connection` says so. It is imported only when a client is made: it costs
a cold start most of its time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

if TYPE_CHECKING:
    from boto3 import Session
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sqs import SQSClient

    from shared.aws.event_bus import EventsClient
    from shared.aws.sockets import ManagementClient

ServiceName = Literal["apigatewaymanagementapi", "dynamodb", "events", "s3", "secretsmanager", "ses", "sqs"]

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS: dict[ServiceName, int] = {
    "apigatewaymanagementapi": 2,  # one slow connection must not hold up what else there is to tell
    "dynamodb": 5,
    "events": 5,
    "s3": 60,
    "secretsmanager": 5,
    "ses": 30,
    "sqs": 30,  # a long poll waits 20 s by itself
}
TRIES: dict[ServiceName, int] = {
    "apigatewaymanagementapi": 1,  # a message that was taken and whose answer got lost would come twice
    "dynamodb": 4,
    "events": 4,
    "s3": 4,
    "secretsmanager": 4,
    "ses": 1,  # a mail whose answer got lost may have gone out: the notice log decides, not the client
    "sqs": 4,
}
CONNECTIONS = 50


@dataclass(frozen=True)
class Connection:
    """An AWS, and who we are there. For tests and tools: services read it from the environment.

    ``endpoint_url`` None is AWS itself; any other is reached without the environment's proxy.
    """

    endpoint_url: str | None
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


class SecretsClient(Protocol):
    """What we ask of Secrets Manager, whose types are not among those installed."""

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, str]:
        """One version of a secret."""
        ...


@overload
def make_client(name: Literal["dynamodb"], connection: Connection | None = None) -> DynamoDBClient: ...
@overload
def make_client(name: Literal["events"], connection: Connection | None = None) -> EventsClient: ...
@overload
def make_client(name: Literal["s3"], connection: Connection | None = None) -> S3Client: ...
@overload
def make_client(name: Literal["secretsmanager"], connection: Connection | None = None) -> SecretsClient: ...
@overload
def make_client(name: Literal["ses"], connection: Connection | None = None) -> SESClient: ...
@overload
def make_client(name: Literal["sqs"], connection: Connection | None = None) -> SQSClient: ...
def make_client(name: ServiceName, connection: Connection | None = None) -> Any:
    """A thread-safe client. Make one a process, before its threads start: making is not thread-safe."""
    session = _session(connection)
    if connection is None:
        return session.client(name, config=_config(name, own_endpoint=_has_own_endpoint()))
    if connection.endpoint_url is None:
        return session.client(name, config=_config(name, own_endpoint=False))
    config = _config(name, own_endpoint=True, proxies={})
    return session.client(name, endpoint_url=connection.endpoint_url, config=config)


def make_sockets_client(management_url: str) -> ManagementClient:
    """A thread-safe client of the management API of one WebSocket API's stage, which has a URL of its own."""
    config = _config("apigatewaymanagementapi", own_endpoint=True)
    client: ManagementClient = _session(None).client(
        "apigatewaymanagementapi", endpoint_url=management_url, config=config
    )
    return client


def make_impatient_client() -> SQSClient:
    """A client of SQS for what may get lost but must hold up nobody: it gives up within six seconds."""
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": 2}
    patience = Config(connect_timeout=1, read_timeout=2, retries=retries)
    return _session(None).client("sqs", config=_config("sqs", own_endpoint=False).merge(patience))


@cache
def _session(connection: Connection | None) -> Session:
    """One session for all clients of a process: each of its own would cost 40-140 ms more."""
    import boto3

    if connection is None:
        return boto3.Session()
    return boto3.Session(
        aws_access_key_id=connection.access_key_id,
        aws_secret_access_key=connection.secret_access_key,
        region_name=connection.region,
    )


def _config(name: ServiceName, *, own_endpoint: bool, proxies: dict[str, str] | None = None) -> Config:
    from botocore.config import Config

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS[name],
        retries={"mode": "standard", "total_max_attempts": TRIES[name]},
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        proxies=proxies,
    )
    return config.merge(_s3_config(own_endpoint)) if name == "s3" else config


def _has_own_endpoint() -> bool:
    return bool(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"))


def _s3_config(own_endpoint: bool) -> Config:
    """Signature version 4 for presigned URLs; the bucket in the path where names don't resolve."""
    from botocore.config import Config

    style: Literal["path", "virtual"] = "path" if own_endpoint else "virtual"
    return Config(signature_version="s3v4", s3={"addressing_style": style})
