"""Where a port's contract is held: the fakes, and the adapters on whatever answers at a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from local.provision import Plan, create_bucket, create_queue, create_table
from local.resources import Queue
from shared.aws.bookmarks import DynamoBookmarks
from shared.aws.chunk_store import DynamoChunkStore
from shared.aws.clients import Connection, make_client
from shared.aws.file_store import DynamoFileStore
from shared.aws.job_store import DynamoJobStore
from shared.aws.mailer import SesMailer
from shared.aws.notice_log import DynamoNoticeLog
from shared.aws.object_store import S3ObjectStore
from shared.aws.part_uploads import S3PartUploads
from shared.aws.queue import SqsQueue
from shared.aws.secrets import SecretsManagerStore
from shared.aws.user_directory import DynamoUserDirectory
from shared.domain.ids import new_id
from shared.ports.bookmarks import Bookmarks
from shared.ports.chunk_store import ChunkStore
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.mailer import Mailer
from shared.ports.notice_log import NoticeLog
from shared.ports.object_store import ObjectStore
from shared.ports.part_uploads import PartUploads
from shared.ports.queue import Delivery, MessageQueue
from shared.ports.secrets import SecretStore
from shared.ports.user_directory import UserDirectory
from shared.testing.bookmarks import InMemoryBookmarks
from shared.testing.chunk_store import InMemoryChunkStore
from shared.testing.clock import FakeClock
from shared.testing.file_store import InMemoryFileStore
from shared.testing.job_store import InMemoryJobStore
from shared.testing.mailer import RecordingMailer
from shared.testing.notice_log import InMemoryNoticeLog
from shared.testing.object_store import InMemoryObjectStore
from shared.testing.part_uploads import InMemoryPartUploads
from shared.testing.queue import InMemoryQueue
from shared.testing.secrets import InMemorySecrets
from shared.testing.user_directory import InMemoryUserDirectory
from shared.testing.waiting import wait_until

REGION = "us-east-1"


MAIL_FROM = "escriba@example.com"


@dataclass
class QueueUnderTest:
    """A queue, a way to let its time pass, and what fell to its dead-letter queue."""

    queue: MessageQueue
    let_seconds_pass: Callable[[float], None]
    dead_letters: Callable[[], list[tuple[str, dict[str, str]]]]

    def receive(self, *, visibility_seconds: int = 30, max_messages: int = 1) -> list[Delivery]:
        """One short poll."""
        return self.queue.receive(
            max_messages=max_messages, wait_seconds=0, visibility_seconds=visibility_seconds
        )

    def receive_one(self, *, visibility_seconds: int = 30) -> Delivery:
        """The next message, as soon as it can be had."""
        return wait_until(lambda: self.receive(visibility_seconds=visibility_seconds))[0]


@dataclass
class SecretsUnderTest:
    """Secrets, and a way to make or rotate one."""

    store: SecretStore
    put: Callable[[str, str], None]


class Memory:
    """The fakes."""

    def __init__(self) -> None:
        self._clock = FakeClock()

    def store(self, fake, adapter):
        """A fresh store: here its fake."""
        return fake()

    def job_store(self) -> JobStore:
        return InMemoryJobStore()

    def chunk_store(self) -> ChunkStore:
        return InMemoryChunkStore()

    def file_store(self) -> FileStore:
        return InMemoryFileStore()

    def user_directory(self) -> UserDirectory:
        return InMemoryUserDirectory()

    def notice_log(self) -> NoticeLog:
        return InMemoryNoticeLog()

    def bookmarks(self) -> Bookmarks:
        return InMemoryBookmarks()

    def object_store(self) -> ObjectStore:
        return InMemoryObjectStore()

    def part_uploads(self) -> tuple[PartUploads, ObjectStore]:
        return InMemoryPartUploads(objects := InMemoryObjectStore()), objects

    def mailer(self) -> Mailer:
        return RecordingMailer()

    def secrets(self) -> SecretsUnderTest:
        store = InMemorySecrets()
        return SecretsUnderTest(store, store.put)

    def queue(self) -> QueueUnderTest:
        queue = InMemoryQueue(self._clock)
        return QueueUnderTest(
            queue,
            self._clock.advance,
            lambda: [(letter.body, letter.attributes) for letter in queue.dead_letters],
        )


class Cloud:
    """The adapters, on whatever answers at a connection. Clients are made once, being slow to make."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def dynamodb(self):
        return make_client("dynamodb", self.connection)

    @cached_property
    def s3(self):
        return make_client("s3", self.connection)

    @cached_property
    def sqs(self):
        return make_client("sqs", self.connection)

    @cached_property
    def secretsmanager(self):
        return make_client("secretsmanager", self.connection)

    @cached_property
    def ses(self):
        return make_client("ses", self.connection)

    def table_name(self) -> str:
        """A new table."""
        name = f"jobs-{new_id()}"
        create_table(self.dynamodb, name)
        return name

    def bucket_name(self) -> str:
        """A new bucket."""
        name = f"bucket-{new_id().lower()}"
        create_bucket(self.s3, name, REGION)
        return name

    def queue_urls(self, plan: Plan | None = None) -> Queue:
        """A new queue with its dead-letter queue."""
        return create_queue(self.sqs, f"queue-{new_id()}", plan or Plan())

    def store(self, fake, adapter):
        """A fresh store: here its adapter on a new table."""
        return adapter(self.dynamodb, self.table_name())

    def job_store(self) -> JobStore:
        return DynamoJobStore(self.dynamodb, self.table_name())

    def chunk_store(self) -> ChunkStore:
        return DynamoChunkStore(self.dynamodb, self.table_name())

    def file_store(self) -> FileStore:
        return DynamoFileStore(self.dynamodb, self.table_name())

    def user_directory(self) -> UserDirectory:
        return DynamoUserDirectory(self.dynamodb, self.table_name())

    def notice_log(self) -> NoticeLog:
        return DynamoNoticeLog(self.dynamodb, self.table_name())

    def bookmarks(self) -> Bookmarks:
        return DynamoBookmarks(self.dynamodb, self.table_name())

    def object_store(self) -> ObjectStore:
        return S3ObjectStore(self.s3, self.bucket_name())

    def part_uploads(self) -> tuple[PartUploads, ObjectStore]:
        return S3PartUploads(self.s3, bucket := self.bucket_name()), S3ObjectStore(self.s3, bucket)

    def mailer(self) -> Mailer:
        self.ses.verify_email_identity(EmailAddress=MAIL_FROM)
        return SesMailer(self.ses, MAIL_FROM)

    def secrets(self) -> SecretsUnderTest:
        def put(name: str, value: str) -> None:
            try:
                self.secretsmanager.create_secret(Name=name, SecretString=value)
            except self.secretsmanager.exceptions.ResourceExistsException:
                self.secretsmanager.put_secret_value(SecretId=name, SecretString=value)

        return SecretsUnderTest(SecretsManagerStore(self.secretsmanager), put)

    def queue(self, plan: Plan | None = None) -> QueueUnderTest:
        urls = self.queue_urls(plan)
        dead_letters = SqsQueue(self.sqs, urls.dead_letter_url, urls.dead_letter_url)
        return QueueUnderTest(
            SqsQueue(self.sqs, urls.url, urls.dead_letter_url),
            lambda seconds: None,  # receive_one waits for it
            lambda: [
                (letter.body, letter.attributes)
                for letter in dead_letters.receive(max_messages=10, wait_seconds=0, visibility_seconds=0)
            ],
        )
