"""Forgets a user: jobs, audio, transcripts, webhooks, keys and the profile, a bounded share of it a call.

::

    jobs, newest first ─▶ what lies in storage besides ─▶ webhooks ─▶ API keys, profile       then: completed

Every step can be repeated, so a call that died is repaired by the next. Keys go late, or nobody could make
the next call; the records of the jobs keep their ids and their owner's for 30 days, as those of any deleted
job (messages under way must be known for what they are).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.api_lambda.authentication import Authenticator
from shared.domain.object_keys import file_id_of
from shared.log import get_logger
from shared.ports.api_key_store import ApiKeyStore
from shared.ports.job_store import JobStore
from shared.ports.object_store import ObjectStore
from shared.ports.user_directory import UserDirectory
from shared.ports.webhook_store import WebhookStore
from shared.worker.deletion import Deletion

JOBS_A_CALL = 20
OBJECTS_A_CALL = 100

_log = get_logger(__name__)


@dataclass(frozen=True)
class Erased:
    """What one call deleted, and whether nothing is left."""

    jobs: int
    objects: int
    keys: int
    completed: bool


class Erasure:
    """What ``DELETE /v1/me`` does."""

    def __init__(
        self,
        *,
        deletion: Deletion,
        jobs: JobStore,
        buckets: tuple[ObjectStore, ...],
        keys: ApiKeyStore,
        webhooks: WebhookStore,
        users: UserDirectory,
        authenticator: Authenticator,
    ) -> None:
        self._deletion = deletion
        self._jobs = jobs
        self._buckets = buckets
        self._keys = keys
        self._webhooks = webhooks
        self._users = users
        self._authenticator = authenticator

    def __call__(self, user_id: str) -> Erased:
        """Delete a share. Raises ``TransientError`` where something stands in the way: call again."""
        page = self._jobs.list_for_user(user_id, status=None, limit=JOBS_A_CALL, cursor=None)
        for job in page.jobs:
            self._deletion(job)
        if page.jobs:
            return self._result(user_id, jobs=len(page.jobs))
        objects = sum(self._empty(bucket, f"{user_id}/") for bucket in self._buckets)
        if objects:
            return self._result(user_id, objects=objects)
        for webhook in self._webhooks.list(user_id):
            self._webhooks.delete(user_id, webhook.webhook_id)
        keys = self._keys.list(user_id)
        self._users.delete(user_id)
        for key in keys:
            self._keys.revoke(user_id, key.key_id)
            self._authenticator.forget(key.key_hash)
        return self._result(user_id, keys=len(keys), completed=True)

    def _empty(self, bucket: ObjectStore, prefix: str) -> int:
        """Delete objects that belong to no job any more; files go with their clips."""
        found = bucket.keys(prefix, most=OBJECTS_A_CALL)
        for key in found:
            file_id = file_id_of(key)
            if file_id is not None:
                self._deletion.of_file(file_id, key)
            else:
                bucket.delete(key)
        return len(found)

    def _result(
        self, user_id: str, *, jobs: int = 0, objects: int = 0, keys: int = 0, completed: bool = False
    ) -> Erased:
        _log.info("erased", user_id=user_id, jobs=jobs, objects=objects, keys=keys, completed=completed)
        return Erased(jobs, objects, keys, completed)
