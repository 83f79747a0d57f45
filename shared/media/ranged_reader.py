"""A stored object as a seekable file, read in ranges: no temporary file, and memory stays flat.

FFmpeg jumps about in a file (an MP4 may keep its index behind gigabytes of video), so the object is
read in large aligned blocks on demand and the last few stay in memory.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.ports.object_store import ObjectMissing, ObjectStore

BLOCK_BYTES = 4 * 1024 * 1024
BLOCKS_KEPT = 3
"""One where the index lies, one where the audio is read, one to spare: at most 12 MiB a file."""


class RangedReader:
    """Reads one object. It carries no ``name``, so nothing a user typed reaches FFmpeg.

    ``bytes_read`` counts what came from the store; each block is fetched inside a ``reading()`` block, whose
    time is that of the download.

    Raises ``PermanentError(FILE_MISSING)`` when made or read, if the object is not there.
    """

    def __init__(
        self,
        store: ObjectStore,
        key: str,
        block_bytes: int = BLOCK_BYTES,
        reading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._store = store
        self._reading = reading
        self._key = key
        self._block_bytes = block_bytes
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self.bytes_read = 0
        try:
            self.size_bytes = store.stat(key).size_bytes
        except ObjectMissing:
            raise PermanentError(Fault.FILE_MISSING) from None

    def tell(self) -> int:
        """Offset of the next byte read."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; a place past the end is allowed and reads as the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        if base + offset < 0:
            raise ValueError("a file has no place before its start")
        self._position = base + offset
        return self._position

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none beyond the current block; empty at the end of the object."""
        if self._position >= self.size_bytes:
            return b""
        index, offset = divmod(self._position, self._block_bytes)
        part = self._block(index)[offset : offset + size]
        self._position += len(part)
        return part

    def _block(self, index: int) -> bytes:
        if index in self._blocks:
            self._blocks.move_to_end(index)
            return self._blocks[index]
        try:
            with self._reading():
                block = self._store.read_range(self._key, index * self._block_bytes, self._block_bytes)
        except ObjectMissing:
            raise PermanentError(Fault.FILE_MISSING) from None
        self.bytes_read += len(block)
        self._blocks[index] = block
        if len(self._blocks) > BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block
