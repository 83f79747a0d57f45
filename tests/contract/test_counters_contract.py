"""Counts that never pass their limit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.aws.counters import DynamoCounters
from shared.ports.counters import LimitReached
from shared.testing.clock import START
from shared.testing.counters import InMemoryCounters

LATER = START + timedelta(days=1)


def of(backend):
    return backend.store(InMemoryCounters, DynamoCounters)


@pytest.fixture
def counters(backend):
    return of(backend)


def test_a_count_rises_to_its_limit_and_no_further(counters):
    assert [counters.take("n", 2, most=5, expires_at=LATER) for _ in range(2)] == [2, 4]
    with pytest.raises(LimitReached) as reached:
        counters.take("n", 2, most=5, expires_at=LATER)
    assert reached.value.count == 4
    assert counters.take("n", 1, most=5, expires_at=LATER) == 5
    assert counters.get("n") == 5


def test_the_first_count_is_bounded_as_well(counters):
    with pytest.raises(LimitReached):
        counters.take("n", 6, most=5, expires_at=LATER)
    assert counters.get("n") == 0


def test_names_do_not_hinder_each_other(counters):
    counters.take("one", 5, most=5, expires_at=LATER)
    assert counters.take("other", 5, most=5, expires_at=LATER) == 5


def test_of_fifty_at_once_exactly_as_many_are_granted_as_the_limit_says(concurrent_backend):
    counters = of(concurrent_backend)

    def take(_number):
        try:
            return counters.take("n", 1, most=20, expires_at=LATER)
        except LimitReached:
            return None

    with ThreadPoolExecutor(50) as threads:
        granted = [count for count in threads.map(take, range(50)) if count is not None]
    assert sorted(granted) == list(range(1, 21))
