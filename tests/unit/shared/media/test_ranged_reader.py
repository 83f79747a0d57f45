import os

import pytest

from shared.domain.errors import PermanentError
from shared.domain.faults import Fault
from shared.media.ranged_reader import BLOCKS_KEPT, RangedReader
from shared.testing.object_store import InMemoryObjectStore

CONTENT = bytes(range(256)) * 10


class CountingStore(InMemoryObjectStore):
    def __init__(self) -> None:
        super().__init__()
        self.reads: list[tuple[int, int]] = []

    def read_range(self, key, start, length):
        self.reads.append((start, length))
        return super().read_range(key, start, length)


@pytest.fixture
def store() -> CountingStore:
    store = CountingStore()
    store.write("a", CONTENT, content_type="audio/wav")
    return store


def read_all(reader: RangedReader, size: int) -> bytes:
    parts = []
    while part := reader.read(size):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("size", [1, 7, 100, 4096])
def test_reading_to_the_end_gives_the_whole_object(store, size):
    assert read_all(RangedReader(store, "a", block_bytes=100), size) == CONTENT


def test_a_block_is_fetched_once_while_it_is_read(store):
    read_all(RangedReader(store, "a", block_bytes=1000), 10)

    assert store.reads == [(0, 1000), (1000, 1000), (2000, 1000)]


def test_seeks_count_from_the_start_the_place_and_the_end(store):
    reader = RangedReader(store, "a", block_bytes=100)

    assert reader.seek(300) == 300
    assert reader.read(2) == CONTENT[300:302]
    assert reader.seek(10, os.SEEK_CUR) == reader.tell() == 312
    assert reader.seek(-5, os.SEEK_END) == len(CONTENT) - 5
    assert reader.read(100) == CONTENT[-5:]
    with pytest.raises(ValueError, match="before its start"):
        reader.seek(-1)


def test_a_place_past_the_end_reads_as_the_end_and_asks_for_nothing(store):
    reader = RangedReader(store, "a", block_bytes=100)
    reader.seek(10_000)

    assert reader.read(10) == b""
    assert store.reads == []


def test_only_the_last_few_blocks_stay_in_memory(store):
    reader = RangedReader(store, "a", block_bytes=100)
    for block in range(BLOCKS_KEPT + 1):
        reader.seek(block * 100)
        reader.read(1)

    store.reads.clear()
    reader.seek(100)
    reader.read(1)
    assert store.reads == []
    reader.seek(0)
    reader.read(1)
    assert store.reads == [(0, 100)]


def test_an_object_that_is_gone_is_the_inputs_fault(store):
    with pytest.raises(PermanentError) as missing:
        RangedReader(store, "other")
    assert missing.value.fault is Fault.FILE_MISSING

    reader = RangedReader(store, "a")
    store.delete("a")
    with pytest.raises(PermanentError) as vanished:
        reader.read(1)
    assert vanished.value.fault is Fault.FILE_MISSING
