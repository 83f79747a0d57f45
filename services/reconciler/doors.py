"""Everything the sweeps reach, in one object: each of them needs most of it."""

from __future__ import annotations

from dataclasses import dataclass

from services.reconciler.outbox import Outbox
from services.reconciler.settings import SweepLimits
from shared.metrics import Metrics
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.batch_store import BatchStore
from shared.ports.bookmarks import Bookmarks
from shared.ports.clock import Clock
from shared.ports.erasure_store import ErasureStore
from shared.ports.file_store import FileStore
from shared.ports.job_store import JobStore
from shared.ports.notice_log import NoticeLog
from shared.ports.object_store import ObjectStore
from shared.ports.user_directory import UserDirectory
from shared.ports.webhook_store import WebhookStore
from shared.worker.deletion import Deletion


@dataclass(frozen=True)
class Accounts:
    """What there is of users besides their jobs, files and batches. ``transcripts`` holds what jobs made."""

    erasures: ErasureStore
    users: UserDirectory
    keys: ApiKeyStore
    webhooks: WebhookStore
    transcripts: ObjectStore


@dataclass(frozen=True)
class Doors:
    """The ports, and the bounds within which they are used."""

    jobs: JobStore
    batches: BatchStore
    files: FileStore
    audio: ObjectStore
    notice_log: NoticeLog
    bookmarks: Bookmarks
    outbox: Outbox
    deletion: Deletion
    accounts: Accounts
    clock: Clock
    metrics: Metrics
    limits: SweepLimits
