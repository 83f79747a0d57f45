"""Chunks in memory: the same conditional writes as the table's, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.domain.chunks import Chunk, ChunkRefused, ChunkStatus
from shared.domain.jobs import CLOCK_SKEW_SECONDS, Lease, Timings
from shared.ports.chunk_store import HeldChunk

Guard = Callable[[Chunk], bool]


class InMemoryChunkStore:
    """A ``ChunkStore``."""

    def __init__(self, *, clock_skew_seconds: float = CLOCK_SKEW_SECONDS) -> None:
        self._clock_skew = timedelta(seconds=clock_skew_seconds)
        self._chunks: dict[tuple[str, int], Chunk] = {}
        self._lock = threading.Lock()

    def put(self, chunks: Sequence[Chunk]) -> None:
        """Store a plan."""
        with self._lock:
            self._chunks.update({(chunk.job_id, chunk.number): chunk for chunk in chunks})

    def list(self, job_id: str) -> list[Chunk]:
        """All chunks of a job, in order."""
        with self._lock:
            found = [chunk for chunk in self._chunks.values() if chunk.job_id == job_id]
        return sorted(found, key=lambda chunk: chunk.number)

    def claim(self, job_id: str, number: int, *, owner: str, now: datetime, lease_seconds: float) -> Chunk:
        """QUEUED, or PROCESSING with a lease that ran out → PROCESSING."""
        with self._lock:
            chunk = self._allowed(job_id, number, lambda chunk: _sent(chunk) and self._is_free(chunk, now))
            attempt = chunk.attempts + 1
            return self._store(
                chunk,
                status=ChunkStatus.PROCESSING,
                lease=Lease(owner=owner, attempt=attempt, expires_at=now + timedelta(seconds=lease_seconds)),
                attempts=attempt,
                progress=0,
                updated_at=now,
            )

    def extend(self, lease: HeldChunk, *, now: datetime, lease_seconds: float, progress: int) -> None:
        """Heartbeat of the holder."""
        expires_at = now + timedelta(seconds=lease_seconds)
        renewed = Lease(owner=lease.owner, attempt=lease.attempt, expires_at=expires_at)
        with self._lock:
            self._store(self._held(lease), lease=renewed, progress=progress, updated_at=now)

    def complete(self, lease: HeldChunk, *, now: datetime, timings: Timings) -> None:
        """PROCESSING → COMPLETED, by the holder."""
        with self._lock:
            self._store(
                self._held(lease),
                status=ChunkStatus.COMPLETED,
                lease=None,
                progress=100,
                timings=timings,
                updated_at=now,
            )

    def release(self, lease: HeldChunk, *, now: datetime, counts: bool) -> None:
        """PROCESSING → QUEUED, by the holder."""
        with self._lock:
            chunk = self._held(lease)
            failures = chunk.failures + int(counts)
            self._store(
                chunk, status=ChunkStatus.QUEUED, lease=None, progress=0, failures=failures, updated_at=now
            )

    def queue(self, job_id: str, number: int, *, now: datetime, redrives: int) -> None:
        """→ QUEUED, if it is not COMPLETED and nobody holds it."""
        with self._lock:
            chunk = self._allowed(
                job_id,
                number,
                lambda chunk: chunk.status is not ChunkStatus.COMPLETED and self._is_free(chunk, now),
            )
            failures = chunk.failures if chunk.redrives == redrives else 0
            self._store(
                chunk,
                status=ChunkStatus.QUEUED,
                lease=None,
                progress=0,
                failures=failures,
                redrives=redrives,
                updated_at=now,
            )

    def delete_all(self, job_id: str) -> None:
        """Forget the chunks of a job."""
        with self._lock:
            self._chunks = {key: chunk for key, chunk in self._chunks.items() if key[0] != job_id}

    def _is_free(self, chunk: Chunk, now: datetime) -> bool:
        return chunk.lease is None or chunk.lease.expires_at < now - self._clock_skew

    def _held(self, lease: HeldChunk) -> Chunk:
        def held(chunk: Chunk) -> bool:
            holder = chunk.lease
            return holder is not None and (holder.owner, holder.attempt) == (lease.owner, lease.attempt)

        return self._allowed(lease.job_id, lease.number, held)

    def _allowed(self, job_id: str, number: int, guard: Guard) -> Chunk:
        chunk = self._chunks.get((job_id, number))
        if chunk is None or not guard(chunk):
            raise ChunkRefused(job_id, number, chunk)
        return chunk

    def _store(self, chunk: Chunk, **changes: object) -> Chunk:
        changed = Chunk.model_validate({**dict(chunk), **changes})
        self._chunks[chunk.job_id, chunk.number] = changed
        return changed


def _sent(chunk: Chunk) -> bool:
    return chunk.status in (ChunkStatus.QUEUED, ChunkStatus.PROCESSING)
