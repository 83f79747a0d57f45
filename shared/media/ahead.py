"""Makes the next item while this one is used: audio is read and decoded while a model or encoder works."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


@contextmanager
def one_ahead(source: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The items of ``source``, made in a thread of their own, at most one before it is asked for.

    What ``source`` raises, the reader gets. At the end of the block nobody works on ``source`` any more.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:

        def items() -> Iterator[Item]:
            coming = thread.submit(next, source, None)
            while (item := coming.result()) is not None:
                coming = thread.submit(next, source, None)
                yield item

        yield items()
